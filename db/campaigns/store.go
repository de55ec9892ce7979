// Package campaigns stores campaigns and their budgets, funding, refunds, disputes,
// participations and organizations.
//
// The row of campaign_budgets is the budget guard: every transaction that moves a campaign's
// money locks it first.
package campaigns

import (
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/journal"
)

// Store reads and writes campaigns and what belongs to them.
type Store struct {
	db      *db.DB
	journal *journal.Store
}

// New returns a Store on an open database.
func New(db *db.DB, journal *journal.Store) *Store {
	return &Store{db: db, journal: journal}
}
