package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
)

// parked is a world with one payout that needs attention because the bank has no account.
func parked(t *testing.T) (w *world, c creator, payoutID string) {
	t.Helper()
	w = newWorld(t, worldOptions{})
	c = w.creator(verified(badBank))
	w.earned(c)
	w.startRun(period)
	payoutID = w.payoutOf(c)
	w.awaitPayout(payoutID, "needs_attention")
	w.eventually("its current details show the lines of the API", func() bool {
		lines := commandsIn(w.details("payout/" + payoutID))
		return slices.Equal(unfolded(lines), w.shellLines(payoutID))
	})
	return w, c, payoutID
}

// commandsIn returns the command lines in the details of a workflow.
func commandsIn(details string) []string {
	var lines []string
	for i, part := range strings.Split(details, "\n```\n") {
		if i%2 == 1 {
			lines = append(lines, part)
		}
	}
	return lines
}

// unfolded joins folded lines, as the shell does.
func unfolded(lines []string) []string {
	var whole []string
	for _, line := range lines {
		whole = append(whole, strings.ReplaceAll(line, " \\\n  ", " "))
	}
	return whole
}

func TestOperator(t *testing.T) {
	t.Parallel()

	t.Run("retries a payout with the line that its details show", func(t *testing.T) {
		t.Parallel()
		w, c, payoutID := parked(t)
		w.control("webhooks", `{"mode":"off"}`) // otherwise it would continue automatically
		bank := map[string]string{"default_for_currency": "true"}
		for field, value := range unverified(goodBank) {
			if strings.HasPrefix(field, "external_account") {
				bank[field] = value
			}
		}
		w.stripe("/v1/accounts/"+c.account+"/external_accounts", "", bank)

		w.requireShell(w.shellLines(payoutID)[0])

		w.awaitPayout(payoutID, "paid")
		w.requireMoney(c)
		require.EqualValues(t, 1, w.count("SELECT count(*) FROM operator_actions WHERE subject = $1 AND action = 'retry'", "payout/"+payoutID))
	})

	t.Run("cancels a payout with the line that its details show, and the creator has the money again", func(t *testing.T) {
		t.Parallel()
		w, c, payoutID := parked(t)

		w.requireShell(commandsIn(w.details("payout/" + payoutID))[1])

		w.awaitPayout(payoutID, "cancelled")
		w.requireMoney(c)
		require.Positive(t, w.balance(ledger.CreatorAvailable(c.id)))
	})

	t.Run("does nothing after a creator is verified, because the payout continues without polling", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{settings: map[string]string{"CREDITROLL_PAYOUT_POLL_INTERVAL": "10h"}})
		c := w.creator(unverified(goodBank))
		w.earned(c)
		w.startRun(period)
		payoutID := w.payoutOf(c)
		w.awaitPayout(payoutID, "needs_attention")
		require.Equal(t, "account_not_verified", w.text("SELECT attention_reason FROM audit.payouts"))
		require.Empty(t, w.effects("transfer.applied", ""))

		w.stripe("/v1/accounts/"+c.account, "", identity())

		w.awaitPayout(payoutID, "paid")
		w.requireMoney(c)
		require.NotContains(t, w.details("payout/"+payoutID), "Needs attention")
	})
}

func TestResetPayout(t *testing.T) {
	t.Parallel()

	t.Run("that waits for the bank pays once", func(t *testing.T) {
		t.Parallel()
		w, c, payoutID := atBank(t)

		w.requireShell("temporal workflow reset --workflow-id payout/" + payoutID + " --type FirstWorkflowTask --reason test")
		w.awaitRuns("payout/"+payoutID, 2)
		w.payAtBank()

		w.awaitPayout(payoutID, "paid")
		w.requireOnce(c)
	})

	t.Run("within its return window pays nothing again", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{settings: map[string]string{"CREDITROLL_RETURN_WINDOW": "10h"}})
		c := w.creator(verified(goodBank))
		w.earned(c)
		w.startRun(period)
		payoutID := w.payoutOf(c)
		w.awaitPayout(payoutID, "paid")

		w.requireShell("temporal workflow reset --workflow-id payout/" + payoutID + " --type FirstWorkflowTask --reason test")

		w.awaitRuns("payout/"+payoutID, 2)
		w.eventually("the new run has reached the state of the old one", func() bool { return w.waitsFor("payout/"+payoutID, "bank may still return") })
		require.Equal(t, "paid", w.payoutStatus(payoutID))
		w.requireOnce(c)
	})

	t.Run("that has ended pays nothing again", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		c := w.creator(verified(goodBank))
		w.earned(c)
		w.startRun(period)
		payoutID := w.payoutOf(c)
		w.awaitEnded("payout/" + payoutID)

		w.requireShell("temporal workflow reset --workflow-id payout/" + payoutID + " --type FirstWorkflowTask --reason test")

		w.awaitRuns("payout/"+payoutID, 2)
		w.awaitEnded("payout/" + payoutID)
		require.Equal(t, "paid", w.payoutStatus(payoutID))
		w.requireOnce(c)
	})
}

