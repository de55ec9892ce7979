package x_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/devstack/simulators/x"
)

const postID = "1990000000000000001"

var start = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func setup(t *testing.T, options x.Options) *x.Simulator {
	t.Helper()
	options.Token, options.Clock = "token", catalog.NewClock(start, 0)
	sim := x.New(options)
	put(t, sim, postID, "An example & more", "")
	return sim
}

func put(t *testing.T, sim *x.Simulator, id, caption, kind string) {
	t.Helper()
	require.NoError(t, sim.Clips.Put(catalog.Clip{
		Platform: "x", ExternalID: id, AuthorID: "Some_One", Caption: caption, Kind: kind, PublishedAt: start.Add(-48 * time.Hour),
		Curve: curves.Spec{Parametric: &curves.Parametric{LifetimeViews: 1000, HalfLifeSeconds: 60, LikeRateBps: 500, ShareRateBps: 1000}},
	}))
}

func get(t *testing.T, sim *x.Simulator, path, token string) (int, http.Header, map[string]any) {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, path, nil)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	recorder := httptest.NewRecorder()
	sim.Handler().ServeHTTP(recorder, request)
	var body map[string]any
	require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &body))
	return recorder.Code, recorder.Header(), body
}

func ask(ids ...string) string {
	return "/2/tweets?" + url.Values{
		"ids": {strings.Join(ids, ",")}, "tweet.fields": {"public_metrics,created_at,author_id,note_tweet"}, "expansions": {"author_id"},
	}.Encode()
}

func TestPosts(t *testing.T) {
	t.Parallel()

	t.Run("gives posts with their authors, and errors for the rest", func(t *testing.T) {
		t.Parallel()
		status, _, body := get(t, setup(t, x.Options{}), ask(postID, "5"), "token")

		require.Equal(t, http.StatusOK, status)
		require.Len(t, body["data"], 1)
		post := body["data"].([]any)[0].(map[string]any)
		require.Equal(t, "An example &amp; more", post["text"])
		require.Equal(t, "2026-04-29T12:00:00.000Z", post["created_at"])
		metrics := post["public_metrics"].(map[string]any)
		require.InDelta(t, 1000, metrics["impression_count"], 0)
		author := body["includes"].(map[string]any)["users"].([]any)[0].(map[string]any)
		require.Equal(t, post["author_id"], author["id"])
		require.Equal(t, "Some_One", author["username"])
		missing := body["errors"].([]any)[0].(map[string]any)
		require.Equal(t, "5", missing["resource_id"])
		require.Equal(t, "https://api.twitter.com/2/problems/resource-not-found", missing["type"])
	})

	t.Run("gives only the requested fields", func(t *testing.T) {
		t.Parallel()
		_, _, body := get(t, setup(t, x.Options{}), "/2/tweets?ids="+postID, "token")

		post := body["data"].([]any)[0].(map[string]any)
		require.ElementsMatch(t, []string{"id", "text", "edit_history_tweet_ids"}, keys(post))
		require.NotContains(t, body, "includes")
		require.NotContains(t, body, "errors")
	})

	t.Run("has no data, only errors, when nothing exists", func(t *testing.T) {
		t.Parallel()
		status, _, body := get(t, setup(t, x.Options{}), ask("5"), "token")
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, []string{"errors"}, keys(body))
	})

	t.Run("gives the whole of a long text apart", func(t *testing.T) {
		t.Parallel()
		sim := setup(t, x.Options{})
		put(t, sim, "6", strings.Repeat("a", 300)+"end", "")
		_, _, body := get(t, sim, ask("6"), "token")

		post := body["data"].([]any)[0].(map[string]any)
		require.NotContains(t, post["text"], "end")
		require.Contains(t, post["note_tweet"].(map[string]any)["text"], "end")
	})

	t.Run("leaves out the impressions of a post without a counter", func(t *testing.T) {
		t.Parallel()
		sim := setup(t, x.Options{})
		put(t, sim, "6", "", catalog.ViewsHidden)
		_, _, body := get(t, sim, ask("6"), "token")
		require.NotContains(t, body["data"].([]any)[0].(map[string]any)["public_metrics"], "impression_count")
	})

	for name, path := range map[string]string{
		"no ids":      "/2/tweets",
		"101 ids":     ask(strings.Split(strings.Repeat("7,", 100)+"7", ",")...),
		"a bad id":    ask("abc"),
		"a long id":   ask(strings.Repeat("9", 20)),
		"a bad name":  "/2/users/by/username/not.a.name",
		"a long name": "/2/users/by/username/" + strings.Repeat("a", 16),
	} {
		t.Run("refuses a request with "+name, func(t *testing.T) {
			t.Parallel()
			status, _, body := get(t, setup(t, x.Options{}), path, "token")
			require.Equal(t, http.StatusBadRequest, status)
			require.Equal(t, "https://api.twitter.com/2/problems/invalid-request", body["type"])
		})
	}

	for _, token := range []string{"", "other"} {
		t.Run("refuses the token "+strconv.Quote(token), func(t *testing.T) {
			t.Parallel()
			status, header, body := get(t, setup(t, x.Options{}), ask(postID), token)
			require.Equal(t, http.StatusUnauthorized, status)
			require.Equal(t, "Unauthorized", body["title"])
			require.Empty(t, header.Get("x-rate-limit-limit"))
		})
	}
}

