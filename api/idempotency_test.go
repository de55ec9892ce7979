package api_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/fault"
)

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	key := header{"Idempotency-Key": "key-1"}
	given := func(headers header) header {
		clone := header{}
		for name, value := range headers {
			clone[name] = value
		}
		return clone
	}
	body := func(t *testing.T, w *world) string {
		t.Helper()
		return jsonOf(t, client.NewCampaign{OrganizationId: w.organizationID, Name: "Spring", Terms: terms(w.clock.Now().UTC())})
	}

	t.Run("replays status and body without repeating the work", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		request := body(t, w)

		first := w.send(t, w.brand(), "POST", path("/campaigns"), request, given(key))
		again := w.send(t, w.brand(), "POST", path("/campaigns"), request, given(key))

		require.Equal(t, 201, first.status, string(first.body))
		require.Equal(t, first.status, again.status)
		require.Equal(t, string(first.body), string(again.body))
		require.Equal(t, first.header.Get("Content-Type"), again.header.Get("Content-Type"))
		require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
		require.Len(t, w.campaigns(t), 1)
		require.Equal(t, 1, w.engine.count())
	})

	t.Run("refuses another body, and another address, under the same key", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		request := body(t, w)
		require.Equal(t, 201, w.send(t, w.admin(), "POST", path("/campaigns"), request, given(key)).status)

		other := w.send(t, w.admin(), "POST", path("/campaigns"), strings.Replace(request, "Spring", "Summer", 1), given(key))
		elsewhere := w.send(t, w.admin(), "POST", path("/organizations"), `{"name":"n"}`, given(key))

		other.requireProblem(t, 409, "idempotency_key_reused")
		elsewhere.requireProblem(t, 409, "idempotency_key_reused")
		require.Len(t, w.campaigns(t), 1)
	})

	t.Run("belongs to its caller", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		request := body(t, w)

		brand := w.send(t, w.brand(), "POST", path("/campaigns"), request, given(key))
		admin := w.send(t, w.admin(), "POST", path("/campaigns"), request, given(key))

		require.Equal(t, 201, admin.status)
		require.NotEqual(t, string(brand.body), string(admin.body))
		require.Len(t, w.campaigns(t), 2)
	})

	t.Run("replays a refusal", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.draft(t)

		first := w.send(t, w.brand(), "POST", path("/campaigns/%s/pause", id), "", given(key))
		again := w.send(t, w.brand(), "POST", path("/campaigns/%s/pause", id), "", given(key))

		first.requireProblem(t, 409, "illegal_transition")
		require.Equal(t, string(first.body), string(again.body))
		require.Equal(t, "application/problem+json", again.header.Get("Content-Type"))
		require.Equal(t, 1, w.engine.count())
	})

	for name, failure := range map[string]*fault.Error{
		"an outage":          fault.New(fault.Unavailable, "engine_down", "try again"),
		"a defect":           fault.New(fault.Internal, "defect", "d"),
		"a limit":            fault.New(fault.RateLimited, "slow_down", "wait"),
		"an unknown outcome": fault.New(fault.UnknownOutcome, "lost", "check"),
		"a missing right":    fault.New(fault.Denied, "not_yet", "ask"),
	} {
		t.Run("does not store "+name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			request := body(t, w)
			w.engine.failWith(failure)
			failed := w.send(t, w.brand(), "POST", path("/campaigns"), request, given(key))
			w.engine.failWith(nil)

			again := w.send(t, w.brand(), "POST", path("/campaigns"), request, given(key))

			require.GreaterOrEqual(t, failed.status, 400)
			require.Equal(t, 201, again.status, string(again.body))
			require.Len(t, w.campaigns(t), 1)
		})
	}

	t.Run("stays in use for as long as a slow request may take", func(t *testing.T) {
		t.Parallel()
		w := setup(t, func(c *api.Config) { c.Timeouts.Request = 5 * time.Minute })
		request := body(t, w)
		var during answer
		w.engine.onWork = func() {
			w.clock.advance(4 * time.Minute)
			during = w.send(t, w.brand(), "POST", path("/campaigns"), request, given(key))
		}

		first := w.send(t, w.brand(), "POST", path("/campaigns"), request, given(key))

		require.Equal(t, 201, first.status, string(first.body))
		during.requireProblem(t, 409, "idempotency_key_in_use")
		require.Equal(t, 1, w.engine.count())
	})

	t.Run("runs one of many simultaneous requests", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		request := body(t, w)
		token := mint(t, w.brand())

		answers := make([]answer, 8)
		var group sync.WaitGroup
		for i := range answers {
			group.Go(func() {
				answers[i] = w.sendRaw(t, "POST", path("/campaigns"), request, header{"Idempotency-Key": "key-1", "Authorization": "Bearer " + token})
			})
		}
		group.Wait()

		require.Len(t, w.campaigns(t), 1)
		for _, got := range answers {
			if got.status != 201 {
				got.requireProblem(t, 409, "idempotency_key_in_use")
			}
		}
	})

	t.Run("is in use while the first request runs", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		request := body(t, w)
		began, release := make(chan struct{}), make(chan struct{})
		w.engine.onWork = func() { close(began); <-release }
		token := mint(t, w.brand())
		headers := header{"Idempotency-Key": "key-1", "Authorization": "Bearer " + token}
		var first answer
		var group sync.WaitGroup
		group.Go(func() { first = w.sendRaw(t, "POST", path("/campaigns"), request, headers) })
		<-began

		second := w.sendRaw(t, "POST", path("/campaigns"), request, headers)
		close(release)
		group.Wait()

		second.requireProblem(t, 409, "idempotency_key_in_use")
		require.Equal(t, 201, first.status)
	})

	t.Run("is taken over when its process has died, and finds what that process created", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		request := body(t, w)
		w.engine.onWork = func() { panic("killed") }
		require.Equal(t, 500, w.send(t, w.brand(), "POST", path("/campaigns"), request, given(key)).status)
		w.engine.onWork = nil
		early := w.send(t, w.brand(), "POST", path("/campaigns"), request, given(key))

		w.clock.advance(time.Minute)
		late := w.send(t, w.brand(), "POST", path("/campaigns"), request, given(key))
		other := w.send(t, w.brand(), "POST", path("/campaigns"), strings.Replace(request, "Spring", "Summer", 1), given(key))

		early.requireProblem(t, 409, "idempotency_key_in_use")
		require.Equal(t, 201, late.status, string(late.body))
		other.requireProblem(t, 409, "idempotency_key_reused")
		require.Len(t, w.campaigns(t), 1)
	})

	t.Run("returns the same organization and creator even without a stored answer", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		first := w.send(t, w.admin(), "POST", path("/organizations"), `{"name":"n"}`, given(key))
		forgotten, err := w.store.Edge.ForgetIdempotent(t.Context(), w.clock.Now().Add(time.Hour))
		require.NoError(t, err)

		again := w.send(t, w.admin(), "POST", path("/organizations"), `{"name":"n"}`, given(key))

		require.Equal(t, int64(1), forgotten)
		require.Equal(t, 201, again.status)
		require.Equal(t, string(first.body), string(again.body))
		require.Empty(t, again.header.Get("Idempotency-Replayed"))
	})

	t.Run("does not store a secret, but returns it again", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.draft(t)

		first := w.send(t, w.brand(), "POST", path("/campaigns/%s/fund", id), "", given(key))
		again := w.send(t, w.brand(), "POST", path("/campaigns/%s/fund", id), "", given(key))
		other := w.send(t, w.brand(), "POST", path("/campaigns/%s/fund", id), `{"payment_method":"pm_1"}`, given(key))

		require.Contains(t, string(first.body), "_secret_")
		require.Equal(t, string(first.body), string(again.body))
		require.Empty(t, again.header.Get("Idempotency-Replayed"))
		other.requireProblem(t, 409, "idempotency_key_reused")
	})
}
