package reconciliation

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/rail"
)

// RecordBalances stores the platform's balances at the processor as of readAt. It does not overwrite
// a later reading.
func (s *Store) RecordBalances(ctx context.Context, balances []rail.Balance, readAt time.Time) error {
	upsert := sqlc.UpsertProcessorBalancesParams{Currencies: []string{}, AvailableMinor: []int64{}, PendingMinor: []int64{}, ReadAt: readAt}
	for _, balance := range balances {
		upsert.Currencies = append(upsert.Currencies, string(balance.Currency))
		upsert.AvailableMinor = append(upsert.AvailableMinor, balance.AvailableMinor)
		upsert.PendingMinor = append(upsert.PendingMinor, balance.PendingMinor)
	}
	return db.Translate(s.db.Queries.UpsertProcessorBalances(ctx, upsert))
}

// ListCover returns for each currency what is owed and what is held, in the order of currencies. It
// reads the last checkpoint and the postings after it, so its time does not grow with accounts.
func (s *Store) ListCover(ctx context.Context) ([]ledger.Cover, error) {
	rows, err := s.db.Queries.ListCover(ctx)
	if err != nil {
		return nil, db.Translate(err)
	}
	all := make([]ledger.Cover, len(rows))
	for i, row := range rows {
		all[i] = ledger.Cover{
			Currency: money.Currency(row.Currency), EscrowMinor: row.EscrowMinor, FrozenMinor: row.FrozenMinor,
			BalancesMinor: row.BalancesMinor, WithdrawingMinor: row.WithdrawingMinor, AtRiskMinor: row.AtRiskMinor,
			PendingMinor: row.PendingMinor, AvailableMinor: row.AvailableMinor, InTransitMinor: row.InTransitMinor,
			RefundingMinor: row.RefundingMinor, BookedMinor: row.BookedMinor,
			UnconfirmedMinor: row.UnconfirmedMinor, BookedSinceMinor: row.BookedSinceMinor,
		}
		if row.ReadAt.After(time.Unix(0, 0)) {
			all[i].Processor = ledger.ProcessorBalance{AvailableMinor: row.HeldAvailableMinor, PendingMinor: row.HeldPendingMinor, ReadAt: row.ReadAt}
		}
	}
	return all, nil
}
