package audit_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/payout"
)

// The application cannot violate these rules, so a superuser plants the violations, who switches
// the triggers off first.
func TestVerifyBooks(t *testing.T) {
	t.Parallel()

	t.Run("finds nothing wrong in correct books", func(t *testing.T) {
		t.Parallel()
		w, id := world.ReservedPayout(t)
		_, err := w.Payouts.RecordIntent(t.Context(), id, payout.Transfer, 0, world.Now)
		require.NoError(t, err)

		w.RequireBooksInOrder(t)
		verified, err := w.Audit.Verify(t.Context())

		require.NoError(t, err)
		require.Equal(t, int64(4), verified.Checked.Entries, "funded, accrued, released, reserved")
		require.Equal(t, int64(1), verified.Checked.Payouts)
	})

	planted := []struct {
		name   string
		plant  string
		checks []string
	}{
		{"an amount that was changed", "UPDATE postings SET amount_minor = amount_minor + 1 WHERE line = 1 AND entry_id = (SELECT id FROM journal_entries WHERE kind = 'payout_reserved')", []string{"trial_balance", "entry"}},
		{"two errors that cancel each other out", "UPDATE postings SET amount_minor = amount_minor + CASE kind WHEN 'payout_reserved' THEN 1 ELSE -1 END FROM journal_entries WHERE id = entry_id AND line = 1 AND kind IN ('payout_reserved', 'hold_released')", []string{"entry", "entry"}},
		{"an entry whose postings are gone", "DELETE FROM postings USING journal_entries WHERE id = entry_id AND kind = 'payout_reserved'", []string{"entry"}},
		{"a guard with more spent", "UPDATE campaign_budgets SET spent_minor = spent_minor + 1", []string{"budget"}},
		{"a guard with more funded", "UPDATE campaign_budgets SET funded_minor = funded_minor + 1", []string{"budget"}},
		{"a guard with a refund", "UPDATE campaign_budgets SET refunded_minor = 1", []string{"budget"}},
		{"a guard with a loss", "UPDATE campaign_budgets SET shortfall_minor = 1", []string{"budget"}},
		{"accruals that differ from what was spent", "UPDATE accruals SET gross_minor = gross_minor + 1, creator_minor = creator_minor + 1", []string{"budget"}},
		{"lines that differ from the payout", "UPDATE payout_lines SET amount_minor = amount_minor - 1", []string{"payout"}},
		{"an applied transfer that the ledger does not have", "INSERT INTO payout_attempts (payout_id, phase, generation, idempotency_key, amount_minor, outcome) SELECT id, 'transfer', 1, 'k', amount_minor, 'applied' FROM payouts", []string{"payout"}},
		{"a hold that is larger than what it released", "UPDATE holds SET amount_minor = amount_minor + 1", []string{"available"}},
		{"a released hold without its release", "UPDATE holds SET release_entry_id = NULL", []string{"hold", "available"}},
		{"a deduction without a reason", "INSERT INTO earning_deductions (entry_id, creator_id, campaign_id, amount_minor, currency) SELECT entry_id, creator_id, campaign_id, 1, currency FROM holds", []string{"available"}},
		{"credited views that no reading counted", "UPDATE accruals SET credited_views_after = credited_views_after + 1", []string{"accrual"}},
		{"a reading that is gone", "DELETE FROM observations", []string{"accrual"}},
		{"a posting without an entry", "INSERT INTO postings (entry_id, seq, line, account_id, currency, amount_minor) SELECT gen_random_uuid(), 999, 1, account_id, currency, 1 FROM postings LIMIT 1", []string{"posting", "trial_balance"}},
		{"an accrual whose entry is gone", "DELETE FROM journal_entries WHERE kind = 'earnings_accrued'", []string{"reference", "posting"}},
		{"an external object without an entry", "UPDATE external_objects SET entry_id = gen_random_uuid()", []string{"reference"}},
		{"an event that was recorded twice", "DROP INDEX journal_entries_reverses_key; ALTER TABLE journal_entries DROP CONSTRAINT journal_entries_reference_key; UPDATE journal_entries SET kind = 'twice', reference = 'twice', reverses = (SELECT id FROM journal_entries ORDER BY seq LIMIT 1) WHERE seq > 2", []string{"reference", "reference"}},
		{"an account below zero", "UPDATE postings SET account_id = (SELECT id FROM ledger_accounts WHERE code LIKE '%/pending') FROM journal_entries WHERE id = entry_id AND line = 1 AND kind = 'payout_reserved'", []string{"account"}},
	}
	for _, tc := range planted {
		t.Run("finds "+tc.name, func(t *testing.T) {
			t.Parallel()
			w, _ := world.ReservedPayout(t)
			dbtest.Tamper(t, w.URL, tc.plant)

			verified, err := w.Audit.Verify(t.Context())

			require.NoError(t, err)
			findings := verified.Findings
			var checks []string
			for _, finding := range findings {
				checks = append(checks, finding.Check)
				require.NotEmpty(t, finding.Subject)
				require.NotEmpty(t, finding.Detail)
			}
			require.Subset(t, checks, tc.checks, findings)
			require.GreaterOrEqual(t, len(checks), len(tc.checks), findings)
		})
	}

	t.Run("finds an entry that never had postings", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 0, nil)
		id := uuid.NewString()
		dbtest.Tamper(t, w.URL, `INSERT INTO journal_entries (id, kind, reference, currency, request_hash, effective_at) VALUES ('`+id+`', 'adjustment', 'x', 'USD', sha256('x'), now())`)

		verified, err := w.Audit.Verify(t.Context())

		require.NoError(t, err)
		require.Len(t, verified.Findings, 1)
		require.Contains(t, verified.Findings[0].Subject, id)
		require.Equal(t, "has no postings", verified.Findings[0].Detail)
	})
}
