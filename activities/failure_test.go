package activities_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

// Every kind is preserved in an activity's failure.
func TestKindsSurviveTemporal(t *testing.T) {
	t.Parallel()
	kinds := []fault.Kind{fault.Invalid, fault.NotFound, fault.Conflict, fault.Denied, fault.RateLimited, fault.Unavailable, fault.UnknownOutcome}
	for _, kind := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			var suite testsuite.WorkflowTestSuite
			environment := suite.NewTestActivityEnvironment()
			fails := func() error {
				return activities.Failure(&fault.Error{Kind: kind, Code: "some_code", Meaning: "some_meaning", Field: "some.field", Message: "a message for people", RetryAfter: time.Second})
			}
			environment.RegisterActivity(fails)

			_, err := environment.ExecuteActivity(fails)

			found, ok := fault.As(activities.Fault(err))
			require.True(t, ok)
			require.Equal(t, &fault.Error{Kind: kind, Code: "some_code", Meaning: "some_meaning", Field: "some.field", Message: "a message for people"}, found)
		})
	}
}

func TestFailure(t *testing.T) {
	t.Parallel()

	t.Run("is not retried if a retry cannot help", func(t *testing.T) {
		t.Parallel()
		var application *temporal.ApplicationError

		require.ErrorAs(t, activities.Failure(fault.New(fault.Conflict, "c", "m")), &application)

		require.True(t, application.NonRetryable())
	})

	t.Run("is not retried while the circuit of a provider is open, although the provider is unavailable", func(t *testing.T) {
		t.Parallel()
		var application *temporal.ApplicationError

		failure := activities.Failure(fault.New(fault.Unavailable, views.CircuitOpen, "m"))

		require.ErrorAs(t, failure, &application)
		require.True(t, application.NonRetryable())
		require.Equal(t, fault.Unavailable, fault.KindOf(activities.Fault(failure)))
		require.Equal(t, views.CircuitOpen, fault.CodeOf(activities.Fault(failure)))
	})

	t.Run("does not wait for a quota that is free in hours, and tells how long that is", func(t *testing.T) {
		t.Parallel()
		for _, code := range []string{views.QuotaExhausted, views.ProviderLimited, views.ProviderQuotaExceeded} {
			for after, retries := range map[time.Duration]bool{10 * time.Second: true, 3 * time.Hour: false} {
				var application *temporal.ApplicationError

				failure := activities.Failure(fault.New(fault.RateLimited, code, "m").After(after))

				require.ErrorAs(t, failure, &application)
				require.Equal(t, retries, !application.NonRetryable())
				found, ok := fault.As(activities.Fault(failure))
				require.True(t, ok)
				require.Equal(t, fault.RateLimited, found.Kind)
				require.Equal(t, after, found.RetryAfter)
			}
		}
	})

	t.Run("waits as long as the fault requests", func(t *testing.T) {
		t.Parallel()
		var application *temporal.ApplicationError

		require.ErrorAs(t, activities.Failure(fault.New(fault.RateLimited, "c", "m").After(time.Minute)), &application)

		require.Equal(t, time.Minute, application.NextRetryDelay())
		require.False(t, application.NonRetryable())
	})

	t.Run("shows nothing of an unclassified error", func(t *testing.T) {
		t.Parallel()

		err := activities.Failure(errors.New("password=hunter2"))

		require.NotContains(t, err.Error(), "hunter2")
		require.Equal(t, fault.Internal, fault.KindOf(activities.Fault(err)))
	})
}

func TestFinalFailure(t *testing.T) {
	t.Parallel()

	t.Run("is not tried again, although its kind could be, and keeps its code", func(t *testing.T) {
		t.Parallel()
		failed := fault.New(fault.Unavailable, "snapshot_failed", "no answer")
		var plain, final *temporal.ApplicationError

		require.ErrorAs(t, activities.Failure(failed), &plain)
		require.ErrorAs(t, activities.FinalFailure(failed), &final)

		require.False(t, plain.NonRetryable())
		require.True(t, final.NonRetryable())
		require.Equal(t, "snapshot_failed", fault.CodeOf(activities.Fault(final)))
	})

	t.Run("leaves alone that an answer comes later", func(t *testing.T) {
		t.Parallel()
		require.ErrorIs(t, activities.Failure(activity.ErrResultPending), activity.ErrResultPending)
	})
}
