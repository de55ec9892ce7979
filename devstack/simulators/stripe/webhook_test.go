package stripe_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"
	"github.com/stripe/stripe-go/v79/webhook"
)

const webhookSecret = "whsec_test"

// receiver verifies and keeps the events that it gets. It first answers 500 as many times as
// refuse says.
type receiver struct {
	mu     sync.Mutex
	refuse int
	events []stripe.Event
	errs   []error
	url    string
}

func newReceiver(t *testing.T, refuse int) *receiver {
	t.Helper()
	r := &receiver{refuse: refuse}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	event, err := webhook.ConstructEvent(body, request.Header.Get("Stripe-Signature"), webhookSecret)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.errs = append(r.errs, err)
	}
	if r.refuse > 0 {
		r.refuse--
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	r.events = append(r.events, event)
}

func (r *receiver) types() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var types []string
	for _, event := range r.events {
		types = append(types, string(event.Type))
	}
	return types
}

func (r *receiver) waitFor(t *testing.T, want ...string) {
	t.Helper()
	require.Eventually(t, func() bool { return len(r.types()) >= len(want) }, 20*time.Second, time.Millisecond)
	require.Equal(t, want, r.types())
	r.mu.Lock()
	defer r.mu.Unlock()
	require.Empty(t, r.errs)
}

func listening(t *testing.T, mode string, refuse int) (*bundle, *receiver) {
	t.Helper()
	b, r := setup(t), newReceiver(t, refuse)
	b.control(http.MethodPost, "webhooks", map[string]any{"url": r.url, "secret": webhookSecret, "mode": mode, "delay_ms": 500}, nil)
	return b, r
}

var fundingEvents = []string{"payment_intent.created", "charge.succeeded", "payment_intent.succeeded"}

func TestWebhooks(t *testing.T) {
	t.Parallel()

	t.Run("arrive signed and in order", func(t *testing.T) {
		t.Parallel()
		b, r := listening(t, "normal", 0)

		b.fund(100_00, "pm_card_visa")

		r.waitFor(t, fundingEvents...)
		require.Empty(t, r.events[0].Account)
		require.Equal(t, "c1", r.events[2].GetObjectValue("metadata", "campaign_id"))
	})

	t.Run("name the account when they happened on a connected account", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, closedNumber)
		r := newReceiver(t, 0)
		b.sim.SetWebhook(r.url, webhookSecret)

		payout := b.payout(10_00, creator)
		b.sim.Advance(49 * time.Hour)

		r.waitFor(t, "payout.created", "payout.updated", "payout.failed", "account.external_account.updated")
		for _, event := range r.events {
			require.Equal(t, creator, event.Account)
		}
		require.Equal(t, payout.ID, r.events[2].GetObjectValue("id"))
		require.Equal(t, "account_closed", r.events[2].GetObjectValue("failure_code"))
	})

	t.Run("are sent again until they are accepted", func(t *testing.T) {
		t.Parallel()
		b, r := listening(t, "normal", 2)

		b.creator(goodNumber)

		require.Eventually(t, func() bool { return len(r.types()) == 2 }, 20*time.Second, time.Millisecond)
		require.Len(t, b.effects("webhook.refused"), 2)
	})

	t.Run("come twice in mode twice", func(t *testing.T) {
		t.Parallel()
		b, r := listening(t, "twice", 0)

		b.fund(100_00, "pm_card_visa")

		r.waitFor(t, "payment_intent.created", "payment_intent.created", "charge.succeeded", "charge.succeeded", "payment_intent.succeeded", "payment_intent.succeeded")
		require.Equal(t, r.events[0].ID, r.events[1].ID)
	})

	t.Run("come newest first in mode reverse", func(t *testing.T) {
		t.Parallel()
		b, r := listening(t, "reverse", 0)

		b.fund(100_00, "pm_card_visa")

		r.waitFor(t, "payment_intent.succeeded", "charge.succeeded", "payment_intent.created")
	})

	t.Run("come late in mode late", func(t *testing.T) {
		t.Parallel()
		b, r := listening(t, "late", 0)

		b.fund(100_00, "pm_card_visa")

		r.waitFor(t, fundingEvents...)
	})

	t.Run("are not delivered in mode off, and can be redelivered, all or one", func(t *testing.T) {
		t.Parallel()
		b, r := listening(t, "off", 0)
		b.fund(100_00, "pm_card_visa")
		require.Empty(t, r.types())

		b.control(http.MethodPost, "webhooks/redeliver", nil, nil)
		r.waitFor(t, fundingEvents...)
		b.control(http.MethodPost, "events/"+r.events[1].ID+"/redeliver", nil, nil)

		r.waitFor(t, append(append([]string{}, fundingEvents...), "charge.succeeded")...)
		require.Equal(t, r.events[1].ID, r.events[3].ID)
	})

	t.Run("of a type are lost on the way, while the endpoint shows that it takes them", func(t *testing.T) {
		t.Parallel()
		b, r := listening(t, "normal", 0)
		b.control(http.MethodPost, "webhooks", map[string]any{"lost_events": []string{"charge.succeeded"}}, nil)

		b.fund(100_00, "pm_card_visa")

		r.waitFor(t, "payment_intent.created", "payment_intent.succeeded")
		require.Contains(t, b.eventTypes(""), "charge.succeeded")
		b.control(http.MethodPost, "webhooks", map[string]any{"lost_events": []string{}}, nil)
		b.control(http.MethodPost, "webhooks/redeliver", nil, nil)
		r.waitFor(t, "payment_intent.created", "payment_intent.succeeded", "charge.succeeded")
	})
}

func TestEvents(t *testing.T) {
	t.Parallel()

	t.Run("of the platform and of an account are listed separately, by type and by id", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)
		b.payout(10_00, creator)

		require.Contains(t, b.eventTypes(""), "transfer.created")
		require.NotContains(t, b.eventTypes(""), "payout.created")
		require.Equal(t, "payout.created", b.eventTypes(creator)[0])
		params := &stripe.EventListParams{Types: stripe.StringSlice([]string{"transfer.created", "transfer.reversed"})}
		found := b.api.Events.List(params).EventList().Data
		require.Len(t, found, 1)
		event, err := b.api.Events.Get(found[0].ID, nil)

		require.NoError(t, err)
		require.Equal(t, creator, event.GetObjectValue("destination"))
		require.Equal(t, "2024-06-20", event.APIVersion)
	})
}
