package payouts

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// RecordIntent returns the generation of a phase that is alive: the applied one, the one
// whose outcome is unknown, or a new one after all others were refused or undone. It is the
// only place where a generation begins, so two keys are never alive at once. It returns
// fault.Conflict "payout_ended" once the payout has ended without money moved.
func (s *Store) RecordIntent(ctx context.Context, payoutID string, phase payout.Phase, now time.Time) (payout.Intent, error) {
	var intent payout.Intent
	err := s.changePayout(ctx, payoutID, now, func(q *sqlc.Queries, p *payoutChange) error {
		intent = payout.Intent{
			PayoutID: payoutID, CreatorID: p.row.CreatorID, Phase: phase, AmountMinor: p.row.AmountMinor,
			Currency: money.Currency(p.row.Currency), Account: p.row.StripeAccountID,
		}
		attempts, err := q.ListAttempts(ctx, sqlc.ListAttemptsParams{PayoutID: payoutID, Phase: string(phase)})
		if err != nil {
			return err
		}
		if len(attempts) > 0 {
			last := attempts[len(attempts)-1]
			if last.Outcome == payout.AttemptApplied || last.Outcome == payout.AttemptUnknown {
				resume(&intent, last, now)
				return nil
			}
		}
		return begin(ctx, q, p, &intent, len(attempts)+1, now)
	})
	return intent, err
}

// GetLiveIntent returns the applied or unknown generation of a phase, without beginning one.
func (s *Store) GetLiveIntent(ctx context.Context, payoutID string, phase payout.Phase, now time.Time) (payout.Intent, bool, error) {
	rows, err := s.db.Queries.FindPayout(ctx, payoutID)
	if err != nil || len(rows) == 0 {
		return payout.Intent{}, false, db.Translate(err)
	}
	attempts, err := s.db.Queries.ListAttempts(ctx, sqlc.ListAttemptsParams{PayoutID: payoutID, Phase: string(phase)})
	if err != nil || len(attempts) == 0 {
		return payout.Intent{}, false, db.Translate(err)
	}
	last := attempts[len(attempts)-1]
	intent := payout.Intent{
		PayoutID: payoutID, CreatorID: rows[0].CreatorID, Phase: phase, AmountMinor: rows[0].AmountMinor,
		Currency: money.Currency(rows[0].Currency), Account: rows[0].StripeAccountID,
	}
	resume(&intent, last, now)
	return intent, last.Outcome == payout.AttemptApplied || last.Outcome == payout.AttemptUnknown, nil
}

func resume(i *payout.Intent, attempt sqlc.ListAttemptsRow, now time.Time) {
	i.Generation, i.IdempotencyKey = int(attempt.Generation), attempt.IdempotencyKey
	i.Age = duration.Text(now.Sub(attempt.IntendedAt))
	i.Applied = attempt.Outcome == payout.AttemptApplied
	if attempt.ExternalID != nil {
		i.ExternalID = *attempt.ExternalID
	}
}

func begin(ctx context.Context, q *sqlc.Queries, p *payoutChange, i *payout.Intent, generation int, now time.Time) error {
	if err := p.requireOpen(); err != nil {
		return err
	}
	if err := checkOrder(ctx, q, i); err != nil {
		return err
	}
	i.Generation, i.Fresh = generation, true
	i.IdempotencyKey = payout.IdempotencyKey(i.PayoutID, i.Phase, generation)
	p.moveTo(map[payout.Phase]payout.Status{
		payout.Transfer: payout.Transferring, payout.BankPayout: payout.PayingOut, payout.Reversal: payout.Reversing,
	}[i.Phase])
	return q.InsertAttempt(ctx, sqlc.InsertAttemptParams{PayoutID: i.PayoutID, Phase: string(i.Phase), Generation: int32(generation), IdempotencyKey: i.IdempotencyKey, IntendedAt: now})
}

