package views

import (
	"math"
	"testing"
	"time"

	"github.com/creditroll/creditroll/domain/duration"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// clipReadings judges readings one after the other, as the books do.
type clipReadings struct {
	rules    Plausibility
	accepted Accepted
	at       time.Time
	stepMax  int64
	others   bool
	paused   Share
	last     Judgement
}

func newClipReadings() *clipReadings {
	return &clipReadings{rules: DefaultPlausibility(), at: noon, others: true}
}

// read is a reading by a provider some time after the last one.
func (c *clipReadings) read(provider string, count int64, after time.Duration) Judgement {
	c.at = c.at.Add(after)
	return c.judge(provider, reading(func(r *Reading) {
		r.Views, r.Likes, r.Comments, r.ObservedAt, r.PublishedAt = count, count/20, 10, c.at, noon.Add(-time.Hour)
	}), 0)
}

func (c *clipReadings) judge(provider string, read Reading, reviewed int64) Judgement {
	c.last = c.rules.Judge(DefaultSanityRules(), c.accepted, Evidence{
		Post: post, Reading: read, Provider: provider, Others: c.others, Paused: c.paused, ReviewedViews: reviewed, StepViewsMax: c.stepMax, Now: c.at,
	})
	c.accepted.Counter, c.accepted.TrustedViews, c.accepted.Claim = c.last.Counter, c.last.TrustedViews, c.last.Claim
	c.accepted.CreditedViews = c.last.Counter.Creditable()
	if c.last.Decision != Refused {
		c.accepted.Previous = &read
	}
	return c.last
}

func codes(signals []Signal) []SignalCode {
	found := make([]SignalCode, len(signals))
	for i, signal := range signals {
		found[i] = signal.Code
	}
	return found
}

func TestJudge(t *testing.T) {
	t.Parallel()
	const quarter = 15 * time.Minute

	t.Run("one absurd reading costs at most the plausible, and is never paid", func(t *testing.T) {
		t.Parallel()
		c := newClipReadings()
		c.read("apify", 100, 0)
		c.read("apify", 120, time.Hour)

		absurd := c.read("apify", 9_000_000, time.Hour)
		after := c.read("apify", 140, quarter)
		later := c.read("apify", 150, time.Hour)

		require.Equal(t, Capped, absurd.Decision)
		require.Contains(t, codes(absurd.Signals), JumpOverPlausible)
		require.Equal(t, int64(2_120), absurd.Counter.Creditable())
		require.Equal(t, Contradicted, after.Decision)
		require.Contains(t, codes(after.Signals), ClaimContradicted)
		require.Contains(t, codes(after.Signals), CreditedOverReading)
		require.Contains(t, codes(after.Signals), ViewsFellFar)
		require.Equal(t, Plausible, later.Decision)
		require.Equal(t, int64(2_120), later.Counter.Creditable())
		require.False(t, later.Claim.Open())
	})

	t.Run("absurd readings between true ones do not add up", func(t *testing.T) {
		t.Parallel()
		c := newClipReadings()
		c.read("apify", 100, 0)

		for range 50 {
			c.read("apify", 1_000_000, time.Hour)
			c.read("apify", 120, quarter)
		}

		require.LessOrEqual(t, c.last.Counter.Creditable(), int64(2_120))
	})

	t.Run("another provider confirms a real jump, which then counts in full", func(t *testing.T) {
		t.Parallel()
		c := newClipReadings()
		c.read("apify", 1_000, 0)

		jump := c.read("apify", 80_000, time.Hour)
		second := c.read("youtube", 81_000, quarter)

		require.Equal(t, Capped, jump.Decision)
		require.Equal(t, int64(5_000), jump.Counter.Creditable())
		require.Equal(t, Confirmed, second.Decision)
		require.Equal(t, int64(81_000), second.Counter.Creditable())
	})

	t.Run("two providers that differ a little agree on the smaller count", func(t *testing.T) {
		t.Parallel()
		c := newClipReadings()
		c.read("apify", 1_000, 0)
		c.read("apify", 100_000, time.Hour)

		second := c.read("youtube", 97_000, quarter)

		require.Equal(t, Confirmed, second.Decision)
		require.Equal(t, int64(97_000), second.Counter.Creditable())
	})

	t.Run("a provider that repeats a number does not confirm it, and a risen count confirms the earlier one", func(t *testing.T) {
		t.Parallel()
		c := newClipReadings()
		c.read("apify", 1_000, 0)
		c.read("apify", 80_000, time.Hour)

		stuck := c.read("apify", 80_000, time.Hour)
		grown := c.read("apify", 1_000_000_000, quarter)

		require.Equal(t, Unconfirmed, stuck.Decision)
		require.Contains(t, codes(stuck.Signals), ClaimUnconfirmed)
		require.Equal(t, int64(5_000), stuck.Counter.Creditable())
		require.Equal(t, Confirmed, grown.Decision)
		require.Less(t, grown.Counter.Creditable(), int64(400_000), "only the earlier claim, and what is plausible after it")
		require.Equal(t, int64(1_000_000_000), grown.Claim.Views)
	})

	t.Run("a step above the share of the budget needs another provider", func(t *testing.T) {
		t.Parallel()
		c := newClipReadings()
		c.stepMax = 10_000
		c.read("apify", 20_000, 0)
		c.read("youtube", 20_000, quarter)

		step := c.read("apify", 60_000, time.Hour)
		grown := c.read("apify", 61_000, time.Hour)
		other := c.read("youtube", 61_500, quarter)

		require.Equal(t, Capped, step.Decision)
		require.Equal(t, int64(30_000), step.Counter.Creditable())
		require.Equal(t, Unconfirmed, grown.Decision)
		require.Equal(t, int64(30_000), grown.Counter.Creditable())
		require.Equal(t, Confirmed, other.Decision)
		require.Equal(t, int64(61_500), other.Counter.Creditable())
	})

	t.Run("without another provider, a risen count does for such a step", func(t *testing.T) {
		t.Parallel()
		c := newClipReadings()
		c.stepMax, c.others = 10_000, false
		c.read("apify", 10_000, 0)
		c.read("apify", 60_000, time.Hour)

		grown := c.read("apify", 61_000, quarter)

		require.Equal(t, Confirmed, grown.Decision)
		require.Equal(t, int64(61_000), grown.Counter.Creditable())
	})

	t.Run("a count claimed while live earns if it is confirmed in a pause", func(t *testing.T) {
		t.Parallel()
		c := newClipReadings()
		c.read("apify", 1_000, 0)
		c.read("apify", 80_000, time.Hour)
		c.paused = WhollyPaused

		second := c.read("youtube", 82_000, quarter)

		require.Equal(t, int64(80_000), second.Counter.Creditable(), "what came in the pause is excluded")
		require.Equal(t, int64(82_000), second.Counter.HighWaterViews)
	})

	t.Run("a count claimed in a pause stays excluded when it is confirmed later", func(t *testing.T) {
		t.Parallel()
		c := newClipReadings()
		c.read("apify", 1_000, 0)
		c.paused = WhollyPaused
		c.read("apify", 80_000, time.Hour)
		c.paused = NotPaused

		second := c.read("youtube", 82_000, quarter)

		require.Equal(t, Confirmed, second.Decision)
		require.Equal(t, int64(1_000+2_000), second.Counter.Creditable())
	})

	t.Run("a reading of zero does not make the next one a first one", func(t *testing.T) {
		t.Parallel()
		c := newClipReadings()
		c.read("apify", 2_000, 0)
		c.read("apify", 9_000, quarter)
		c.read("youtube", 9_000, quarter)

		c.read("apify", 0, quarter)
		lie := c.read("apify", 1_000_000_000_000, quarter)
		back := c.read("youtube", 9_100, quarter)

		require.Equal(t, int64(9_000), lie.Counter.HighWaterViews)
		require.Equal(t, Contradicted, back.Decision)
	})

	t.Run("a reviewer confirms a count up to what was seen", func(t *testing.T) {
		t.Parallel()
		c := newClipReadings()
		c.read("apify", 1_000, 0)
		c.read("apify", 80_000, time.Hour)

		next := reading(func(r *Reading) { r.Views, r.Comments, r.ObservedAt = 80_000, 10, c.at })
		reviewed := c.judge("apify", next, 60_000)

		require.Equal(t, Confirmed, reviewed.Decision)
		require.GreaterOrEqual(t, reviewed.Counter.Creditable(), int64(60_000))
		require.LessOrEqual(t, reviewed.Counter.Creditable(), int64(62_000))
	})

	t.Run("a reading that must not be used changes nothing and leaves a signal", func(t *testing.T) {
		t.Parallel()
		c := newClipReadings()
		c.read("apify", 1_000, 0)
		before := c.accepted
		for name, change := range map[SignalCode]func(*Reading){
			"reading_of_other_clip": func(r *Reading) { r.ExternalID = "1" },
			"reading_negative":      func(r *Reading) { r.Likes = -1 },
			"reading_from_future":   func(r *Reading) { r.ObservedAt = c.at.Add(time.Hour) },
			"reading_outdated":      func(r *Reading) { r.ObservedAt = c.at.Add(-time.Hour) },
		} {
			refused := c.judge("apify", reading(func(r *Reading) { r.Views, r.ObservedAt = 5_000, c.at; change(r) }), 0)

			require.Equal(t, Refused, refused.Decision, name)
			require.Equal(t, []Signal{{Code: name, Value: 5_000}}, refused.Signals)
			require.Equal(t, before, c.accepted)
		}
	})

	t.Run("a first count may have what its age and its likes allow", func(t *testing.T) {
		t.Parallel()
		first := func(change func(*Reading)) int64 {
			c := newClipReadings()
			read := reading(func(r *Reading) { r.Views, r.PublishedAt = 1_000_000, noon.Add(-10*time.Hour); change(r) })
			return c.judge("apify", read, 0).Counter.Creditable()
		}

		require.Equal(t, int64(52_000), first(func(r *Reading) { r.Likes = 10_000 }), "by its age")
		require.Equal(t, int64(22_000), first(func(r *Reading) { r.Likes = 100 }), "by its likes")
		require.Equal(t, int64(2_000), first(func(r *Reading) { r.Likes, r.Comments = 10_000, 0 }), "without comments")
		require.Equal(t, int64(2_000), first(func(r *Reading) { r.Likes, r.PublishedAt = 10_000, time.Time{} }), "without a date")
	})
}

// TestJudgeProperties is the promise to brands and creators, whatever is read.
func TestJudgeProperties(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		c := newClipReadings()
		c.stepMax = rapid.SampledFrom([]int64{0, 500, 10_000}).Draw(t, "step")
		c.paused = NotPaused
		count := rapid.OneOf(rapid.Int64Range(0, 5_000), rapid.Int64Range(0, 1_000_000), rapid.Just(int64(math.MaxInt64)))
		supported, claims := int64(0), map[string]int64{}
		for range rapid.IntRange(1, 40).Draw(t, "readings") {
			provider, views := rapid.SampledFrom([]string{"apify", "youtube"}).Draw(t, "provider"), count.Draw(t, "views")
			before := c.accepted
			bound := c.rules.highest(before, Evidence{Reading: reading(func(r *Reading) {
				r.Views, r.Likes, r.Comments, r.ObservedAt, r.PublishedAt = views, views/20, 10, c.at.Add(time.Hour), noon.Add(-time.Hour)
			}), StepViewsMax: 0})

			judged := c.read(provider, views, time.Hour)

			// A count is supported if it is plausible, or if it was read before by another provider, or
			// by the same provider at a lower count.
			supported = max(supported, min(views, bound))
			for _, claimed := range claims {
				if agreed := min(claimed, views); float64(views) >= 0.89*float64(claimed) {
					supported = max(supported, agreed, saturatingAdd(mulDiv(agreed, 5, 1), 2_000))
				}
			}
			claims[provider] = views
			require.LessOrEqual(t, judged.Counter.HighWaterViews, max(supported, before.Counter.HighWaterViews))
			require.GreaterOrEqual(t, judged.Counter.HighWaterViews, before.Counter.HighWaterViews)
			require.LessOrEqual(t, judged.AcceptedViews, max(views, before.Claim.Views, before.Counter.HighWaterViews))
			require.Equal(t, max(judged.AcceptedViews, before.Counter.HighWaterViews), judged.Counter.HighWaterViews)
			require.LessOrEqual(t, judged.TrustedViews, judged.Counter.HighWaterViews)
			require.Equal(t, judged.Claim.Open(), judged.Claim.Provider != "")
		}

		truth := count.Draw(t, "truth")
		for range 2 {
			c.read("apify", truth, time.Minute)
			c.read("youtube", truth, time.Minute)
		}

		require.GreaterOrEqual(t, c.last.Counter.HighWaterViews, truth, "the truth was read by two providers")
		require.False(t, c.last.Claim.Open())
	})
}

