package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/duration"
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
			h := c.begin(t)
			h.SetContinueAsNewSuggested(true)
			h.ExecuteWorkflow(workflows.SolvencyGap, in)
			var next *workflow.ContinueAsNewError
			require.ErrorAs(t, h.GetWorkflowError(), &next)
			require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
		}

		require.Equal(t, "balance_not_covered", c.attentionReason())
		require.LessOrEqual(t, c.clock.Now().Sub(start), hour)
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
