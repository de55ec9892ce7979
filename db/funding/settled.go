package funding

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/money"
)

// RecordSettled stores in which currencies payments of brands settle. It does not overwrite a later reading.
func (s *Store) RecordSettled(ctx context.Context, settled funding.Settled) error {
	upsert := sqlc.UpsertSettledCurrenciesParams{Currencies: []string{}, ReadAt: settled.At}
	for _, currency := range settled.Currencies {
		upsert.Currencies = append(upsert.Currencies, string(currency))
	}
	return db.Translate(s.db.Queries.UpsertSettledCurrencies(ctx, upsert))
}

// GetSettled returns the last reading, or the zero value before the first.
func (s *Store) GetSettled(ctx context.Context) (funding.Settled, error) {
	rows, err := s.db.Queries.FindSettledCurrencies(ctx)
	if err != nil || len(rows) == 0 {
		return funding.Settled{}, db.Translate(err)
	}
	settled := funding.Settled{At: rows[0].ReadAt.UTC()}
	for _, currency := range rows[0].Currencies {
		settled.Currencies = append(settled.Currencies, money.Currency(currency))
	}
	return settled, nil
}
