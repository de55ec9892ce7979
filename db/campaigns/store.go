// Package campaigns stores campaigns with their budget guard, funding, refunds, disputes, participations and organizations.
package campaigns

import (
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/journal"
)

// Store reads and writes campaigns.
type Store struct {
	db      *db.DB
	journal *journal.Store
}

// New returns a Store on an open database.
func New(db *db.DB, journal *journal.Store) *Store {
	return &Store{db: db, journal: journal}
}
