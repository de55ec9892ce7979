// Package audit verifies the books and explains amounts. It only reads.
package audit

import (
	"github.com/creditroll/creditroll/db"
)

// Store verifies the books of one database and explains their amounts.
type Store struct {
	db *db.DB
}

// New returns a Store on an open database.
func New(db *db.DB) *Store {
	return &Store{db: db}
}
