package workflows_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// crowd stands in for the books of a run with very many creators. Its payouts wait for the bank as
// soon as they have started, except every tenth one, which ends without a reservation.
type crowd struct {
	mu      sync.Mutex
	size    int
	started map[string]int
	// unreserved are those of them that have no reservation.
	unreserved map[string]bool
}

func (c *crowd) page(_ context.Context, in payout.CandidatePage) (payout.RunPage, error) {
	first := 0
	if in.After.CreatorID != "" {
		if _, err := fmt.Sscanf(in.After.CreatorID, "creator-%d", &first); err != nil {
			return payout.RunPage{}, err
		}
		first++
	}
	page := payout.RunPage{Next: in.After}
	for i := first; i < min(first+in.Limit, c.size); i++ {
		creator := payout.Eligible{CreatorID: fmt.Sprintf("creator-%05d", i), Currency: "USD", AmountMinor: 5_000}
		page.Eligible = append(page.Eligible, creator)
		page.Next = payout.EligibleAfter{CreatorID: creator.CreatorID, Currency: "USD"}
	}
	page.More = len(page.Eligible) == in.Limit
	return page, nil
}

func (c *crowd) start(_ workflow.Context, in workflows.PayoutInput) (workflows.PayoutResult, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.started[in.PayoutID]++; len(c.started)%10 == 0 {
		c.unreserved[in.PayoutID] = true
	}
	return workflows.PayoutResult{}, nil
}

func (c *crowd) count(_ context.Context, in payout.RunCount) (payout.Count, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	count := payout.Count{Reserved: int64(len(c.started) - len(c.unreserved))}
	for _, id := range in.Starting {
		if c.unreserved[id] {
			count.Unreserved = append(count.Unreserved, id)
		}
	}
	return count, nil
}

// history begins the next history of the run on mocked books.
func (c *crowd) history(t *testing.T, w *world, length int) *history {
	t.Helper()
	h := w.begin(t)
	h.SetCurrentHistoryLength(length)
	h.onSignal = func(workflowID, _ string) { h.gone[workflowID] = true } // those that an earlier history started have ended
	h.OnActivity(activities.OpenPayoutRun.Name, mock.Anything, mock.Anything).Return(payout.RunOpened{RunID: "run", Status: payout.RunRunning}, nil)
	h.OnActivity(activities.CheckBooks.Name, mock.Anything, mock.Anything).Return([]string{}, nil).Maybe()
	h.OnActivity(activities.SurveyPayoutRun.Name, mock.Anything, mock.Anything).Return(payout.Surveyed{}, nil).Maybe()
	h.OnActivity(activities.MovePayoutRun.Name, mock.Anything, mock.Anything).Return(nil).Maybe()
	h.OnActivity(activities.SumLeftOut.Name, mock.Anything, mock.Anything).Return([]payout.Sum{}, nil).Maybe()
	h.OnActivity(activities.ListRunPage.Name, mock.Anything, mock.Anything).Return(c.page).Maybe()
	h.OnActivity(activities.CountPayouts.Name, mock.Anything, mock.Anything).Return(c.count).Maybe()
	h.OnWorkflow("Reconcile", mock.Anything, mock.Anything).Return(workflows.ReconcileResult{}, nil).Maybe()
	h.OnWorkflow("CreatorPayout", mock.Anything, mock.Anything).Return(c.start).Maybe()
	return h
}

// runOnce runs one history, and returns the input of the next one if there is one.
func runOnce(t *testing.T, h *history, in workflows.PayoutRunInput) (next workflows.PayoutRunInput, more bool) {
	t.Helper()
	h.ExecuteWorkflow(workflows.PayoutRun, in)
	err := h.GetWorkflowError()
	var continued *workflow.ContinueAsNewError
	if !errors.As(err, &continued) {
		require.NoError(t, err)
		return next, false
	}
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(continued.Input, &next))
	return next, true
}

// grow lets the history have the events that a server would write at most: each activity, start and
// end of a payout, and timer has a workflow task of its own, of three events. It returns the count.
func (h *history) grow() *atomic.Int64 {
	length := &atomic.Int64{}
	add := func(events int64) { h.SetCurrentHistoryLength(int(length.Add(events))) }
	add(4) // the start and the first workflow task
	h.SetOnActivityStartedListener(func(*activity.Info, context.Context, converter.EncodedValues) { add(6) })
	h.SetOnTimerScheduledListener(func(string, time.Duration) { add(5) })
	h.SetOnChildWorkflowStartedListener(func(*workflow.Info, workflow.Context, converter.EncodedValues) { add(5) })
	h.SetOnChildWorkflowCompletedListener(func(*workflow.Info, converter.EncodedValue, error) { add(4) })
	return length
}

var payoutCreators = flag.Int("payout.creators", 4_000, "how many creators TestPayoutRunOfVeryManyCreators pays")

func TestPayoutRunOfVeryManyCreators(t *testing.T) {
	t.Parallel()

	t.Run("continues as new between pages and starts each payout exactly once", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 0)
		c := &crowd{size: 2_030, started: map[string]int{}, unreserved: map[string]bool{}}
		in, histories := r.input, 0

		for more := true; more; histories++ {
			require.Less(t, histories, 20)
			h := c.history(t, r.world, 2_001) // longer than a history of a run becomes
			in, more = runOnce(t, h, in)
		}

		require.Equal(t, 12, histories, "one for each page, and one that ends the run")
		require.Len(t, c.started, c.size)
		for id, times := range c.started {
			require.Equal(t, 1, times, id)
		}
	})

	t.Run("has fewer than 4,000 events in each history, and starts each payout once", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 0)
		c := &crowd{size: *payoutCreators, started: map[string]int{}, unreserved: map[string]bool{}}
		in, longest, histories := r.input, int64(0), 0

		for more := true; more; histories++ {
			require.Less(t, histories, 10+*payoutCreators/200, "about a page for each history")
			h := c.history(t, r.world, 0)
			length := h.grow()
			in, more = runOnce(t, h, in)
			longest = max(longest, length.Load())
			state, err := converter.GetDefaultDataConverter().ToPayload(in)
			require.NoError(t, err)
			require.Less(t, len(state.GetData()), 64_000, "what the next history is given does not grow with the run")
		}

		t.Logf("%d histories of at most %d events", histories, longest)
		require.Less(t, longest, int64(4_000))
		require.Greater(t, longest, int64(1_500), "the count counts")
		require.Len(t, c.started, c.size)
		for id, times := range c.started {
			require.Equal(t, 1, times, id)
		}
	})

	t.Run("does not continue as new while its history is short", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 0)
		c := &crowd{size: 450, started: map[string]int{}, unreserved: map[string]bool{}}
		h := c.history(t, r.world, 1_000)

		h.ExecuteWorkflow(workflows.PayoutRun, r.input)

		require.NoError(t, h.GetWorkflowError())
		require.Len(t, c.started, c.size)
		require.Less(t, h.Now().Sub(start), time.Hour, "no payout is awaited that ended without a reservation")
	})
}
