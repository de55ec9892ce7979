package statements_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

func TestStatementOfAConvertedPayout(t *testing.T) {
	t.Parallel()

	t.Run("is in the currency of the earnings, and says what the bank got", func(t *testing.T) {
		t.Parallel()
		w, id := world.ReservedPayout(t)
		ctx := t.Context()
		_, err := w.Payouts.Begin(ctx, payout.Beginning{PayoutID: id, Phase: payout.Transfer, Into: "HUF", Now: world.Now})
		require.NoError(t, err)
		require.NoError(t, w.Payouts.RecordTransferred(ctx, payout.Outcome{PayoutID: id, Phase: payout.Transfer, Generation: 1, ExternalID: "tr_1", Now: world.Now}))
		_, err = w.Payouts.RecordConverted(ctx, payout.Arrival{PayoutID: id, Now: world.Now, Settlement: rail.Settlement{
			TransactionID: "txn_1", SourceMinor: 5000, SourceCurrency: "USD", AmountMinor: 1_782_347, NetMinor: 1_782_347,
			Currency: "HUF", ExchangeRate: "356.4694", AvailableOn: world.Now,
		}})
		require.NoError(t, err)
		_, err = w.Payouts.RecordIntent(ctx, id, payout.BankPayout, 0, world.Now)
		require.NoError(t, err)
		banked := payout.Outcome{PayoutID: id, Phase: payout.BankPayout, Generation: 1, ExternalID: "po_1", Now: world.Now}
		require.NoError(t, w.Payouts.RecordBankPayoutAccepted(ctx, banked))
		require.NoError(t, w.Payouts.RecordBankPayoutPaid(ctx, banked))

		read, err := w.Statements.GetCreator(ctx, w.CreatorIDs[0], world.Now.Format("2006-01"), "", later)

		require.NoError(t, err)
		require.Len(t, read, 1, "there is no statement in forint")
		require.Equal(t, money.Currency("USD"), read[0].Currency)
		require.Equal(t, int64(-5000), read[0].PaidMinor)
		require.Zero(t, read[0].DifferenceMinor())
		require.Len(t, read[0].Payouts, 1)
		require.Equal(t, money.Amount{Minor: 1_782_300, Currency: "HUF"}, read[0].Payouts[0].Bank)
		require.Equal(t, "356.4694", read[0].Payouts[0].ExchangeRate)
	})
}
