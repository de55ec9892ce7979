package payouts

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// RecordIntent returns the generation of a phase that is alive: the applied one, the one
// whose outcome is unknown, or a new one after all others were refused or undone. A generation
// begins nowhere else, so two keys are never alive at once. It returns the faults of
// payout.Phases.Next, and a fault.Conflict whose code is the reason why a transfer must not begin,
// as CheckCreator says it: much may have changed since.
//
// A new generation is for amountMinor, or for the payout's amount if that is 0. A generation
// that is alive keeps its amount, which belongs to its key.
func (s *Store) RecordIntent(ctx context.Context, payoutID string, phase payout.Phase, amountMinor int64, now time.Time) (payout.Intent, error) {
	return s.Begin(ctx, payout.Beginning{PayoutID: payoutID, Phase: phase, AmountMinor: amountMinor, Now: now})
}

// Begin is RecordIntent with the currency that a transfer is expected to become.
func (s *Store) Begin(ctx context.Context, begin payout.Beginning) (payout.Intent, error) {
	var intent payout.Intent
	err := s.changePayout(ctx, begin.PayoutID, begin.Now, func(q *sqlc.Queries, p *payoutChange) error {
		var verdict payout.CreatorVerdict
		if begin.Phase == payout.Transfer { // before the attempt is on record
			var err error
			if verdict, err = mayBegin(ctx, q, begin.PayoutID, begin.Into); err != nil {
				return err
			}
		}
		var err error
		intent, err = p.begin(ctx, q, begin)
		if err == nil && intent.Fresh && verdict.Reason != payout.NoReason {
			return fault.New(fault.Conflict, string(verdict.Reason), "the transfer must not begin: %s", verdict.Reason.Explain())
		}
		return err
	})
	return intent, err
}

// begin returns the generation of a phase that is alive, or stores a new one. The payout is that of the
// change.
func (p *payoutChange) begin(ctx context.Context, q *sqlc.Queries, begin payout.Beginning) (payout.Intent, error) {
	intent := payout.Intent{
		PayoutID: p.row.ID, CreatorID: p.row.CreatorID, Phase: begin.Phase, AmountMinor: p.row.AmountMinor,
		Currency: money.Currency(p.row.Currency), Account: p.row.PayoutAccount,
	}
	change, err := p.apply(payout.Event{Kind: payout.EventBegun, Phase: begin.Phase})
	if err != nil {
		return payout.Intent{}, err
	}
	if len(change.Attempts) == 0 {
		return resume(intent, p.attempts, begin.Now), nil
	}
	intent.Generation, intent.Fresh = change.Attempts.Last(begin.Phase).Generation, true
	intent.LookUp = payout.MustLookUp(p.row.LookupSince, begin.Now)
	intent.IdempotencyKey = payout.IdempotencyKey(p.row.ID, begin.Phase, intent.Generation)
	if begin.AmountMinor > 0 {
		intent.AmountMinor = begin.AmountMinor
	}
	insert := sqlc.InsertAttemptParams{
		PayoutID: p.row.ID, Phase: string(begin.Phase), Generation: int32(intent.Generation), IdempotencyKey: intent.IdempotencyKey,
		IntendedAt: begin.Now, Method: string(payout.Standard),
	}
	switch begin.Phase {
	case payout.Transfer:
		intent.ConvertsInto, insert.ConvertsInto = begin.Into, db.Optional(string(begin.Into))
	case payout.BankPayout:
		if p.method() == payout.Instant {
			intent.Method, insert.Method = payout.Instant, string(payout.Instant)
		}
		if err := p.inBankCurrency(ctx, q, begin, &intent); err != nil {
			return payout.Intent{}, err
		}
		if intent.Currency != money.Currency(p.row.Currency) {
			insert.Currency = db.Optional(string(intent.Currency))
		}
	case payout.Reversal:
	}
	insert.AmountMinor = intent.AmountMinor
	return intent, q.InsertAttempt(ctx, insert)
}

// inBankCurrency gives a bank payout the currency and amount that the transfer became, or those of an
// object that was made before the books had the conversion.
func (p *payoutChange) inBankCurrency(ctx context.Context, q *sqlc.Queries, begin payout.Beginning, intent *payout.Intent) error {
	if begin.Into != "" {
		intent.Currency = begin.Into
		return nil
	}
	if !p.row.IsConverted {
		return nil
	}
	held, _, err := findConversion(ctx, q, p.row.ID)
	intent.Currency, intent.AmountMinor = held.Currency, held.PaidMinor()
	return err
}

// convertsInto is the currency that the transfer was expected to become when it was sent.
func (p *payoutChange) convertsInto() money.Currency {
	into := ""
	for _, attempt := range p.attempts {
		if attempt.Phase == string(payout.Transfer) {
			into = db.Text(attempt.ConvertsInto)
		}
	}
	return money.Currency(into)
}

// GetLastIntent returns the last generation of a phase, and whether it is alive, without
// beginning one. The generation is 0 if the phase never began. The intent says whether the books may
// lack a later one.
func (s *Store) GetLastIntent(ctx context.Context, payoutID string, phase payout.Phase, now time.Time) (payout.Intent, bool, error) {
	rows, err := s.db.Queries.FindPayout(ctx, payoutID)
	if err != nil || len(rows) == 0 {
		return payout.Intent{}, false, db.Translate(err)
	}
	attempts, err := s.db.Queries.ListAttempts(ctx, payoutID)
	if err != nil {
		return payout.Intent{}, false, db.Translate(err)
	}
	alive := asAttempts(attempts).Alive(phase)
	intent := payout.Intent{
		PayoutID: payoutID, CreatorID: rows[0].CreatorID, Phase: phase, AmountMinor: rows[0].AmountMinor,
		Currency: money.Currency(rows[0].Currency), Account: rows[0].PayoutAccount, LookUp: !alive && payout.MustLookUp(rows[0].LookupSince, now),
	}
	return resume(intent, attempts, now), alive, nil
}

// resume completes an intent with the last generation of its phase.
func resume(intent payout.Intent, attempts []sqlc.ListAttemptsRow, now time.Time) payout.Intent {
	for _, attempt := range attempts {
		if attempt.Phase != string(intent.Phase) {
			continue
		}
		intent.Generation, intent.IdempotencyKey, intent.AmountMinor = int(attempt.Generation), attempt.IdempotencyKey, attempt.AmountMinor
		intent.Age = duration.Text(now.Sub(attempt.IntendedAt))
		intent.Applied = attempt.Outcome == string(payout.AttemptApplied)
		intent.ExternalID, intent.ConvertsInto = db.Text(attempt.ExternalID), money.Currency(db.Text(attempt.ConvertsInto))
		if attempt.Currency != nil {
			intent.Currency = money.Currency(*attempt.Currency)
		}
		intent.Method = ""
		if attempt.Method == string(payout.Instant) {
			intent.Method = payout.Instant
		}
	}
	return intent
}
