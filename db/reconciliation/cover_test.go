package reconciliation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

func TestListCover(t *testing.T) {
	t.Parallel()

	t.Run("adds up what is owed, and goes by the books before the balance was read", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 2000)
		w.Release(t)
		w.Read(t, 0, 2, 3000)

		cover, err := w.Reconciliation.ListCover(t.Context())

		require.NoError(t, err)
		require.Len(t, cover, 1)
		c := cover[0]
		require.Positive(t, c.EscrowMinor)
		require.Positive(t, c.PendingMinor)
		require.Positive(t, c.AvailableMinor)
		require.True(t, c.Processor.ReadAt.IsZero())
		booked, err := w.Journal.GetBalance(t.Context(), ledger.StripePlatform, "USD")
		require.NoError(t, err)
		require.Equal(t, booked, c.HeldMinor())
		fees, err := w.Journal.GetBalance(t.Context(), ledger.PlatformFees, "USD")
		require.NoError(t, err)
		costs, err := w.Journal.GetBalance(t.Context(), ledger.ProcessingFees, "USD")
		require.NoError(t, err)
		require.Equal(t, booked, c.OwedMinor()+fees-costs, "what is not owed is ours")
	})

	t.Run("is the sum of all postings, however they were sealed", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 2, nil)
		euros := world.In(t, w.URL, w.Books, 1, func(terms *campaign.Terms) { terms.Currency = "EUR" })
		checkpoints := func() (count int64) {
			require.NoError(t, dbtest.Connect(t, w.URL).QueryRow(t.Context(), "SELECT count(DISTINCT through_seq) FROM cover_checkpoints").Scan(&count))
			return count
		}
		limits := seal.Limits{EntriesMax: 3, TailMax: 2}
		steps := []func(){
			func() { w.Read(t, 0, 1, 2000) },
			func() { euros.Read(t, 0, 1, 5000) },
			func() { w.Release(t) },
			func() { w.Read(t, 1, 1, 4000) },
			func() { require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), w.Dispute(1000))) },
			func() { w.Read(t, 1, 2, 7000) },
		}

		for _, step := range steps {
			step()
			requireSummed(t, w)
			dbtest.SealAll(t, w.Books, limits)
			requireSummed(t, w)
		}

		require.Equal(t, int64(3), checkpoints(), "some seals have one, and some do not")
		w.RequireBooksInOrder(t)
	})

	t.Run("knows the transfers that the books and the balance see at different moments", func(t *testing.T) {
		t.Parallel()
		w, payoutID := world.ReservedPayout(t)
		read := func(at time.Time, availableMinor int64) ledger.Cover {
			require.NoError(t, w.Reconciliation.RecordBalances(t.Context(), []rail.Balance{{Currency: "USD", AvailableMinor: availableMinor}}, at))
			all, err := w.Reconciliation.ListCover(t.Context())
			require.NoError(t, err)
			return all[0]
		}
		bookedMinor := w.Balance(t, ledger.StripePlatform)
		reserved := read(world.Now.Add(-time.Minute), bookedMinor)

		_, err := w.Payouts.RecordIntent(t.Context(), payoutID, payout.Transfer, 0, world.Now)
		require.NoError(t, err)
		sent := read(world.Now.Add(-time.Second), bookedMinor-5000)
		require.NoError(t, w.Payouts.RecordTransferred(t.Context(), payout.Outcome{PayoutID: payoutID, Phase: payout.Transfer, Generation: 1, ExternalID: "tr_1", Now: world.Now}))
		stale := read(world.Now.Add(-time.Second), bookedMinor)
		booked := read(world.Now.Add(time.Second), bookedMinor-5000)

		require.Equal(t, bookedMinor-5000, reserved.SpendableMinor())
		require.Equal(t, int64(5000), sent.UnconfirmedMinor)
		require.Equal(t, bookedMinor-5000, sent.SpendableMinor())
		require.Equal(t, int64(5000), stale.BookedSinceMinor)
		require.Equal(t, bookedMinor-5000, stale.SpendableMinor())
		require.Zero(t, booked.BookedSinceMinor)
		require.Equal(t, bookedMinor-5000, booked.SpendableMinor())
	})

	t.Run("goes by the last reading, and counts a currency that is not listed any more as empty", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		read := func(at time.Time, balances ...rail.Balance) map[string]ledger.Cover {
			require.NoError(t, w.Reconciliation.RecordBalances(t.Context(), balances, at))
			all, err := w.Reconciliation.ListCover(t.Context())
			require.NoError(t, err)
			byCurrency := map[string]ledger.Cover{}
			for _, each := range all {
				byCurrency[string(each.Currency)] = each
			}
			return byCurrency
		}

		first := read(world.Now, rail.Balance{Currency: "EUR", AvailableMinor: 5}, rail.Balance{Currency: "USD", AvailableMinor: 10, PendingMinor: 20})
		late := read(world.Now.Add(-time.Minute), rail.Balance{Currency: "USD", AvailableMinor: 99})
		last := read(world.Now.Add(time.Minute), rail.Balance{Currency: "EUR", AvailableMinor: 7})

		require.Equal(t, int64(30), first["USD"].HeldMinor())
		require.Equal(t, first["USD"].OwedMinor()-30, first["USD"].GapMinor())
		require.Zero(t, first["EUR"].OwedMinor())
		require.Equal(t, int64(30), late["USD"].HeldMinor())
		require.Zero(t, last["USD"].HeldMinor())
		require.Equal(t, int64(7), last["EUR"].HeldMinor())
	})
}

// requireSummed compares what is owed and held with the sums of all postings.
func requireSummed(t *testing.T, w *world.World) {
	t.Helper()
	all, err := w.Reconciliation.ListCover(t.Context())
	require.NoError(t, err)
	conn := dbtest.Connect(t, w.URL)
	for _, read := range all {
		sum := func(pattern string) (sumMinor int64) {
			require.NoError(t, conn.QueryRow(t.Context(), `SELECT coalesce(-sum(amount_minor), 0) FROM postings JOIN ledger_accounts AS account ON account.id = account_id
				WHERE currency = $1 AND code LIKE $2`, string(read.Currency), pattern).Scan(&sumMinor))
			return sumMinor
		}
		require.Equal(t, sum("campaign/%/escrow"), read.EscrowMinor, read.Currency)
		require.Equal(t, sum("creator/%/pending"), read.PendingMinor, read.Currency)
		require.Equal(t, sum("creator/%/available"), read.AvailableMinor, read.Currency)
		require.Equal(t, sum("creator/%/in_transit"), read.InTransitMinor, read.Currency)
		require.Equal(t, -sum("stripe/platform"), read.BookedMinor, read.Currency)
	}
	require.NotEmpty(t, all)
}
