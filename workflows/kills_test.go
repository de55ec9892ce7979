package workflows_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// Fees and top-ups are booked by a pass, in pages.
func TestMovementsAreBookedOnce(t *testing.T) {
	t.Parallel()
	for clause, rule := range misfortunesAt(step{"BookMovements", 1}) {
		t.Run("although "+clause, func(t *testing.T) {
			t.Parallel()
			c := setupPasses(t)
			feesMinor := c.balance(t, ledger.ProcessingFees)
			c.control(t, "/topups", `{"amount_minor":5000}`)
			c.control(t, "/fees/charge", `{"amount_minor":300,"currency":"usd"}`)
			c.later(10 * time.Minute)
			c.befall(t, rule)

			survive[workflows.ReconcileResult](func() *history { return c.begin(t) }, workflows.Reconcile, workflows.ReconcileInput{Settings: c.settings})
			again := c.pass(t)

			require.Zero(t, again.Open)
			require.Equal(t, int64(5000), c.balance(t, ledger.PlatformCapital))
			require.Equal(t, feesMinor+300, c.balance(t, ledger.ProcessingFees))
			c.requireBooksInOrder(t)
		})
	}
}

// What pacing deferred is credited without a reading when no provider gives the last one.
func TestDeferredEarningsAreCreditedOnce(t *testing.T) {
	t.Parallel()
	for clause, rule := range misfortunesAt(step{"CreditDeferred", 1}) {
		t.Run("although "+clause, func(t *testing.T) {
			t.Parallel()
			c := setupClip(t, slowly)
			c.befall(t, rule)
			begin := func() *history {
				c.posts.answers("apify", readings(10, 10_000)...)
				h := c.begin(t)
				h.at(5*hour, func() {
					c.posts.answers("apify")
					h.SignalWorkflow(workflows.SignalFinalSweep, nil)
				})
				return h
			}

			survive[workflows.ClipResult](begin, workflows.ClipTracking, c.input)

			c.requireEarned(t, 5_000)
			c.requireBooksInOrder(t)
		})
	}
}

// The books are checked after the reservation and before the transfer.
func TestInstantPayoutIsCheckedOnce(t *testing.T) {
	t.Parallel()
	for clause, rule := range misfortunesAt(step{"CheckBooks", 1}) {
		t.Run("although "+clause, func(t *testing.T) {
			t.Parallel()
			p := setupInstant(t, instantBank)
			p.befall(t, rule)

			survive[workflows.PayoutResult](func() *history { return p.begin(t) }, workflows.CreatorPayout, p.input)

			p.requireInstant(t)
		})
	}
}

func TestFailedRefundOutlivesItsHistory(t *testing.T) {
	t.Parallel()
	b := setupCampaign(t, nil)
	h := b.failed(t)
	h.at(2*hour+2*time.Minute, func() { h.SetContinueAsNewSuggested(true) })
	h.ExecuteWorkflow(workflows.CampaignLifecycle, b.input)
	var next *workflow.ContinueAsNewError
	require.ErrorAs(t, h.GetWorkflowError(), &next)
	carryOver(t, next, &b.input)
	require.True(t, b.input.State.Payment.FailureShown)
	require.Equal(t, "refund_failed", b.attentionReason())
	second := b.begin(t)
	second.at(time.Minute, func() {
		require.Equal(t, "refund_failed", b.attentionReason())
		b.settleRefund(t, terms().BudgetMinor)
		second.SignalWorkflow(workflows.SignalStripeChanged, nil)
	})
	second.at(2*time.Minute, func() { require.Empty(t, b.attentionReason(), "the new history knows that it has to take it off") })

	result := b.live(second)

	require.Equal(t, campaign.Cancelled, result.Status)
	require.Zero(t, b.escrow(t))
}

func TestUnreadAccountOutlivesItsHistory(t *testing.T) {
	t.Parallel()
	p := setupPayout(t, goodBank)
	p.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/accounts/*", Action: faults.ServerError, Status: 503, Count: 10_000})
	h := p.begin(t)
	h.at(20*hour, func() { h.SetContinueAsNewSuggested(true) })
	h.ExecuteWorkflow(workflows.CreatorPayout, p.input)
	var next *workflow.ContinueAsNewError
	require.ErrorAs(t, h.GetWorkflowError(), &next)
	carryOver(t, next, &p.input)
	since := p.input.AccountUnreadSince
	require.False(t, since.IsZero())
	require.WithinDuration(t, start, since, hour)
	second := p.begin(t)
	began := p.clock.Now()
	unread := p.look(second, since.Add(30*hour).Sub(began))
	second.at(since.Add(31*hour).Sub(began), func() { p.sim.Faults().Remove("") })

	p.pay(second)

	requireParked(t, unread, payout.AccountUnreadable)
	p.requirePaidOnce(t)
}
