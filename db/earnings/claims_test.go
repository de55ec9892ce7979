package earnings_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	rules "github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

// wary is a world with the default limits of what is plausible, and a reading every hour.
type wary struct {
	*world.World
	t     *testing.T
	polls int
}

func newWary(t *testing.T, change func(*campaign.Terms)) *wary {
	t.Helper()
	return &wary{t: t, World: world.New(t, 1, func(terms *campaign.Terms) {
		terms.Plausibility = views.Plausibility{}
		if change != nil {
			change(terms)
		}
	})}
}

func (w *wary) next(provider string, count int64) views.Observation {
	w.polls++
	reading := w.Reading(0, w.polls, count)
	at := world.Now.Add(time.Duration(w.polls) * time.Hour)
	reading.Provider, reading.Others, reading.Now, reading.Reading.ObservedAt = provider, true, at, at
	return reading
}

func (w *wary) record(reading views.Observation) rules.Credit {
	w.t.Helper()
	credit, err := w.Earnings.RecordReading(w.t.Context(), reading)
	require.NoError(w.t, err)
	return credit
}

func (w *wary) read(provider string, counts ...int64) (last rules.Credit) {
	w.t.Helper()
	for _, count := range counts {
		last = w.record(w.next(provider, count))
	}
	return last
}

// command pauses or resumes the campaign at the moment of the last reading.
func (w *wary) command(command campaign.Command) {
	w.t.Helper()
	at := world.Now.Add(time.Duration(w.polls) * time.Hour)
	require.NoError(w.t, live.Move(w.t.Context(), w.Books, campaign.Move{CampaignID: w.CampaignID, StartsAt: w.Terms.StartsAt, Now: at}, command))
}

func (w *wary) observations() []clips.Observation {
	w.t.Helper()
	listed, err := w.Clips.ListObservations(w.t.Context(), w.ClipIDs[0], -1, 100)
	require.NoError(w.t, err)
	return listed
}

func (w *wary) clip() clips.Clip {
	w.t.Helper()
	read, err := w.Clips.Get(w.t.Context(), w.ClipIDs[0])
	require.NoError(w.t, err)
	return read
}

func (w *wary) requireEarned(grossMinor int64) {
	w.t.Helper()
	require.Equal(w.t, grossMinor, w.clip().EarnedMinor)
	require.Equal(w.t, grossMinor, w.Facts(w.t).SpentMinor)
	w.RequireBooksInOrder(w.t)
}

func decisions(observed []clips.Observation) []views.Decision {
	found := make([]views.Decision, len(observed))
	for i, each := range observed {
		found[i] = each.Decision
	}
	return found
}

