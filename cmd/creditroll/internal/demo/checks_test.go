package demo

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
)

func TestJudgeFindsNothingInASoundWorld(t *testing.T) {
	t.Parallel()

	verdicts, counted := judge(validEvidence())

	require.Empty(t, broken(verdicts))
	require.Zero(t, counted)
	require.Len(t, verdicts, 10)
}

// A check that cannot fail is useless, so each violation is planted and must be found.
func TestJudgeFindsEveryViolation(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		plant   func(*evidence)
		promise string
		counted figures
	}{
		{"a trial balance that is not zero at the end", func(e *evidence) { e.books.trialBalance["USD"] = 1 }, "P1", figures{}},
		{"a trial balance that was not zero in a snapshot", func(e *evidence) {
			e.watched.add(snapshot{trialBalance: map[string]int64{"EUR": -3}})
		}, "P1", figures{}},
		{"books that do not recompute", func(e *evidence) { e.findings = []string{"entry e1: sums to 1"} }, "P1", figures{}},
		{"a second transfer", func(e *evidence) {
			e.journal = append(e.journal, stripeObject{kind: kindTransfer, id: "tr_9", payoutID: "p1", amountMinor: 900, currency: "USD"})
			e.listed = append(e.listed, stripeObject{kind: kindTransfer, id: "tr_9", payoutID: "p1", amountMinor: 900, currency: "USD"})
			e.books.external = append(e.books.external, externalFact{kindTransfer, "tr_9"})
		}, "P2", figures{doublePayments: 1}},
		{"a bank that has more than the ledger", func(e *evidence) { e.books.atBanks["USD"] = 800 }, "P2", figures{}},
		{"a converted payout of another amount", func(e *evidence) { e.books.conversions[0].SourceMinor = 499 }, "P2", figures{}},
		{"a conversion into a currency that no bank got", func(e *evidence) { e.books.conversions[0].Currency = "GBP" }, "P2", figures{}},
		{"a campaign over its budget in a snapshot", func(e *evidence) { e.watched.add(snapshot{exceeded: []string{"k1"}}) }, "P3", figures{budgetExceeded: 1}},
		{"a creator who earned a cent too much", func(e *evidence) { e.books.clips[1].EarnedMinor++ }, "P3", figures{}},
		{"a creator who earned a cent too little", func(e *evidence) { e.books.clips[1].EarnedMinor-- }, "P3", figures{}},
		{"earnings of a clip with too few views", func(e *evidence) {
			e.books.terms[0].Terms.MinimumViews = 201
		}, "P3", figures{}},
		{"a reading that no platform has shown", func(e *evidence) { delete(e.shown["tiktok/2"], 200) }, "P3", figures{}},
		{"an object that is not in the books", func(e *evidence) { e.books.external = e.books.external[1:] }, "P4", figures{unreconciled: 1}},
		{"a row without an object", func(e *evidence) {
			e.books.external = append(e.books.external, externalFact{kindRefund, "re_9"})
		}, "P4", figures{unreconciled: 1}},
		{"an object with two rows", func(e *evidence) {
			e.books.external = append(e.books.external, e.books.external[0])
		}, "P4", figures{unreconciled: 1}},
		{"an effect that Stripe does not list", func(e *evidence) {
			e.journal = append(e.journal, stripeObject{kind: kindRefund, id: "re_8"})
		}, "P4", figures{unreconciled: 1}},
		{"a difference that the product has found", func(e *evidence) { e.differences = []string{"missing_here: Stripe has …"} }, "P4", figures{unreconciled: 1}},
		{"a charge without a payment", func(e *evidence) {
			e.journal = append(e.journal, stripeObject{kind: kindCharge, id: "ch_8", amountMinor: 5, currency: "USD"})
		}, "P4", figures{unreconciled: 1}},
		{"an acknowledged clip that is missing", func(e *evidence) { e.acknowledged = append(e.acknowledged, "c9") }, "P5", figures{}},
		{"a failed workflow", func(e *evidence) {
			e.workflows[0].Status = enums.WORKFLOW_EXECUTION_STATUS_FAILED
		}, "P6", figures{stuckWorkflows: 1}},
		{"a workflow that nothing can wake", func(e *evidence) { e.workflows[1].openTimers = 0 }, "P6", figures{stuckWorkflows: 1}},
		{"a workflow whose task fails", func(e *evidence) { e.workflows[1].taskAttempt = 2 }, "P6", figures{stuckWorkflows: 1}},
		{"a workflow whose task fails while its history grows", func(e *evidence) {
			e.workflows[1].taskAttempt, e.workflows[1].moving = 2, true
		}, "P6", figures{stuckWorkflows: 1}},
		{"an activity with many attempts", func(e *evidence) { e.workflows[1].activityAttempt = 6 }, "P6", figures{stuckWorkflows: 1}},
		{"a parked payout without a reason", func(e *evidence) {
			e.workflows[2].Reason, e.workflows[2].openTimers, e.books.payouts[1].Reason = "", 1, ""
		}, "P6", figures{}},
		{"a payout that needs attention and is not on the list", func(e *evidence) {
			e.workflows[2].NeedsAttention, e.workflows[2].openTimers = false, 1
		}, "P6", figures{}},
		{"a payout on the list that does not need attention", func(e *evidence) {
			e.workflows[1].NeedsAttention, e.workflows[1].Reason = true, "account_not_verified"
		}, "P6", figures{}},
		{"no readings after the restart", func(e *evidence) { e.restarted = e.restarted.Add(time.Hour) }, "P7", figures{}},
		{"a clip that has not ended", func(e *evidence) { e.books.clips[0].Status = "tracking" }, "P7", figures{}},
		{"a reason that says nothing", func(e *evidence) {
			e.workflows[2].Reason, e.books.payouts[1].Reason = "bad_weather", "bad_weather"
		}, "P9", figures{}},
		{"money under way that no payout has", func(e *evidence) { e.books.underWay[0].AmountMinor = 200 }, "P9", figures{}},
		{"a payout whose money is not under way", func(e *evidence) { e.books.underWay = nil }, "P9", figures{}},
		{"a creator abroad whose payout was not converted", func(e *evidence) { e.books.conversions = nil }, "P9", figures{}},
		{"a creator abroad whose conversion was taken back", func(e *evidence) { e.books.conversions[0].Held = false }, "P9", figures{}},
		{"a creator abroad who is not paid yet", func(e *evidence) {
			e.books.payouts[2].Status = "paying_out"
			e.books.underWay = append(e.books.underWay, underWay{CreatorID: "u3", Currency: "USD", AmountMinor: 500})
		}, "P9", figures{}},
		{"a creator abroad without a payout", func(e *evidence) { e.books.payouts, e.books.conversions = e.books.payouts[:2], nil }, "P9", figures{}},
		{"a payout that needs attention against the plan", func(e *evidence) { e.planned.unverified = "u1" }, "P9", figures{}},
		{"a balance that does not cover what is owed", func(e *evidence) { e.balances["USD"] = 179 }, "P10", figures{}},
		{"a debt in a currency that Stripe does not hold", func(e *evidence) { e.books.owed = append(e.books.owed, owed{"EUR", 1}) }, "P10", figures{}},
		{"a name in a workflow", func(e *evidence) { e.leaks = []string{"workflow clip/c1 contains a creator's name"} }, "P8", figures{}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			e := validEvidence()

			tc.plant(&e)
			verdicts, counted := judge(e)

			found := broken(verdicts)
			require.NotEmpty(t, found[tc.promise])
			require.Len(t, found, 1, "only this promise is broken: %v", found)
			require.Equal(t, tc.counted, counted)
			require.ErrorContains(t, (&Outcome{Verdicts: verdicts}).Broken(), tc.promise)
		})
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()

	t.Run("counts a payout whose first bank payout failed as paid once", func(t *testing.T) {
		t.Parallel()

		require.Empty(t, validEvidence().doublePayments())
	})

	t.Run("does not count a reversed transfer", func(t *testing.T) {
		t.Parallel()
		e := validEvidence()

		e.journal = append(e.journal, stripeObject{kind: kindReversal, payoutID: "p1"}, stripeObject{kind: kindTransfer, payoutID: "p1"})

		require.Empty(t, e.doublePayments())
	})

	t.Run("uses Stripe's lists if there is no journal", func(t *testing.T) {
		t.Parallel()
		e := validEvidence()
		e.journal, e.shown = nil, nil
		before, _ := judge(e)

		e.listed = append(e.listed, stripeObject{kind: kindPayout, id: "po_9", payoutID: "p1", amountMinor: 900, currency: "USD", status: "paid"})
		after, counted := judge(e)

		require.Empty(t, broken(before))
		require.Contains(t, broken(after), "P2")
		require.Equal(t, figures{doublePayments: 1, unreconciled: 1}, counted)
	})

	t.Run("checks only the sum if the budget was the limit", func(t *testing.T) {
		t.Parallel()
		e := validEvidence()
		e.books.terms[0].FundedMinor, e.books.terms[0].SpentMinor, e.books.terms[0].RefundedMinor = 1100, 1100, 0
		e.books.clips[1].EarnedMinor = 100

		verdicts, _ := judge(e)

		require.Empty(t, broken(verdicts))
	})

	t.Run("reports recovery as unchecked if no process was killed", func(t *testing.T) {
		t.Parallel()
		e := validEvidence()
		e.restarted = time.Time{}

		require.NotEmpty(t, e.healing().Unchecked)
	})
}
