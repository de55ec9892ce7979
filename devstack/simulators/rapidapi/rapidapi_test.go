package rapidapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/rapidapi"
)

const (
	tiktokPost    = "/?url=https%3A%2F%2Fwww.tiktok.com%2F%40_%2Fvideo%2F100"
	instagramPost = "/post?url=https%3A%2F%2Fwww.instagram.com%2Freel%2F100%2F"
	xPost         = "/tweet.php?id=100"
)

var start = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func setup(t *testing.T, options rapidapi.Options) *rapidapi.Simulator {
	t.Helper()
	options.Key, options.Clock = "key", catalog.NewClock(start, 0)
	sim := rapidapi.New(options)
	for _, platform := range []string{"tiktok", "instagram", "x"} {
		require.NoError(t, sim.Clips.Put(catalog.Clip{
			Platform: platform, ExternalID: "100", AuthorID: "Some_One", PublishedAt: start.Add(-48 * time.Hour),
			Curve: curves.Spec{Parametric: &curves.Parametric{LifetimeViews: 1000, HalfLifeSeconds: 60, LikeRateBps: 500}},
		}))
		require.NoError(t, sim.Clips.PutProfile(catalog.Profile{Platform: platform, AuthorID: "Some_One", Text: "about me"}))
	}
	return sim
}

func get(t *testing.T, sim *rapidapi.Simulator, host, path, key string) (int, http.Header, map[string]any) {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, path, nil)
	request.Header.Set("X-RapidAPI-Host", host)
	if key != "" {
		request.Header.Set("X-RapidAPI-Key", key)
	}
	recorder := httptest.NewRecorder()
	sim.Handler().ServeHTTP(recorder, request)
	var body map[string]any
	require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &body))
	return recorder.Code, recorder.Header(), body
}

func TestAPIs(t *testing.T) {
	t.Parallel()

	t.Run("TikTok's has the post in data, with numbers", func(t *testing.T) {
		t.Parallel()
		status, header, body := get(t, setup(t, rapidapi.Options{}), rapidapi.TikTokHost, tiktokPost, "key")

		require.Equal(t, http.StatusOK, status)
		require.Empty(t, header.Get("X-RapidAPI-Proxy-Response"))
		require.InDelta(t, 0, body["code"], 0)
		post := body["data"].(map[string]any)
		require.Equal(t, "100", post["id"])
		require.InDelta(t, 1000, post["play_count"], 0)
		require.Equal(t, "Some_One", post["author"].(map[string]any)["unique_id"])
	})

	t.Run("Instagram's has the post at the top, with counts in objects", func(t *testing.T) {
		t.Parallel()
		_, _, post := get(t, setup(t, rapidapi.Options{}), rapidapi.InstagramHost, instagramPost, "key")

		require.Equal(t, "100", post["shortcode"])
		require.Less(t, post["video_view_count"], post["video_play_count"])
		require.Contains(t, post["edge_media_preview_like"], "count")
		require.InDelta(t, start.Add(-48*time.Hour).Unix(), post["taken_at_timestamp"], 0)
	})

	t.Run("X's has the post at the top, with views as text", func(t *testing.T) {
		t.Parallel()
		_, _, post := get(t, setup(t, rapidapi.Options{}), rapidapi.XHost, xPost, "key")

		require.Equal(t, "1000", post["views"])
		require.Equal(t, "Wed Apr 29 12:00:00 +0000 2026", post["created_at"])
		require.Equal(t, "Some_One", post["author"].(map[string]any)["screen_name"])
	})

	for name, test := range map[string]struct{ host, path, field string }{
		"TikTok":    {rapidapi.TikTokHost, "/user/info?unique_id=some_one", "data"},
		"Instagram": {rapidapi.InstagramHost, "/profile?username=some_one", "biography"},
		"X":         {rapidapi.XHost, "/screenname.php?screenname=some_one", "desc"},
	} {
		t.Run("have profiles of "+name, func(t *testing.T) {
			t.Parallel()
			_, _, body := get(t, setup(t, rapidapi.Options{}), test.host, test.path, "key")
			require.Contains(t, body, test.field)
		})
	}

	for name, test := range map[string]struct {
		host, path string
		status     int
		field      string
		value      any
	}{
		"a message on TikTok":     {rapidapi.TikTokHost, "/?url=https%3A%2F%2Fwww.tiktok.com%2F%40_%2Fvideo%2F999", http.StatusOK, "msg", "Url parsing is failed! Please check url."},
		"a message on a profile":  {rapidapi.TikTokHost, "/user/info?unique_id=another", http.StatusOK, "msg", "unique_id is invalid"},
		"a 404 on Instagram":      {rapidapi.InstagramHost, "/post?url=https%3A%2F%2Fwww.instagram.com%2Fp%2F999%2F", http.StatusNotFound, "status", false},
		"a 404 on X":              {rapidapi.XHost, "/tweet.php?id=999", http.StatusNotFound, "status", "notfound"},
		"a 404 on an odd address": {rapidapi.InstagramHost, "/post?url=nonsense", http.StatusNotFound, "status", false},
	} {
		t.Run("say what does not exist with "+name, func(t *testing.T) {
			t.Parallel()
			status, header, body := get(t, setup(t, rapidapi.Options{}), test.host, test.path, "key")
			require.Equal(t, test.status, status)
			require.Empty(t, header.Get("X-RapidAPI-Proxy-Response"), "the API says so itself")
			require.Equal(t, test.value, body[test.field])
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		host, path, key string
		status          int
	}{
		"without a key":             {rapidapi.XHost, xPost, "", http.StatusUnauthorized},
		"with another key":          {rapidapi.XHost, xPost, "other", http.StatusForbidden},
		"without a subscription":    {rapidapi.TikTokHost, tiktokPost, "key", http.StatusForbidden},
		"for an unknown API":        {"another.p.rapidapi.com", xPost, "key", http.StatusNotFound},
		"for an unknown path":       {rapidapi.XHost, "/tweets", "key", http.StatusNotFound},
		"for a path of another API": {rapidapi.InstagramHost, xPost, "key", http.StatusNotFound},
	} {
		t.Run("come from RapidAPI "+name, func(t *testing.T) {
			t.Parallel()
			sim := setup(t, rapidapi.Options{Unsubscribed: []string{rapidapi.TikTokHost}})
			status, header, body := get(t, sim, test.host, test.path, test.key)
			require.Equal(t, test.status, status)
			require.Equal(t, "true", header.Get("X-RapidAPI-Proxy-Response"))
			require.Contains(t, body, "message")
		})
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()

	t.Run("are told with each answer, and hold for each API", func(t *testing.T) {
		t.Parallel()
		sim := setup(t, rapidapi.Options{RequestsPerMonth: 5, RequestsPerMinute: 1})
		_, header, _ := get(t, sim, rapidapi.XHost, xPost, "key")
		for name, want := range map[string]string{
			"x-ratelimit-requests-limit": "5", "x-ratelimit-requests-remaining": "4", "x-ratelimit-requests-reset": "2592000",
			"x-ratelimit-limit": "1", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "60",
		} {
			require.Equal(t, want, header.Get(name), name)
		}

		status, _, _ := get(t, sim, rapidapi.XHost, xPost, "key")
		require.Equal(t, http.StatusTooManyRequests, status)
		status, _, _ = get(t, sim, rapidapi.TikTokHost, tiktokPost, "key")
		require.Equal(t, http.StatusOK, status)

		sim.Clock.Advance(time.Minute)
		status, _, _ = get(t, sim, rapidapi.XHost, xPost, "key")
		require.Equal(t, http.StatusOK, status)
	})
}
