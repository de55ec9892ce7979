package payouts

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// RecordIntent returns the generation of a phase that is alive: the applied one, the one
// whose outcome is unknown, or a new one after all others were refused or undone. A generation
// begins nowhere else, so two keys are never alive at once. It returns the faults of
// payout.Phases.Next.
func (s *Store) RecordIntent(ctx context.Context, payoutID string, phase payout.Phase, now time.Time) (payout.Intent, error) {
	var intent payout.Intent
	err := s.changePayout(ctx, payoutID, now, func(q *sqlc.Queries, p *payoutChange) error {
		intent = payout.Intent{
			PayoutID: payoutID, CreatorID: p.row.CreatorID, Phase: phase, AmountMinor: p.row.AmountMinor,
			Currency: money.Currency(p.row.Currency), Account: p.row.PayoutAccount,
		}
		change, err := p.apply(payout.Event{Kind: payout.EventBegun, Phase: phase})
		if err != nil {
			return err
		}
		if len(change.Attempts) == 0 {
			intent = resume(intent, p.attempts, now)
			return nil
		}
		intent.Generation, intent.Fresh = change.Attempts.Last(phase).Generation, true
		intent.LookUp = payout.MustLookUp(p.row.LookupSince, now, lastIntended(p.attempts, phase))
		intent.IdempotencyKey = payout.IdempotencyKey(payoutID, phase, intent.Generation)
		return q.InsertAttempt(ctx, sqlc.InsertAttemptParams{
			PayoutID: payoutID, Phase: string(phase), Generation: int32(intent.Generation), IdempotencyKey: intent.IdempotencyKey, IntendedAt: now,
		})
	})
	return intent, err
}

// lastIntended returns when the last generation of a phase began; zero if there is none.
func lastIntended(attempts []sqlc.ListAttemptsRow, phase payout.Phase) time.Time {
	var last time.Time
	for _, attempt := range attempts {
		if attempt.Phase == string(phase) {
			last = attempt.IntendedAt
		}
	}
	return last
}

// GetLastIntent returns the last generation of a phase, and whether it is alive, without
// beginning one. The generation is 0 if the phase never began.
func (s *Store) GetLastIntent(ctx context.Context, payoutID string, phase payout.Phase, now time.Time) (payout.Intent, bool, error) {
	rows, err := s.db.Queries.FindPayout(ctx, payoutID)
	if err != nil || len(rows) == 0 {
		return payout.Intent{}, false, db.Translate(err)
	}
	attempts, err := s.db.Queries.ListAttempts(ctx, payoutID)
	if err != nil {
		return payout.Intent{}, false, db.Translate(err)
	}
	if asAttempts(attempts).Last(phase).Generation == 0 {
		return payout.Intent{}, false, nil
	}
	intent := payout.Intent{
		PayoutID: payoutID, CreatorID: rows[0].CreatorID, Phase: phase, AmountMinor: rows[0].AmountMinor,
		Currency: money.Currency(rows[0].Currency), Account: rows[0].PayoutAccount,
	}
	return resume(intent, attempts, now), asAttempts(attempts).Alive(phase), nil
}

// resume completes an intent with the last generation of its phase.
func resume(intent payout.Intent, attempts []sqlc.ListAttemptsRow, now time.Time) payout.Intent {
	for _, attempt := range attempts {
		if attempt.Phase != string(intent.Phase) {
			continue
		}
		intent.Generation, intent.IdempotencyKey = int(attempt.Generation), attempt.IdempotencyKey
		intent.Age = duration.Text(now.Sub(attempt.IntendedAt))
		intent.Applied = attempt.Outcome == string(payout.AttemptApplied)
		intent.ExternalID = db.Text(attempt.ExternalID)
	}
	return intent
}