func TestTerminatedPayout(t *testing.T) {
	t.Parallel()

	t.Run("is started again and paid once", func(t *testing.T) {
		t.Parallel()
		w, c, payoutID := atBank(t)

		w.requireShell("temporal workflow terminate --workflow-id payout/" + payoutID + " --reason test")

		w.awaitRuns("payout/"+payoutID, 2)
		w.payAtBank()
		w.awaitPayout(payoutID, "paid")
		w.awaitEnded("payout-run/" + period + ".1")
		w.requireOnce(c)
	})
}

func TestWeeklyRun(t *testing.T) {
	t.Parallel()

	t.Run("reports in its result that the week has already had a run", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		week := payout.Period(time.Now())
		w.startRun(week)
		w.awaitEnded("payout-run/" + week + ".1")

		w.requireShell("temporal schedule trigger --schedule-id payout-run")

		triggered := w.resultOf("WorkflowType = 'PayoutRunTrigger'")
		require.JSONEq(t, `{"period":"`+week+`","workflow_id":"payout-run/`+week+`.1","already_run":true}`, triggered)
	})

	t.Run("runs again under the same name after a termination", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		c := w.creator(verified(goodBank))
		w.earned(c)
		answer, err := w.client.StartPayoutRunWithResponse(t.Context(), nil, client.NewPayoutRun{Period: period})
		require.NoError(t, err)
		require.Equal(t, http.StatusAccepted, answer.StatusCode())
		w.eventually("the run waits for its approval", func() bool {
			return w.text("SELECT status FROM payout_runs WHERE period = $1", period) == "awaiting_approval"
		})
		w.requireShell("temporal workflow terminate --workflow-id payout-run/" + period + ".1 --reason test")
		w.awaitEnded("payout-run/" + period + ".1")

		w.startRun(period)

		w.awaitPayout(w.payoutOf(c), "paid")
		w.awaitRuns("payout-run/"+period+".1", 2)
		w.awaitEnded("payout-run/" + period + ".1")
		require.Equal(t, "finished", w.text("SELECT status FROM payout_runs WHERE period = $1", period))
		w.requireOnce(c)
	})
}

// resultOf waits for the result of the one workflow that a query finds.
func (w *world) resultOf(query string) (result string) {
	w.t.Helper()
	w.eventually("the workflow has a result", func() bool {
		answer, err := w.temporal.ListWorkflow(w.t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: query + " AND ExecutionStatus = 'Completed'"})
		if err != nil || len(answer.GetExecutions()) != 1 {
			return false
		}
		var returned json.RawMessage
		execution := answer.GetExecutions()[0].GetExecution()
		if err := w.temporal.GetWorkflow(w.t.Context(), execution.GetWorkflowId(), execution.GetRunId()).Get(w.t.Context(), &returned); err != nil {
			return false
		}
		result = string(returned)
		return true
	})
	return result
}

// atBank is a world with one transferred payout that waits for the bank.
func atBank(t *testing.T) (w *world, c creator, payoutID string) {
	t.Helper()
	w = newWorld(t, worldOptions{settings: map[string]string{"CREDITROLL_PAYOUT_WATCH_INTERVAL": "3s"}, stripe: stripe.Options{PayoutTransit: time.Hour}})
	c = w.creator(verified(goodBank))
	w.earned(c)
	w.startRun(period)
	w.awaitEffect("payout.applied")
	payoutID = w.payoutOf(c)
	w.awaitPayout(payoutID, "paying_out")
	return w, c, payoutID
}

// payAtBank makes the bank accept the waiting payout.
func (w *world) payAtBank() {
	w.t.Helper()
	w.control("payouts/"+w.effects("payout.applied", "")[0].ObjectID+"/pay", "{}")
}

// requireOnce checks that the payout of a world has one transfer and one bank payout.
func (w *world) requireOnce(c creator) {
	w.t.Helper()
	require.Len(w.t, w.effects("transfer.applied", ""), 1)
	require.Len(w.t, w.effects("payout.applied", ""), 1)
	w.requireMoney(c)
}
