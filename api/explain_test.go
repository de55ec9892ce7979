package api_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/domain/payout"
)

func TestExplanations(t *testing.T) {
	t.Parallel()

	t.Run("follow a payout to the reading that earned it", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID, _ := w.reserved(t)

		got, err := w.as(t, w.finance()).ExplainPayoutWithResponse(t.Context(), payoutID, nil)

		require.NoError(t, err)
		require.Equal(t, 200, got.StatusCode(), string(got.Body))
		x := got.JSON200
		require.Zero(t, x.DifferenceMinor)
		require.Equal(t, int64(2500), x.Payout.AmountMinor)
		require.Len(t, x.Lines, 1)
		require.Equal(t, int64(500), x.Lines[0].Terms.RateMinorPerThousand)
		require.Len(t, x.Items, 1)
		require.Equal(t, int64(2500), x.Items[0].AmountMinor)
		accrual := x.Items[0].Accrual
		require.Equal(t, int64(5000), accrual.Views)
		require.Equal(t, []int64{0, 5000}, []int64{accrual.CreditedViewsBefore, accrual.CreditedViewsAfter})
		require.Equal(t, "apify", accrual.Attempt.Provider)
		require.NotNil(t, accrual.Attempt.CostMicros)
		require.Len(t, x.Entries, 1)
		require.Nil(t, x.NextCursor)
		requireOK(t, x.Checks)
	})

	t.Run("are the same document for the command line", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID, _ := w.reserved(t)
		campaignID := w.campaigns(t)[0].ID
		explained, err := w.store.Audit.ExplainPayout(t.Context(), payoutID, db.Page{Size: 50})
		require.NoError(t, err)
		spending, err := w.store.Audit.ExplainCampaign(t.Context(), campaignID, db.Page{Size: 50})
		require.NoError(t, err)
		balances, err := w.store.Audit.ExplainCreator(t.Context(), w.creatorID, "")
		require.NoError(t, err)

		for where, document := range map[string]any{
			path("/payouts/%s/explain", payoutID):     api.PayoutDocument(explained),
			path("/campaigns/%s/explain", campaignID): api.CampaignDocument(spending),
			path("/creators/%s/explain", w.creatorID): api.CreatorDocument(balances),
		} {
			got := w.send(t, w.finance(), "GET", where, "", nil)

			require.Equal(t, 200, got.status, string(got.body))
			encoded, err := json.Marshal(document)
			require.NoError(t, err)
			require.JSONEq(t, string(encoded), string(got.body))
		}
	})

	t.Run("list single items page by page", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := w.joined(t)
		w.observe(t, campaignID, w.submit(t, campaignID, tiktokPost).JSON201.Id, 1000, 2000, 3000)
		size := int32(2)

		first, err := w.as(t, w.finance()).ExplainCampaignWithResponse(t.Context(), campaignID, &client.ExplainCampaignParams{Limit: &size})
		require.NoError(t, err)
		second, err := w.as(t, w.finance()).ExplainCampaignWithResponse(t.Context(), campaignID, &client.ExplainCampaignParams{Limit: &size, Cursor: first.JSON200.NextCursor})

		require.NoError(t, err)
		require.Len(t, first.JSON200.Accruals, 2)
		require.Len(t, second.JSON200.Accruals, 1)
		require.Nil(t, second.JSON200.NextCursor)
		require.Equal(t, int64(1500), second.JSON200.Accruals[0].ClipGrossAfterMinor)
		require.Equal(t, int64(1500), second.JSON200.Spent.SpentMinor)
		requireOK(t, second.JSON200.Checks)
		got := w.send(t, w.finance(), "GET", path("/payouts/%s/explain?cursor=%s", w.reservedHere(t), *first.JSON200.NextCursor), "", nil)
		got.requireProblem(t, 400, "malformed_cursor")
	})

	t.Run("show creators their own, without the costs of providers", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID, _ := w.reserved(t)
		other := creatorUser(w.creator(t))

		mine, err := w.as(t, w.creatorUser()).ExplainPayoutWithResponse(t.Context(), payoutID, nil)
		require.NoError(t, err)
		balances, err := w.as(t, w.creatorUser()).ExplainCreatorWithResponse(t.Context(), w.creatorID, nil)
		require.NoError(t, err)

		require.Equal(t, 200, mine.StatusCode(), string(mine.Body))
		require.Nil(t, mine.JSON200.Items[0].Accrual.Attempt.CostMicros)
		require.Len(t, balances.JSON200.Currencies, 1)
		require.Zero(t, balances.JSON200.Currencies[0].DifferenceMinor)
		requireOK(t, balances.JSON200.Currencies[0].Checks)
		w.send(t, other, "GET", path("/payouts/%s/explain", payoutID), "", nil).requireProblem(t, 404, "payout_not_found")
		w.send(t, other, "GET", path("/creators/%s/explain", w.creatorID), "", nil).requireProblem(t, 404, "creator_not_found")
		w.send(t, w.creatorUser(), "GET", path("/campaigns/%s/explain", w.campaigns(t)[0].ID), "", nil).requireProblem(t, 403, "wrong_role")
		w.send(t, w.reviewer(), "GET", path("/creators/%s/explain", w.creatorID), "", nil).requireProblem(t, 403, "wrong_role")
	})

	t.Run("show brands their own campaigns", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		_, _ = w.reserved(t)
		where := path("/campaigns/%s/explain", w.campaigns(t)[0].ID)

		got := w.send(t, w.brand(), "GET", where, "", nil)

		require.Equal(t, 200, got.status, string(got.body))
		w.send(t, w.foreignBrand(), "GET", where, "", nil).requireProblem(t, 404, "campaign_not_found")
		w.send(t, w.brand(), "GET", path("/payouts/%s/explain", uuid.NewString()), "", nil).requireProblem(t, 403, "wrong_role")
	})

	t.Run("refuse unknown and malformed ids", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		w.send(t, w.finance(), "GET", path("/payouts/%s/explain", uuid.NewString()), "", nil).requireProblem(t, 404, "payout_not_found")
		w.send(t, w.finance(), "GET", path("/campaigns/%s/explain", uuid.NewString()), "", nil).requireProblem(t, 404, "campaign_not_found")
		w.send(t, w.finance(), "GET", path("/creators/%s/explain", uuid.NewString()), "", nil).requireProblem(t, 404, "creator_not_found")
		w.send(t, w.finance(), "GET", path("/payouts/7/explain"), "", nil).requireProblem(t, 400, "malformed_id")
		w.send(t, w.finance(), "GET", path("/creators/%s/explain?currency=ABC", w.creatorID), "", nil).requireProblem(t, 400, "unknown_currency")
	})
}

// reservedHere is a payout of the earnings of the world's creator.
func (w *world) reservedHere(t *testing.T) string {
	t.Helper()
	later := w.clock.Now().Add(2 * time.Hour)
	_, err := w.store.Earnings.ReleaseHolds(t.Context(), later, 100)
	require.NoError(t, err)
	runID, err := w.store.Payouts.OpenRun(t.Context(), uuid.NewString(), "2026-W11", time.Now())
	require.NoError(t, err)
	id := uuid.NewString()
	_, err = w.store.Payouts.Reserve(t.Context(), payout.ReservationRequest{
		PayoutID: id, RunID: runID, CreatorID: w.creatorID, Currency: "USD", MinimumMinor: 1000, Now: later,
	})
	require.NoError(t, err)
	return id
}

func requireOK(t *testing.T, checks []client.Check) {
	t.Helper()
	require.NotEmpty(t, checks)
	for _, check := range checks {
		require.True(t, check.Ok, check.Name+": "+check.Says)
	}
}
