package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

func TestResolveWithAnOldBankPayout(t *testing.T) {
	t.Parallel()
	p := setupPayout(t, noAccount)
	h := p.begin(t)
	resolved := &answer{}
	h.at(4*days, func() {
		p.replaceBank(t, p.creator.account, goodBank)
		who := operator()
		who.Evidence = p.onRecord(t).BankPayoutID // the one that the bank refused
		require.NotEmpty(t, who.Evidence)
		h.update(resolved, workflows.UpdateResolve, who)
	})
	sent := 0
	h.at(4*days+hour, func() { sent = p.effects("payout.applied") })

	p.pay(h)

	require.NoError(t, resolved.rejected)
	require.NoError(t, resolved.failed)
	require.Equal(t, 2, sent, "the old one is not taken for the next generation, which is sent at once")
	p.requirePaidOnce(t)
}

// A payout was parked, its workflow was terminated, and another history begins.
func TestParkedPayoutIsStartedAgain(t *testing.T) {
	t.Parallel()
	parked := func(t *testing.T) payable {
		t.Helper()
		p := setupPayout(t, goodBank)
		p.unverify(t)
		p.mishaps.terminate(activities.ParkPayout.Name, afterWork)
		h := p.begin(t)
		h.ExecuteWorkflow(workflows.CreatorPayout, p.input)
		h.requireTerminated()
		seen := p.onRecord(t)
		requireParked(t, &seen, payout.AccountNotVerified)
		return p
	}

	t.Run("and takes a retry before it has looked at the cause", func(t *testing.T) {
		t.Parallel()
		p := parked(t)
		h := p.begin(t)
		retry := &answer{}
		h.during(activities.CheckAccount.Name, func() { h.update(retry, workflows.UpdateRetry, operator()) })
		h.at(hour, func() { p.verify(t) })

		p.pay(h)

		require.NoError(t, retry.rejected)
		p.requirePaidOnce(t)
	})
}

// A bank payout that is under way cannot be cancelled, so a cancellation waits for the bank, in
// however many histories.
func TestCancellationIsCarriedOverHistories(t *testing.T) {
	t.Parallel()
	p := setupPayout(t, noAccount)
	p.mishaps.terminate(activities.RecordBankPayoutAccepted.Name, afterWork)
	h := p.begin(t)
	h.ExecuteWorkflow(workflows.CreatorPayout, p.input)
	h.requireTerminated()
	h = p.begin(t)
	h.at(hour, func() {
		h.CancelWorkflow()
		h.SetContinueAsNewSuggested(true)
	})

	h.ExecuteWorkflow(workflows.CreatorPayout, p.input)

	var next *workflow.ContinueAsNewError
	require.ErrorAs(t, h.GetWorkflowError(), &next)
	carryOver(t, next, &p.input)
	require.True(t, p.input.Cancel)
	require.Equal(t, payout.PayingOut, p.onRecord(t).Status)

	result := p.pay(p.begin(t))

	require.Equal(t, payout.Cancelled, result.Status)
	require.Equal(t, 1, p.effects("payout.applied"), "after the bank's refusal nothing is sent again")
	p.requireGivenBack(t, payout.Cancelled)
}

func TestExclusionIsAwaited(t *testing.T) {
	t.Parallel()
	r := setupRun(t, 2)
	r.byHand("ann")
	r.mishaps.lose(activities.ExcludeFromPayoutRun.Name, beforeWork, 9) // for a minute and more
	h := r.begin(t)
	excluded := h.ask(hour, workflows.UpdateExclude, workflows.RunExclusion{CreatorID: r.creators[0].id, Actor: "bob", Reason: "ticket 7"})
	h.ask(hour+time.Second, workflows.UpdateApprove, by("bob"))
	h.at(hour+30*time.Second, func() {
		require.False(t, excluded.done)
		require.Empty(t, r.payouts(t), "the run waits until the exclusion is on record")
	})

	result := r.run(h)

	require.NoError(t, excluded.failed)
	require.True(t, excluded.done)
	require.Equal(t, 1, result.Payouts)
	require.Equal(t, []payout.Sum{{Reason: payout.LeftOutByPerson, Currency: "USD", Payouts: 1, AmountMinor: 5_000}}, result.LeftOut)
	require.Equal(t, 1, r.effects("transfer.applied"))
}
