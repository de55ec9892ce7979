package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/workflows"
)

// settleRefund has two people settle a part of the campaign's refund outside.
func (b *brand) settleRefund(t *testing.T, amountMinor int64) {
	t.Helper()
	propose := b.outsideRefund().input.Proposal
	propose.AmountMinor, propose.Now = amountMinor, b.clock.Now()
	_, err := b.store.Corrections.Propose(t.Context(), propose)
	require.NoError(t, err)
	_, err = b.store.Corrections.Decide(t.Context(), correction.Decision{ID: propose.ID, Approve: true, Actor: "approver", Now: b.clock.Now()})
	require.NoError(t, err)
}

// failed has a history show a failed refund at two hours, so that it waits for half an hour.
func (b *brand) failed(t *testing.T) *history {
	t.Helper()
	h := b.begin(t)
	b.fund(h, "pm_card_pendingRefund")
	h.ask(hour, workflows.UpdateTransition, asks(campaign.Cancel))
	h.at(2*hour, func() {
		b.failRefund(t)
		h.SignalWorkflow(workflows.SignalStripeChanged, nil)
	})
	h.at(2*hour+time.Minute, func() { require.Equal(t, "refund_failed", b.attentionReason()) })
	return h
}

func (b *brand) escrow(t *testing.T) int64 {
	t.Helper()
	return b.balance(t, ledger.CampaignEscrow(b.input.CampaignID))
}

func TestRefundThatFailedEnds(t *testing.T) {
	t.Parallel()
	all := terms().BudgetMinor

	for _, tc := range []struct {
		name    string
		do      func(t *testing.T, b *brand)
		refunds int
		pending time.Duration // a refund of the card is under way for so long
	}{
		{"is settled outside", func(t *testing.T, b *brand) { b.settleRefund(t, all) }, 1, 0},
		{"is made again by a person", func(t *testing.T, b *brand) { b.refundByHand(t, "100000") }, 2, 25 * hour},
	} {
		t.Run("at once when it "+tc.name, func(t *testing.T) {
			t.Parallel()
			b := setupCampaign(t, nil)
			h := b.failed(t)
			h.at(2*hour+2*time.Minute, func() {
				tc.do(t, b)
				h.SignalWorkflow(workflows.SignalStripeChanged, nil)
			})
			h.at(2*hour+3*time.Minute, func() { require.Empty(t, b.attentionReason()) })

			result := b.live(h)

			require.Equal(t, campaign.Cancelled, result.Status)
			require.Equal(t, all, result.RefundedMinor)
			require.Less(t, h.Now().Sub(start), 2*hour+3*time.Minute+tc.pending)
			require.Equal(t, tc.refunds, b.effects("refund.applied"))
			require.Zero(t, b.escrow(t))
			b.requireBooksInOrder(t)
		})

		t.Run("at the next check when it "+tc.name+" and the signal is lost", func(t *testing.T) {
			t.Parallel()
			b := setupCampaign(t, nil)
			h := b.failed(t)
			h.at(2*hour+2*time.Minute, func() { tc.do(t, b) })
			h.at(2*hour+16*time.Minute, func() { require.Empty(t, b.attentionReason()) })

			b.live(h)

			require.Less(t, h.Now().Sub(start), 2*hour+16*time.Minute+tc.pending)
			require.Equal(t, tc.refunds, b.effects("refund.applied"))
			require.Zero(t, b.escrow(t))
			b.requireBooksInOrder(t)
		})
	}

	t.Run("not before its time when only a part is settled, and refunds the rest then", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.failed(t)
		h.at(2*hour+2*time.Minute, func() {
			b.settleRefund(t, 40_000)
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})
		sent, reason := 0, ""
		h.at(2*hour+29*time.Minute, func() { sent, reason = b.effects("refund.applied"), b.attentionReason() })

		result := b.live(h)

		require.Equal(t, 1, sent)
		require.Equal(t, "refund_failed", reason)
		require.Equal(t, all, result.RefundedMinor)
		require.Equal(t, 2, b.effects("refund.applied"))
		require.Zero(t, b.escrow(t))
		b.requireBooksInOrder(t)
	})

	t.Run("and a refund that succeeds after it was settled outside is booked once, as our loss", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "pm_card_pendingRefund")
		h.ask(hour, workflows.UpdateTransition, asks(campaign.Cancel))
		h.at(2*hour, func() {
			b.settleRefund(t, all)
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})

		b.live(h)

		require.Equal(t, 1, b.effects("refund.applied"))
		require.Zero(t, b.escrow(t))
		require.Equal(t, all, b.balance(t, ledger.PlatformLosses))
		require.Zero(t, b.balance(t, ledger.StripePlatform))
		b.requireBooksInOrder(t)
	})

	t.Run("in its time although the history continues as new all the while", func(t *testing.T) {
		t.Parallel()
		b := ended(t)
		b.failRefund(t)
		failedAt := b.clock.Now()

		status, histories := b.continued(t)

		require.Equal(t, campaign.Cancelled, status)
		require.Greater(t, histories, 2)
		require.GreaterOrEqual(t, b.clock.Now().Sub(failedAt), 30*time.Minute, "it has waited")
		require.Less(t, b.clock.Now().Sub(failedAt), 31*time.Minute, "it has waited once")
		b.requireRefundedAgain(t, 2)
	})
}
