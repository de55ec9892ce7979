package catalog_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

var start = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

const steadyClip = `{"platform":"tiktok","external_id":"42","author_id":"someone","published_at":"2026-05-01T11:00:00Z",
	"curve":{"parametric":{"lifetime_views":100000,"half_life_seconds":86400,"seed":7}}}`

// setup returns a simulator whose clock stands still and whose API serves the clip named
// by the path.
func setup(t *testing.T, options catalog.Options) (*catalog.Simulator, string) {
	t.Helper()
	if options.Clock == nil {
		options.Clock = catalog.NewClock(start, 0)
	}
	sim := catalog.New(options, []string{"tiktok", "youtube"}, nil, func(s *catalog.Simulator) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			shown, ok := s.Serve("tiktok", strings.TrimPrefix(r.URL.Path, "/"), nil)
			if !ok {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			catalog.WriteJSON(w, http.StatusOK, shown.Counts)
		})
	})
	baseURL, err := sim.Start("127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, sim.Close()) })
	return sim, baseURL
}

func call(t *testing.T, method, address, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	answer, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(answer)
}

func views(t *testing.T, baseURL, id string) int64 {
	t.Helper()
	status, body := call(t, http.MethodGet, baseURL+"/"+id, "")
	require.Equal(t, http.StatusOK, status)
	var counts curves.Counts
	require.NoError(t, json.Unmarshal([]byte(body), &counts))
	return counts.Views
}

