package views

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAdvance(t *testing.T) {
	t.Parallel()

	t.Run("a count that falls and comes back is not credited twice", func(t *testing.T) {
		t.Parallel()
		state := Advance(State{}, 1000, NotPaused)

		fallen := Advance(state, 400, NotPaused)
		back := Advance(fallen, 1000, NotPaused)
		beyond := Advance(back, 1100, NotPaused)

		require.Equal(t, int64(1000), fallen.Creditable())
		require.Equal(t, int64(1000), back.Creditable())
		require.Equal(t, int64(1100), beyond.Creditable())
	})

	t.Run("views gained while paused are never credited", func(t *testing.T) {
		t.Parallel()
		state := Advance(State{}, 1000, NotPaused)

		paused := Advance(state, 5000, WhollyPaused)
		resumed := Advance(paused, 5100, NotPaused)

		require.Equal(t, int64(1000), paused.Creditable())
		require.Equal(t, int64(1100), resumed.Creditable())
	})

	t.Run("views that fall and come back across a pause are credited once", func(t *testing.T) {
		t.Parallel()
		state := Advance(State{}, 1000, NotPaused)

		state = Advance(state, 600, WhollyPaused)
		state = Advance(state, 1000, WhollyPaused)
		state = Advance(state, 1050, NotPaused)

		require.Equal(t, int64(1050), state.Creditable())
	})

	t.Run("views that a wholly paused first reading shows are left out", func(t *testing.T) {
		t.Parallel()

		state := Advance(Advance(State{}, 700, WhollyPaused), 900, NotPaused)

		require.Equal(t, int64(200), state.Creditable())
	})
}

func TestAdvanceProperties(t *testing.T) {
	t.Parallel()

	count := rapid.OneOf(rapid.Int64Range(-5, 1000), rapid.Int64Range(0, math.MaxInt64))

	rapid.Check(t, func(t *rapid.T) {
		var state State
		var highest, gainedPaused int64
		for range rapid.IntRange(0, 50).Draw(t, "readings") {
			views, paused := count.Draw(t, "views"), rapid.Bool().Draw(t, "paused")

			share := map[bool]Share{true: WhollyPaused, false: NotPaused}
			next := Advance(state, views, share[paused])

			if paused {
				require.Equal(t, state.Creditable(), next.Creditable(), "a paused reading credits nothing")
				gainedPaused += max(highest, views) - highest
			}
			highest = max(highest, views)
			require.GreaterOrEqual(t, next.Creditable(), state.Creditable(), "creditable views never fall")
			require.LessOrEqual(t, next.Creditable(), highest, "no more is credited than was ever observed")
			require.Equal(t, highest-gainedPaused, next.Creditable(), "all but the paused gains is credited")
			require.Equal(t, next, Advance(next, views, share[!paused]), "a repeated reading changes nothing")
			state = next
		}
	})
}