func TestJudgeDividesPauses(t *testing.T) {
	t.Parallel()

	// Every reading is true, and each pause begins and ends at a reading.
	rapid.Check(t, func(t *rapid.T) {
		c := newClipReadings()
		c.stepMax = rapid.SampledFrom([]int64{0, 500, 10_000, 100_000}).Draw(t, "step")
		growth := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 3_000), rapid.Int64Range(0, 1_000_000))
		truth, live := int64(0), int64(0)
		read := func(provider string, grown int64, paused bool) {
			truth += grown
			c.paused = WhollyPaused
			if !paused {
				live, c.paused = live+grown, NotPaused
			}
			c.read(provider, truth, 10*time.Minute)
			require.LessOrEqual(t, c.accepted.Counter.Creditable(), live)
		}

		for range rapid.IntRange(1, 30).Draw(t, "readings") {
			read(rapid.SampledFrom([]string{"apify", "apify", "youtube"}).Draw(t, "provider"), growth.Draw(t, "growth"), rapid.Bool().Draw(t, "paused"))
		}
		for range 2 {
			read("apify", 0, false)
			read("youtube", 0, false)
		}

		require.Equal(t, live, c.accepted.Counter.Creditable())
		require.Equal(t, truth, c.accepted.Counter.HighWaterViews)
	})
}

