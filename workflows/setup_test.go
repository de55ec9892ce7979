package workflows_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	simulator "github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/payments"
	"github.com/creditroll/creditroll/payments/stripe"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// notices read the events that tests store.
var notices = map[string]payments.Notices{"stripe": stripe.Notice, "brightdata": rail.SnapshotNotice}

// start is when every test begins, by the workflows' clock and by Stripe's.
var start = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

const (
	stripeKey = "sk_test_workflows"
	goodBank  = "000123456789"
	noAccount = "000111111116" // refused by the bank
	returning = "000999999991" // paid, then sent back
)

// world is what outlives a workflow: the books, Stripe, and one clock that both follow. A
// second history of the same workflow begins in the same world.
type world struct {
	store          *books.Books
	databaseURL    string
	sim            *simulator.Simulator
	payments       *stripe.Client
	base           string
	clock          *sharedClock
	mishaps        *mishaps
	posts          *posts
	files          activities.Blobs
	organizationID string
	// runsSolvency: the history is of SolvencyGap itself.
	runsSolvency bool
	// verifyAbove has the budgets that need a verified brand.
	verifyAbove campaign.VerifyAbove
}

// sharedClock shows the time of the history that runs now.
type sharedClock struct {
	now  atomic.Pointer[func() time.Time]
	last atomic.Int64
}

func (c *sharedClock) follow(now func() time.Time) { c.now.Store(&now) }

// Now never goes back: a new history begins no earlier than the last one ended.
func (c *sharedClock) Now() time.Time {
	current := (*c.now.Load())().UnixNano()
	for {
		last := c.last.Load()
		if current <= last {
			return time.Unix(0, last).UTC()
		}
		if c.last.CompareAndSwap(last, current) {
			return time.Unix(0, current).UTC()
		}
	}
}

func setup(t *testing.T) *world {
	t.Helper()
	return setupWithDisputeFee(t, 0)
}

func setupWithDisputeFee(t *testing.T, feeMinor int64) *world {
	t.Helper()
	return setupWith(t, start, simulator.Options{
		PayoutTransit: 24 * time.Hour, PayoutReturnAfter: 48 * time.Hour, BankDebitAfter: 72 * time.Hour, RefundTransit: 24 * time.Hour,
		DisputeFeeMinor: feeMinor, FeeBasisPoints: int64(processingFee.BasisPoints), FeeFixedByCurrency: map[string]int64{"usd": processingFee.FixedMinor["USD"]},
	})
}

// setupWith begins at another time, with another Stripe.
func setupWith(t *testing.T, begins time.Time, options simulator.Options) *world {
	t.Helper()
	clock := &sharedClock{}
	clock.follow(func() time.Time { return begins })
	options.Now = clock.Now
	sim, err := simulator.New(options)
	require.NoError(t, err)
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, sim.Close())
	})
	client, err := stripe.New(stripe.Config{APIKey: stripeKey, APIBase: server.URL, HTTPClient: server.Client()})
	require.NoError(t, err)
	databaseURL := dbtest.URL(t)
	w := &world{
		store: dbtest.OpenWith(t, databaseURL, 3), databaseURL: databaseURL, sim: sim, payments: client, base: server.URL, clock: clock,
		mishaps: &mishaps{}, organizationID: uuid.NewString(),
	}
	w.posts = &posts{store: w.store, now: clock.Now, at: begins.Add(-time.Hour), counts: map[string][]count{}}
	_, err = w.store.Campaigns.CreateOrganization(t.Context(), campaigns.NewOrganization{ID: w.organizationID, Name: "Brand"})
	require.NoError(t, err)
	return w
}

// call speaks to the simulator as its control or as an account's owner would.
func (w *world) call(t *testing.T, method, path, account, contentType, body string) map[string]any {
	t.Helper()
	request, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, w.base+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+stripeKey)
	request.Header.Set("Content-Type", contentType)
	if account != "" {
		request.Header.Set("Stripe-Account", account)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	var answer map[string]any
	require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
	require.Equal(t, http.StatusOK, response.StatusCode, "%s %s: %v", method, path, answer)
	return answer
}

