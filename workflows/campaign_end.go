package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
)

// end stops submissions, has every open clip read once more, and completes or cancels.
func (c *campaignProcess) end(ctx workflow.Context) error {
	if !c.State.Swept {
		if err := record(ctx, "Stop submissions", activities.StopSubmissions, c.CampaignID); err != nil {
			return err
		}
	}
	if swept, err := c.sweep(ctx); err != nil || !swept {
		return err
	}
	// No payment may start between here and the move.
	if err := c.moving.Lock(ctx); err != nil {
		return err
	}
	defer c.moving.Unlock()
	if c.State.Status == campaign.Approved {
		if certain, err := c.abandonPayment(ctx); err != nil || !certain {
			return err
		}
	}
	err := c.moveLocked(ctx, c.State.Ending, c.State.EndedBy)
	if fault.CodeOf(err) == "clips_not_swept" { // a reviewer has opened a clip again
		c.sleep(ctx, c.Settings.CheckInterval.Std(), untilSwept)
		return nil
	}
	return err
}

const sweepPage = 100

// sweepAgainAfter is when the clips that are still open are signalled again: the workflow of one may have been
// terminated or reset since.
const sweepAgainAfter = 24 * time.Hour

const untilSwept = "Until every open clip has its final reading"

// sweep signals every open clip to take its final reading, and reports whether none is
// open any more. Clips answer through the books, so sweep may be called any number of times.
func (c *campaignProcess) sweep(ctx workflow.Context) (done bool, err error) {
	read, err := c.read(ctx)
	if err != nil {
		return false, err
	}
	c.showTracking(ctx, read.TrackingOff && read.Facts.OpenClips > 0)
	if read.Facts.OpenClips == 0 {
		return true, nil
	}
	if !c.State.Swept || workflow.Now(ctx).Sub(c.State.SweptAt) >= sweepAgainAfter {
		switch done, err := c.signalClips(ctx); {
		case trackingOff(err):
			c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until tracking is on again")
			return false, nil
		case err != nil || !done:
			return false, err
		}
		c.State.Swept, c.State.SweptAt = true, workflow.Now(ctx)
	}
	if !c.trackingShown {
		c.describe(ctx, fmt.Sprintf("The campaign is ending. %d clips are still open: each one waits for its final reading. If no provider answers, it ends after a day. A count that nothing has confirmed gets two days, and a channel that is not proven its time for a proof. The workflows of the clips say more.", read.Facts.OpenClips))
	}
	c.sleep(ctx, c.Settings.CheckInterval.Std(), untilSwept)
	return false, nil
}

func (c *campaignProcess) signalClips(ctx workflow.Context) (done bool, err error) {
	return c.eachClip(ctx, activities.ListOpenClips, &c.State.SweepAfter, func(open []string) error {
		for _, id := range signalAll(ctx, open, SignalFinalSweep) {
			// Its workflow was terminated: the last recorded reading is the final one.
			if _, err := step(ctx, "Credit what pacing has deferred", activities.CreditDeferred, activities.DeferredCredit{ClipID: id, Now: workflow.Now(ctx)}); err != nil {
				return err
			}
			if err := record(ctx, "Finish a clip that no workflow tracks", activities.FinishUntracked, clip.Closing{ClipID: id, At: workflow.Now(ctx)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// readClips has every open clip read, because the campaign was paused or resumed, or its budget is nearly spent. So views
// are credited up to that moment and from it on. A clip that is read later is credited by the share of the time in between. The sweep
// takes care of a clip whose workflow was terminated.
func (c *campaignProcess) readClips(ctx workflow.Context) error {
	c.State.ReadClips = false
	done, err := c.eachClip(ctx, activities.ListOpenClips, &c.State.ReadAfter, func(open []string) error {
		signalAll(ctx, open, SignalRead)
		return nil
	})
	if c.State.ReadClips { // it has happened once more in that time, so all are read again
		c.State.ReadAfter = ""
	}
	c.State.ReadClips = c.State.ReadClips || !done
	return err
}

// eachClip lists clips of the campaign, in pages, from the one after *after on, and reports whether it has come to the
// end. It stops where the history is long enough, so that the next one goes on: each signal is in the history, and the
// server ends a workflow with too many events.
func (c *campaignProcess) eachClip(ctx workflow.Context, list activities.Activity[activities.OpenClipsPage, []string], after *string, do func(clipIDs []string) error) (done bool, err error) {
	for {
		listed, err := step(ctx, "List clips of the campaign", list, activities.OpenClipsPage{CampaignID: c.CampaignID, After: *after, Limit: sweepPage})
		if err != nil {
			return false, err
		}
		if err := do(listed); err != nil {
			return false, err
		}
		if len(listed) < sweepPage {
			*after = ""
			return true, nil
		}
		*after = listed[len(listed)-1]
		if isLong(ctx) {
			return false, nil
		}
	}
}

// signalAll signals clips and returns those that have no running workflow.
func signalAll(ctx workflow.Context, clipIDs []string, signal string) (untracked []string) {
	sent := make([]workflow.Future, len(clipIDs))
	for i, id := range clipIDs {
		sent[i] = workflow.SignalExternalWorkflow(ctx, names.Clip(id), "", signal, nil)
	}
	for i, future := range sent {
		if err := future.Get(ctx, nil); err != nil {
			untracked = append(untracked, clipIDs[i])
		}
	}
	return untracked
}

// settle refunds unspent escrow, and takes the next step as soon as the books allow it.
func (c *campaignProcess) settle(ctx workflow.Context, next campaign.Command) error {
	facts, refunded, err := c.refundUnspent(ctx)
	if err != nil || !refunded {
		return err
	}
	if _, err := campaign.Next(c.State.Status, next, facts); err != nil {
		c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until "+waitsFor[next])
		return nil
	}
	return c.move(ctx, next, campaign.Move{})
}

var waitsFor = map[campaign.Command]string{
	campaign.FinishPaying: "every hold is released and paid, clips that were in review are decided, and the unspent budget is refunded",
	campaign.Close:        "every payout of the campaign has ended",
}

// settleEnded ends the workflow of a campaign that is closed or cancelled. Before that, all
// earnings must be paid and the rest refunded. A clawback or a failed refund may put money back
// into the escrow later; notifyCampaign then starts the workflow again.
func (c *campaignProcess) settleEnded(ctx workflow.Context) error {
	facts, refunded, err := c.refundUnspent(ctx)
	if err != nil || !refunded {
		return err
	}
	c.final = facts
	if campaign.Settled(facts) != nil {
		c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until all earnings are paid")
		return nil
	}
	// A signal that has come since is not consumed here: refundUnspent reads Stripe again because of it.
	c.settled, err = c.isQuiet(ctx)
	return err
}

// creditWithheld credits what final readings would have credited if a dispute had not frozen the budget. It
// waits while tracking is off.
func (c *campaignProcess) creditWithheld(ctx workflow.Context) error {
	_, err := step(ctx, "Credit what the dispute has held back", activities.CreditWithheld, c.moveOfBudget(ctx))
	if trackingOff(err) {
		c.showTracking(ctx, true)
		c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until tracking is on again")
		return nil
	}
	c.showTracking(ctx, false)
	return err
}
