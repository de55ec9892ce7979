package audit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
)

// givenBack is a payment of 100.00 euros that became 125.00 dollars. A refund of 30.00 failed, one of 50.00
// was made, a dispute over 20.00 was won, one over 15.00 was lost, and 25.00 were settled outside.
func givenBack(t *testing.T) *world.World {
	t.Helper()
	w, ctx, id := world.New(t, 0, nil), t.Context(), "pi_converted"
	require.NoError(t, w.Funding.RecordConverted(ctx, funding.ConvertedPayment{
		PaymentIntentID: id, CampaignID: w.CampaignID, AmountMinor: 10_000, Currency: "EUR", NetMinor: 12_100, FeeMinor: 400, SettlementCurrency: "USD", At: world.Now,
	}))
	refund := func(refundID string, amountMinor, takenMinor int64) {
		require.NoError(t, w.Funding.RecordConvertedRefund(ctx, funding.ConvertedRefund{PaymentIntentID: id, RefundID: refundID, AmountMinor: amountMinor, TakenMinor: takenMinor, At: world.Now}))
	}
	dispute := func(disputeID string, paymentMinor, amountMinor int64) {
		require.NoError(t, w.Funding.RecordConvertedDisputeOpened(ctx, ledger.Dispute{
			DisputeID: disputeID, PaymentIntentID: id, Currency: "USD", AmountMinor: amountMinor, PaymentMinor: paymentMinor, FeeMinor: 1_500, At: world.Now,
		}))
	}
	refund("re_1", 3_000, 3_800)
	require.NoError(t, w.Funding.RecordConvertedRefundFailed(ctx, funding.ConvertedRefundFailure{PaymentIntentID: id, RefundID: "re_1", TransactionID: "txn_1", ReturnedMinor: 3_700, At: world.Now}))
	refund("re_2", 5_000, 6_300)
	dispute("dp_1", 2_000, 2_600)
	require.NoError(t, w.Funding.RecordConvertedDisputeWon(ctx, "dp_1", 2_550, world.Now))
	dispute("dp_2", 1_500, 1_900)
	require.NoError(t, w.Funding.RecordConvertedDisputeLost(ctx, "dp_2", world.Now))
	w.Correct(t, correction.Proposal{
		ID: "018f0000-0000-7000-8000-000000000001", Kind: correction.SettleConverted, Currency: "EUR", PaymentIntentID: id, AmountMinor: 2_500, ProposedBy: "ann",
		Reason: "the card is gone", Evidence: "the wire of 2 March", Reference: "wire 17", Now: world.Now,
	})
	w.RequireBooksInOrder(t)
	return w
}

func TestExplainPayment(t *testing.T) {
	t.Parallel()

	t.Run("accounts for what gave it back, and what the rates have cost", func(t *testing.T) {
		t.Parallel()
		w := givenBack(t)

		x, err := w.Audit.ExplainPayment(t.Context(), "pi_converted")

		require.NoError(t, err)
		require.Equal(t, []int64{9_000, 1_000}, []int64{x.BackMinor, x.LeftMinor})
		require.Equal(t, int64(12_500-11_250), x.ClearingMinor)
		require.Equal(t, -(int64(3_800-3_700) + (6_300 - 6_250) + (2_600 - 2_550) + (1_900 - 1_875)), x.GainedMinor)
		require.Zero(t, x.LostMinor)
		require.Zero(t, x.DifferenceMinor)
		require.Len(t, x.Returns, 5)
		require.Len(t, x.Entries, 9)
		broken, found := x.Checks.Broken()
		require.False(t, found, broken)
	})

	for name, plant := range map[string]string{
		"that closed another amount": "UPDATE converted_payment_returns SET closed_minor = closed_minor - 1 WHERE object_id = 're_2'",
		"that took another amount":   "UPDATE converted_payment_returns SET taken_minor = taken_minor - 1 WHERE object_id = 're_2'",
		"that lost another amount":   "UPDATE converted_payment_returns SET lost_minor = lost_minor + 1 WHERE object_id = 'dp_2'",
	} {
		t.Run("finds a return "+name, func(t *testing.T) {
			t.Parallel()
			w := givenBack(t)
			dbtest.Tamper(t, w.URL, plant)

			x, err := w.Audit.ExplainPayment(t.Context(), "pi_converted")

			require.NoError(t, err)
			_, found := x.Checks.Broken()
			require.True(t, found)
		})
	}

	t.Run("refuses a payment that was not converted", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1_000, nil)

		_, err := w.Audit.ExplainPayment(t.Context(), "pi_1")

		require.Equal(t, "payment_not_found", fault.CodeOf(err))
	})
}
