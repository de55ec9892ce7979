package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/domain/access"
)

func TestOrganizations(t *testing.T) {
	t.Parallel()

	t.Run("are listed page by page, each once", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		admin := w.as(t, w.admin())
		for i := range 4 {
			_, err := admin.CreateOrganizationWithResponse(t.Context(), nil, client.NewOrganization{Name: fmt.Sprint("Brand ", i)})
			require.NoError(t, err)
		}
		size, seen := 2, map[string]bool{}

		params := &client.ListOrganizationsParams{Limit: &size}
		for pages := 1; ; pages++ {
			page, err := admin.ListOrganizationsWithResponse(t.Context(), params)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page.JSON200.Items), size)
			for _, organization := range page.JSON200.Items {
				require.False(t, seen[organization.Id])
				seen[organization.Id] = true
			}
			if params.Cursor = page.JSON200.NextCursor; params.Cursor == nil {
				require.Equal(t, 3, pages)
				break
			}
		}

		require.Len(t, seen, 5)
	})

	t.Run("show a brand its own only", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		_, err := w.as(t, w.admin()).CreateOrganizationWithResponse(t.Context(), nil, client.NewOrganization{Name: "Other"})
		require.NoError(t, err)

		listed, err := w.as(t, w.brand()).ListOrganizationsWithResponse(t.Context(), nil)
		require.NoError(t, err)
		own, err := w.as(t, w.brand()).GetOrganizationWithResponse(t.Context(), w.organizationID)
		require.NoError(t, err)

		require.Equal(t, []client.Organization{*own.JSON200}, listed.JSON200.Items)
	})
}

func TestCreators(t *testing.T) {
	t.Parallel()

	t.Run("sign up under the id of their token", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := uuid.NewString()

		created, err := w.as(t, creatorUser(id)).CreateCreatorWithResponse(t.Context(), nil, client.NewCreator{Handle: "newcomer", StripeAccountId: "acct_new"})
		require.NoError(t, err)
		read, err := w.as(t, creatorUser(id)).GetCreatorWithResponse(t.Context(), id)
		require.NoError(t, err)

		require.Equal(t, id, created.JSON201.Id, string(created.Body))
		require.Equal(t, "newcomer", read.JSON200.Handle)
		require.Empty(t, *read.JSON200.Channels)
	})

	t.Run("register a channel once, whatever its spelling", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		self := w.as(t, w.creatorUser())

		first, err := self.AddChannelWithResponse(t.Context(), w.creatorID, nil, client.NewChannel{Platform: "tiktok", HandleOrId: "@Some.One"})
		require.NoError(t, err)
		again, err := self.AddChannelWithResponse(t.Context(), w.creatorID, nil, client.NewChannel{Platform: "tiktok", HandleOrId: "some.one"})
		require.NoError(t, err)
		read, err := self.GetCreatorWithResponse(t.Context(), w.creatorID)
		require.NoError(t, err)

		require.Equal(t, first.JSON201, again.JSON201)
		require.Equal(t, "some.one", first.JSON201.AuthorId)
		require.Equal(t, []client.Channel{*first.JSON201}, *read.JSON200.Channels)
	})

	for name, bad := range map[string]struct {
		path, body string
		status     int
		code       string
	}{
		"a handle that is taken":          {"/v1/creators", `{"handle":"taken","stripe_account_id":"acct_2"}`, 409, "handle_taken"},
		"an account that is taken":        {"/v1/creators", `{"handle":"other","stripe_account_id":"acct_taken"}`, 409, "stripe_account_taken"},
		"a handle in capitals":            {"/v1/creators", `{"handle":"Other","stripe_account_id":"acct_2"}`, 400, "invalid_request"},
		"what is no account":              {"/v1/creators", `{"handle":"other","stripe_account_id":"cus_2"}`, 400, "invalid_request"},
		"a channel that is taken":         {"/v1/creators/{creator_id}/channels", `{"platform":"tiktok","handle_or_id":"taken"}`, 409, "channel_taken"},
		"a channel on no platform":        {"/v1/creators/{creator_id}/channels", `{"platform":"myspace","handle_or_id":"tom"}`, 400, "unknown_platform"},
		"a channel that cannot be":        {"/v1/creators/{creator_id}/channels", `{"platform":"youtube","handle_or_id":"@tom"}`, 400, "invalid_channel"},
		"a channel of a creator not here": {"/v1/creators/" + uuid.NewString() + "/channels", `{"platform":"tiktok","handle_or_id":"tom"}`, 404, "creator_not_found"},
	} {
		t.Run("refuse "+name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			taken := uuid.NewString()
			_, err := w.store.CreateCreator(t.Context(), db.NewCreator{ID: taken, Handle: "taken", StripeAccountID: "acct_taken"})
			require.NoError(t, err)
			_, err = w.store.AddChannel(t.Context(), db.Channel{ID: uuid.NewString(), CreatorID: taken, Platform: "tiktok", AuthorID: "taken"})
			require.NoError(t, err)

			got := w.send(t, w.admin(), "POST", strings.ReplaceAll(bad.path, "{creator_id}", w.creatorID), bad.body, nil)

			got.requireProblem(t, bad.status, bad.code)
			creators, err := w.store.ListCreators(t.Context(), "", db.Page{Size: 10})
			require.NoError(t, err)
			require.Len(t, creators, 2)
		})
	}
}

