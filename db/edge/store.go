// Package edge stores what passes between the outside and the workflows: idempotency records,
// the webhook inbox, and actions of operators.
package edge

import (
	"github.com/creditroll/creditroll/db"
)

// Store reads and writes idempotency records, webhooks and operator actions.
type Store struct {
	db     *db.DB
	intake *intake
}

// New returns a Store on an open database.
func New(db *db.DB) *Store {
	return &Store{db: db, intake: &intake{db: db}}
}
