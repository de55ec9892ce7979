package payouts_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

// sentAbroad is a payout whose transfer is expected to become forint, and was sent.
func sentAbroad(t *testing.T) (*world.World, string) {
	t.Helper()
	w, id := world.ReservedPayout(t)
	intent, err := w.Payouts.Begin(t.Context(), payout.Beginning{PayoutID: id, Phase: payout.Transfer, Into: "HUF", Now: world.Now})
	require.NoError(t, err)
	require.Equal(t, money.Currency("HUF"), intent.ConvertsInto)
	next, err := w.Payouts.RecordTransferredAndNext(t.Context(), payout.Outcome{
		PayoutID: id, Phase: payout.Transfer, Generation: 1, ExternalID: "tr_" + id, BeginNext: true, Now: world.Now,
	})
	require.NoError(t, err)
	require.Zero(t, next.Generation, "its amount is not known before it has arrived")
	return w, id
}

// arrival is what the whole payout becomes: 360.0588 forint a dollar, less a fee.
func arrival(t *testing.T, w *world.World, id string, netMinor int64) payout.Arrival {
	t.Helper()
	read, err := w.Payouts.Get(t.Context(), id)
	require.NoError(t, err)
	return payout.Arrival{PayoutID: id, Now: world.Now, Settlement: rail.Settlement{
		TransactionID: "txn_" + id, SourceMinor: read.AmountMinor, SourceCurrency: "USD", AmountMinor: netMinor + 300, FeeMinor: 300, NetMinor: netMinor,
		Currency: "HUF", ExchangeRate: "360.0588", AvailableOn: world.Now.Add(time.Hour),
	}}
}

func (b bank) in(currency money.Currency, account ledger.Account) int64 {
	b.t.Helper()
	balanceMinor, err := b.w.Journal.GetBalance(b.t.Context(), account, currency)
	require.NoError(b.t, err)
	return balanceMinor
}

// bank reads balances of a world.
type bank struct {
	t *testing.T
	w *world.World
}

