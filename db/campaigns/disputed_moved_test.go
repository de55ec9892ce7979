package campaigns_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/dispute"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
)

// disputeMoved is a payment of 1000.00 in dispute, of which its campaign has kept 10.00. The newer campaign got
// nextMinor of the rest out of the balance.
func disputeMoved(t *testing.T, nextMinor int64) *disputedDeposit {
	t.Helper()
	w := world.New(t, 1, nil)
	require.NoError(t, budget(t, w, 1000))
	d := &disputedDeposit{World: w, older: w.CampaignID, newer: approved(t, w, nextMinor)}
	require.NoError(t, w.Campaigns.AllocateBudget(t.Context(), d.newer, world.Now, ""))
	d.open(t)
	return d
}

func (d *disputedDeposit) open(t *testing.T) {
	t.Helper()
	opened := d.Dispute(100_000)
	opened.DisputeID = depositDispute
	require.NoError(t, d.Campaigns.RecordDisputeOpened(t.Context(), opened))
}

func TestDisputedPaymentThatMoved(t *testing.T) {
	t.Parallel()

	t.Run("freezes what the balance lacks, and no more", func(t *testing.T) {
		t.Parallel()
		d := disputeMoved(t, 90_000)
		owedMinor := d.owedMinor(t)

		frozen := d.freeze(t)

		require.Equal(t, []dispute.Frozen{{CampaignID: d.newer, AmountMinor: 90_000}}, frozen)
		require.Equal(t, []int64{1000, 90_000}, []int64{d.Facts(t).DisputedMinor, d.facts(t, d.newer).DisputedMinor})
		require.Equal(t, funding.Balance{Currency: "USD", BalanceMinor: 9000, AtRiskMinor: 9000}, d.balance(t))
		require.Equal(t, dispute.Held{BalanceMinor: 9000, Campaigns: frozen}, d.held(t))
		require.Equal(t, owedMinor-90_000, d.owedMinor(t), "each cent in dispute is subtracted once")
	})

	t.Run("releases the campaign when it is won, and freezes nothing afterwards", func(t *testing.T) {
		t.Parallel()
		d := disputeMoved(t, 99_000)
		require.Len(t, d.freeze(t), 1)

		require.Equal(t, []string{d.newer}, d.release(t, false))
		require.NoError(t, d.Campaigns.RecordDisputeWon(t.Context(), depositDispute, world.Now))

		require.Empty(t, d.freeze(t))
		require.Equal(t, []int64{0, 0}, []int64{d.Facts(t).DisputedMinor, d.facts(t, d.newer).DisputedMinor})
		require.Equal(t, []int64{1000, 99_000}, []int64{d.Facts(t).EscrowMinor(), d.facts(t, d.newer).EscrowMinor()})
		require.Equal(t, funding.Balance{Currency: "USD"}, d.balance(t))
	})

	t.Run("is borne by the unspent budget when it is lost", func(t *testing.T) {
		t.Parallel()
		d := disputeMoved(t, 99_000)
		require.Len(t, d.freeze(t), 1)

		require.Equal(t, []string{d.newer}, d.release(t, true))
		require.Zero(t, d.balance(t).AvailableMinor(), "it waits there for the booking")
		require.Empty(t, d.freeze(t), "the balance has all of it")
		require.NoError(t, d.Campaigns.RecordDisputeLost(t.Context(), depositDispute, world.Now))

		require.Equal(t, []int64{0, 0}, []int64{d.Facts(t).EscrowMinor(), d.facts(t, d.newer).EscrowMinor()})
		require.Equal(t, funding.Balance{Currency: "USD"}, d.balance(t))
		require.Zero(t, d.Balance(t, ledger.PlatformLosses))
		d.RequireBooksInOrder(t)
	})

	t.Run("freezes nothing while the campaign or the balance has it", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		d := &disputedDeposit{World: w}
		d.open(t)
		require.Empty(t, d.freeze(t))
		require.Zero(t, d.held(t))
		require.NoError(t, w.Campaigns.RecordDisputeWon(t.Context(), depositDispute, world.Now))

		require.NoError(t, budget(t, w, 1000))
		again := w.Dispute(100_000)
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), again))
		frozen, err := w.Campaigns.FreezeNext(t.Context(), again.DisputeID)
		require.NoError(t, err)
		held, err := w.Campaigns.GetHeld(t.Context(), again.DisputeID)
		require.NoError(t, err)

		require.Zero(t, frozen)
		require.Equal(t, dispute.Held{BalanceMinor: 99_000}, held)
	})
}
