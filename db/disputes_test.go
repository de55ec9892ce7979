package db_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

func (w *world) disputed(amountMinor int64) ledger.Dispute {
	return ledger.Dispute{
		DisputeID: "dp_" + w.campaignID, PaymentIntentID: "pi_" + w.campaignID, CampaignID: w.campaignID, Currency: w.terms.Currency,
		AmountMinor: amountMinor, FeeMinor: 1500, At: now,
	}
}

func (w *world) refunded(refundID string, amountMinor int64) ledger.Refund {
	return ledger.Refund{CampaignID: w.campaignID, RefundID: refundID, Currency: w.terms.Currency, AmountMinor: amountMinor, At: now}
}

// requirePot looks at what a campaign has left, what of it is frozen, and what we lost for it.
func (w *world) requirePot(t *testing.T, escrowMinor, frozenMinor, lostMinor int64) {
	t.Helper()
	facts := w.facts(t)
	require.Equal(t, []int64{escrowMinor, frozenMinor}, []int64{facts.EscrowMinor(), facts.DisputedMinor})
	require.Equal(t, escrowMinor, w.balance(t, ledger.CampaignEscrow(w.campaignID)))
	require.Equal(t, lostMinor, w.balance(t, ledger.PlatformLosses))
	w.requireBooksInOrder(t)
}