func TestRecordConverted(t *testing.T) {
	t.Parallel()
	const net = int64(891_147)

	t.Run("books both currencies once, and freezes what the bank takes", func(t *testing.T) {
		t.Parallel()
		w, id := sentAbroad(t)
		b, creatorID := bank{t, w}, w.CreatorIDs[0]

		first, err := w.Payouts.RecordConverted(t.Context(), arrival(t, w, id, net))
		require.NoError(t, err)
		second, err := w.Payouts.RecordConverted(t.Context(), arrival(t, w, id, net))
		require.NoError(t, err)
		intent, err := w.Payouts.RecordIntent(t.Context(), id, payout.BankPayout, 0, world.Now)
		require.NoError(t, err)
		resumed, err := w.Payouts.RecordIntent(t.Context(), id, payout.BankPayout, 0, world.Now)
		require.NoError(t, err)

		require.Equal(t, first.Conversion.PaidMinor(), second.Conversion.PaidMinor())
		require.Equal(t, int64(47), first.Conversion.LeftMinor)
		require.Equal(t, money.Amount{Minor: 891_100, Currency: "HUF"}, money.Amount{Minor: intent.AmountMinor, Currency: intent.Currency})
		require.Equal(t, money.Amount{Minor: 891_100, Currency: "HUF"}, money.Amount{Minor: resumed.AmountMinor, Currency: resumed.Currency})
		require.Equal(t, net, b.in("HUF", ledger.StripeConnected(creatorID)))
		require.Equal(t, -net, b.in("HUF", ledger.FXClearing))
		require.Zero(t, b.in("USD", ledger.StripeConnected(creatorID)))
		require.Equal(t, b.in("USD", ledger.CreatorConnected(creatorID)), b.in("USD", ledger.FXClearing), "what is owed stays in dollars")
		w.RequireBooksInOrder(t)
	})

	t.Run("lets the next converted payout take along what a bank's step has left", func(t *testing.T) {
		t.Parallel()
		w, id := sentAbroad(t)
		_, err := w.Payouts.RecordConverted(t.Context(), arrival(t, w, id, net))
		require.NoError(t, err)
		paid(t, w, id)
		require.Equal(t, int64(47), bank{t, w}.in("HUF", ledger.StripeConnected(w.CreatorIDs[0])))
		next := anotherAbroad(t, w)

		taken, err := w.Payouts.RecordConverted(t.Context(), arrival(t, w, next, 100_060))

		require.NoError(t, err)
		require.Equal(t, []int64{47, 7, 100_100}, []int64{taken.Conversion.CarriedMinor, taken.Conversion.LeftMinor, taken.Conversion.PaidMinor()})
		w.RequireBooksInOrder(t)
		paid(t, w, next)
		require.Equal(t, int64(7), bank{t, w}.in("HUF", ledger.StripeConnected(w.CreatorIDs[0])))
		require.Equal(t, int64(-7), bank{t, w}.in("HUF", ledger.FXClearing))
		w.RequireBooksInOrder(t)
	})

	t.Run("says that no bank takes so little, and still books it", func(t *testing.T) {
		t.Parallel()
		w, id := sentAbroad(t)

		booked, err := w.Payouts.RecordConverted(t.Context(), arrival(t, w, id, 99))

		require.NoError(t, err)
		require.Equal(t, payout.BelowBankMinimum, booked.Obstacle)
		require.Zero(t, booked.Conversion.PaidMinor())
		require.Equal(t, int64(99), bank{t, w}.in("HUF", ledger.StripeConnected(w.CreatorIDs[0])))
		w.RequireBooksInOrder(t)
	})

	t.Run("refuses what is no conversion of the payout", func(t *testing.T) {
		t.Parallel()
		w, id := sentAbroad(t)
		for name, change := range map[string]func(*rail.Settlement){
			"the same currency": func(s *rail.Settlement) { s.Currency = "USD" },
			"nothing":           func(s *rail.Settlement) { s.Currency, s.NetMinor = "", 0 },
			"another amount":    func(s *rail.Settlement) { s.SourceMinor++ },
			"another source":    func(s *rail.Settlement) { s.SourceCurrency = "GBP" },
			"a debt":            func(s *rail.Settlement) { s.NetMinor = -1 },
		} {
			wrong := arrival(t, w, id, net)
			change(&wrong.Settlement)

			_, err := w.Payouts.RecordConverted(t.Context(), wrong)

			require.Equal(t, "arrival_differs", fault.CodeOf(err), name)
		}
		w.RequireBooksInOrder(t)
	})

	t.Run("refuses a payout without a transfer, and one that has ended", func(t *testing.T) {
		t.Parallel()
		w, id := world.ReservedPayout(t)
		_, early := w.Payouts.RecordConverted(t.Context(), arrival(t, w, id, net))
		require.NoError(t, w.Payouts.Cancel(t.Context(), id, payout.Cancelled, world.Now))
		_, late := w.Payouts.RecordConverted(t.Context(), arrival(t, w, id, net))
		_, none := w.Payouts.RecordConverted(t.Context(), payout.Arrival{PayoutID: uuid.NewString(), Now: world.Now})

		require.Equal(t, []string{"transfer_not_applied", "payout_ended", "payout_not_found"}, []string{fault.CodeOf(early), fault.CodeOf(late), fault.CodeOf(none)})
	})
}

