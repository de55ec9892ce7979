package stripe_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"

	stripesim "github.com/creditroll/creditroll/devstack/simulators/stripe"
)

func TestPaymentIntents(t *testing.T) {
	t.Parallel()

	t.Run("a valid card succeeds at once; its money, less the fee, is pending and then available", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(o *stripesim.Options) { o.AvailableAfter = 48 * time.Hour })

		intent := b.fund(100_00, "pm_card_visa")

		require.Equal(t, stripe.PaymentIntentStatusSucceeded, intent.Status)
		require.Equal(t, int64(100_00), intent.AmountReceived)
		require.Equal(t, "c1", intent.Metadata["campaign_id"])
		booked := intent.LatestCharge.BalanceTransaction
		require.Equal(t, int64(100_00), booked.Amount)
		require.Equal(t, int64(3_20), booked.Fee)
		require.Equal(t, int64(96_80), booked.Net)
		require.Equal(t, b.sim.Now().Add(48*time.Hour).Unix(), booked.AvailableOn)
		require.Equal(t, stripe.BalanceTransactionStatusPending, booked.Status)
		available, pending := b.balance("")
		require.Zero(t, available)
		require.Equal(t, int64(96_80), pending)

		b.sim.Advance(48 * time.Hour)

		available, pending = b.balance("")
		require.Equal(t, int64(96_80), available)
		require.Zero(t, pending)
	})

	t.Run("a bypassing card is available at once", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(o *stripesim.Options) { o.AvailableAfter = 48 * time.Hour })

		b.fund(100_00, "pm_card_bypassPending")

		b.requireAvailable("", 96_80)
	})

	t.Run("a card that needs its payer succeeds, fails or is canceled at the bank's page", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		begin := func() *stripe.PaymentIntent {
			intent := b.fund(100_00, "pm_card_authenticationRequired")
			require.Equal(t, stripe.PaymentIntentStatusRequiresAction, intent.Status)
			require.NotNil(t, intent.NextAction)
			require.Nil(t, intent.LatestCharge)
			return intent
		}

		paid, failed, canceled := begin(), begin(), begin()
		b.requireAvailable("", 0)
		b.control("POST", "payment_intents/"+paid.ID+"/succeed", map[string]any{}, nil)
		b.control("POST", "payment_intents/"+failed.ID+"/fail", map[string]any{}, nil)
		_, err := b.api.PaymentIntents.Cancel(canceled.ID, nil)
		require.NoError(t, err)
		offSession := intentParams(100_00, "pm_card_authenticationRequired")
		offSession.OffSession = stripe.Bool(true)
		_, err = b.api.PaymentIntents.New(offSession)

		requireRefusal(t, err, 402, stripe.ErrorCodeAuthenticationRequired)
		b.requireAvailable("", 96_80)
		again, err := b.api.PaymentIntents.Get(failed.ID, nil)
		require.NoError(t, err)
		require.Equal(t, stripe.PaymentIntentStatusRequiresPaymentMethod, again.Status)
		require.Equal(t, stripe.ErrorCode("payment_intent_authentication_failure"), again.LastPaymentError.Code)
	})

	t.Run("a declined card is a card error, and another card may follow", func(t *testing.T) {
		t.Parallel()
		b := setup(t)

		_, err := b.api.PaymentIntents.New(intentParams(100_00, "pm_card_chargeDeclined"))

		refusal := requireRefusal(t, err, 402, stripe.ErrorCodeCardDeclined)
		require.Equal(t, stripe.ErrorTypeCard, refusal.Type)
		require.Equal(t, stripe.DeclineCode("generic_decline"), refusal.DeclineCode)
		require.NotEmpty(t, refusal.ChargeID)
		require.Equal(t, stripe.PaymentIntentStatusRequiresPaymentMethod, refusal.PaymentIntent.Status)
		b.requireAvailable("", 0)

		intent, err := b.api.PaymentIntents.Confirm(refusal.PaymentIntent.ID, &stripe.PaymentIntentConfirmParams{PaymentMethod: stripe.String("pm_card_visa")})
		require.NoError(t, err)
		require.Equal(t, stripe.PaymentIntentStatusSucceeded, intent.Status)
		b.requireAvailable("", 96_80)
	})

	t.Run("a bank debit stays processing for days and then succeeds", func(t *testing.T) {
		t.Parallel()
		b := setup(t)

		intent := b.fund(100_00, "pm_usBankAccount")
		require.Equal(t, stripe.PaymentIntentStatusProcessing, intent.Status)
		b.requireAvailable("", 0)
		b.sim.Advance(97 * time.Hour)

		after, err := b.api.PaymentIntents.Get(intent.ID, nil)
		require.NoError(t, err)
		require.Equal(t, stripe.PaymentIntentStatusSucceeded, after.Status)
		b.requireAvailable("", 96_80)
	})

	t.Run("a bank debit may fail after days", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		intent := b.fund(100_00, "pm_usBankAccount_insufficientFunds")

		b.sim.Advance(97 * time.Hour)

		after, err := b.api.PaymentIntents.Get(intent.ID, nil)
		require.NoError(t, err)
		require.Equal(t, stripe.PaymentIntentStatusRequiresPaymentMethod, after.Status)
		require.NotNil(t, after.LastPaymentError)
		b.requireAvailable("", 0)
		require.Len(t, b.effects("charge.failed"), 1)
	})

	t.Run("can be created first and confirmed or cancelled later", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		params := intentParams(100_00, "pm_card_visa")
		params.Confirm = nil
		intent, err := b.api.PaymentIntents.New(params)
		require.NoError(t, err)
		require.Equal(t, stripe.PaymentIntentStatusRequiresConfirmation, intent.Status)

		cancelled, err := b.api.PaymentIntents.Cancel(intent.ID, nil)

		require.NoError(t, err)
		require.Equal(t, stripe.PaymentIntentStatusCanceled, cancelled.Status)
		require.NotZero(t, cancelled.CanceledAt)
		_, err = b.api.PaymentIntents.Confirm(intent.ID, nil)
		requireRefusal(t, err, 400, stripe.ErrorCodePaymentIntentUnexpectedState)
	})

	t.Run("is refused below the minimum, above the maximum and with an unknown method", func(t *testing.T) {
		t.Parallel()
		b := setup(t)

		_, err := b.api.PaymentIntents.New(intentParams(49, "pm_card_visa"))
		requireRefusal(t, err, 400, stripe.ErrorCodeAmountTooSmall)
		_, err = b.api.PaymentIntents.New(intentParams(100_000_000, "pm_card_visa"))
		requireRefusal(t, err, 400, stripe.ErrorCodeAmountTooLarge)
		_, err = b.api.PaymentIntents.New(intentParams(100_00, "pm_card_unknown"))
		requireRefusal(t, err, 400, stripe.ErrorCodeResourceMissing)
	})
}

