package youtube_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/devstack/simulators/youtube"
)

const clipID = "abcdefghijk"

var start = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func setup(t *testing.T, options youtube.Options) *youtube.Simulator {
	t.Helper()
	options.APIKey, options.Clock = "key", catalog.NewClock(start, 0)
	sim := youtube.New(options)
	require.NoError(t, sim.Clips.Put(catalog.Clip{
		Platform: "youtube", ExternalID: clipID, AuthorID: "UCchannel", PublishedAt: start.Add(-48 * time.Hour),
		Curve: curves.Spec{Parametric: &curves.Parametric{LifetimeViews: 1000, HalfLifeSeconds: 60, LikeRateBps: 500}},
	}))
	return sim
}

func get(t *testing.T, sim *youtube.Simulator, query url.Values) (int, map[string]any) {
	t.Helper()
	recorder := httptest.NewRecorder()
	sim.Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/youtube/v3/videos?"+query.Encode(), nil))
	var body map[string]any
	require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &body))
	return recorder.Code, body
}

func ask(ids ...string) url.Values {
	return url.Values{"part": {"statistics,snippet,status"}, "id": {strings.Join(ids, ",")}, "key": {"key"}}
}

func reason(t *testing.T, body map[string]any) string {
	t.Helper()
	envelope := body["error"].(map[string]any)
	return envelope["errors"].([]any)[0].(map[string]any)["reason"].(string)
}

func TestVideos(t *testing.T) {
	t.Parallel()

	t.Run("gives counts as strings, and leaves out what does not exist", func(t *testing.T) {
		t.Parallel()
		status, body := get(t, setup(t, youtube.Options{}), ask(clipID, "nonexistent"))

		require.Equal(t, http.StatusOK, status)
		require.Equal(t, "youtube#videoListResponse", body["kind"])
		require.Len(t, body["items"], 1)
		item := body["items"].([]any)[0].(map[string]any)
		require.Equal(t, clipID, item["id"])
		require.Equal(t, "1000", item["statistics"].(map[string]any)["viewCount"])
		require.Equal(t, "UCchannel", item["snippet"].(map[string]any)["channelId"])
		require.Equal(t, "2026-04-29T12:00:00Z", item["snippet"].(map[string]any)["publishedAt"])
		require.Equal(t, "public", item["status"].(map[string]any)["privacyStatus"])
	})

	t.Run("gives an empty list, not none, when nothing exists", func(t *testing.T) {
		t.Parallel()
		status, body := get(t, setup(t, youtube.Options{}), ask("nonexistent"))
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, []any{}, body["items"])
	})

	t.Run("gives only the requested parts, and a clip once", func(t *testing.T) {
		t.Parallel()
		query := ask(clipID, clipID)
		query.Set("part", "statistics")

		_, body := get(t, setup(t, youtube.Options{}), query)

		require.Len(t, body["items"], 1)
		require.NotContains(t, body["items"].([]any)[0], "snippet")
	})

	t.Run("records in the journal what it served", func(t *testing.T) {
		t.Parallel()
		sim := setup(t, youtube.Options{})
		get(t, sim, ask(clipID))

		lines := sim.Journal.Entries(0, catalog.KindCountServed)

		require.Len(t, lines, 1)
		require.Equal(t, int64(1000), lines[0].Details["views"])
	})

	fiftyOne := make([]string, 51)
	for i := range fiftyOne {
		fiftyOne[i] = fmt.Sprintf("vid%08d", i)
	}
	for name, test := range map[string]struct {
		change func(url.Values)
		status int
		reason string
	}{
		"no key":          {func(q url.Values) { q.Del("key") }, http.StatusForbidden, "forbidden"},
		"a wrong key":     {func(q url.Values) { q.Set("key", "other") }, http.StatusBadRequest, "badRequest"},
		"no parts":        {func(q url.Values) { q.Del("part") }, http.StatusBadRequest, "missingRequiredParameter"},
		"an unknown part": {func(q url.Values) { q.Set("part", "views") }, http.StatusBadRequest, "unknownPart"},
		"no ids":          {func(q url.Values) { q.Set("id", ",") }, http.StatusBadRequest, "missingRequiredParameter"},
		"51 ids":          {func(q url.Values) { q.Set("id", strings.Join(fiftyOne, ",")) }, http.StatusBadRequest, "invalidFilters"},
	} {
		t.Run("refuses a request with "+name, func(t *testing.T) {
			t.Parallel()
			query := ask(clipID)
			test.change(query)

			status, body := get(t, setup(t, youtube.Options{}), query)

			require.Equal(t, test.status, status)
			require.Equal(t, test.reason, reason(t, body))
		})
	}
}

func TestQuota(t *testing.T) {
	t.Parallel()

	t.Run("is spent by valid and invalid requests, and renewed at midnight Pacific", func(t *testing.T) {
		t.Parallel()
		sim := setup(t, youtube.Options{QuotaUnitsPerDay: 2})
		get(t, sim, ask(clipID))
		get(t, sim, ask(","))

		status, body := get(t, sim, ask(clipID))
		require.Equal(t, http.StatusForbidden, status)
		require.Equal(t, "quotaExceeded", reason(t, body))

		sim.Clock.Advance(19*time.Hour - time.Second) // 23:59:59 in California
		status, _ = get(t, sim, ask(clipID))
		require.Equal(t, http.StatusForbidden, status)
		sim.Clock.Advance(time.Second)
		status, _ = get(t, sim, ask(clipID))
		require.Equal(t, http.StatusOK, status)
	})

	t.Run("is not spent with a wrong key", func(t *testing.T) {
		t.Parallel()
		sim := setup(t, youtube.Options{QuotaUnitsPerDay: 1})
		get(t, sim, url.Values{"key": {"other"}})

		status, _ := get(t, sim, ask(clipID))

		require.Equal(t, http.StatusOK, status)
	})
}

func TestFaults(t *testing.T) {
	t.Parallel()

	for status, want := range map[int]string{400: "badRequest", 401: "authError", 403: "forbidden", 429: "rateLimitExceeded", 503: "backendError"} {
		t.Run(fmt.Sprintf("a scripted %d has the platform's reason", status), func(t *testing.T) {
			t.Parallel()
			sim := setup(t, youtube.Options{})
			_, err := sim.Faults.Add(faults.Rule{Action: faults.Refuse, Status: status})
			require.NoError(t, err)

			got, body := get(t, sim, ask(clipID))

			require.Equal(t, status, got)
			require.Equal(t, want, reason(t, body))
		})
	}
}
