package reconciliation

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// BookMovements books one page of the balance transactions that a pass has seen and that belong to no
// object of ours, each once. It returns the id after which the next page begins, and whether there may
// be one.
func (s *Store) BookMovements(ctx context.Context, pass reconcile.Pass, after string, limit int) (next string, more bool, err error) {
	rows, err := s.db.Queries.ListUnbookedMovements(ctx, sqlc.ListUnbookedMovementsParams{
		StartedAt: pass.StartedAt, Types: reconcile.BookedTypes(), After: after, Provider: journal.ObjectProvider, Batch: int32(limit),
	})
	if err != nil || len(rows) == 0 {
		return after, false, db.Translate(err)
	}
	entries := make([]ledger.Entry, 0, len(rows))
	for _, row := range rows {
		entry, ok := reconcile.Object{
			Type: reconcile.BalanceTransaction, ID: row.ObjectID, Status: row.Status, AmountMinor: row.AmountMinor, FeeMinor: row.FeeMinor,
			Currency: money.Currency(row.Currency), CreatedAt: row.CreatedAt,
		}.Entry()
		if ok && entry.Validate() == nil { // another one stays a difference, for people
			entries = append(entries, entry)
		}
	}
	if err := s.journal.OpenAccounts(ctx, entries...); err != nil {
		return after, false, err
	}
	err = s.db.InTx(ctx, func(q *sqlc.Queries) error {
		for _, entry := range entries {
			if _, err := s.journal.PostObjectIn(ctx, q, entry, entry.Reference); err != nil {
				return err
			}
		}
		return nil
	})
	return rows[len(rows)-1].ObjectID, len(rows) == limit, err
}
