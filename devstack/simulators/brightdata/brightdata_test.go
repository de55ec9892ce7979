package brightdata_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/brightdata"
	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
)

const (
	tiktokPosts = "gd_lu702nij2f790tmv9h"
	oneClip     = `[{"url":"https://www.tiktok.com/@_/video/100"}]`
)

var start = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func setup(t *testing.T, behaviour brightdata.Behaviour) *brightdata.Simulator {
	t.Helper()
	sim := brightdata.New(brightdata.Options{Options: catalog.Options{Clock: catalog.NewClock(start, 0)}, Token: "token", Behaviour: behaviour})
	t.Cleanup(func() { require.NoError(t, sim.Close()) })
	require.NoError(t, sim.Clips.Put(catalog.Clip{
		Platform: "tiktok", ExternalID: "100", AuthorID: "Some.One", PublishedAt: start.Add(-48 * time.Hour),
		Curve: curves.Spec{Parametric: &curves.Parametric{LifetimeViews: 123_456, HalfLifeSeconds: 60}},
	}))
	return sim
}

func call(t *testing.T, sim *brightdata.Simulator, method, path, body string) (int, string) {
	t.Helper()
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer token")
	recorder := httptest.NewRecorder()
	sim.Handler().ServeHTTP(recorder, request)
	return recorder.Code, recorder.Body.String()
}

func trigger(t *testing.T, sim *brightdata.Simulator, notify string) {
	t.Helper()
	query := url.Values{"dataset_id": {tiktokPosts}, "notify": {notify}, "auth_header": {"Bearer secret"}}
	status, body := call(t, sim, http.MethodPost, "/datasets/v3/trigger?"+query.Encode(), oneClip)
	require.Equal(t, http.StatusOK, status, body)
}

// received is a notification as it arrives.
type received struct{ authorization, encoding, body string }

// listen returns the address of a server, and what arrives there.
func listen(t *testing.T) (string, <-chan received) {
	t.Helper()
	arrived := make(chan received, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var reader io.Reader = r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			unpacked, err := gzip.NewReader(r.Body)
			if err != nil {
				return
			}
			reader = unpacked
		}
		body, _ := io.ReadAll(reader)
		arrived <- received{r.Header.Get("Authorization"), r.Header.Get("Content-Encoding"), string(body)}
	}))
	t.Cleanup(server.Close)
	return server.URL, arrived
}

