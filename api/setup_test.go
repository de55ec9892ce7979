package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/blobs"
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/payments/stripe"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const webhookSecret = "whsec_of_these_tests"

var keys = api.Keys{{ID: "k2", Secret: bytes.Repeat([]byte("b"), 32)}, {ID: "k1", Secret: bytes.Repeat([]byte("a"), 32)}}

// world is the API with its own database and an engine that writes the commands directly to
// that database.
type world struct {
	store  *books.Books
	server *api.Server
	engine *engine
	files  *blobs.Bucket
	desk   *desk
	url    string
	log    *lines
	clock  *clock

	organizationID string
	creatorID      string
	// plausibility is part of the terms of its campaigns.
	plausibility views.Plausibility
}

func setup(t *testing.T, changes ...func(*api.Config)) *world {
	t.Helper()
	store := dbtest.New(t)
	w := &world{store: store, engine: &engine{store: store}, files: blobs.In(filepath.Join(t.TempDir(), "blobs")), desk: &desk{}, log: &lines{}, clock: &clock{now: time.Now()}, plausibility: live.AnyGrowth}
	config := api.Config{
		CampaignPolicy: campaign.Policy{
			FeeBasisPoints: 1000, HoldMin: time.Hour, PaidBy: campaign.BrandPays,
			ProcessingFee: campaign.ProcessingFee{BasisPoints: 290, FixedMinor: map[money.Currency]int64{"USD": 30, "KWD": 0}},
		},
		Store: store, Engine: w.engine, Payments: w.engine, Onboarding: w.desk, Links: w.engine, Files: w.files, VerifyWebhook: verify, RouteWebhook: stripe.Notice, Keys: keys,
		Logger: slog.New(slog.NewJSONHandler(w.log, nil)), PublicURL: "https://api.example.test", Now: w.clock.Now,
	}
	for _, change := range changes {
		change(&config)
	}
	server, err := api.New(config)
	require.NoError(t, err)
	w.server = server
	listening := httptest.NewServer(server)
	t.Cleanup(func() {
		listening.Close()
		server.Stop(context.WithoutCancel(t.Context()))
	})
	w.url = listening.URL

	organization, err := store.Campaigns.CreateOrganization(t.Context(), campaigns.NewOrganization{ID: uuid.NewString(), Name: "Brand"})
	require.NoError(t, err)
	w.organizationID = organization.ID
	w.creatorID = w.creator(t)
	return w
}

func (w *world) creator(t *testing.T) string {
	t.Helper()
	id := uuid.NewString()
	_, err := w.store.Clips.CreateCreator(t.Context(), clips.NewCreator{ID: id, Handle: "c" + id[:8], PayoutAccount: "acct_" + id[:8]})
	require.NoError(t, err)
	return id
}

// The callers in these tests.
func (w *world) admin() access.Principal {
	return access.Principal{UserID: "user-admin", Roles: []access.Role{access.Admin}}
}

func (w *world) brand() access.Principal {
	return access.Principal{UserID: "user-brand", Roles: []access.Role{access.Brand}, OrganizationID: w.organizationID}
}

func (w *world) foreignBrand() access.Principal {
	return access.Principal{UserID: "user-foreign-brand", Roles: []access.Role{access.Brand}, OrganizationID: uuid.NewString()}
}

func (w *world) creatorUser() access.Principal { return creatorUser(w.creatorID) }

func creatorUser(creatorID string) access.Principal {
	return access.Principal{UserID: "user-" + creatorID, Roles: []access.Role{access.Creator}, CreatorID: creatorID}
}

func (w *world) finance() access.Principal {
	return access.Principal{UserID: "user-finance", Roles: []access.Role{access.Finance}}
}

func (w *world) reviewer() access.Principal {
	return access.Principal{UserID: "user-reviewer", Roles: []access.Role{access.Reviewer}}
}

func (w *world) as(t *testing.T, principal access.Principal) *client.ClientWithResponses {
	t.Helper()
	token := mint(t, principal)
	made, err := client.NewClientWithResponses(w.url, client.WithRequestEditorFn(func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+token)
		return nil
	}))
	require.NoError(t, err)
	return made
}

func mint(t *testing.T, principal access.Principal) string {
	t.Helper()
	token, err := api.MintToken(keys, principal, time.Hour)
	require.NoError(t, err)
	return token
}

// answer is a response, decoded if it is a problem.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	problem client.Problem
}

type header map[string]string

