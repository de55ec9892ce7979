package apify_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/devstack/simulators/apify"
	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

const (
	tiktokRun         = "/v2/acts/clockworks~tiktok-scraper/run-sync-get-dataset-items"
	youtubeRun        = "/v2/acts/streamers~youtube-scraper/run-sync-get-dataset-items"
	youtubeChannelRun = "/v2/acts/streamers~youtube-channel-scraper/run-sync-get-dataset-items"

	instagramRun = "/v2/acts/apify~instagram-scraper/run-sync-get-dataset-items"
)

var start = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func setup(t require.TestingT, options apify.Options) *apify.Simulator {
	options.Token, options.Clock = "token", catalog.NewClock(start, 0)
	sim := apify.New(options)
	for _, platform := range []string{"tiktok", "instagram", "youtube"} {
		for n := range 8 {
			require.NoError(t, sim.Clips.Put(catalog.Clip{
				Platform: platform, ExternalID: fmt.Sprint(100 + n), AuthorID: "Some.One", PublishedAt: start.Add(-48 * time.Hour),
				Curve: curves.Spec{Parametric: &curves.Parametric{LifetimeViews: 123_456, HalfLifeSeconds: 60, LikeRateBps: 10_000}},
			}))
		}
	}
	return sim
}

func post(t require.TestingT, sim *apify.Simulator, path, token, input string) (int, string) {
	request := httptest.NewRequest(http.MethodPost, path, strings.NewReader(input))
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	recorder := httptest.NewRecorder()
	sim.Handler().ServeHTTP(recorder, request)
	return recorder.Code, recorder.Body.String()
}

func run(t require.TestingT, sim *apify.Simulator, path, input string) []map[string]any {
	status, body := post(t, sim, path, "token", input)
	require.Equal(t, http.StatusCreated, status, body)
	var items []map[string]any
	require.NoError(t, json.Unmarshal([]byte(body), &items))
	return items
}

func errorType(t *testing.T, body string) string {
	t.Helper()
	var envelope struct{ Error struct{ Type string } }
	require.NoError(t, json.Unmarshal([]byte(body), &envelope))
	return envelope.Error.Type
}

func TestTikTok(t *testing.T) {
	t.Parallel()

	t.Run("gives an item with counts as numbers", func(t *testing.T) {
		t.Parallel()
		items := run(t, setup(t, apify.Options{}), tiktokRun, `{"postURLs":["https://www.tiktok.com/@_/video/100"]}`)

		require.Len(t, items, 1)
		require.Equal(t, "100", items[0]["id"])
		require.Equal(t, "https://www.tiktok.com/@Some.One/video/100", items[0]["webVideoUrl"])
		require.InDelta(t, 123_456, items[0]["playCount"], 1)
		require.Equal(t, "Some.One", items[0]["authorMeta"].(map[string]any)["name"])
		require.Equal(t, "2026-04-29T12:00:00.000Z", items[0]["createTimeISO"])
	})

	t.Run("gives an error item for a clip that does not exist, and for an address that is not a clip's", func(t *testing.T) {
		t.Parallel()
		items := run(t, setup(t, apify.Options{}), tiktokRun, `{"postURLs":["https://www.tiktok.com/@_/video/999","https://www.tiktok.com/@someone"]}`)

		require.Len(t, items, 2)
		for _, item := range items {
			require.Equal(t, "NOT_FOUND", item["errorCode"])
			require.NotContains(t, item, "playCount")
		}
	})

	t.Run("shows three digits of large counts when it rounds, and records what it shows", func(t *testing.T) {
		t.Parallel()
		sim := setup(t, apify.Options{RoundTikTokFrom: 10_000})

		items := run(t, sim, tiktokRun, `{"postURLs":["https://www.tiktok.com/@_/video/100"]}`)

		require.InDelta(t, 123_000, items[0]["playCount"], 0)
		require.Equal(t, int64(123_000), sim.Journal.Entries(0, catalog.KindCountServed)[0].Details["views"])
	})

	t.Run("does not round below the threshold, nor on Instagram", func(t *testing.T) {
		t.Parallel()
		sim := setup(t, apify.Options{RoundTikTokFrom: 1_000_000})
		require.InDelta(t, 123_456, run(t, sim, tiktokRun, `{"postURLs":["https://www.tiktok.com/@_/video/100"]}`)[0]["playCount"], 1)

		sim = setup(t, apify.Options{RoundTikTokFrom: 10})
		require.InDelta(t, 123_456, run(t, sim, instagramRun, `{"directUrls":["https://www.instagram.com/p/100/"]}`)[0]["videoPlayCount"], 1)
	})

	t.Run("gives each clip once, in orders that vary with the seed", func(t *testing.T) {
		t.Parallel()
		addresses := `{"postURLs":["https://www.tiktok.com/@_/video/100","https://www.tiktok.com/@_/video/101","https://www.tiktok.com/@_/video/102","https://www.tiktok.com/@_/video/103","https://www.tiktok.com/@_/video/104","https://www.tiktok.com/@_/video/105"]}`
		orders := map[string]bool{}
		rapid.Check(t, func(t *rapid.T) {
			sim := setup(t, apify.Options{ShuffleSeed: rapid.Uint64().Draw(t, "seed")})
			ids := map[string]bool{}
			order := ""
			for _, item := range run(t, sim, tiktokRun, addresses) {
				ids[item["id"].(string)] = true
				order += item["id"].(string)
			}
			require.Len(t, ids, 6)
			orders[order] = true
		})
		require.Greater(t, len(orders), 1)
	})
}

