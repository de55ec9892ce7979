// Package clips stores clips and their readings, creators and their channels, and requests to
// view providers.
package clips

import (
	"github.com/creditroll/creditroll/db"
)

// Store reads and writes clips, creators, channels and provider attempts.
type Store struct {
	db *db.DB
}

// New returns a Store on an open database.
func New(db *db.DB) *Store {
	return &Store{db: db}
}
