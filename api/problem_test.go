package api_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
)

func TestProblems(t *testing.T) {
	t.Parallel()

	for kind, status := range map[fault.Kind]int{
		fault.Invalid: 400, fault.NotFound: 404, fault.Conflict: 409, fault.Denied: 403,
		fault.RateLimited: 429, fault.Unavailable: 503, fault.UnknownOutcome: 503,
	} {
		t.Run(fmt.Sprintf("of kind %s come out as %d with code, field and advice", kind, status), func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			cause := fault.New(kind, "a_code", "do this instead").Because(errors.New("a secret cause"))
			cause.Field = "a.field"
			w.engine.failWith(fmt.Errorf("wrapped: %w", cause))

			got := w.send(t, w.finance(), "POST", path("/payout-runs"), "", nil)

			got.requireProblem(t, status, "a_code")
			require.Equal(t, "do this instead", got.problem.Detail)
			require.Equal(t, "a.field", *got.problem.Field)
			require.Equal(t, "urn:creditroll:problem:a_code", got.problem.Type)
			require.NotContains(t, string(got.body), "secret")
		})
	}

	for name, failure := range map[string]error{
		"a classified defect":     fault.New(fault.Internal, "defect", "secret details"),
		"an unclassified error":   errors.New("secret details"),
		"an error of a new kind":  fault.New("surprise", "surprise", "secret details"),
		"an error of the library": echo.NewHTTPError(418, "secret details"),
	} {
		t.Run("show nothing of "+name+" and log all of it", func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			w.engine.failWith(failure)

			got := w.send(t, w.finance(), "POST", path("/payout-runs"), "", nil)

			got.requireProblem(t, 500, "internal")
			require.NotContains(t, string(got.body), "secret")
			require.Contains(t, w.log.String(), "secret details")
		})
	}

	t.Run("say how long to wait, in whole seconds", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.engine.failWith(fault.New(fault.RateLimited, "slow_down", "wait").After(1500 * time.Millisecond))

		got := w.send(t, w.finance(), "POST", path("/payout-runs"), "", nil)

		require.Equal(t, "2", got.header.Get("Retry-After"))
	})

	t.Run("have a waiting time even if the fault has none", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.engine.failWith(fault.New(fault.RateLimited, "slow_down", "wait"))

		got := w.send(t, w.finance(), "POST", path("/payout-runs"), "", nil)

		require.Equal(t, "1", got.header.Get("Retry-After"))
	})

	t.Run("answer a panic and keep serving", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.engine.onWork = func() { panic("secret details") }

		for _, headers := range []header{nil, {"Idempotency-Key": "k"}} {
			got := w.send(t, w.finance(), "POST", path("/payout-runs"), "", headers)

			got.requireProblem(t, 500, "internal")
			require.NotContains(t, string(got.body), "secret")
		}
		require.Equal(t, 200, w.send(t, w.finance(), "GET", path("/payout-runs"), "", nil).status)
	})
}