func TestConvertedTransferIsReversed(t *testing.T) {
	t.Parallel()
	const net = int64(891_147)
	cases := map[string]struct {
		taken            *payout.TakenBack
		gained, lostCent int64
	}{
		"at a better rate":                        {&payout.TakenBack{BackMinor: 1 << 40, TakenMinor: 890_000}, 1_147, 0},
		"at a worse rate":                         {&payout.TakenBack{BackMinor: 1 << 40, TakenMinor: 891_200}, -53, 0},
		"in part, because the account lacks some": {&payout.TakenBack{BackMinor: -40, TakenMinor: 891_000}, 147, 40},
		"and the account cannot be read":          {&payout.TakenBack{BackMinor: 1 << 40, Assumed: true}, 0, 0},
		"by a release that does not read it":      {nil, 0, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, id := sentAbroad(t)
			b := bank{t, w}
			read, err := w.Payouts.Get(t.Context(), id)
			require.NoError(t, err)
			_, err = w.Payouts.RecordConverted(t.Context(), arrival(t, w, id, net))
			require.NoError(t, err)
			intent, err := w.Payouts.RecordIntent(t.Context(), id, payout.Reversal, 0, world.Now)
			require.NoError(t, err)
			if tc.taken != nil && tc.taken.BackMinor < 0 {
				tc.taken.BackMinor += read.AmountMinor
			}
			reversed := payout.Outcome{PayoutID: id, Phase: payout.Reversal, Generation: intent.Generation, ExternalID: "trr_1", TakenBack: tc.taken, Now: world.Now}

			require.NoError(t, w.Payouts.RecordReversed(t.Context(), reversed))
			require.NoError(t, w.Payouts.RecordReversed(t.Context(), reversed), "told twice")
			require.NoError(t, w.Payouts.Cancel(t.Context(), id, payout.Cancelled, world.Now))

			require.Equal(t, tc.gained, b.in("HUF", ledger.ExchangeDifferences))
			require.Equal(t, tc.gained, b.in("HUF", ledger.StripeConnected(w.CreatorIDs[0])))
			require.Equal(t, -tc.lostCent, b.in("USD", ledger.ExchangeDifferences))
			require.Zero(t, b.in("HUF", ledger.FXClearing))
			require.Zero(t, b.in("USD", ledger.FXClearing))
			require.Equal(t, read.AmountMinor, b.in("USD", ledger.CreatorAvailable(w.CreatorIDs[0])))
			w.RequireBooksInOrder(t)
		})
	}

	t.Run("is refused if nothing came back", func(t *testing.T) {
		t.Parallel()
		w, id := sentAbroad(t)
		_, err := w.Payouts.RecordConverted(t.Context(), arrival(t, w, id, net))
		require.NoError(t, err)
		intent, err := w.Payouts.RecordIntent(t.Context(), id, payout.Reversal, 0, world.Now)
		require.NoError(t, err)

		err = w.Payouts.RecordReversed(t.Context(), payout.Outcome{
			PayoutID: id, Phase: payout.Reversal, Generation: intent.Generation, ExternalID: "trr_1", TakenBack: &payout.TakenBack{}, Now: world.Now,
		})

		require.Equal(t, "nothing_came_back", fault.CodeOf(err))
		w.RequireBooksInOrder(t)
	})
}

func TestAccountIsSharedAfterAConversion(t *testing.T) {
	t.Parallel()
	w, id := sentAbroad(t)
	other := anotherPayout(t, w)

	inForint, err := w.Payouts.CheckCreator(t.Context(), payout.CreatorCheck{PayoutID: other, Into: "HUF", Now: world.Now})
	require.NoError(t, err)
	_, err = w.Payouts.RecordConverted(t.Context(), arrival(t, w, id, 891_147))
	require.NoError(t, err)
	seen, err := w.Payouts.CheckCreator(t.Context(), payout.CreatorCheck{PayoutID: other, Now: world.Now})
	require.NoError(t, err)

	require.Equal(t, payout.AccountBusy, inForint.Reason)
	require.Nil(t, inForint.LastRate)
	require.Equal(t, money.Currency("HUF"), seen.LastRate.Currency, "the next gate knows the rate")
	require.Equal(t, int64(891_147), seen.LastRate.ReceivedMinor)
}

// paid books the bank payout of a converted payout.
func paid(t *testing.T, w *world.World, id string) {
	t.Helper()
	_, err := w.Payouts.RecordIntent(t.Context(), id, payout.BankPayout, 0, world.Now)
	require.NoError(t, err)
	banked := payout.Outcome{PayoutID: id, Phase: payout.BankPayout, Generation: 1, ExternalID: "po_" + id, Now: world.Now}
	require.NoError(t, w.Payouts.RecordBankPayoutAccepted(t.Context(), banked))
	require.NoError(t, w.Payouts.RecordBankPayoutPaid(t.Context(), banked))
}

// anotherPayout reserves what the creator earns next.
func anotherPayout(t *testing.T, w *world.World) string {
	t.Helper()
	w.Read(t, 0, 2, 60_000)
	require.NoError(t, world.ReleaseAll(t.Context(), w.Books, world.Now.Add(2*time.Hour)))
	id := uuid.NewString()
	_, err := w.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: id, RunID: w.OpenRun(t), CreatorID: w.CreatorIDs[0], Currency: "USD", MinimumMinor: 1, Now: world.Now})
	require.NoError(t, err)
	return id
}

// anotherAbroad is anotherPayout after its transfer.
func anotherAbroad(t *testing.T, w *world.World) string {
	t.Helper()
	id := anotherPayout(t, w)
	_, err := w.Payouts.Begin(t.Context(), payout.Beginning{PayoutID: id, Phase: payout.Transfer, Into: "HUF", Now: world.Now})
	require.NoError(t, err)
	require.NoError(t, w.Payouts.RecordTransferred(t.Context(), payout.Outcome{PayoutID: id, Phase: payout.Transfer, Generation: 1, ExternalID: "tr_" + id, Now: world.Now}))
	return id
}
