package workflows

import (
	"strconv"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

// find looks for the object of an intent at Stripe.
func (p *creatorPayout) find(ctx workflow.Context, intent payout.Intent) (activities.Found, error) {
	generation := activities.PayoutGeneration{PayoutID: p.PayoutID, Generation: intent.Generation, Any: intent.LookUp}
	switch intent.Phase {
	case payout.Transfer:
		return do(ctx, p.reading(), "Check whether the transfer was made", activities.FindTransfer, generation)
	case payout.BankPayout:
		generation.Account = intent.Account
		return do(ctx, p.reading(), "Check whether the bank payout was made", activities.FindBankPayout, generation)
	case payout.Reversal:
		generation.TransferID = p.transferID
		return do(ctx, p.reading(), "Check whether the transfer was taken back", activities.FindReversal, generation)
	}
	return activities.Found{}, unknownPhase(intent.Phase)
}

// reading is how the rail is read. A payout that needs attention, or whose bank payout cannot be
// read, reads again later anyway.
func (p *creatorPayout) reading() call {
	if p.mode.parked != nil || !p.UnreadSince.IsZero() {
		return railLook
	}
	return railRead
}

// send calls Stripe to make the object of an intent.
func (p *creatorPayout) send(ctx workflow.Context, intent payout.Intent) (activities.Found, error) {
	id := p.activityID(intent)
	switch intent.Phase {
	case payout.Transfer:
		return moveMoney(ctx, id, "Transfer "+p.amount()+" to the connected account", activities.CreateTransfer, rail.TransferRequest{
			PayoutID: intent.PayoutID, AmountMinor: intent.AmountMinor, Currency: intent.Currency,
			Account: intent.Account, Generation: intent.Generation, IdempotencyKey: intent.IdempotencyKey,
		})
	case payout.BankPayout:
		summary := "Pay " + money.Amount{Minor: intent.AmountMinor, Currency: intent.Currency}.String() + " out to the bank"
		if intent.Method == payout.Instant {
			summary += " at once"
		}
		return moveMoney(ctx, id, summary, activities.CreateBankPayout, rail.BankPayoutRequest{
			PayoutID: intent.PayoutID, Account: intent.Account, AmountMinor: intent.AmountMinor, Currency: intent.Currency,
			Generation: intent.Generation, IdempotencyKey: intent.IdempotencyKey, Instant: intent.Method == payout.Instant,
		})
	case payout.Reversal:
		return moveMoney(ctx, id, "Take the transfer of "+p.amount()+" back", activities.ReverseTransfer, rail.ReversalRequest{
			TransferID: p.transferID, AmountMinor: intent.AmountMinor, Currency: intent.Currency,
			PayoutID: intent.PayoutID, Generation: intent.Generation, IdempotencyKey: intent.IdempotencyKey,
		})
	}
	return activities.Found{}, unknownPhase(intent.Phase)
}

// activityID names a call that moves money: the same phase and generation in every history,
// with a counter for repeated rounds.
func (p *creatorPayout) activityID(intent payout.Intent) string {
	p.calls++
	return string(intent.Phase) + "-g" + strconv.Itoa(intent.Generation) + "-" + strconv.Itoa(p.calls)
}

// book records the object that a phase has made.
func (p *creatorPayout) book(ctx workflow.Context, intent payout.Intent, made activities.Found) error {
	switch intent.Phase {
	case payout.Transfer:
		asked := workflow.Now(ctx)
		outcome := p.outcome(ctx, intent, made)
		outcome.BeginNext = p.mode.kind == paying && p.checkCancel() == nil
		next, err := localStep(ctx, "Book the transfer", activities.RecordTransferred, outcome)
		if err != nil {
			return err
		}
		p.transferID, p.next, p.nextAsked = made.ID, next, asked
		if next.Generation == 0 {
			p.setStatus(ctx, payout.Transferred)
		}
		return nil
	case payout.BankPayout:
		if err := localRecord(ctx, "Record the bank payout", activities.RecordBankPayoutAccepted, p.outcome(ctx, intent, made)); err != nil {
			return err
		}
		p.bankIntent, p.bankPayout = intent, made
		return nil
	case payout.Reversal:
		taken, err := p.readReturns(ctx)
		if err != nil {
			return err
		}
		outcome := p.outcome(ctx, intent, made)
		outcome.TakenBack = taken
		return record(ctx, "Book the reversal", activities.RecordReversed, outcome)
	}
	return unknownPhase(intent.Phase)
}

func (p *creatorPayout) outcome(ctx workflow.Context, intent payout.Intent, made activities.Found) payout.Outcome {
	return payout.Outcome{
		PayoutID: p.PayoutID, Phase: intent.Phase, Generation: intent.Generation, ExternalID: made.ID,
		FailureCode: made.FailureCode, FailureObjectID: made.FailureObjectID, BankAccount: made.BankAccount, Now: workflow.Now(ctx),
	}
}

func unknownPhase(phase payout.Phase) error {
	return fault.New(fault.Internal, "unknown_phase", "no call performs the phase %q", phase)
}
