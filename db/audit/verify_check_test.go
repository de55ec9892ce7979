package audit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

func TestCheckBooks(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct {
		name, tamper string
		short, whole []string
	}{
		{"checks what is not sealed", "UPDATE postings SET amount_minor = amount_minor + 1 WHERE seq = 7 AND line = 1", []string{"entry", "trial_balance"}, []string{"entry", "trial_balance"}},
		{"does not check what is sealed, which the long form does", "UPDATE journal_entries SET effective_at = now() WHERE seq = 2", nil, []string{"seal"}},
		{"finds a balance that changed before the last seal", "UPDATE balance_checkpoints SET balance_minor = 7", []string{"trial_balance"}, []string{"checkpoint", "trial_balance"}},
		{"finds what is owed that was changed before the last seal", "INSERT INTO cover_checkpoints SELECT max(last_seq), 'USD', 'escrow', -7 FROM seals", []string{"cover"}, []string{"cover"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := world.NewJournal(t)
			b.Post(t, 5)
			b.SealAll(t, seal.Limits{EntriesMax: 10, TailMax: 1})
			b.Post(t, 3)

			before, err := b.Audit.Check(t.Context())
			require.NoError(t, err)
			dbtest.Tamper(t, b.URL, tc.tamper)
			short, err := b.Audit.Check(t.Context())
			require.NoError(t, err)

			require.Empty(t, before.Findings)
			require.Equal(t, int64(3), before.Checked.Entries, "only those that are not sealed")
			require.Subset(t, world.Checks(short), tc.short)
			require.Equal(t, len(tc.short) == 0, len(short.Findings) == 0, short.Findings)
			require.Subset(t, world.Checks(b.Verify(t)), tc.whole)
		})
	}
}

// The short form does not run the checks that take longer every month.
func TestCheckBooksDoesNotCheckOldHistory(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct {
		name, tamper string
		short, whole []string
	}{
		{"totals of accruals", "UPDATE accruals SET clip_gross_after_minor = clip_gross_after_minor + 1", nil, []string{"accrual"}},
		{"views that a sealed accrual credits", "UPDATE accruals SET credited_views_after = 1 WHERE poll = 1", nil, []string{"accrual"}},
		{"but not views that an unsealed accrual credits", "UPDATE accruals SET credited_views_after = credited_views_after + 1 WHERE poll = 3", []string{"accrual"}, []string{"accrual"}},
		{"but not a reading of an unsealed accrual that is gone", "DELETE FROM observations WHERE poll = 3", []string{"accrual"}, []string{"accrual"}},
		{"accruals against guards", "UPDATE accruals SET gross_minor = gross_minor + 1, fee_minor = fee_minor + 1 WHERE poll = 1", nil, []string{"accrual", "budget"}},
		{"but not escrow against guards", "UPDATE campaign_budgets SET spent_minor = spent_minor + 1 WHERE spent_minor > 0", []string{"budget"}, []string{"budget"}},
		{"payouts that ended long ago", "UPDATE payouts SET transfer_id = 'tr_2', updated_at = now() - interval '36 days'", nil, []string{"payout"}},
		{"but not payouts that ended recently", "UPDATE payouts SET transfer_id = 'tr_2', updated_at = now() - interval '34 days'", []string{"payout"}, []string{"payout"}},
		{"but not payouts that did not end, of any age", "UPDATE payouts SET status = 'needs_attention', transfer_id = 'tr_2', updated_at = now() - interval '1 year'", []string{"payout"}, []string{"payout"}},
		{"but not entries of payouts that are gone", "DELETE FROM payout_lines; DELETE FROM payout_attempts; DELETE FROM payouts", []string{"available", "payout"}, []string{"available", "payout"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := paidPayout(t)
			dbtest.SealAll(t, w.Books, seal.DefaultLimits())
			w.Read(t, 0, 3, 14_000)
			w.RequireSound(t, 0)
			dbtest.Tamper(t, w.URL, tc.tamper)

			short, err := w.Audit.Check(t.Context())
			require.NoError(t, err)
			whole, err := w.Audit.Verify(t.Context())
			require.NoError(t, err)

			require.ElementsMatch(t, tc.short, world.Checks(short), short.Findings)
			require.Subset(t, world.Checks(whole), tc.whole, whole.Findings)
		})
	}
}

func TestVerifyBooksComparesReversalsWithTheirOriginals(t *testing.T) {
	t.Parallel()

	back := func(aMinor, bMinor int64) []ledger.Posting {
		return []ledger.Posting{{Account: "test/a", AmountMinor: aMinor}, {Account: "test/b", AmountMinor: bMinor}}
	}
	for _, tc := range []struct {
		name     string
		postings []ledger.Posting
		says     string
	}{
		{"takes a whole entry back", back(-5, 5), ""},
		{"takes a part back", back(-2, 2), ""},
		{"takes back from the account to which the money moved since then", []ledger.Posting{{Account: "test/a", AmountMinor: -5}, {Account: "test/c", AmountMinor: 5}}, ""},
		{"takes back more than there was", back(-6, 6), "takes back 6 of 5"},
		{"moves the same way again", back(5, -5), "moves 5 on test/a, where the original moved 5"},
		{"takes more from one account than its original, split into two postings", []ledger.Posting{{Account: "test/a", AmountMinor: -5}, {Account: "test/b", AmountMinor: 6}, {Account: "test/a", AmountMinor: -1}}, "takes back 6 of 5"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := world.NewJournal(t)
			_, err := b.Journal.Post(t.Context(), world.Entry("original"))
			require.NoError(t, err)
			reversal := world.Entry("reversal")
			reversal.ReversesKind, reversal.ReversesReference, reversal.Postings = ledger.KindAdjustment, "original", tc.postings
			_, err = b.Journal.Post(t.Context(), reversal)
			require.NoError(t, err)

			findings := b.Verify(t).Findings

			if tc.says == "" {
				require.Empty(t, findings)
				return
			}
			require.NotEmpty(t, findings)
			require.Equal(t, "reversal", findings[0].Check)
			require.Equal(t, tc.says, findings[0].Detail)
		})
	}

	t.Run("names a reversal whose original is gone", func(t *testing.T) {
		t.Parallel()
		b := world.NewJournal(t)
		_, err := b.Journal.Post(t.Context(), world.Entry("original"))
		require.NoError(t, err)
		reversal := world.Entry("reversal")
		reversal.ReversesKind, reversal.ReversesReference, reversal.Postings = ledger.KindAdjustment, "original", back(-5, 5)
		_, err = b.Journal.Post(t.Context(), reversal)
		require.NoError(t, err)
		dbtest.Tamper(t, b.URL, "DELETE FROM postings WHERE seq = 1; DELETE FROM journal_entries WHERE seq = 1")

		require.Contains(t, world.Checks(b.Verify(t)), "reversal")
	})
}
