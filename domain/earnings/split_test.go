package earnings_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
)

func TestTakeBack(t *testing.T) {
	t.Parallel()
	whole := earnings.Split{CreatorMinor: 318, FeeMinor: 37, AffiliateMinor: 20}

	t.Run("takes the whole as it was split", func(t *testing.T) {
		t.Parallel()

		taken, err := earnings.TakeBack(whole, 375)

		require.NoError(t, err)
		require.Equal(t, whole, taken)
	})

	t.Run("takes a part in the same shares, remainders from the creator", func(t *testing.T) {
		t.Parallel()

		taken, err := earnings.TakeBack(whole, 100)

		require.NoError(t, err)
		require.Equal(t, earnings.Split{CreatorMinor: 86, FeeMinor: 9, AffiliateMinor: 5}, taken)
	})

	t.Run("takes a fee that was everything", func(t *testing.T) {
		t.Parallel()

		taken, err := earnings.TakeBack(earnings.Split{FeeMinor: 3}, 2)

		require.NoError(t, err)
		require.Equal(t, earnings.Split{FeeMinor: 2}, taken)
	})

	for name, grossMinor := range map[string]int64{"refuses more than the whole": 376, "refuses nothing": 0, "refuses less than nothing": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := earnings.TakeBack(whole, grossMinor)

			require.Equal(t, "clawback_too_large", fault.CodeOf(err))
		})
	}
}

// For any earnings and any part of them, the shares sum up, and no share exceeds its original.
func TestTakingBackAnyPart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.OneOf(rapid.Int64Range(0, 5), rapid.Int64Range(0, 1_000_000_000_000_000))
		whole := earnings.Split{CreatorMinor: part.Draw(t, "creator"), FeeMinor: part.Draw(t, "fee"), AffiliateMinor: part.Draw(t, "affiliate")}
		if whole.GrossMinor() == 0 {
			whole.CreatorMinor = 1
		}
		grossMinor := rapid.Int64Range(1, whole.GrossMinor()).Draw(t, "gross")

		taken, err := earnings.TakeBack(whole, grossMinor)

		require.NoError(t, err)
		require.Equal(t, grossMinor, taken.GrossMinor())
		for _, pair := range [][2]int64{{taken.CreatorMinor, whole.CreatorMinor}, {taken.FeeMinor, whole.FeeMinor}, {taken.AffiliateMinor, whole.AffiliateMinor}} {
			require.GreaterOrEqual(t, pair[0], int64(0))
			require.LessOrEqual(t, pair[0], pair[1])
		}
	})
}
