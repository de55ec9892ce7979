package corrections_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

// converted is a payout of 50.00 dollars that lies on the connected account as 17,823.47 forint.
func converted(t *testing.T) (w *world.World, payoutID string) {
	t.Helper()
	w, id := world.ReservedPayout(t)
	_, err := w.Payouts.Begin(t.Context(), payout.Beginning{PayoutID: id, Phase: payout.Transfer, Into: "HUF", Now: world.Now})
	require.NoError(t, err)
	require.NoError(t, w.Payouts.RecordTransferred(t.Context(), payout.Outcome{PayoutID: id, Phase: payout.Transfer, Generation: 1, ExternalID: "tr_1", Now: world.Now}))
	_, err = w.Payouts.RecordConverted(t.Context(), payout.Arrival{PayoutID: id, Now: world.Now, Settlement: rail.Settlement{
		TransactionID: "txn_1", SourceMinor: 5000, SourceCurrency: "USD", AmountMinor: 1_782_347, NetMinor: 1_782_347, Currency: "HUF", AvailableOn: world.Now,
	}})
	require.NoError(t, err)
	return w, id
}

func TestConvertedMoneyBelongsToItsPayout(t *testing.T) {
	t.Parallel()

	t.Run("so no balance correction takes it, in either currency", func(t *testing.T) {
		t.Parallel()
		w, _ := converted(t)
		for _, currency := range []money.Currency{"USD", "HUF"} {
			gone := outsideBalance(w.CreatorIDs[0], correction.Gone, 1)
			gone.Currency = currency

			_, err := w.Corrections.Propose(t.Context(), gone)

			require.Equal(t, "above_balance", fault.CodeOf(err), currency)
		}
	})

	t.Run("also what a bank's step has left, once the payout is paid", func(t *testing.T) {
		t.Parallel()
		w, id := converted(t)
		_, err := w.Payouts.RecordIntent(t.Context(), id, payout.BankPayout, 0, world.Now)
		require.NoError(t, err)
		banked := payout.Outcome{PayoutID: id, Phase: payout.BankPayout, Generation: 1, ExternalID: "po_1", Now: world.Now}
		require.NoError(t, w.Payouts.RecordBankPayoutAccepted(t.Context(), banked))
		require.NoError(t, w.Payouts.RecordBankPayoutPaid(t.Context(), banked))
		gone := outsideBalance(w.CreatorIDs[0], correction.Gone, 1)
		gone.Currency = "HUF"

		_, err = w.Corrections.Propose(t.Context(), gone)

		require.Equal(t, "above_balance", fault.CodeOf(err))
		balanceMinor, err := w.Journal.GetBalance(t.Context(), ledger.StripeConnected(w.CreatorIDs[0]), "HUF")
		require.NoError(t, err)
		require.Equal(t, int64(47), balanceMinor)
		w.RequireBooksInOrder(t)
	})

	t.Run("but what a better rate has left can be corrected", func(t *testing.T) {
		t.Parallel()
		w, id := converted(t)
		intent, err := w.Payouts.RecordIntent(t.Context(), id, payout.Reversal, 0, world.Now)
		require.NoError(t, err)
		require.NoError(t, w.Payouts.RecordReversed(t.Context(), payout.Outcome{
			PayoutID: id, Phase: payout.Reversal, Generation: intent.Generation, ExternalID: "trr_1", Now: world.Now,
			TakenBack: &payout.TakenBack{BackMinor: 5000, TakenMinor: 1_782_247},
		}))
		require.NoError(t, w.Payouts.Cancel(t.Context(), id, payout.Cancelled, world.Now))
		gone := outsideBalance(w.CreatorIDs[0], correction.Gone, 100)
		gone.Currency = "HUF"

		w.Correct(t, gone)

		balanceMinor, err := w.Journal.GetBalance(t.Context(), ledger.StripeConnected(w.CreatorIDs[0]), "HUF")
		require.NoError(t, err)
		require.Zero(t, balanceMinor)
		w.RequireBooksInOrder(t)
	})

	t.Run("and people can settle it outside, which closes both currencies", func(t *testing.T) {
		t.Parallel()
		for how, available := range map[correction.How]int64{correction.PaidToCreator: 0, correction.Lost: 5000} {
			w, id := converted(t)
			proposal := correction.Proposal{
				Kind: correction.SettlePayout, PayoutID: id, How: how, Currency: "USD", ProposedBy: "ann",
				Reason: "no rule settles it", Evidence: "letter", Reference: "case 1", Now: world.Now,
			}
			proposal.ID = outsideBalance("", correction.Gone, 1).ID

			w.Correct(t, proposal)

			require.Equal(t, available, w.Balance(t, ledger.CreatorAvailable(w.CreatorIDs[0])), how)
			require.Zero(t, w.Balance(t, ledger.FXClearing), how)
			for _, account := range []ledger.Account{ledger.FXClearing, ledger.StripeConnected(w.CreatorIDs[0]), ledger.ExchangeDifferences} {
				balanceMinor, err := w.Journal.GetBalance(t.Context(), account, "HUF")
				require.NoError(t, err)
				require.Zero(t, balanceMinor, "%s after %s", account, how)
			}
			w.RequireBooksInOrder(t)
		}
	})
}
