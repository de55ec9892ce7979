package payouts

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/domain/payout"
)

// CheckCreator returns why a payout must not begin: its creator's payouts are frozen, or another
// payout has money on the same connected account. It returns fault.NotFound "payout_not_found".
func (s *Store) CheckCreator(ctx context.Context, payoutID string) (payout.CreatorVerdict, error) {
	row, err := s.db.Queries.CheckCreator(ctx, payoutID)
	if err != nil {
		return payout.CreatorVerdict{}, db.OrNotFound(err, "payout")
	}
	verdict := payout.CreatorVerdict{Account: row.PayoutAccount}
	switch {
	case row.Frozen:
		verdict.Reason = payout.CreatorFrozen
	case row.PayoutAccount == "":
		verdict.Reason = payout.AccountNotVerified
	case row.Busy:
		verdict.Reason = payout.AccountBusy
	}
	return verdict, nil
}
