// Package corrections stores corrections of the books. One person proposes a correction and
// another person decides it.
package corrections

import (
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/funding"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/db/payouts"
)

// Store reads and writes corrections.
type Store struct {
	db        *db.DB
	journal   *journal.Store
	campaigns *campaigns.Store
	payouts   *payouts.Store
	funding   *funding.Store
}

// New returns a Store on an open database.
func New(db *db.DB, journal *journal.Store, campaigns *campaigns.Store, payouts *payouts.Store, funding *funding.Store) *Store {
	return &Store{db: db, journal: journal, campaigns: campaigns, payouts: payouts, funding: funding}
}
