package corrections_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
)

const convertedPaymentID = "pi_converted"

func outsideConverted(amountMinor int64) correction.Proposal {
	return correction.Proposal{
		ID: uuid.NewString(), Kind: correction.SettleConverted, Currency: "EUR", PaymentIntentID: convertedPaymentID, AmountMinor: amountMinor, ProposedBy: "ann",
		Reason: "the card is gone", Evidence: "the wire of 2 March", Reference: "wire 17", Now: world.Now,
	}
}

// convertedPayment is a payment of 100.00 euros that became 125.00 dollars.
func convertedPayment(t *testing.T) *world.World {
	t.Helper()
	w := world.New(t, 0, nil)
	require.NoError(t, w.Funding.RecordConverted(t.Context(), funding.ConvertedPayment{
		PaymentIntentID: convertedPaymentID, CampaignID: w.CampaignID, AmountMinor: 10_000, Currency: "EUR",
		NetMinor: 12_100, FeeMinor: 400, SettlementCurrency: "USD", At: world.Now,
	}))
	return w
}

// ask freezes the refund of all that is left.
func ask(t *testing.T, w *world.World, previous int) funding.ConvertedStanding {
	t.Helper()
	frozen, err := w.Funding.FreezeConvertedRefund(t.Context(), funding.RefundAsked{PaymentIntentID: convertedPaymentID, Previous: previous, AmountMinor: 10_000, At: world.Now})
	require.NoError(t, err)
	return frozen
}

func end(t *testing.T, w *world.World, number int) {
	t.Helper()
	require.NoError(t, w.Funding.EndConvertedRefund(t.Context(), funding.ConvertedRefundEnd{PaymentIntentID: convertedPaymentID, Number: number}))
}

func TestSettleConvertedPayment(t *testing.T) {
	t.Parallel()

	t.Run("books in parts what the brand received elsewhere, until nothing is left", func(t *testing.T) {
		t.Parallel()
		w := convertedPayment(t)
		ask(t, w, 0)
		end(t, w, 1)

		part := w.Correct(t, outsideConverted(3_333))
		between, err := w.Funding.GetConverted(t.Context(), convertedPaymentID)
		require.NoError(t, err)
		rest := w.Correct(t, outsideConverted(6_667))
		ended, err := w.Funding.GetConverted(t.Context(), convertedPaymentID)
		require.NoError(t, err)

		require.Equal(t, []int64{3_333, 6_667}, []int64{part.CorrectedMinor, rest.CorrectedMinor})
		require.Equal(t, convertedPaymentID, part.PaymentIntentID)
		require.Equal(t, int64(6_667), between.LeftMinor())
		require.Equal(t, int64(4_166), between.ClosedMinor)
		require.Zero(t, ended.LeftMinor())
		require.Zero(t, w.Balance(t, ledger.FXClearing))
		require.Zero(t, w.Balance(t, ledger.ExchangeDifferences))
		require.Equal(t, int64(12_500), w.Balance(t, ledger.PlatformCapital))
		require.Equal(t, ended, ask(t, w, 1), "nothing is left to refund")
		w.RequireBooksInOrder(t)
	})

	t.Run("refuses more than is left, also after the proposal", func(t *testing.T) {
		t.Parallel()
		w := convertedPayment(t)
		_, tooMuch := w.Corrections.Propose(t.Context(), outsideConverted(10_001))
		late := outsideConverted(10_000)
		_, err := w.Corrections.Propose(t.Context(), late)
		require.NoError(t, err)
		w.Correct(t, outsideConverted(100))

		_, refused := w.Corrections.Decide(t.Context(), world.Approve(late.ID))

		require.Equal(t, "above_payment", fault.CodeOf(tooMuch))
		require.Equal(t, "above_payment", fault.CodeOf(refused))
		require.ErrorContains(t, refused, "99.00 EUR")
		w.RequireBooksInOrder(t)
	})

	t.Run("leaves alone what a refund may still bring, and freezes no more than is left", func(t *testing.T) {
		t.Parallel()
		w := convertedPayment(t)
		w.Correct(t, outsideConverted(4_000))
		frozen := ask(t, w, 0)

		_, refused := w.Corrections.Propose(t.Context(), outsideConverted(1))
		require.NoError(t, w.Funding.RecordConvertedRefund(t.Context(), funding.ConvertedRefund{
			PaymentIntentID: convertedPaymentID, RefundID: "re_1", Number: 1, AmountMinor: 5_000, TakenMinor: 6_300, At: world.Now,
		}))
		w.Correct(t, outsideConverted(1_000))

		require.Equal(t, int64(6_000), frozen.RefundMinor)
		require.Equal(t, "above_payment", fault.CodeOf(refused))
		require.ErrorContains(t, refused, "0.00 EUR")
		require.Zero(t, w.Balance(t, ledger.FXClearing))
		w.RequireBooksInOrder(t)
	})

	t.Run("refuses a disputed payment, a returned one, an unknown one, and another currency", func(t *testing.T) {
		t.Parallel()
		w := convertedPayment(t)
		dollars, other := outsideConverted(1), outsideConverted(1)
		dollars.Currency, other.PaymentIntentID = "USD", "pi_unknown"
		_, foreign := w.Corrections.Propose(t.Context(), dollars)
		_, unknown := w.Corrections.Propose(t.Context(), other)
		waiting := outsideConverted(1)
		_, err := w.Corrections.Propose(t.Context(), waiting)
		require.NoError(t, err)
		require.NoError(t, w.Funding.RecordConvertedDisputeOpened(t.Context(), ledger.Dispute{
			DisputeID: "dp_1", PaymentIntentID: convertedPaymentID, Currency: "USD", AmountMinor: 12_500, PaymentMinor: 10_000, At: world.Now,
		}))
		_, disputed := w.Corrections.Decide(t.Context(), world.Approve(waiting.ID))

		whole := convertedPayment(t)
		whole.Correct(t, outsideConverted(10_000))
		_, returned := whole.Corrections.Propose(t.Context(), outsideConverted(1))

		require.Equal(t, "wrong_currency", fault.CodeOf(foreign))
		require.Equal(t, "payment_not_found", fault.CodeOf(unknown))
		require.Equal(t, "payment_disputed", fault.CodeOf(disputed))
		require.Equal(t, "payment_returned", fault.CodeOf(returned))
	})

	t.Run("is compared with the journal", func(t *testing.T) {
		t.Parallel()
		for _, plant := range []string{
			"UPDATE converted_payment_returns SET closed_minor = closed_minor - 1",
			"UPDATE converted_payment_returns SET object_type = 'refund'",
		} {
			w := convertedPayment(t)
			w.Correct(t, outsideConverted(1_000))
			w.RequireBooksInOrder(t)

			dbtest.Tamper(t, w.URL, plant)

			verified, err := w.Audit.Verify(t.Context())
			require.NoError(t, err)
			require.Contains(t, world.Checks(verified), "conversion")
		}
	})
}
