package payouts

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
)

// notFoundWhenAdopted is the failure code of a generation of an adopted payout for which the
// processor has no object. A later generation exists, so this one was refused.
const notFoundWhenAdopted = "not_found_when_adopted"

// recordAttempts records the transfer and the bank payouts of an adopted payout, each generation by
// the events that it had. The last bank payout is recorded as made: its outcome is left to the
// workflow of the payout.
func (a *adopting) recordAttempts(ctx context.Context) error {
	p, err := lockPayout(ctx, a.q, a.item.CreatorID, a.item.PayoutID, a.book.Now)
	if err != nil {
		return err
	}
	for generation := 1; generation < a.item.Generation; generation++ {
		if err := a.refused(ctx, p, payout.Transfer, a.item.TransferredAt); err != nil {
			return err
		}
	}
	made, err := a.accepted(ctx, p, payout.Beginning{Phase: payout.Transfer, Now: a.item.TransferredAt}, a.item.TransferID)
	if err != nil {
		return err
	}
	p.row.TransferID = &a.item.TransferID
	if _, err := a.store.journal.PostObjectIn(ctx, a.q, ledger.TransferSettled(p.booking, made.Generation), a.item.TransferID); err != nil {
		return err
	}
	tries := adoption.Tries(a.found.BankPayouts)
	for i, try := range tries {
		if err := a.recordBankPayout(ctx, p, try, i == len(tries)-1); err != nil {
			return err
		}
	}
	return a.q.UpdatePayout(ctx, sqlc.UpdatePayoutParams{
		ID: p.row.ID, Status: p.row.Status, TransferID: p.row.TransferID, BankPayoutID: p.row.BankPayoutID, PaidAt: p.row.PaidAt,
	})
}

func (a *adopting) recordBankPayout(ctx context.Context, p *payoutChange, try adoption.Try, isLast bool) error {
	if try.Object == nil {
		return a.refused(ctx, p, payout.BankPayout, a.item.TransferredAt)
	}
	begun := payout.Beginning{Phase: payout.BankPayout, Now: try.Object.CreatedAt}
	if try.Object.Currency != a.item.Currency { // the workflow reads what the transfer became, and books it
		begun.Into, begun.AmountMinor = try.Object.Currency, try.Object.AmountMinor
	}
	made, err := a.accepted(ctx, p, begun, try.Object.ID)
	if err != nil {
		return err
	}
	p.row.BankPayoutID = &try.Object.ID
	if isLast {
		return nil
	}
	if err := a.outcome(ctx, p, payout.EventUndone, made); err != nil {
		return err
	}
	_, err = a.store.journal.PostObjectIn(ctx, a.q, ledger.BankPayoutRefused(p.bankBooking(made.Generation), made.Generation), try.Object.ID)
	return err
}

func (a *adopting) refused(ctx context.Context, p *payoutChange, phase payout.Phase, at time.Time) error {
	generation, err := a.begin(ctx, p, payout.Beginning{Phase: phase, Now: at})
	if err != nil {
		return err
	}
	return a.outcome(ctx, p, payout.EventRefused, payout.Outcome{Phase: phase, Generation: generation, FailureCode: notFoundWhenAdopted})
}

func (a *adopting) accepted(ctx context.Context, p *payoutChange, begun payout.Beginning, objectID string) (payout.Outcome, error) {
	generation, err := a.begin(ctx, p, begun)
	if err != nil {
		return payout.Outcome{}, err
	}
	made := payout.Outcome{Phase: begun.Phase, Generation: generation, ExternalID: objectID}
	return made, a.outcome(ctx, p, payout.EventAccepted, made)
}

// begin begins the next generation of a phase, dated to when the processor made its object.
func (a *adopting) begin(ctx context.Context, p *payoutChange, begun payout.Beginning) (generation int, err error) {
	intent, err := p.begin(ctx, a.q, begun)
	if err == nil {
		p.attempts, err = a.q.ListAttempts(ctx, p.row.ID)
	}
	return intent.Generation, err
}

func (a *adopting) outcome(ctx context.Context, p *payoutChange, kind payout.EventKind, result payout.Outcome) error {
	_, err := p.settle(ctx, a.q, kind, result)
	if err == nil {
		p.attempts, err = a.q.ListAttempts(ctx, p.row.ID)
	}
	return err
}
