// Package audit stores reads that prove the books: verification, and explanations of amounts.
package audit

import (
	"github.com/creditroll/creditroll/db"
)

// Store reads and writes audit.
type Store struct {
	db *db.DB
}

// New returns a Store on an open database.
func New(db *db.DB) *Store {
	return &Store{db: db}
}
