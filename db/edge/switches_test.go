package edge_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/killswitch"
)

func TestSwitches(t *testing.T) {
	t.Parallel()

	t.Run("record each change once, and who made it", func(t *testing.T) {
		t.Parallel()
		url := dbtest.URL(t)
		store := dbtest.Open(t, url)
		owner := dbtest.Connect(t, url)
		off := killswitch.Switch{Name: killswitch.Payouts, Off: true, Reason: "an incident", Actor: "eve"}

		for range 2 {
			require.NoError(t, store.Edge.SetSwitch(t.Context(), off, world.Now))
		}
		stopped, err := store.Edge.ListSwitches(t.Context())
		require.NoError(t, err)
		require.NoError(t, store.Edge.SetSwitch(t.Context(), killswitch.Switch{Name: killswitch.Payouts, Reason: "fixed", Actor: "bob"}, world.Now))
		resumed, err := store.Edge.ListSwitches(t.Context())
		require.NoError(t, err)

		require.True(t, killswitch.Find(stopped, killswitch.Payouts).Off)
		require.Equal(t, "eve", killswitch.Find(stopped, killswitch.Payouts).Actor)
		require.False(t, killswitch.Find(stopped, killswitch.Tracking).Off)
		require.False(t, killswitch.Find(resumed, killswitch.Payouts).Off)
		var actions []string
		rows, err := owner.Query(t.Context(), "SELECT action || ' by ' || actor FROM operator_actions WHERE subject = 'switch/payouts' ORDER BY recorded_at")
		require.NoError(t, err)
		for rows.Next() {
			var action string
			require.NoError(t, rows.Scan(&action))
			actions = append(actions, action)
		}
		require.NoError(t, rows.Err())
		require.Equal(t, []string{"switch_off by eve", "switch_on by bob"}, actions)
	})

	t.Run("say whether tracking is off", func(t *testing.T) {
		t.Parallel()
		store := dbtest.Open(t, dbtest.URL(t))

		never := store.Edge.CheckTracking(t.Context())
		require.NoError(t, store.Edge.SetSwitch(t.Context(), killswitch.Switch{Name: killswitch.Payouts, Off: true, Reason: "an incident", Actor: "eve"}, world.Now))
		other := store.Edge.CheckTracking(t.Context())
		require.NoError(t, store.Edge.SetSwitch(t.Context(), killswitch.Switch{Name: killswitch.Tracking, Off: true, Reason: "an incident", Actor: "eve"}, world.Now))
		off := store.Edge.CheckTracking(t.Context())
		require.NoError(t, store.Edge.SetSwitch(t.Context(), killswitch.Switch{Name: killswitch.Tracking, Reason: "fixed", Actor: "eve"}, world.Now))
		on := store.Edge.CheckTracking(t.Context())

		require.NoError(t, never)
		require.NoError(t, other)
		require.Equal(t, killswitch.TrackingOff, fault.CodeOf(off))
		require.NoError(t, on)
	})
}
