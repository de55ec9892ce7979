package reconciliation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/ledger"
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
