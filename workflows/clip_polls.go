package workflows

import (
	"cmp"
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
	switch {
	case c.State.Reopened:
		return c.finishReviewed(ctx)
	case c.State.Proof != nil && c.State.ReviewedViews > 0:
		return c.confirmUnproven(ctx)
	case c.State.Proof != nil:
		return c.awaitProof(ctx)
	}
	last := c.State.Sweep || !workflow.Now(ctx).Before(c.State.TrackUntil)
	if wait := c.tooEarly(ctx); wait > 0 && !last {
		c.sleep(ctx, wait, "Until the clip is read because its campaign was paused or resumed")
		return nil
	}
	observed, err := c.observe(ctx)
	if c.State.ReviewedViews > 0 && !trackingOff(err) && observed.Reading == nil { // no reading takes it along
		if credited, err := c.creditRepeated(ctx, !last); err != nil || !credited {
			return err
		}
	}
	switch {
	case trackingOff(err):
		c.awaitTracking(ctx, last)
		return nil
	case err != nil && last:
		return c.awaitLastAnswer(ctx)
	case err != nil:
		c.awaitProviders(ctx)
		return nil
	case observed.hasNoCounter():
		return c.awaitCounter(ctx, observed, last)
	case observed.Reading == nil:
		return c.countMissing(ctx, observed)
	}
	if err := c.noteFound(ctx); err != nil {
		return err
	}
	switch err := c.credit(ctx, observed.ProviderAnswer, last); {
	case trackingOff(err):
		c.awaitTracking(ctx, last)
		return nil
	case err != nil:
		return err
	case c.State.Status.Terminal():
		return nil
	case !last:
		c.sleepUntilNext(ctx)
		return nil
	case c.awaitsConfirmation(ctx):
		return nil
	}
	return c.finish(ctx)
}

// askedGapMax is the longest time between the last reading and one that the campaign asks for. A campaign that is
// paused and resumed again and again then has its clips read once in that time.
const askedGapMax = time.Minute

// tooEarly returns how long a reading that the campaign asks for has to wait; zero if it may be taken.
func (c *clipProcess) tooEarly(ctx workflow.Context) time.Duration {
	if !c.asked || c.State.LastAt.IsZero() {
		return 0
	}
	return c.State.LastAt.Add(min(askedGapMax, c.Schedule.IntervalMin.Std())).Sub(workflow.Now(ctx))
}

// observe reads the clip from the chain's providers and counts rounds in which all of them failed.
func (c *clipProcess) observe(ctx workflow.Context) (answer, error) {
	observed, err := c.queryProviders(ctx)
	if trackingOff(err) {
		return observed, err
	}
	c.noteTracking(ctx)
	if needsQuota(err) {
		return observed, c.noteRationed(ctx, err)
	}
	if noted := c.noteUnrationed(ctx, err == nil); noted != nil {
		return observed, noted
	}
	if err != nil {
		if noted := c.noteFailed(ctx, err); noted != nil {
			return observed, noted
		}
		return observed, err
	}
	c.State.Failed, c.State.Failing, c.State.Unanswered = 0, false, nil
	return observed, nil
}

// answer is what the providers of a chain said together.
type answer struct {
	activities.ProviderAnswer
	// confirmed: a second provider did not find the post either.
	confirmed bool
}

