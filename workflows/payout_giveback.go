package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/payout"
)

// giveBack ends a payout whose money has not reached the bank. A transfer is taken back
// first; then the reservation is released. If a bank payout turns out to be alive, there is
// no way back, and the payout goes on.
func (p *payoutRun) giveBack(ctx workflow.Context, final payout.Status) error {
	p.givingBack, p.wasGivingBack, p.cancelAsked, p.cancelHeard = true, true, false, p.isCancelled()
	p.takeAsked()
	defer func() { p.givingBack = false }()
	banking, err := p.settleUnclear(ctx, p.bankPhase(ctx))
	if err != nil {
		return err
	}
	if banking.Applied {
		p.wasGivingBack = false
		return nil
	}
	transferred, err := p.settleUnclear(ctx, p.transferPhase(ctx))
	if err != nil {
		return err
	}
	if transferred.Applied {
		p.transferID = transferred.ExternalID
		if err := p.perform(ctx, p.reversalPhase(ctx)); err != nil {
			return err
		}
	}
	if err := record(ctx, "Give the money back to the creator's balance", activities.CancelPayout, payout.Ending{PayoutID: p.PayoutID, Final: final, Now: workflow.Now(ctx)}); err != nil {
		return err
	}
	clearAttention(ctx)
	p.ended = true
	p.setStatus(ctx, final)
	return nil
}

// live returns the generation of a phase that is alive, without beginning one.
func (p *payoutRun) live(ctx workflow.Context, name payout.Phase) (activities.LiveIntent, error) {
	return step(ctx, "Look what is on record: "+string(name), activities.ReadLiveIntent, activities.PayoutPhase{PayoutID: p.PayoutID, Phase: name, Now: workflow.Now(ctx)})
}

// How often an object is looked for before its absence is believed: a request that was cut
// off may still be at work on Stripe's side for a moment.
const absenceLooks = 2

// How many look-ups may fail before a person is asked.
const lookFailuresMax = 4

// settleUnclear makes certain what became of a phase that may have been sent: found objects
// are booked, and what is not found twice has not happened.
func (p *payoutRun) settleUnclear(ctx workflow.Context, ph phase) (payout.Intent, error) {
	live, err := p.live(ctx, ph.name)
	if err != nil || !live.Found || live.Intent.Applied {
		return live.Intent, err
	}
	for looked, failed := 0, 0; looked < absenceLooks; {
		found, err := ph.find(live.Intent)
		switch {
		case err != nil && failed == lookFailuresMax:
			return live.Intent, err
		case err == nil && found.Found:
			live.Intent.Applied, live.Intent.ExternalID = true, found.ID
			return live.Intent, ph.record(live.Intent, found)
		case err == nil:
			looked++
		default:
			failed++
		}
		if looked < absenceLooks {
			if err := workflow.Sleep(ctx, p.absencePause()); err != nil {
				return live.Intent, err
			}
		}
	}
	return payout.Intent{}, p.endGeneration(ctx, ph.name, live.Intent, "given_up_not_found")
}

// reversalPhase takes the transfer back to the platform's balance.
func (p *payoutRun) reversalPhase(ctx workflow.Context) phase {
	return phase{
		name: payout.Reversal, status: payout.Reversing,
		find: func(intent payout.Intent) (activities.Found, error) {
			found, err := do(ctx, stripeRead, "Look whether the transfer was taken back", activities.FindReversal, activities.PayoutGeneration{PayoutID: p.PayoutID, Generation: intent.Generation, TransferID: p.transferID})
			return activities.Found{Found: found.Found, ID: found.ID}, err
		},
		send: func(intent payout.Intent, activityID string) (activities.Found, error) {
			made, err := moveMoney(ctx, activityID, "Take the transfer of "+p.amount()+" back", activities.ReverseTransfer, reversalRequest(intent, p.transferID))
			return activities.Found{Found: made.Found, ID: made.ID}, err
		},
		record: func(intent payout.Intent, made activities.Found) error {
			return record(ctx, "Book the reversal", activities.RecordReversed, p.settled(ctx, intent, made))
		},
	}
}