// send makes requests that the generated client cannot make.
func (w *world) send(t *testing.T, principal access.Principal, method, path, body string, headers header) answer {
	t.Helper()
	if headers == nil {
		headers = header{}
	}
	if _, ok := headers["Authorization"]; !ok {
		headers["Authorization"] = "Bearer " + mint(t, principal)
	}
	return w.sendRaw(t, method, path, body, headers)
}

func (w *world) sendRaw(t *testing.T, method, path, body string, headers header) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(body))
	require.NoError(t, err)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	got := answer{status: response.StatusCode, header: response.Header}
	got.body, err = io.ReadAll(response.Body)
	require.NoError(t, err)
	if response.Header.Get("Content-Type") == "application/problem+json" {
		require.NoError(t, json.Unmarshal(got.body, &got.problem))
	}
	return got
}

func (a answer) requireProblem(t *testing.T, status int, code string) {
	t.Helper()
	require.Equal(t, "application/problem+json", a.header.Get("Content-Type"), string(a.body))
	require.Equal(t, code, a.problem.Code, string(a.body))
	require.Equal(t, status, a.status, string(a.body))
	require.Equal(t, status, a.problem.Status)
	require.NotEmpty(t, a.problem.Title)
	require.NotEmpty(t, a.problem.Detail)
	require.Equal(t, a.header.Get("X-Request-Id"), a.problem.RequestId)
}

func (w *world) campaigns(t *testing.T) []campaigns.Campaign {
	t.Helper()
	campaigns, err := w.store.Campaigns.List(t.Context(), campaigns.Filter{}, db.Page{Size: 200})
	require.NoError(t, err)
	return campaigns
}

func terms(now time.Time) client.Terms {
	return client.Terms{
		Currency: "USD", BudgetMinor: 100_000, RateMinorPerThousand: 500, MaxPerClipMinor: 50_000, FeeBasisPoints: new(1000),
		Platforms: []string{"tiktok", "youtube"}, StartsAt: now.Add(-time.Hour), EndsAt: now.Add(1000 * time.Hour),
		HoldSeconds: 3600, TrackingWindowSeconds: 86400,
	}
}

// live is a funded campaign that accepts clips on TikTok and YouTube.
func (w *world) live(t *testing.T) string {
	t.Helper()
	id := w.draft(t)
	require.NoError(t, live.Launch(t.Context(), w.store, id, live.Payment{ID: live.PaymentID(id), FeeMinor: 30}, w.clock.Now()))
	return id
}

func (w *world) draft(t *testing.T) string {
	t.Helper()
	id := uuid.NewString()
	now := w.clock.Now().UTC().Truncate(time.Second)
	require.NoError(t, w.store.Campaigns.Create(t.Context(), campaign.NewCampaign{
		ID: id, OrganizationID: w.organizationID, Name: "Spring", Terms: campaign.Terms{
			Currency: "USD", BudgetMinor: 100_000, RateMinorPerThousand: 500, Platforms: []clip.Platform{clip.TikTok, clip.YouTube},
			StartsAt: now.Add(-time.Hour), EndsAt: now.Add(1000 * time.Hour), Hold: duration.Text(time.Hour), TrackingWindow: duration.Text(24 * time.Hour), Plausibility: w.plausibility,
		},
	}))
	return id
}

func (w *world) move(t *testing.T, campaignID string, command campaign.Command) {
	t.Helper()
	_, err := w.store.Campaigns.Move(t.Context(), campaign.Move{
		CampaignID: campaignID, Command: command, StartsAt: w.clock.Now().Add(-time.Hour), Now: w.clock.Now(),
	})
	require.NoError(t, err)
}

// accepted adds the creator to a campaign, with a channel on TikTok.
func (w *world) accepted(t *testing.T, campaignID, creatorID string) {
	t.Helper()
	_, err := w.store.Campaigns.CreateParticipation(t.Context(), campaigns.NewParticipation{
		ID: uuid.NewString(), CampaignID: campaignID, CreatorID: creatorID, Status: campaign.ParticipationAccepted,
	})
	require.NoError(t, err)
	_, err = live.Prove(t.Context(), w.store, creatorID, clip.TikTok, "a"+creatorID[:8])
	require.NoError(t, err)
}

func jsonOf(t *testing.T, value any) string {
	t.Helper()
	encoded, err := json.Marshal(value)
	require.NoError(t, err)
	return string(encoded)
}

func path(format string, ids ...any) string { return "/v1" + fmt.Sprintf(format, ids...) }
