// Package world gives tests a campaign that is funded and live, with creators of one clip
// each, and books that hold nothing but a journal.
package world

import (
	"cmp"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/views"
)

// Now is when everything in a world happens, unless a test says otherwise.
var Now = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// World is a live, funded campaign with creators and their clips.
type World struct {
	*books.Books
	URL        string
	CampaignID string
	Terms      campaign.Terms
	// CreatorIDs and ClipIDs are in the order in which they were added.
	CreatorIDs []string
	ClipIDs    []string
	AttemptID  string
	// posts are the external ids of clips whose post is not named like the clip.
	posts map[string]string
}

// New returns a world in a database of its own. change may change the terms of its campaign.
func New(t *testing.T, creators int, change func(*campaign.Terms)) *World {
	t.Helper()
	url := dbtest.URL(t)
	return In(t, url, dbtest.Open(t, url), creators, change)
}

// In adds a campaign to a database that may have others.
func In(t dbtest.T, url string, store *books.Books, creators int, change func(*campaign.Terms)) *World {
	t.Helper()
	w := &World{Books: store, URL: url, AttemptID: uuid.NewString(), Terms: campaign.Terms{
		Currency: "USD", BudgetMinor: 100_000, RateMinorPerThousand: 500, Platforms: []clip.Platform{clip.TikTok},
		StartsAt: Now.Add(-time.Hour), EndsAt: Now.Add(1000 * time.Hour), Hold: duration.Text(time.Hour), TrackingWindow: duration.Text(24 * time.Hour),
		Plausibility: live.AnyGrowth,
	}}
	if change != nil {
		change(&w.Terms)
	}
	var err error
	w.CampaignID, err = live.Campaign(t.Context(), store, live.Options{Name: "Spring", Terms: w.Terms, FeeMinor: 30, Now: Now})
	require.NoError(t, err)
	require.NoError(t, store.Clips.RecordAttempt(t.Context(), views.Attempt{ID: w.AttemptID, Provider: "apify", Platform: clip.TikTok, Clips: 1, Outcome: "ok", StartedAt: Now}))
	for range creators {
		id, err := live.Creator(t.Context(), store)
		require.NoError(t, err)
		w.CreatorIDs = append(w.CreatorIDs, id)
		w.AddClip(t, id)
	}
	return w
}

// ReservedPayout returns a world whose one creator earned 5,000, which a payout has reserved.
func ReservedPayout(t *testing.T) (w *World, payoutID string) {
	t.Helper()
	w = New(t, 1, nil)
	w.Read(t, 0, 1, 10_000)
	released, err := w.Earnings.ReleaseHolds(t.Context(), Now.Add(2*time.Hour), 100)
	require.NoError(t, err)
	require.Equal(t, 1, released)
	runID, err := w.Payouts.OpenRun(t.Context(), uuid.NewString(), "2026-W10", Now)
	require.NoError(t, err)
	candidates, err := w.Payouts.ListCandidates(t.Context(), payout.CandidatePage{RunID: runID, MinimumMinor: payout.EveryMinimum(1000), Limit: 10})
	require.NoError(t, err)
	require.Equal(t, []payout.Candidate{{Eligible: payout.Eligible{CreatorID: w.CreatorIDs[0], Currency: "USD", AmountMinor: 5000}}}, candidates)
	payoutID = uuid.NewString()
	reserved, err := w.Payouts.Reserve(t.Context(), payout.ReservationRequest{
		PayoutID: payoutID, RunID: runID, CreatorID: w.CreatorIDs[0], Currency: "USD", MinimumMinor: 1000, Now: Now,
	})
	require.NoError(t, err)
	require.Equal(t, int64(5000), reserved.AmountMinor)
	return w, payoutID
}

// Another returns a second campaign in the same database, with a clip of the same first creator.
func (w *World) Another(t dbtest.T, change func(*campaign.Terms)) *World {
	t.Helper()
	other := In(t, w.URL, w.Books, 0, change)
	other.CreatorIDs = w.CreatorIDs
	other.AddClip(t, w.CreatorIDs[0])
	return other
}

// AddClip adds a clip of a creator to the campaign.
func (w *World) AddClip(t dbtest.T, creatorID string) {
	t.Helper()
	id := uuid.NewString()
	w.addClip(t, clip.NewClip{ID: id, CreatorID: creatorID, ExternalID: id})
}

// AddPost adds a clip of a creator with a post of a platform.
func (w *World) AddPost(t dbtest.T, creatorID, externalID string) {
	t.Helper()
	w.addClip(t, clip.NewClip{ID: uuid.NewString(), CreatorID: creatorID, ExternalID: externalID})
}

