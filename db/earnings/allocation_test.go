package earnings_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/views"
)

// allocation is the pure rule applied to one reading after the other, in memory.
type allocation struct {
	terms     campaign.Terms
	pauses    []views.Pause
	until     map[string]time.Time // the clip's last reading
	state     map[string]views.State
	credited  map[string]int64
	clip      map[string]int64
	creator   map[string]int64
	day, hour time.Time
	dayMinor  int64
	hourMinor int64
	spent     int64
}

func newAllocation(terms campaign.Terms) *allocation {
	return &allocation{
		terms: terms, until: map[string]time.Time{}, state: map[string]views.State{}, credited: map[string]int64{}, clip: map[string]int64{}, creator: map[string]int64{},
	}
}

func (a *allocation) take(t require.TestingT, creatorID string, reading views.Observation) (int64, earnings.Limit) {
	clipID := reading.ClipID
	observedAt := reading.Reading.ObservedAt
	a.state[clipID] = views.Advance(a.state[clipID], reading.Reading.Views, views.PausedShare(a.pauses, a.until[clipID], observedAt))
	a.until[clipID] = observedAt
	if hour := reading.Now.Truncate(time.Hour); hour.After(a.hour) {
		a.hour, a.hourMinor = hour, 0
	}
	if day := reading.Now.Truncate(24 * time.Hour); day.After(a.day) {
		a.day, a.dayMinor = day, 0
	}
	accrual, err := earnings.Accrue(a.terms, earnings.Progress{
		CreditableViews: a.state[clipID].Creditable(), CreditedViews: a.credited[clipID], ClipGrossMinor: a.clip[clipID],
		CreatorGrossMinor: a.creator[creatorID], HourGrossMinor: a.hourMinor, DayGrossMinor: a.dayMinor, IsFinal: reading.IsFinal, BudgetLeftMinor: a.terms.BudgetMinor - a.spent,
	})
	require.NoError(t, err)
	a.credited[clipID] = accrual.CreditedViewsAfter
	a.clip[clipID] += accrual.GrossMinor
	a.creator[creatorID] += accrual.GrossMinor
	a.dayMinor += accrual.GrossMinor
	a.hourMinor += accrual.GrossMinor
	a.spent += accrual.GrossMinor
	return accrual.GrossMinor, accrual.LimitedBy
}

// toggle pauses or resumes, and returns the command.
func (a *allocation) toggle(at time.Time) campaign.Command {
	if last := len(a.pauses) - 1; last >= 0 && a.pauses[last].Until.IsZero() {
		a.pauses[last].Until = at
		return campaign.Resume
	}
	a.pauses = append(a.pauses, views.Pause{From: at})
	return campaign.Pause
}

func anyTerms(t *rapid.T) func(*campaign.Terms) {
	optional := func(name string, most int64) int64 {
		return rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(1, most)).Draw(t, name)
	}
	budgetMinor := rapid.Int64Range(1, 20_000).Draw(t, "budget")
	rateMinor := rapid.Int64Range(1, 3_000).Draw(t, "rate")
	fee := rapid.IntRange(0, 5_000).Draw(t, "fee")
	minimum, perClip, perCreator, daily, hourly := optional("minimum views", 5_000), optional("per clip", 5_000), optional("per creator", 8_000), optional("daily", 4_000), optional("hourly", 2_000)
	return func(terms *campaign.Terms) {
		terms.BudgetMinor, terms.RateMinorPerThousand, terms.FeeBasisPoints = max(31, budgetMinor), rateMinor, fee
		terms.MinimumViews, terms.MaxPerClipMinor, terms.MaxPerCreatorMinor, terms.DailyPacingMinor, terms.HourlyPacingMinor = minimum, perClip, perCreator, daily, hourly
	}
}

func TestBatchesAllocateLikeTheRule(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	store := dbtest.Open(t, url)
	ctx := t.Context()

	rapid.Check(t, func(t *rapid.T) {
		w := world.In(t, url, store, 2, anyTerms(t))
		w.AddClip(t, w.CreatorIDs[0])
		creatorOf := []string{w.CreatorIDs[0], w.CreatorIDs[1], w.CreatorIDs[0]}
		rule := newAllocation(w.Terms)
		polls, clock := 0, world.Now
		observed := world.Now.Add(-1000 * time.Hour) // so that none is dated in the future of a late one

		for range rapid.IntRange(1, 6).Draw(t, "batches") {
			if rapid.IntRange(0, 3).Draw(t, "toggle") == 0 {
				observed = observed.Add(time.Duration(rapid.IntRange(1, 100).Draw(t, "minutes before the move")) * time.Minute)
				w.MoveAt(t, rule.toggle(observed), observed)
			}
			var batch []views.Observation
			var wanted []answer
			for range rapid.IntRange(1, 8).Draw(t, "readings") {
				polls++
				clip := rapid.IntRange(0, 2).Draw(t, "clip")
				// Readings come in order, give or take some that were under way at midnight.
				clock = clock.Add(time.Duration(rapid.IntRange(-6, 20).Draw(t, "half hours")) * 30 * time.Minute)
				reading := w.Reading(clip, polls, rapid.Int64Range(0, 30_000).Draw(t, "views"))
				observed = observed.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "minutes before the reading")) * time.Minute)
				reading.Reading.ObservedAt = observed
				reading.Now, reading.IsFinal = clock, rapid.IntRange(0, 9).Draw(t, "final") == 0
				grossMinor, limit := rule.take(t, creatorOf[clip], reading)
				batch = append(batch, reading)
				wanted = append(wanted, answer{Credit: earnings.Credit{GrossMinor: grossMinor, LimitedBy: limit}})
			}

			recorded, err := store.Earnings.CommitBatch(ctx, w.CampaignID, batch...)

			require.NoError(t, err)
			for i := range wanted {
				require.Equal(t, wanted[i].GrossMinor, recorded[i].GrossMinor, "reading %d", i)
				require.Equal(t, wanted[i].LimitedBy, recorded[i].LimitedBy, "reading %d", i)
			}
		}

		standing, err := store.Campaigns.GetStanding(ctx, w.CampaignID, 1)
		require.NoError(t, err)
		require.Equal(t, rule.spent, standing.Facts.SpentMinor)
		dbtest.RequireBooksInOrder(t, store)
	})
}
