package workflows

import (
	"fmt"
	"strconv"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/killswitch"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/views"
)

// poll reads the clip once, credits new views, and sleeps until the next reading is due.
func (c *clipProcess) poll(ctx workflow.Context) error {
	last := c.State.Sweep || !workflow.Now(ctx).Before(c.State.TrackUntil)
	observed, err := c.observe(ctx)
	switch {
	case trackingOff(err):
		c.awaitTracking(ctx, last)
		return nil
	case err != nil:
		if last && c.State.Failed >= finalReadingMax {
			return c.finishUnread(ctx)
		}
		c.sleep(ctx, c.Schedule.IntervalMin.Std(), "Until the providers are asked again, because all of them failed")
		return nil
	case observed.Reading == nil:
		return c.countMissing(ctx, observed.Missing, last)
	}
	c.State.Missing = 0
	switch err := c.credit(ctx, observed, last); {
	case trackingOff(err):
		c.awaitTracking(ctx, last)
		return nil
	case err != nil:
		return err
	case last:
		return c.move(ctx, clip.Finished, "")
	}
	c.sleepUntilNext(ctx)
	return nil
}

// failedAttention is how many rounds in a row may fail before the clip needs attention.
const failedAttention = 5

// observe reads the clip from the chain's providers and counts rounds in which all of them failed.
func (c *clipProcess) observe(ctx workflow.Context) (activities.ProviderAnswer, error) {
	observed, err := c.queryProviders(ctx)
	if err == nil {
		if c.State.Failed >= failedAttention {
			clearAttention(ctx)
		}
		c.State.Failed = 0
		c.noteTracking(ctx)
		return observed, nil
	}
	if trackingOff(err) {
		return observed, err
	}
	if c.State.Failed++; c.State.Failed == failedAttention {
		showAttention(ctx, attention{
			Reason: "providers_failing",
			Detail: "No provider has answered about this clip for several rounds (" + fault.CodeOf(err) + "). Check their credentials and quotas. The workflow continues once a provider answers.",
		})
	}
	return observed, err
}

// queryProviders returns the first answer. It asks the next provider when one has refused or has
// failed after its own retries.
func (c *clipProcess) queryProviders(ctx workflow.Context) (activities.ProviderAnswer, error) {
	var err error
	for _, provider := range c.Chain {
		var observed activities.ProviderAnswer
		observed, err = do(ctx, observeCall(provider), "Read the views from "+provider, activities.Observe, activities.Post{Platform: c.Platform, ExternalID: c.ExternalID})
		if err == nil && observed.Missing == views.Unreadable {
			err = fault.New(fault.Unavailable, "reading_unreadable", "%s has no usable answer about the clip", provider)
		}
		if err == nil || trackingOff(err) {
			return observed, err
		}
	}
	if err == nil {
		err = fault.New(fault.Unavailable, "no_provider", "no provider is configured for %s", c.Platform)
	}
	return activities.ProviderAnswer{}, err
}

// countMissing counts readings that found no post. A missing post does not mean zero views: the
// clip keeps its earnings, and is removed only if the post stays missing.
func (c *clipProcess) countMissing(ctx workflow.Context, why string, last bool) error {
	c.State.Missing++
	switch {
	case c.State.Missing >= missingMax:
		return c.move(ctx, clip.Removed, why)
	case last:
		c.sleep(ctx, c.Schedule.IntervalMin.Std(), "Until the providers are asked for the post again")
		return nil
	}
	c.sleepUntilNext(ctx)
	return nil
}

// finishUnread ends a clip without a final reading. The last reading counts as the final one, so
// that nothing that pacing has deferred is lost.
func (c *clipProcess) finishUnread(ctx workflow.Context) error {
	recorded, err := step(ctx, "Credit what pacing has deferred", activities.CreditDeferred, activities.DeferredCredit{ClipID: c.ClipID, Now: workflow.Now(ctx)})
	switch {
	case trackingOff(err):
		c.awaitTracking(ctx, true)
		return nil
	case err != nil:
		return err
	}
	c.State.EarnedMinor += recorded.GrossMinor
	if recorded.ExhaustedBudget {
		c.reportExhausted(ctx)
	}
	return c.move(ctx, clip.Finished, "last_reading_missing")
}

// credit records a reading and credits it. The final one also credits what pacing has deferred.
func (c *clipProcess) credit(ctx workflow.Context, observed activities.ProviderAnswer, final bool) error {
	recorded, err := c.recordReading(ctx, observed, final)
	if err != nil {
		return err
	}
	c.State.FlatPolls = views.CountFlat(c.State.FlatPolls, c.State.Views, recorded.Views)
	c.State.PreviousViews, c.State.Views = c.State.Views, recorded.Views
	c.State.EarnedMinor += recorded.GrossMinor
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("%d views at reading %d; %d minor units credited so far (limited by: %s).", recorded.Views, c.State.Polls, c.State.EarnedMinor, recorded.LimitedBy))
	if recorded.ExhaustedBudget {
		c.reportExhausted(ctx)
	}
	return nil
}

// recordReading stores the reading under the next free number. After a reset, readings of the
// earlier history may have taken some numbers.
func (c *clipProcess) recordReading(ctx workflow.Context, observed activities.ProviderAnswer, final bool) (earnings.Credit, error) {
	for {
		c.State.Polls++
		recorded, err := step(ctx, "Record reading "+strconv.Itoa(c.State.Polls)+" and credit it", activities.RecordReading, views.Observation{
			CampaignID: c.CampaignID, ClipID: c.ClipID, Poll: c.State.Polls,
			Provider: observed.Provider, AttemptID: observed.AttemptID, Reading: *observed.Reading, IsFinal: final, Now: workflow.Now(ctx),
		})
		switch fault.CodeOf(err) {
		case "observation_reused", "reading_out_of_order":
		case killswitch.TrackingOff:
			c.State.Polls-- // it is not on record, so the next reading gets its number
			return recorded, err
		default:
			return recorded, err
		}
	}
}

// reportExhausted signals the campaign that this clip's accrual exhausted its budget. If the
// campaign has no running workflow, it has already ended.
func (c *clipProcess) reportExhausted(ctx workflow.Context) {
	if err := workflow.SignalExternalWorkflow(ctx, names.Campaign(c.CampaignID), "", SignalBudgetExhausted, nil).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Info("the campaign has no running workflow", "campaign", c.CampaignID)
	}
}

func (c *clipProcess) sleepUntilNext(ctx workflow.Context) {
	now := workflow.Now(ctx)
	since := time.Duration(0)
	if !c.State.LastAt.IsZero() {
		since = now.Sub(c.State.LastAt)
	}
	c.State.LastAt = now
	next := views.NextPoll(c.Schedule, views.Poll{
		Age: now.Sub(c.State.PublishedAt), FlatPolls: c.State.FlatPolls,
		LastViews: c.State.Views, PreviousViews: c.State.PreviousViews, SinceLast: since,
		CapRemainingViews: -1, WindowLeft: c.State.TrackUntil.Sub(now),
	})
	c.sleep(ctx, next.After, "Until the next reading ("+string(next.Reason)+")")
}