// checkOrder refuses phases that overlap, whatever a workflow believes after a reset: money
// goes to the bank only from an applied transfer, and back only when no bank payout is alive.
func checkOrder(ctx context.Context, q *sqlc.Queries, i *payout.Intent) error {
	alive := func(phase payout.Phase, outcomes ...string) (bool, error) {
		attempts, err := q.ListAttempts(ctx, sqlc.ListAttemptsParams{PayoutID: i.PayoutID, Phase: string(phase)})
		for _, attempt := range attempts {
			for _, outcome := range outcomes {
				if attempt.Outcome == outcome {
					return true, err
				}
			}
		}
		return false, err
	}
	transferred, err := alive(payout.Transfer, payout.AttemptApplied)
	if err != nil {
		return err
	}
	if i.Phase != payout.Transfer && !transferred {
		return fault.New(fault.Conflict, "transfer_not_applied", "there is no applied transfer: the %s must wait for it", i.Phase)
	}
	banking, err := alive(payout.BankPayout, payout.AttemptApplied, payout.AttemptUnknown)
	if err != nil {
		return err
	}
	reversing, err := alive(payout.Reversal, payout.AttemptApplied, payout.AttemptUnknown)
	if err != nil {
		return err
	}
	if i.Phase == payout.Reversal && banking {
		return fault.New(fault.Conflict, "bank_payout_alive", "a bank payout is under way: wait for its outcome")
	}
	if i.Phase == payout.BankPayout && reversing {
		return fault.New(fault.Conflict, "reversal_alive", "the transfer is being taken back")
	}
	return nil
}

// RecordRefused ends a generation that Stripe definitely refused. Telling it again changes
// nothing.
func (s *Store) RecordRefused(ctx context.Context, result payout.Outcome) error {
	return s.changePayout(ctx, result.PayoutID, result.Now, func(q *sqlc.Queries, p *payoutChange) error {
		moved, err := settle(ctx, q, result, payout.AttemptRefused, payout.AttemptUnknown)
		if err != nil || !moved {
			return err
		}
		p.row.FailureCode = db.Optional(result.FailureCode)
		return nil
	})
}

// RecordTransferred books an applied transfer, once.
func (s *Store) RecordTransferred(ctx context.Context, result payout.Outcome) error {
	return s.changePayout(ctx, result.PayoutID, result.Now, func(q *sqlc.Queries, p *payoutChange) error {
		moved, err := settle(ctx, q, result, payout.AttemptApplied, payout.AttemptUnknown)
		if err != nil || !moved {
			return err
		}
		p.row.TransferID, p.row.FailureCode = &result.ExternalID, nil
		p.moveTo(payout.Transferred)
		_, err = s.journal.PostObjectIn(ctx, q, ledger.TransferSettled(p.entry, result.Generation), journal.Object{Type: "transfer", ID: result.ExternalID})
		return err
	})
}

// RecordBankPayoutAccepted remembers the bank payout that Stripe has made. Nothing is
// posted before it is paid or failed.
func (s *Store) RecordBankPayoutAccepted(ctx context.Context, result payout.Outcome) error {
	return s.changePayout(ctx, result.PayoutID, result.Now, func(q *sqlc.Queries, p *payoutChange) error {
		moved, err := settle(ctx, q, result, payout.AttemptApplied, payout.AttemptUnknown)
		if err != nil || !moved {
			return err
		}
		p.row.BankPayoutID, p.row.FailureCode = &result.ExternalID, nil
		p.moveTo(payout.PayingOut)
		return nil
	})
}

// RecordBankPayoutPaid books a bank payout that is paid, once. If it is on record as failed
// since, nothing changes: an old event was told late.
func (s *Store) RecordBankPayoutPaid(ctx context.Context, result payout.Outcome) error {
	return s.changePayout(ctx, result.PayoutID, result.Now, func(q *sqlc.Queries, p *payoutChange) error {
		if moved, err := settle(ctx, q, result, payout.AttemptApplied, payout.AttemptApplied); err != nil || !moved {
			return err
		}
		p.moveTo(payout.Paid)
		_, err := s.journal.PostObjectIn(ctx, q, ledger.BankPayoutSettled(p.entry, result.Generation), journal.Object{Type: "payout", ID: result.ExternalID})
		return err
	})
}