func TestSnapshots(t *testing.T) {
	t.Parallel()

	t.Run("are ready once their time is over, and send one notification with the given authorization", func(t *testing.T) {
		t.Parallel()
		sim := setup(t, brightdata.Behaviour{DelaySeconds: 60})
		address, arrived := listen(t)
		trigger(t, sim, address)
		require.Equal(t, "running", sim.Jobs()[0].Status)
		status, _ := call(t, sim, http.MethodGet, "/datasets/v3/snapshot/s_simulated000001", "")
		require.Equal(t, http.StatusAccepted, status)

		sim.Clock.Advance(time.Minute)

		require.Equal(t, received{"Bearer secret", "", `{"snapshot_id":"s_simulated000001","status":"ready"}`}, <-arrived)
		status, body := call(t, sim, http.MethodGet, "/datasets/v3/snapshot/s_simulated000001", "")
		require.Equal(t, http.StatusOK, status)
		var records []map[string]any
		require.NoError(t, json.Unmarshal([]byte(body), &records))
		require.InDelta(t, 123_456, records[0]["play_count"], 1)
		require.Equal(t, "2026-05-01T12:01:00.000Z", records[0]["timestamp"])
	})

	t.Run("send their notification twice, compressed, or with records, when they are told to", func(t *testing.T) {
		t.Parallel()
		sim := setup(t, brightdata.Behaviour{Notify: "twice", Gzip: true, Body: "records"})
		address, arrived := listen(t)

		trigger(t, sim, address)

		first, second := <-arrived, <-arrived
		require.Equal(t, first, second)
		require.Equal(t, "gzip", first.encoding)
		require.Contains(t, first.body, `"post_id":"100"`)
	})

	t.Run("send their notification late, when they are told to", func(t *testing.T) {
		t.Parallel()
		sim := setup(t, brightdata.Behaviour{NotifyDelaySeconds: 60})
		address, arrived := listen(t)
		trigger(t, sim, address)
		require.Equal(t, "ready", sim.Jobs()[0].Status)
		require.Zero(t, sim.Jobs()[0].Notified)

		sim.Clock.Advance(time.Minute)

		require.NotEmpty(t, <-arrived)
	})

	t.Run("that never send a notification are ready all the same", func(t *testing.T) {
		t.Parallel()
		sim := setup(t, brightdata.Behaviour{Notify: "never"})
		trigger(t, sim, "http://127.0.0.1:1/")

		_, body := call(t, sim, http.MethodGet, "/datasets/v3/progress/s_simulated000001", "")

		require.JSONEq(t, `{"snapshot_id":"s_simulated000001","dataset_id":"`+tiktokPosts+`","status":"ready"}`, body)
		require.Empty(t, sim.Journal.Entries(0, brightdata.KindNotified))
	})

	t.Run("are limited at once", func(t *testing.T) {
		t.Parallel()
		sim := setup(t, brightdata.Behaviour{DelaySeconds: 60, RunningMax: 1})
		trigger(t, sim, "")

		status, body := call(t, sim, http.MethodPost, "/datasets/v3/trigger?dataset_id="+tiktokPosts, oneClip)

		require.Equal(t, http.StatusTooManyRequests, status)
		require.Contains(t, body, "too many running jobs")
	})

	t.Run("behave as the control API says, which refuses what makes no sense", func(t *testing.T) {
		t.Parallel()
		sim := setup(t, brightdata.Behaviour{})
		status, _ := call(t, sim, http.MethodPut, "/_sim/jobs", `{"fail":true}`)
		require.Equal(t, http.StatusOK, status)
		trigger(t, sim, "")
		_, listed := call(t, sim, http.MethodGet, "/_sim/jobs", "")
		require.Contains(t, listed, `"status":"failed"`)

		for _, wrong := range []string{`{"notify":"often"}`, `{"body":"cake"}`, `{"delay_seconds":-1}`, `{"misspelt":1}`, `x`} {
			status, _ := call(t, sim, http.MethodPut, "/_sim/jobs", wrong)
			require.Equal(t, http.StatusBadRequest, status, wrong)
		}
	})
}

func TestScrape(t *testing.T) {
	t.Parallel()

	t.Run("gives a record with an error for a clip that does not exist, and for an address that is not a clip's", func(t *testing.T) {
		t.Parallel()
		sim := setup(t, brightdata.Behaviour{})

		_, body := call(t, sim, http.MethodPost, "/datasets/v3/scrape?dataset_id="+tiktokPosts, `[{"url":"https://www.tiktok.com/@_/video/999"},{"url":"https://www.tiktok.com/@a"}]`)

		require.Contains(t, body, `"error_code":"dead_page"`)
		require.Contains(t, body, `"error_code":"bad_input"`)
		require.Contains(t, body, `"input":{"url":"https://www.tiktok.com/@_/video/999"}`)
	})

	t.Run("refuses an unknown dataset, no inputs, too many, and another token", func(t *testing.T) {
		t.Parallel()
		sim := setup(t, brightdata.Behaviour{})
		many := "[" + strings.TrimSuffix(strings.Repeat(strings.Trim(oneClip, "[]")+",", 21), ",") + "]"
		for _, each := range []struct {
			path, body string
			want       int
		}{
			{"?dataset_id=gd_x", oneClip, http.StatusNotFound},
			{"?dataset_id=" + tiktokPosts, `[]`, http.StatusBadRequest},
			{"?dataset_id=" + tiktokPosts, many, http.StatusBadRequest},
		} {
			status, _ := call(t, sim, http.MethodPost, "/datasets/v3/scrape"+each.path, each.body)
			require.Equal(t, each.want, status)
		}
		request := httptest.NewRequest(http.MethodPost, "/datasets/v3/scrape?dataset_id="+tiktokPosts, strings.NewReader(oneClip))
		request.Header.Set("Authorization", "Bearer another")
		recorder := httptest.NewRecorder()
		sim.Handler().ServeHTTP(recorder, request)
		require.Equal(t, http.StatusUnauthorized, recorder.Code)
	})
}
