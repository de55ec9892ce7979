package views

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/duration"
)

func TestSearch(t *testing.T) {
	t.Parallel()

	t.Run("looks soon at first, then seldom, and once at the end", func(t *testing.T) {
		t.Parallel()
		search := DefaultSchedule().Search()
		var waits []time.Duration
		now, looks := time.Duration(0), 1
		for now < search.Over() {
			wait := search.NextLook(looks, search.Over()-now)
			waits = append(waits, wait)
			now, looks = now+wait, looks+1
		}

		require.Equal(t, []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute}, waits[:4])
		require.Equal(t, 24*time.Hour, now)
		require.Less(t, len(waits), 60)
	})

	t.Run("takes a day if an older schedule says nothing", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, 24*time.Hour, Schedule{}.Search().Over())
	})

	t.Run("shrinks with its setting", func(t *testing.T) {
		t.Parallel()
		search := Schedule{ProofFor: duration.Text(10 * time.Second)}.Search()
		require.Less(t, search.Gap(), 10*time.Millisecond)
		require.LessOrEqual(t, search.NextLook(100, time.Hour), time.Second)
	})
}