func TestInstagram(t *testing.T) {
	t.Parallel()

	t.Run("gives a post's address for a reel, and the requested one too", func(t *testing.T) {
		t.Parallel()
		for _, asked := range []string{"https://www.instagram.com/reel/100/", "https://www.instagram.com/reels/100", "https://www.instagram.com/some.one/p/100/"} {
			items := run(t, setup(t, apify.Options{}), instagramRun, `{"directUrls":["`+asked+`"],"resultsType":"posts"}`)

			require.Equal(t, "100", items[0]["shortCode"])
			require.Equal(t, "https://www.instagram.com/p/100/", items[0]["url"])
			require.Equal(t, asked, items[0]["inputUrl"])
			require.Less(t, items[0]["videoViewCount"], items[0]["videoPlayCount"])
		}
	})

	t.Run("gives an error item for a clip that does not exist", func(t *testing.T) {
		t.Parallel()
		items := run(t, setup(t, apify.Options{}), instagramRun, `{"directUrls":["https://www.instagram.com/p/999/"]}`)
		require.Equal(t, "no_items", items[0]["error"])
		require.Empty(t, items[0]["requestErrorMessages"])
		require.Equal(t, "https://www.instagram.com/p/999/", items[0]["inputUrl"])
	})
}

func TestYouTube(t *testing.T) {
	t.Parallel()

	t.Run("gives an item with its channel, and leaves out a clip that does not exist", func(t *testing.T) {
		t.Parallel()
		items := run(t, setup(t, apify.Options{}), youtubeRun, `{"startUrls":[{"url":"https://www.youtube.com/watch?v=100"},{"url":"https://www.youtube.com/watch?v=999"}]}`)

		require.Len(t, items, 1)
		require.Equal(t, "100", items[0]["id"])
		require.InDelta(t, 123_456, items[0]["viewCount"], 1)
		require.Equal(t, "Some.One", items[0]["channelId"])
		require.Equal(t, "2026-04-29T12:00:00.000Z", items[0]["date"])
	})

	t.Run("gives a channel in a video of it, or nothing", func(t *testing.T) {
		t.Parallel()
		sim := setup(t, apify.Options{})
		require.NoError(t, sim.Clips.PutProfile(catalog.Profile{Platform: "youtube", AuthorID: "UCx", Text: "about"}))

		items := run(t, sim, youtubeChannelRun, `{"startUrls":[{"url":"https://www.youtube.com/channel/UCx"},{"url":"https://www.youtube.com/channel/UCy"}]}`)

		require.Len(t, items, 1)
		require.Equal(t, "about", items[0]["aboutChannelInfo"].(map[string]any)["channelDescription"])
	})
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	const valid = `{"postURLs":["https://www.tiktok.com/@_/video/100"]}`

	for name, test := range map[string]struct {
		path, token, input string
		status             int
		kind               string
	}{
		"no token":                   {tiktokRun, "", valid, http.StatusUnauthorized, "token-not-provided"},
		"a wrong token":              {tiktokRun, "other", valid, http.StatusUnauthorized, "user-or-token-not-found"},
		"an unknown actor":           {strings.Replace(tiktokRun, "tiktok", "friendster", 1), "token", valid, http.StatusNotFound, "record-not-found"},
		"input that is not JSON":     {tiktokRun, "token", "{", http.StatusBadRequest, "invalid-input"},
		"input without addresses":    {tiktokRun, "token", `{"postURLs":[]}`, http.StatusBadRequest, "invalid-input"},
		"the other actor's input":    {instagramRun, "token", valid, http.StatusBadRequest, "invalid-input"},
		"addresses that are numbers": {tiktokRun, "token", `{"postURLs":[1]}`, http.StatusBadRequest, "invalid-input"},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()
			status, body := post(t, setup(t, apify.Options{}), test.path, test.token, test.input)
			require.Equal(t, test.status, status)
			require.Equal(t, test.kind, errorType(t, body))
		})
	}

	t.Run("accepts the token as a parameter too", func(t *testing.T) {
		t.Parallel()
		status, _ := post(t, setup(t, apify.Options{}), tiktokRun+"?token=token", "", valid)
		require.Equal(t, http.StatusCreated, status)
	})

	t.Run("a run that outlives the connection is a 408, and has served its counts", func(t *testing.T) {
		t.Parallel()
		sim := setup(t, apify.Options{})
		_, err := sim.Faults.Add(faults.Rule{Action: faults.Refuse, Status: http.StatusRequestTimeout, AfterEffect: true})
		require.NoError(t, err)

		status, body := post(t, sim, tiktokRun, "token", valid)

		require.Equal(t, http.StatusRequestTimeout, status)
		require.Equal(t, "run-timeout-exceeded", errorType(t, body))
		require.Len(t, sim.Journal.Entries(0, catalog.KindCountServed), 1)
	})
}
