package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestReconcile(t *testing.T) {
	t.Parallel()

	t.Run("finds a difference, prints it on the command line, and clears it when its cause is gone", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{settings: map[string]string{"CREDITROLL_RECONCILE_EVERY": "1s", "CREDITROLL_RECONCILE_GRACE": "2s"}})
		c := w.creator(verified(goodBank))
		w.earned(c)
		w.startRun(period)
		w.awaitPayout(w.payoutOf(c), "paid")
		clean, err := w.printed("reconcile", "now")
		require.NoError(t, err, string(clean))

		stray := w.stripe("/v1/transfers", "", map[string]string{
			"amount": "100", "currency": "usd", "destination": c.account, "metadata[payout_id]": uuid.NewString(), "metadata[generation]": "1",
		})["id"].(string)
		w.eventually("the difference is found", func() bool {
			_, err := w.printed("reconcile", "differences")
			return err != nil
		})
		listed, err := w.printed("reconcile", "differences", "--json")
		require.Error(t, err)
		_, err = w.printed("reconcile", "now", "--json")
		require.Error(t, err)

		var found struct {
			Differences []struct {
				Class    string `json:"class"`
				ObjectID string `json:"object_id"`
				Blocking bool   `json:"blocking"`
				Status   string `json:"status"`
			} `json:"differences"`
		}
		require.NoError(t, json.NewDecoder(bytes.NewReader(listed)).Decode(&found), string(listed))
		require.Len(t, found.Differences, 1)
		require.Equal(t, "missing_here", found.Differences[0].Class)
		require.Equal(t, stray, found.Differences[0].ObjectID)
		require.True(t, found.Differences[0].Blocking)

		w.stripe("/v1/transfers/"+stray+"/reversals", "", nil)
		w.eventually("the difference is gone", func() bool {
			_, err := w.printed("reconcile", "differences")
			return err == nil
		})
		all, err := w.printed("reconcile", "differences", "--all")
		require.NoError(t, err)
		require.Contains(t, string(all), "cleared")
	})
}
