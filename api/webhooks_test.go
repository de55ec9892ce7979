package api_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/domain/rail"
)

// payoutPaid is an event about a payout of ours.
func payoutPaid(id, payoutID string) string {
	return `{"id":"` + id + `","type":"payout.paid","account":"acct_1","object":"po_1","payout":"` + payoutID + `"}`
}

func balanceAvailable(id, account string) string {
	return `{"id":"` + id + `","type":"balance.available","account":"` + account + `","object":"` + account + `"}`
}

func (w *world) receive(t *testing.T, payload, signature string) answer {
	t.Helper()
	return w.sendRaw(t, "POST", "/v1/webhooks/stripe", payload, header{"Stripe-Signature": signature})
}

// accept sends a signed event, which must be acknowledged.
func (w *world) accept(t *testing.T, payload string) {
	t.Helper()
	got := w.receive(t, payload, sign([]byte(payload)))
	require.Equal(t, 200, got.status, string(got.body))
}

// inboxRow is a stored event. An event without an outcome is pending.
type inboxRow struct {
	payload, outcome, payoutID string
	finished                   bool
	tries                      int
	nextTryAt                  *time.Time
}

// inbox returns the stored events by their ids.
func (w *world) inbox(t *testing.T) map[string]inboxRow {
	t.Helper()
	rows, err := w.store.DB.Pool.Query(t.Context(), "SELECT event_id, payload, coalesce(outcome, ''), coalesce(payout_id::text, ''), processed_at IS NOT NULL, tries, next_try_at FROM webhook_inbox")
	require.NoError(t, err)
	defer rows.Close()
	stored := map[string]inboxRow{}
	for rows.Next() {
		var id string
		var row inboxRow
		var payload []byte
		require.NoError(t, rows.Scan(&id, &payload, &row.outcome, &row.payoutID, &row.finished, &row.tries, &row.nextTryAt))
		row.payload = string(payload)
		stored[id] = row
	}
	require.NoError(t, rows.Err())
	return stored
}

// delivered stops the API, which delivers what it has, and returns the inbox.
func (w *world) delivered(t *testing.T) map[string]inboxRow {
	t.Helper()
	w.server.Stop(t.Context())
	return w.inbox(t)
}

func TestStripeWebhook(t *testing.T) {
	t.Parallel()
	const event = `{"id":"evt_1","type":"payout.paid","payout":"not-ours"}`

	t.Run("stores a signed event byte by byte, and signals its workflow", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID := uuid.NewString()
		payload := payoutPaid("evt_1", payoutID) + " \n"

		w.accept(t, payload)

		stored := w.delivered(t)["evt_1"]
		require.Equal(t, payload, stored.payload)
		require.Equal(t, payoutID, stored.payoutID)
		require.Equal(t, "signalled", stored.outcome)
		require.True(t, stored.finished)
		require.Equal(t, []rail.Notice{{Concern: rail.ConcernPayout, PayoutID: payoutID}}, w.engine.notified())
		require.Zero(t, w.engine.woken())
	})

	t.Run("stores an event that concerns no workflow as finished", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		w.accept(t, event) // its payout id is not one of ours
		w.accept(t, `{"id":"evt_2","type":"charge.refunded"}`)

		stored := w.inbox(t) // before anything is delivered
		require.Equal(t, "ignored", stored["evt_1"].outcome)
		require.Empty(t, stored["evt_1"].payoutID)
		require.True(t, stored["evt_2"].finished)
		w.delivered(t)
		require.Empty(t, w.engine.notified())
	})

	t.Run("acknowledges a replayed event without delivering it again", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payload := payoutPaid("evt_1", uuid.NewString())
		w.accept(t, payload)

		w.accept(t, payload)

		require.Len(t, w.delivered(t), 1)
		require.Len(t, w.engine.notified(), 1)
	})

	t.Run("stores and delivers an event with the character NUL in it", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID := uuid.NewString()
		payload := `{"id":"evt_\u0000","type":"payout.paid","object":"po_\u0000","payout":"` + payoutID + `","note":"a\u0000b"}`

		w.accept(t, payload)
		w.accept(t, payload)

		stored := w.delivered(t)
		require.Len(t, stored, 1)
		require.Equal(t, payload, stored["evt_\uFFFD"].payload)
		require.Equal(t, "signalled", stored["evt_\uFFFD"].outcome)
		require.Equal(t, []rail.Notice{{Concern: rail.ConcernPayout, PayoutID: payoutID}}, w.engine.notified())
	})

	t.Run("acknowledges even if the engine fails, and leaves the event to the sweep", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.engine.failWith(errors.New("engine down"))
		payload := payoutPaid("evt_1", uuid.NewString())

		w.accept(t, payload)

		stored := w.delivered(t)["evt_1"]
		require.False(t, stored.finished)
		require.Equal(t, w.clock.Now().Add(30*time.Second).Unix(), stored.nextTryAt.Unix(), "the claim of this process ends")
		require.Contains(t, w.log.String(), "engine down")
	})

	t.Run("has stored the event when a crash comes before its delivery", func(t *testing.T) {
		t.Parallel()
		w := setup(t, func(config *api.Config) { config.AfterInboxInsert = func() { panic("crash") } })
		payload := payoutPaid("evt_1", uuid.NewString())

		got := w.receive(t, payload, sign([]byte(payload)))

		require.Equal(t, 500, got.status)
		require.False(t, w.delivered(t)["evt_1"].finished)
		due, err := w.store.Edge.ListPendingWebhooks(t.Context(), w.clock.Now().Add(31*time.Second), 10)
		require.NoError(t, err)
		require.Len(t, due, 1, "the sweep delivers it")
	})

	for name, bad := range map[string]struct {
		payload, signature string
		status             int
		code               string
	}{
		"a forged event":                 {event, "00", 401, "webhook_signature_invalid"},
		"an unsigned event":              {event, "", 401, "webhook_signature_invalid"},
		"an altered event":               {event + " ", sign([]byte(event)), 401, "webhook_signature_invalid"},
		"a payload that is not an event": {"[]", sign([]byte("[]")), 400, "webhook_malformed"},
		"an event too large":             {strings.Repeat(" ", 256<<10) + event, "00", 413, "body_too_large"},
		"nothing":                        {"", "", 401, "webhook_signature_invalid"},
		"a signed empty body":            {"", sign(nil), 400, "webhook_malformed"},
	} {
		t.Run("refuses "+name+" and stores nothing", func(t *testing.T) {
			t.Parallel()
			w := setup(t)

			got := w.receive(t, bad.payload, bad.signature)

			got.requireProblem(t, bad.status, bad.code)
			require.Empty(t, w.inbox(t))
			require.Zero(t, w.engine.count())
		})
	}
}
