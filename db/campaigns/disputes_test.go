package campaigns_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

// requirePot looks at what a campaign has left, what of it is frozen, and what we lost for it.
func requirePot(t *testing.T, w *world.World, escrowMinor, frozenMinor, lostMinor int64) {
	t.Helper()
	facts := w.Facts(t)
	require.Equal(t, []int64{escrowMinor, frozenMinor}, []int64{facts.EscrowMinor(), facts.DisputedMinor})
	require.Equal(t, escrowMinor, w.Balance(t, ledger.CampaignEscrow(w.CampaignID)))
	require.Equal(t, lostMinor, w.Balance(t, ledger.PlatformLosses))
	w.RequireBooksInOrder(t)
}

func TestFundingDisputes(t *testing.T) {
	t.Parallel()

	t.Run("freeze what is not spent, so that nothing more is earned until they are won", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 20_000)
		dispute := w.Dispute(w.Terms.BudgetMinor)

		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), dispute))
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), dispute), "told twice")
		w.Read(t, 0, 2, 40_000)

		require.Equal(t, int64(10_000), w.Facts(t).SpentMinor)
		require.Equal(t, int64(90_000), w.Facts(t).DisputedMinor)
		require.Zero(t, w.Facts(t).RefundableMinor())
		require.Equal(t, w.Terms.BudgetMinor, w.Balance(t, ledger.StripeDisputed))
		require.Equal(t, int64(1530), w.Balance(t, ledger.ProcessingFees))
		require.Equal(t, int64(-1530), w.Balance(t, ledger.StripePlatform))
		w.RequireBooksInOrder(t)

		require.NoError(t, w.Campaigns.RecordDisputeWon(t.Context(), dispute.DisputeID, world.Now))
		require.NoError(t, w.Campaigns.RecordDisputeWon(t.Context(), dispute.DisputeID, world.Now), "told twice")
		w.Read(t, 0, 3, 40_000)

		require.Equal(t, int64(20_000), w.Facts(t).SpentMinor)
		require.Zero(t, w.Facts(t).DisputedMinor)
		require.Zero(t, w.Balance(t, ledger.StripeDisputed))
		require.Equal(t, "dispute_decided", fault.CodeOf(w.Campaigns.RecordDisputeLost(t.Context(), dispute.DisputeID, world.Now)))
		w.RequireBooksInOrder(t)
	})

	t.Run("that are lost cost the brand what was frozen, and us what was spent", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 20_000)
		dispute := w.Dispute(w.Terms.BudgetMinor)
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), dispute))

		require.NoError(t, w.Campaigns.RecordDisputeLost(t.Context(), dispute.DisputeID, world.Now))
		require.NoError(t, w.Campaigns.RecordDisputeLost(t.Context(), dispute.DisputeID, world.Now), "told twice")

		require.Equal(t, int64(10_000), w.Balance(t, ledger.PlatformLosses))
		require.Zero(t, w.Balance(t, ledger.CampaignEscrow(w.CampaignID)))
		require.Equal(t, int64(90_000), w.Facts(t).RefundedMinor)
		require.Equal(t, "dispute_decided", fault.CodeOf(w.Campaigns.RecordDisputeWon(t.Context(), dispute.DisputeID, world.Now)))
		w.RequireBooksInOrder(t)
	})

	t.Run("for less than is left freeze no more than that", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)

		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), w.Dispute(60_000)))
		w.Read(t, 0, 1, 1_000_000)

		require.Equal(t, int64(40_000), w.Facts(t).SpentMinor)
		require.Equal(t, int64(60_000), w.Facts(t).DisputedMinor)
		w.RequireBooksInOrder(t)
	})

	t.Run("do not end a campaign that has earned what they left: it goes on when they are won", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		dispute := w.Dispute(60_000)
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), dispute))

		limited, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 1, 1_000_000))
		require.NoError(t, err)
		again, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 1, 1_000_000))
		require.NoError(t, err)
		require.NoError(t, w.Campaigns.RecordDisputeWon(t.Context(), dispute.DisputeID, world.Now))
		last, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 2, 1_000_000))
		require.NoError(t, err)

		require.Equal(t, int64(40_000), limited.GrossMinor)
		require.Equal(t, earnings.Dispute, limited.LimitedBy)
		require.False(t, limited.ExhaustedBudget)
		require.False(t, again.ExhaustedBudget, "told twice")
		require.Equal(t, int64(60_000), last.GrossMinor)
		require.True(t, last.ExhaustedBudget)
	})

	t.Run("freeze what a clawback brings back: the bank has taken it already", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 20_000)
		dispute := w.Dispute(w.Terms.BudgetMinor)
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), dispute))

		w.Correct(t, w.Clawback(0, 0))

		require.Equal(t, w.Terms.BudgetMinor, w.Facts(t).DisputedMinor)
		require.NoError(t, w.Campaigns.RecordDisputeLost(t.Context(), dispute.DisputeID, world.Now))
		require.Zero(t, w.Balance(t, ledger.PlatformLosses))
		require.Zero(t, w.Balance(t, ledger.CampaignEscrow(w.CampaignID)))
		w.RequireBooksInOrder(t)
	})

	t.Run("freeze exactly what accruals at the same moment leave", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 4, nil)

		var all sync.WaitGroup
		for i := range w.ClipIDs {
			all.Go(func() {
				for poll := 1; poll <= 20; poll++ {
					_, err := w.Earnings.RecordReading(t.Context(), w.Reading(i, poll, int64(poll)*4000))
					assert.NoError(t, err)
				}
			})
		}
		all.Go(func() {
			assert.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), w.Dispute(w.Terms.BudgetMinor)))
		})
		all.Wait()

		facts := w.Facts(t)
		require.Equal(t, w.Terms.BudgetMinor, facts.SpentMinor+facts.DisputedMinor)
		w.RequireBooksInOrder(t)
	})

	t.Run("are refused when they cannot be, with a reason", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 0, nil)
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), w.Dispute(500)))
		euros, larger, unknown, nothing := w.Dispute(500), w.Dispute(501), w.Dispute(500), w.Dispute(0)
		euros.Currency, euros.DisputeID = "EUR", "dp_euros"
		unknown.CampaignID, unknown.DisputeID = "01900000-0000-7000-8000-000000000000", "dp_unknown"

		require.Equal(t, "wrong_currency", fault.CodeOf(w.Campaigns.RecordDisputeOpened(t.Context(), euros)))
		require.Equal(t, "reference_reused", fault.CodeOf(w.Campaigns.RecordDisputeOpened(t.Context(), larger)))
		require.Equal(t, "campaign_not_found", fault.CodeOf(w.Campaigns.RecordDisputeOpened(t.Context(), unknown)))
		require.Equal(t, "amount_not_positive", fault.CodeOf(w.Campaigns.RecordDisputeOpened(t.Context(), nothing)))
		require.Equal(t, "dispute_not_found", fault.CodeOf(w.Campaigns.RecordDisputeWon(t.Context(), "dp_unheard_of", world.Now)))
		w.RequireBooksInOrder(t)
	})
}
