package api_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/db/edge"
)

func TestStripeWebhook(t *testing.T) {
	t.Parallel()
	const event = `{"id":"evt_1","type":"payout.paid","payout":"not-ours"}`
	receive := func(t *testing.T, w *world, payload, signature string) answer {
		t.Helper()
		return w.sendRaw(t, "POST", "/v1/webhooks/stripe", payload, header{"Stripe-Signature": signature})
	}
	inbox := func(t *testing.T, w *world) []edge.Webhook {
		t.Helper()
		pending, err := w.store.Edge.ListPendingWebhooks(t.Context(), 0, 10)
		require.NoError(t, err)
		return pending
	}

	t.Run("stores a signed event unchanged and wakes the inbox", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID := uuid.NewString()
		payload := strings.Replace(event, "not-ours", payoutID, 1)

		got := receive(t, w, payload, sign([]byte(payload)))

		require.Equal(t, 200, got.status, string(got.body))
		stored := inbox(t, w)
		require.Len(t, stored, 1)
		require.JSONEq(t, payload, string(stored[0].Payload))
		require.Equal(t, "stripe", stored[0].Provider)
		require.Equal(t, "evt_1", stored[0].EventID)
		require.Equal(t, "payout.paid", stored[0].EventType)
		require.Equal(t, payoutID, stored[0].PayoutID)
		require.Equal(t, 1, w.engine.wakes)
	})

	t.Run("ignores ids of another form", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		got := receive(t, w, event, sign([]byte(event)))

		require.Equal(t, 200, got.status)
		require.Empty(t, inbox(t, w)[0].PayoutID)
	})

	t.Run("acknowledges a replayed event without changing the first one", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		receive(t, w, event, sign([]byte(event)))
		require.NoError(t, w.store.Edge.FinishWebhook(t.Context(), "stripe", "evt_1", "applied"))

		again := receive(t, w, event, sign([]byte(event)))

		require.Equal(t, 200, again.status)
		require.Empty(t, inbox(t, w), "it stays finished")
		require.Equal(t, 1, w.engine.wakes)
	})

	t.Run("acknowledges even if the inbox cannot be woken", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.engine.failWith(errors.New("engine down"))

		got := receive(t, w, event, sign([]byte(event)))

		require.Equal(t, 200, got.status)
		require.Len(t, inbox(t, w), 1)
		require.Contains(t, w.log.String(), "engine down")
	})

	t.Run("has stored the event when a crash comes before the inbox wakes", func(t *testing.T) {
		t.Parallel()
		w := setup(t, func(config *api.Config) { config.AfterInboxInsert = func() { panic("crash") } })

		got := receive(t, w, event, sign([]byte(event)))

		require.Equal(t, 500, got.status)
		require.Len(t, inbox(t, w), 1)
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

			got := receive(t, w, bad.payload, bad.signature)

			got.requireProblem(t, bad.status, bad.code)
			require.Empty(t, inbox(t, w))
			require.Zero(t, w.engine.count())
		})
	}
}
