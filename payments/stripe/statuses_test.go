package stripe_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/rail"
)

func TestStatuses(t *testing.T) {
	t.Parallel()

	t.Run("of a funding are read in our words, and an unknown one is undecided", func(t *testing.T) {
		t.Parallel()
		for word, status := range map[string]rail.FundingStatus{
			"requires_payment_method": rail.FundingRequiresPaymentMethod, "requires_confirmation": rail.FundingRequiresConfirmation,
			"requires_action": rail.FundingRequiresAction, "processing": rail.FundingProcessing, "succeeded": rail.FundingSucceeded,
			"canceled": rail.FundingCanceled, "requires_capture": rail.FundingProcessing, "brand_new": rail.FundingProcessing,
		} {
			client, _ := setup(t, answer(200, object{"id": "pi_1", "object": "payment_intent", "status": word, "currency": "usd"}))

			found, err := client.GetFunding(t.Context(), "pi_1")

			require.NoError(t, err)
			require.Equal(t, status, found.Status, word)
		}
	})

	t.Run("of a refund are read in our words, and an unknown one is undecided", func(t *testing.T) {
		t.Parallel()
		for word, status := range map[string]rail.RefundStatus{
			"pending": rail.RefundPending, "requires_action": rail.RefundPending, "succeeded": rail.RefundSucceeded,
			"failed": rail.RefundFailed, "canceled": rail.RefundCanceled, "brand_new": rail.RefundPending,
		} {
			client, _ := setup(t, list(1, object{"id": "re_1", "object": "refund", "status": word, "currency": "usd"}))

			found, err := client.ListRefunds(t.Context(), "pi_1")

			require.NoError(t, err)
			require.Len(t, found, 1)
			require.Equal(t, status, found[0].Status, word)
		}
	})

	t.Run("of a dispute are read in our words, and an unknown one is undecided", func(t *testing.T) {
		t.Parallel()
		for word, status := range map[string]rail.DisputeStatus{
			"needs_response": rail.DisputeOpen, "under_review": rail.DisputeOpen, "warning_needs_response": rail.DisputeInquiry,
			"warning_under_review": rail.DisputeInquiry, "warning_closed": rail.DisputeDropped, "won": rail.DisputeWon,
			"lost": rail.DisputeLost, "brand_new": rail.DisputeOpen,
		} {
			client, _ := setup(t, answer(200, object{"id": "du_1", "object": "dispute", "status": word, "currency": "usd"}))

			found, err := client.GetDispute(t.Context(), "du_1")

			require.NoError(t, err)
			require.Equal(t, status, found.Status, word)
		}
	})

	t.Run("of a bank payout are read in our words, and an unknown one is undecided", func(t *testing.T) {
		t.Parallel()
		for word, status := range map[string]rail.BankPayoutStatus{
			"pending": rail.BankPayoutPending, "in_transit": rail.BankPayoutInTransit, "paid": rail.BankPayoutPaid,
			"failed": rail.BankPayoutFailed, "canceled": rail.BankPayoutCanceled, "brand_new": rail.BankPayoutPending,
		} {
			client, _ := setup(t, answer(200, object{"id": "po_1", "object": "payout", "status": word, "currency": "usd"}))

			found, err := client.GetBankPayout(t.Context(), "acct_creator1", "po_1")

			require.NoError(t, err)
			require.Equal(t, status, found.Status, word)
		}
	})
}
