// Package edge stores what stands between the outside and the processes: idempotency records, the webhook inbox, and actions of operators.
package edge

import (
	"github.com/creditroll/creditroll/db"
)

// Store reads and writes edge.
type Store struct {
	db *db.DB
}

// New returns a Store on an open database.
func New(db *db.DB) *Store {
	return &Store{db: db}
}
