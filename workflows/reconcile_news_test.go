package workflows_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/dispute"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/reconcile"
	"github.com/creditroll/creditroll/workflows"
)

func TestReconcilePassesOn(t *testing.T) {
	t.Parallel()

	t.Run("a dispute of which no webhook told, and finds it booked the next time", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		intent := c.call(t, http.MethodGet, "/v1/payment_intents/"+c.paymentIntent(t), "", "", "")
		opened := c.call(t, http.MethodPost, "/_sim/disputes", "", "application/json", fmt.Sprintf(`{"charge":%q}`, intent["latest_charge"]))
		id := opened["id"].(string)
		c.control(t, "/disputes/"+id+"/lose", `{}`)
		c.later(10 * time.Minute)
		h := c.begin(t)
		h.gone[names.Dispute(id)] = true

		found := completed[workflows.ReconcileResult](h, workflows.Reconcile, workflows.ReconcileInput{Settings: c.settings})
		booked, err := c.store.Campaigns.GetDispute(t.Context(), id)
		require.NoError(t, err)
		again := c.pass(t)

		require.Positive(t, found.Open)
		require.Equal(t, dispute.StatusLost, booked.Status)
		require.Zero(t, again.Open, "%+v", c.open(t))
	})

	t.Run("nothing of a dispute that Stripe does not know", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		require.NoError(t, c.store.Campaigns.RecordDisputeOpened(t.Context(), ledger.Dispute{
			DisputeID: "dp_nowhere", PaymentIntentID: c.paymentIntent(t), CampaignID: c.campaignID, Currency: "USD", AmountMinor: 100, At: c.clock.Now(),
		}))
		c.later(10 * time.Minute)
		h := c.begin(t)

		completed[workflows.ReconcileResult](h, workflows.Reconcile, workflows.ReconcileInput{Settings: c.settings})

		c.requireOne(t, reconcile.MissingThere, "dp_nowhere", "", true)
		require.Empty(t, h.signals.all())
	})

	t.Run("to its campaign a refund that came back without a word", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		refundID := c.failedRefund(t, c.campaignID)
		c.later(10 * time.Minute)
		h := c.begin(t)

		completed[workflows.ReconcileResult](h, workflows.Reconcile, workflows.ReconcileInput{Settings: c.settings})

		c.requireOne(t, reconcile.State, refundID, "campaign/"+c.campaignID, true)
		require.Equal(t, []string{told(c.campaignID)}, h.signals.all())
	})

	t.Run("such a refund of a campaign that has ended, and finds it booked the next time", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.failedRefund(t, c.campaignID)
		c.disturb(t, "UPDATE campaigns SET status = 'closed' WHERE id = $1", c.campaignID)
		c.later(10 * time.Minute)
		h := c.begin(t)
		h.gone[names.Campaign(c.campaignID)] = true

		found := completed[workflows.ReconcileResult](h, workflows.Reconcile, workflows.ReconcileInput{Settings: c.settings})
		again := c.pass(t)

		require.Equal(t, int32(1), found.Open)
		require.Zero(t, again.Open, "%+v", c.open(t))
	})

	t.Run("to the others when it cannot start one of them again", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.failedRefund(t, c.campaignID)
		c.pass(t)
		brokenID, _ := c.liveCampaign(t, nil)
		c.failedRefund(t, brokenID)
		c.disturb(t, `UPDATE campaigns SET status = 'closed', terms = '[]' WHERE id = $1`, brokenID)
		c.later(10 * time.Minute)
		h := c.begin(t)
		h.gone[names.Campaign(brokenID)] = true

		result := completed[workflows.ReconcileResult](h, workflows.Reconcile, workflows.ReconcileInput{Settings: c.settings})

		require.Equal(t, int32(2), result.Open)
		require.Equal(t, []string{told(brokenID), told(c.campaignID)}, h.signals.all())
	})

	t.Run("nothing, and ends well, while it is not known whom it concerns", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.failedRefund(t, c.campaignID)
		c.later(10 * time.Minute)
		c.mishaps.lose("ListMissedEvents", beforeWork, 1_000)
		h := c.begin(t)

		result := completed[workflows.ReconcileResult](h, workflows.Reconcile, workflows.ReconcileInput{Settings: c.settings})

		require.Equal(t, int32(1), result.Blocking)
		require.Empty(t, h.signals.all())
	})

	t.Run("what stands for longer than an hour only when a pass is a whole one", func(t *testing.T) {
		t.Parallel()
		c := setupRecent(t)
		c.failedRefund(t, c.campaignID)
		tell := func(settings workflows.ReconcileSettings) []string {
			t.Helper()
			c.later(10 * time.Minute)
			h := c.begin(t)
			completed[workflows.ReconcileResult](h, workflows.Reconcile, workflows.ReconcileInput{Settings: settings})
			return h.signals.all()
		}

		young := append(tell(c.settings), tell(c.settings)...)
		c.later(time.Hour)
		old, whole := tell(c.settings), tell(c.settings.Whole())

		require.Equal(t, []string{told(c.campaignID), told(c.campaignID)}, young)
		require.Empty(t, old)
		require.Equal(t, []string{told(c.campaignID)}, whole)
		require.Len(t, c.open(t), 1)
	})

	t.Run("nothing while both sides agree", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.later(10 * time.Minute)
		h := c.begin(t)

		completed[workflows.ReconcileResult](h, workflows.Reconcile, workflows.ReconcileInput{Settings: c.settings})

		require.Empty(t, h.signals.all())
	})
}

func told(campaignID string) string {
	return names.Campaign(campaignID) + " " + workflows.SignalStripeChanged
}

// failedRefund is a refund of 10.00 USD that is booked, and came back afterwards.
func (w *world) failedRefund(t *testing.T, campaignID string) string {
	t.Helper()
	standing, err := w.store.Campaigns.GetStanding(t.Context(), campaignID, 0)
	require.NoError(t, err)
	refund, err := w.payments.CreateRefund(t.Context(), rail.RefundRequest{
		CampaignID: campaignID, FundingID: standing.PaymentIntentID, AmountMinor: 1_000, Currency: "USD", IdempotencyKey: "campaign/" + campaignID + "/refund1-g1",
	})
	require.NoError(t, err)
	require.NoError(t, w.store.Campaigns.RecordRefund(t.Context(), ledger.Refund{CampaignID: campaignID, RefundID: refund.ID, Currency: "USD", AmountMinor: 1_000, At: w.clock.Now()}))
	w.control(t, "/refunds/"+refund.ID+"/fail", `{}`)
	return refund.ID
}