func TestRefunds(t *testing.T) {
	t.Parallel()

	t.Run("returns a part and then the rest, but not more", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		intent := b.fund(50_00, "pm_card_visa")

		part, err := b.api.Refunds.New(&stripe.RefundParams{PaymentIntent: stripe.String(intent.ID), Amount: stripe.Int64(20_00), Metadata: map[string]string{"campaign_id": "c1"}})
		require.NoError(t, err)
		require.Equal(t, stripe.RefundStatusSucceeded, part.Status)
		_, err = b.api.Refunds.New(&stripe.RefundParams{Charge: stripe.String(intent.LatestCharge.ID), Amount: stripe.Int64(30_01)})
		requireRefusal(t, err, 400, "")
		_, err = b.api.Refunds.New(&stripe.RefundParams{Charge: stripe.String(intent.LatestCharge.ID)})
		require.NoError(t, err)
		_, err = b.api.Refunds.New(&stripe.RefundParams{Charge: stripe.String(intent.LatestCharge.ID)})

		requireRefusal(t, err, 400, stripe.ErrorCodeChargeAlreadyRefunded)
		charge, err := b.api.Charges.Get(intent.LatestCharge.ID, nil)
		require.NoError(t, err)
		require.True(t, charge.Refunded)
		b.requireAvailable("", 96_80+48_25-50_00)
		require.Len(t, b.effects("refund.applied"), 2)
		listed := b.api.Refunds.List(&stripe.RefundListParams{PaymentIntent: stripe.String(intent.ID)}).RefundList().Data
		require.Len(t, listed, 2)
	})

	t.Run("to a bank account is pending first", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		intent := b.fund(50_00, "pm_card_pendingRefund")
		refund, err := b.api.Refunds.New(&stripe.RefundParams{PaymentIntent: stripe.String(intent.ID)})
		require.NoError(t, err)
		require.Equal(t, stripe.RefundStatusPending, refund.Status)

		b.sim.Advance(25 * time.Hour)

		after, err := b.api.Refunds.Get(refund.ID, nil)
		require.NoError(t, err)
		require.Equal(t, stripe.RefundStatusSucceeded, after.Status)
	})

	t.Run("that fails later returns the money to the platform", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		intent := b.fund(50_00, "pm_card_refundFail")
		refund, err := b.api.Refunds.New(&stripe.RefundParams{PaymentIntent: stripe.String(intent.ID)})
		require.NoError(t, err)
		require.Equal(t, stripe.RefundStatusSucceeded, refund.Status)

		b.sim.Advance(25 * time.Hour)

		after, err := b.api.Refunds.Get(refund.ID, nil)
		require.NoError(t, err)
		require.Equal(t, stripe.RefundStatusFailed, after.Status)
		require.NotEmpty(t, after.FailureReason)
		require.NotNil(t, after.FailureBalanceTransaction)
		b.requireAvailable("", 96_80+48_25)
	})

	t.Run("is refused when the platform has spent the money", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		intent := b.fund(100_00, "pm_card_visa")
		b.transfer(50_00, b.creator(goodNumber).ID)

		_, err := b.api.Refunds.New(&stripe.RefundParams{PaymentIntent: stripe.String(intent.ID)})

		requireRefusal(t, err, 400, stripe.ErrorCodeBalanceInsufficient)
	})
}

