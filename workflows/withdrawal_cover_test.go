package workflows_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/workflows"
)

// adjust changes the platform's balance at Stripe, which the books do not have.
func (w *world) adjust(t *testing.T, amountMinor int64) {
	t.Helper()
	w.control(t, "/accounts/"+stripe.PlatformID+"/adjust", fmt.Sprintf(`{"amount_minor":%d,"currency":"usd"}`, amountMinor))
}

// payIn adds the platform's own money to its balance, at Stripe and in the books.
func (w *world) payIn(t *testing.T, amountMinor int64, currency money.Currency) {
	t.Helper()
	w.control(t, "/accounts/"+stripe.PlatformID+"/adjust", fmt.Sprintf(`{"amount_minor":%d,"currency":%q}`, amountMinor, strings.ToLower(string(currency))))
	_, err := w.store.Journal.Post(t.Context(), ledger.CapitalPaidIn(ledger.Movement{TransactionID: "txn_" + uuid.NewString(), Currency: currency, AmountMinor: amountMinor, At: w.clock.Now()}))
	require.NoError(t, err)
}

// setupLacking has a brand that withdraws 500.00 of 600.00, while 12.34 are missing at Stripe.
func setupLacking(t *testing.T) (*account, workflows.WithdrawalInput) {
	t.Helper()
	a := setupAccount(t)
	a.deposit(t, 60_000, "pm_card_bypassPending")
	a.adjust(t, -1_234)
	return a, a.newWithdrawal(50_000)
}

func TestWithdrawalWaitsForCover(t *testing.T) {
	t.Parallel()

	t.Run("until the balance covers what is owed, and goes on by itself", func(t *testing.T) {
		t.Parallel()
		a, input := setupLacking(t)
		h := a.begin(t)
		h.at(30*time.Second, func() { require.Empty(t, a.attentionReason(), "it may be a transfer that is not booked yet") })
		h.at(2*time.Minute, func() {
			require.Equal(t, "balance_not_covered", a.attentionReason())
			require.Contains(t, h.details(), "12.34 USD short")
			require.Contains(t, h.details(), names.RunbookLink("balance_not_covered"))
			require.Zero(t, a.effects("refund.applied"))
			a.adjust(t, 1_000)
		})
		h.at(hour, func() {
			require.Contains(t, h.details(), "2.34 USD short")
			a.adjust(t, 234)
		})

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)

		require.Equal(t, int64(50_000), result.SentMinor)
		require.Less(t, a.clock.Now().Sub(start), 3*hour)
		require.Empty(t, a.attentionReason())
		a.requireBalance(t, 10_000, 0)
	})

	t.Run("at once when a person asks", func(t *testing.T) {
		t.Parallel()
		a, input := setupLacking(t)
		h := a.begin(t)
		h.at(10*days, func() { a.adjust(t, 1_234) })
		h.ask(10*days+time.Second, workflows.UpdateRetry, by("finance"))

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)

		require.Equal(t, int64(50_000), result.SentMinor)
		require.Less(t, a.clock.Now().Sub(start), 10*days+2*time.Minute)
	})

	t.Run("and says so when the balance cannot be read", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		a.script(t, faults.Rule{Path: "/v1/balance", Method: http.MethodGet, Action: faults.Refuse, Status: http.StatusForbidden, Code: "account_invalid", Count: 3})
		h := a.begin(t)
		shown := ""
		h.at(10*time.Minute, func() { shown = a.attentionReason() })

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, a.newWithdrawal(50_000))

		require.Equal(t, "balance_unreadable", shown)
		require.Equal(t, int64(50_000), result.SentMinor)
		require.Empty(t, a.attentionReason())
		a.requireBalance(t, 10_000, 0)
	})

	t.Run("and can be cancelled whole in that time", func(t *testing.T) {
		t.Parallel()
		a, input := setupLacking(t)
		h := a.begin(t)
		cancelled := h.ask(days, workflows.UpdateCancel, by("brand"))

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)

		require.Equal(t, funding.WithdrawalCancelled, cancelled.result)
		require.Equal(t, workflows.WithdrawalResult{Status: funding.WithdrawalCancelled, ReturnedMinor: 50_000}, result)
		require.Zero(t, a.effects("refund.applied"))
		require.Empty(t, a.attentionReason())
	})

	t.Run("or be settled outside by two people", func(t *testing.T) {
		t.Parallel()
		a, input := setupLacking(t)
		h := a.begin(t)
		h.at(days, func() {
			propose := correction.Proposal{
				ID: uuid.NewString(), Kind: correction.SettleWithdrawal, Currency: "USD", WithdrawalID: input.Withdrawal.ID, AmountMinor: 50_000,
				ProposedBy: "proposer", Reason: "the gap stays", Evidence: "the wire of 2 March", Reference: "wire 17", Now: a.clock.Now(),
			}
			_, err := a.store.Corrections.Propose(t.Context(), propose)
			require.NoError(t, err)
			_, err = a.store.Corrections.Decide(t.Context(), correction.Decision{ID: propose.ID, Approve: true, Actor: "approver", Now: a.clock.Now()})
			require.NoError(t, err)
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)

		require.Equal(t, workflows.WithdrawalResult{Status: funding.WithdrawalCompleted, SentMinor: 50_000}, result)
		require.Zero(t, a.effects("refund.applied"))
		require.Empty(t, a.attentionReason())
	})

	t.Run("and stays on the list, with ever longer waits, while it continues as new", func(t *testing.T) {
		t.Parallel()
		a, input := setupLacking(t)
		histories := 0
		for ; a.clock.Now().Sub(start) < 10*days; histories++ {
			require.Less(t, histories, 20, "the waits grow to a day")
			carryOver(t, continuedAsNew(t, a, input), &input)
		}
		require.Greater(t, histories, 10)
		require.Equal(t, "balance_not_covered", a.attentionReason())

		a.adjust(t, 1_234)
		result := completed[workflows.WithdrawalResult](a.begin(t), workflows.Withdrawal, input)

		require.Equal(t, int64(50_000), result.SentMinor)
		require.Empty(t, a.attentionReason())
		a.requireBalance(t, 10_000, 0)
	})

	t.Run("but not with a refund that it has requested already", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		input := a.newWithdrawal(50_000)
		a.terminatedAfter(t, "CreateRefund", workflows.Withdrawal, input)
		a.adjust(t, -1_234)

		result := completed[workflows.WithdrawalResult](a.begin(t), workflows.Withdrawal, input)

		require.Equal(t, int64(50_000), result.SentMinor)
		require.Equal(t, 1, a.effects("refund.applied"))
	})

	t.Run("before each further refund", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		a.deposit(t, 30_000, "pm_card_bypassPending")
		h := a.begin(t)
		h.during("RecordDepositRefund", func() { a.adjust(t, -1_234) })
		shown, sent := "", 0
		h.at(hour, func() { shown, sent = a.attentionReason(), a.effects("refund.applied") })
		h.at(2*hour, func() { a.adjust(t, 1_234) })

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, a.newWithdrawal(50_000))

		require.Equal(t, "balance_not_covered", shown)
		require.Equal(t, 1, sent)
		require.Equal(t, int64(50_000), result.SentMinor)
		a.requireBalance(t, 40_000, 0)
	})

	t.Run("again after a refund that has failed since the balance was read", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		a.deposit(t, 30_000, "pm_card_bypassPending")
		input := a.newWithdrawal(50_000)
		a.terminatedAfter(t, "RecordDepositRefund", workflows.Withdrawal, input)
		a.failRefund(t, 0)
		a.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/refunds", Action: faults.ServerError, Status: http.StatusUnauthorized, Type: "invalid_request_error"})
		h := a.begin(t)
		covers, lacking := 0, 0
		h.onStarted(func(started string) {
			switch started {
			case "CheckCover":
				covers++ // at first while the refunds cannot be read
			case "RecordDepositRefundFailed":
				lacking = covers
				a.adjust(t, -1_234)
			}
		})
		shown, sent := "", 0
		h.at(hour, func() { shown, sent = a.attentionReason(), a.effects("refund.applied") })
		h.at(2*hour, func() { a.adjust(t, 1_234) })

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)

		require.Equal(t, 1, lacking)
		require.Equal(t, "balance_not_covered", shown)
		require.Equal(t, 1, sent)
		require.Equal(t, int64(50_000), result.SentMinor)
		a.requireBalance(t, 40_000, 0)
	})
}

