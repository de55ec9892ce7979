package api_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
)

func TestAmendCampaign(t *testing.T) {
	t.Parallel()

	t.Run("moves the end, once for each key, and lists who did it", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.live(t)
		read, err := w.as(t, w.brand()).GetCampaignWithResponse(t.Context(), id)
		require.NoError(t, err)
		later := read.JSON200.Terms.EndsAt.Add(24 * time.Hour)
		key := "prolong-1"

		for range 2 {
			amended, err := w.as(t, w.brand()).AmendCampaignWithResponse(t.Context(), id, &client.AmendCampaignParams{IdempotencyKey: &key}, client.NewAmendment{EndsAt: &later, Reason: "it runs well"})
			require.NoError(t, err)
			require.Equal(t, client.AmendedTerms{Number: 1, BudgetMinor: read.JSON200.Terms.BudgetMinor, EndsAt: later}, *amended.JSON200)
		}

		listed, err := w.as(t, w.finance()).ListAmendmentsWithResponse(t.Context(), id, nil)
		require.NoError(t, err)
		require.Len(t, listed.JSON200.Items, 1)
		require.Equal(t, "it runs well", *listed.JSON200.Items[0].Reason)
		require.Equal(t, read.JSON200.Terms.EndsAt, listed.JSON200.Items[0].EndsBefore)
		require.Equal(t, later, listed.JSON200.Items[0].EndsAfter)
		again, err := w.as(t, w.brand()).GetCampaignWithResponse(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, later, again.JSON200.Terms.EndsAt)
	})

	t.Run("says how much is missing in the organization's balance", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.live(t)

		got := w.send(t, w.brand(), "POST", path("/campaigns/%s/amendments", id), `{"budget_minor":100500}`, nil)

		got.requireProblem(t, 409, "balance_too_low")
		require.Contains(t, string(got.body), "5.00 USD")
	})

	for name, in := range map[string]struct {
		body   string
		status int
		code   string
	}{
		"nothing":             {`{}`, 400, "nothing_changes"},
		"a budget of nothing": {`{"budget_minor":0}`, 400, "invalid_request"},
		"an end in the past":  {`{"ends_at":"2001-01-01T00:00:00Z"}`, 400, "end_not_later"},
		"another rate":        {`{"rate_minor_per_thousand":1}`, 400, "invalid_request"},
		"a time that is none": {`{"ends_at":"tomorrow"}`, 400, "invalid_request"},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			id := w.live(t)

			got := w.send(t, w.brand(), "POST", path("/campaigns/%s/amendments", id), in.body, nil)

			got.requireProblem(t, in.status, in.code)
		})
	}

	t.Run("is not for creators, nor for other brands, to make or to read", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.live(t)
		w.accepted(t, id, w.creatorID)
		address, before := path("/campaigns/%s/amendments", id), w.engine.count()

		for method, body := range map[string]string{"POST": `{"budget_minor":100500}`, "GET": ""} {
			w.send(t, w.creatorUser(), method, address, body, nil).requireProblem(t, 403, "wrong_role")
			w.send(t, w.foreignBrand(), method, address, body, nil).requireProblem(t, 404, "campaign_not_found")
		}
		w.send(t, w.reviewer(), "POST", address, `{"budget_minor":100500}`, nil).requireProblem(t, 403, "wrong_role")

		require.Equal(t, before, w.engine.count())
	})
}
