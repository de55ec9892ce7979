package workflows_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/reconciliation"
	"github.com/creditroll/creditroll/domain/dispute"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/workflows"
)

var restarts = workflows.CampaignSettings{CheckInterval: checkInterval}

// again is the input of an ended deposit that starts again.
func again(deposit funding.Deposit) workflows.DepositInput {
	return workflows.DepositInput{Deposit: deposit.NewDeposit, Again: true, CheckInterval: checkInterval}
}

// spend takes money out of the balance, as a campaign does that gets it.
func (a *account) spend(t *testing.T, amountMinor int64) {
	t.Helper()
	_, err := a.store.Journal.Post(t.Context(), ledger.Entry{
		Kind: ledger.KindAdjustment, Reference: uuid.NewString(), Currency: "USD", EffectiveAt: a.clock.Now(),
		Postings: []ledger.Posting{{Account: ledger.OrganizationBalance(a.organizationID), AmountMinor: amountMinor}, {Account: ledger.PlatformFees, AmountMinor: -amountMinor}},
	})
	require.NoError(t, err)
}

// pass compares Stripe with the books. Workflows of the ids are gone.
func (a *account) pass(t *testing.T, gone ...string) {
	t.Helper()
	now := a.clock.Now().Add(10 * time.Minute)
	a.clock.follow(func() time.Time { return now })
	h := a.begin(t)
	for _, id := range gone {
		h.gone[id] = true
	}
	settings := workflows.DefaultReconcileSettings()
	settings.Campaign = restarts
	completed[workflows.ReconcileResult](h, workflows.Reconcile, workflows.ReconcileInput{Settings: settings})
}

// requireAlike requires that a comparison finds no difference.
func (a *account) requireAlike(t *testing.T) {
	t.Helper()
	a.pass(t)
	yes := true
	open, err := a.store.Reconciliation.ListDifferences(t.Context(), reconciliation.DifferenceFilter{Open: &yes}, db.Page{Size: 100})
	require.NoError(t, err)
	require.Empty(t, open)
}

