package reconciliation_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/db/reconciliation"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// settledPayout is a payout of 5,000 that needed attention and that people settled outside while
// its bank payout was alive.
func settledPayout(t *testing.T, how correction.How, accepted bool) (p *passes, payoutID string) {
	t.Helper()
	w, payoutID := world.ReservedPayout(t)
	ctx := t.Context()
	_, err := w.Payouts.RecordIntent(ctx, payoutID, payout.Transfer, 0, world.Now)
	require.NoError(t, err)
	require.NoError(t, w.Payouts.RecordTransferred(ctx, payout.Outcome{PayoutID: payoutID, Phase: payout.Transfer, Generation: 1, ExternalID: "tr_1", Now: world.Now}))
	_, err = w.Payouts.RecordIntent(ctx, payoutID, payout.BankPayout, 0, world.Now)
	require.NoError(t, err)
	if accepted {
		require.NoError(t, w.Payouts.RecordBankPayoutAccepted(ctx, payout.Outcome{PayoutID: payoutID, Phase: payout.BankPayout, Generation: 1, ExternalID: "po_1", Now: world.Now}))
	}
	reason := payout.OutcomeUnknown
	if accepted {
		reason = payout.BankPayoutLate
	}
	require.NoError(t, w.Payouts.Park(ctx, payoutID, payout.NeedsAttention, reason, ""))
	w.Correct(t, correction.Proposal{
		ID: uuid.NewString(), Kind: correction.SettlePayout, Currency: "USD", PayoutID: payoutID, How: how, ProposedBy: "ann", Reason: "r", Evidence: "e", Reference: "f", Now: world.Now,
	})
	return &passes{Books: w.Books, now: time.Now().UTC().Truncate(time.Millisecond)}, payoutID
}

func (p *passes) bankPayout(payoutID, id, status string) reconcile.Object {
	return reconcile.Object{
		Type: reconcile.BankPayout, ID: id, Account: "acct_1", AmountMinor: 5000, Currency: "USD", Status: status, PayoutID: payoutID, Generation: 1,
		CreatedAt: p.now.Add(-time.Hour),
	}
}

func (p *passes) classes(t *testing.T) map[string]reconcile.Class {
	t.Helper()
	open := true
	found, err := p.Reconciliation.ListDifferences(t.Context(), reconciliation.DifferenceFilter{Open: &open}, db.Page{Size: 10})
	require.NoError(t, err)
	classes := map[string]reconcile.Class{}
	for _, difference := range found {
		classes[difference.ObjectID] = difference.Class
	}
	return classes
}

func TestSettledOutside(t *testing.T) {
	t.Parallel()

	for _, accepted := range []bool{true, false} {
		name := "whose answer was lost"
		if accepted {
			name = "that Stripe had accepted"
		}
		t.Run("leaves no difference about a bank payout "+name+", whatever its state", func(t *testing.T) {
			t.Parallel()
			p, payoutID := settledPayout(t, correction.PaidToCreator, accepted)
			for _, status := range []string{"pending", "in_transit", "paid", "failed", "canceled"} {
				pass := p.open(t)
				p.say(t, p.now, p.bankPayout(payoutID, "po_1", status))
				p.now = p.now.Add(time.Hour)
				require.Zero(t, p.compare(t, pass).StillOpen, status)
			}
		})
	}

	t.Run("shows a second bank payout of the same payout", func(t *testing.T) {
		t.Parallel()
		p, payoutID := settledPayout(t, correction.PaidToCreator, true)
		pass := p.open(t)
		p.say(t, p.now, p.bankPayout(payoutID, "po_1", "paid"), p.bankPayout(payoutID, "po_2", "paid"))

		result := p.compare(t, pass)

		require.Equal(t, int32(1), result.Blocking)
		require.Equal(t, map[string]reconcile.Class{"po_2": reconcile.Duplicate}, p.classes(t))
	})

	t.Run("shows a bank payout that was written off and paid after all", func(t *testing.T) {
		t.Parallel()
		p, payoutID := settledPayout(t, correction.Lost, true)
		pass := p.open(t)
		p.say(t, p.now, p.bankPayout(payoutID, "po_1", "in_transit"))
		require.Zero(t, p.compare(t, pass).StillOpen)

		pass = p.open(t)
		p.say(t, p.now, p.bankPayout(payoutID, "po_1", "paid"))
		p.now = p.now.Add(time.Hour)
		result := p.compare(t, pass)

		require.Equal(t, int32(1), result.Blocking)
		require.Equal(t, map[string]reconcile.Class{"po_1": reconcile.State}, p.classes(t))
	})

	t.Run("still shows a reversal that Stripe made of the settled transfer", func(t *testing.T) {
		t.Parallel()
		p, payoutID := settledPayout(t, correction.PaidToCreator, true)
		pass := p.open(t)
		p.say(t, p.now, reconcile.Object{
			Type: reconcile.TransferReversal, ID: "trr_1", Account: "acct_1", AmountMinor: 5000, Currency: "USD", PayoutID: payoutID,
			SourceType: reconcile.Transfer, SourceID: "tr_1", CreatedAt: p.now.Add(-time.Hour),
		})

		p.compare(t, pass)

		require.Equal(t, map[string]reconcile.Class{"trr_1": reconcile.MissingHere}, p.classes(t))
	})
}
