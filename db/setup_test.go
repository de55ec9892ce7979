package db_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/views"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var now = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// world is a live, funded campaign with creators and one clip each.
type world struct {
	url        string
	store      *books.Books
	campaignID string
	terms      campaign.Terms
	creators   []string
	clips      []string
	attemptID  string
}

func setup(t *testing.T, creators int, change func(*campaign.Terms)) *world {
	t.Helper()
	url := dbtest.URL(t)
	return setupIn(t, t.Context(), url, dbtest.Open(t, url), creators, change)
}

// setupIn adds a campaign to a database that may have others.
func setupIn(t require.TestingT, ctx context.Context, url string, store *books.Books, creators int, change func(*campaign.Terms)) *world { //nolint:revive // t comes first in every helper of a test
	w := &world{url: url, store: store, campaignID: uuid.NewString(), terms: campaign.Terms{
		Currency: "USD", BudgetMinor: 100_000, RateMinorPerThousand: 500, Platforms: []clip.Platform{clip.TikTok},
		StartsAt: now.Add(-time.Hour), EndsAt: now.Add(1000 * time.Hour), Hold: duration.Text(time.Hour), TrackingWindow: duration.Text(24 * time.Hour),
	}}
	if change != nil {
		change(&w.terms)
	}
	organization, err := w.store.Campaigns.CreateOrganization(ctx, campaigns.NewOrganization{ID: uuid.NewString(), Name: "Brand"})
	require.NoError(t, err)
	require.NoError(t, w.store.Campaigns.Create(ctx, campaign.NewCampaign{ID: w.campaignID, OrganizationID: organization.ID, Name: "c", Terms: w.terms}))
	w.moveIn(t, ctx, campaign.Submit, campaign.Approve)
	require.NoError(t, w.store.Campaigns.RecordFunding(ctx, ledger.Funding{CampaignID: w.campaignID, PaymentIntentID: "pi_" + w.campaignID, Currency: w.terms.Currency, GrossMinor: w.terms.BudgetMinor, FeeMinor: 30, At: now}))
	w.moveIn(t, ctx, campaign.ConfirmFunding, campaign.GoLive)
	w.attemptID = uuid.NewString()
	require.NoError(t, w.store.Clips.RecordAttempt(ctx, views.Attempt{ID: w.attemptID, Provider: "apify", Platform: "tiktok", Clips: 1, Outcome: "ok", StartedAt: now}))
	for range creators {
		id := uuid.NewString()
		_, err := w.store.Clips.CreateCreator(ctx, clips.NewCreator{ID: id, Handle: id, StripeAccountID: "acct_" + id})
		require.NoError(t, err)
		w.creators = append(w.creators, id)
		w.addClip(t, ctx, id)
	}
	return w
}

func (w *world) addClip(t require.TestingT, ctx context.Context, creatorID string) { //nolint:revive // t comes first in every helper of a test
	id := uuid.NewString()
	_, err := w.store.Clips.Create(ctx, clip.NewClip{ID: id, CampaignID: w.campaignID, CreatorID: creatorID, Platform: clip.TikTok, ExternalID: id, URL: "https://example.test"})
	require.NoError(t, err)
	w.clips = append(w.clips, id)
}

func (w *world) move(t *testing.T, command campaign.Command) {
	t.Helper()
	w.moveIn(t, t.Context(), command)
}

func (w *world) moveIn(t require.TestingT, ctx context.Context, commands ...campaign.Command) { //nolint:revive // t comes first in every helper of a test
	for _, command := range commands {
		_, err := w.store.Campaigns.Move(ctx, campaign.Move{CampaignID: w.campaignID, Command: command, StartsAt: w.terms.StartsAt, Now: now})
		require.NoError(t, err)
	}
}

