package workflows

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/payout"
)

// A history that is reset gets the old answer of the step that booked the transfer. The first bank
// payout that this answer has may have been sent since, so the books are asked again.
func TestRecordIntent(t *testing.T) {
	t.Parallel()
	old := payout.Intent{Phase: payout.BankPayout, Generation: 1, Fresh: true}
	for name, tc := range map[string]struct {
		next           payout.Intent
		since          time.Duration
		wantGeneration int
	}{
		"takes the one that the booking of the transfer has begun just now": {old, time.Second, 1},
		"asks the books when that answer is old":                            {old, 2 * time.Minute, 2},
		"asks the books when that answer was not fresh":                     {payout.Intent{Phase: payout.BankPayout, Generation: 1}, time.Second, 2},
		"asks the books when that answer is for another phase":              {payout.Intent{Phase: payout.Transfer, Generation: 1, Fresh: true}, time.Second, 2},
		"asks the books when there is none":                                 {payout.Intent{}, time.Second, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var suite testsuite.WorkflowTestSuite
			suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
			env := suite.NewTestWorkflowEnvironment()
			env.RegisterActivityWithOptions(func(_ context.Context, in activities.PayoutPhase) (payout.Intent, error) {
				return payout.Intent{Phase: in.Phase, Generation: 2}, nil
			}, activity.RegisterOptions{Name: activities.RecordIntent.Name})
			kept := true

			env.ExecuteWorkflow(func(ctx workflow.Context) (payout.Intent, error) {
				p := &creatorPayout{next: tc.next, nextAsked: workflow.Now(ctx)}
				if err := workflow.Sleep(ctx, tc.since); err != nil {
					return payout.Intent{}, err
				}
				intent, err := p.recordIntent(ctx, payout.BankPayout, 5000)
				kept = p.next.Generation > 0
				return intent, err
			})

			var intent payout.Intent
			require.NoError(t, env.GetWorkflowError())
			require.NoError(t, env.GetWorkflowResult(&intent))
			require.Equal(t, tc.wantGeneration, intent.Generation)
			require.False(t, kept, "it is used once")
		})
	}
}

// A reset replays "fresh" from an old history; another history may have sent the key since.
func TestAgedIntent(t *testing.T) {
	t.Parallel()
	policy := payout.DefaultPolicy()
	next := func(since time.Duration, lookedUp bool) payout.Step {
		intent := aged(payout.Intent{Fresh: true}, since)
		return payout.NextStep(payout.Intent{Fresh: intent.Fresh, Age: intent.Age}, policy, lookedUp)
	}

	t.Run("is sent at once when it was asked for just now", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, payout.Send, next(time.Second, false))
	})

	t.Run("is looked up when the answer is replayed later", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, payout.LookUp, next(time.Hour, false))
		require.Equal(t, payout.Send, next(time.Hour, true))
	})

	t.Run("is never sent blindly when Stripe may have forgotten its key", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, payout.LookUp, next(48*time.Hour, false))
		require.Equal(t, payout.Ask, next(48*time.Hour, true))
	})
}
