package stripe_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"

	stripesim "github.com/creditroll/creditroll/devstack/simulators/stripe"
)

const aDay = 24 * time.Hour

// delayed keeps the money of charges pending for two days.
func delayed(o *stripesim.Options) { o.AvailableAfter = 2 * aDay }

func TestRefundWindows(t *testing.T) {
	t.Parallel()

	t.Run("a bank debit is refunded for 180 days and not later; a card has no limit", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		first, second, card := b.fund(100_00, "pm_usBankAccount"), b.fund(100_00, "pm_usBankAccount"), b.fund(100_00, "pm_card_visa")
		b.sim.Advance(180 * aDay)
		_, err := b.api.Refunds.New(&stripe.RefundParams{PaymentIntent: stripe.String(first.ID)})
		require.NoError(t, err)

		b.sim.Advance(time.Second)
		_, err = b.api.Refunds.New(&stripe.RefundParams{PaymentIntent: stripe.String(second.ID)})

		require.Equal(t, "charge", requireRefusal(t, err, 400, stripe.ErrorCodeChargeNotRefundable).Param)
		_, err = b.api.Refunds.New(&stripe.RefundParams{PaymentIntent: stripe.String(card.ID)})
		require.NoError(t, err)
		require.Len(t, b.effects("refund.applied"), 2)
	})

	t.Run("control sets and lifts the limits", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		intent := b.fund(100_00, "pm_card_visa")
		b.control(http.MethodPost, "refund_windows", map[string]any{"card": "1h"}, nil)
		b.sim.Advance(2 * time.Hour)

		_, err := b.api.Refunds.New(&stripe.RefundParams{PaymentIntent: stripe.String(intent.ID)})
		requireRefusal(t, err, 400, stripe.ErrorCodeChargeNotRefundable)
		require.Contains(t, b.refusedControl("refunds", map[string]any{"payment_intent": intent.ID}), "too old", "a person is refused as well")
		b.control(http.MethodPost, "refund_windows", map[string]any{"card": "0"}, nil)
		_, err = b.api.Refunds.New(&stripe.RefundParams{PaymentIntent: stripe.String(intent.ID), Amount: stripe.Int64(1_00)})

		require.NoError(t, err)
		require.Contains(t, b.refusedControl("refund_windows", map[string]any{"card": "-1h"}), "not negative")
	})

	t.Run("an option sets the limit, and it survives a restart", func(t *testing.T) {
		t.Parallel()
		file := t.TempDir() + "/stripe.json"
		keep := func(o *stripesim.Options) { o.StateFile = file }
		before := setup(t, keep, func(o *stripesim.Options) { o.CardRefundWindow = time.Hour })
		intent := before.fund(100_00, "pm_card_visa")
		before.sim.Advance(2 * time.Hour)
		require.NoError(t, before.sim.Close())

		_, err := setup(t, keep).api.Refunds.New(&stripe.RefundParams{PaymentIntent: stripe.String(intent.ID)})

		requireRefusal(t, err, 400, stripe.ErrorCodeChargeNotRefundable)
	})
}

func TestCardGone(t *testing.T) {
	t.Parallel()

	for _, reason := range []stripe.RefundFailureReason{"lost_or_stolen_card", "expired_or_canceled_card"} {
		t.Run("every refund to it fails in the end: "+string(reason), func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			intent := b.fund(100_00, "pm_card_visa")
			b.control(http.MethodPost, "charges/"+intent.LatestCharge.ID+"/card_gone", map[string]any{"reason": reason}, nil)

			for range 2 {
				refund, err := b.api.Refunds.New(&stripe.RefundParams{PaymentIntent: stripe.String(intent.ID), Amount: stripe.Int64(50_00)})
				require.NoError(t, err)
				require.Equal(t, stripe.RefundStatusSucceeded, refund.Status)
				b.sim.Advance(25 * time.Hour)
				after, err := b.api.Refunds.Get(refund.ID, nil)
				require.NoError(t, err)
				require.Equal(t, stripe.RefundStatusFailed, after.Status)
				require.Equal(t, reason, after.FailureReason)
				require.NotNil(t, after.FailureBalanceTransaction)
			}

			b.requireAvailable("", 96_80)
			require.Contains(t, b.eventTypes(""), "refund.failed")
		})
	}

	t.Run("an unknown reason or charge is refused", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		intent := b.fund(100_00, "pm_card_visa")

		require.Contains(t, b.refusedControl("charges/"+intent.LatestCharge.ID+"/card_gone", map[string]any{"reason": "eaten"}), "not a failure reason")
		require.Contains(t, b.refusedControl("charges/ch_no/card_gone", map[string]any{}), "no such object")
	})
}

func TestListLag(t *testing.T) {
	t.Parallel()

	t.Run("lists show an object late, while a read shows it at once", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)
		b.sim.Advance(time.Minute)
		b.control(http.MethodPost, "lists", map[string]any{"lag": "30s"}, nil)
		made, payout := b.transfer(1_00, creator), b.payout(1_00, creator)
		listed := func() []string {
			var ids []string
			for _, transfer := range b.api.Transfers.List(nil).TransferList().Data {
				ids = append(ids, transfer.ID)
			}
			return ids
		}

		_, err := b.api.Transfers.Get(made.ID, nil)
		require.NoError(t, err)
		require.NotContains(t, listed(), made.ID)
		require.Len(t, listed(), 1, "older ones are there")
		require.Empty(t, b.payouts(creator))
		require.NotContains(t, b.eventTypes(creator), "payout.created")
		b.sim.Advance(30 * time.Second)

		require.Contains(t, listed(), made.ID)
		require.Equal(t, payout.ID, b.payouts(creator)[0].ID)
		require.Contains(t, b.eventTypes(creator), "payout.created")
	})

	t.Run("a lag of zero ends it, and one that is no duration is refused", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)
		b.control(http.MethodPost, "lists", map[string]any{"lag": "1h"}, nil)
		require.Empty(t, b.api.Transfers.List(nil).TransferList().Data)
		require.Contains(t, b.refusedControl("lists", map[string]any{"lag": "soon"}), "duration")

		b.control(http.MethodPost, "lists", map[string]any{"lag": "0s"}, nil)

		require.Len(t, b.api.Transfers.List(nil).TransferList().Data, 1)
		require.Empty(t, b.payouts(creator))
	})
}
