package views

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSplitCost(t *testing.T) {
	t.Parallel()

	for name, given := range map[string]struct {
		cost  int64
		clips map[string]int
		want  []CostShare
	}{
		"is by the number of clips":               {300, map[string]int{"b": 1, "a": 2}, []CostShare{{"a", 2, 200}, {"b", 1, 100}}},
		"loses nothing to rounding":               {100, map[string]int{"a": 1, "b": 1, "c": 1}, []CostShare{{"a", 1, 33}, {"b", 1, 33}, {"c", 1, 34}}},
		"counts clips of requests that cost none": {0, map[string]int{"a": 3}, []CostShare{{"a", 3, 0}}},
		"is all for no campaign without clips":    {7, nil, []CostShare{{"", 0, 7}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, given.want, SplitCost(given.cost, given.clips))
		})
	}

	t.Run("adds up, and no share is negative", rapid.MakeCheck(func(t *rapid.T) {
		cost := rapid.Int64Range(0, math.MaxInt64).Draw(t, "cost")
		clips := rapid.MapOfN(rapid.StringMatching("[a-f]{1,2}"), rapid.IntRange(1, 100), 0, 20).Draw(t, "clips")

		sum := int64(0)
		for _, share := range SplitCost(cost, clips) {
			require.GreaterOrEqual(t, share.CostMicros, int64(0))
			require.Equal(t, clips[share.CampaignID], share.Clips)
			sum += share.CostMicros
		}
		require.Equal(t, cost, sum)
	}))
}

func TestThrift(t *testing.T) {
	t.Parallel()

	for name, given := range map[string]struct {
		thrift Thrift
		want   int
	}{
		"nothing changes without a ceiling":         {Thrift{SpentMicros: math.MaxInt64}, 1},
		"nothing changes in the first half":         {Thrift{499, 1000}, 1},
		"intervals double from a half":              {Thrift{500, 1000}, 2},
		"intervals quadruple from three quarters":   {Thrift{750, 1000}, 4},
		"polling stops at the ceiling":              {Thrift{1000, 1000}, 0},
		"polling stops above the ceiling":           {Thrift{math.MaxInt64, 1}, 0},
		"the smallest ceiling is reached by a cent": {Thrift{1, 1}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, given.want, given.thrift.Slowdown())
		})
	}
}