func (w *world) reading(clipIndex, poll int, count int64) views.Observation {
	return views.Observation{
		CampaignID: w.campaignID, ClipID: w.clips[clipIndex], Poll: poll, Provider: "apify", AttemptID: w.attemptID,
		Reading: views.Reading{Views: count, ObservedAt: now}, Now: now,
	}
}

func (w *world) requireBooksInOrder(t *testing.T) {
	t.Helper()
	requireBooksInOrder(t, t.Context(), w.store)
}

func requireBooksInOrder(t require.TestingT, ctx context.Context, store *books.Books) { //nolint:revive // t comes first in every helper of a test
	verified, err := store.Audit.Verify(ctx)
	require.NoError(t, err)
	require.Empty(t, verified.Findings)
}

// openRun opens a payout run of a week that nobody else has.
func (w *world) openRun(t *testing.T) (runID string) {
	t.Helper()
	runID, err := w.store.Payouts.OpenRun(t.Context(), uuid.NewString(), dbtest.Week(), now)
	require.NoError(t, err)
	return runID
}

func (w *world) facts(t *testing.T) campaign.Facts {
	t.Helper()
	standing, err := w.store.Campaigns.GetStanding(t.Context(), w.campaignID, 1)
	require.NoError(t, err)
	return standing.Facts
}

func (w *world) balance(t *testing.T, account ledger.Account) int64 {
	t.Helper()
	balanceMinor, err := w.store.Journal.GetBalance(t.Context(), account, w.terms.Currency)
	require.NoError(t, err)
	return balanceMinor
}

// connect returns a connection of its own.
func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	require.NoError(t, err)
	config.RuntimeParams["application_name"] = testName
	conn, err := pgx.ConnectConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// testName sets sessions of tests apart from those of stores.
const testName = "test"

// member returns the address for an ordinary login that is a member of a role, as in
// production. Roles belong to the cluster and go with it, so each has a name of its own.
func member(t *testing.T, ownerURL, role string) string {
	t.Helper()
	owner := connect(t, ownerURL)
	name := "login_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	_, err := owner.Exec(t.Context(), "CREATE ROLE "+name+" LOGIN PASSWORD 'secret'")
	require.NoError(t, err)
	if role != "" {
		_, err = owner.Exec(t.Context(), "GRANT "+role+" TO "+name)
		require.NoError(t, err)
	}
	address, err := url.Parse(ownerURL)
	require.NoError(t, err)
	address.User = url.UserPassword(name, "secret")
	return address.String()
}

// errorsNil is require.NoError for goroutines that are not the test's own.
func errorsNil(t *testing.T, err error) bool {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
	return err == nil
}

// reservedPayout has one creator with 5,000 available and reserved by a payout.
func reservedPayout(t *testing.T) (*world, string) {
	t.Helper()
	ctx := t.Context()
	w := setup(t, 1, nil)
	_, err := w.store.Earnings.RecordReading(ctx, w.reading(0, 1, 10_000))
	require.NoError(t, err)
	released, err := w.store.Earnings.ReleaseHolds(ctx, now.Add(2*time.Hour), 100)
	require.NoError(t, err)
	require.Equal(t, 1, released)
	runID, err := w.store.Payouts.OpenRun(ctx, uuid.NewString(), "2026-W10", now)
	require.NoError(t, err)
	eligible, err := w.store.Payouts.ListEligible(ctx, payout.EligibleAfter{}, 1000, 10)
	require.NoError(t, err)
	require.Equal(t, []payout.Eligible{{CreatorID: w.creators[0], Currency: "USD", AmountMinor: 5000}}, eligible)
	payoutID := uuid.NewString()
	reserved, err := w.store.Payouts.Reserve(ctx, payout.ReservationRequest{PayoutID: payoutID, RunID: runID, CreatorID: w.creators[0], Currency: "USD", MinimumMinor: 1000, Now: now})
	require.NoError(t, err)
	require.Equal(t, int64(5000), reserved.AmountMinor)
	return w, payoutID
}
