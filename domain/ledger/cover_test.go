package ledger_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/ledger"
)

func TestCover(t *testing.T) {
	t.Parallel()
	owed := ledger.Cover{Currency: "USD", EscrowMinor: 600, FrozenMinor: 100, PendingMinor: 200, AvailableMinor: 150, InTransitMinor: 50, BookedMinor: 900}

	t.Run("owes escrow that is not frozen, and what creators have earned", func(t *testing.T) {
		t.Parallel()

		require.Equal(t, int64(900), owed.OwedMinor())
		require.Zero(t, owed.GapMinor())
	})

	t.Run("owes balances of brands that are not at risk, and what leaves them", func(t *testing.T) {
		t.Parallel()
		with := owed
		with.BalancesMinor, with.WithdrawingMinor, with.AtRiskMinor = 70, 20, 30

		require.Equal(t, int64(960), with.OwedMinor())
	})

	t.Run("goes by what the processor shows, once it was read", func(t *testing.T) {
		t.Parallel()
		read := owed
		read.Processor = ledger.ProcessorBalance{AvailableMinor: 500, PendingMinor: 370, ReadAt: noon}

		require.Equal(t, int64(870), read.HeldMinor())
		require.Equal(t, int64(30), read.GapMinor())
	})

	t.Run("is sure only of what is both in the books and at the processor", func(t *testing.T) {
		t.Parallel()
		arrived, sent := owed, owed
		arrived.Processor = ledger.ProcessorBalance{AvailableMinor: 5000, ReadAt: noon} // a payment that is not booked yet
		arrived.BookedMinor = 880
		sent.Processor = ledger.ProcessorBalance{AvailableMinor: 850, ReadAt: noon} // a transfer that is not booked yet

		require.Equal(t, []int64{0, 20}, []int64{arrived.GapMinor(), arrived.SureGapMinor()})
		require.Equal(t, []int64{50, 50}, []int64{sent.GapMinor(), sent.SureGapMinor()})
	})

	t.Run("subtracts each payout under way once from what can be spent", func(t *testing.T) {
		t.Parallel()
		for name, tc := range map[string]struct {
			change    func(*ledger.Cover)
			spendable int64
		}{
			"that is only reserved":                         {func(*ledger.Cover) {}, 850},
			"whose transfer left, and is not booked":        {func(c *ledger.Cover) { c.Processor.AvailableMinor, c.UnconfirmedMinor = 850, 50 }, 850},
			"whose transfer was requested and has not left": {func(c *ledger.Cover) { c.UnconfirmedMinor = 50 }, 850},
			"whose transfer was booked after the reading":   {func(c *ledger.Cover) { c.BookedMinor, c.InTransitMinor, c.BookedSinceMinor = 850, 0, 50 }, 850},
			"whose transfer was booked, and is in the reading": {func(c *ledger.Cover) {
				c.Processor.AvailableMinor, c.BookedMinor, c.InTransitMinor, c.BookedSinceMinor = 850, 850, 0, 50
			}, 850},
			"but not what is missing for another reason": {func(c *ledger.Cover) { c.Processor.AvailableMinor = 850 }, 800},
			"nor a payment that is not booked yet":       {func(c *ledger.Cover) { c.BookedMinor = 500 }, 850},
		} {
			c := owed
			c.Processor = ledger.ProcessorBalance{AvailableMinor: 900, ReadAt: noon}
			tc.change(&c)

			require.Equal(t, tc.spendable, c.SpendableMinor(), name)
		}
	})

	t.Run("covers nothing with a negative balance", func(t *testing.T) {
		t.Parallel()
		read := owed
		read.Processor = ledger.ProcessorBalance{AvailableMinor: -40, ReadAt: noon}

		require.Equal(t, int64(900), read.GapMinor())
	})
}
