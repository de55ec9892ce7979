package reconcile_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/reconcile"
)

func movementOf(status string, amountMinor int64) reconcile.Object {
	return reconcile.Object{
		Type: reconcile.BalanceTransaction, ID: "txn_1", Status: status, AmountMinor: amountMinor, Currency: "USD",
		CreatedAt: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC),
	}
}

func TestEntryOfAMovement(t *testing.T) {
	t.Parallel()

	cases := []struct {
		status      string
		amountMinor int64
		kind        ledger.Kind
		against     ledger.Account
	}{
		{"topup", 500, ledger.KindCapitalPaidIn, ledger.PlatformCapital},
		{"topup_reversal", -500, ledger.KindCapitalTakenOut, ledger.PlatformCapital},
		{"payout", -500, ledger.KindCapitalTakenOut, ledger.PlatformCapital},
		{"payout_failure", 500, ledger.KindCapitalPaidIn, ledger.PlatformCapital},
		{"stripe_fee", -2, ledger.KindProcessorFee, ledger.ProcessingFees},
		{"stripe_fee", 2, ledger.KindProcessorFee, ledger.ProcessingFees},
		{"tax_fee", -1, ledger.KindProcessorFee, ledger.ProcessingFees},
		{"reserved_funds", -100, ledger.KindFundsReserved, ledger.StripeReserved},
		{"reserve_transaction", 100, ledger.KindFundsReserved, ledger.StripeReserved},
	}
	for _, c := range cases {
		t.Run(c.status, func(t *testing.T) {
			t.Parallel()

			entry, ok := movementOf(c.status, c.amountMinor).Entry()

			require.True(t, ok)
			require.NoError(t, entry.Validate())
			require.Equal(t, c.kind, entry.Kind)
			require.Equal(t, "txn_1", entry.Reference)
			require.Equal(t, []ledger.Posting{{Account: ledger.StripePlatform, AmountMinor: c.amountMinor}, {Account: c.against, AmountMinor: -c.amountMinor}}, entry.Postings)
			require.Equal(t, "balance_transaction", entry.ObjectType())
		})
	}

	t.Run("books the fee of a movement apart from its amount", func(t *testing.T) {
		t.Parallel()
		for _, c := range []struct {
			status                string
			amountMinor, feeMinor int64
			kind                  ledger.Kind
			postings              []ledger.Posting
		}{
			{"payout", -10_100, 100, ledger.KindCapitalTakenOut, []ledger.Posting{{Account: ledger.StripePlatform, AmountMinor: -10_100}, {Account: ledger.ProcessingFees, AmountMinor: 100}, {Account: ledger.PlatformCapital, AmountMinor: 10_000}}},
			{"payout_failure", 10_100, -100, ledger.KindCapitalPaidIn, []ledger.Posting{{Account: ledger.StripePlatform, AmountMinor: 10_100}, {Account: ledger.ProcessingFees, AmountMinor: -100}, {Account: ledger.PlatformCapital, AmountMinor: -10_000}}},
			{"topup", 495, 5, ledger.KindCapitalPaidIn, []ledger.Posting{{Account: ledger.StripePlatform, AmountMinor: 495}, {Account: ledger.ProcessingFees, AmountMinor: 5}, {Account: ledger.PlatformCapital, AmountMinor: -500}}},
			{"topup", 0, 5, ledger.KindCapitalPaidIn, []ledger.Posting{{Account: ledger.ProcessingFees, AmountMinor: 5}, {Account: ledger.PlatformCapital, AmountMinor: -5}}},
			{"topup", -3, 5, ledger.KindCapitalPaidIn, []ledger.Posting{{Account: ledger.StripePlatform, AmountMinor: -3}, {Account: ledger.ProcessingFees, AmountMinor: 5}, {Account: ledger.PlatformCapital, AmountMinor: -2}}},
			{"reserved_funds", -105, 5, ledger.KindFundsReserved, []ledger.Posting{{Account: ledger.StripePlatform, AmountMinor: -105}, {Account: ledger.ProcessingFees, AmountMinor: 5}, {Account: ledger.StripeReserved, AmountMinor: 100}}},
			{"stripe_fee", -12, 2, ledger.KindProcessorFee, []ledger.Posting{{Account: ledger.StripePlatform, AmountMinor: -12}, {Account: ledger.ProcessingFees, AmountMinor: 12}}},
		} {
			object := movementOf(c.status, c.amountMinor)
			object.FeeMinor = c.feeMinor

			entry, ok := object.Entry()

			require.True(t, ok, c.status)
			require.NoError(t, entry.Validate())
			require.Equal(t, c.kind, entry.Kind)
			require.Equal(t, c.postings, entry.Postings)
		}
	})

	t.Run("has one for each type that is booked", func(t *testing.T) {
		t.Parallel()

		for _, status := range reconcile.BookedTypes() {
			_, ok := movementOf(status, -1).Entry()
			require.True(t, ok, status)
		}
	})

	t.Run("has none for what only a person can tell, or what is booked by its object", func(t *testing.T) {
		t.Parallel()

		refund := movementOf("payout", -500)
		refund.SourceType, refund.SourceID = reconcile.Refund, "re_1"
		transfer := movementOf("payout", -500)
		transfer.Type = reconcile.Transfer
		for _, object := range []reconcile.Object{movementOf("adjustment", -5), movementOf("charge", 5), movementOf("", 5), movementOf("topup", 0), refund, transfer} {
			_, ok := object.Entry()
			require.False(t, ok, object)
		}
	})
}
