package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/workflows"
)

// attempted records a request to a provider now. One that is good has read a post.
func (w *world) attempted(t *testing.T, provider string, platform clip.Platform, outcome string) {
	t.Helper()
	read := 0
	if outcome == views.OutcomeOK {
		read = 1
	}
	require.NoError(t, w.store.Clips.RecordAttempt(t.Context(), views.Attempt{
		ID: uuid.NewString(), Provider: provider, Platform: platform, Clips: 3, Outcome: outcome, StartedAt: w.clock.Now(), Read: read,
	}))
}

var (
	troubled = workflows.ProviderTroubleInput{Provider: "apify", After: duration.Text(10 * time.Minute), Every: duration.Text(5 * time.Minute)}
	checked  = workflows.ProviderCheckInput{After: troubled.After, Every: troubled.Every}
)

func TestProviderTrouble(t *testing.T) {
	t.Parallel()

	watch := func(t *testing.T, h *history) {
		t.Helper()
		h.ExecuteWorkflow(workflows.ProviderTrouble, troubled)
		require.True(t, h.IsWorkflowCompleted())
		require.NoError(t, h.GetWorkflowError())
		require.Empty(t, h.world.attentionReason())
	}

	t.Run("is shown at once if posts vanish, and ends after a good answer", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.attempted(t, "apify", clip.TikTok, views.OutcomeManyMissing)
		h := w.begin(t)
		h.at(time.Minute, func() {
			require.Equal(t, "posts_vanish_at_once", w.attentionReason())
			require.Contains(t, h.details(), "tiktok: many posts that it had read before are missing at once since "+start.UTC().Format(time.DateTime)+" UTC (requests: 1)")
			require.Contains(t, h.details(), names.RunbookLink("posts_vanish_at_once"))
		})
		h.at(hour, func() { w.attempted(t, "apify", clip.TikTok, views.OutcomeOK) })

		watch(t, h)

		require.LessOrEqual(t, w.clock.Now().Sub(start), hour+15*time.Minute)
	})

	t.Run("lasts while another platform is in trouble, and says what is left", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.attempted(t, "apify", clip.TikTok, views.OutcomeManyMissing)
		for range 4 {
			w.attempted(t, "apify", clip.Instagram, views.OutcomeDenied)
		}
		w.attempted(t, "rapidapi", clip.TikTok, views.OutcomeManyMissing)
		h := w.begin(t)
		h.at(11*time.Minute, func() { w.attempted(t, "apify", clip.Instagram, views.OutcomeUnavailable) })
		h.at(hour, func() {
			require.Equal(t, "posts_vanish_at_once", w.attentionReason())
			require.Contains(t, h.details(), "instagram: all requests fail")
			w.attempted(t, "apify", clip.TikTok, views.OutcomeOK)
		})
		h.at(2*hour, func() {
			require.Equal(t, "provider_failing", w.attentionReason())
			require.NotContains(t, h.details(), "tiktok")
			require.Contains(t, h.details(), "(requests: 5, with denied, unavailable)")
			require.Contains(t, h.details(), names.RunbookLink("provider_failing"))
			w.attempted(t, "apify", clip.Instagram, views.OutcomeOK)
		})

		watch(t, h)
	})

	t.Run("ends a day after the provider was last asked", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.attempted(t, "apify", clip.TikTok, views.OutcomeManyMissing)
		h := w.begin(t)
		h.at(23*hour, func() { require.Equal(t, "posts_vanish_at_once", w.attentionReason()) })

		watch(t, h)

		require.LessOrEqual(t, w.clock.Now().Sub(start), 25*hour)
	})

	t.Run("leaves the list when a person cancels it", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.attempted(t, "apify", clip.TikTok, views.OutcomeManyMissing)
		h := w.begin(t)
		h.at(hour, h.CancelWorkflow)

		watch(t, h)
	})

	t.Run("is shown again when it continues as new", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.attempted(t, "apify", clip.TikTok, views.OutcomeManyMissing)
		h := w.begin(t)
		h.SetContinueAsNewSuggested(true)
		h.ExecuteWorkflow(workflows.ProviderTrouble, troubled)
		var continued *workflow.ContinueAsNewError
		require.ErrorAs(t, h.GetWorkflowError(), &continued)
		var next workflows.ProviderTroubleInput
		require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(continued.Input, &next))
		later := w.begin(t)
		later.at(time.Minute, func() {
			require.Contains(t, later.details(), "posts_vanish_at_once")
			w.attempted(t, "apify", clip.TikTok, views.OutcomeOK)
		})

		later.ExecuteWorkflow(workflows.ProviderTrouble, next)

		require.NoError(t, later.GetWorkflowError())
		require.Equal(t, 1, next.Waits)
		require.Empty(t, w.attentionReason())
	})

	t.Run("tries again while the books cannot be reached", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.attempted(t, "apify", clip.TikTok, views.OutcomeManyMissing)
		h := w.begin(t)
		h.at(20*time.Minute, func() {
			for range 4 {
				w.mishaps.putAway("ListProviderTroubles")
			}
			w.attempted(t, "apify", clip.TikTok, views.OutcomeOK)
		})
		h.at(40*time.Minute, func() { require.Equal(t, "unforeseen_refusal", w.attentionReason()) })

		watch(t, h)
	})
}

