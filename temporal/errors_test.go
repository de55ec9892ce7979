// These tests are in the package itself: translate is not exported, and an engine cannot be
// made to fail in each of these ways.
package temporal

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/fault"
)

func TestTranslate(t *testing.T) {
	t.Parallel()
	refusal := fault.New(fault.Conflict, "not_parked", "the payout does not wait for a person")

	for _, tc := range []struct {
		name string
		err  error
		kind fault.Kind
		code string
		says string
	}{
		{"keeps success", nil, "", "", ""},
		{"keeps the refusal of a workflow", activities.Failure(refusal), fault.Conflict, "not_parked", "does not wait for a person"},
		{"keeps a refusal that the client has wrapped", fmt.Errorf("update: %w", activities.Failure(refusal)), fault.Conflict, "not_parked", "does not wait for a person"},
		{"calls an error of a workflow that is not a fault internal", temporal.NewApplicationError("boom", "panic"), fault.Internal, "", ""},
		{"refuses a command to a workflow that has ended", serviceerror.NewNotFound("workflow execution already completed"), fault.Conflict, "not_running", "payout p1 is not running"},
		{
			"calls an update without an answer unknown", client.NewWorkflowUpdateServiceTimeoutOrCanceledError(errors.New("gone")),
			fault.UnknownOutcome, "engine_timeout", "check whether payout p1 has changed",
		},
		{"calls a deadline unknown", fmt.Errorf("start: %w", context.DeadlineExceeded), fault.UnknownOutcome, "engine_timeout", "check whether payout p1 has changed"},
		{
			"asks to slow down when the engine is busy", serviceerror.NewResourceExhausted(enums.RESOURCE_EXHAUSTED_CAUSE_RPS_LIMIT, "limit exceeded"),
			fault.RateLimited, "engine_busy", "try again",
		},
		{"calls an engine that is down unavailable", serviceerror.NewUnavailable("connection refused"), fault.Unavailable, "engine_unavailable", "try again"},
		{"keeps an error of another kind internal", serviceerror.NewInternal("a bug"), fault.Internal, "engine_failed", "engine failed"},
		{"keeps an unknown error internal", errors.New("no idea"), fault.Internal, "engine_failed", "engine failed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()

			err := translate("payout p1", tc.err)

			if tc.err == nil {
				require.NoError(t, err)
				return
			}
			require.Equal(t, tc.kind, fault.KindOf(err))
			require.Equal(t, tc.code, fault.CodeOf(err))
			require.ErrorContains(t, err, tc.says)
		})
	}

	t.Run("keeps the cause for the log", func(t *testing.T) {
		t.Parallel()
		cause := serviceerror.NewUnavailable("connection refused")

		require.ErrorIs(t, translate("payout p1", cause), cause)
	})
}
