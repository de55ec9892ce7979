package reconciliation_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/reconciliation"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// movement is a change of the platform's balance for no object of ours.
func (p *passes) movement(id, status string, amountMinor int64) reconcile.Object {
	return reconcile.Object{Type: reconcile.BalanceTransaction, ID: id, Status: status, AmountMinor: amountMinor, Currency: "USD", CreatedAt: p.now.Add(-time.Hour)}
}

// pass sees objects, books what belongs to none of ours, in pages of two, and compares.
func (p *passes) pass(t *testing.T, objects ...reconcile.Object) reconcile.PassResult {
	t.Helper()
	pass := p.open(t)
	p.say(t, p.now.Add(time.Second), objects...)
	p.book(t, pass)
	return p.compare(t, pass)
}

func (p *passes) book(t *testing.T, pass reconcile.Pass) {
	t.Helper()
	for after, more := "", true; more; {
		next, left, err := p.Reconciliation.BookMovements(t.Context(), pass, after, 2)
		require.NoError(t, err)
		require.True(t, !left || next > after)
		after, more = next, left
	}
}

// requireBalance compares a balance on its normal side.
func (p *passes) requireBalance(t *testing.T, account ledger.Account, balanceMinor int64) {
	t.Helper()
	balance, err := p.Journal.GetBalance(t.Context(), account, "USD")
	require.NoError(t, err)
	require.Equal(t, balanceMinor, balance, account)
}

func TestBookMovements(t *testing.T) {
	t.Parallel()

	t.Run("books fees, top-ups, payouts of the platform and reserves once, whatever pass sees them", func(t *testing.T) {
		t.Parallel()
		p := setupPasses(t)
		objects := []reconcile.Object{
			p.movement("txn_1", "topup", 100_000), p.movement("txn_2", "stripe_fee", -200), p.movement("txn_3", "payout", -30_000),
			p.movement("txn_4", "reserved_funds", -5000), p.movement("txn_5", "tax_fee", -20),
		}

		first := p.pass(t, objects...)
		second := p.pass(t, objects...)

		require.Zero(t, first.Found)
		require.Zero(t, second.Found)
		p.requireBalance(t, ledger.StripePlatform, 64_780)
		p.requireBalance(t, ledger.PlatformCapital, 70_000)
		p.requireBalance(t, ledger.ProcessingFees, 220)
		p.requireBalance(t, ledger.StripeReserved, 5000)
		verified, err := p.Audit.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, verified.Findings)
	})

	t.Run("books the fee of an instant payout of the platform as a fee, and not as capital", func(t *testing.T) {
		t.Parallel()
		p := setupPasses(t)
		out := p.movement("txn_2", "payout", -10_100)
		out.FeeMinor = 100
		free := p.movement("txn_3", "topup", 0) // all of it went to the fee
		free.FeeMinor = 30
		objects := []reconcile.Object{p.movement("txn_1", "topup", 50_000), out, free}

		first, second := p.pass(t, objects...), p.pass(t, objects...)

		require.Zero(t, first.Found+second.Found)
		p.requireBalance(t, ledger.StripePlatform, 39_900)
		p.requireBalance(t, ledger.PlatformCapital, 40_030)
		p.requireBalance(t, ledger.ProcessingFees, 130)
		verified, err := p.Audit.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, verified.Findings)
	})

	t.Run("leaves what does not say what it is for to people, and does not book what they settled", func(t *testing.T) {
		t.Parallel()
		p := setupPasses(t)
		unclear, foreign := p.movement("txn_1", "adjustment", -700), p.movement("txn_2", "stripe_fee", -5)
		foreign.Currency = "XXX" // no currency of money

		result := p.pass(t, unclear, foreign)

		require.EqualValues(t, 2, result.StillOpen)
		p.requireBalance(t, ledger.StripePlatform, 0)
	})

	t.Run("books a difference from before it knew the type, and clears it", func(t *testing.T) {
		t.Parallel()
		p := setupPasses(t)
		fee := p.movement("txn_1", "stripe_fee", -5)
		pass := p.open(t)
		p.say(t, p.now.Add(time.Second), fee)
		require.EqualValues(t, 1, p.compare(t, pass).StillOpen)

		result := p.pass(t)

		require.EqualValues(t, 1, result.Cleared)
		require.Zero(t, result.StillOpen)
		p.requireBalance(t, ledger.ProcessingFees, 5)
	})

	t.Run("does not book again what people have acknowledged", func(t *testing.T) {
		t.Parallel()
		p := setupPasses(t)
		fee := p.movement("txn_1", "stripe_fee", -5)
		pass := p.open(t)
		p.say(t, p.now.Add(time.Second), fee)
		p.compare(t, pass)
		open, err := p.Reconciliation.ListDifferences(t.Context(), reconciliation.DifferenceFilter{}, db.Page{Size: 10})
		require.NoError(t, err)
		_, err = p.Reconciliation.ProposeAcknowledgement(t.Context(), open[0].ID, reconciliation.NoneNeeded, access.OperatorAction{ID: uuid.NewString(), Actor: "ann", Reason: "booked elsewhere"}, p.now)
		require.NoError(t, err)
		_, err = p.Reconciliation.ApproveAcknowledgement(t.Context(), open[0].ID, access.OperatorAction{ID: uuid.NewString(), Actor: "bob", Reason: "seen"}, p.now)
		require.NoError(t, err)

		p.pass(t, fee)

		p.requireBalance(t, ledger.ProcessingFees, 0)
	})

	t.Run("finds a booking of another amount than Stripe has", func(t *testing.T) {
		t.Parallel()
		p := setupPasses(t)
		p.pass(t, p.movement("txn_1", "topup", 500))

		changed := p.movement("txn_1", "topup", 400) // never happens at Stripe, so a person has changed our record
		p.pass(t, changed)
		result := p.pass(t, changed)

		require.EqualValues(t, 1, result.Blocking)
	})
}
