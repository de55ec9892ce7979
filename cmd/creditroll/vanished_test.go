package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
)

// vanish takes every post from its platform. It returns them.
func (w *world) vanish(platforms ...string) (vanished []catalog.Clip) {
	for _, platform := range platforms {
		for _, simulator := range w.stack.SimulatorsOf(platform) {
			for _, shown := range simulator.Clips.List() {
				if shown.Platform == platform && simulator.Clips.Delete(platform, shown.ExternalID) {
					vanished = append(vanished, shown.Clip)
				}
			}
		}
	}
	return vanished
}

// comeBack shows posts again, which have gained views.
func (w *world) comeBack(posts []catalog.Clip, gained int64) {
	w.t.Helper()
	for _, post := range posts {
		post.Curve.Events = append(post.Curve.Events, curves.Event{Kind: curves.Jumps, AtSeconds: int64(time.Since(post.PublishedAt).Seconds()), ByViews: gained})
		for _, simulator := range w.stack.SimulatorsOf(post.Platform) {
			require.NoError(w.t, simulator.Clips.Put(post))
		}
	}
}

func TestPostsThatVanishAtOnce(t *testing.T) {
	t.Parallel()

	t.Run("end no clip, are shown as trouble of their providers, and are paid in full when they are back", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{settings: map[string]string{"CREDITROLL_CIRCUIT_OPEN": "1s", "CREDITROLL_PROVIDER_CHECK_EVERY": "1s"}})
		campaignID := w.liveCampaign()
		for range 2 {
			c := w.creator(verified(goodBank))
			for range 3 {
				w.post(campaignID, c, "tiktok", growth{views: 4_000})
				w.post(campaignID, c, "youtube", growth{views: 4_000})
			}
		}
		credited := func() int64 { return w.count("SELECT sum(credited_views)::bigint FROM audit.clips") }
		w.eventually("twelve clips have earned for all their views", func() bool { return credited() == 12*4_000 })
		doubted := func() int64 {
			return w.count("SELECT count(*) FROM audit.provider_attempts WHERE outcome = 'many_missing'")
		}
		doubtedOn := func(many int64) bool {
			return w.count("SELECT count(DISTINCT platform) FROM audit.provider_attempts WHERE outcome = 'many_missing'") == many
		}

		posts := w.vanish("tiktok", "youtube")
		require.Len(t, posts, 12)
		w.eventually("both providers are doubted", func() bool { return doubtedOn(2) })
		w.eventually("both providers need attention", func() bool {
			return w.countProcesses("WorkflowType = 'ProviderTrouble' AND AttentionReason = 'posts_vanish_at_once'") == 2
		})
		before := doubted()
		w.restartWorker()
		w.eventually("the next worker doubts them too", func() bool { return doubted() > before })
		w.eventually("a post that one provider misses would be gone", func() bool {
			return w.count("SELECT (extract(epoch FROM now() - min(started_at)) / 25)::bigint FROM audit.provider_attempts WHERE outcome = 'many_missing'") > 0
		})
		require.Equal(t, int64(12), w.count("SELECT count(*) FROM audit.clips WHERE status = 'tracking'"))
		w.comeBack(posts, 500)

		w.eventually("the views are credited", func() bool { return credited() == 12*4_500 })
		w.eventually("no provider needs attention", func() bool {
			return w.countProcesses("WorkflowType = 'ProviderTrouble' AND ExecutionStatus = 'Running'") == 0
		})
		w.complete(campaignID)
		w.awaitCampaign(campaignID, "completed")
		require.Equal(t, int64(12), w.count("SELECT count(*) FROM audit.clips WHERE status = 'finished'"))
		w.requireEarnings()
	})
}
