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

	t.Run("goes by what the processor shows, once it was read", func(t *testing.T) {
		t.Parallel()
		read := owed
		read.Processor = ledger.ProcessorBalance{AvailableMinor: 500, PendingMinor: 370, ReadAt: noon}

		require.Equal(t, int64(870), read.HeldMinor())
		require.Equal(t, int64(30), read.GapMinor())
	})

	t.Run("covers nothing with a negative balance", func(t *testing.T) {
		t.Parallel()
		read := owed
		read.Processor = ledger.ProcessorBalance{AvailableMinor: -40, ReadAt: noon}

		require.Equal(t, int64(900), read.GapMinor())
	})
}