func keys(object map[string]any) (names []string) {
	for name := range object {
		names = append(names, name)
	}
	return names
}

func TestUsers(t *testing.T) {
	t.Parallel()

	t.Run("gives a user by name, in any case", func(t *testing.T) {
		t.Parallel()
		sim := setup(t, x.Options{})
		require.NoError(t, sim.Clips.PutProfile(catalog.Profile{Platform: "x", AuthorID: "Some_One", Text: "about <me>"}))
		_, _, body := get(t, sim, "/2/users/by/username/some_one?user.fields=description", "token")

		user := body["data"].(map[string]any)
		require.Equal(t, "Some_One", user["username"])
		require.Equal(t, "about &lt;me&gt;", user["description"])
	})

	t.Run("gives an error for a user who does not exist", func(t *testing.T) {
		t.Parallel()
		status, _, body := get(t, setup(t, x.Options{}), "/2/users/by/username/another", "token")
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, "user", body["errors"].([]any)[0].(map[string]any)["resource_type"])
	})
}

func TestLimits(t *testing.T) {
	t.Parallel()

	t.Run("tells the state of the window with each answer, and renews it", func(t *testing.T) {
		t.Parallel()
		sim := setup(t, x.Options{RequestsPerWindow: 1})
		_, header, _ := get(t, sim, ask(postID), "token")
		require.Equal(t, "0", header.Get("x-rate-limit-remaining"))
		require.Equal(t, strconv.FormatInt(start.Add(15*time.Minute).Unix(), 10), header.Get("x-rate-limit-reset"))

		status, _, body := get(t, sim, ask(postID), "token")
		require.Equal(t, http.StatusTooManyRequests, status)
		require.Equal(t, "Too Many Requests", body["title"])

		sim.Clock.Advance(15 * time.Minute)
		status, _, _ = get(t, sim, ask(postID), "token")
		require.Equal(t, http.StatusOK, status)
	})

	t.Run("caps the posts of a month", func(t *testing.T) {
		t.Parallel()
		sim := setup(t, x.Options{PostsPerMonth: 1})
		get(t, sim, ask(postID), "token")

		status, _, body := get(t, sim, ask(postID), "token")
		require.Equal(t, http.StatusTooManyRequests, status)
		require.Equal(t, "UsageCapExceeded", body["title"])
		require.Equal(t, "Monthly", body["period"])

		sim.Clock.Advance(31 * 24 * time.Hour)
		status, _, _ = get(t, sim, ask(postID), "token")
		require.Equal(t, http.StatusOK, status)
	})
}

func TestFaults(t *testing.T) {
	t.Parallel()
	sim := setup(t, x.Options{})
	_, err := sim.Faults.Add(faults.Rule{Action: faults.Refuse, Status: http.StatusForbidden, Code: "client-forbidden"})
	require.NoError(t, err)

	status, _, body := get(t, sim, ask(postID), "token")

	require.Equal(t, http.StatusForbidden, status)
	require.Equal(t, "Forbidden", body["title"])
	require.Equal(t, "https://api.twitter.com/2/problems/client-forbidden", body["type"])
}