func TestPlausibility(t *testing.T) {
	t.Parallel()

	t.Run("zeros stand for the defaults", func(t *testing.T) {
		t.Parallel()

		require.Equal(t, DefaultPlausibility(), Plausibility{}.OrDefault())
		require.Equal(t, DefaultPlausibility(), DefaultPlausibility().OrDefault())
		require.NoError(t, Plausibility{}.Validate())
		require.NoError(t, DefaultPlausibility().Validate())
	})

	t.Run("refuses what is out of range", func(t *testing.T) {
		t.Parallel()

		for _, wrong := range []Plausibility{
			{GrowthFactor: -1},
			{GrowthFactor: GrowthFactorMax + 1},
			{GrowthViewsMin: -1},
			{GrowthPeriod: -1},
			{StepBasisPoints: 10_001},
			{FallBasisPoints: -1},
			{RecheckAfter: -1},
			{RecheckAfter: duration.Text(73 * time.Hour)},
			{FirstViewsPerHour: math.MaxInt64},
			{FirstViewsPerLike: -1},
		} {
			require.Error(t, wrong.Validate(), "%+v", wrong)
		}
	})

	t.Run("believes every growth if the terms say so", func(t *testing.T) {
		t.Parallel()
		c := newClipReadings()
		c.rules.GrowthViewsMin = PlausibleViewsMax

		require.Equal(t, Plausible, c.read("apify", 1_000_000_000_000, 0).Decision)
	})
}

func TestRechecks(t *testing.T) {
	t.Parallel()
	schedule := DefaultSchedule()

	t.Run("waits longer each time, never longer than the next reading", func(t *testing.T) {
		t.Parallel()

		require.Equal(t, 15*time.Minute, NextRecheck(15*time.Minute, 1, hour))
		require.Equal(t, 30*time.Minute, NextRecheck(15*time.Minute, 2, hour))
		require.Equal(t, hour, NextRecheck(15*time.Minute, 20, hour))
		require.Equal(t, 366*24*hour, NextRecheck(366*24*hour, 11, 366*24*hour))
		require.Positive(t, NextRecheck(recheckAfterMax, 1_000, durationMax))
	})

	t.Run("gives a final count two days", func(t *testing.T) {
		t.Parallel()
		at, tries := noon, 1
		for wait := schedule.NextFinalRecheck(15*time.Minute, tries, noon, at); wait > 0; wait = schedule.NextFinalRecheck(15*time.Minute, tries, noon, at) {
			at, tries = at.Add(wait), tries+1
		}

		require.Equal(t, noon.Add(48*hour), at)
		require.Less(t, tries, 15)
	})
}
