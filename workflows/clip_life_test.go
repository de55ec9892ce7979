package workflows_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/workflows"
)

// decaying has half of its 100,000 views after 36 hours, three quarters after 72, and so on.
func decaying(age time.Duration) int64 { return int64(100_000 * (1 - math.Pow(2, -age.Hours()/36))) }

// lifeOf says at which ages a clip should be read, by the rule of docs/explanation/schedule.md in hours. asked is the age at
// which its campaign asks for a reading.
func lifeOf(grows func(time.Duration) int64, first, asked, window time.Duration) []time.Duration {
	times := []time.Duration{first}
	for age, since := first, time.Duration(0); age < window; {
		wait := usualHours(age)
		if since > 0 {
			last := since.Hours()
			gain := float64(grows(age) - grows(age-since))
			lag := math.Sqrt(2 * (3.0 / 60) * last * max(1_000, float64(grows(age))) / gain)
			wait = max(min(lag, 4*wait, 72, max(wait, 2*last)), wait/4, 0.25)
		}
		next := min(age+time.Duration(wait*float64(time.Hour)).Truncate(time.Second), window)
		if age < asked && asked < next {
			next = asked
		}
		age, since = next, next-age
		times = append(times, age)
	}
	return times
}

func usualHours(age time.Duration) float64 {
	switch {
	case age < 1*days:
		return 1
	case age < 2*days:
		return 2
	case age < 4*days:
		return 6
	case age < 7*days:
		return 12
	case age < 14*days:
		return 24
	case age < 30*days:
		return 48
	}
	return 72
}

func TestLifeOfAClip(t *testing.T) {
	t.Parallel()

	t.Run("of ninety days, with a history that continues as new and a signal, has each reading at its time", func(t *testing.T) {
		t.Parallel()
		const window, asked = 90 * days, 45*days + 7*hour
		c := setupClip(t, func(terms *campaign.Terms) {
			terms.TrackingWindow, terms.EndsAt = duration.Text(window), start.Add(100*days)
		})
		c.posts.grows = decaying
		published := c.posts.at

		h := c.begin(t)
		h.at(20*days, func() { h.SetContinueAsNewSuggested(true) })
		h.ExecuteWorkflow(workflows.ClipTracking, c.input)
		var next *workflow.ContinueAsNewError
		require.ErrorAs(t, h.GetWorkflowError(), &next)
		carryOver(t, next, &c.input)
		h = c.begin(t)
		h.at(published.Add(asked).Sub(h.Now()), func() { h.SignalWorkflow(workflows.SignalRead, nil) })
		result := c.track(h)

		observed, err := c.store.Clips.ListObservations(t.Context(), c.input.ClipID, 0, 1000)
		require.NoError(t, err)
		var ages []time.Duration
		for _, each := range observed {
			ages = append(ages, each.ObservedAt.Sub(published))
		}
		require.Equal(t, lifeOf(decaying, hour, asked, window), ages)
		require.Contains(t, ages, asked)
		require.Equal(t, len(ages), result.Polls)
		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 50_000)
	})
}
