package payouts

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/earnings"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
)

// Park marks a payout as waiting for a person if status is payout.NeedsAttention, and
// otherwise as resumed with status. Where the attempts disagree with status, as after a reset
// of its workflow, they decide. It returns fault.Conflict "payout_ended".
func (s *Store) Park(ctx context.Context, payoutID string, status payout.Status, reason payout.Reason, failureCode string) error {
	return s.changePayout(ctx, payoutID, time.Time{}, func(_ *sqlc.Queries, p *payoutChange) error {
		event := payout.Event{Kind: payout.EventResumed, Status: status}
		if status == payout.NeedsAttention {
			event = payout.Event{Kind: payout.EventParked}
		}
		if _, err := p.apply(event); err != nil {
			return err
		}
		p.row.AttentionReason = db.Optional(string(reason))
		if failureCode != "" {
			p.row.FailureCode = &failureCode
		}
		return nil
	})
}

// ParkLost shows a payout whose workflow is not running as needing attention. It changes
// nothing if the payout is paid, has ended or was parked before.
func (s *Store) ParkLost(ctx context.Context, payoutID string) error {
	return s.changePayout(ctx, payoutID, time.Time{}, func(_ *sqlc.Queries, p *payoutChange) error {
		before := p.row.Status
		change, err := p.apply(payout.Event{Kind: payout.EventLost})
		if err == nil && string(change.Status) != before {
			p.row.AttentionReason = db.Optional(string(payout.ProcessLost))
		}
		return err
	})
}

// Cancel gives the reservation back, with final status cancelled or returned, and the fee of an
// instant payout. What the creator owes us by then is paid from it. It returns fault.Conflict "money_not_back" while a
// transfer is applied or its outcome unknown, and "payout_ended" if the payout ended with the
// other status.
func (s *Store) Cancel(ctx context.Context, payoutID string, final payout.Status, now time.Time) error {
	return s.End(ctx, payout.Ending{PayoutID: payoutID, Final: final, Now: now})
}

// End is Cancel with the code of why nothing was sent, if there is one.
func (s *Store) End(ctx context.Context, ending payout.Ending) error {
	return s.changePayout(ctx, ending.PayoutID, ending.Now, func(q *sqlc.Queries, p *payoutChange) error {
		event := payout.Event{Kind: payout.EventCancelled}
		if ending.Final == payout.Returned {
			event.Kind = payout.EventReturned
		}
		if _, err := p.apply(event); err != nil {
			return err
		}
		if ending.FailureCode != "" {
			p.row.FailureCode = &ending.FailureCode
		}
		posted, err := s.journal.PostIn(ctx, q, ledger.PayoutCancelled(p.booking))
		if err != nil || posted[0].Replayed {
			return err
		}
		if err := s.recoverFromCancelled(ctx, q, p.booking); err != nil {
			return err
		}
		return s.returnFee(ctx, q, p)
	})
}

func (s *Store) recoverFromCancelled(ctx context.Context, q *sqlc.Queries, cancelled ledger.Payout) error {
	rows, err := q.ListPayoutLines(ctx, cancelled.PayoutID)
	if err != nil {
		return err
	}
	given := earnings.Released{Recovery: ledger.Recovery{
		Reference: cancelled.PayoutID, CreatorID: cancelled.CreatorID, Currency: cancelled.Currency, At: cancelled.At,
	}}
	for _, row := range rows {
		given.Add(row.CampaignID, row.AmountMinor)
	}
	return s.earnings.RecoverReceivables(ctx, q, []earnings.Released{given})
}
