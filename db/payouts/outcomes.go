package payouts

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
)

// outcome applies an outcome and, if it is news, does what follows from it. Every Record
// method may be called again with the same outcome, which then changes nothing. They return
// the faults of payout.Phases.Next.
func (s *Store) outcome(ctx context.Context, kind payout.EventKind, result payout.Outcome, follow func(q *sqlc.Queries, p *payoutChange, change payout.Change) error) error {
	return s.changePayout(ctx, result.PayoutID, result.Now, func(q *sqlc.Queries, p *payoutChange) error {
		change, err := p.settle(ctx, q, kind, result)
		if err != nil || len(change.Attempts) == 0 {
			return err
		}
		return follow(q, p, change)
	})
}

// RecordRefused ends a generation that the rail definitely refused. If that is asked for, an instant
// payout falls back to the standard method in the same transaction.
func (s *Store) RecordRefused(ctx context.Context, result payout.Outcome) error {
	return s.outcome(ctx, payout.EventRefused, result, func(q *sqlc.Queries, p *payoutChange, _ payout.Change) error {
		p.row.FailureCode = db.Optional(result.FailureCode)
		if !result.FallBack {
			return nil
		}
		return s.fallBack(ctx, q, p, result.FailureCode)
	})
}

// RecordTransferred books an applied transfer.
func (s *Store) RecordTransferred(ctx context.Context, result payout.Outcome) error {
	return s.outcome(ctx, payout.EventAccepted, result, func(q *sqlc.Queries, p *payoutChange, _ payout.Change) error {
		return s.bookTransfer(ctx, q, p, result)
	})
}

// RecordTransferredAndNext is RecordTransferred, and begins the bank payout in the same
// transaction if that is asked for and none was begun before. Otherwise the intent is empty:
// what to do about an earlier bank payout is for its workflow to decide. A payout that is expected to
// be converted has no amount for the bank yet.
func (s *Store) RecordTransferredAndNext(ctx context.Context, result payout.Outcome) (payout.Intent, error) {
	var next payout.Intent
	err := s.changePayout(ctx, result.PayoutID, result.Now, func(q *sqlc.Queries, p *payoutChange) error {
		change, err := p.settle(ctx, q, payout.EventAccepted, result)
		if err != nil || len(change.Attempts) == 0 {
			return err
		}
		if err := s.bookTransfer(ctx, q, p, result); err != nil {
			return err
		}
		if p.attempts, err = q.ListAttempts(ctx, result.PayoutID); err != nil {
			return err
		}
		if !result.BeginNext || asAttempts(p.attempts).Last(payout.BankPayout).Generation > 0 || p.convertsInto() != "" {
			return nil
		}
		next, err = p.begin(ctx, q, payout.Beginning{Phase: payout.BankPayout, Now: result.Now})
		return err
	})
	return next, err
}

func (s *Store) bookTransfer(ctx context.Context, q *sqlc.Queries, p *payoutChange, result payout.Outcome) error {
	p.row.TransferID, p.row.FailureCode = &result.ExternalID, nil
	_, err := s.journal.PostObjectIn(ctx, q, ledger.TransferSettled(p.booking, result.Generation), result.ExternalID)
	return err
}

// RecordBankPayoutAccepted records the bank payout that the rail has made. Nothing is posted
// before it is paid or has failed.
func (s *Store) RecordBankPayoutAccepted(ctx context.Context, result payout.Outcome) error {
	return s.outcome(ctx, payout.EventAccepted, result, func(_ *sqlc.Queries, p *payoutChange, _ payout.Change) error {
		p.row.BankPayoutID, p.row.FailureCode = &result.ExternalID, nil
		return nil
	})
}

// RecordBankPayoutPaid books a bank payout that is paid. A late report about one that has
// failed since changes nothing.
func (s *Store) RecordBankPayoutPaid(ctx context.Context, result payout.Outcome) error {
	return s.outcome(ctx, payout.EventArrived, result, func(q *sqlc.Queries, p *payoutChange, _ payout.Change) error {
		if p.row.PaidAt == nil { // a repeated report does not begin the bank's return window again
			p.row.PaidAt = &result.Now
		}
		_, err := s.journal.PostObjectIn(ctx, q, ledger.BankPayoutSettled(p.bankBooking(result.Generation), result.Generation), result.ExternalID)
		if err != nil {
			return err
		}
		return s.postConverted(ctx, q, p, result.Generation, ledger.ConvertedPayoutSettled)
	})
}

// RecordBankPayoutFailed books a bank payout that failed, before or after it was paid, and
// ends its generation: the money is on the connected balance again. An instant payout falls back to
// the standard method, because its fee was for an arrival that did not last.
func (s *Store) RecordBankPayoutFailed(ctx context.Context, result payout.Outcome) error {
	return s.outcome(ctx, payout.EventUndone, result, func(q *sqlc.Queries, p *payoutChange, _ payout.Change) error {
		p.row.FailureCode, p.row.PaidAt = db.Optional(result.FailureCode), nil
		if err := s.fallBack(ctx, q, p, result.FailureCode); err != nil {
			return err
		}
		booking := p.bankBooking(result.Generation)
		settled := ledger.BankPayoutSettled(booking, result.Generation)
		_, err := q.GetJournalEntry(ctx, sqlc.GetJournalEntryParams{Kind: string(settled.Kind), Reference: settled.Reference})
		if fault.Is(db.Translate(err), fault.NotFound) {
			_, err = s.journal.PostObjectIn(ctx, q, ledger.BankPayoutRefused(booking, result.Generation), result.ExternalID)
			return err
		}
		if err != nil {
			return err
		}
		// A rail may name the balance transaction that brought the money back.
		if _, err := s.journal.PostObjectIn(ctx, q, ledger.BankPayoutReturned(booking, result.Generation), result.FailureObjectID); err != nil {
			return err
		}
		return s.postConverted(ctx, q, p, result.Generation, ledger.ConvertedPayoutReturned)
	})
}

// RecordReversed books a transfer that was taken back, and ends the generations of both. What it had
// become in another currency is closed in the same transaction.
func (s *Store) RecordReversed(ctx context.Context, result payout.Outcome) error {
	return s.outcome(ctx, payout.EventAccepted, result, func(q *sqlc.Queries, p *payoutChange, change payout.Change) error {
		transfer := change.Attempts.Last(payout.Transfer)
		backMinor, err := s.closeConversion(ctx, q, p, conversionReturned, result.TakenBack)
		if err != nil {
			return err
		}
		_, err = s.journal.PostObjectIn(ctx, q, ledger.TransferPartlyReversed(p.booking, transfer.Generation, backMinor), result.ExternalID)
		return err
	})
}
