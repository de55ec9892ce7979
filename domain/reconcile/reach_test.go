package reconcile_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/reconcile"
)

func TestReach(t *testing.T) {
	t.Parallel()

	reach := reconcile.Reach{Window: duration.Text(192 * time.Hour), Overlap: duration.Text(15 * time.Minute), WholeAfter: duration.Text(36 * time.Hour)}
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	for _, c := range []struct {
		name            string
		overlap         time.Duration
		last, lastWhole time.Time
		since           time.Time
		recent          bool
	}{
		{"goes on where the last pass started", reach.Overlap.Std(), ago(5 * time.Minute), ago(24 * time.Hour), ago(20 * time.Minute), true},
		{"goes further back when passes have failed for a while", reach.Overlap.Std(), ago(3 * time.Hour), ago(24 * time.Hour), ago(195 * time.Minute), true},
		{"is whole when there was no pass", reach.Overlap.Std(), time.Time{}, time.Time{}, ago(reach.Window.Std()), false},
		{"is whole when the last pass is out of the window", reach.Overlap.Std(), ago(reach.Window.Std()), ago(reach.Window.Std()), ago(reach.Window.Std()), false},
		{"is whole when there was no whole pass for too long", reach.Overlap.Std(), ago(5 * time.Minute), ago(37 * time.Hour), ago(reach.Window.Std()), false},
		{"is whole when it is asked to be", 0, ago(5 * time.Minute), ago(time.Hour), ago(reach.Window.Std()), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			asked := reach
			asked.Overlap = duration.Text(c.overlap)

			since, recent := asked.Since(noon, c.last, c.lastWhole)

			require.Equal(t, c.since, since)
			require.Equal(t, c.recent, recent)
		})
	}
}
