package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/devstack/simulators/stripe"
)

// behindProxy connects the API to the engine through a proxy, but not the worker.
func (w *world) behindProxy() *proxy {
	w.t.Helper()
	p := startProxy(w.t, w.stack.TemporalAddress)
	w.killAPI()
	w.environment["TEMPORAL_ADDRESS"] = p.address
	w.startAPI()
	return p
}

func TestKilledAPI(t *testing.T) {
	t.Parallel()

	t.Run("after storing a webhook loses nothing, even without polling", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{
			stripe:   stripe.Options{PayoutTransit: time.Hour},
			settings: map[string]string{"CREDITROLL_PAYOUT_POLL_INTERVAL": "10h"},
		})
		c := w.creator(verified(goodBank))
		w.earned(c)
		w.startRun(period)
		w.awaitEffect("payout.applied")
		w.awaitPayout(w.payoutOf(c), "paying_out")
		w.eventually("every earlier webhook is delivered", func() bool {
			return w.count("SELECT count(*) FROM webhook_inbox WHERE processed_at IS NULL") == 0 &&
				w.count("SELECT count(*) FROM webhook_inbox WHERE event_type = 'payout.created'") == 1
		})
		engine := w.behindProxy()

		engine.asks.hold(true)
		w.control("payouts/"+w.effects("payout.applied", "")[0].ObjectID+"/pay", "{}")
		w.eventually("the webhook is stored", func() bool {
			return w.count("SELECT count(*) FROM webhook_inbox WHERE event_type = 'payout.paid'") == 1
		})
		w.killAPI()
		require.EqualValues(t, 1, w.count("SELECT count(*) FROM webhook_inbox WHERE event_type = 'payout.paid' AND processed_at IS NULL"))
		w.control("webhooks", `{"mode":"off"}`)
		engine.asks.hold(false)
		w.startAPI()

		w.awaitPayout(w.payoutOf(c), "paid")
		w.requireMoney(c)
	})

	t.Run("after accepting a campaign has created it, and the same key returns it", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		draft := w.jsonOf(client.NewCampaign{OrganizationId: w.organization(), Name: "Launch", Terms: terms()})

		w.killBeforeAnswer("/v1/campaigns", draft, func() bool { return w.count("SELECT count(*) FROM audit.campaigns") == 1 })
		key := keyOfLost
		answer, err := w.client.CreateCampaignWithBodyWithResponse(t.Context(), &client.CreateCampaignParams{IdempotencyKey: &key}, "application/json", bytes.NewReader(draft))

		require.NoError(t, err)
		require.Equal(t, http.StatusCreated, answer.StatusCode(), string(answer.Body))
		require.Equal(t, w.text("SELECT campaign_id::text FROM audit.campaigns"), answer.JSON201.Id)
		require.EqualValues(t, 1, w.count("SELECT count(*) FROM audit.campaigns"))
	})

	t.Run("after running a command answers a repeated request with the result, not a refusal", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		campaignID := w.draft()

		w.killBeforeAnswer("/v1/campaigns/"+campaignID+"/submit", w.jsonOf(client.OptionalReason{}), func() bool {
			return w.text("SELECT status FROM audit.campaigns") == "reviewing"
		})
		key := keyOfLost
		answer, err := w.client.SubmitCampaignWithResponse(t.Context(), campaignID, &client.SubmitCampaignParams{IdempotencyKey: &key}, client.OptionalReason{})

		require.NoError(t, err)
		require.Equal(t, http.StatusOK, answer.StatusCode(), string(answer.Body))
		require.Equal(t, "reviewing", answer.JSON200.Status)
	})
}

const keyOfLost = "the-same-key"

// killBeforeAnswer sends a request and kills the API after the request has taken effect and
// before the engine's answer arrives. Then it starts the API again.
func (w *world) killBeforeAnswer(path string, body []byte, effect func() bool) {
	w.t.Helper()
	engine := w.behindProxy()
	engine.answers.hold(true)
	unanswered := make(chan error, 1)
	go func() {
		request, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.apiURL+path, bytes.NewReader(body))
		if err == nil {
			request.Header.Set("Authorization", "Bearer "+w.token)
			request.Header.Set("Content-Type", "application/json")
			request.Header.Set("Idempotency-Key", keyOfLost)
			_, err = http.DefaultClient.Do(request)
		}
		unanswered <- err
	}()
	w.eventually("the request has taken effect", effect)
	w.killAPI()
	require.Error(w.t, <-unanswered)
	engine.answers.hold(false)
	w.startAPI()
}

func (w *world) jsonOf(content any) []byte {
	w.t.Helper()
	encoded, err := json.Marshal(content)
	require.NoError(w.t, err)
	return encoded
}
