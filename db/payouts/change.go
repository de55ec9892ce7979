package payouts

import (
	"context"
	"encoding/json"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// phases are those of the one rail that there is.
var phases = payout.TwoPhase

// payoutChange is a transaction's view of one locked payout.
type payoutChange struct {
	row      sqlc.GetPayoutForUpdateRow
	attempts []sqlc.ListAttemptsRow
	booking  ledger.Payout
}

// changePayout locks a payout's creator and the payout, lets change apply events and post
// entries, and stores the payout's row.
func (s *Store) changePayout(ctx context.Context, payoutID string, now time.Time, change func(q *sqlc.Queries, p *payoutChange) error) error {
	found, err := s.db.Queries.FindPayout(ctx, payoutID)
	if err != nil {
		return db.Translate(err)
	}
	if len(found) == 0 {
		return fault.New(fault.NotFound, "payout_not_found", "no such payout")
	}
	shape := ledger.Payout{CreatorID: found[0].CreatorID}
	shapes := []ledger.Entry{ledger.PayoutReserved(shape), ledger.TransferSettled(shape, 1)}
	if found[0].FeeMinor > 0 {
		shapes = append(shapes, ledger.InstantFeeReturned(shape))
	}
	if found[0].IsConverted {
		shapes = append(shapes, conversionShapes(shape.CreatorID)...)
	}
	if err := s.journal.OpenAccounts(ctx, shapes...); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		p, err := lockPayout(ctx, q, found[0].CreatorID, payoutID, now)
		if err != nil {
			return err
		}
		if err := change(q, p); err != nil {
			return err
		}
		return p.store(ctx, q)
	})
}

func (p *payoutChange) store(ctx context.Context, q *sqlc.Queries) error {
	return q.UpdatePayout(ctx, sqlc.UpdatePayoutParams{
		ID: p.row.ID, Status: p.row.Status, AttentionReason: p.row.AttentionReason, TransferID: p.row.TransferID,
		BankPayoutID: p.row.BankPayoutID, FailureCode: p.row.FailureCode, PaidAt: p.row.PaidAt,
		FallbackCode: p.row.FallbackCode,
	})
}

func lockPayout(ctx context.Context, q *sqlc.Queries, creatorID, payoutID string, now time.Time) (*payoutChange, error) {
	if _, err := q.LockCreator(ctx, creatorID); err != nil {
		return nil, err
	}
	row, err := q.GetPayoutForUpdate(ctx, payoutID)
	if err != nil {
		return nil, err
	}
	attempts, err := q.ListAttempts(ctx, payoutID)
	if err != nil {
		return nil, err
	}
	return &payoutChange{row: row, attempts: attempts, booking: ledger.Payout{
		PayoutID: row.ID, CreatorID: row.CreatorID, Currency: money.Currency(row.Currency), AmountMinor: row.AmountMinor, At: now,
	}}, nil
}

// apply asks the lifecycle what an event changes, and sets the payout's status by it. The
// caller stores the attempts.
func (p *payoutChange) apply(event payout.Event) (payout.Change, error) {
	record := payout.Record{Status: payout.Status(p.row.Status), Attempts: asAttempts(p.attempts)}
	change, err := phases.Next(record, event)
	if err != nil {
		return payout.Change{}, err
	}
	p.row.Status = string(change.Status)
	if change.Status != payout.NeedsAttention {
		p.row.AttentionReason = nil
	}
	return change, nil
}

func asAttempts(rows []sqlc.ListAttemptsRow) payout.Attempts {
	attempts := make(payout.Attempts, len(rows))
	for i, row := range rows {
		attempts[i] = payout.Attempt{
			Phase: payout.Phase(row.Phase), Generation: int(row.Generation),
			Status: payout.AttemptStatus(row.Outcome), ExternalID: db.Text(row.ExternalID),
		}
	}
	return attempts
}

// settle applies the outcome of an attempt and stores the attempts that it moves. There are
// none in the change if the outcome was on record before.
func (p *payoutChange) settle(ctx context.Context, q *sqlc.Queries, kind payout.EventKind, result payout.Outcome) (payout.Change, error) {
	change, err := p.apply(payout.Event{Kind: kind, Phase: result.Phase, Generation: result.Generation, ExternalID: result.ExternalID})
	if err != nil {
		return payout.Change{}, err
	}
	for _, attempt := range change.Attempts {
		var failure payout.Outcome // an attempt that another phase undoes has not failed
		if attempt.Phase == result.Phase {
			failure = result
		}
		if err := p.storeAttempt(ctx, q, attempt, failure); err != nil {
			return payout.Change{}, err
		}
	}
	return change, nil
}

func (p *payoutChange) storeAttempt(ctx context.Context, q *sqlc.Queries, attempt payout.Attempt, failure payout.Outcome) error {
	remark, err := asRemark(failure.Remark)
	if err != nil {
		return err
	}
	for _, before := range p.attempts {
		if before.Phase != string(attempt.Phase) || int(before.Generation) != attempt.Generation {
			continue
		}
		changed, err := q.UpdateAttempt(ctx, sqlc.UpdateAttemptParams{
			PayoutID: p.row.ID, Phase: before.Phase, Generation: before.Generation, Outcome: string(attempt.Status),
			ExternalID: db.Optional(attempt.ExternalID), FailureCode: db.Optional(failure.FailureCode), FailureRemark: remark,
			BankAccount: db.Optional(failure.BankAccount), Expected: before.Outcome,
		})
		if err != nil || changed == 1 {
			return err
		}
	}
	return fault.New(fault.Internal, "attempt_changed", "generation %d of the %s of payout %s changed although its creator is locked", attempt.Generation, attempt.Phase, p.row.ID)
}

// asRemark returns the JSON of a remark, or nil for an empty one.
func asRemark(remark fault.Remark) ([]byte, error) {
	if remark == (fault.Remark{}) {
		return nil, nil
	}
	return json.Marshal(remark)
}
