// Package audit verifies the books and explains amounts. It only reads.
package audit

import (
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/domain/earnings"
)

// Store verifies the books of one database and explains their amounts.
type Store struct {
	// CardHold is the present setting of the process. Explanations say what it keeps on hold. Set it
	// before the first use.
	CardHold earnings.CardHold

	db *db.DB
}

// New returns a Store on an open database.
func New(db *db.DB) *Store {
	return &Store{db: db}
}