// Submit adds a clip of the first creator as the API does, as if the campaign had been
// created at another moment.
func (w *World) Submit(t dbtest.T, campaignCreatedAt time.Time) {
	t.Helper()
	submission := clip.Submission{
		CampaignID: w.CampaignID, CampaignCreatedAt: campaignCreatedAt, CreatorID: w.CreatorIDs[0], Ref: clip.Ref{Platform: clip.TikTok, ExternalID: "4711"},
	}
	w.addClip(t, clip.NewClip{ID: submission.ID(), CreatorID: submission.CreatorID, ExternalID: submission.Ref.ExternalID})
}

func (w *World) addClip(t dbtest.T, added clip.NewClip) {
	t.Helper()
	added.CampaignID, added.Platform, added.URL = w.CampaignID, clip.TikTok, "https://example.test"
	_, err := w.Clips.Create(t.Context(), added)
	require.NoError(t, err)
	require.NoError(t, live.Own(t.Context(), w.Books, added.ID))
	w.ClipIDs = append(w.ClipIDs, added.ID)
	if w.posts == nil {
		w.posts = map[string]string{}
	}
	w.posts[added.ID] = added.ExternalID
}

// Move gives the campaign one command after the other.
func (w *World) Move(t dbtest.T, commands ...campaign.Command) {
	t.Helper()
	move := campaign.Move{CampaignID: w.CampaignID, StartsAt: w.Terms.StartsAt, Now: Now}
	require.NoError(t, live.Move(t.Context(), w.Books, move, commands...))
}

// MoveAt gives the campaign a command at a moment.
func (w *World) MoveAt(t dbtest.T, command campaign.Command, at time.Time) {
	t.Helper()
	require.NoError(t, live.Move(t.Context(), w.Books, campaign.Move{CampaignID: w.CampaignID, StartsAt: w.Terms.StartsAt, Now: at}, command))
}

// Reading is what a poll of a clip has counted.
func (w *World) Reading(clipIndex, poll int, count int64) views.Observation {
	return views.Observation{
		CampaignID: w.CampaignID, ClipID: w.ClipIDs[clipIndex], Poll: poll, Provider: "apify", AttemptID: w.AttemptID,
		Reading: views.Reading{Platform: clip.TikTok, ExternalID: cmp.Or(w.posts[w.ClipIDs[clipIndex]], w.ClipIDs[clipIndex]), Views: count, ObservedAt: Now}, Now: Now,
	}
}

// Read records a reading and returns what it earned.
func (w *World) Read(t dbtest.T, clipIndex, poll int, count int64) earnings.Credit {
	t.Helper()
	recorded, err := w.Earnings.RecordReading(t.Context(), w.Reading(clipIndex, poll, count))
	require.NoError(t, err)
	return recorded
}

// Release ends the holds of the usual terms.
func (w *World) Release(t dbtest.T) {
	t.Helper()
	_, err := w.Earnings.ReleaseHolds(t.Context(), Now.Add(2*time.Hour), 1000)
	require.NoError(t, err)
}

// OpenRun opens a payout run of a week that no other test has.
func (w *World) OpenRun(t dbtest.T) (runID string) {
	t.Helper()
	runID, err := w.Payouts.OpenRun(t.Context(), uuid.NewString(), dbtest.Week(), Now)
	require.NoError(t, err)
	return runID
}

// Facts are what decisions about the campaign look at.
func (w *World) Facts(t dbtest.T) campaign.Facts {
	t.Helper()
	standing, err := w.Campaigns.GetStanding(t.Context(), w.CampaignID, 1)
	require.NoError(t, err)
	return standing.Facts
}

// Balance is the balance of an account in the campaign's currency.
func (w *World) Balance(t dbtest.T, account ledger.Account) int64 {
	t.Helper()
	balanceMinor, err := w.Journal.GetBalance(t.Context(), account, w.Terms.Currency)
	require.NoError(t, err)
	return balanceMinor
}

// RequireBooksInOrder requires that every promise of the books holds.
func (w *World) RequireBooksInOrder(t dbtest.T) {
	t.Helper()
	dbtest.RequireBooksInOrder(t, w.Books)
}

// RequireSound requires that the long and the short form of verification find nothing, and
// that so many postings are archived.
func (w *World) RequireSound(t dbtest.T, archived int64) {
	t.Helper()
	whole, err := w.Audit.Verify(t.Context())
	require.NoError(t, err)
	short, err := w.Audit.Check(t.Context())
	require.NoError(t, err)
	require.Empty(t, whole.Findings)
	require.Empty(t, short.Findings)
	require.Equal(t, archived, whole.Checked.Archived)
}
