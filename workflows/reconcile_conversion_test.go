package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/reconciliation"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/workflows"
)

// requireEqualToStripe makes a whole pass over what has happened since a day, and requires that nothing
// of it differs.
func (p payable) requireEqualToStripe(t *testing.T) {
	t.Helper()
	now := p.clock.Now().Add(10 * time.Minute)
	p.clock.follow(func() time.Time { return now })
	h := p.begin(t)
	h.reopened()
	settings := workflows.DefaultReconcileSettings()
	settings.Window = duration.Text(now.Sub(start) + days)
	result := completed[workflows.ReconcileResult](h, workflows.Reconcile, workflows.ReconcileInput{Settings: settings.Whole()})
	require.Greater(t, result.Objects, int32(2))
	isOpen := true
	open, err := p.store.Reconciliation.ListDifferences(t.Context(), reconciliation.DifferenceFilter{Open: &isOpen}, db.Page{Size: 10})
	require.NoError(t, err)
	require.Empty(t, open)
}

func TestReconcileConvertedPayouts(t *testing.T) {
	t.Parallel()

	t.Run("finds nothing about one that is paid", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, goodBank)

		p.pay(p.begin(t))

		p.requireEqualToStripe(t)
	})

	t.Run("finds nothing about one that the bank has not answered", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, goodBank)
		p.mishaps.terminate("RecordBankPayoutAccepted", afterWork)
		h := p.begin(t)
		h.ExecuteWorkflow(workflows.CreatorPayout, p.input)
		h.requireTerminated()

		p.requireEqualToStripe(t)
	})

	t.Run("finds nothing about one that a bank refused, and that is taken back in part", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, noAccount)
		h := p.begin(t)
		h.at(4*days, func() { p.rate(t, "eur", "0.81") })
		h.ask(5*days, workflows.UpdateCancel, operator())

		p.pay(h)

		require.Equal(t, int64(-100), p.balance(t, ledger.ExchangeDifferences))
		p.requireEqualToStripe(t)
	})

	t.Run("finds a bank payout in euros that is not the one that was sent", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, goodBank)
		p.pay(p.begin(t))
		p.disturb(t, "UPDATE payout_attempts SET amount_minor = amount_minor + 1 WHERE phase = 'bank_payout'")
		p.disturb(t, "ALTER TABLE external_objects DISABLE TRIGGER ALL")
		p.disturb(t, "DELETE FROM external_objects WHERE object_type = 'payout'")
		now := p.clock.Now().Add(10 * time.Minute)
		p.clock.follow(func() time.Time { return now })
		h := p.begin(t)
		h.reopened()
		settings := workflows.DefaultReconcileSettings()
		settings.Window = duration.Text(now.Sub(start) + days)

		result := completed[workflows.ReconcileResult](h, workflows.Reconcile, workflows.ReconcileInput{Settings: settings.Whole()})

		require.Positive(t, result.Open)
	})
}