// continuedAsNew runs one history of a withdrawal that continues as new.
func continuedAsNew(t *testing.T, a *account, input workflows.WithdrawalInput) (next *workflow.ContinueAsNewError) {
	t.Helper()
	h := a.begin(t)
	h.SetContinueAsNewSuggested(true)
	h.ExecuteWorkflow(workflows.Withdrawal, input)
	require.ErrorAs(t, h.GetWorkflowError(), &next)
	return next
}

func TestPendingRefundIsNoGap(t *testing.T) {
	t.Parallel()
	gap := func(t *testing.T, w *world) int64 {
		t.Helper()
		cover, err := w.store.Reconciliation.ListCover(t.Context())
		require.NoError(t, err)
		require.Len(t, cover, 1)
		require.Equal(t, cover[0].GapMinor(), cover[0].SureGapMinor())
		return cover[0].GapMinor()
	}

	t.Run("while it is under way, so another withdrawal is sent", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		a.deposit(t, 30_000, "pm_card_pendingRefund")
		first, second := a.newWithdrawal(30_000), a.newWithdrawal(20_000)
		h := a.begin(t)
		h.at(hour, func() {
			other := a.begin(t)
			result := completed[workflows.WithdrawalResult](other, workflows.Withdrawal, second)
			require.Equal(t, int64(20_000), result.SentMinor)
			require.Less(t, other.Now().Sub(start), 2*hour, "it has not waited")
			require.Zero(t, gap(t, a.world))
			a.clock.follow(h.Now)
		})

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, first)

		require.Equal(t, int64(30_000), result.SentMinor)
		a.requireBalance(t, 40_000, 0)
	})

	t.Run("of a campaign's unspent budget either", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		(&account{world: b.world}).deposit(t, 60_000, "pm_card_bypassPending")
		h := b.begin(t)
		b.fund(h, "pm_card_pendingRefund")
		h.ask(hour, workflows.UpdateTransition, asks("cancel"))
		h.at(2*hour, func() {
			require.Equal(t, 1, b.effects("refund.applied"))
			require.Equal(t, int64(100_000), b.escrow(t), "it is booked when it has arrived")
			b.compare(t, h)
			require.Zero(t, gap(t, b.world))
			b.control(t, "/fees/charge", `{"amount_minor":700,"currency":"usd"}`)
			b.compare(t, h)
			require.Equal(t, int64(700), gap(t, b.world), "what is really missing is named")
		})

		b.live(h)
	})
}