func TestControl(t *testing.T) {
	t.Parallel()

	t.Run("a clip that is put grows as the clock is moved, and is not found once deleted", func(t *testing.T) {
		t.Parallel()
		_, baseURL := setup(t, catalog.Options{})
		status, _ := call(t, http.MethodGet, baseURL+"/42", "")
		require.Equal(t, http.StatusNotFound, status)

		status, body := call(t, http.MethodPut, baseURL+"/_sim/clips", steadyClip)
		require.Equal(t, http.StatusOK, status, body)
		early := views(t, baseURL, "42")
		status, body = call(t, http.MethodPost, baseURL+"/_sim/clock", `{"advance_seconds":86400}`)
		require.Equal(t, http.StatusOK, status)
		require.JSONEq(t, `{"now":"2026-05-02T12:00:00Z","factor":0}`, body)
		late := views(t, baseURL, "42")
		require.Greater(t, late, early)

		status, _ = call(t, http.MethodDelete, baseURL+"/_sim/clips/tiktok/42", "")
		require.Equal(t, http.StatusNoContent, status)
		status, _ = call(t, http.MethodGet, baseURL+"/42", "")
		require.Equal(t, http.StatusNotFound, status)
		status, _ = call(t, http.MethodDelete, baseURL+"/_sim/clips/tiktok/42", "")
		require.Equal(t, http.StatusNotFound, status)
	})

	t.Run("lists every clip with the counts it shows now", func(t *testing.T) {
		t.Parallel()
		_, baseURL := setup(t, catalog.Options{})
		call(t, http.MethodPut, baseURL+"/_sim/clips", steadyClip)
		call(t, http.MethodPut, baseURL+"/_sim/clips", strings.Replace(steadyClip, `"42"`, `"41"`, 1))
		call(t, http.MethodDelete, baseURL+"/_sim/clips/tiktok/41", "")

		_, body := call(t, http.MethodGet, baseURL+"/_sim/clips", "")

		var list struct{ Clips []catalog.Shown }
		require.NoError(t, json.Unmarshal([]byte(body), &list))
		require.Len(t, list.Clips, 2)
		require.Equal(t, "41", list.Clips[0].ExternalID)
		require.True(t, list.Clips[0].Counts.Deleted)
		require.Equal(t, views(t, baseURL, "42"), list.Clips[1].Counts.Views)
	})

	t.Run("the journal records each count that was served", func(t *testing.T) {
		t.Parallel()
		sim, baseURL := setup(t, catalog.Options{})
		call(t, http.MethodPut, baseURL+"/_sim/clips", steadyClip)
		served := views(t, baseURL, "42")
		call(t, http.MethodGet, baseURL+"/43", "")

		lines := sim.Journal.Entries(0, catalog.KindCountServed, catalog.KindClipMissing)

		require.Len(t, lines, 2)
		require.Equal(t, "tiktok/42", lines[0].ObjectID)
		require.Equal(t, served, lines[0].Details["views"])
		require.Equal(t, "tiktok/43", lines[1].ObjectID)
		status, body := call(t, http.MethodGet, baseURL+"/_sim/journal?kind="+catalog.KindCountServed, "")
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, body, "tiktok/42")
	})

	t.Run("a scripted fault affects the provider's API and never the control API", func(t *testing.T) {
		t.Parallel()
		_, baseURL := setup(t, catalog.Options{})
		status, _ := call(t, http.MethodPost, baseURL+"/_sim/faults", `{"action":"5xx","status":503,"count":-1}`)
		require.Equal(t, http.StatusCreated, status)

		status, _ = call(t, http.MethodGet, baseURL+"/42", "")
		require.Equal(t, http.StatusServiceUnavailable, status)
		status, _ = call(t, http.MethodPut, baseURL+"/_sim/clips", steadyClip)
		require.Equal(t, http.StatusOK, status)
	})

	for name, test := range map[string]struct{ method, path, body, want string }{
		"a clip of another platform":      {"PUT", "/_sim/clips", strings.Replace(steadyClip, "tiktok", "x", 1), "platform"},
		"a clip without an id":            {"PUT", "/_sim/clips", strings.Replace(steadyClip, `"42"`, `""`, 1), "external_id"},
		"a clip without an author":        {"PUT", "/_sim/clips", strings.Replace(steadyClip, `"someone"`, `"@someone"`, 1), "author_id"},
		"a clip that was never published": {"PUT", "/_sim/clips", strings.Replace(steadyClip, `2026-05-01T11:00:00Z`, `0001-01-01T00:00:00Z`, 1), "published_at"},
		"a curve that makes no sense":     {"PUT", "/_sim/clips", strings.Replace(steadyClip, `86400`, `1`, 1), "curve.parametric.half_life_seconds"},
		"a misspelt field":                {"PUT", "/_sim/clips", strings.Replace(steadyClip, `seed`, `sead`, 1), "sead"},
		"a body that is not JSON":         {"PUT", "/_sim/clips", "clip", "invalid"},
		"a clock that goes back":          {"POST", "/_sim/clock", `{"advance_seconds":-1}`, "advance_seconds"},
		"a clock that runs backwards":     {"POST", "/_sim/clock", `{"factor":-1}`, "factor"},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()
			_, baseURL := setup(t, catalog.Options{})
			status, body := call(t, test.method, baseURL+test.path, test.body)
			require.Equal(t, http.StatusBadRequest, status)
			require.Contains(t, body, test.want)
		})
	}
}

func TestAnyClip(t *testing.T) {
	t.Parallel()

	t.Run("makes a clip for an unknown id, and keeps it", func(t *testing.T) {
		t.Parallel()
		sim, _ := setup(t, catalog.Options{AnyClip: true})

		shown, ok := sim.Clips.Show("youtube", "aaaaaaaaaaa")
		sim.Clock.Advance(24 * time.Hour)
		later, _ := sim.Clips.Show("youtube", "aaaaaaaaaaa")

		require.True(t, ok)
		require.Equal(t, shown.Clip, later.Clip)
		require.Greater(t, later.Counts.Views, shown.Counts.Views)
		require.Regexp(t, `^UC[A-Za-z0-9_-]{22}$`, shown.AuthorID)
	})

	t.Run("makes no new clip for a deleted one, and none for a malformed id", func(t *testing.T) {
		t.Parallel()
		sim, _ := setup(t, catalog.Options{AnyClip: true})
		_, ok := sim.Clips.Show("tiktok", "42")
		require.True(t, ok)

		sim.Clips.Delete("tiktok", "42")

		_, ok = sim.Clips.Show("tiktok", "42")
		require.False(t, ok)
		_, ok = sim.Clips.Show("tiktok", "../42")
		require.False(t, ok)
	})

	t.Run("is off by default", func(t *testing.T) {
		t.Parallel()
		sim, _ := setup(t, catalog.Options{})
		_, ok := sim.Clips.Show("tiktok", "42")
		require.False(t, ok)
	})
}

