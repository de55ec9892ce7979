package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/campaign"
)

func TestCreateCampaign(t *testing.T) {
	t.Parallel()

	t.Run("takes the platform's fee if none is given, and another one or a shorter hold from an admin", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		ask := client.NewCampaign{OrganizationId: w.organizationID, Name: "Spring", Terms: terms(w.clock.Now().UTC())}
		for code, change := range map[string]func(*client.NewCampaign){
			"fee_not_negotiable": func(c *client.NewCampaign) { c.Terms.FeeBasisPoints = new(250) },
			"hold_too_short":     func(c *client.NewCampaign) { c.Terms.HoldSeconds = 3599 },
		} {
			refused := ask
			change(&refused)
			answer, err := w.as(t, w.brand()).CreateCampaignWithResponse(t.Context(), nil, refused)
			require.NoError(t, err)
			require.Equal(t, http.StatusBadRequest, answer.StatusCode())
			require.Equal(t, code, answer.ApplicationproblemJSONDefault.Code)
		}
		ask.Terms.FeeBasisPoints = nil
		own, err := w.as(t, w.brand()).CreateCampaignWithResponse(t.Context(), nil, ask)
		require.NoError(t, err)
		ask.Terms.FeeBasisPoints, ask.Terms.HoldSeconds = new(250), 0
		agreed, err := w.as(t, w.admin()).CreateCampaignWithResponse(t.Context(), nil, ask)
		require.NoError(t, err)

		ofOwn, err := w.as(t, w.brand()).GetCampaignWithResponse(t.Context(), own.JSON201.Id)
		require.NoError(t, err)
		ofAgreed, err := w.as(t, w.brand()).GetCampaignWithResponse(t.Context(), agreed.JSON201.Id)

		require.NoError(t, err)
		require.Equal(t, 1000, *ofOwn.JSON200.Terms.FeeBasisPoints)
		require.Equal(t, 250, *ofAgreed.JSON200.Terms.FeeBasisPoints)
	})

	t.Run("creates a draft and returns its terms, with the defaults in them", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		given := terms(w.clock.Now().UTC().Truncate(time.Second))
		given.DailyPacingMinor, given.HourlyPacingMinor = 5_000, 1_000
		given.Plausibility = &client.Plausibility{GrowthViewsMin: 700}

		created, err := w.as(t, w.brand()).CreateCampaignWithResponse(t.Context(), nil, client.NewCampaign{
			OrganizationId: w.organizationID, Name: "Spring", Terms: given,
		})
		require.NoError(t, err)
		require.Equal(t, http.StatusCreated, created.StatusCode(), string(created.Body))
		read, err := w.as(t, w.brand()).GetCampaignWithResponse(t.Context(), created.JSON201.Id)

		require.NoError(t, err)
		require.Equal(t, "draft", read.JSON200.Status)
		given.ProcessingFeePaidBy, given.SurchargeMinor, given.PaymentMinor = "brand", 3018, 103_018
		given.ReviewDeadlineSeconds = 72 * 60 * 60 // the default
		given.Plausibility = &client.Plausibility{
			GrowthFactor: 5, GrowthPeriodSeconds: 3_600, GrowthViewsMin: 700, FirstViewsPerHour: 5_000, FirstViewsPerLike: 200,
			StepBasisPoints: 1_000, FallBasisPoints: 2_000, RecheckAfterSeconds: 900,
		}
		require.Equal(t, given, read.JSON200.Terms)
		require.Equal(t, int64(0), *read.JSON200.HeldMinor)
	})

	for name, bad := range map[string]struct {
		change      func(*client.NewCampaign)
		status      int
		code, field string
	}{
		"a negative budget":                          {func(c *client.NewCampaign) { c.Terms.BudgetMinor = -1 }, 400, "budget_not_positive", "terms.budget_minor"},
		"a budget of zero":                           {func(c *client.NewCampaign) { c.Terms.BudgetMinor = 0 }, 400, "budget_not_positive", "terms.budget_minor"},
		"a surcharge of one's own":                   {func(c *client.NewCampaign) { c.Terms.SurchargeMinor = 1 }, 400, "invalid_request", ""},
		"an unknown currency":                        {func(c *client.NewCampaign) { c.Terms.Currency = "ZZZ" }, 400, "unknown_currency", "terms.currency"},
		"a unit of account":                          {func(c *client.NewCampaign) { c.Terms.Currency = "CLF" }, 400, "currency_not_in_use", "terms.currency"},
		"a budget too fine to pay":                   {func(c *client.NewCampaign) { c.Terms.Currency, c.Terms.BudgetMinor = "KWD", 100_001 }, 400, "amount_not_whole_units", "terms.budget_minor"},
		"a currency whose processing fee is not set": {func(c *client.NewCampaign) { c.Terms.Currency = "JPY" }, 400, "processing_fee_unknown", "terms.currency"},
		"a currency in lowercase":                    {func(c *client.NewCampaign) { c.Terms.Currency = "usd" }, 400, "unknown_currency", "terms.currency"},
		"an end before the start":                    {func(c *client.NewCampaign) { c.Terms.EndsAt = c.Terms.StartsAt.Add(-time.Hour) }, 400, "end_before_start", "terms.ends_at"},
		"an end in the past": {func(c *client.NewCampaign) {
			c.Terms.StartsAt, c.Terms.EndsAt = time.Unix(0, 0), time.Unix(1, 0)
		}, 400, "end_in_the_past", "terms.ends_at"},
		"an hourly pace below zero":    {func(c *client.NewCampaign) { c.Terms.HourlyPacingMinor = -1 }, 400, "limit_out_of_range", "terms.hourly_pacing_minor"},
		"an unknown platform":          {func(c *client.NewCampaign) { c.Terms.Platforms = []string{"myspace"} }, 400, "unknown_platform", "terms.platforms"},
		"no platform":                  {func(c *client.NewCampaign) { c.Terms.Platforms = []string{} }, 400, "no_platforms", "terms.platforms"},
		"a hold beyond all time":       {func(c *client.NewCampaign) { c.Terms.HoldSeconds = 1 << 62 }, 400, "hold_out_of_range", "terms.hold_seconds"},
		"a hold before all time":       {func(c *client.NewCampaign) { c.Terms.HoldSeconds = -1 << 62 }, 400, "hold_out_of_range", "terms.hold_seconds"},
		"an empty name":                {func(c *client.NewCampaign) { c.Name = "" }, 400, "invalid_request", "name"},
		"a name of spaces":             {func(c *client.NewCampaign) { c.Name = "  " }, 400, "invalid_request", "name"},
		"a name with a zero character": {func(c *client.NewCampaign) { c.Name = "a\x00b" }, 400, "malformed_json", ""},
		"an endless name":              {func(c *client.NewCampaign) { c.Name = strings.Repeat("x", 201) }, 400, "invalid_request", "name"},
		"a malformed organization":     {func(c *client.NewCampaign) { c.OrganizationId = "1" }, 400, "malformed_id", "organization_id"},
		"an unknown organization":      {func(c *client.NewCampaign) { c.OrganizationId = uuid.NewString() }, 404, "organization_not_found", ""},
	} {
		t.Run("refuses "+name+" and changes nothing", func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			request := client.NewCampaign{OrganizationId: w.organizationID, Name: "Spring", Terms: terms(w.clock.Now().UTC())}
			bad.change(&request)

			got := w.send(t, w.admin(), "POST", path("/campaigns"), jsonOf(t, request), nil)

			got.requireProblem(t, bad.status, bad.code)
			if bad.field != "" {
				require.Equal(t, bad.field, *got.problem.Field)
			}
			require.Empty(t, w.campaigns(t))
		})
	}
}

