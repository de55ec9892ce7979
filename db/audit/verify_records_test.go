package audit_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/payout"
)

// paidPayout returns a world with one creator whose payout is paid, and with a second campaign.
func paidPayout(t *testing.T) *world.World {
	t.Helper()
	w, id := world.ReservedPayout(t)
	ctx := t.Context()
	_, err := w.Payouts.RecordIntent(ctx, id, payout.Transfer, 0, world.Now)
	require.NoError(t, err)
	require.NoError(t, w.Payouts.RecordTransferred(ctx, payout.Outcome{PayoutID: id, Phase: payout.Transfer, Generation: 1, ExternalID: "tr_1", Now: world.Now}))
	_, err = w.Payouts.RecordIntent(ctx, id, payout.BankPayout, 0, world.Now)
	require.NoError(t, err)
	bank := payout.Outcome{PayoutID: id, Phase: payout.BankPayout, Generation: 1, ExternalID: "po_1", Now: world.Now}
	require.NoError(t, w.Payouts.RecordBankPayoutAccepted(ctx, bank))
	require.NoError(t, w.Payouts.RecordBankPayoutPaid(ctx, bank))
	_, err = w.Earnings.RecordReading(ctx, w.Reading(0, 2, 12_000))
	require.NoError(t, err)
	world.In(t, w.URL, w.Books, 0, nil)
	return w
}

func onlyPayout(t *testing.T, w *world.World) (payoutID string) {
	t.Helper()
	require.NoError(t, dbtest.Connect(t, w.URL).QueryRow(t.Context(), "SELECT id::text FROM payouts").Scan(&payoutID))
	return payoutID
}

