package payouts

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// Exported is a payout as a file shows it. Lines are its parts by campaign, each as the campaign's
// id and the amount in minor units: "id=amount id=amount".
type Exported struct {
	Payout
	Lines string
}

const exportPage = 500

// Export calls each for every payout of a run, in the order of ids, and returns how many there
// are. It reads page by page, so memory does not grow with the run.
func (s *Store) Export(ctx context.Context, runID string, each func(Exported) error) (int, error) {
	after, count := names.NilID, 0
	for {
		rows, err := s.db.Queries.ListRunPayouts(ctx, sqlc.ListRunPayoutsParams{RunID: runID, After: after, Batch: exportPage})
		if err != nil {
			return count, db.Translate(err)
		}
		for _, row := range rows {
			if err := each(exportedOf(row)); err != nil {
				return count, err
			}
			after = row.ID
			count++
		}
		if len(rows) < exportPage {
			return count, nil
		}
	}
}

func exportedOf(row sqlc.ListRunPayoutsRow) Exported {
	return Exported{Lines: row.Lines, Payout: Payout{
		ID: row.ID, CreatorID: row.CreatorID, Currency: money.Currency(row.Currency), AmountMinor: row.AmountMinor, Status: payout.Status(row.Status),
		AttentionReason: db.Text(row.AttentionReason), FailureCode: db.Text(row.FailureCode),
		TransferID: db.Text(row.TransferID), BankPayoutID: db.Text(row.BankPayoutID),
		Method: payout.Method(row.Method), FeeMinor: row.FeeMinor, FallbackCode: db.Text(row.FallbackCode),
	}}
}
