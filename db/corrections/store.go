// Package corrections stores corrections of the books. One person proposes a correction and
// another person decides it.
package corrections

import (
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/journal"
)

// Store reads and writes corrections.
type Store struct {
	db        *db.DB
	journal   *journal.Store
	campaigns *campaigns.Store
}

// New returns a Store on an open database.
func New(db *db.DB, journal *journal.Store, campaigns *campaigns.Store) *Store {
	return &Store{db: db, journal: journal, campaigns: campaigns}
}