// Each change leaves all sums as they were, but then a row differs from its entry in the journal.
func TestVerifyBooksComparesRecordsWithTheJournal(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct{ name, plant, check string }{
		{"a transfer that is gone", "DELETE FROM external_objects WHERE object_type = 'transfer'", "object"},
		{"another transfer", "UPDATE external_objects SET object_id = 'tr_2' WHERE object_type = 'transfer'", "object"},
		{"another transfer, in its attempt as well", "UPDATE external_objects SET object_id = 'tr_2' WHERE object_type = 'transfer'; UPDATE payout_attempts SET external_id = 'tr_2' WHERE phase = 'transfer'", "payout"},
		{"another payment", "UPDATE external_objects SET object_id = 'pi_2' WHERE object_id IN (SELECT min(object_id) FROM external_objects WHERE object_type = 'payment_intent')", "object"},
		{"an object of another type", "UPDATE external_objects SET object_type = 'refund' WHERE object_type = 'transfer'", "object"},
		{"an object that points at another entry", "UPDATE external_objects SET entry_id = (SELECT id FROM journal_entries WHERE kind = 'hold_released') WHERE object_type = 'payout'", "object"},
		{"an entry that records two objects", "INSERT INTO external_objects (provider, object_type, object_id, entry_id) SELECT provider, object_type, 'tr_2', entry_id FROM external_objects WHERE object_type = 'transfer'", "object"},
		{"one cent that moved from a creator to the fee", "UPDATE accruals SET creator_minor = creator_minor - 1, fee_minor = fee_minor + 1", "accrual"},
		{"a fee that is one cent higher than the floor of all readings", "UPDATE accruals SET creator_minor = creator_minor - 1, fee_minor = fee_minor + 1 WHERE poll = 2", "split"},
		{"a commission without an affiliate", "UPDATE accruals SET creator_minor = creator_minor - 1, affiliate_minor = 1, affiliate_id = gen_random_uuid() WHERE poll = 2", "split"},
		{"a net gross of a clip", "UPDATE accruals SET clip_net_after_minor = clip_net_after_minor - 1 WHERE poll = 2", "split"},
		{"terms with another fee", "UPDATE campaigns SET terms = jsonb_set(terms, '{fee_basis_points}', '1000')", "split"},
		{"an accrual of another creator", "UPDATE accruals SET creator_id = gen_random_uuid()", "accrual"},
		{"an accrual at another time", "UPDATE accruals SET accrued_at = accrued_at - interval '1 day'", "accrual"},
		{"an accrual that is gone", "DELETE FROM accruals WHERE poll = 2", "accrual"},
		{"a total of a clip", "UPDATE accruals SET clip_gross_after_minor = clip_gross_after_minor + 1", "accrual"},
		{"a total of a creator", "UPDATE accruals SET creator_gross_after_minor = creator_gross_after_minor + 1", "accrual"},
		{"a clip of another creator", "UPDATE clips SET creator_id = gen_random_uuid()", "accrual"},
		{"a hold by another campaign", "UPDATE holds SET campaign_id = (SELECT campaign_id FROM campaign_budgets WHERE spent_minor = 0)", "hold"},
		{"a hold that ends ten years too early", "UPDATE holds SET available_at = available_at - interval '10 years' WHERE release_entry_id IS NULL", "hold"},
		{"a payout to another account", "UPDATE payouts SET payout_account = 'acct_thief'", "reference"},
		{"a payout to an account that only one person wanted", "INSERT INTO payout_account_changes (id, creator_id, from_account, to_account, proposed_by, reason, proposed_at) SELECT gen_random_uuid(), creator_id, reserved_account, 'acct_thief', 'x', 'x', now() FROM payouts; INSERT INTO payout_account_applications SELECT id, now() FROM payout_account_changes; UPDATE payouts SET payout_account = 'acct_thief'", "reference"},
		{"a payout for another campaign", "UPDATE payout_lines SET campaign_id = (SELECT campaign_id FROM campaign_budgets WHERE spent_minor = 0)", "available"},
		{"a payout that has another status", "UPDATE payouts SET status = 'returned'", "payout"},
		{"a payout that has the status cancelled, but was paid", "UPDATE payouts SET status = 'cancelled'; UPDATE holds SET release_entry_id = NULL WHERE release_entry_id IS NOT NULL", "payout"},
		{"a payout of another transfer", "UPDATE payouts SET transfer_id = 'tr_2'", "payout"},
		{"a payout of another bank payout", "UPDATE payouts SET bank_payout_id = 'po_2'", "payout"},
		{"a payout of another creator", "UPDATE payouts SET creator_id = gen_random_uuid()", "payout"},
		{"a payout that is gone", "DELETE FROM payout_lines; DELETE FROM payout_attempts; UPDATE payouts SET id = gen_random_uuid()", "payout"},
		{"payouts that are all gone", "DELETE FROM payout_lines; DELETE FROM payout_attempts; DELETE FROM payouts", "payout"},
		{"a million views in one reading", "UPDATE observations SET views = views + 1000000", "reading"},
		{"a million views in the state of a clip", "UPDATE observations SET views = views + 1000000, high_water_views = high_water_views + 1000000 WHERE poll = 2", "accrual"},
		{"a reading between others that is gone", "DELETE FROM observations WHERE poll = 1; UPDATE observations SET excluded_views = excluded_views + 1", "reading"},
	} {
		t.Run("finds "+tc.name, func(t *testing.T) {
			t.Parallel()
			w := paidPayout(t)
			w.RequireBooksInOrder(t)
			dbtest.Tamper(t, w.URL, tc.plant)

			verified, err := w.Audit.Verify(t.Context())

			require.NoError(t, err)
			require.Contains(t, world.Checks(verified), tc.check, verified.Findings)
		})
	}

	t.Run("finds a payout that has the status paid, but was not paid", func(t *testing.T) {
		t.Parallel()
		w, _ := world.ReservedPayout(t)
		dbtest.Tamper(t, w.URL, "UPDATE payouts SET status = 'paid'")

		verified, err := w.Audit.Check(t.Context())

		require.NoError(t, err)
		require.Equal(t, []string{"payout"}, world.Checks(verified))
	})

	t.Run("finds nothing wrong with a paid payout that was parked and resumed", func(t *testing.T) {
		t.Parallel()
		w := paidPayout(t)
		id := onlyPayout(t, w)
		for _, status := range []payout.Status{payout.NeedsAttention, payout.Transferred, payout.Reserved} {
			require.NoError(t, w.Payouts.Park(t.Context(), id, status, payout.NoReason, ""))

			verified, err := w.Audit.Check(t.Context())

			require.NoError(t, err)
			require.Empty(t, verified.Findings, status)
		}
	})

	t.Run("finds the hold that a clawback left if it has another campaign", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 10_000)
		w.Correct(t, w.Clawback(0, 1000))
		w.RequireBooksInOrder(t)
		dbtest.Tamper(t, w.URL, "UPDATE holds SET campaign_id = '"+uuid.NewString()+"' WHERE release_entry_id IS NULL")

		verified, err := w.Audit.Verify(t.Context())

		require.NoError(t, err)
		require.Equal(t, []string{"hold"}, world.Checks(verified))
	})
}