func TestShow(t *testing.T) {
	t.Parallel()

	t.Run("shows no clip before it is published", func(t *testing.T) {
		t.Parallel()
		sim, _ := setup(t, catalog.Options{})
		var clip catalog.Clip
		require.NoError(t, json.Unmarshal([]byte(strings.Replace(steadyClip, "T11:00", "T13:00", 1)), &clip))
		require.NoError(t, sim.Clips.Put(clip))

		_, before := sim.Clips.Show("tiktok", "42")
		sim.Clock.Advance(time.Hour)
		_, after := sim.Clips.Show("tiktok", "42")

		require.False(t, before)
		require.True(t, after)
	})

	t.Run("shows a clip whose deletion is scripted until then", func(t *testing.T) {
		t.Parallel()
		sim, _ := setup(t, catalog.Options{})
		var clip catalog.Clip
		require.NoError(t, json.Unmarshal([]byte(steadyClip), &clip))
		clip.Curve.Events = []curves.Event{{Kind: curves.Deleted, AtSeconds: 7200}}
		require.NoError(t, sim.Clips.Put(clip))

		_, before := sim.Clips.Show("tiktok", "42")
		sim.Clock.Advance(time.Hour)
		_, after := sim.Clips.Show("tiktok", "42")

		require.True(t, before)
		require.False(t, after)
	})
}

func TestClock(t *testing.T) {
	t.Parallel()

	t.Run("stands still at factor zero and moves only forward", rapid.MakeCheck(func(t *rapid.T) {
		clock := catalog.NewClock(start, 0)
		want := start
		for _, seconds := range rapid.SliceOf(rapid.Int64Range(-1000, 1_000_000)).Draw(t, "advances") {
			clock.Advance(time.Duration(seconds) * time.Second)
			want = want.Add(time.Duration(max(0, seconds)) * time.Second)
			require.True(t, want.Equal(clock.Now()))
		}
	}))

	t.Run("keeps its time when its speed changes", func(t *testing.T) {
		t.Parallel()
		clock := catalog.NewClock(start, 1000)
		before := clock.Now()
		require.NoError(t, clock.SetFactor(0))
		stopped := clock.Now()

		require.False(t, stopped.Before(before))
		require.True(t, stopped.Equal(clock.Now()))
		require.Zero(t, clock.Factor())
	})
}

func TestStart(t *testing.T) {
	t.Parallel()

	t.Run("refuses a second start and an address that is taken", func(t *testing.T) {
		t.Parallel()
		sim, baseURL := setup(t, catalog.Options{})
		_, err := sim.Start("127.0.0.1:0")
		require.Error(t, err)

		other := catalog.New(catalog.Options{}, nil, nil, func(*catalog.Simulator) http.Handler { return http.NotFoundHandler() })
		_, err = other.Start(strings.TrimPrefix(baseURL, "http://"))
		require.Error(t, err)
		require.NoError(t, other.Close())
	})

	t.Run("serves from its handler without being started", func(t *testing.T) {
		t.Parallel()
		sim := catalog.New(catalog.Options{}, nil, nil, func(*catalog.Simulator) http.Handler { return http.NotFoundHandler() })
		server := httptest.NewServer(sim.Handler())
		defer server.Close()

		status, _ := call(t, http.MethodGet, server.URL+"/_sim/clips", "")

		require.Equal(t, http.StatusOK, status)
	})

	t.Run("releases held requests when it is closed", func(t *testing.T) {
		t.Parallel()
		sim, baseURL := setup(t, catalog.Options{})
		_, err := sim.Faults.Add(faults.Rule{Action: faults.Hang})
		require.NoError(t, err)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			if response, err := http.Get(baseURL + "/42"); err == nil {
				_ = response.Body.Close()
			}
		}()
		_, err = sim.Journal.Wait(t.Context(), 0, func(line faults.Entry) bool { return line.Fault == faults.Hang })
		require.NoError(t, err)

		require.NoError(t, sim.Close())

		<-ended
	})
}