func TestClipOfProviderInTrouble(t *testing.T) {
	t.Parallel()

	for name, tc := range map[string]struct {
		err  error
		want string
	}{
		"needs no attention of its own while the circuit is open":       {fault.New(fault.Unavailable, views.CircuitOpen, "not asked"), ""},
		"needs attention if its requests fail while others may succeed": {fault.New(fault.Unavailable, "provider_unavailable", "down"), "providers_failing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := setupClip(t, nil)
			c.posts.answers("apify", append(readings(1_000), count{err: tc.err})...)
			c.posts.answers("rapidapi", count{err: tc.err})
			h := c.begin(t)
			h.at(40*hour, func() {
				require.Equal(t, tc.want, c.attentionReason())
				c.posts.answers("apify", readings(4_000)...)
			})

			result := c.track(h)

			require.Equal(t, clip.Finished, result.Status)
			c.requireEarned(t, 2_000)
		})
	}
}

func TestProviderCheck(t *testing.T) {
	t.Parallel()

	pass := func(t *testing.T, w *world) (watches []string, result workflows.ProviderCheckResult) {
		t.Helper()
		h := w.begin(t)
		h.OnWorkflow(workflows.ProviderTrouble, mock.Anything, mock.Anything).Return(nil).Maybe()
		h.SetOnChildWorkflowStartedListener(func(info *workflow.Info, _ workflow.Context, _ converter.EncodedValues) {
			watches = append(watches, info.WorkflowExecution.ID+" "+info.WorkflowType.Name)
		})
		result = completed[workflows.ProviderCheckResult](h, workflows.ProviderCheck, checked)
		return watches, result
	}

	t.Run("starts one watch for each provider in trouble", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.attempted(t, "apify", clip.TikTok, views.OutcomeManyMissing)
		w.attempted(t, "apify", clip.Instagram, views.OutcomeManyMissing)
		w.attempted(t, "rapidapi", clip.TikTok, views.OutcomeManyMissing)
		w.attempted(t, "youtube", clip.YouTube, views.OutcomeOK)

		watches, result := pass(t, w)

		require.ElementsMatch(t, []string{"provider/apify ProviderTrouble", "provider/rapidapi ProviderTrouble"}, watches)
		require.Equal(t, []string{"apify", "rapidapi"}, result.Troubled)
	})

	t.Run("waits until failures have lasted", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		for range 5 {
			w.attempted(t, "apify", clip.TikTok, views.OutcomeUnavailable)
		}
		early, _ := pass(t, w)
		w.clock.follow(func() time.Time { return start.Add(10 * time.Minute) })
		unasked, _ := pass(t, w)
		w.attempted(t, "apify", clip.TikTok, views.OutcomeUnavailable)

		late, _ := pass(t, w)

		require.Empty(t, early)
		require.Empty(t, unasked, "it may have failed for a moment only")
		require.Equal(t, []string{"provider/apify ProviderTrouble"}, late)
	})

	t.Run("starts none for rate limits alone, and none after a good answer", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.attempted(t, "apify", clip.TikTok, views.OutcomeManyMissing)
		w.clock.follow(func() time.Time { return start.Add(time.Minute) })
		w.attempted(t, "apify", clip.TikTok, views.OutcomeOK)
		w.attempted(t, "rapidapi", clip.TikTok, views.OutcomeRateLimited)

		watches, _ := pass(t, w)

		require.Empty(t, watches)
	})
}