func TestMalformedRequests(t *testing.T) {
	t.Parallel()
	w := setup(t)
	good := jsonOf(t, client.NewCampaign{OrganizationId: w.organizationID, Name: "Spring", Terms: terms(w.clock.Now().UTC())})

	for name, bad := range map[string]struct {
		method, path, body string
		headers            header
		status             int
		code               string
	}{
		"an unknown field":                 {"POST", "/v1/campaigns", `{"surprise":1,` + good[1:], nil, 400, "invalid_request"},
		"an unknown field of the terms":    {"POST", "/v1/campaigns", strings.Replace(good, `"terms":{`, `"terms":{"surprise":1,`, 1), nil, 400, "invalid_request"},
		"a field in capitals":              {"POST", "/v1/campaigns", strings.Replace(good, `"name"`, `"Name"`, 1), nil, 400, "invalid_request"},
		"a number as text":                 {"POST", "/v1/campaigns", strings.Replace(good, `100000`, `"100000"`, 1), nil, 400, "invalid_request"},
		"half a cent":                      {"POST", "/v1/campaigns", strings.Replace(good, `100000`, `100000.5`, 1), nil, 400, "invalid_request"},
		"a number that does not fit":       {"POST", "/v1/campaigns", strings.Replace(good, `100000`, `99999999999999999999`, 1), nil, 400, ""},
		"a list instead of an object":      {"POST", "/v1/campaigns", `[]`, nil, 400, "invalid_request"},
		"no body":                          {"POST", "/v1/campaigns", ``, nil, 400, "invalid_request"},
		"JSON that ends too early":         {"POST", "/v1/campaigns", good[:len(good)-1], nil, 400, "malformed_json"},
		"JSON followed by more":            {"POST", "/v1/campaigns", good + "{}", nil, 400, "malformed_json"},
		"a form":                           {"POST", "/v1/campaigns", good, header{"Content-Type": "application/x-www-form-urlencoded"}, 415, "unsupported_content_type"},
		"no content type":                  {"POST", "/v1/campaigns", good, header{"Content-Type": ""}, 415, "unsupported_content_type"},
		"a body of more than a mebibyte":   {"POST", "/v1/campaigns", `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, nil, 413, "body_too_large"},
		"a body where none is allowed":     {"POST", "/v1/participations/" + uuid.NewString() + "/accept", `{}`, nil, 400, "unexpected_body"},
		"an id that is not a UUID":         {"GET", "/v1/campaigns/1", ``, nil, 400, "malformed_id"},
		"an id in capitals":                {"GET", "/v1/campaigns/" + strings.ToUpper(uuid.NewString()), ``, nil, 400, "malformed_id"},
		"an unknown status":                {"GET", "/v1/campaigns?status=happy", ``, nil, 400, "invalid_request"},
		"a limit above the maximum":        {"GET", "/v1/campaigns?limit=100000", ``, nil, 400, "invalid_request"},
		"a limit of zero":                  {"GET", "/v1/campaigns?limit=0", ``, nil, 400, "invalid_request"},
		"a limit that is not a number":     {"GET", "/v1/campaigns?limit=many", ``, nil, 400, "invalid_request"},
		"a made-up cursor":                 {"GET", "/v1/campaigns?cursor=abc", ``, nil, 400, "malformed_cursor"},
		"a cursor of another list":         {"GET", "/v1/campaigns?cursor=MjAyNi1XMTA", ``, nil, 400, "malformed_cursor"},
		"a key with spaces":                {"POST", "/v1/campaigns", good, header{"Idempotency-Key": "a b"}, 400, "invalid_request"},
		"an endless key":                   {"POST", "/v1/campaigns", good, header{"Idempotency-Key": strings.Repeat("k", 256)}, 400, "invalid_request"},
		"an unknown address":               {"GET", "/v1/nothing", ``, nil, 404, "route_not_found"},
		"an unsupported method":            {"DELETE", "/v1/campaigns", ``, nil, 405, "method_not_allowed"},
		"an unknown campaign":              {"GET", "/v1/campaigns/" + uuid.NewString(), ``, nil, 404, "campaign_not_found"},
		"a command to an unknown campaign": {"POST", "/v1/campaigns/" + uuid.NewString() + "/cancel", ``, nil, 404, "campaign_not_found"},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()

			got := w.send(t, w.admin(), bad.method, bad.path, bad.body, bad.headers)

			if bad.code == "" {
				bad.code = got.problem.Code
			}
			got.requireProblem(t, bad.status, bad.code)
			require.Empty(t, w.campaigns(t))
			require.Zero(t, w.engine.count())
		})
	}

	t.Run("names the allowed methods", func(t *testing.T) {
		t.Parallel()

		got := w.send(t, w.admin(), "DELETE", "/v1/campaigns", "", nil)

		require.Contains(t, got.header.Get("Allow"), "POST")
	})

	t.Run("names the missing field", func(t *testing.T) {
		t.Parallel()

		got := w.send(t, w.admin(), "POST", "/v1/organizations", "{}", nil)

		got.requireProblem(t, 400, "invalid_request")
		require.Equal(t, "name", *got.problem.Field)
	})
}

func TestCommandCampaign(t *testing.T) {
	t.Parallel()

	t.Run("moves it, with or without a reason", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.draft(t)

		submitted := w.send(t, w.brand(), "POST", path("/campaigns/%s/submit", id), "", nil)
		approved, err := w.as(t, w.reviewer()).ApproveCampaignWithResponse(t.Context(), id, nil, client.OptionalReason{Reason: "fine"})

		require.NoError(t, err)
		require.JSONEq(t, jsonOf(t, client.CampaignState{Id: id, Status: "reviewing"}), string(submitted.body))
		require.Equal(t, "approved", approved.JSON200.Status)
		require.Equal(t, campaign.Approved, w.campaigns(t)[0].Status)
	})

	t.Run("returns the engine's conflict", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.draft(t)

		got := w.send(t, w.brand(), "POST", path("/campaigns/%s/pause", id), "", nil)

		got.requireProblem(t, 409, "illegal_transition")
		require.Equal(t, campaign.Draft, w.campaigns(t)[0].Status)
	})

	t.Run("funds it and gives the secret to the payer only", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.draft(t)

		waiting, err := w.as(t, w.brand()).FundCampaignWithResponse(t.Context(), id, nil, client.FundingRequest{})
		require.NoError(t, err)
		paid, err := w.as(t, w.brand()).FundCampaignWithResponse(t.Context(), id, nil, client.FundingRequest{PaymentMethod: "pm_card"})

		require.NoError(t, err)
		require.Equal(t, "pi_"+id+"_secret_x", *waiting.JSON200.ClientSecret)
		require.Nil(t, paid.JSON200.ClientSecret)
		require.NotContains(t, w.log.String(), "_secret_")
	})
}