func TestParticipations(t *testing.T) {
	t.Parallel()
	apply := func(t *testing.T, w *world, campaignID string) *client.CreateParticipationResponse {
		t.Helper()
		got, err := w.as(t, w.creatorUser()).CreateParticipationWithResponse(t.Context(), campaignID, nil, client.NewParticipation{CreatorId: w.creatorID})
		require.NoError(t, err)
		return got
	}

	t.Run("wait for the brand, whose decision is final", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := w.live(t)
		applied := apply(t, w, campaignID)
		brand := w.as(t, w.brand())

		accepted, err := brand.AcceptParticipationWithResponse(t.Context(), applied.JSON201.Id, nil)
		require.NoError(t, err)
		again, err := brand.AcceptParticipationWithResponse(t.Context(), applied.JSON201.Id, nil)
		require.NoError(t, err)
		rejected, err := brand.RejectParticipationWithResponse(t.Context(), applied.JSON201.Id, nil)
		require.NoError(t, err)

		require.Equal(t, "applied", applied.JSON201.Status)
		require.Equal(t, "accepted", accepted.JSON200.Status)
		require.Equal(t, accepted.JSON200, again.JSON200)
		require.Equal(t, "participation_decided", rejected.ApplicationproblemJSONDefault.Code)
	})

	t.Run("are one a creator and campaign", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := w.live(t)
		apply(t, w, campaignID)

		again := apply(t, w, campaignID)

		require.Equal(t, 409, again.StatusCode())
		require.Equal(t, "already_applied", again.ApplicationproblemJSONDefault.Code)
	})

	t.Run("are accepted at once where the terms say so", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		request := client.NewCampaign{OrganizationId: w.organizationID, Name: "Open", Terms: terms(w.clock.Now().UTC())}
		request.Terms.AutoAcceptCreators = true
		created, err := w.as(t, w.brand()).CreateCampaignWithResponse(t.Context(), nil, request)
		require.NoError(t, err)
		w.move(t, created.JSON201.Id, "submit")
		w.move(t, created.JSON201.Id, "approve")

		applied := apply(t, w, created.JSON201.Id)

		require.Equal(t, "accepted", applied.JSON201.Status)
		require.NotNil(t, applied.JSON201.DecidedAt)
	})

	t.Run("are not taken by a campaign that is over", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := w.live(t)
		w.move(t, campaignID, "complete")

		got := w.send(t, w.admin(), "POST", path("/campaigns/%s/participations", campaignID), jsonOf(t, client.NewParticipation{CreatorId: w.creatorID}), nil)

		got.requireProblem(t, 409, "campaign_not_open")
	})

	t.Run("of others are hidden from creators and foreign brands", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := w.live(t)
		applied := apply(t, w, campaignID)

		asOther, err := w.as(t, creatorUser(w.creator(t))).ListParticipationsWithResponse(t.Context(), campaignID, nil)
		require.NoError(t, err)
		asBrand, err := w.as(t, w.brand()).ListParticipationsWithResponse(t.Context(), campaignID, nil)
		require.NoError(t, err)

		require.Empty(t, asOther.JSON200.Items)
		require.Len(t, asBrand.JSON200.Items, 1)
		w.send(t, w.foreignBrand(), "POST", path("/participations/%s/accept", applied.JSON201.Id), "", nil).
			requireProblem(t, 404, "participation_not_found")
	})
}

