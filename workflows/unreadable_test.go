package workflows_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/workflows"
)

// unreadableFor has Stripe answer no read of a path from one time of a history to another one, and returns what
// the needs-attention list shows a few hours after the begin, two days after it, and a day after the end.
func (w *world) unreadableFor(t *testing.T, h *history, path string) *[]string {
	t.Helper()
	shown := &[]string{}
	note := func() { *shown = append(*shown, w.attentionReason()) }
	w.script(t, faults.Rule{Method: http.MethodGet, Path: path, Action: faults.ServerError, Count: faults.Forever})
	h.at(5*hour, note)
	h.at(2*days, note)
	h.at(3*days, func() { w.sim.Faults().Remove("") })
	h.at(5*days, note)
	return shown
}

var afterADay = []string{"", "processor_unavailable", ""}

func TestWhatStripeDoesNotShowNeedsAttentionAfterADay(t *testing.T) {
	t.Parallel()
	t.Run("the payment of a campaign", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		shown := b.unreadableFor(t, h, "/v1/payment_intents/*")
		live := b.status(h, 5*days)
		h.ask(6*days, workflows.UpdateTransition, asks(campaign.Complete))

		b.live(h)

		require.Equal(t, afterADay, *shown)
		require.Equal(t, campaign.Live, *live)
	})

	t.Run("the refunds of a campaign", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		shown := b.unreadableFor(t, h, "/v1/refunds")
		h.ask(6*days, workflows.UpdateTransition, asks(campaign.Complete))

		b.live(h)

		require.Equal(t, afterADay, *shown)
	})

	t.Run("the payment of a deposit", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		h := a.begin(t)
		h.SetWorkflowRunTimeout(30 * days)
		shown := a.unreadableFor(t, h, "/v1/payment_intents/*")
		h.at(6*days, func() {})

		result := completed[workflows.DepositResult](h, workflows.Deposit, a.newDeposit(t, 60_000, "pm_card_bypassPending"))

		require.Equal(t, funding.DepositReceived, result.Status)
		require.Equal(t, afterADay[:2], (*shown)[:2])
		require.Empty(t, a.attentionReason())
	})

	t.Run("the refunds of a deposit", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		h := a.begin(t)
		h.SetWorkflowRunTimeout(30 * days)
		shown := a.unreadableFor(t, h, "/v1/refunds")

		result := completed[workflows.DepositResult](h, workflows.Deposit, a.newDeposit(t, 60_000, "pm_card_bypassPending"))

		require.Equal(t, funding.DepositReceived, result.Status)
		require.Equal(t, afterADay[:2], (*shown)[:2])
		require.Empty(t, a.attentionReason())
	})

	t.Run("the refunds of a withdrawal that has ended", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		h := a.begin(t)
		h.SetWorkflowRunTimeout(60 * days)
		var shown *[]string
		h.during("RecordDepositRefund", func() {
			shown = a.unreadableFor(t, h, "/v1/refunds")
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, a.newWithdrawal(50_000))

		require.Equal(t, workflows.WithdrawalResult{Status: funding.WithdrawalCompleted, SentMinor: 50_000}, result)
		require.Equal(t, afterADay[:2], (*shown)[:2])
		require.Empty(t, a.attentionReason())
	})
}
