// Package payouts stores payouts, the attempts to move their money, and payout runs.
package payouts

import (
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/earnings"
	"github.com/creditroll/creditroll/db/journal"
)

// Store reads and writes payouts.
type Store struct {
	db       *db.DB
	journal  *journal.Store
	earnings *earnings.Store
}

// New returns a Store on an open database.
func New(db *db.DB, journal *journal.Store, earnings *earnings.Store) *Store {
	return &Store{db: db, journal: journal, earnings: earnings}
}
