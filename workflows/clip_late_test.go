package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/workflows"
)

// call is a call of Observe that has returned without an answer.
type call struct {
	token []byte
	info  activity.Info
	at    time.Time
}

// pend has the calls to a provider wait, and returns them. handle is told of each.
func (c *tracked) pend(h *history, provider string, handle func(call)) *[]call {
	var calls []call
	c.posts.pending = func(ctx context.Context, asked string) bool {
		if asked != provider {
			return false
		}
		info := activity.GetInfo(ctx)
		pending := call{token: info.TaskToken, info: info, at: h.Now()}
		calls = append(calls, pending)
		handle(pending)
		return true
	}
	return &calls
}

// answer is what a snapshot of brightdata has read.
func (c *tracked) answer(t *testing.T, count int64, observedAt time.Time) activities.ProviderAnswer {
	t.Helper()
	attempt := views.Attempt{ID: uuid.NewString(), Provider: "brightdata", Platform: clip.TikTok, Clips: 1, Outcome: views.OutcomeOK, StartedAt: observedAt}
	require.NoError(t, c.store.Clips.RecordAttempt(t.Context(), attempt))
	return activities.ProviderAnswer{
		Provider: "brightdata", AttemptID: attempt.ID, AuthorDigest: clip.AuthorDigest(clip.TikTok, c.posts.author),
		Reading: &views.Reading{Platform: clip.TikTok, ExternalID: c.input.ExternalID, PublishedAt: c.posts.at, Views: count, ObservedAt: observedAt},
	}
}

func (c *tracked) observations(t *testing.T) (providers []string, counts []int64) {
	t.Helper()
	rows, err := c.store.DB.Pool.Query(t.Context(), "SELECT provider, views FROM observations WHERE clip_id = $1 ORDER BY poll", c.input.ClipID)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var provider string
		var count int64
		require.NoError(t, rows.Scan(&provider, &count))
		providers, counts = append(providers, provider), append(counts, count)
	}
	require.NoError(t, rows.Err())
	return providers, counts
}

func TestClipReadInSnapshots(t *testing.T) {
	t.Parallel()

	t.Run("is credited for an answer that comes after ten minutes, by one call a poll", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.input.Chain = []string{"brightdata", "apify"}
		h := c.begin(t)
		count := int64(1_000)
		calls := c.pend(h, "brightdata", func(pending call) {
			h.at(10*time.Minute, func() {
				count += 100
				require.NoError(t, h.CompleteActivity(pending.token, c.answer(t, count, h.Now()), nil))
			})
		})

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		require.Equal(t, count, c.onRecord(t).ObservedViews)
		require.Len(t, *calls, result.Polls+1, "one call verifies the clip")
		require.Empty(t, c.posts.asked, "no other provider is asked")
		first := (*calls)[0].info
		require.Zero(t, first.HeartbeatTimeout, "no worker is there to send heartbeats")
		require.WithinDuration(t, first.ScheduledTime.Add(views.SnapshotPatience), first.Deadline, time.Minute)
	})

	t.Run("is read by the next provider after a time without an answer, and after a failed snapshot", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.input.Chain = []string{"brightdata", "apify"}
		c.posts.answers("apify", readings(1_000)...)
		h := c.begin(t)
		failures := []error{
			temporal.NewTimeoutError(enums.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, nil),
			activities.FinalFailure(fault.New(fault.Unavailable, "snapshot_failed", "failed")),
		}
		seen := 0
		calls := c.pend(h, "brightdata", func(pending call) {
			failure := failures[seen%2]
			seen++
			h.at(time.Minute, func() { require.NoError(t, h.CompleteActivity(pending.token, nil, failure)) })
		})

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		require.Len(t, *calls, len(c.posts.asked), "each failure is one call of the next provider, and no retry")
		c.requireEarned(t, 1_000/2)
	})
}

func TestLateReading(t *testing.T) {
	t.Parallel()

	// lateAt sends a reading that was taken some time before it is sent.
	lateAt := func(t *testing.T, c *tracked, h *history, at, takenBefore time.Duration, count int64) {
		h.at(at, func() {
			h.SignalWorkflow(workflows.SignalLateReading, c.answer(t, count, h.Now().Add(-takenBefore)))
		})
	}

	t.Run("is credited if it is newer than the last one, and takes the place of the next poll", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(1_000, 1_000)...)
		h := c.begin(t)
		lateAt(t, c, h, 30*time.Minute, time.Minute, 1_200)
		var asked []string
		h.at(31*time.Minute, func() { asked = c.posts.asked })

		c.track(h)

		names, counts := c.observations(t)
		require.Equal(t, []string{"apify", "brightdata"}, names[:2])
		require.Equal(t, []int64{1_000, 1_200}, counts[:2])
		require.Len(t, asked, 2, "the clip was verified and read once: the late reading asks no provider")
		c.requireEarned(t, 1_200/2)
	})

	t.Run("is dropped without a call if it is older than the last one", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(1_000)...)
		h := c.begin(t)
		lateAt(t, c, h, 30*time.Minute, 40*time.Minute, 900)
		lateAt(t, c, h, 32*time.Minute, 40*time.Minute, 901)
		var asked []string
		h.at(45*time.Minute, func() { asked = c.posts.asked })

		c.track(h)

		names, _ := c.observations(t)
		require.NotContains(t, names, "brightdata")
		require.Len(t, asked, 2, "it woke the clip for nothing")
	})

	t.Run("counts once if it comes twice", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(1_000, 1_000)...)
		h := c.begin(t)
		h.at(30*time.Minute, func() {
			late := c.answer(t, 1_200, h.Now().Add(-time.Minute))
			h.SignalWorkflow(workflows.SignalLateReading, late)
			h.SignalWorkflow(workflows.SignalLateReading, late)
			h.at(time.Minute, func() { h.SignalWorkflow(workflows.SignalLateReading, late) })
		})

		c.track(h)

		names, _ := c.observations(t)
		read := 0
		for _, name := range names {
			if name == "brightdata" {
				read++
			}
		}
		require.Equal(t, 1, read)
	})

	t.Run("ends the failures of a clip that no provider has answered about", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", append(readings(1_000, 1_000), count{err: fault.New(fault.Denied, "provider_denied", "no")})...)
		h := c.begin(t)
		lateAt(t, c, h, 12*hour, time.Minute, 1_200)
		h.at(13*hour, func() { c.posts.answers("apify", readings(1_200)...) })

		c.track(h)

		_, counts := c.observations(t)
		require.Equal(t, []int64{1_000, 1_200}, counts[:2])
	})

	t.Run("is not used while the clip is in review", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, manualReview)
		c.posts.answers("apify", readings(1_000)...)
		h := c.begin(t)
		lateAt(t, c, h, 30*time.Minute, time.Minute, 1_200)
		h.ask(hour, workflows.UpdateReview, reviewed(true))

		c.track(h)

		names, _ := c.observations(t)
		require.NotContains(t, names, "brightdata")
	})
}
