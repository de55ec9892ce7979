package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/workflows"
)

// lack records a reading of the platform's balance that is short of what is owed.
func (c *compared) lack(t *testing.T, missingMinor int64) {
	t.Helper()
	cover, err := c.store.Reconciliation.ListCover(t.Context())
	require.NoError(t, err)
	require.NoError(t, c.store.Reconciliation.RecordBalances(t.Context(), []rail.Balance{{Currency: "USD", AvailableMinor: cover[0].OwedMinor() - missingMinor}}, c.clock.Now()))
}

func TestSolvencyGap(t *testing.T) {
	t.Parallel()
	gapAfter := duration.Text(30 * time.Minute)

	t.Run("needs attention after it has lasted, and ends by itself", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.runsSolvency = true
		c.lack(t, 1234)
		h := c.begin(t)
		h.at(25*time.Minute, func() { require.Empty(t, c.attentionReason(), "it may be a transfer that is not booked yet") })
		h.at(31*time.Minute, func() {
			require.Equal(t, "balance_not_covered", c.attentionReason())
			require.Contains(t, h.details(), "12.34 USD are missing")
			require.Contains(t, h.details(), names.RunbookLink("balance_not_covered"))
			c.lack(t, 500)
		})
		h.at(hour, func() {
			require.Contains(t, h.details(), "5.00 USD are missing")
			c.lack(t, 0)
		})

		h.ExecuteWorkflow(workflows.SolvencyGap, workflows.SolvencyGapInput{After: gapAfter})

		require.True(t, h.IsWorkflowCompleted())
		require.NoError(t, h.GetWorkflowError())
		require.Empty(t, c.attentionReason())
		require.LessOrEqual(t, c.clock.Now().Sub(start), hour+16*time.Minute)
	})

	t.Run("is not shown if it is gone before", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.runsSolvency = true
		c.lack(t, 1)
		h := c.begin(t)
		h.at(10*time.Minute, func() { c.lack(t, 0) })

		h.ExecuteWorkflow(workflows.SolvencyGap, workflows.SolvencyGapInput{After: gapAfter})

		require.True(t, h.IsWorkflowCompleted())
		require.NoError(t, h.GetWorkflowError())
		require.Less(t, c.clock.Now().Sub(start), 30*time.Minute)
	})

	t.Run("keeps since when something is missing when it continues as new", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.runsSolvency = true
		c.lack(t, 1234)
		in := workflows.SolvencyGapInput{After: gapAfter}
		for histories := 0; c.attentionReason() == ""; histories++ {
			require.Less(t, histories, 20)
			in = continuedGap(t, c.begin(t), in)
		}

		require.Equal(t, "balance_not_covered", c.attentionReason())
		require.LessOrEqual(t, c.clock.Now().Sub(start), hour)
	})

	t.Run("leaves the list when the gap that it has shown is closed, although another one has just begun", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.runsSolvency = true
		c.lack(t, 1234)
		in := workflows.SolvencyGapInput{After: gapAfter}
		for histories := 0; c.attentionReason() == ""; histories++ {
			require.Less(t, histories, 20)
			in = continuedGap(t, c.begin(t), in)
		}
		input := (&account{world: c.world}).newDeposit(t, 1_000, "pm_card_bypassPending")
		input.Deposit.Currency = "EUR"
		completed[workflows.DepositResult](c.begin(t), workflows.Deposit, input)
		cover, err := c.store.Reconciliation.ListCover(t.Context())
		require.NoError(t, err)
		require.Equal(t, "EUR", string(cover[0].Currency))
		require.NoError(t, c.store.Reconciliation.RecordBalances(t.Context(), []rail.Balance{{Currency: "EUR", AvailableMinor: 1}, {Currency: "USD", AvailableMinor: cover[1].OwedMinor()}}, c.clock.Now()))

		continuedGap(t, c.begin(t), in)

		require.Empty(t, c.attentionReason())
	})

	t.Run("leaves the list when the gap is closed after the books could not be reached for long", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.runsSolvency = true
		c.lack(t, 1234)
		h := c.begin(t)
		down := false
		h.OnActivity("ListGaps", mock.Anything, mock.Anything).Return(func(ctx context.Context, _ activities.None) ([]activities.Gap, error) {
			if down {
				return nil, temporal.NewNonRetryableApplicationError("down", string(fault.Unavailable), nil)
			}
			cover, err := c.store.Reconciliation.ListCover(ctx)
			if err != nil || cover[0].GapMinor() == 0 {
				return nil, err
			}
			return []activities.Gap{{Currency: "USD", Cover: activities.Cover{GapMinor: cover[0].GapMinor()}}}, nil
		})
		h.at(hour, func() {
			require.Equal(t, "balance_not_covered", c.attentionReason())
			down = true
			c.lack(t, 0)
		})
		h.at(4*hour, func() {
			require.Equal(t, "unforeseen_refusal", c.attentionReason())
			down = false
		})

		h.ExecuteWorkflow(workflows.SolvencyGap, workflows.SolvencyGapInput{After: gapAfter})

		require.True(t, h.IsWorkflowCompleted())
		require.NoError(t, h.GetWorkflowError())
		require.Empty(t, c.attentionReason())
		require.Less(t, c.clock.Now().Sub(start), 5*hour)
	})

	t.Run("leaves the list when a person cancels it", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.runsSolvency = true
		c.lack(t, 1)
		h := c.begin(t)
		h.at(hour, func() {
			require.Equal(t, "balance_not_covered", c.attentionReason())
			h.CancelWorkflow()
		})

		h.ExecuteWorkflow(workflows.SolvencyGap, workflows.SolvencyGapInput{After: gapAfter})

		require.True(t, h.IsWorkflowCompleted())
		require.NoError(t, h.GetWorkflowError())
		require.Empty(t, c.attentionReason())
	})
}

// continuedGap runs one history of the watch that continues as new, and returns the input of the next.
func continuedGap(t *testing.T, h *history, in workflows.SolvencyGapInput) (next workflows.SolvencyGapInput) {
	t.Helper()
	h.SetContinueAsNewSuggested(true)
	if reason := h.world.attentionReason(); reason != "" { // the next history keeps the search attributes of the last
		require.NoError(t, h.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes(workflows.AttributeNeedsAttention.ValueSet(true), workflows.AttributeAttentionReason.ValueSet(reason))))
	}
	h.ExecuteWorkflow(workflows.SolvencyGap, in)
	var continued *workflow.ContinueAsNewError
	require.ErrorAs(t, h.GetWorkflowError(), &continued)
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(continued.Input, &next))
	return next
}

func TestPassWatchesTheGap(t *testing.T) {
	t.Parallel()
	pass := func(t *testing.T, c *compared) (watches []string) {
		t.Helper()
		c.later(10 * time.Minute)
		h := c.begin(t)
		h.SetOnChildWorkflowStartedListener(func(info *workflow.Info, _ workflow.Context, _ converter.EncodedValues) {
			watches = append(watches, info.WorkflowExecution.ID+" "+info.WorkflowType.Name)
		})
		completed[workflows.ReconcileResult](h, workflows.Reconcile, workflows.ReconcileInput{Settings: c.settings})
		return watches
	}

	t.Run("of what is owed and missing", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.settings.GapAfter = duration.Text(30 * time.Minute)
		c.control(t, "/fees/charge", `{"amount_minor":700,"currency":"usd"}`)

		require.Equal(t, []string{names.Solvency + " SolvencyGap"}, pass(t, c))
	})

	t.Run("and of nothing else", func(t *testing.T) {
		t.Parallel()

		require.Empty(t, pass(t, setupPasses(t)))
	})
}
