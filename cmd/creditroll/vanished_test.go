package main

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
)

// vanish takes every post from apify. It returns them.
func (w *world) vanish() (vanished []catalog.Clip) {
	for _, provider := range w.stack.Providers {
		if provider.Name != "apify" {
			continue
		}
		for _, shown := range provider.Simulator.Clips.List() {
			if provider.Simulator.Clips.Delete(shown.Platform, shown.ExternalID) {
				vanished = append(vanished, shown.Clip)
			}
		}
	}
	return vanished
}

// show shows posts at all providers but some, with views that they have gained.
func (w *world) show(posts []catalog.Clip, gained int64, but ...string) {
	w.t.Helper()
	for _, post := range posts {
		post.Curve.Events = []curves.Event{{Kind: curves.Jumps, AtSeconds: int64(time.Since(post.PublishedAt).Seconds()), ByViews: gained}}
		for _, provider := range w.stack.Providers {
			if provider.Simulator.Clips.Shows(post.Platform) && !slices.Contains(but, provider.Name) {
				require.NoError(w.t, provider.Simulator.Clips.Put(post))
			}
		}
	}
}

// twelve are clips of two creators that have earned for 4,000 views each.
func (w *world) twelve() (campaignID string) {
	w.t.Helper()
	campaignID = w.liveCampaign()
	for range 2 {
		c := w.creator(verified(goodBank))
		for range 6 {
			w.post(campaignID, c, "tiktok", growth{views: 4_000})
		}
	}
	w.awaitCredited(12 * 4_000)
	return campaignID
}

func (w *world) awaitCredited(views int64) {
	w.t.Helper()
	w.eventually("the views are credited", func() bool { return w.count("SELECT sum(credited_views)::bigint FROM audit.clips") == views })
}

// awaitDoubted waits until people are told that posts vanish at once from the provider.
func (w *world) awaitDoubted() {
	w.t.Helper()
	w.eventually("the provider needs attention", func() bool {
		return w.countProcesses("WorkflowId = 'provider/apify' AND AttentionReason = 'posts_vanish_at_once'") == 1
	})
}

// requireFinished says that the providers are trusted again, and that all clips end well.
func (w *world) requireFinished(campaignID string) {
	w.t.Helper()
	w.eventually("no provider needs attention", func() bool {
		return w.countProcesses("WorkflowType = 'ProviderTrouble' AND ExecutionStatus = 'Running'") == 0
	})
	w.complete(campaignID)
	w.awaitCampaign(campaignID, "completed")
	require.Equal(w.t, int64(12), w.count("SELECT count(*) FROM audit.clips WHERE status = 'finished'"))
	w.requireEarnings()
}

func TestPostsThatVanishAtOnce(t *testing.T) {
	t.Parallel()
	settings := func(without ...string) map[string]string {
		set := map[string]string{"CREDITROLL_CIRCUIT_OPEN": "1s", "CREDITROLL_PROVIDER_CHECK_EVERY": "1s"}
		for _, credential := range without {
			set[credential] = ""
		}
		return set
	}

	t.Run("end no clip, also after a restart, and are paid in full when they are back", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{settings: settings("BRIGHTDATA_TOKEN", "RAPIDAPI_KEY")})
		campaignID := w.twelve()
		doubted := func() int64 {
			return w.count("SELECT count(*) FROM audit.provider_attempts WHERE outcome = 'many_missing'")
		}

		posts := w.vanish()
		w.awaitDoubted()
		before := doubted()
		w.restartWorker()
		w.eventually("the next worker doubts them too", func() bool { return doubted() > before })
		w.eventually("a post that one provider misses would be gone", func() bool {
			return w.count("SELECT (extract(epoch FROM now() - min(started_at)) / 25)::bigint FROM audit.provider_attempts WHERE outcome = 'many_missing'") > 0
		})
		require.Equal(t, int64(12), w.count("SELECT count(*) FROM audit.clips WHERE status = 'tracking'"))
		w.show(posts, 500)

		w.awaitCredited(12 * 4_500)
		w.requireFinished(campaignID)
	})

	t.Run("are read from the next provider, until the first one is trusted again", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{settings: settings("BRIGHTDATA_TOKEN")})
		campaignID := w.twelve()

		posts := w.vanish()
		w.awaitDoubted()
		w.show(posts, 500, "apify")
		w.awaitCredited(12 * 4_500)
		w.awaitDoubted()
		w.show(posts, 500)

		w.requireFinished(campaignID)
	})
}
