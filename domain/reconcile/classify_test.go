package reconcile_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/reconcile"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

var patience = reconcile.Patience{Now: noon, Grace: 5 * time.Minute}

// pair is a transfer of 100.00 USD for a payout, an hour old, the same on both sides.
func pair(changes ...func(*reconcile.Pair)) reconcile.Pair {
	p := reconcile.Pair{
		Theirs: reconcile.Object{
			Type: reconcile.Transfer, ID: "tr_1", AmountMinor: 10_000, Currency: "USD", PayoutID: "p1", Generation: 1,
			CreatedAt: noon.Add(-time.Hour),
		},
		ChangedAt: noon.Add(-time.Hour), SeenAt: noon.Add(-time.Minute), Subject: "payout/p1",
		Ours: &reconcile.Booked{Position: reconcile.Moved, AmountMinor: 10_000, Currency: "USD", At: noon.Add(-time.Hour)},
	}
	for _, change := range changes {
		change(&p)
	}
	return p
}

func is(of reconcile.ObjectType, status string) func(*reconcile.Pair) {
	return func(p *reconcile.Pair) { p.Theirs.Type, p.Theirs.Status = of, status }
}

func booked(position reconcile.Position) func(*reconcile.Pair) {
	return func(p *reconcile.Pair) { p.Ours.Position = position }
}

func unbooked(p *reconcile.Pair) { p.Ours = nil }
func unowned(p *reconcile.Pair)  { p.Ours, p.Subject, p.Theirs.PayoutID = nil, "", "" }
func reversed(p *reconcile.Pair) { p.Theirs.ReversedMinor = p.Theirs.AmountMinor }
func rivalled(p *reconcile.Pair) { p.Ours, p.RivalID = nil, "tr_0" }
func absent(p *reconcile.Pair) {
	p.Theirs.Status, p.Theirs.CreatedAt, p.ChangedAt = "absent", time.Time{}, noon
}

func settled(how reconcile.Settled) func(*reconcile.Pair) {
	return func(p *reconcile.Pair) { p.SettledOutside = how }
}
func campaigns(p *reconcile.Pair) { p.Subject, p.Theirs.CampaignID = "campaign/c1", "c1" }

// moves is what the books moved for the same source in the same direction.
func moves(minor int64) func(*reconcile.Pair) {
	return func(p *reconcile.Pair) { p.Ours.AmountMinor = minor }
}