func (w *world) control(t *testing.T, path, body string) {
	t.Helper()
	w.call(t, http.MethodPost, "/_sim"+path, "", "application/json", body)
}

func (w *world) post(t *testing.T, path string, form url.Values) map[string]any {
	t.Helper()
	return w.call(t, http.MethodPost, path, "", "application/x-www-form-urlencoded", form.Encode())
}

func bankForm(number string) url.Values {
	return url.Values{
		"external_account[object]": {"bank_account"}, "external_account[country]": {"US"}, "external_account[currency]": {"usd"},
		"external_account[routing_number]": {"110000000"}, "external_account[account_number]": {number},
	}
}

// replaceBank gives a connected account another bank account for its currency.
func (w *world) replaceBank(t *testing.T, account, number string) {
	t.Helper()
	form := bankForm(number)
	form.Set("default_for_currency", "true")
	w.post(t, "/v1/accounts/"+account+"/external_accounts", form)
}

func (w *world) script(t *testing.T, rule faults.Rule) {
	t.Helper()
	_, err := w.sim.Faults().Add(rule)
	require.NoError(t, err)
}

// effects counts what really happened at Stripe.
func (w *world) effects(kind string) int { return len(w.sim.Journal().Entries(0, kind)) }

func (w *world) stripeAvailable(t *testing.T, account string) int64 {
	t.Helper()
	balances, err := w.payments.GetBalance(t.Context(), account)
	require.NoError(t, err)
	for _, balance := range balances {
		if balance.Currency == "USD" {
			return balance.AvailableMinor
		}
	}
	return 0
}

func (w *world) balance(t *testing.T, account ledger.Account) int64 {
	t.Helper()
	balanceMinor, err := w.store.Journal.GetBalance(t.Context(), account, "USD")
	require.NoError(t, err)
	return balanceMinor
}

// disturb changes the database as its owner, past everything that guards it.
func (w *world) disturb(t *testing.T, statement string, args ...any) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	connection, err := pgx.Connect(ctx, w.databaseURL)
	require.NoError(t, err)
	defer func() { require.NoError(t, connection.Close(ctx)) }()
	_, err = connection.Exec(ctx, statement, args...)
	require.NoError(t, err)
}

// requireBooksInOrder holds every promise of the books.
func (w *world) requireBooksInOrder(t *testing.T) {
	t.Helper()
	dbtest.RequireBooksInOrder(t, w.store)
}

// processingFee is what Stripe keeps of each payment here.
var processingFee = campaign.ProcessingFee{BasisPoints: 290, FixedMinor: map[money.Currency]int64{"USD": 30, "EUR": 0, "HUF": 0, "TWD": 0, "KWD": 0}}

// agree changes the terms and adds what the brand pays for the processing.
func agree(t *testing.T, change func(*campaign.Terms)) campaign.Terms {
	t.Helper()
	asked := terms()
	if change != nil {
		change(&asked)
	}
	policy := campaign.Policy{FeeBasisPoints: asked.FeeBasisPoints, PaidBy: campaign.BrandPays, ProcessingFee: processingFee}
	agreed, err := policy.Freeze(campaign.Asked{Terms: asked, ByAdmin: true})
	require.NoError(t, err)
	return agreed
}

// terms are what most brands ask for here: a cent is earned by two views.
func terms() campaign.Terms {
	return campaign.Terms{
		Currency: "USD", BudgetMinor: 100_000, RateMinorPerThousand: 500, Platforms: []clip.Platform{clip.TikTok},
		StartsAt: start.Add(-24 * time.Hour), EndsAt: start.Add(14 * 24 * time.Hour), Hold: duration.Text(time.Hour),
		TrackingWindow: duration.Text(72 * time.Hour), AutoApproveClips: true, Plausibility: live.AnyGrowth,
	}
}

// liveCampaign is on record as funded and live, with its budget at Stripe.
func (w *world) liveCampaign(t *testing.T, change func(*campaign.Terms)) (string, campaign.Terms) {
	t.Helper()
	return w.liveCampaignPaidBy(t, "pm_card_bypassPending", change)
}

