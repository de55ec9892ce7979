package brightdata_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	simulator "github.com/creditroll/creditroll/devstack/simulators/brightdata"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
	"github.com/creditroll/creditroll/providers/brightdata"
	"github.com/creditroll/creditroll/providers/providertest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	providertest.Run(t, providertest.Subject{
		Registration: brightdata.Registration(),
		NewSimulator: func() *catalog.Simulator {
			return simulator.New(simulator.Options{Token: providertest.Credential}).Simulator
		},
		Limits:       []providertest.Limit{providertest.RetryAfter("Retry-After")},
		SilenceMeans: views.Unreadable,
		Counters: map[clip.Platform]providertest.Counters{
			clip.TikTok:    {Views: "play_count", Likes: "digg_count", Comments: "comment_count"},
			clip.Instagram: {Views: "video_play_count", Likes: "likes", Comments: "num_comments"},
		},
		WithoutShares: []clip.Platform{clip.Instagram}, // the dataset does not have them
		Kinds: map[clip.Platform]map[string]clip.Counterless{
			clip.TikTok: {catalog.ViewsHidden: clip.ViewsHidden},
			clip.Instagram: {
				catalog.ViewsHidden: clip.ViewsHidden, catalog.Photo: clip.Photo, catalog.Carousel: clip.Carousel,
			},
		},
	})
}

var start = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// setup returns a client of a simulator whose clock stands still.
func setup(t *testing.T, config providers.Config) (*simulator.Simulator, *brightdata.Client) {
	t.Helper()
	sim := simulator.New(simulator.Options{Options: catalog.Options{Clock: catalog.NewClock(start, 0)}, Behaviour: simulator.Behaviour{DelaySeconds: 60}})
	config.BaseURL, config.Credential = providertest.Serve(t, sim.Simulator), providertest.Credential
	client, err := brightdata.New(config)
	require.NoError(t, err)
	return sim, client
}

func publish(t *testing.T, sim *simulator.Simulator, platform clip.Platform, n int) string {
	t.Helper()
	id := providertest.ExternalID(platform, n)
	providertest.Publish(t, sim.Simulator, platform, id, start.Add(-48*time.Hour))
	return id
}

func TestSnapshots(t *testing.T) {
	t.Parallel()

	t.Run("are triggered, followed and collected, and match records by id", func(t *testing.T) {
		t.Parallel()
		for _, platform := range []clip.Platform{clip.TikTok, clip.Instagram} {
			sim, client := setup(t, providers.Config{})
			ids := []string{publish(t, sim, platform, 1), publish(t, sim, platform, 2), providertest.ExternalID(platform, 77)}

			id, err := client.Trigger(t.Context(), uuid.NewString(), platform, ids)
			require.NoError(t, err)
			before, err := client.Progress(t.Context(), id)
			require.NoError(t, err)
			_, early := client.Collect(t.Context(), platform, ids, id)
			sim.Clock.Advance(time.Minute)
			after, err := client.Progress(t.Context(), id)
			require.NoError(t, err)
			batch, err := client.Collect(t.Context(), platform, ids, id)
			require.NoError(t, err)

			require.Equal(t, providers.SnapshotRunning, before)
			require.Equal(t, providers.CodeNotReady, fault.CodeOf(early))
			require.Equal(t, fault.Unavailable, fault.KindOf(early))
			require.Equal(t, providers.SnapshotReady, after)
			require.Len(t, batch.Readings, 2)
			for _, id := range ids[:2] {
				shown, _ := sim.Clips.Show(string(platform), id)
				require.Equal(t, shown.Counts.Views, batch.Readings[id].Views)
			}
			require.Equal(t, map[string]string{ids[2]: views.NotFound}, batch.Missing)
			require.Equal(t, int64(3*1500), batch.CostMicros, "a record with an error is billed too")
		}
	})

	t.Run("date a reading when the post was read, however late it is collected", func(t *testing.T) {
		t.Parallel()
		sim, client := setup(t, providers.Config{})
		id := publish(t, sim, clip.TikTok, 1)
		snapshot, err := client.Trigger(t.Context(), uuid.NewString(), clip.TikTok, []string{id})
		require.NoError(t, err)
		sim.Clock.Advance(time.Minute)
		require.Equal(t, "ready", sim.Jobs()[0].Status)
		sim.Clock.Advance(24 * time.Hour)

		batch, err := client.Collect(t.Context(), clip.TikTok, []string{id}, snapshot)

		require.NoError(t, err)
		require.Equal(t, start.Add(time.Minute), batch.Readings[id].ObservedAt)
	})

	t.Run("are not ready while the answer is their status, whatever its HTTP status", func(t *testing.T) {
		t.Parallel()
		sim, client := setup(t, providers.Config{})
		require.NoError(t, sim.SetBehaviour(simulator.Behaviour{DelaySeconds: 60, Vague: true}))
		id := publish(t, sim, clip.TikTok, 1)
		snapshot, err := client.Trigger(t.Context(), uuid.NewString(), clip.TikTok, []string{id})
		require.NoError(t, err)

		_, err = client.Collect(t.Context(), clip.TikTok, []string{id}, snapshot)

		require.Equal(t, providers.CodeNotReady, fault.CodeOf(err))
	})

	t.Run("that fail, or that Bright Data does not know, are failed", func(t *testing.T) {
		t.Parallel()
		sim, client := setup(t, providers.Config{})
		require.NoError(t, sim.SetBehaviour(simulator.Behaviour{Fail: true}))
		failing, err := client.Trigger(t.Context(), uuid.NewString(), clip.TikTok, []string{publish(t, sim, clip.TikTok, 1)})
		require.NoError(t, err)

		for _, id := range []string{failing, "s_unknown"} {
			state, err := client.Progress(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, providers.SnapshotFailed, state)
		}
	})

	t.Run("are limited at once, and the limit is one of the rate", func(t *testing.T) {
		t.Parallel()
		sim, client := setup(t, providers.Config{})
		require.NoError(t, sim.SetBehaviour(simulator.Behaviour{DelaySeconds: 60, RunningMax: 1}))
		ids := []string{publish(t, sim, clip.TikTok, 1)}
		_, err := client.Trigger(t.Context(), uuid.NewString(), clip.TikTok, ids)
		require.NoError(t, err)

		_, limited := client.Trigger(t.Context(), uuid.NewString(), clip.TikTok, ids)
		sim.Clock.Advance(time.Minute)
		_, err = client.Trigger(t.Context(), uuid.NewString(), clip.TikTok, ids)

		require.Equal(t, fault.RateLimited, fault.KindOf(limited))
		require.NoError(t, err)
	})

	t.Run("refuse an id that is not one of theirs, and an answer without one", func(t *testing.T) {
		t.Parallel()
		sim, client := setup(t, providers.Config{})
		ids := []string{providertest.ExternalID(clip.TikTok, 1)}

		_, progress := client.Progress(t.Context(), "../trigger")
		_, collect := client.Collect(t.Context(), clip.TikTok, ids, "a/b")
		_, tooMany := client.Trigger(t.Context(), uuid.NewString(), clip.TikTok, make([]string, client.MaxSnapshot(clip.TikTok)+1))
		_, foreign := client.Trigger(t.Context(), uuid.NewString(), clip.X, ids)
		for _, err := range []error{progress, collect, tooMany, foreign} {
			require.Equal(t, fault.Invalid, fault.KindOf(err))
		}
		for _, body := range []string{`{}`, `[]`, `null`, `<html>`, `{"snapshot_id":"../x"}`, `{"snapshot_id":7}`} {
			_, err := sim.Faults.Add(faults.Rule{Action: faults.Refuse, Status: http.StatusOK, Body: body})
			require.NoError(t, err)
			_, err = client.Trigger(t.Context(), uuid.NewString(), clip.TikTok, ids)
			require.Equal(t, fault.Unavailable, fault.KindOf(err), body)
		}
	})

	t.Run("ask for a notification with our job and the secret, which no error shows", func(t *testing.T) {
		t.Parallel()
		sim, client := setup(t, providers.Config{Callback: providers.CallbackTarget{URL: "http://127.0.0.1:1/v1/webhooks/brightdata", Secrets: []string{"whsec-hidden", "older"}}})
		job := uuid.NewString()
		ids := []string{publish(t, sim, clip.TikTok, 1)}
		_, err := client.Trigger(t.Context(), job, clip.TikTok, ids)
		require.NoError(t, err)
		_, err = sim.Faults.Add(faults.Rule{Action: faults.ResetBefore})
		require.NoError(t, err)

		_, broken := client.Trigger(t.Context(), job, clip.TikTok, ids)

		require.Equal(t, "http://127.0.0.1:1/v1/webhooks/brightdata?job="+job, sim.Jobs()[0].NotifyURL)
		require.Error(t, broken)
		require.NotContains(t, broken.Error(), "hidden")
	})
}

