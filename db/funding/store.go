// Package funding stores brands' own balances: deposits, withdrawals, refunds of deposits, and
// disputes over them.
//
// The row of organization_balances is the guard: every transaction that changes the balance of an
// organization in a currency locks it first. A transaction that also locks the budget guard of a
// campaign locks that one before it.
package funding

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// Store reads and writes the balances of organizations and what changes them.
type Store struct {
	db      *db.DB
	journal *journal.Store
}

// New returns a Store on an open database.
func New(db *db.DB, journal *journal.Store) *Store {
	return &Store{db: db, journal: journal}
}

// inGuard opens the accounts of entries and then runs work with the guard locked.
func (s *Store) inGuard(ctx context.Context, organizationID string, currency money.Currency, work func(q *sqlc.Queries) error, entries ...ledger.Entry) error {
	if err := s.journal.OpenAccounts(ctx, entries...); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		if err := lockGuard(ctx, q, organizationID, currency); err != nil {
			return err
		}
		return work(q)
	})
}
