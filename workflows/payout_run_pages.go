package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/killswitch"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// candidatesPage is how many creators a run looks at in one page.
const candidatesPage = 200

// countInterval is the first wait between two counts. The next ones are longer, up to the check
// interval.
const countInterval = 10 * time.Second

// startPage starts the payouts of one page of creators and waits until few enough are at work. It
// waits for every start, so that continuing as new loses none.
func (r *payoutRun) startPage(ctx workflow.Context) error {
	limit := int(max(1, min(candidatesPage, r.Settings.PendingMax)))
	page, err := step(ctx, "List the next creators to pay, and who is left out", activities.ListRunPage, payout.CandidatePage{
		RunID: r.State.RunID, After: r.State.After, MinimumMinor: r.Policy.MinimumMinor, Limit: limit,
	})
	if err != nil {
		return err
	}
	if page.Paused != nil {
		return r.pause(ctx, *page.Paused)
	}
	if err := r.unpause(ctx); err != nil {
		return err
	}
	if r.stopped() { // while the page was read
		return nil
	}
	if err := r.start(ctx, page.Eligible); err != nil {
		return err
	}
	r.State.After, r.State.Listed = page.Next, !page.More
	if r.State.Listed {
		return nil
	}
	return r.awaitPayouts(ctx, r.Settings.PendingMax-int64(limit))
}

// pause shows that a person has stopped all payouts, and waits for the next look at the switch.
func (r *payoutRun) pause(ctx workflow.Context, off killswitch.Switch) error {
	if !r.paused {
		r.paused = true
		detail := "Payouts are paused by " + off.Actor + ": " + off.Reason
		if err := r.moveTo(ctx, payout.RunBlocked, detail); err != nil {
			return err
		}
		showAttention(ctx, attention{
			Reason: string(payout.PayoutsPaused),
			Detail: detail + "\n\nNo further payout starts. The run continues by itself once payouts are switched on again: `PUT /v1/switches/payouts`.",
		})
	}
	r.sleep(ctx, r.Settings.CheckInterval.Std(), "Wait before the switch of payouts is read again")
	return nil
}

func (r *payoutRun) unpause(ctx workflow.Context) error {
	if !r.paused {
		return nil
	}
	r.paused = false
	clearAttention(ctx)
	return r.moveTo(ctx, payout.RunRunning, "")
}

// start starts payouts together, so that the history stays short, and waits for each start.
func (r *payoutRun) start(ctx workflow.Context, creators []payout.Eligible) error {
	started := make([]workflow.ChildWorkflowFuture, len(creators))
	for i, creator := range creators {
		started[i] = r.startPayout(ctx, creator)
	}
	for i, creator := range creators {
		id := names.PayoutID(r.State.RunID, creator.CreatorID, string(creator.Currency))
		err := started[i].GetChildWorkflowExecution().Get(ctx, nil)
		switch {
		case err == nil:
			r.children[id] = started[i]
		case !temporal.IsWorkflowExecutionAlreadyStartedError(err): // otherwise by an earlier history of this run
			return err
		}
		r.State.Starting = append(r.State.Starting, id)
	}
	return nil
}

func (r *payoutRun) startPayout(ctx workflow.Context, creator payout.Eligible) workflow.ChildWorkflowFuture {
	return executePayout(ctx, payout.Identity{
		PayoutID: names.PayoutID(r.State.RunID, creator.CreatorID, string(creator.Currency)),
		RunID:    r.State.RunID, CreatorID: creator.CreatorID, Currency: creator.Currency,
	}, r.Policy, PayoutReuse)
}

// awaitPayouts waits until at most pending payouts of the run are at work, or a person cancels the
// run. A payout counts from its start, before its reservation is on record.
func (r *payoutRun) awaitPayouts(ctx workflow.Context, pending int64) error {
	wait := min(countInterval, r.Settings.CheckInterval.Std())
	for first := true; !r.stopped(); first = false {
		if err := r.count(ctx, !first); err != nil {
			return err
		}
		if r.counted.AtWork+int64(len(r.State.Starting)) <= max(0, pending) {
			return nil
		}
		if !first && r.mustContinue(ctx) { // every history looks for lost starts at least once
			return errRunContinues
		}
		r.sleep(ctx, wait, "Wait for payouts to be sent")
		wait = min(2*wait, r.Settings.CheckInterval.Std())
	}
	return nil
}

// count counts the payouts of the run, and drops those that are no longer starting: they have a
// reservation, or ended without one. A payout that an earlier history started is signalled to
// learn whether its workflow runs; new ones are given a moment before.
func (r *payoutRun) count(ctx workflow.Context, signalOld bool) error {
	counted, err := step(ctx, "Count payouts at work", activities.CountPayouts, payout.RunCount{RunID: r.State.RunID, Starting: r.State.Starting})
	if err != nil {
		return err
	}
	r.counted = counted
	children := map[string]workflow.ChildWorkflowFuture{}
	var starting []string
	for _, id := range counted.Unreserved {
		child, ours := r.children[id]
		if ours && child.IsReady() || !ours && signalOld && !signalWorkflow(ctx, names.Payout(id), SignalStripeChanged) {
			r.State.Skipped++
			continue
		}
		if starting = append(starting, id); ours {
			children[id] = child
		}
	}
	r.children, r.State.Starting = children, starting
	return nil
}
