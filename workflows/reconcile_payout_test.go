package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/reconcile"
	"github.com/creditroll/creditroll/workflows"
)

func TestReconcileNotifiesPayouts(t *testing.T) {
	t.Parallel()
	// cameBack is a bank payout that is booked as paid, and was returned without a webhook.
	cameBack := func(t *testing.T, c *compared) (payoutID string) {
		t.Helper()
		intent, id := c.accepted(t)
		c.control(t, "/payouts/"+id+"/pay", `{}`)
		require.NoError(t, c.store.Payouts.RecordBankPayoutPaid(t.Context(), c.result(intent, id)))
		c.pass(t)
		c.control(t, "/payouts/"+id+"/fail", `{"failure_code":"account_closed"}`)
		c.pass(t) // sees the change, which is too fresh to be a difference
		c.later(10 * time.Minute)
		return intent.PayoutID
	}
	settings := func(c *compared) workflows.ReconcileInput {
		settings := c.settings
		settings.Payout = policy()
		return workflows.ReconcileInput{Settings: settings}
	}

	t.Run("that differ: one whose workflow has ended is started again", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		payoutID := cameBack(t, c)
		h := c.begin(t)
		h.gone[names.Payout(payoutID)] = true
		started := h.reopened()

		completed[workflows.ReconcileResult](h, workflows.Reconcile, settings(c))

		require.Len(t, *started, 1)
		require.Equal(t, payoutID, (*started)[0].PayoutID)
		require.Equal(t, policy(), (*started)[0].Policy)
	})

	t.Run("that differ: one whose workflow runs is signalled", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		payoutID := cameBack(t, c)
		h := c.begin(t)
		started := h.reopened()

		completed[workflows.ReconcileResult](h, workflows.Reconcile, settings(c))

		require.Empty(t, *started)
		require.Equal(t, []string{names.Payout(payoutID) + " stripe_changed"}, h.signals.all())
	})

	t.Run("and ends well for one that the books do not have, or cannot be read", func(t *testing.T) {
		t.Parallel()
		for _, payoutID := range []string{uuid.NewString(), "not-an-id"} {
			c := setupPasses(t)
			_, err := c.payments.CreateTransfer(t.Context(), rail.TransferRequest{
				PayoutID: payoutID, AmountMinor: 100, Currency: "USD", Account: c.creator.account, Generation: 1, IdempotencyKey: "stray",
			})
			require.NoError(t, err)
			c.later(10 * time.Minute)
			h := c.begin(t)
			h.gone[names.Payout(payoutID)] = true
			started := h.reopened()

			result := completed[workflows.ReconcileResult](h, workflows.Reconcile, settings(c))

			require.Positive(t, result.Open)
			require.Empty(t, *started)
		}
	})

	t.Run("not when only an amount differs, which no workflow can settle", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		intent := c.reserve(t)
		id := c.sendTransfer(t, intent, func(r *rail.TransferRequest) { r.AmountMinor -= 100 })
		require.NoError(t, c.store.Payouts.RecordTransferred(t.Context(), c.result(intent, id)))
		c.later(10 * time.Minute)
		h := c.begin(t)

		completed[workflows.ReconcileResult](h, workflows.Reconcile, settings(c))

		require.NotEmpty(t, c.open(t))
		require.Equal(t, reconcile.Amount, c.open(t)[0].Class)
		require.Empty(t, h.signals.all())
	})
}