func TestLedger(t *testing.T) {
	t.Parallel()

	t.Run("balances to zero and lists accounts by prefix, page by page", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID, _ := w.reserved(t)
		finance := w.as(t, w.finance())
		size, prefix, seen := 1, "creator/"+w.creatorID, map[string]int64{}

		trial, err := finance.GetTrialBalanceWithResponse(t.Context())
		require.NoError(t, err)
		params := &client.ListBalancesParams{Limit: &size, Account: &prefix}
		for range 10 {
			page, err := finance.ListBalancesWithResponse(t.Context(), params)
			require.NoError(t, err)
			for _, balance := range page.JSON200.Items {
				seen[balance.Account] = balance.BalanceMinor
			}
			if params.Cursor = page.JSON200.NextCursor; params.Cursor == nil {
				break
			}
		}

		require.NotEmpty(t, payoutID)
		require.True(t, trial.JSON200.Balanced)
		require.Zero(t, trial.JSON200.Currencies[0].DifferenceMinor)
		require.Positive(t, trial.JSON200.Currencies[0].DebitMinor)
		require.Nil(t, params.Cursor)
		require.Equal(t, map[string]int64{prefix + "/pending": 0, prefix + "/available": 0, prefix + "/in_transit": 2500}, seen)
	})
}

func TestService(t *testing.T) {
	t.Parallel()

	t.Run("publishes its document and a page that needs nothing from elsewhere", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		asJSON := w.sendRaw(t, "GET", "/openapi.json", "", nil)
		asYAML := w.sendRaw(t, "GET", "/openapi.yaml", "", nil)
		page := w.sendRaw(t, "GET", "/docs", "", nil)
		script := w.sendRaw(t, "GET", "/docs/swagger-ui-bundle.js", "", nil)

		require.Contains(t, string(asJSON.body), "https://api.example.test")
		require.Contains(t, string(asYAML.body), "openapi: 3.0.3")
		require.Equal(t, 200, page.status)
		require.NotContains(t, string(page.body), "cdn")
		require.Equal(t, 200, script.status)
	})

	t.Run("is alive and ready", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		require.Equal(t, 200, w.sendRaw(t, "GET", "/healthz", "", nil).status)
		require.Equal(t, 200, w.sendRaw(t, "GET", "/readyz", "", nil).status)
	})

	t.Run("is alive but not ready without its database", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.store.Close()

		require.Equal(t, 200, w.sendRaw(t, "GET", "/healthz", "", nil).status)
		require.GreaterOrEqual(t, w.sendRaw(t, "GET", "/readyz", "", nil).status, 500)
	})

	t.Run("writes one line a request, without addresses, queries or bodies", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		who := access.Principal{UserID: "user-7", Roles: []access.Role{access.Admin}}

		got := w.send(t, who, "POST", path("/creators/%s/channels?x=private-query", w.creatorID), `{"platform":"tiktok","handle_or_id":"private.person"}`, header{"X-Request-Id": "request-12345"})

		require.Equal(t, 201, got.status, string(got.body))
		require.Equal(t, "request-12345", got.header.Get("X-Request-Id"))
		line := w.log.String()
		require.Contains(t, line, `"route":"/v1/creators/:creator_id/channels"`)
		require.Contains(t, line, `"actor":"user-7"`)
		require.Contains(t, line, `"request_id":"request-12345"`)
		require.Contains(t, line, `"status":201`)
		require.NotContains(t, line, "private")
	})

	t.Run("takes no request id that could carry anything else", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		got := w.sendRaw(t, "GET", "/healthz", "", header{"X-Request-Id": "someone@example.test"})

		require.NotEqual(t, "someone@example.test", got.header.Get("X-Request-Id"))
		require.Equal(t, "nosniff", got.header.Get("X-Content-Type-Options"))
	})
}
