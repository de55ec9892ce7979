package reconcile_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// worth sets the amount that Stripe has.
func worth(minor int64) func(*reconcile.Pair) {
	return func(p *reconcile.Pair) { p.Theirs.AmountMinor = minor }
}

func netOf(minor int64) func(*reconcile.Pair) {
	return func(p *reconcile.Pair) { p.Ours.PlatformMinor = minor }
}

func TestShift(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		name    string
		pair    reconcile.Pair
		class   reconcile.Class
		minor   int64
		needed  bool
		because string
	}{
		{"a transfer that the books lack", pair(unbooked), reconcile.MissingHere, -10_000, true, "it has left the balance"},
		{"a transfer of which half was taken back", pair(unbooked, func(p *reconcile.Pair) { p.Theirs.ReversedMinor = 4_000 }), reconcile.MissingHere, -6_000, true, "the rest has left"},
		{"a reversal that the books lack", pair(is(reconcile.TransferReversal, ""), unbooked), reconcile.MissingHere, 10_000, false, "money came in"},
		{"a payment that the books lack", pair(is(reconcile.PaymentIntent, "succeeded"), unbooked, campaigns), reconcile.MissingHere, 10_000, false, "money came in"},
		{"a refund that the books lack", pair(is(reconcile.Refund, "succeeded"), unbooked, campaigns), reconcile.MissingHere, -10_000, true, "it has left the balance"},
		{"a second transfer", pair(rivalled), reconcile.Duplicate, -10_000, true, "it has left twice"},
		{"a transfer that Stripe lacks", pair(absent), reconcile.MissingThere, 10_000, true, "the connected account lacks it"},
		{"a payment that Stripe lacks", pair(is(reconcile.PaymentIntent, ""), absent, netOf(9_700)), reconcile.MissingThere, -9_700, true, "it was booked without its fee"},
		{"a transfer of less than was booked", pair(worth(9_000)), reconcile.Amount, 1_000, true, "the connected account has less"},
		{"a transfer of more than was booked", pair(worth(11_000)), reconcile.Amount, -1_000, true, "the platform has less"},
		{"a payment of more than was booked", pair(is(reconcile.PaymentIntent, "succeeded"), worth(11_000)), reconcile.Amount, 1_000, false, "money came in"},
		{"a movement that took more", pair(movement(reconcile.Transfer, "transfer", -10_300)), reconcile.Amount, -300, true, "the platform has less"},
		{"a movement that took less", pair(movement(reconcile.Transfer, "transfer", -9_900)), reconcile.Amount, 100, false, "the platform has more"},
		{"a transfer in another currency", pair(func(p *reconcile.Pair) { p.Theirs.Currency = "EUR" }), reconcile.Currency, 10_000, true, "what was booked did not move"},
		{"a bank payout that is paid here and failed there", pair(is(reconcile.BankPayout, "failed")), reconcile.State, 10_000, true, "it is on the account again"},
		{"a bank payout that failed here and is paid there", pair(is(reconcile.BankPayout, "paid"), booked(reconcile.Back)), reconcile.State, -10_000, true, "it has left the account"},
		{"a bank payout that is on its way here and paid there", pair(is(reconcile.BankPayout, "paid"), booked(reconcile.Moving)), reconcile.State, -10_000, false, "an outcome that is not booked yet"},
		{"a lost bank payout that was paid after all", pair(is(reconcile.BankPayout, "paid"), booked(reconcile.Moving), settled(reconcile.Lost)), reconcile.State, 10_000, true, "the creator has it twice"},
		{"a movement for nothing of ours", pair(unowned, movementOfNothing(-500)), reconcile.Unknown, -500, false, "people say what it is"},
	} {
		t.Run("of "+c.name+": "+c.because, func(t *testing.T) {
			t.Parallel()

			found := reconcile.Classify(c.pair, patience).Differences

			require.Len(t, found, 1)
			require.Equal(t, c.class, found[0].Class)
			require.Equal(t, reconcile.Shift{AmountMinor: c.minor, Currency: "USD", Needed: c.needed}, found[0].Shift)
		})
	}
}

func movementOfNothing(minor int64) func(*reconcile.Pair) {
	return func(p *reconcile.Pair) {
		p.Theirs = reconcile.Object{Type: reconcile.BalanceTransaction, ID: "txn_1", Status: "stripe_fee", AmountMinor: minor, Currency: "USD", CreatedAt: p.Theirs.CreatedAt}
	}
}

func TestShiftIsPosted(t *testing.T) {
	t.Parallel()
	on := func(account ledger.Account, minor int64) []ledger.Posting {
		return []ledger.Posting{{Account: account, AmountMinor: minor}, {Account: ledger.PlatformLosses, AmountMinor: -minor}}
	}
	connected := ledger.StripeConnected("c1")
	shift := reconcile.Shift{AmountMinor: -500, Currency: "USD", Needed: true}

	for _, c := range []struct {
		name     string
		of       reconcile.ObjectType
		postings []ledger.Posting
		lost     bool
		want     bool
	}{
		{"a refund on the platform's balance", reconcile.Refund, on(ledger.StripePlatform, -500), false, true},
		{"a refund, with the other sign", reconcile.Refund, on(ledger.StripePlatform, 500), false, false},
		{"a refund of another amount", reconcile.Refund, on(ledger.StripePlatform, -400), false, false},
		{"a refund on another account", reconcile.Refund, on(connected, -500), false, false},
		{"a bank payout on the connected account", reconcile.BankPayout, on(connected, -500), false, true},
		{"a bank payout on another creator's account", reconcile.BankPayout, on(ledger.StripeConnected("c2"), -500), false, false},
		{"a bank payout on the platform's balance", reconcile.BankPayout, on(ledger.StripePlatform, -500), false, false},
		{"a transfer on the platform's balance", reconcile.Transfer, on(ledger.StripePlatform, -500), false, true},
		{"a transfer on the account at its other end", reconcile.Transfer, on(connected, 500), false, true},
		{"a transfer on that account, with the other sign", reconcile.Transfer, on(connected, -500), false, false},
		{"money that was paid after it was lost, on the platform's balance", reconcile.BankPayout, on(connected, -500), true, false},
	} {
		t.Run("by an entry about "+c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, shift.PostedBy(c.postings, c.of, "c1", c.lost))
		})
	}

	t.Run("by a clawback of money that was paid after it was lost, wherever it takes it from", func(t *testing.T) {
		t.Parallel()
		again := reconcile.Shift{AmountMinor: 500, Currency: "USD", Needed: true}
		postings := []ledger.Posting{{Account: ledger.CreatorAvailable("c1"), AmountMinor: 200}, {Account: ledger.CreatorReceivable("c1"), AmountMinor: 300}}

		require.True(t, again.PostedBy(postings, reconcile.BankPayout, "c1", true))
		require.False(t, again.PostedBy(postings[:1], reconcile.BankPayout, "c1", true))
	})
}