func TestDepositStartsAgain(t *testing.T) {
	t.Parallel()

	t.Run("for a refund that a person made by hand, which a comparison finds", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		deposit := a.deposit(t, 60_000, "pm_card_bypassPending")
		a.requireAlike(t)
		a.refundByHand(t, deposit.PaymentIntentID, 20_000)

		a.pass(t, names.Deposit(deposit.ID))

		require.Equal(t, int64(20_000), a.onRecord(t, deposit.ID).RefundedMinor)
		a.requireBalance(t, 40_000, 0)
		a.requireAlike(t)
	})

	t.Run("for a refund that failed after its withdrawal had ended, which then sends it from another deposit", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		older := a.deposit(t, 50_000, "pm_card_bypassPending")
		deposit := a.deposit(t, 60_000, "pm_card_bypassPending")
		input := a.newWithdrawal(50_000)
		completed[workflows.WithdrawalResult](a.begin(t), workflows.Withdrawal, input)
		a.requireBalance(t, 60_000, 0)
		a.requireAlike(t)
		a.failRefund(t, 0)
		a.receive(t, rail.Event{ID: "evt_1", Type: "refund.failed", ObjectID: "re_1", DepositID: deposit.ID, WithdrawalID: input.Withdrawal.ID})
		h := a.begin(t)
		h.gone[names.Withdrawal(input.Withdrawal.ID)], h.gone[names.Deposit(deposit.ID)] = true, true

		completed[int](h, workflows.InboxSweep, workflows.InboxInput{Campaign: restarts})

		require.Empty(t, a.pending(t))
		ended := a.withdrawal(t, input.Withdrawal.ID)
		require.Equal(t, funding.WithdrawalCompleted, ended.Status)
		require.Equal(t, []int64{50_000, 0}, []int64{ended.SentMinor, ended.ReturnedMinor})
		require.Equal(t, []int64{0, 50_000}, []int64{a.onRecord(t, deposit.ID).RefundedMinor, a.onRecord(t, older.ID).RefundedMinor})
		a.requireBalance(t, 60_000, 0)
		a.requireAlike(t)
	})

	t.Run("for the refund of a withdrawal whose workflow was terminated, which then goes on", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		deposit := a.deposit(t, 60_000, "pm_card_bypassPending")
		input := a.newWithdrawal(50_000)
		a.mishaps.terminate("CreateRefund", afterWork)
		h := a.begin(t)
		h.ExecuteWorkflow(workflows.Withdrawal, input)
		h.requireTerminated()
		require.Equal(t, funding.WithdrawalSending, a.withdrawal(t, input.Withdrawal.ID).Status)
		a.receive(t, rail.Event{ID: "evt_1", Type: "refund.created", ObjectID: "re_1", DepositID: deposit.ID, WithdrawalID: input.Withdrawal.ID})
		h = a.begin(t)
		h.gone[names.Withdrawal(input.Withdrawal.ID)], h.gone[names.Deposit(deposit.ID)] = true, true

		completed[int](h, workflows.InboxSweep, workflows.InboxInput{Campaign: restarts})

		require.Equal(t, funding.WithdrawalCompleted, a.withdrawal(t, input.Withdrawal.ID).Status)
		require.Equal(t, 1, a.effects("refund.applied"))
		a.requireBalance(t, 10_000, 0)
	})

	t.Run("once for each misfortune at the booking of a refund", func(t *testing.T) {
		t.Parallel()
		for clause, rule := range misfortunesAt(step{"RecordDepositRefund", 1}, step{"RecordDepositRefundFailed", 1}) {
			t.Run(clause, func(t *testing.T) {
				t.Parallel()
				a := setupAccount(t)
				deposit := a.deposit(t, 60_000, "pm_card_bypassPending")
				a.refundByHand(t, deposit.PaymentIntentID, 20_000)
				if rule.activity == "RecordDepositRefundFailed" {
					completed[workflows.DepositResult](a.begin(t), workflows.Deposit, again(deposit))
					a.failRefund(t, 0)
				}
				a.befall(t, rule)

				survive[workflows.DepositResult](func() *history { return a.begin(t) }, workflows.Deposit, again(deposit))

				want := map[string]int64{"RecordDepositRefund": 40_000, "RecordDepositRefundFailed": 60_000}[rule.activity]
				a.requireBalance(t, want, 0)
			})
		}
	})

	t.Run("and says that the balance is below zero, until a deposit covers it", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		deposit := a.deposit(t, 60_000, "pm_card_bypassPending")
		a.spend(t, 50_000)
		a.refundByHand(t, deposit.PaymentIntentID, 20_000)
		h := a.begin(t)
		shown, details := "", ""
		h.at(days, func() { shown, details = a.attentionReason(), h.details() })
		h.at(2*days, func() { a.spend(t, -10_000) })

		completed[workflows.DepositResult](h, workflows.Deposit, again(deposit))

		require.Equal(t, "balance_below_zero", shown)
		require.Contains(t, details, "-100.00 USD")
		require.Empty(t, a.attentionReason())
		require.Zero(t, a.balance(t, ledger.OrganizationBalance(a.organizationID)))
	})

	t.Run("but not for an event about a deposit that is not ours", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		depositID := uuid.NewString()
		a.receive(t, rail.Event{ID: "evt_1", Type: "refund.failed", ObjectID: "re_1", DepositID: depositID},
			rail.Event{ID: "evt_2", Type: "payment_intent.succeeded", ObjectID: "pi_1", DepositID: depositID})
		h := a.begin(t)
		h.gone[names.Deposit(depositID)] = true

		require.Equal(t, 2, completed[int](h, workflows.InboxSweep, workflows.InboxInput{}))
		require.Empty(t, a.pending(t))
	})

	t.Run("and the running one hears of its payment and its refunds", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		depositID, withdrawalID := uuid.NewString(), uuid.NewString()
		a.receive(t, rail.Event{ID: "evt_1", Type: "payment_intent.succeeded", ObjectID: "pi_1", DepositID: depositID},
			rail.Event{ID: "evt_2", Type: "refund.updated", ObjectID: "re_1", DepositID: depositID, WithdrawalID: withdrawalID})
		h := a.begin(t)

		completed[int](h, workflows.InboxSweep, workflows.InboxInput{})

		require.ElementsMatch(t, []string{names.Deposit(depositID) + " stripe_changed", names.Withdrawal(withdrawalID) + " stripe_changed"}, h.signals.all())
	})
}

// disputedDeposit has the brand's bank take all of a deposit back.
func (a *account) dispute(t *testing.T, deposit funding.Deposit) workflows.DisputeInput {
	t.Helper()
	opened := a.call(t, http.MethodPost, "/_sim/disputes", "", "application/json", fmt.Sprintf(`{"charge":%q}`, a.chargeOf(t, deposit.PaymentIntentID)))
	return workflows.DisputeInput{DisputeID: opened["id"].(string), Campaign: restarts}
}