func TestClaims(t *testing.T) {
	t.Parallel()

	t.Run("one absurd reading costs at most the plausible bound", func(t *testing.T) {
		t.Parallel()
		w := newWary(t, nil) // 5.00 per thousand views, 1,000.00 of budget

		w.read("apify", 100, 120, 9_000_000, 140, 150)

		w.requireEarned(1_060) // 2,120 views
		observed := w.observations()
		require.Equal(t, []views.Decision{views.Plausible, views.Plausible, views.Capped, views.Contradicted, views.Plausible}, decisions(observed))
		require.Equal(t, int64(9_000_000), observed[2].ClaimedViews)
		require.Equal(t, "apify", observed[2].ClaimedBy)
		require.NotEmpty(t, observed[2].Signals)
		require.NotEmpty(t, observed[3].Signals)
		require.Zero(t, w.clip().HeldViews)
	})

	t.Run("a real jump is credited in full by the second reading, and the first shows what is held", func(t *testing.T) {
		t.Parallel()
		w := newWary(t, nil)
		w.read("apify", 1_000)

		jump := w.read("apify", 15_000)
		held := w.clip()
		second := w.read("youtube", 15_200)

		require.Equal(t, views.Capped, jump.Decision)
		require.Equal(t, views.Claim{Views: 15_000, Provider: "apify"}, jump.Claim)
		require.NotZero(t, jump.RecheckAfter)
		require.Equal(t, int64(10_000), held.HeldViews)
		require.Equal(t, int64(5_000), held.AcceptedViews)
		require.Equal(t, views.Confirmed, second.Decision)
		require.Zero(t, second.RecheckAfter)
		w.requireEarned(7_600)
	})

	t.Run("answers again as it did, and judges the next reading the same in another process", func(t *testing.T) {
		t.Parallel()
		w := newWary(t, nil)
		w.read("apify", 1_000)
		claimed := w.next("apify", 50_000)
		first := w.record(claimed)
		restarted := dbtest.Open(t, w.URL)

		again, err := restarted.Earnings.RecordReading(t.Context(), claimed)
		require.NoError(t, err)
		first.Replayed = true
		require.Equal(t, first, again)
		stuck, err := restarted.Earnings.RecordReading(t.Context(), w.next("apify", 50_000))
		require.NoError(t, err)
		confirmed := w.read("youtube", 50_000)

		require.Equal(t, views.Unconfirmed, stuck.Decision)
		require.Equal(t, views.Confirmed, confirmed.Decision, "after the readings of another process")
		w.requireEarned(25_000)
	})

	t.Run("a reading that must not be used is on record, credits nothing, and the next one counts", func(t *testing.T) {
		t.Parallel()
		w := newWary(t, nil)
		w.read("apify", 1_000)
		other, negative, future := w.next("apify", 1_500), w.next("apify", 1_500), w.next("apify", 1_500)
		other.Reading.ExternalID = "another post"
		negative.Reading.Likes = -5
		future.Reading.ObservedAt = future.Now.Add(time.Hour)

		for _, each := range []views.Observation{other, negative, future} {
			refused := w.record(each)
			again := w.record(each)
			require.Equal(t, views.Refused, refused.Decision)
			require.Zero(t, refused.GrossMinor)
			require.NotZero(t, refused.RecheckAfter)
			refused.Replayed = true
			require.Equal(t, refused, again)
		}
		next := w.read("apify", 1_600)

		require.Equal(t, views.Plausible, next.Decision)
		w.requireEarned(800)
		for i, code := range []views.SignalCode{"reading_of_other_clip", "reading_negative", "reading_from_future"} {
			require.Equal(t, []views.Signal{{Code: code, Value: 1_500}}, w.observations()[i+1].Signals)
			require.Equal(t, int64(1_000), w.observations()[i+1].Views)
		}
	})

	t.Run("the first reading of a clip may be one that must not be used", func(t *testing.T) {
		t.Parallel()
		w := newWary(t, nil)
		other := w.next("apify", 1_500)
		other.Reading.ExternalID = "another post"

		w.record(other)
		w.read("apify", 1_600)

		w.requireEarned(800)
	})

	t.Run("views claimed while live earn if a pause confirms them, and those of the pause never do", func(t *testing.T) {
		t.Parallel()
		w := newWary(t, nil)
		w.read("apify", 1_000, 15_000)
		w.command(campaign.Pause)
		w.read("youtube", 16_000)
		w.requireEarned(15_000 / 2) // at once, because the post may vanish before the campaign is resumed
		w.read("youtube", 90_000)
		w.command(campaign.Resume)

		w.read("apify", 90_500)

		w.requireEarned((15_000 + 500) / 2)
	})

	t.Run("views claimed in a pause never earn", func(t *testing.T) {
		t.Parallel()
		w := newWary(t, nil)
		w.read("apify", 1_000)
		w.command(campaign.Pause)
		w.read("apify", 50_000)
		w.command(campaign.Resume)

		w.read("youtube", 51_000)

		w.requireEarned((1_000 + 1_000) / 2)
	})

	t.Run("a reading recorded once more is not judged again, and pays what a reviewer has confirmed", func(t *testing.T) {
		t.Parallel()
		w := newWary(t, func(terms *campaign.Terms) { terms.DailyPacingMinor = 600 })
		require.NoError(t, w.Clips.Move(t.Context(), w.ClipIDs[0], "tracking", ""))
		w.read("apify", 1_000, 50_000)
		last := w.next("apify", 50_000)
		last.IsFinal = true
		w.record(last)

		nothing, err := w.Earnings.CreditDeferred(t.Context(), w.ClipIDs[0], views.Reviewed{}, last.Now)
		require.NoError(t, err)
		w.requireEarned(2_500)
		reviewed, err := w.Earnings.CreditDeferred(t.Context(), w.ClipIDs[0], views.Reviewed{Views: 40_000}, last.Now)
		require.NoError(t, err)
		again, err := w.Earnings.CreditDeferred(t.Context(), w.ClipIDs[0], views.Reviewed{Views: 40_000}, last.Now)
		require.NoError(t, err)

		require.Zero(t, nothing.GrossMinor)
		require.Equal(t, int64(17_500), reviewed.GrossMinor)
		require.Zero(t, again.GrossMinor)
		w.requireEarned(20_000)
	})

	t.Run("a reviewer confirms a claim that another provider has contradicted, up to it", func(t *testing.T) {
		t.Parallel()
		w := newWary(t, nil)
		w.read("apify", 1_000, 8_000)
		claim := views.Claim{Views: 8_000, Provider: "apify"}
		w.read("youtube", 1_000)
		reading := w.next("youtube", 1_000)
		reading.ReviewedViews, reading.ReviewedClaim = 9_000, claim

		credit := w.record(reading)

		require.Equal(t, views.Confirmed, credit.Decision)
		w.requireEarned(4_000)
	})

	t.Run("a final claim of a clip that can earn nothing more is not read again", func(t *testing.T) {
		t.Parallel()
		w := newWary(t, func(terms *campaign.Terms) { terms.MaxPerClipMinor = 2_000 })
		before := w.read("apify", 1_000, 50_000)
		final := w.next("apify", 50_000)
		final.IsFinal = true

		after := w.record(final)

		require.Positive(t, before.RecheckAfter)
		require.Equal(t, views.Unconfirmed, after.Decision)
		require.Zero(t, after.RecheckAfter)
		require.Zero(t, w.record(final).RecheckAfter, "it answers again as it did")
	})

	for limit, change := range map[string]func(*campaign.Terms){
		"per clip":    func(terms *campaign.Terms) { terms.MaxPerClipMinor = 2_000 },
		"per creator": func(terms *campaign.Terms) { terms.MaxPerCreatorMinor = 2_000 },
		"budget":      func(terms *campaign.Terms) { terms.BudgetMinor, terms.Plausibility.StepBasisPoints = 2_000, 10_000 },
	} {
		t.Run("a reading says that the clip can earn nothing more: "+limit, func(t *testing.T) {
			t.Parallel()
			w := newWary(t, change)

			before := w.read("apify", 1_000)
			after := w.read("apify", 50_000)
			contradicted := w.next("youtube", 1_000)
			recorded := w.record(contradicted)

			require.False(t, before.Spent())
			require.True(t, after.Spent())
			require.Equal(t, views.Contradicted, recorded.Decision)
			require.True(t, recorded.Spent())
			require.True(t, w.record(contradicted).Spent(), "it answers again as it did")
			w.requireEarned(2_000)
		})
	}

	t.Run("in the interim, only a confirmed count is credited, once, and pacing goes on", func(t *testing.T) {
		t.Parallel()
		w := newWary(t, func(terms *campaign.Terms) { terms.DailyPacingMinor = 600 })
		require.NoError(t, w.Clips.Move(t.Context(), w.ClipIDs[0], "tracking", ""))
		w.read("apify", 1_000, 50_000)
		confirm := func(reviewed views.Reviewed) rules.Credit {
			reviewed.Interim = true
			credited, err := w.Earnings.CreditDeferred(t.Context(), w.ClipIDs[0], reviewed, world.Now.Add(48*time.Hour))
			require.NoError(t, err)
			return credited
		}

		nothing := confirm(views.Reviewed{})
		reviewed := confirm(views.Reviewed{Views: 90_000})
		again := confirm(views.Reviewed{Views: 50_000, Claim: views.Claim{Views: 50_000, Provider: "apify"}})

		require.Zero(t, nothing.Views)
		require.Equal(t, int64(600), reviewed.GrossMinor)
		require.Equal(t, int64(50_000), reviewed.HighWaterViews, "no more than was claimed")
		require.Equal(t, rules.DailyPacing, reviewed.LimitedBy)
		require.Zero(t, again.GrossMinor)
		w.requireEarned(1_200)
	})

	t.Run("a count that was contradicted is shown as long as it can be confirmed", func(t *testing.T) {
		t.Parallel()
		w := newWary(t, nil)
		shown := func() []any { return []any{w.clip().ClaimedViews, w.clip().HeldViews, w.clip().IsContradicted} }
		of := func(claimed, held int64, contradicted bool) []any { return []any{claimed, held, contradicted} }

		w.read("apify", 1_000, 8_000)
		require.Equal(t, of(8_000, 3_000, false), shown())
		w.read("youtube", 1_000)
		require.Equal(t, of(8_000, 3_000, true), shown())
		refused := w.next("apify", 1_000)
		refused.Reading.Likes = -1
		w.record(refused)
		w.read("youtube", 1_000)
		require.Equal(t, of(8_000, 3_000, true), shown(), "only its provider gives it up")
		w.read("apify", 9_000)
		require.Equal(t, of(9_000, 4_000, true), shown(), "its provider stands by it")
		w.read("youtube", 1_000)
		require.Equal(t, of(9_000, 4_000, true), shown())
		w.read("apify", 1_000)
		require.Equal(t, of(0, 0, false), shown())

		w.read("apify", 30_000)
		w.read("youtube", 1_000)
		confirmed := w.next("youtube", 1_000)
		confirmed.ReviewedViews, confirmed.ReviewedClaim = 20_000, views.Claim{Views: 30_000, Provider: "apify"}
		w.record(confirmed)
		require.Equal(t, of(0, 0, false), shown())
		w.requireEarned(10_000)
	})

	t.Run("a step beyond its share of the budget ends exactly there until another provider agrees", func(t *testing.T) {
		t.Parallel()
		w := newWary(t, func(terms *campaign.Terms) { terms.BudgetMinor = 20_000 }) // a step is 20.00, or 4,000 views
		w.read("apify", 4_000)
		w.read("youtube", 4_000)

		step := w.read("apify", 12_000)
		grown := w.read("apify", 12_100)
		spentMinor := w.Facts(t).SpentMinor
		other := w.read("youtube", 12_100)

		require.Equal(t, views.Capped, step.Decision)
		require.Equal(t, views.Unconfirmed, grown.Decision)
		require.Equal(t, int64(4_000), spentMinor)
		require.Equal(t, views.Confirmed, other.Decision)
		w.requireEarned(6_050)
	})

	t.Run("another count under the same number is refused", func(t *testing.T) {
		t.Parallel()
		w := newWary(t, nil)
		claimed := w.next("apify", 50_000)
		w.record(claimed)

		claimed.Reading.Views++
		_, err := w.Earnings.RecordReading(t.Context(), claimed)

		require.Equal(t, "observation_reused", fault.CodeOf(err))
	})
}
