// Package reconciliation stores the comparison of the ledger with the payment processor: passes,
// objects of the processor, and differences.
package reconciliation

import (
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/journal"
)

// Store reads and writes passes, objects and differences. It books what the processor moves for
// itself.
type Store struct {
	db      *db.DB
	journal *journal.Store
}

// New returns a Store on an open database.
func New(db *db.DB, journal *journal.Store) *Store {
	return &Store{db: db, journal: journal}
}
