package workflows_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/reconcile"
	"github.com/creditroll/creditroll/workflows"
)

func TestReconcile(t *testing.T) {
	t.Parallel()

	t.Run("finds nothing in a busy hour in which everything happens", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		clean := func() {
			t.Helper()
			result := c.pass(t)
			require.Zero(t, result.Found, "%+v", c.open(t))
			require.Zero(t, result.Unreadable)
		}
		clean()

		unknownOutcome := c.reserve(t) // asked for and never answered: it did not happen
		clean()
		require.NoError(t, c.store.Payouts.RecordRefused(t.Context(), c.result(unknownOutcome, "")))
		require.NoError(t, c.store.Payouts.Cancel(t.Context(), unknownOutcome.PayoutID, payout.Cancelled, c.clock.Now()))
		clean()

		paid, paidID := c.accepted(t)
		clean()
		c.control(t, "/payouts/"+paidID+"/pay", `{}`)
		require.NoError(t, c.store.Payouts.RecordBankPayoutPaid(t.Context(), c.result(paid, paidID)))
		clean()

		failed, failedID := c.accepted(t)
		c.control(t, "/payouts/"+failedID+"/fail", `{}`)
		require.NoError(t, c.store.Payouts.RecordBankPayoutFailed(t.Context(), c.result(failed, failedID)))
		clean()
		back := c.intend(t, failed.PayoutID, payout.Reversal)
		standing, err := c.store.Payouts.Get(t.Context(), failed.PayoutID)
		require.NoError(t, err)
		require.NoError(t, c.store.Payouts.RecordReversed(t.Context(), c.result(back, c.reverse(t, standing.TransferID, back.AmountMinor, back.PayoutID, back.IdempotencyKey))))
		require.NoError(t, c.store.Payouts.Cancel(t.Context(), failed.PayoutID, payout.Returned, c.clock.Now()))
		clean()

		returned, returnedID := c.accepted(t)
		c.control(t, "/payouts/"+returnedID+"/pay", `{}`)
		require.NoError(t, c.store.Payouts.RecordBankPayoutPaid(t.Context(), c.result(returned, returnedID)))
		clean()
		c.control(t, "/payouts/"+returnedID+"/fail", `{"failure_code":"account_closed"}`)
		require.NoError(t, c.store.Payouts.RecordBankPayoutFailed(t.Context(), c.result(returned, returnedID)))
		clean()

		refundID := c.refund(t, 5_000, "refund")
		require.NoError(t, c.store.Campaigns.RecordRefund(t.Context(), ledger.Refund{CampaignID: c.campaignID, RefundID: refundID, Currency: "USD", AmountMinor: 5_000, At: c.clock.Now()}))
		clean()

		won := c.dispute(t)
		require.NoError(t, c.store.Campaigns.RecordDisputeOpened(t.Context(), won))
		clean()
		c.control(t, "/disputes/"+won.DisputeID+"/win", `{}`)
		require.NoError(t, c.store.Campaigns.RecordDisputeWon(t.Context(), won.DisputeID, c.clock.Now()))
		clean()
		c.campaignID, _ = c.liveCampaign(t, nil)
		lost := c.dispute(t)
		require.NoError(t, c.store.Campaigns.RecordDisputeOpened(t.Context(), lost))
		c.control(t, "/disputes/"+lost.DisputeID+"/lose", `{}`)
		require.NoError(t, c.store.Campaigns.RecordDisputeLost(t.Context(), lost.DisputeID, c.clock.Now()))
		clean()

		c.later(9 * 24 * time.Hour)
		clean()
	})

	t.Run("leaves alone what is younger than the grace", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.settings.Grace = duration.Text(time.Hour)
		c.sendTransfer(t, c.reserve(t), nil)

		require.Zero(t, c.pass(t).Found)
	})

	t.Run("reads page after page", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		for range 130 {
			c.control(t, "/accounts/"+platform+"/adjust", `{"amount_minor":1}`)
		}

		require.Equal(t, int32(130), c.pass(t).Found)
	})

	t.Run("goes on as new after any page, and says the same", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.transferred(t)
		c.creator = c.world.creator(t, goodBank) // one account has money of one payout at a time
		stray := c.sendTransfer(t, c.reserve(t), nil)
		c.later(10 * time.Minute)
		in, histories := workflows.ReconcileInput{Settings: c.settings}, 0

		for {
			h := c.begin(t)
			h.SetContinueAsNewSuggested(true)
			h.ExecuteWorkflow(workflows.Reconcile, in)
			var next *workflow.ContinueAsNewError
			if !errors.As(h.GetWorkflowError(), &next) {
				require.NoError(t, h.GetWorkflowError())
				break
			}
			carryOver(t, next, &in)
			histories++
		}

		require.Greater(t, histories, 5)
		c.requireOne(t, reconcile.MissingHere, stray, c.open(t)[0].Subject, true)
		passes, err := c.store.Reconciliation.ListPasses(t.Context(), db.Page{Size: 10})
		require.NoError(t, err)
		require.Len(t, passes, 1)
	})

	t.Run("passes over an account that left, and says how many it could not read", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.accepted(t)
		c.control(t, "/accounts/"+c.creator.account+"/deauthorize", `{}`)

		result := c.pass(t)

		require.Zero(t, result.Found)
		require.Positive(t, result.Unreadable)
	})

	t.Run("fails rather than finds things missing while Stripe cannot be read", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.transferred(t)
		c.later(10 * time.Minute)
		c.script(t, faults.Rule{Path: "/v1/transfers", Action: faults.ServerError, Count: faults.Forever})
		h := c.begin(t)

		h.ExecuteWorkflow(workflows.Reconcile, workflows.ReconcileInput{Settings: c.settings})

		require.Error(t, h.GetWorkflowError())
		require.Empty(t, c.open(t))
	})

	t.Run("acknowledges no money that the books lack without its booking", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.sendTransfer(t, c.reserve(t), nil)
		c.pass(t)

		require.Equal(t, "booking_missing", fault.CodeOf(c.acknowledge(t, c.open(t)[0].ID)))
		require.Equal(t, "difference_not_found", fault.CodeOf(c.acknowledge(t, uuid.NewString())))
	})

	steps := []step{
		{"OpenReconciliationPass", 1},
		{"ListProcessorObjects", 1},
		{"RecordProcessorObjects", 1},
		{"ListUnseenObjects", 1},
		{"GetProcessorObject", 1},
		{"CompareWithLedger", 1},
		{"FinishReconciliationPass", 1},
	}
	for clause, rule := range misfortunesAt(steps...) {
		t.Run("says the same although "+clause, func(t *testing.T) {
			t.Parallel()
			c := setupPasses(t)
			intent := c.reserve(t)
			id := c.sendTransfer(t, intent, nil)
			require.NoError(t, c.store.Payouts.RecordRefused(t.Context(), c.result(intent, "")))
			wrong := c.intend(t, intent.PayoutID, payout.Transfer)
			require.NoError(t, c.store.Payouts.RecordTransferred(t.Context(), c.result(wrong, "tr_nowhere")))
			c.befall(t, rule)
			c.later(10 * time.Minute)
			h := c.begin(t)

			h.ExecuteWorkflow(workflows.Reconcile, workflows.ReconcileInput{Settings: c.settings})
			if h.GetWorkflowError() != nil {
				c.pass(t) // the next one finds what this one did not
			}

			open := map[string]reconcile.Class{}
			for _, difference := range c.open(t) {
				open[difference.ObjectID] = difference.Class
			}
			require.Equal(t, map[string]reconcile.Class{id: reconcile.Duplicate, "tr_nowhere": reconcile.MissingThere}, open)
		})
	}
}
