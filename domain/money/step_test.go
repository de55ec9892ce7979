package money

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSteps(t *testing.T) {
	t.Parallel()

	t.Run("are those in which Stripe moves money", func(t *testing.T) {
		t.Parallel()

		for code, steps := range map[Currency][2]int64{
			"USD": {1, 1}, "JPY": {1, 1}, "ISK": {1, 1}, "UGX": {1, 1}, "HUF": {1, 100}, "TWD": {1, 100}, "MGA": {100, 100},
			"KWD": {10, 10}, "BHD": {10, 10}, "JOD": {10, 10}, "OMR": {10, 10}, "TND": {10, 10},
		} {
			require.Equal(t, [2]int64{code.ChargeStepMinor(), code.PayoutStepMinor()}, steps, code)
		}
	})

	t.Run("let a bank have only what a charge can be", func(t *testing.T) {
		t.Parallel()

		for _, code := range Currencies() {
			require.Positive(t, code.ChargeStepMinor(), code)
			require.Zero(t, code.PayoutStepMinor()%code.ChargeStepMinor(), code)
		}
	})

	t.Run("round towards zero, or up", func(t *testing.T) {
		t.Parallel()

		require.Equal(t, []int64{0, 100, -100, 7}, []int64{FloorToStep(99, 100), FloorToStep(199, 100), FloorToStep(-199, 100), FloorToStep(7, 1)})
		require.Equal(t, []int64{0, 100, 100, 200, 7}, []int64{CeilToStep(0, 100), CeilToStep(1, 100), CeilToStep(100, 100), CeilToStep(101, 100), CeilToStep(7, 1)})
	})
}
