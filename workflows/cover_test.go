package workflows_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/workflows"
)

// setupUncovered has a campaign whose platform bears the processing fee of 29.30 and has no money of
// its own.
func setupUncovered(t *testing.T) (*brand, *history) {
	t.Helper()
	b := setupCampaign(t, nil)
	b.input.Terms.ProcessingFeePaidBy, b.input.Terms.SurchargeMinor = campaign.PlatformPays, 0
	h := b.begin(t)
	b.fund(h, "pm_card_bypassPending")
	return b, h
}

func TestCampaignWaitsForCover(t *testing.T) {
	t.Parallel()

	t.Run("until a top-up that a comparison has booked covers the fee", func(t *testing.T) {
		t.Parallel()
		b, h := setupUncovered(t)
		h.at(5*hour, func() {
			require.Equal(t, campaign.Funded, b.onRecord(t).Status)
			require.Equal(t, "balance_not_covered", b.attentionReason())
			require.Contains(t, h.details(), "29.30 USD short")
			b.topUp(t, 2930)
		})
		h.at(7*hour, func() {
			require.Equal(t, campaign.Funded, b.onRecord(t).Status, "the books do not have it yet")
			b.compare(t, h)
		})
		h.at(9*hour, func() {
			require.Equal(t, campaign.Live, b.onRecord(t).Status)
			require.Empty(t, b.attentionReason())
		})

		b.live(h)

		b.requireBooksInOrder(t)
	})

	t.Run("and books what a person refunds at Stripe in the mean time", func(t *testing.T) {
		t.Parallel()
		b, h := setupUncovered(t)
		h.at(5*hour, func() {
			b.topUp(t, 2930)
			b.refundByHand(t, "40000")
			b.compare(t, h)
		})
		h.at(9*hour, func() {
			require.Equal(t, campaign.Live, b.onRecord(t).Status)
			require.Equal(t, int64(60_000), b.escrow(t))
		})

		b.live(h)

		b.requireBooksInOrder(t)
	})

	t.Run("and is refunded if it is cancelled instead", func(t *testing.T) {
		t.Parallel()
		b, h := setupUncovered(t)
		h.ask(5*hour, workflows.UpdateTransition, asks(campaign.Cancel))
		h.at(6*hour, func() {
			require.Equal(t, campaign.Cancelled, b.onRecord(t).Status)
			require.Equal(t, "balance_not_covered", b.attentionReason())
			require.Contains(t, h.details(), "The unspent budget is to be refunded")
			require.Zero(t, b.effects("refund.applied"), "the other brands would bear the fee")
			b.topUp(t, 2930)
			b.compare(t, h)
		})

		result := b.live(h)

		require.Equal(t, campaign.Cancelled, result.Status)
		require.Equal(t, int64(100_000), result.RefundedMinor)
		require.Less(t, h.Now().Sub(start), 8*hour)
		require.Empty(t, b.attentionReason())
		b.requireBooksInOrder(t)
	})

	t.Run("and its refund is sent at once when a person asks for it after the top-up", func(t *testing.T) {
		t.Parallel()
		b, h := setupUncovered(t)
		h.ask(5*hour, workflows.UpdateTransition, asks(campaign.Cancel))
		h.at(3*days, func() {
			b.topUp(t, 2930)
			b.compare(t, h)
		})
		h.ask(3*days+time.Second, workflows.UpdateRetry, operator())

		result := b.live(h)

		require.Equal(t, int64(100_000), result.RefundedMinor)
		require.Less(t, h.Now().Sub(start), 3*days+2*time.Minute)
	})

	t.Run("and its refund can be settled outside instead", func(t *testing.T) {
		t.Parallel()
		b, h := setupUncovered(t)
		h.ask(5*hour, workflows.UpdateTransition, asks(campaign.Cancel))
		h.at(days, func() {
			b.settleRefund(t, 100_000)
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})

		result := b.live(h)

		require.Equal(t, campaign.Cancelled, result.Status)
		require.Zero(t, b.effects("refund.applied"))
		require.Zero(t, b.escrow(t))
		require.Empty(t, b.attentionReason())
		b.requireBooksInOrder(t)
	})

	t.Run("and is cancelled by rule once its end has passed", func(t *testing.T) {
		t.Parallel()
		b, h := setupUncovered(t)
		b.input.Terms.EndsAt = start.Add(10 * hour)
		h.at(11*hour, func() {
			require.Equal(t, campaign.Cancelled, b.onRecord(t).Status)
			b.topUp(t, 2930)
			b.compare(t, h)
		})

		result := b.live(h)

		require.Equal(t, campaign.Cancelled, result.Status)
		require.Equal(t, int64(100_000), result.RefundedMinor)
	})

	t.Run("and says so when the balance cannot be read", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		b.script(t, faults.Rule{Path: "/v1/balance", Method: http.MethodGet, Action: faults.Refuse, Status: http.StatusForbidden, Code: "account_invalid", Count: 4})
		h.at(hour, func() {
			require.Equal(t, campaign.Funded, b.onRecord(t).Status)
			require.Equal(t, "balance_unreadable", b.attentionReason())
		})
		h.at(3*hour, func() {
			require.Equal(t, campaign.Live, b.onRecord(t).Status)
			require.Empty(t, b.attentionReason())
		})

		b.live(h)
	})

	t.Run("not at all if the brand has paid the fee", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() { require.Equal(t, campaign.Live, b.onRecord(t).Status) })

		b.live(h)
	})
}

// topUp adds money of the platform's own to its balance at Stripe.
func (b *brand) topUp(t *testing.T, amountMinor int64) {
	t.Helper()
	b.control(t, "/topups", fmt.Sprintf(`{"amount_minor":%d}`, amountMinor))
}