// queryProviders returns the first reading. It asks the next provider when one has refused, has failed
// after its own retries, or does not find the post or its counter: another one may still find it. A post that
// one provider sees without a counter exists, whatever others miss.
func (c *clipProcess) queryProviders(ctx workflow.Context) (answer, error) {
	var (
		missing   *activities.ProviderAnswer
		uncounted *activities.ProviderAnswer
		misses    int
		failures  error
		// unreadable is set if a provider that answers cannot read this post.
		unreadable error
		// rationed is the refusal that ends first.
		rationed *fault.Error
	)
	summary := "Read the views from "
	for _, provider := range c.providers(workflow.Now(ctx)) {
		observed, err := do(ctx, readCall(provider), summary+provider, activities.Observe, activities.Post{Platform: c.Platform, ExternalID: c.ExternalID, CampaignID: c.CampaignID})
		switch {
		case trackingOff(err):
			return answer{}, err
		case needsQuota(err):
			rationed = sooner(rationed, err)
		case err != nil:
			failures = err
			c.noteUnserved(provider, err, workflow.Now(ctx))
		case observed.Missing == views.Unreadable && observed.Alone:
			unreadable = fault.New(fault.Unavailable, postUnreadable, "%s reads other posts, and has no usable answer about this one", provider)
		case observed.Missing == views.Unreadable:
			failures = fault.New(fault.Unavailable, "reading_unreadable", "%s has no usable answer about the clip", provider)
		case observed.Reading != nil, clip.Counterless(observed.Missing).SettledByOne():
			return answer{ProviderAnswer: observed}, nil
		case clip.IsCounterless(observed.Missing):
			if uncounted == nil {
				uncounted = &observed
			}
		default:
			misses++
			if missing == nil {
				missing = &observed
			}
		}
		summary = "After " + provider + " (" + cmp.Or(fault.CodeOf(err), observed.Missing) + "), read the views from "
	}
	switch {
	case uncounted != nil:
		return answer{ProviderAnswer: *uncounted}, nil
	case missing != nil:
		return answer{ProviderAnswer: *missing, confirmed: misses > 1}, nil
	case rationed != nil: // also if others have failed: the clip is read once there is quota
		return answer{}, rationed
	case failures != nil:
		return answer{}, failures
	case unreadable != nil:
		return answer{}, unreadable
	}
	return answer{}, fault.New(fault.Unavailable, "no_provider", "no provider is configured for %s", c.Platform)
}

// countMissing waits for a post that was seen before. A missing post does not mean zero views: the clip
// keeps its earnings, what pacing has deferred of them too, and is removed only if the post stays missing.
func (c *clipProcess) countMissing(ctx workflow.Context, observed answer) error {
	if gone, err := c.lookedInVain(ctx, c.Schedule.Absence(), observed); err != nil || !gone {
		return err
	}
	return c.endUnseen(ctx, observed.Missing)
}

// endUnseen ends a clip that has earned, and whose post cannot be seen any more. If the campaign has ended before a
// review, the clip stays in review: what was read of it is kept for it, and a person decides.
func (c *clipProcess) endUnseen(ctx workflow.Context, reason string) error {
	if c.State.Status == clip.InReview && c.State.Sweep {
		return c.closeUnread(ctx)
	}
	credited, err := c.creditDeferred(ctx)
	if err != nil || !credited {
		return err
	}
	return c.move(ctx, clip.Removed, reason)
}

// lookedInVain reports whether a post is proved to be gone. If it is not yet, it waits until the next look.
func (c *clipProcess) lookedInVain(ctx workflow.Context, proof views.Proof, observed answer) (bool, error) {
	now := workflow.Now(ctx)
	absence := views.Absence{}
	if c.State.Absence != nil {
		absence = *c.State.Absence
	}
	absence = proof.Look(absence, now, observed.confirmed)
	c.State.Absence = &absence
	if proof.Gone(absence, now) {
		return true, nil
	}
	if err := c.noteWaiting(ctx, observed.Missing); err != nil {
		return false, err
	}
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("No provider finds the post (%s) since %s. It counts as gone only if it stays missing; what it earned remains.", observed.Missing, absence.Since.UTC().Format(time.DateTime)))
	c.sleep(ctx, proof.NextLook(absence, now), "Until the providers are asked for the post again")
	return false, nil
}

// creditDeferred makes the last reading the final one, so that nothing that pacing has deferred is lost.
// It waits and returns false while tracking is off. Unproven says after it whether only the channel has limited it.
func (c *clipProcess) creditDeferred(ctx workflow.Context) (credited bool, err error) {
	return c.creditRepeated(ctx, false)
}