func TestNotifications(t *testing.T) {
	t.Parallel()
	job := uuid.NewString()
	ours := url.Values{"job": {job}}

	t.Run("name the job in their address and the snapshot in their body", func(t *testing.T) {
		t.Parallel()
		for body, want := range map[string]string{
			`{"snapshot_id":"s_1","status":"ready"}`:             "s_1",
			"\xef\xbb\xbf{\"snapshot_id\":\"s_1\"}":              "s_1",
			`[{"post_id":"1","play_count":7}]`:                   "",
			"\n [ ]":                                             "",
			`{"snapshot_id":"s_2","status":"failed","error":{}}`: "s_2",
		} {
			notification, err := brightdata.ParseNotification(ours, []byte(body))
			require.NoError(t, err, body)
			require.Equal(t, providers.Notification{Job: job, SnapshotID: want}, notification)
		}
	})

	t.Run("are refused without a job of ours, or if they make no sense", func(t *testing.T) {
		t.Parallel()
		const good = `{"snapshot_id":"s_1","status":"ready"}`
		for _, each := range []struct {
			query url.Values
			body  string
		}{
			{url.Values{}, good},
			{url.Values{"job": {"7"}}, good},
			{ours, ``},
			{ours, `{}`},
			{ours, `null`},
			{ours, `[`},
			{ours, `<html>`},
			{ours, `{"snapshot_id":"../../x"}`},
			{ours, `{"snapshot_id":7}`},
		} {
			_, err := brightdata.ParseNotification(each.query, []byte(each.body))
			require.Equal(t, "webhook_malformed", fault.CodeOf(err), each.body)
		}
	})
}

func TestSettings(t *testing.T) {
	t.Parallel()

	t.Run("refuse a price that is none", func(t *testing.T) {
		t.Parallel()
		for _, price := range []string{"-1", "free", "1.5"} {
			_, err := brightdata.New(providers.Config{Credential: "token", Settings: map[string]string{"BRIGHTDATA_RECORD_MICROS": price}})
			require.Equal(t, "bad_price", fault.CodeOf(err))
		}
	})

	t.Run("choose the dataset", func(t *testing.T) {
		t.Parallel()
		_, client := setup(t, providers.Config{Settings: map[string]string{"BRIGHTDATA_TIKTOK_POSTS": "gd_other"}})

		_, err := client.Trigger(t.Context(), uuid.NewString(), clip.TikTok, []string{providertest.ExternalID(clip.TikTok, 1)})

		require.Equal(t, fault.Denied, fault.KindOf(err), "the simulator does not know it")
	})
}
