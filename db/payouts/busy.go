package payouts

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// CheckCreator returns why a payout must not begin: payouts are switched off, those of its creator
// are frozen, the creator has no account, or another payout has money on the account. An approved
// account whose time has come becomes the creator's before that. It returns fault.NotFound
// "payout_not_found".
func (s *Store) CheckCreator(ctx context.Context, check payout.CreatorCheck) (payout.CreatorVerdict, error) {
	var verdict payout.CreatorVerdict
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		found, err := q.FindPayout(ctx, check.PayoutID)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fault.New(fault.NotFound, "payout_not_found", "no such payout")
		}
		if _, err := q.LockCreator(ctx, found[0].CreatorID); err != nil {
			return err
		}
		if err := applyDueAccount(ctx, q, found[0].CreatorID, check.Now); err != nil {
			return err
		}
		verdict, err = mayBegin(ctx, q, check.PayoutID, check.Into)
		return err
	})
	return verdict, err
}

// mayBegin returns why a transfer must not begin. The creator is locked, so two payouts of one
// account cannot both begin. A payout whose own transfer is alive waits for no other one.
func mayBegin(ctx context.Context, q *sqlc.Queries, payoutID string, into money.Currency) (payout.CreatorVerdict, error) {
	row, err := q.CheckCreator(ctx, sqlc.CheckCreatorParams{ID: payoutID, ConvertsInto: string(into)})
	if err != nil {
		return payout.CreatorVerdict{}, db.OrNotFound(err, "payout")
	}
	paused, err := readSwitch(ctx, q)
	if err != nil {
		return payout.CreatorVerdict{}, err
	}
	verdict := payout.CreatorVerdict{Account: row.PayoutAccount}
	if row.HasConversions {
		if verdict.LastRate, err = lastRate(ctx, q, payoutID); err != nil {
			return payout.CreatorVerdict{}, err
		}
	}
	switch {
	case paused.Off:
		verdict.Reason = payout.PayoutsPaused
	case row.Frozen:
		verdict.Reason = payout.CreatorFrozen
	case row.PayoutAccount == "":
		verdict.Reason = payout.AccountNotVerified
	case row.Busy:
		verdict.Reason = payout.AccountBusy
	}
	return verdict, nil
}