func (w *world) liveCampaignPaidBy(t *testing.T, method string, change func(*campaign.Terms)) (string, campaign.Terms) {
	t.Helper()
	ctx, id, agreed := t.Context(), uuid.NewString(), agree(t, change)
	require.NoError(t, w.store.Campaigns.Create(ctx, campaign.NewCampaign{ID: id, OrganizationID: w.organizationID, Name: "Spring", Terms: agreed}))
	funded, err := w.payments.CreateFunding(ctx, rail.FundingRequest{
		CampaignID: id, AmountMinor: agreed.PaymentMinor(), Currency: agreed.Currency, PaymentMethod: method,
		Generation: 1, IdempotencyKey: "campaign/" + id + "/funding/g1",
	})
	require.NoError(t, err)
	require.NoError(t, w.store.Campaigns.SetPaymentIntent(ctx, id, funded.ID))
	require.NoError(t, live.Launch(ctx, w.store, id, live.Payment{ID: funded.ID, FeeMinor: funded.FeeMinor}, w.clock.Now()))
	return id, agreed
}

// creator can be paid: a verified connected account with a bank account, and a channel.
type creator struct {
	id      string
	account string
	handle  string
}

func (w *world) creator(t *testing.T, bank string) creator {
	t.Helper()
	form := bankForm(bank)
	for name, value := range map[string]string{
		"type": "custom", "country": "US", "business_type": "individual", "capabilities[transfers][requested]": "true",
		"settings[payouts][schedule][interval]": "manual",
		"individual[first_name]":                "Jenny", "individual[last_name]": "Rosen", "tos_acceptance[date]": "1700000000",
		"individual[dob][day]": "1", "individual[dob][month]": "1", "individual[dob][year]": "1990",
	} {
		form.Set(name, value)
	}
	id := uuid.NewString()
	made := creator{id: id, account: w.post(t, "/v1/accounts", form)["id"].(string), handle: "handle" + id[:8]}
	_, err := w.store.Clips.CreateCreator(t.Context(), clips.NewCreator{ID: id, Handle: made.handle, PayoutAccount: made.account})
	require.NoError(t, err)
	_, err = live.Prove(t.Context(), w.store, id, clip.TikTok, made.handle)
	require.NoError(t, err)
	return made
}

var nextPost atomic.Int64

// newPost names a post that no other test has.
func newPost() string { return fmt.Sprint(7_000_000_000_000_000_000 + nextPost.Add(1)) }

// earns credits a creator with views of a new clip and releases the hold.
func (w *world) earns(t *testing.T, campaignID string, who creator, count int64) {
	t.Helper()
	ctx, clipID, post, now := t.Context(), uuid.NewString(), newPost(), w.clock.Now()
	_, err := w.store.Clips.Create(ctx, clip.NewClip{ID: clipID, CampaignID: campaignID, CreatorID: who.id, Platform: clip.TikTok, ExternalID: post, URL: "https://example.test"})
	require.NoError(t, err)
	require.NoError(t, live.Own(ctx, w.store, clipID))
	attempt := uuid.NewString()
	require.NoError(t, w.store.Clips.RecordAttempt(ctx, views.Attempt{ID: attempt, Provider: "apify", Platform: "tiktok", Clips: 1, Outcome: "ok", StartedAt: now}))
	_, err = w.store.Earnings.RecordReading(ctx, views.Observation{
		CampaignID: campaignID, ClipID: clipID, Poll: 1, Provider: "apify", AttemptID: attempt,
		Reading: views.Reading{Platform: clip.TikTok, ExternalID: post, Views: count, ObservedAt: now.Add(-2 * time.Hour)}, Now: now.Add(-2 * time.Hour),
	})
	require.NoError(t, err)
	require.NoError(t, w.store.Clips.Move(ctx, clipID, clip.Tracking, ""))
	require.NoError(t, w.store.Clips.Move(ctx, clipID, clip.Finished, ""))
	_, err = w.store.Earnings.ReleaseHolds(ctx, now, 100)
	require.NoError(t, err)
}

// log remembers what workflows told each other.
type log struct {
	mu    sync.Mutex
	lines []string
}

func (l *log) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

func (l *log) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.lines...)
}
