package audit_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/db/reconciliation"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// decided is a world with a payout that two people settled outside, and with a difference that two
// people acknowledged.
func decided(t *testing.T) *world.World {
	t.Helper()
	w, id := world.ReservedPayout(t)
	ctx, now := t.Context(), time.Now()
	_, err := w.Payouts.RecordIntent(ctx, id, payout.Transfer, 0, world.Now)
	require.NoError(t, err)
	require.NoError(t, w.Payouts.RecordTransferred(ctx, payout.Outcome{PayoutID: id, Phase: payout.Transfer, Generation: 1, ExternalID: "tr_1", Now: world.Now}))
	w.Correct(t, correction.Proposal{
		ID: uuid.NewString(), Kind: correction.SettlePayout, Currency: "USD", PayoutID: id, How: correction.PaidToCreator, ProposedBy: "ann",
		Reason: "r", Evidence: "e", Reference: "f", Now: world.Now,
	})
	pass := reconcile.Pass{ID: uuid.NewString(), StartedAt: now, Since: now.Add(-time.Hour)}
	require.NoError(t, w.Reconciliation.OpenPass(ctx, pass))
	topUp := reconcile.Object{Type: reconcile.BalanceTransaction, ID: "txn_1", AmountMinor: 700, Currency: "USD", Status: "topup", CreatedAt: now.Add(-time.Hour)}
	require.NoError(t, w.Reconciliation.RecordObjects(ctx, []reconcile.Object{topUp}, now))
	_, _, err = w.Reconciliation.Compare(ctx, reconcile.Comparison{Pass: pass, Limit: 10, Now: now})
	require.NoError(t, err)
	found, err := w.Reconciliation.ListDifferences(ctx, reconciliation.DifferenceFilter{}, db.Page{Size: 10})
	require.NoError(t, err)
	require.Len(t, found, 1)
	_, err = w.Reconciliation.ProposeAcknowledgement(ctx, found[0].ID, reconciliation.NoneNeeded, access.OperatorAction{Actor: "ann", Reason: "a top-up"}, now)
	require.NoError(t, err)
	_, err = w.Reconciliation.ApproveAcknowledgement(ctx, found[0].ID, access.OperatorAction{Actor: "bob", Reason: "seen"}, now)
	require.NoError(t, err)
	return w
}

func TestVerifyFindsDecisionsByOnePerson(t *testing.T) {
	t.Parallel()
	const (
		freeCorrections = "ALTER TABLE corrections DROP CONSTRAINT corrections_two_people_check, DROP CONSTRAINT corrections_decided_check; "
		freeDifferences = "ALTER TABLE reconciliation_differences DROP CONSTRAINT differences_two_people_check, DROP CONSTRAINT differences_acknowledged_check, " +
			"DROP CONSTRAINT differences_proposed_check, DROP CONSTRAINT differences_booking_check; "
	)

	for _, tc := range []struct{ name, plant, check string }{
		{"a correction that its proposer approved", freeCorrections + "UPDATE corrections SET decided_by = ' ANN'", "correction"},
		{"a correction that no one approved", freeCorrections + "UPDATE corrections SET decided_by = NULL", "correction"},
		{"a correction that was approved by a blank", freeCorrections + "UPDATE corrections SET decided_by = E'\\t'", "correction"},
		{"an approval without an entry", "DELETE FROM correction_entries", "correction"},
		{"a settlement without a correction", "DELETE FROM correction_entries; DELETE FROM corrections", "correction"},
		{"a settlement whose correction was rejected", "UPDATE corrections SET status = 'rejected'", "correction"},
		{"a difference that its proposer approved", freeDifferences + "UPDATE reconciliation_differences SET acknowledged_by = 'ann'", "acknowledgement"},
		{"a difference that no one proposed to acknowledge", freeDifferences + "UPDATE reconciliation_differences SET proposed_by = NULL", "acknowledgement"},
		{"a difference without a person who approved", freeDifferences + "UPDATE reconciliation_differences SET acknowledged_by = NULL", "acknowledgement"},
		{"a difference that needs a booking and has none", freeDifferences + "UPDATE reconciliation_differences SET needs_booking = true", "acknowledgement"},
		{"a difference whose booking does not exist", "UPDATE reconciliation_differences SET booking = gen_random_uuid()::text", "acknowledgement"},
	} {
		t.Run("finds "+tc.name, func(t *testing.T) {
			t.Parallel()
			w := decided(t)
			w.RequireBooksInOrder(t)
			dbtest.Tamper(t, w.URL, tc.plant)

			whole, err := w.Audit.Verify(t.Context())
			require.NoError(t, err)
			short, err := w.Audit.Check(t.Context())

			require.NoError(t, err)
			require.Contains(t, world.Checks(whole), tc.check)
			require.Contains(t, world.Checks(short), tc.check)
		})
	}
}
