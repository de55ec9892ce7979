package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/brightdata"
)

// snapshots sets how the snapshots of the simulated Bright Data behave.
func (w *world) snapshots(behaviour brightdata.Behaviour) {
	w.t.Helper()
	body, err := json.Marshal(behaviour)
	require.NoError(w.t, err)
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodPut, w.stack.ProviderURL("brightdata")+"/_sim/jobs", bytes.NewReader(body))
	require.NoError(w.t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(w.t, err)
	require.NoError(w.t, answer.Body.Close())
	require.Equal(w.t, http.StatusOK, answer.StatusCode)
}

func TestSnapshots(t *testing.T) {
	t.Parallel()
	// Bright Data alone reads TikTok.
	alone := map[string]string{"APIFY_TOKEN": "", "RAPIDAPI_KEY": ""}

	t.Run("answer clips by notifications, over killed processes", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{settings: alone})
		w.snapshots(brightdata.Behaviour{DelaySeconds: 1, Gzip: true})
		campaignID := w.liveCampaign()
		c := w.creator(verified(goodBank))
		w.post(campaignID, c, "tiktok", growth{views: 4_000})
		w.post(campaignID, c, "tiktok", growth{views: 3_000})
		w.awaitCredited(7_000)

		w.snapshots(brightdata.Behaviour{DelaySeconds: 2, Notify: "twice"})
		w.restartWorker()
		waiting := w.count("SELECT count(*) FROM view_snapshot_clips WHERE outcome IS NULL")
		w.eventually("clips are answered after the restart", func() bool {
			return w.count("SELECT count(*) FROM view_snapshot_clips WHERE outcome = 'answered'") >= waiting+4
		})
		w.complete(campaignID)
		w.awaitCampaign(campaignID, "completed")

		require.Positive(t, w.count("SELECT count(*) FROM webhook_inbox WHERE provider = 'brightdata' AND outcome IN ('signalled', 'started')"))
		require.Zero(t, w.count("SELECT count(*) FROM webhook_inbox WHERE provider = 'brightdata' AND convert_from(payload, 'UTF8') LIKE '%'||$1||'%'", c.handle))
		require.Zero(t, w.count(`SELECT count(*) FROM view_snapshots AS snapshot WHERE status = 'collected' AND NOT EXISTS
			(SELECT FROM provider_attempts WHERE id = snapshot.id AND cost_micros > 0)`), "each is one attempt, with its price")
		w.requireEarnings()
	})

	t.Run("whose notifications never come are found all the same", func(t *testing.T) {
		t.Parallel()
		settings := map[string]string{"APIFY_TOKEN": "", "RAPIDAPI_KEY": "", "CREDITROLL_PUBLIC_URL": "", "CREDITROLL_SNAPSHOT_INTERVAL": "2s"}
		w := newWorld(t, worldOptions{settings: settings})
		w.snapshots(brightdata.Behaviour{DelaySeconds: 1})
		campaignID := w.liveCampaign()
		w.post(campaignID, w.creator(verified(goodBank)), "tiktok", growth{views: 4_000})

		w.awaitCredited(4_000)

		require.Zero(t, w.count("SELECT count(*) FROM webhook_inbox WHERE provider = 'brightdata'"))
	})
}
