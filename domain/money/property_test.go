package money

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/fault"
)

// nonNegative mixes everyday numbers with the edges where arithmetic breaks.
var nonNegative = rapid.OneOf(
	rapid.Int64Range(0, 5_000),
	rapid.Int64Range(0, 1_000_000_000_000),
	rapid.Int64Range(0, math.MaxInt64),
	rapid.Int64Range(math.MaxInt64-5_000, math.MaxInt64),
)

var anySign = rapid.OneOf(
	rapid.Int64Range(-5_000, 5_000),
	rapid.Int64(),
	rapid.Int64Range(math.MaxInt64-5_000, math.MaxInt64),
	rapid.Int64Range(math.MinInt64, math.MinInt64+5_000),
)

func TestArithmeticIsExact(t *testing.T) {
	t.Parallel()

	property := func(name string, check func(t *rapid.T)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			rapid.Check(t, check)
		})
	}

	property("a rate per thousand is the exact rational rounded half up", func(t *rapid.T) {
		count, rate := nonNegative.Draw(t, "count"), nonNegative.Draw(t, "rate")

		got, err := PerThousandHalfUp(count, rate)

		exact := new(big.Rat).SetFrac(product(count, rate), big.NewInt(1000))
		requireExact(t, floor(exact.Add(exact, big.NewRat(1, 2))), got, err)
	})

	property("units are the smallest count that earns the amount", func(t *rapid.T) {
		amount, rate := nonNegative.Draw(t, "amount"), max(1, nonNegative.Draw(t, "rate"))

		got, err := UnitsForPerThousandHalfUp(amount, rate)

		// (amount - 1/2) * 1000 / rate is where the exact earnings round up to amount.
		exact := new(big.Rat).Sub(new(big.Rat).SetInt64(amount), big.NewRat(1, 2))
		exact.Mul(exact, new(big.Rat).SetFrac64(1000, rate))
		want := ceil(exact)
		if want.Sign() < 0 {
			want.SetInt64(0)
		}
		requireExact(t, want, got, err)
	})

	property("units earn the amount and one unit less does not", func(t *rapid.T) {
		amount := rapid.Int64Range(1, 1_000_000_000_000).Draw(t, "amount")
		rate := rapid.Int64Range(1, 1_000_000).Draw(t, "rate")

		units, err := UnitsForPerThousandHalfUp(amount, rate)
		require.NoError(t, err)

		enough, err := PerThousandHalfUp(units, rate)
		require.NoError(t, err)
		short, err := PerThousandHalfUp(units-1, rate)
		require.NoError(t, err)
		require.GreaterOrEqual(t, enough, amount)
		require.Less(t, short, amount)
	})

	property("a share is the exact rational rounded down", func(t *rapid.T) {
		amount := nonNegative.Draw(t, "amount")
		basisPoints := rapid.OneOf(rapid.IntRange(0, 10_000), rapid.IntRange(0, math.MaxInt)).Draw(t, "basisPoints")

		got, err := BasisPointsFloor(amount, basisPoints)

		exact := new(big.Rat).SetFrac(product(amount, int64(basisPoints)), big.NewInt(10_000))
		requireExact(t, floor(exact), got, err)
	})

	property("sums are exact", func(t *rapid.T) {
		a, b := anySign.Draw(t, "a"), anySign.Draw(t, "b")

		sum, sumErr := AddMinor(a, b)

		requireExact(t, new(big.Int).Add(big.NewInt(a), big.NewInt(b)), sum, sumErr)
	})

	property("counting in steps earns what counting at once does", func(t *rapid.T) {
		rate := rapid.Int64Range(0, 100_000).Draw(t, "rate")
		steps := rapid.SliceOfN(rapid.Int64Range(0, 10_000_000), 1, 20).Draw(t, "steps")

		var count, earned int64
		for _, step := range steps {
			count += step
			total, err := PerThousandHalfUp(count, rate)
			require.NoError(t, err)
			require.GreaterOrEqual(t, total, earned)
			earned += total - earned
		}

		want, err := PerThousandHalfUp(count, rate)
		require.NoError(t, err)
		require.Equal(t, want, earned)
	})
}

// requireExact demands the exact result where an int64 can hold it, and the overflow fault
// where it cannot.
func requireExact(t *rapid.T, want *big.Int, got int64, err error) {
	if !want.IsInt64() {
		require.Equal(t, "amount_overflow", fault.CodeOf(err), "the exact result is %s", want)
		return
	}
	require.NoError(t, err)
	require.Equal(t, want.Int64(), got)
}

func product(a, b int64) *big.Int { return new(big.Int).Mul(big.NewInt(a), big.NewInt(b)) }

func floor(r *big.Rat) *big.Int { return new(big.Int).Div(r.Num(), r.Denom()) }

func ceil(r *big.Rat) *big.Int {
	negated := floor(new(big.Rat).Neg(r))
	return negated.Neg(negated)
}
