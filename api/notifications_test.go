package api_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
	"github.com/creditroll/creditroll/providers/brightdata"
)

func notifies(config *api.Config) {
	target := providers.CallbackTarget{Secrets: []string{"new", "old"}}
	config.ProviderWebhooks = map[string]api.ProviderWebhook{"brightdata": {Accepts: target.Accepts, Parse: func(query url.Values, body []byte) (string, string, error) {
		notification, err := brightdata.ParseNotification(query, body)
		return notification.Job, notification.SnapshotID, err
	}}}
}

func (w *world) notify(t *testing.T, job, body string, headers header) answer {
	t.Helper()
	return w.sendRaw(t, "POST", "/v1/webhooks/brightdata?job="+job, body, headers)
}

// snapshot stores a snapshot that a call waits for, and returns our id of it.
func (w *world) snapshot(t *testing.T) string {
	t.Helper()
	id := uuid.NewString()
	require.NoError(t, w.store.Clips.StartSnapshot(t.Context(), views.NewSnapshot{
		ID: id, Provider: "brightdata", Platform: clip.TikTok, StartedAt: w.clock.Now(),
		Clips: []views.SnapshotClip{{ExternalID: "1", WorkflowID: "clip/a", Token: []byte("t")}},
	}))
	return id
}

func (w *world) dueSnapshots(t *testing.T) int {
	t.Helper()
	due, err := w.store.Clips.ListDueSnapshots(t.Context(), w.clock.Now().Add(time.Second), 10)
	require.NoError(t, err)
	return len(due)
}

func packed(t *testing.T, body string) string {
	t.Helper()
	var buffer bytes.Buffer
	writer := gzip.NewWriter(&buffer)
	_, err := writer.Write([]byte(body))
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	return buffer.String()
}

func TestBrightDataNotification(t *testing.T) {
	t.Parallel()
	const ready = `{"snapshot_id":"s_1","status":"ready"}`
	ours := header{"Authorization": "Bearer new"}

	t.Run("is stored, makes the snapshot due, and wakes those who look at it", func(t *testing.T) {
		t.Parallel()
		w := setup(t, notifies)
		job := w.snapshot(t)
		require.Zero(t, w.dueSnapshots(t))

		got := w.notify(t, job, ready, ours)

		require.Equal(t, 200, got.status)
		stored := w.delivered(t)["s_1"]
		require.Equal(t, "signalled", stored.outcome)
		require.JSONEq(t, `{"concern":"snapshot","job":"`+job+`","snapshot_id":"s_1"}`, stored.payload)
		require.Equal(t, 1, w.dueSnapshots(t))
		require.Equal(t, []rail.Notice{{Concern: rail.ConcernSnapshot, Job: job, SnapshotID: "s_1"}}, w.engine.notified())
	})

	t.Run("is acknowledged each time, and delivered once", func(t *testing.T) {
		t.Parallel()
		w := setup(t, notifies)
		job := w.snapshot(t)
		for range 3 {
			require.Equal(t, 200, w.notify(t, job, ready, ours).status)
		}

		require.Len(t, w.delivered(t), 1)
		require.Len(t, w.engine.notified(), 1)
	})

	t.Run("may be compressed, or have the records, of which nothing is stored", func(t *testing.T) {
		t.Parallel()
		w := setup(t, notifies)
		job := w.snapshot(t)
		records := `[{"post_id":"1","account_id":"a.person","description":"private"}]`

		got := w.notify(t, job, packed(t, records), header{"Authorization": "Bearer old", "Content-Encoding": "gzip"})

		require.Equal(t, 200, got.status)
		stored := w.delivered(t)["job/"+job]
		require.NotContains(t, stored.payload, "person")
		require.Equal(t, []rail.Notice{{Concern: rail.ConcernSnapshot, Job: job}}, w.engine.notified())
	})

	t.Run("of another installation is acknowledged and ignored", func(t *testing.T) {
		t.Parallel()
		w := setup(t, notifies)

		require.Equal(t, 200, w.notify(t, uuid.NewString(), ready, ours).status)

		require.Equal(t, "ignored", w.delivered(t)["s_1"].outcome)
		require.Empty(t, w.engine.notified())
	})

	t.Run("is left to the sweep if the API crashes after it was stored", func(t *testing.T) {
		t.Parallel()
		w := setup(t, notifies, func(config *api.Config) { config.AfterInboxInsert = func() { panic("killed") } })
		job := w.snapshot(t)

		w.notify(t, job, ready, ours)

		require.Empty(t, w.engine.notified())
		pending, err := w.store.Edge.ListPendingWebhooks(t.Context(), w.clock.Now().Add(time.Minute), 10)
		require.NoError(t, err)
		require.Len(t, pending, 1)
		require.Equal(t, rail.Notice{Concern: rail.ConcernSnapshot, Job: job, SnapshotID: "s_1"}, rail.SnapshotNotice(pending[0].Event))
	})

	t.Run("is refused without one of our secrets, and where no provider is set up", func(t *testing.T) {
		t.Parallel()
		w, bare := setup(t, notifies), setup(t)
		for _, authorization := range []string{"", "Bearer ", "Bearer other", "new", "Bearer newer"} {
			got := w.notify(t, uuid.NewString(), ready, header{"Authorization": authorization})
			require.Equal(t, 401, got.status, authorization)
		}
		require.Equal(t, 401, bare.notify(t, uuid.NewString(), ready, ours).status)
		require.Empty(t, w.inbox(t))
	})

	t.Run("is refused if it makes no sense or is too large, also when unpacked", func(t *testing.T) {
		t.Parallel()
		w := setup(t, notifies)
		bomb := packed(t, strings.Repeat(" ", 17<<20))
		for name, tc := range map[string]struct {
			job, body, encoding string
			status              int
		}{
			"garbage":        {uuid.NewString(), "<html>", "", 400},
			"no body":        {uuid.NewString(), "", "", 400},
			"no job":         {"", ready, "", 400},
			"another job":    {"1;drop", ready, "", 400},
			"not compressed": {uuid.NewString(), ready, "gzip", 400},
			"broken off":     {uuid.NewString(), packed(t, ready)[:20], "gzip", 400},
			"too large":      {uuid.NewString(), strings.Repeat(" ", 17<<20), "", 413},
			"a bomb":         {uuid.NewString(), bomb, "gzip", 413},
		} {
			got := w.notify(t, url.QueryEscape(tc.job), tc.body, header{"Authorization": "Bearer new", "Content-Encoding": tc.encoding})
			require.Equal(t, tc.status, got.status, name)
		}
		require.Empty(t, w.inbox(t))
	})

	t.Run("stays in the inbox while the engine does not answer", func(t *testing.T) {
		t.Parallel()
		w := setup(t, notifies)
		w.engine.onNotify = func(context.Context, rail.Notice) (rail.Delivery, error) {
			return rail.Undelivered, context.DeadlineExceeded
		}

		require.Equal(t, 200, w.notify(t, w.snapshot(t), ready, ours).status)

		require.False(t, w.delivered(t)["s_1"].finished)
		require.Equal(t, 1, w.dueSnapshots(t), "the next pass looks at it anyway")
	})
}
