// Package reconciliation stores the comparison of the ledger with the payment processor: passes,
// objects of the processor, and differences.
package reconciliation

import (
	"github.com/creditroll/creditroll/db"
)

// Store reads and writes passes, objects and differences.
type Store struct {
	db *db.DB
}

// New returns a Store on an open database.
func New(db *db.DB) *Store {
	return &Store{db: db}
}
