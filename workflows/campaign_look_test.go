package workflows_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/workflows"
)

// loseDispute has the brand's bank take the whole payment back for good.
func (b *brand) loseDispute(t *testing.T) {
	t.Helper()
	require.NoError(t, b.store.Campaigns.RecordDisputeOpened(t.Context(), ledger.Dispute{
		DisputeID: "du_1", PaymentIntentID: b.onRecord(t).PaymentIntentID, CampaignID: b.input.CampaignID,
		Currency: "USD", AmountMinor: 100_000, At: b.clock.Now(),
	}))
	require.NoError(t, b.store.Campaigns.RecordDisputeLost(t.Context(), "du_1", b.clock.Now()))
}

func TestLiveCampaignWhoseDisputeIsLost(t *testing.T) {
	t.Parallel()

	t.Run("ends although its history went on as new when it was told", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() {
			b.loseDispute(t)
			h.SetContinueAsNewSuggested(true)
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})

		h.ExecuteWorkflow(workflows.CampaignLifecycle, b.input)
		var next *workflow.ContinueAsNewError
		require.ErrorAs(t, h.GetWorkflowError(), &next)
		carryOver(t, next, &b.input)
		b.requireEndsAtOnce(t)
	})

	t.Run("ends when its process is started again after it was told", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.input.CampaignID, b.input.Terms = b.liveCampaign(t, nil)
		b.loseDispute(t)

		b.requireEndsAtOnce(t)
	})

	t.Run("ends although Stripe could not be read at first", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.input.CampaignID, b.input.Terms = b.liveCampaign(t, nil)
		b.loseDispute(t)
		b.mishaps.lose("ListRefunds", beforeWork, 6)

		b.requireEndsAtOnce(t)
	})

	t.Run("ends although it could not look at its money when it was told", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		refused := 0
		h.OnActivity(activities.ReadCampaignStanding.Name, mock.Anything, mock.Anything).Return(func(ctx context.Context, in activities.StandingOf) (campaign.Standing, error) {
			if refused > 0 {
				refused--
				return campaign.Standing{}, activities.Failure(fault.New(fault.Conflict, "refused", "not now"))
			}
			return b.store.Campaigns.GetStanding(ctx, in.CampaignID, in.PayoutMinimumMinor)
		})
		h.at(hour, func() {
			b.loseDispute(t)
			refused = 1
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})
		ended := b.status(h, 2*hour)

		b.live(h)

		require.Zero(t, refused)
		require.NotEqual(t, campaign.Live, *ended)
	})
}

// requireEndsAtOnce says that the next history of a campaign ends it, and that nothing is
// refunded.
func (b *brand) requireEndsAtOnce(t *testing.T) {
	t.Helper()
	require.Equal(t, campaign.Live, b.onRecord(t).Status)
	h := b.begin(t)
	ended := b.status(h, hour)

	result := b.live(h)

	require.NotEqual(t, campaign.Live, *ended)
	require.Equal(t, campaign.Closed, result.Status)
	require.Zero(t, b.effects("refund.applied"))
	b.requireBooksInOrder(t)
}

// refundByHand gives some of the payment back as a person does in Stripe's dashboard: nothing
// in the refund names the campaign.
func (b *brand) refundByHand(t *testing.T, amountMinor string) {
	t.Helper()
	b.post(t, "/v1/refunds", url.Values{"payment_intent": {b.onRecord(t).PaymentIntentID}, "amount": {amountMinor}})
}

// compare makes a pass that takes everything for settled, and passes on to a history what it
// has to tell.
func (b *brand) compare(t *testing.T, h *history) workflows.ReconcileResult {
	t.Helper()
	defer b.clock.follow(h.Now)
	passing := b.world.begin(t)
	passing.onSignal = func(workflowID, signal string) {
		if workflowID == names.Campaign(b.input.CampaignID) {
			h.at(0, func() { h.SignalWorkflow(signal, nil) })
		}
	}
	return completed[workflows.ReconcileResult](passing, workflows.Reconcile, workflows.ReconcileInput{
		Settings: workflows.ReconcileSettings{Window: duration.Text(8 * days), Grace: duration.Text(-days)},
	})
}

func TestRefundByHand(t *testing.T) {
	t.Parallel()

	t.Run("of a live campaign's payment is found, and booked while the campaign goes on", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		var found, settled workflows.ReconcileResult
		h.at(hour, func() {
			b.refundByHand(t, "4000")
			found = b.compare(t, h)
		})
		h.at(hour+time.Minute, func() {
			require.Equal(t, campaign.Live, b.onRecord(t).Status)
			require.Equal(t, int64(4_000), b.onRecord(t).RefundedMinor)
			settled = b.compare(t, h)
		})
		h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Complete))

		result := b.live(h)

		require.Positive(t, found.Blocking)
		require.Zero(t, settled.Open)
		require.Equal(t, campaign.Closed, result.Status)
		b.requireRefundedAgain(t, 2)
	})

	t.Run("of all that a live campaign had ends it", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() {
			b.refundByHand(t, "100000")
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})
		ended := b.status(h, 2*hour)

		b.live(h)

		require.NotEqual(t, campaign.Live, *ended)
		b.requireRefunded(t, 0)
	})

	t.Run("before the campaign starts is booked when it is told", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, func(agreed *campaign.Terms) { agreed.StartsAt = start.Add(5 * days) })
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() {
			b.refundByHand(t, "4000")
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})
		h.at(2*hour, func() { require.Equal(t, int64(4_000), b.onRecord(t).RefundedMinor) })

		result := b.live(h)

		require.Equal(t, campaign.Closed, result.Status)
		b.requireRefundedAgain(t, 2)
	})

	t.Run("leaves a refund of ours without an answer its key and amount, until it is refused", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/refunds", Contains: "metadata", Action: faults.ResetBefore, Count: 20})
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.ask(hour, workflows.UpdateTransition, asks(campaign.Complete))
		h.at(hour+2*time.Minute, func() {
			require.Zero(t, b.effects("refund.applied"))
			b.refundByHand(t, "4000")
		})

		b.live(h)

		b.requireRefundedAgain(t, 2)
		applied := b.sim.Journal().Entries(0, "refund.applied")
		require.Equal(t, []string{"", "campaign/" + b.input.CampaignID + "/refund1-g2"}, []string{applied[0].IdempotencyKey, applied[1].IdempotencyKey})
	})

	t.Run("of a campaign that has ended is our loss, and booked by its process, which is started again", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		who := b.creator(t, goodBank)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() { b.submit(t, who, 10_000) })
		h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Complete))
		h.at(5*hour, func() { b.settle(t, b.reserve(t, who)) })
		b.live(h)
		b.refundByHand(t, "5000")

		b.live(b.begin(t))

		require.Equal(t, int64(5_000), b.balance(t, ledger.PlatformLosses))
		b.requireBooksInOrder(t)
	})
}