func TestDisputes(t *testing.T) {
	t.Parallel()

	t.Run("takes the amount and a fee, even below zero, and returns the amount when it is won", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		charge := b.fund(100_00, "pm_card_visa").LatestCharge
		b.transfer(90_00, b.creator(goodNumber).ID)

		var opened struct{ ID string }
		b.control(http.MethodPost, "disputes", map[string]any{"charge": charge.ID}, &opened)
		b.requireAvailable("", 6_80-100_00-15_00)
		disputed, err := b.api.Charges.Get(charge.ID, nil)
		require.NoError(t, err)
		require.True(t, disputed.Disputed)
		b.control(http.MethodPost, "disputes/"+opened.ID+"/win", nil, nil)

		won, err := b.api.Disputes.Get(opened.ID, nil)
		require.NoError(t, err)
		require.Equal(t, stripe.DisputeStatusWon, won.Status)
		require.Len(t, won.BalanceTransactions, 2)
		b.requireAvailable("", 6_80-15_00)
	})

	t.Run("evidence with Stripe's test values decides it without the control API", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		intent := b.fund(100_00, "pm_card_createDispute")
		b.sim.Advance(time.Second)
		found := b.api.Disputes.List(&stripe.DisputeListParams{PaymentIntent: stripe.String(intent.ID)}).DisputeList().Data
		require.Len(t, found, 1)

		after, err := b.api.Disputes.Update(found[0].ID, &stripe.DisputeParams{Evidence: &stripe.DisputeEvidenceParams{UncategorizedText: stripe.String("losing_evidence")}})

		require.NoError(t, err)
		require.Equal(t, stripe.DisputeStatusLost, after.Status)
	})
}
