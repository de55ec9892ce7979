package api_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

func TestConvertedPayouts(t *testing.T) {
	t.Parallel()

	t.Run("show what the transfer became, to the creator too", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID, _ := w.reserved(t)
		now := w.clock.Now().Add(2 * time.Hour)
		w.convert(t, payoutID, now)

		read, err := w.as(t, w.creatorUser()).GetPayoutWithResponse(t.Context(), payoutID)

		require.NoError(t, err)
		require.Equal(t, "USD", read.JSON200.Payout.Currency)
		require.Len(t, read.JSON200.Conversions, 1)
		made := read.JSON200.Conversions[0]
		require.Equal(t, client.PayoutConversion{
			TransferId: "tr_1", SourceMinor: 2500, SourceCurrency: "USD", Currency: "HUF", AmountMinor: 900_147, FeeMinor: 9_000, ReceivedMinor: 891_147,
			CarriedMinor: 0, LeftMinor: 47, BankMinor: 891_100, ExchangeRate: "360.0588", TransactionId: "txn_1", AvailableOn: made.AvailableOn, Outcome: "held",
		}, made)
		require.Len(t, read.JSON200.Attempts, 2)
		for _, attempt := range read.JSON200.Attempts {
			if attempt.Phase == "transfer" {
				require.Nil(t, attempt.Currency, "it is in the currency of the payout")
				continue
			}
			require.Equal(t, "HUF", *attempt.Currency)
			require.Equal(t, int64(891_100), attempt.AmountMinor)
		}
	})

	t.Run("are explained with entries in both currencies", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID, _ := w.reserved(t)
		w.convert(t, payoutID, w.clock.Now().Add(2*time.Hour))

		read, err := w.as(t, w.finance()).ExplainPayoutWithResponse(t.Context(), payoutID, nil)

		require.NoError(t, err)
		require.Len(t, read.JSON200.Conversions, 1)
		currencies := map[string]string{}
		for _, entry := range read.JSON200.Entries {
			currencies[entry.Kind] = entry.Currency
		}
		require.Equal(t, map[string]string{
			"payout_reserved": "USD", "transfer_settled": "USD", "conversion_sent": "USD", "conversion_received": "HUF",
			"bank_payout_settled": "HUF", "converted_payout_settled": "USD",
		}, currencies)
		for _, check := range read.JSON200.Checks {
			require.True(t, check.Ok, check.Name)
		}
	})

	t.Run("have no conversion in the answer if nothing was converted", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID, _ := w.reserved(t)

		read, err := w.as(t, w.creatorUser()).GetPayoutWithResponse(t.Context(), payoutID)

		require.NoError(t, err)
		require.NotContains(t, string(read.Body), "conversions")
	})
}

// convert pays a reserved payout in forint.
func (w *world) convert(t *testing.T, payoutID string, now time.Time) {
	t.Helper()
	ctx, store := t.Context(), w.store.Payouts
	_, err := store.Begin(ctx, payout.Beginning{PayoutID: payoutID, Phase: payout.Transfer, Into: "HUF", Now: now})
	require.NoError(t, err)
	require.NoError(t, store.RecordTransferred(ctx, payout.Outcome{PayoutID: payoutID, Phase: payout.Transfer, Generation: 1, ExternalID: "tr_1", Now: now}))
	_, err = store.RecordConverted(ctx, payout.Arrival{PayoutID: payoutID, Now: now, Settlement: rail.Settlement{
		TransactionID: "txn_1", SourceMinor: 2500, SourceCurrency: "USD", AmountMinor: 900_147, FeeMinor: 9_000, NetMinor: 891_147,
		Currency: "HUF", ExchangeRate: "360.0588", AvailableOn: now,
	}})
	require.NoError(t, err)
	_, err = store.RecordIntent(ctx, payoutID, payout.BankPayout, 0, now)
	require.NoError(t, err)
	banked := payout.Outcome{PayoutID: payoutID, Phase: payout.BankPayout, Generation: 1, ExternalID: "po_1", Now: now}
	require.NoError(t, store.RecordBankPayoutAccepted(ctx, banked))
	require.NoError(t, store.RecordBankPayoutPaid(ctx, banked))
}
