package payout_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/payout"
)

func TestLeaveRest(t *testing.T) {
	t.Parallel()

	t.Run("takes less than a step, from the last lines", func(t *testing.T) {
		t.Parallel()

		require.Equal(t, []int64{0, 50}, payout.LeaveRest([]int64{1200, 1350}, 100))
		require.Equal(t, []int64{50, 30}, payout.LeaveRest([]int64{1250, 30}, 100))
		require.Equal(t, []int64{0, 0}, payout.LeaveRest([]int64{1250, 1350}, 100))
		require.Equal(t, []int64{0, 0}, payout.LeaveRest([]int64{7, 3}, 1))
		require.Equal(t, []int64{9}, payout.LeaveRest([]int64{9}, 10))
		require.Empty(t, payout.LeaveRest(nil, 100))
	})

	t.Run("leaves a multiple of the step, and no line below zero", rapid.MakeCheck(func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.Int64Range(1, 1_000), 0, 6).Draw(t, "lines")
		step := rapid.SampledFrom([]int64{1, 10, 100}).Draw(t, "step")

		left := payout.LeaveRest(lines, step)

		var paid, rest int64
		for i := range lines {
			require.GreaterOrEqual(t, left[i], int64(0))
			require.LessOrEqual(t, left[i], lines[i])
			paid, rest = paid+lines[i]-left[i], rest+left[i]
		}
		require.Zero(t, paid%step)
		require.Less(t, rest, step)
	}))
}
