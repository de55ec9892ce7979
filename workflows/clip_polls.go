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
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/views"
)

// poll reads the clip once, credits what is new, and sleeps until the schedule calls again.
func (c *clipRun) poll(ctx workflow.Context) error {
	last := c.State.Sweep || !workflow.Now(ctx).Before(c.State.TrackUntil)
	observed, err := c.observe(ctx)
	switch {
	case err != nil:
		if last && c.State.Failed >= finalReadingMax {
			return c.moveTo(ctx, clip.Finished, "last_reading_missing")
		}
		c.sleep(ctx, c.Schedule.IntervalMin.Std(), "Providers failed; until they are asked again")
		return nil
	case observed.Reading == nil:
		return c.missed(ctx, observed.Missing, last)
	}
	c.State.Missing = 0
	if err := c.credit(ctx, observed); err != nil {
		return err
	}
	if last {
		return c.moveTo(ctx, clip.Finished, "")
	}
	c.sleepUntilNext(ctx)
	return nil
}

// Failed rounds in a row after which a clip shows that its providers need a look.
const failedAttention = 5

// observe asks the chain's providers in turn and counts rounds in which all of them failed.
func (c *clipRun) observe(ctx workflow.Context) (activities.Observation, error) {
	observed, err := c.askChain(ctx)
	if err == nil {
		if c.State.Failed >= failedAttention {
			clearAttention(ctx)
		}
		c.State.Failed = 0
		return observed, nil
	}
	if c.State.Failed++; c.State.Failed == failedAttention {
		showAttention(ctx, attention{
			Reason: "providers_failing",
			Detail: "No provider has answered about this clip for several rounds (" + fault.CodeOf(err) + "). Check their credentials and quotas; it goes on by itself.",
		})
	}
	return observed, err
}

// askChain returns the first answer. Each provider has had its own retries; what failed for
// good, or too often, moves on to the next one.
func (c *clipRun) askChain(ctx workflow.Context) (activities.Observation, error) {
	var err error
	for _, provider := range c.Chain {
		var observed activities.Observation
		observed, err = do(ctx, observeCall(provider), "Ask "+provider+" for the counters", activities.Observe, activities.Post{Platform: c.Platform, ExternalID: c.ExternalID})
		if err == nil && observed.Missing == views.Unreadable {
			err = fault.New(fault.Unavailable, "reading_unreadable", "%s has no usable answer about the clip", provider)
		}
		if err == nil {
			return observed, nil
		}
	}
	if err == nil {
		err = fault.New(fault.Unavailable, "no_provider", "no provider is configured for %s", c.Platform)
	}
	return activities.Observation{}, err
}

// missed counts looks that found nothing. Nothing is not zero views: the clip keeps what it
// has earned, and is removed only when the post stays gone.
func (c *clipRun) missed(ctx workflow.Context, why string, last bool) error {
	c.State.Missing++
	switch {
	case c.State.Missing >= missingMax:
		return c.moveTo(ctx, clip.Removed, why)
	case last:
		c.sleep(ctx, c.Schedule.IntervalMin.Std(), "Until the post is looked up again")
		return nil
	}
	c.sleepUntilNext(ctx)
	return nil
}

func (c *clipRun) credit(ctx workflow.Context, observed activities.Observation) error {
	recorded, err := c.recordReading(ctx, observed)
	if err != nil {
		return err
	}
	c.State.FlatPolls = views.CountFlat(c.State.FlatPolls, c.State.Views, recorded.Views)
	c.State.LastViews, c.State.Views = c.State.Views, recorded.Views
	c.State.EarnedMinor += recorded.GrossMinor
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("%d views at reading %d; %d minor units credited so far (limit: %s).", recorded.Views, c.State.Polls, c.State.EarnedMinor, recorded.LimitedBy))
	if recorded.ExhaustedBudget {
		c.reportExhausted(ctx)
	}
	return nil
}

// recordReading stores the reading under the next free number. After a reset, numbers that
// this history has not seen yet may be taken by other counts.
func (c *clipRun) recordReading(ctx workflow.Context, observed activities.Observation) (earnings.Credit, error) {
	for {
		c.State.Polls++
		recorded, err := step(ctx, "Record reading "+strconv.Itoa(c.State.Polls)+" and credit it", activities.RecordReading, views.Observation{
			CampaignID: c.CampaignID, ClipID: c.ClipID, Poll: c.State.Polls,
			Provider: observed.Provider, AttemptID: observed.AttemptID, Reading: *observed.Reading, Now: workflow.Now(ctx),
		})
		switch fault.CodeOf(err) {
		case "observation_reused", "reading_out_of_order":
		default:
			return recorded, err
		}
	}
}

// reportExhausted tells the campaign that this clip's accrual ended its budget. A campaign
// that no longer listens has ended already.
func (c *clipRun) reportExhausted(ctx workflow.Context) {
	if err := workflow.SignalExternalWorkflow(ctx, names.Campaign(c.CampaignID), "", SignalBudgetExhausted, nil).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Info("campaign does not listen any more", "campaign", c.CampaignID)
	}
}

func (c *clipRun) sleepUntilNext(ctx workflow.Context) {
	now := workflow.Now(ctx)
	since := time.Duration(0)
	if !c.State.LastAt.IsZero() {
		since = now.Sub(c.State.LastAt)
	}
	c.State.LastAt = now
	next := views.NextPoll(c.Schedule, views.Poll{
		Age: now.Sub(c.State.PublishedAt), FlatPolls: c.State.FlatPolls,
		LastViews: c.State.Views, PreviousViews: c.State.LastViews, SinceLast: since,
		CapRemainingViews: -1, WindowLeft: c.State.TrackUntil.Sub(now),
	})
	c.sleep(ctx, next.After, "Until the next reading ("+string(next.Reason)+")")
}
