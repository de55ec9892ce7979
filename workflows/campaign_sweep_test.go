package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/workflows"
)

// The workflow of a clip is terminated after it was signalled to take its final reading.
func TestCampaignEndsAlthoughAClipIsTerminated(t *testing.T) {
	t.Parallel()
	b := setupCampaign(t, nil)
	who := b.creator(t, goodBank)
	h := b.begin(t)
	h.SetWorkflowRunTimeout(10 * days)
	b.fund(h, "pm_card_bypassPending")
	h.at(hour, func() {
		b.submit(t, who, 10_000)
		h.gone[names.Clip(b.open)], b.open = false, "" // it takes the signal, and never finishes
	})
	h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Complete))
	h.at(3*hour, func() {
		for id := range h.gone {
			h.gone[id] = true
		}
	})
	h.at(5*hour, func() {
		require.Contains(t, h.details(), "1 clips are still open")
	})
	h.at(3*days, func() { b.settle(t, b.reserve(t, who)) })

	result := b.live(h)

	require.Equal(t, campaign.Closed, result.Status)
	require.Equal(t, int64(5_000), result.SpentMinor)
	b.requireRefunded(t, 5_000)
}

// A reviewer confirms a count of a clip that has finished, after the campaign has seen that no clip is open, and before
// it is completed.
func TestCampaignPaysACountThatIsConfirmedAtItsEnd(t *testing.T) {
	t.Parallel()
	b := setupCampaign(t, wary)
	who := b.creator(t, goodBank)
	h := b.begin(t)
	b.fund(h, "pm_card_bypassPending")
	h.at(hour, func() {
		b.submit(t, who, 10_000) // 2,000 of them are plausible
		require.NoError(t, b.store.Clips.Move(t.Context(), b.open, clip.Finished, clip.UnconfirmedCount))
	})
	h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Complete))
	var reopened views.Reopened
	moves := 0
	h.onStarted(func(activityType string) {
		if activityType != activities.MoveCampaign.Name {
			return
		}
		if moves++; moves == 5 { // it completes the campaign
			var err error
			reopened, err = b.store.Clips.Reopen(t.Context(), views.Reopening{ClipID: b.open, Views: 10_000})
			require.NoError(t, err)
		}
	})
	during := b.status(h, 2*hour+time.Minute)
	h.onSignal = nil // the clip does not take the sweep for its end: it credits what is confirmed first
	h.at(4*hour, func() {
		_, err := b.store.Earnings.CreditDeferred(t.Context(), b.open, views.Reviewed{Views: 10_000, Claim: reopened.Claim}, b.clock.Now())
		require.NoError(t, err)
		require.NoError(t, b.store.Clips.Move(t.Context(), b.open, clip.Finished, ""))
	})
	waiting, after := b.status(h, 4*hour-time.Minute), b.status(h, 5*hour)
	var late error
	h.at(5*hour, func() {
		_, late = b.store.Clips.Reopen(t.Context(), views.Reopening{ClipID: b.open, Views: 10_000})
	})
	h.at(3*days, func() { b.settle(t, b.reserve(t, who)) })

	result := b.live(h)

	require.Equal(t, campaign.Live, *during)
	require.Equal(t, campaign.Live, *waiting)
	require.Equal(t, campaign.Completed, *after)
	require.Equal(t, "nothing_to_confirm", fault.CodeOf(late))
	require.Equal(t, campaign.Closed, result.Status)
	require.Equal(t, int64(5_000), result.SpentMinor)
	b.requireRefunded(t, 5_000)
}