// RecordBankPayoutFailed books a bank payout that failed, before or after it was paid, and
// ends its generation: the money lies on the connected balance again.
func (s *Store) RecordBankPayoutFailed(ctx context.Context, result payout.Outcome) error {
	return s.changePayout(ctx, result.PayoutID, result.Now, func(q *sqlc.Queries, p *payoutChange) error {
		moved, err := settle(ctx, q, result, payout.AttemptUndone, payout.AttemptApplied)
		if err != nil || !moved {
			return err
		}
		p.row.FailureCode = db.Optional(result.FailureCode)
		p.moveTo(payout.Transferred)
		settled := ledger.BankPayoutSettled(p.entry, result.Generation)
		_, err = q.GetJournalEntry(ctx, sqlc.GetJournalEntryParams{Kind: string(settled.Kind), Reference: settled.Reference})
		if fault.Is(db.Translate(err), fault.NotFound) {
			_, err = s.journal.PostObjectIn(ctx, q, ledger.BankPayoutRefused(p.entry, result.Generation), journal.Object{Type: "payout", ID: result.ExternalID})
			return err
		}
		if err != nil {
			return err
		}
		return s.postReturn(ctx, q, p, result)
	})
}

// postReturn books the return of a paid bank payout, tied to the balance transaction that
// brought the money back where Stripe names it.
func (s *Store) postReturn(ctx context.Context, q *sqlc.Queries, p *payoutChange, result payout.Outcome) error {
	entry := ledger.BankPayoutReturned(p.entry, result.Generation)
	_, err := s.journal.PostObjectIn(ctx, q, entry, journal.Object{Type: "balance_transaction", ID: result.FailureObjectID})
	return err
}

// RecordReversed books a transfer that was taken back, once, and ends its generation.
func (s *Store) RecordReversed(ctx context.Context, result payout.Outcome) error {
	return s.changePayout(ctx, result.PayoutID, result.Now, func(q *sqlc.Queries, p *payoutChange) error {
		moved, err := settle(ctx, q, result, payout.AttemptUndone, payout.AttemptUnknown)
		if err != nil || !moved {
			return err
		}
		attempts, err := q.ListAttempts(ctx, sqlc.ListAttemptsParams{PayoutID: result.PayoutID, Phase: string(payout.Transfer)})
		if err != nil {
			return err
		}
		for _, attempt := range attempts {
			if attempt.Outcome != payout.AttemptApplied {
				continue
			}
			transfer := payout.Outcome{PayoutID: result.PayoutID, Phase: payout.Transfer, Generation: int(attempt.Generation), Now: result.Now}
			if _, err := settle(ctx, q, transfer, payout.AttemptUndone, payout.AttemptApplied); err != nil {
				return err
			}
			_, err := s.journal.PostObjectIn(ctx, q, ledger.TransferReversed(p.entry, transfer.Generation), journal.Object{Type: "transfer_reversal", ID: result.ExternalID})
			return err
		}
		return fault.New(fault.Internal, "transfer_not_applied", "a reversal was made but no transfer of payout %s is on record as applied", result.PayoutID)
	})
}

// settle moves one generation from an expected outcome to another. It returns false if that
// was done before, and fault.Conflict "attempt_mismatch" if the record says something else.
func settle(ctx context.Context, q *sqlc.Queries, result payout.Outcome, outcome, expected string) (bool, error) {
	changed, err := q.UpdateAttempt(ctx, sqlc.UpdateAttemptParams{
		PayoutID: result.PayoutID, Phase: string(result.Phase), Generation: int32(result.Generation),
		Outcome: outcome, ExternalID: db.Optional(result.ExternalID), FailureCode: db.Optional(result.FailureCode), Expected: []string{expected},
	})
	if err != nil || changed > 0 {
		return changed > 0, err
	}
	attempts, err := q.ListAttempts(ctx, sqlc.ListAttemptsParams{PayoutID: result.PayoutID, Phase: string(result.Phase)})
	if err != nil {
		return false, err
	}
	for _, attempt := range attempts {
		same := result.ExternalID == "" || attempt.ExternalID == nil || *attempt.ExternalID == result.ExternalID
		later := attempt.Outcome == outcome || outcome == payout.AttemptApplied && attempt.Outcome == payout.AttemptUndone
		if int(attempt.Generation) == result.Generation && same && later {
			return false, nil
		}
	}
	return false, fault.New(fault.Conflict, "attempt_mismatch", "%s g%d of payout %s is on record with another outcome than %s", result.Phase, result.Generation, result.PayoutID, outcome)
}
