package audit_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/audit"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
)

func items(x audit.PayoutExplanation) map[string]int64 {
	found := map[string]int64{}
	for _, item := range x.Items {
		found[item.EntryID] += item.AmountMinor
	}
	return found
}

func TestExplainPayout(t *testing.T) {
	t.Parallel()

	t.Run("explains each cent by the reading, the provider and the terms", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, func(terms *campaign.Terms) { terms.FeeBasisPoints, terms.MaxPerClipMinor = 1000, 900 })
		other := w.Another(t, func(terms *campaign.Terms) { terms.BudgetMinor = 1000 })
		w.Read(t, 0, 1, 1001)
		w.Read(t, 0, 2, 999) // a count that falls
		w.Read(t, 0, 3, 5000)
		other.Read(t, 0, 1, 1000)
		last := other.Read(t, 0, 2, 7000)
		w.Release(t)
		id := pay(t, w, "2026-W10")

		x := explain(t, w, id)

		require.True(t, last.ExhaustedBudget)
		require.Equal(t, int64(1810), x.Payout.AmountMinor, "900 less the fee of both readings together, plus the whole budget of the other campaign")
		require.Len(t, x.Lines, 2)
		require.Len(t, x.Items, 4)
		limits := map[earnings.Limit]int{}
		for _, item := range x.Items {
			accrual := item.Accrual
			require.Equal(t, ledger.KindEarningsAccrued, item.Kind)
			require.Equal(t, item.AmountMinor, accrual.CreatorMinor)
			require.Equal(t, accrual.GrossMinor, accrual.CreatorMinor+accrual.FeeMinor+accrual.AffiliateMinor)
			require.Greater(t, accrual.CreditedViewsAfter, accrual.CreditedViewsBefore)
			require.Equal(t, "apify", accrual.Attempt.Provider)
			require.Equal(t, "ok", accrual.Attempt.Outcome)
			require.Equal(t, item.Seq, accrual.ReleaseSeq)
			limits[accrual.LimitedBy]++
		}
		require.Equal(t, map[earnings.Limit]int{earnings.NoLimit: 2, earnings.PerClip: 1, earnings.Budget: 1}, limits)
		for _, line := range x.Lines {
			require.Equal(t, int64(500), line.Terms.RateMinorPerThousand)
		}
		require.Equal(t, []ledger.Kind{ledger.KindPayoutReserved}, kindsOf(x.Entries))
	})

	t.Run("gives the items of a cancelled payout to the next one", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 3000)
		w.Release(t)
		first := pay(t, w, "2026-W10")
		w.Read(t, 0, 2, 6000)
		w.Release(t)
		second := pay(t, w, "2026-W11")
		require.NoError(t, w.Payouts.Cancel(t.Context(), first, payout.Cancelled, world.Now))
		w.Read(t, 0, 3, 7000)
		w.Release(t)
		third := pay(t, w, "2026-W12")

		x, y, z := explain(t, w, first), explain(t, w, second), explain(t, w, third)

		require.Equal(t, []int64{1500, 1500, 2000}, []int64{x.Payout.AmountMinor, y.Payout.AmountMinor, z.Payout.AmountMinor})
		require.Equal(t, []ledger.Kind{ledger.KindPayoutReserved, ledger.KindPayoutCancelled}, kindsOf(x.Entries))
		require.Len(t, z.Items, 2)
		for id := range items(x) {
			require.Contains(t, items(z), id)
			require.NotContains(t, items(y), id)
		}
	})

	t.Run("shows the rest that a payout did not pay, and the payout that paid it", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, func(terms *campaign.Terms) { terms.Currency = "HUF" })
		w.Read(t, 0, 1, 3300) // 16.50 HUF
		w.Release(t)
		first := pay(t, w, "2026-W10")
		w.Read(t, 0, 2, 6000) // 13.50 HUF more
		w.Release(t)
		second := pay(t, w, "2026-W11")
		require.NoError(t, w.Payouts.Cancel(t.Context(), first, payout.Cancelled, world.Now))
		third := pay(t, w, "2026-W12")

		x, y, z := explain(t, w, first), explain(t, w, second), explain(t, w, third)

		require.Equal(t, []int64{1600, 1400, 1600}, []int64{x.Payout.AmountMinor, y.Payout.AmountMinor, z.Payout.AmountMinor})
		require.Equal(t, []int64{1650, -50}, []int64{x.Items[0].AmountMinor, x.Items[1].AmountMinor})
		require.Equal(t, ledger.KindPayoutReserved, x.Items[1].Kind)
		require.Equal(t, []int64{50, 1350}, []int64{y.Items[0].AmountMinor, y.Items[1].AmountMinor})
		requireCreatorsExplained(t, w)
	})

	t.Run("adds earnings that were below the minimum to the next payout", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 1000)
		w.Release(t)
		require.Empty(t, pay(t, w, "2026-W10"))
		w.Read(t, 0, 2, 4000)
		w.Release(t)
		id := pay(t, w, "2026-W11")

		x := explain(t, w, id)

		require.Len(t, x.Items, 2)
		require.Equal(t, int64(500), x.Items[0].AmountMinor)
	})

	t.Run("shows the transfer, the bank payout and their objects at Stripe", func(t *testing.T) {
		t.Parallel()
		w, id := world.ReservedPayout(t)
		settle(t, w, id)

		x := explain(t, w, id)

		require.Equal(t, []ledger.Kind{ledger.KindPayoutReserved, ledger.KindTransferSettled, ledger.KindBankPayoutSettled}, kindsOf(x.Entries))
		require.Equal(t, []audit.ExternalObject{{Provider: "stripe", Type: "transfer", ID: "transfer_1"}}, x.Entries[1].Objects)
		require.Len(t, x.Attempts, 2)
	})

	t.Run("lists the items page by page, each once", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		other := w.Another(t, nil)
		for poll := range 5 {
			w.Read(t, 0, poll, int64(poll+1)*1000)
			other.Read(t, 0, poll, int64(poll+1)*1000)
		}
		w.Release(t)
		id := pay(t, w, "2026-W10")

		seen, page := map[string]bool{}, db.Page{Size: 3}
		for {
			x, err := w.Audit.ExplainPayout(t.Context(), id, page)
			require.NoError(t, err)
			if len(x.Items) == 0 {
				break
			}
			for _, item := range x.Items {
				require.False(t, seen[item.EntryID])
				seen[item.EntryID] = true
			}
			page.After = x.Items[len(x.Items)-1].Place()
		}

		require.Len(t, seen, 10)
	})

	t.Run("reports a line that differs from the sum of its accruals", func(t *testing.T) {
		t.Parallel()
		w, id := world.ReservedPayout(t)
		conn := dbtest.Connect(t, w.URL)
		_, err := conn.Exec(t.Context(), `
			ALTER TABLE payout_lines DISABLE TRIGGER payout_lines_immutable;
			UPDATE payout_lines SET amount_minor = amount_minor + 1;
			UPDATE payouts SET amount_minor = amount_minor + 1`)
		require.NoError(t, err)

		x, err := w.Audit.ExplainPayout(t.Context(), id, db.Page{})

		require.NoError(t, err)
		require.Equal(t, int64(1), x.DifferenceMinor)
		require.Equal(t, int64(1), x.Lines[0].DifferenceMinor)
		require.False(t, holds(x.Checks, "items_sum_to_lines"))
		require.False(t, holds(x.Checks, "reserved_in_the_ledger"))
		require.True(t, holds(x.Checks, "lines_sum_to_payout"))
	})

	for name, change := range map[string]struct{ check, sql string }{
		"does not follow from its views":          {"amounts_follow_from_views", "UPDATE accruals SET credited_views_after = credited_views_after + 1"},
		"does not continue the total of its clip": {"running_totals_chain", "UPDATE accruals SET clip_gross_after_minor = clip_gross_after_minor + 1"},
		"differs from its postings":               {"accruals_are_posted", "UPDATE holds SET amount_minor = amount_minor + 1"},
		"has another fee":                         {"splits_follow_terms", "UPDATE accruals SET fee_minor = 1, creator_minor = creator_minor - 1"},
	} {
		t.Run("reports an accrual that "+name, func(t *testing.T) {
			t.Parallel()
			w, id := world.ReservedPayout(t)
			_, err := dbtest.Connect(t, w.URL).Exec(t.Context(), "ALTER TABLE accruals DISABLE TRIGGER accruals_immutable; "+change.sql)
			require.NoError(t, err)

			x, err := w.Audit.ExplainPayout(t.Context(), id, db.Page{})

			require.NoError(t, err)
			require.False(t, holds(x.Checks, change.check))
		})
	}

	t.Run("refuses an id that is not of a payout", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 0, nil)

		_, unknown := w.Audit.ExplainPayout(t.Context(), uuid.NewString(), db.Page{})
		_, malformed := w.Audit.ExplainPayout(t.Context(), "7", db.Page{})

		require.Equal(t, "payout_not_found", fault.CodeOf(unknown))
		require.Equal(t, "malformed_id", fault.CodeOf(malformed))
	})
}

func kindsOf(entries []audit.ExplainedEntry) []ledger.Kind {
	kinds := make([]ledger.Kind, len(entries))
	for i, entry := range entries {
		kinds[i] = entry.Kind
	}
	return kinds
}

// settle records the transfer and the bank payout of a reserved payout.
func settle(t *testing.T, w *world.World, payoutID string) {
	t.Helper()
	for _, phase := range []payout.Phase{payout.Transfer, payout.BankPayout} {
		_, err := w.Payouts.RecordIntent(t.Context(), payoutID, phase, 0, world.Now)
		require.NoError(t, err)
		result := payout.Outcome{PayoutID: payoutID, Phase: phase, Generation: 1, ExternalID: string(phase) + "_1", Now: world.Now}
		if phase == payout.Transfer {
			require.NoError(t, w.Payouts.RecordTransferred(t.Context(), result))
			continue
		}
		require.NoError(t, w.Payouts.RecordBankPayoutAccepted(t.Context(), result))
		require.NoError(t, w.Payouts.RecordBankPayoutPaid(t.Context(), result))
	}
}