func TestDisputedDeposit(t *testing.T) {
	t.Parallel()

	t.Run("is held back until the dispute is won", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		deposit := a.deposit(t, 60_000, "pm_card_bypassPending")
		a.deposit(t, 10_000, "pm_card_bypassPending")
		input := a.dispute(t, deposit)
		h := a.begin(t)
		var held funding.Balance
		details := ""
		h.at(time.Hour, func() {
			held, _ = a.store.Funding.GetBalance(t.Context(), a.organizationID, "USD")
			details = h.details()
		})
		h.at(2*days, func() { a.control(t, "/disputes/"+input.DisputeID+"/win", `{}`) })

		result := completed[workflows.DisputeResult](h, workflows.FundingDispute, input)

		require.Equal(t, deposit.PaymentMinor(), held.AtRiskMinor)
		require.Equal(t, 70_000-deposit.PaymentMinor(), held.AvailableMinor())
		require.Contains(t, details, "held back from the balance of organization "+a.organizationID)
		require.Equal(t, workflows.DisputeResult{Verdict: dispute.Won, DepositID: deposit.ID, AmountMinor: deposit.PaymentMinor()}, result)
		require.Contains(t, h.signals.all(), names.Deposit(deposit.ID)+" stripe_changed")
		a.requireBalance(t, 70_000, 0)
		a.requireAlike(t)
	})

	t.Run("comes out of the balance when the dispute is lost, and starts the deposit again if that is below zero", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		deposit := a.deposit(t, 60_000, "pm_card_bypassPending")
		a.spend(t, 30_000)
		input := a.dispute(t, deposit)
		h := a.begin(t)
		h.gone[names.Deposit(deposit.ID)] = true
		h.at(2*days, func() { a.control(t, "/disputes/"+input.DisputeID+"/lose", `{}`) })
		shown := ""
		h.at(3*days, func() {
			shown = a.attentionReason()
			a.spend(t, -(30_000 + deposit.SurchargeMinor))
		})

		result := completed[workflows.DisputeResult](h, workflows.FundingDispute, input)

		require.Equal(t, dispute.Lost, result.Verdict)
		require.Equal(t, "balance_below_zero", shown)
		require.Zero(t, a.balance(t, ledger.OrganizationBalance(a.organizationID)))
		require.Zero(t, a.balance(t, ledger.StripeDisputed))
	})

	t.Run("is not refunded by a withdrawal before the bank has decided", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		deposit := a.deposit(t, 60_000, "pm_card_bypassPending")
		opened := a.dispute(t, deposit)
		withdrawal := a.newWithdrawal(50_000) // nothing is booked of the dispute yet
		h := a.begin(t)
		shown := ""
		h.at(2*time.Hour, func() {
			require.NoError(t, a.store.Funding.RecordDisputeOpened(t.Context(), ledger.Dispute{
				DisputeID: opened.DisputeID, PaymentIntentID: deposit.PaymentIntentID, DepositID: deposit.ID, Currency: "USD", AmountMinor: deposit.PaymentMinor(), At: a.clock.Now(),
			}))
		})
		h.at(days, func() { shown = a.attentionReason() })
		h.at(2*days, func() {
			a.control(t, "/disputes/"+opened.DisputeID+"/win", `{}`)
			require.NoError(t, a.store.Funding.RecordDisputeWon(t.Context(), opened.DisputeID, a.clock.Now()))
		})
		h.ask(3*days, workflows.UpdateRetry, by("finance"))

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, withdrawal)

		require.Equal(t, "balance_below_zero", shown)
		require.Equal(t, int64(50_000), result.SentMinor)
		a.requireBalance(t, 10_000, 0)
	})

	for verdict, steps := range map[string][]step{
		"win":  {{"FindPaidCampaign", 1}, {"RecordDisputeOpened", 1}, {"RecordDisputeWon", 1}},
		"lose": {{"RecordDisputeOpened", 1}, {"RecordDisputeLost", 1}},
	} {
		for clause, rule := range misfortunesAt(steps...) {
			t.Run("is booked once: "+verdict+" although "+clause, func(t *testing.T) {
				t.Parallel()
				a := setupAccount(t)
				deposit := a.deposit(t, 60_000, "pm_card_bypassPending")
				a.deposit(t, 10_000, "pm_card_bypassPending")
				input := a.dispute(t, deposit)
				a.befall(t, rule)
				decide := sync.OnceFunc(func() { a.control(t, "/disputes/"+input.DisputeID+"/"+verdict, `{}`) })
				begin := func() *history {
					h := a.begin(t)
					h.at(days, decide)
					return h
				}

				survive[workflows.DisputeResult](begin, workflows.FundingDispute, input)

				want := map[string]int64{"win": 70_000, "lose": 70_000 - deposit.PaymentMinor()}[verdict]
				a.requireBalance(t, want, 0)
			})
		}
	}
}
