package funding_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
)

func TestConvertedSettledOutside(t *testing.T) {
	t.Parallel()
	yen := funding.ConvertedStanding{Payment: funding.ConvertedPayment{AmountMinor: 10_000, Currency: "JPY", NetMinor: 60, FeeMinor: 6, SettlementCurrency: "USD"}}

	t.Run("takes no difference of rates", func(t *testing.T) {
		t.Parallel()

		made, err := yen.Outside("c1", "JPY", 5_000, time.Time{})

		require.NoError(t, err)
		require.Equal(t, ledger.ConvertedReturn{ObjectID: "c1", Currency: "USD", TakenMinor: 33, ClosedMinor: 33}, made)
		require.NoError(t, ledger.ConvertedPaymentSettledOutside(made).Validate())
	})

	t.Run("refuses an amount that is worth nothing, but not the last one", func(t *testing.T) {
		t.Parallel()
		last := yen
		last.BackMinor, last.ClosedMinor = 9_999, 65

		_, refused := yen.Outside("c1", "JPY", 151, time.Time{})
		made, err := last.Outside("c2", "JPY", 1, time.Time{})

		require.Equal(t, "amount_too_small", fault.CodeOf(refused))
		require.NoError(t, err)
		require.Equal(t, int64(1), made.ClosedMinor)
	})

	t.Run("counts a refund that was requested until it has ended", func(t *testing.T) {
		t.Parallel()
		asked := yen
		asked.RefundNumber, asked.RefundMinor = 2, 10_000
		ended := asked
		ended.RefundEnded = 2

		_, refused := asked.Outside("c1", "JPY", 5_000, time.Time{})
		_, err := ended.Outside("c1", "JPY", 5_000, time.Time{})

		require.Equal(t, "above_payment", fault.CodeOf(refused))
		require.NoError(t, err)
	})
}

func TestConvertedReturn(t *testing.T) {
	t.Parallel()
	standing := funding.ConvertedStanding{Payment: funding.ConvertedPayment{AmountMinor: 10_000, Currency: "EUR", NetMinor: 12_100, FeeMinor: 400, SettlementCurrency: "USD"}}

	t.Run("closes the share of the payment, and the difference of the rates is the rest", func(t *testing.T) {
		t.Parallel()

		made := standing.Return("re_1", 3_333, 4_444, time.Time{})

		require.Equal(t, ledger.ConvertedReturn{ObjectID: "re_1", Currency: "USD", TakenMinor: 4_444, ClosedMinor: 4_166}, made)
	})

	t.Run("loses what goes beyond the payment", func(t *testing.T) {
		t.Parallel()
		refunded := standing
		refunded.BackMinor, refunded.ClosedMinor = 6_000, 7_500

		made := refunded.Return("dp_1", 10_000, 13_000, time.Time{})

		require.Equal(t, int64(5_000), made.ClosedMinor)
		require.Equal(t, int64(7_800), made.LostMinor)
	})

	t.Run("closes exactly the payment in any parts, and every entry balances", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			paid := funding.ConvertedPayment{AmountMinor: rapid.Int64Range(1, 99_999_999).Draw(t, "amount"), NetMinor: rapid.Int64Range(1, 99_999_999).Draw(t, "net"), FeeMinor: rapid.Int64Range(0, 9_999).Draw(t, "fee"), SettlementCurrency: "USD"}
			standing := funding.ConvertedStanding{Payment: paid}
			for standing.LeftMinor() > 0 {
				part := rapid.Int64Range(max(1, paid.AmountMinor/20), paid.AmountMinor).Draw(t, "part")
				made := standing.Return("re_1", part, rapid.Int64Range(1, 99_999_999).Draw(t, "taken"), time.Time{})
				require.NoError(t, ledger.ConvertedPaymentRefunded(made).Validate())
				require.LessOrEqual(t, made.LostMinor, made.TakenMinor)
				if part <= standing.LeftMinor() {
					require.Zero(t, made.LostMinor)
				}
				standing.BackMinor, standing.ClosedMinor = standing.BackMinor+part, standing.ClosedMinor+made.ClosedMinor
			}
			require.Equal(t, paid.GrossMinor(), standing.ClosedMinor)
		})
	})
}