// creditRepeated is creditDeferred. In the interim it credits only a count that a reviewer has confirmed, and pacing
// goes on.
func (c *clipProcess) creditRepeated(ctx workflow.Context, interim bool) (credited bool, err error) {
	recorded, err := step(ctx, "Credit what pacing has deferred", activities.CreditDeferred, activities.DeferredCredit{
		ClipID: c.ClipID, ReviewedViews: c.State.ReviewedViews, ReviewedClaim: c.contested(), Interim: interim, Now: workflow.Now(ctx),
	})
	switch {
	case trackingOff(err):
		c.awaitTracking(ctx, true)
		return false, nil
	case err != nil:
		return false, err
	}
	if c.State.ReviewedViews > 0 {
		c.State.ReviewedViews, c.State.Recheck, c.State.Contest, c.State.Spent = 0, nil, nil, false
	}
	c.State.EarnedMinor += recorded.GrossMinor
	if recorded.LimitedBy != earnings.Review { // which says nothing about the channel
		c.State.Unproven = recorded.LimitedBy == earnings.ChannelUnproven
	}
	if recorded.ExhaustedBudget {
		c.reportExhausted(ctx)
	}
	return true, nil
}

// credit records a reading and credits it. The final one also credits what pacing has deferred.
func (c *clipProcess) credit(ctx workflow.Context, observed activities.ProviderAnswer, final bool) error {
	recorded, err := c.recordReading(ctx, observed, final)
	if err != nil {
		return err
	}
	if recorded.Decision != views.Refused {
		c.State.ReviewedViews = 0
	}
	c.noteRecheck(recorded, observed.Provider, final)
	c.asked = false
	c.State.PreviousViews, c.State.Views = c.State.Views, recorded.AcceptedViews
	c.State.EarnedMinor += recorded.GrossMinor
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("%d views at reading %d; %d minor units credited so far (limited by: %s).%s", recorded.Views, c.State.Polls, c.State.EarnedMinor, recorded.LimitedBy, c.heldDetail()))
	c.viewsLeft, c.thrift = recorded.ViewsUntilCap(), recorded.Thrift
	switch {
	case recorded.ExhaustedBudget:
		c.reportExhausted(ctx)
	case recorded.NearlySpent:
		c.signalCampaign(ctx, SignalBudgetNearlySpent)
	}
	return c.noteChannel(ctx, recorded.LimitedBy, observed)
}

// recordReading stores the reading under the next free number. The worker of the workflow does it itself: if it
// dies before the answer is in the history, the next one records the same reading again, which changes nothing.
// After a reset, readings of the earlier history may have taken some numbers.
func (c *clipProcess) recordReading(ctx workflow.Context, observed activities.ProviderAnswer, final bool) (earnings.Credit, error) {
	for {
		c.State.Polls++
		recorded, err := localStep(ctx, "Record reading "+strconv.Itoa(c.State.Polls)+" and credit it", activities.RecordReading, views.Observation{
			CampaignID: c.CampaignID, ClipID: c.ClipID, Poll: c.State.Polls,
			Provider: observed.Provider, AttemptID: observed.AttemptID, Reading: *observed.Reading, IsFinal: final,
			Others: len(c.Chain) > 1, ReviewedViews: c.State.ReviewedViews, ReviewedClaim: c.contested(), Now: workflow.Now(ctx),
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

// reportExhausted signals the campaign that this clip's accrual exhausted its budget.
func (c *clipProcess) reportExhausted(ctx workflow.Context) {
	c.signalCampaign(ctx, SignalBudgetExhausted)
}

// signalCampaign signals the campaign. If it has no running workflow, it has already ended.
func (c *clipProcess) signalCampaign(ctx workflow.Context, signal string) {
	if err := workflow.SignalExternalWorkflow(ctx, names.Campaign(c.CampaignID), "", signal, nil).Get(ctx, nil); err != nil {
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
	c.dropTimer() // a reading that the campaign has asked for takes the place of the one that was due
	next := views.NextPoll(c.Schedule, views.Poll{
		Age:       now.Sub(c.State.PublishedAt),
		LastViews: c.State.Views, PreviousViews: c.State.PreviousViews, SinceLast: since,
		CapRemainingViews: c.viewsLeft, Thrift: c.thrift, WindowLeft: c.State.TrackUntil.Sub(now),
	})
	if open := c.State.Recheck; open != nil {
		c.sleep(ctx, views.NextRecheck(open.After.Std(), open.Tries, next.After), "Until the count is read again to confirm it")
		return
	}
	c.sleep(ctx, next.After, "Until the next reading ("+string(next.Reason)+")")
}