func TestFundingDisputes(t *testing.T) {
	t.Parallel()

	t.Run("freeze what is not spent, so that nothing more is earned until they are won", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		w.read(t, t.Context(), 0, 1, 20_000)
		dispute := w.disputed(w.terms.BudgetMinor)

		require.NoError(t, w.store.Campaigns.RecordDisputeOpened(t.Context(), dispute))
		require.NoError(t, w.store.Campaigns.RecordDisputeOpened(t.Context(), dispute), "told twice")
		w.read(t, t.Context(), 0, 2, 40_000)

		require.Equal(t, int64(10_000), w.facts(t).SpentMinor)
		require.Equal(t, int64(90_000), w.facts(t).DisputedMinor)
		require.Zero(t, w.facts(t).RefundableMinor())
		require.Equal(t, w.terms.BudgetMinor, w.balance(t, ledger.StripeDisputed))
		require.Equal(t, int64(1530), w.balance(t, ledger.ProcessingFees))
		require.Equal(t, int64(-1530), w.balance(t, ledger.StripePlatform))
		w.requireBooksInOrder(t)

		require.NoError(t, w.store.Campaigns.RecordDisputeWon(t.Context(), dispute.DisputeID, now))
		require.NoError(t, w.store.Campaigns.RecordDisputeWon(t.Context(), dispute.DisputeID, now), "told twice")
		w.read(t, t.Context(), 0, 3, 40_000)

		require.Equal(t, int64(20_000), w.facts(t).SpentMinor)
		require.Zero(t, w.facts(t).DisputedMinor)
		require.Zero(t, w.balance(t, ledger.StripeDisputed))
		require.Equal(t, "dispute_decided", fault.CodeOf(w.store.Campaigns.RecordDisputeLost(t.Context(), dispute.DisputeID, now)))
		w.requireBooksInOrder(t)
	})

	t.Run("that are lost cost the brand what was frozen, and us what was spent", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		w.read(t, t.Context(), 0, 1, 20_000)
		dispute := w.disputed(w.terms.BudgetMinor)
		require.NoError(t, w.store.Campaigns.RecordDisputeOpened(t.Context(), dispute))

		require.NoError(t, w.store.Campaigns.RecordDisputeLost(t.Context(), dispute.DisputeID, now))
		require.NoError(t, w.store.Campaigns.RecordDisputeLost(t.Context(), dispute.DisputeID, now), "told twice")

		require.Equal(t, int64(10_000), w.balance(t, ledger.PlatformLosses))
		require.Zero(t, w.balance(t, ledger.CampaignEscrow(w.campaignID)))
		require.Equal(t, int64(90_000), w.facts(t).RefundedMinor)
		require.Equal(t, "dispute_decided", fault.CodeOf(w.store.Campaigns.RecordDisputeWon(t.Context(), dispute.DisputeID, now)))
		w.requireBooksInOrder(t)
	})

	t.Run("for less than is left freeze no more than that", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)

		require.NoError(t, w.store.Campaigns.RecordDisputeOpened(t.Context(), w.disputed(60_000)))
		w.read(t, t.Context(), 0, 1, 1_000_000)

		require.Equal(t, int64(40_000), w.facts(t).SpentMinor)
		require.Equal(t, int64(60_000), w.facts(t).DisputedMinor)
		w.requireBooksInOrder(t)
	})

	t.Run("do not end a campaign that has earned what they left: it goes on when they are won", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		dispute := w.disputed(60_000)
		require.NoError(t, w.store.Campaigns.RecordDisputeOpened(t.Context(), dispute))

		limited, err := w.store.Earnings.RecordReading(t.Context(), w.reading(0, 1, 1_000_000))
		require.NoError(t, err)
		again, err := w.store.Earnings.RecordReading(t.Context(), w.reading(0, 1, 1_000_000))
		require.NoError(t, err)
		require.NoError(t, w.store.Campaigns.RecordDisputeWon(t.Context(), dispute.DisputeID, now))
		last, err := w.store.Earnings.RecordReading(t.Context(), w.reading(0, 2, 1_000_000))
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
		w := setup(t, 1, nil)
		w.read(t, t.Context(), 0, 1, 20_000)
		dispute := w.disputed(w.terms.BudgetMinor)
		require.NoError(t, w.store.Campaigns.RecordDisputeOpened(t.Context(), dispute))

		w.corrected(t, w.clawback(0, 0))

		require.Equal(t, w.terms.BudgetMinor, w.facts(t).DisputedMinor)
		require.NoError(t, w.store.Campaigns.RecordDisputeLost(t.Context(), dispute.DisputeID, now))
		require.Zero(t, w.balance(t, ledger.PlatformLosses))
		require.Zero(t, w.balance(t, ledger.CampaignEscrow(w.campaignID)))
		w.requireBooksInOrder(t)
	})

	t.Run("freeze exactly what accruals at the same moment leave", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 4, nil)

		var all sync.WaitGroup
		for i := range w.clips {
			all.Go(func() {
				for poll := 1; poll <= 20; poll++ {
					_, err := w.store.Earnings.RecordReading(t.Context(), w.reading(i, poll, int64(poll)*4000))
					errorsNil(t, err)
				}
			})
		}
		all.Go(func() {
			errorsNil(t, w.store.Campaigns.RecordDisputeOpened(t.Context(), w.disputed(w.terms.BudgetMinor)))
		})
		all.Wait()

		facts := w.facts(t)
		require.Equal(t, w.terms.BudgetMinor, facts.SpentMinor+facts.DisputedMinor)
		w.requireBooksInOrder(t)
	})

	t.Run("are refused when they cannot be, with a reason", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 0, nil)
		require.NoError(t, w.store.Campaigns.RecordDisputeOpened(t.Context(), w.disputed(500)))
		euros, larger, nobody, nothing := w.disputed(500), w.disputed(501), w.disputed(500), w.disputed(0)
		euros.Currency, euros.DisputeID = "EUR", "dp_euros"
		nobody.CampaignID, nobody.DisputeID = "01900000-0000-7000-8000-000000000000", "dp_nobody"

		require.Equal(t, "wrong_currency", fault.CodeOf(w.store.Campaigns.RecordDisputeOpened(t.Context(), euros)))
		require.Equal(t, "reference_reused", fault.CodeOf(w.store.Campaigns.RecordDisputeOpened(t.Context(), larger)))
		require.Equal(t, "campaign_not_found", fault.CodeOf(w.store.Campaigns.RecordDisputeOpened(t.Context(), nobody)))
		require.Equal(t, "amount_not_positive", fault.CodeOf(w.store.Campaigns.RecordDisputeOpened(t.Context(), nothing)))
		require.Equal(t, "dispute_not_found", fault.CodeOf(w.store.Campaigns.RecordDisputeWon(t.Context(), "dp_unheard_of", now)))
		w.requireBooksInOrder(t)
	})
}
