package views_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/views"
)

func TestNextSnapshotLook(t *testing.T) {
	t.Parallel()

	t.Run("doubles up to an hour, and begins early without notifications", func(t *testing.T) {
		t.Parallel()
		for looks, want := range []time.Duration{2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 32 * time.Minute, time.Hour, time.Hour} {
			require.Equal(t, want, views.NextSnapshotLook(looks, true))
		}
		require.Equal(t, 15*time.Second, views.NextSnapshotLook(0, false))
		require.Equal(t, time.Hour, views.NextSnapshotLook(1_000_000, false))
	})

	t.Run("looks at least four times while calls wait", func(t *testing.T) {
		t.Parallel()
		for _, notified := range []bool{true, false} {
			age := time.Duration(0)
			for looks := range 4 {
				age += views.NextSnapshotLook(looks, notified)
			}
			require.LessOrEqual(t, age, views.SnapshotPatience)
		}
	})
}