func movement(of reconcile.ObjectType, kind string, minor int64) func(*reconcile.Pair) {
	return func(p *reconcile.Pair) {
		p.Theirs = reconcile.Object{
			Type: reconcile.BalanceTransaction, ID: "txn_1", Status: kind, AmountMinor: minor, Currency: "USD",
			SourceType: of, SourceID: "tr_1", CreatedAt: noon.Add(-time.Hour),
		}
		p.Ours.AmountMinor = -10_000
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()

	const blocks, passes = true, false
	for _, c := range []struct {
		name   string
		pair   reconcile.Pair
		class  reconcile.Class // none if empty
		blocks bool
	}{
		{"a transfer on both sides", pair(), "", passes},
		{"a transfer that the books lack", pair(unbooked), reconcile.MissingHere, blocks},
		{"a transfer that the books lack and that was taken back", pair(unbooked, reversed), "", passes},
		{"a transfer that Stripe lacks", pair(absent), reconcile.MissingThere, blocks},
		{"a transfer that Stripe lacks and the books have undone", pair(absent, booked(reconcile.Back)), "", passes},
		{"a bank payout on its way that people settled outside", pair(is(reconcile.BankPayout, "in_transit"), unbooked, settled(reconcile.PaidToCreator)), "", passes},
		{"a bank payout that failed and was settled outside", pair(is(reconcile.BankPayout, "failed"), booked(reconcile.Moving), settled(reconcile.PaidToCreator)), "", passes},
		{"a bank payout that Stripe lacks and that was settled outside", pair(is(reconcile.BankPayout, "absent"), booked(reconcile.Moving), settled(reconcile.PaidToCreator)), "", passes},
		{"a lost bank payout that failed", pair(is(reconcile.BankPayout, "failed"), booked(reconcile.Moving), settled(reconcile.Lost)), "", passes},
		{"a lost bank payout that was paid after all", pair(is(reconcile.BankPayout, "paid"), booked(reconcile.Moving), settled(reconcile.Lost)), reconcile.State, blocks},
		{"a transfer without an owner", pair(unowned), reconcile.Unknown, passes},
		{"a second transfer for one payout", pair(rivalled), reconcile.Duplicate, blocks},
		{"a second transfer that was taken back", pair(rivalled, reversed), "", passes},
		{"another amount", pair(func(p *reconcile.Pair) { p.Ours.AmountMinor++ }), reconcile.Amount, blocks},
		{"another currency", pair(func(p *reconcile.Pair) { p.Ours.Currency = "EUR" }), reconcile.Currency, blocks},
		{"another amount that both sides have undone", pair(reversed, booked(reconcile.Back), func(p *reconcile.Pair) { p.Ours.AmountMinor++ }), "", passes},
		{"a reversal that the books lack", pair(is(reconcile.TransferReversal, ""), unbooked), reconcile.MissingHere, blocks},
		{"a reversal of a transfer that the books lack as well", pair(is(reconcile.TransferReversal, ""), unbooked, func(p *reconcile.Pair) { p.SourceUnbooked = true }), "", passes},

		{"a reversal of another amount, of a transfer that both sides have undone", pair(is(reconcile.TransferReversal, ""), func(p *reconcile.Pair) { p.Ours.AmountMinor, p.CancelledOut = 1, true }), "", passes},

		{"a payment on both sides", pair(is(reconcile.PaymentIntent, "succeeded")), "", passes},
		{"a payment that is waited for", pair(is(reconcile.PaymentIntent, "requires_payment_method"), booked(reconcile.Idle)), "", passes},
		{"a payment that the brand's bank has not made", pair(is(reconcile.PaymentIntent, "processing"), unbooked), "", passes},
		{"a payment that has arrived unnoticed", pair(is(reconcile.PaymentIntent, "succeeded"), booked(reconcile.Idle)), reconcile.MissingHere, blocks},
		{"a payment that is booked and has not arrived", pair(is(reconcile.PaymentIntent, "processing")), reconcile.State, blocks},
		{"a payment that was given up", pair(is(reconcile.PaymentIntent, "canceled"), unowned), "", passes},
		{"a payment that is waited for and does not exist", pair(is(reconcile.PaymentIntent, ""), absent, booked(reconcile.Idle)), reconcile.MissingThere, passes},

		{"a refund on both sides", pair(is(reconcile.Refund, "succeeded")), "", passes},
		{"our refund on its way", pair(is(reconcile.Refund, "pending"), unbooked, campaigns), "", passes},
		{"a refund of our payment from outside", pair(is(reconcile.Refund, "pending"), unbooked, func(p *reconcile.Pair) { p.Subject = "campaign/c1" }), reconcile.MissingHere, blocks},
		{"a refund that failed after it was booked", pair(is(reconcile.Refund, "failed")), reconcile.State, blocks},
		{"a refund that is booked too early", pair(is(reconcile.Refund, "pending")), reconcile.State, passes},

		{"a bank payout on its way on both sides", pair(is(reconcile.BankPayout, "in_transit"), booked(reconcile.Moving)), "", passes},
		{"a bank payout whose arrival is not booked", pair(is(reconcile.BankPayout, "paid"), booked(reconcile.Moving)), reconcile.State, passes},
		{"a bank payout whose failure is not booked", pair(is(reconcile.BankPayout, "failed"), booked(reconcile.Moving)), reconcile.State, passes},
		{"a bank payout that is paid here and failed there", pair(is(reconcile.BankPayout, "failed")), reconcile.State, blocks},
		{"a bank payout that is returned here and paid there", pair(is(reconcile.BankPayout, "paid"), booked(reconcile.Back)), reconcile.State, blocks},
		{"a bank payout that failed on both sides", pair(is(reconcile.BankPayout, "canceled"), booked(reconcile.Back)), "", passes},
		{"a bank payout that the books lack", pair(is(reconcile.BankPayout, "pending"), unbooked), reconcile.MissingHere, blocks},

		{"an open dispute on both sides", pair(is(reconcile.Dispute, "under_review"), booked(reconcile.Moving)), "", passes},
		{"a dispute that the books lack", pair(is(reconcile.Dispute, "needs_response"), unbooked), reconcile.MissingHere, blocks},
		{"a warning of a dispute", pair(is(reconcile.Dispute, "warning_needs_response"), unbooked), "", passes},
		{"a dispute that is lost here and won there", pair(is(reconcile.Dispute, "won")), reconcile.State, blocks},

		{"a movement for a transfer on both sides", pair(movement(reconcile.Transfer, "transfer", -10_000)), "", passes},
		{"a movement of another amount", pair(movement(reconcile.Transfer, "transfer", -10_001)), reconcile.Amount, blocks},
		{"a movement in the currency that a payment was converted to", pair(movement(reconcile.PaymentIntent, "charge", 9_000), func(p *reconcile.Pair) { p.Theirs.Currency = "EUR" }), "", passes},
		{"the movement of a refund's failure, as it is booked", pair(movement(reconcile.Refund, "refund_failure", 10_000), moves(10_000)), "", passes},
		{"the movement of a refund's failure, with another amount", pair(movement(reconcile.Refund, "refund_failure", 9_000), moves(10_000)), reconcile.Amount, blocks},
		{"the movement of a refund's failure that is not booked: the refund tells", pair(movement(reconcile.Refund, "refund_failure", 10_000), unbooked), "", passes},
		{"what a dispute took with its fee, as it is booked", pair(movement(reconcile.Dispute, "adjustment", -11_500), moves(-11_500)), "", passes},
		{"what a dispute took with another fee", pair(movement(reconcile.Dispute, "adjustment", -12_000), moves(-11_500)), reconcile.Amount, blocks},
		{"what a won dispute brought back, less than is booked", pair(movement(reconcile.Dispute, "adjustment", 9_999), moves(10_000)), reconcile.Amount, blocks},
		{"what a won dispute brought back, before that is booked: the dispute tells", pair(movement(reconcile.Dispute, "adjustment", 10_000), unbooked), "", passes},
		{"what a dispute took in the currency that its payment was converted to", pair(movement(reconcile.Dispute, "adjustment", -9_000), func(p *reconcile.Pair) { p.Theirs.Currency = "EUR" }), "", passes},
		{"a transfer that failed, as it is booked", pair(movement(reconcile.Transfer, "transfer_failure", 10_000), moves(10_000)), "", passes},
		{"a transfer that failed, with another amount", pair(movement(reconcile.Transfer, "transfer_failure", 9_000), moves(10_000)), reconcile.Amount, blocks},
		{"a transfer that failed, which the books lack", pair(movement(reconcile.Transfer, "transfer_failure", 10_000), unbooked), reconcile.MissingHere, blocks},
		{"a transfer without an owner that failed", pair(movement(reconcile.Transfer, "transfer_failure", 10_000), unowned), "", passes},
		{"something else that moved for a booked payment", pair(movement(reconcile.PaymentIntent, "payment_failure_refund", -10_000)), reconcile.Unknown, passes},
		{"a movement for what is compared by itself", pair(movement(reconcile.Transfer, "transfer", -10_000), unbooked), "", passes},
		{"a top-up", pair(movement("", "topup", 500), unbooked), reconcile.Unknown, passes},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			verdict := reconcile.Classify(c.pair, patience)

			require.False(t, verdict.Undecided)
			if c.class == "" {
				require.Empty(t, verdict.Differences)
				return
			}
			require.Len(t, verdict.Differences, 1)
			require.Equal(t, c.class, verdict.Differences[0].Class)
			require.Equal(t, c.blocks, verdict.Differences[0].Blocking)
			require.Contains(t, verdict.Differences[0].Detail, c.pair.Theirs.ID)
		})
	}

	t.Run("reports every way in which an object differs", func(t *testing.T) {
		t.Parallel()

		verdict := reconcile.Classify(pair(is(reconcile.BankPayout, "failed"), func(p *reconcile.Pair) { p.Ours.AmountMinor = 1 }), patience)

		require.Len(t, verdict.Differences, 2)
		require.Equal(t, reconcile.Amount, verdict.Differences[0].Class)
		require.Equal(t, reconcile.State, verdict.Differences[1].Class)
	})

	justNow := noon.Add(-time.Minute)
	for _, c := range []struct {
		name  string
		fresh func(*reconcile.Pair)
	}{
		{"an object made just now", func(p *reconcile.Pair) { p.Ours, p.Theirs.CreatedAt, p.ChangedAt = nil, justNow, justNow }},
		{"a status that changed just now", func(p *reconcile.Pair) { p.Ours.AmountMinor, p.ChangedAt = 1, justNow }},
		{"an entry booked just now", func(p *reconcile.Pair) { p.Ours.AmountMinor, p.Ours.At = 1, justNow }},
		{"an entry booked after Stripe was asked", func(p *reconcile.Pair) {
			p.Ours.AmountMinor, p.Ours.At, p.SeenAt = 1, noon.Add(-20*time.Minute), noon.Add(-30*time.Minute)
		}},
	} {
		t.Run("decides nothing by "+c.name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, reconcile.Verdict{Undecided: true}, reconcile.Classify(pair(c.fresh), patience))
		})
	}

	t.Run("agrees at once, however fresh the agreement is", func(t *testing.T) {
		t.Parallel()

		require.Equal(t, reconcile.Verdict{}, reconcile.Classify(pair(func(p *reconcile.Pair) { p.Ours.At = noon }), patience))
	})

	t.Run("says what differs in a sentence that a person understands", func(t *testing.T) {
		t.Parallel()

		verdict := reconcile.Classify(pair(func(p *reconcile.Pair) { p.Ours.AmountMinor = 9_000 }), patience)

		require.Equal(t, "The transfer tr_1 of payout/p1 is 100.00 USD at Stripe and 90.00 USD in the books.", verdict.Differences[0].Detail)
		require.Equal(t, "90.00 USD", verdict.Differences[0].Ours)
		require.Equal(t, "100.00 USD", verdict.Differences[0].Theirs)
	})
}
