package workflows_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/workflows"
)

func TestWithdrawal(t *testing.T) {
	t.Parallel()

	t.Run("refunds deposits, the newest first, and leaves the rest", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		older := a.deposit(t, 60_000, "pm_card_bypassPending")
		newer := a.deposit(t, 30_000, "pm_card_bypassPending")
		input := a.newWithdrawal(50_000)
		h := a.begin(t)
		reserved := h.ask(0, workflows.UpdateReserved)

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)

		require.NoError(t, reserved.failed)
		require.Equal(t, workflows.WithdrawalResult{Status: funding.WithdrawalCompleted, SentMinor: 50_000}, result)
		require.Equal(t, []int64{20_000, 30_000}, []int64{a.onRecord(t, older.ID).RefundedMinor, a.onRecord(t, newer.ID).RefundedMinor})
		a.requireBalance(t, 40_000, 0)
	})

	t.Run("of more than is available is refused, and changes nothing", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		input := a.newWithdrawal(60_001)
		h := a.begin(t)
		reserved := h.ask(0, workflows.UpdateReserved)
		cancelled := h.ask(0, workflows.UpdateCancel, by("brand"))
		retried := h.ask(0, workflows.UpdateRetry, by("brand"))

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)

		require.Equal(t, "balance_too_low", result.Refusal)
		for _, asked := range []*answer{reserved, cancelled, retried} {
			require.Equal(t, "balance_too_low", fault.CodeOf(asked.failed))
		}
		_, err := a.store.Funding.GetWithdrawal(t.Context(), input.Withdrawal.ID)
		require.Equal(t, "withdrawal_not_found", fault.CodeOf(err))
		a.requireBalance(t, 60_000, 0)
	})

	t.Run("waits for a refund that takes days", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_pendingRefund")
		input := a.newWithdrawal(50_000)
		h := a.begin(t)
		var pending funding.Withdrawal
		h.at(12*time.Hour, func() { pending = a.withdrawal(t, input.Withdrawal.ID) })

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)

		require.Equal(t, funding.WithdrawalSending, pending.Status)
		require.Zero(t, pending.SentMinor)
		require.Equal(t, funding.WithdrawalCompleted, result.Status)
		require.Equal(t, 1, a.effects("refund.applied"))
		a.requireBalance(t, 10_000, 0)
	})

	t.Run("sends what failed at the bank from another deposit", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		older := a.deposit(t, 60_000, "pm_card_bypassPending")
		a.deposit(t, 30_000, "pm_card_pendingRefund")
		input := a.newWithdrawal(30_000)
		h := a.begin(t)
		h.at(time.Hour, func() { a.failRefund(t, 0) })

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)

		require.Equal(t, int64(30_000), result.SentMinor)
		require.Equal(t, int64(30_000), a.onRecord(t, older.ID).RefundedMinor)
		a.requireBalance(t, 60_000, 0)
	})

	t.Run("shows that deposits are too old, and returns the rest when a person cancels it", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		input := a.newWithdrawal(50_000)
		a.tooOld(t)
		h := a.begin(t)
		shown, details := "", ""
		h.at(2*days, func() { shown, details = a.attentionReason(), h.details() })
		unnamed := h.ask(2*days, workflows.UpdateCancel, workflows.Operator{})
		cancelled := h.ask(3*days, workflows.UpdateCancel, by("brand"))

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)

		require.Equal(t, "withdrawal_exhausted", shown)
		require.Contains(t, details, "500.00 USD")
		require.Equal(t, "operator_unnamed", fault.CodeOf(unnamed.rejected))
		require.Equal(t, funding.WithdrawalCancelled, cancelled.result)
		require.Equal(t, workflows.WithdrawalResult{Status: funding.WithdrawalCancelled, ReturnedMinor: 50_000}, result)
		require.Empty(t, a.attentionReason())
		a.requireBalance(t, 60_000, 0)
	})

	t.Run("ends when people have settled what Stripe never refunds", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		input := a.newWithdrawal(50_000)
		a.tooOld(t)
		h := a.begin(t)
		shown, later := "", ""
		settle := func(amountMinor int64) {
			propose := correction.Proposal{
				ID: uuid.NewString(), Kind: correction.SettleWithdrawal, Currency: "USD", WithdrawalID: input.Withdrawal.ID, AmountMinor: amountMinor,
				ProposedBy: "proposer", Reason: "the card is gone", Evidence: "the wire of 2 March", Reference: "wire 17", Now: a.clock.Now(),
			}
			_, err := a.store.Corrections.Propose(t.Context(), propose)
			require.NoError(t, err)
			_, err = a.store.Corrections.Decide(t.Context(), correction.Decision{ID: propose.ID, Approve: true, Actor: "approver", Now: a.clock.Now()})
			require.NoError(t, err)
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		}
		h.at(days, func() {
			shown = h.details()
			settle(20_000)
		})
		h.at(2*days, func() {
			later = h.details()
			settle(30_000)
		})

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)

		require.Contains(t, shown, "500.00 USD")
		require.Contains(t, later, "300.00 USD")
		require.Equal(t, workflows.WithdrawalResult{Status: funding.WithdrawalCompleted, SentMinor: 50_000}, result)
		require.Empty(t, a.attentionReason())
		a.requireBalance(t, 10_000, 0)
	})

	t.Run("tries all deposits again when a person asks for it", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		input := a.newWithdrawal(50_000)
		a.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/refunds", Action: faults.Refuse, Code: "charge_already_refunded"})
		h := a.begin(t)
		h.ask(days, workflows.UpdateRetry, by("finance"))

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)

		require.Equal(t, int64(50_000), result.SentMinor)
		a.requireBalance(t, 10_000, 0)
	})

	t.Run("waits for the platform's balance and goes on by itself", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		input := a.newWithdrawal(50_000)
		h := a.begin(t)
		h.during("CheckCover", func() { a.adjust(t, -50_000) }) // just after the balance was read
		shown := ""
		h.at(time.Hour, func() { shown = a.attentionReason() })
		h.at(2*time.Hour, func() { a.adjust(t, 50_000) })

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)

		require.Equal(t, "balance_not_covered", shown, "after the refusal, the balance is read again")
		require.Equal(t, int64(50_000), result.SentMinor)
		require.Empty(t, a.attentionReason())
		a.requireBalance(t, 10_000, 0)
	})

	t.Run("books a refund that a person made by hand on the same deposit, and sends what is left of it", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		older := a.deposit(t, 60_000, "pm_card_bypassPending")
		newer := a.deposit(t, 30_000, "pm_card_bypassPending")
		input := a.newWithdrawal(30_000)
		h := a.begin(t)
		h.during("CheckCover", func() { a.refundByHand(t, newer.PaymentIntentID, 20_000) }) // just after the balance was read

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)

		require.Equal(t, int64(30_000), result.SentMinor)
		require.Equal(t, []int64{20_000, 30_000}, []int64{a.onRecord(t, newer.ID).RefundedMinor, a.onRecord(t, older.ID).RefundedMinor})
		a.requireBalance(t, 40_000, 0)
	})

	t.Run("is cancelled while a refund is on its way, which then counts as sent", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 20_000, "pm_card_bypassPending")
		a.deposit(t, 30_000, "pm_card_pendingRefund")
		input := a.newWithdrawal(50_000)
		h := a.begin(t)
		cancelled := h.ask(time.Hour, workflows.UpdateCancel, by("brand"))

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)

		require.Equal(t, funding.WithdrawalCancelling, cancelled.result)
		require.Equal(t, workflows.WithdrawalResult{Status: funding.WithdrawalCompleted, SentMinor: 30_000, ReturnedMinor: 20_000}, result)
		a.requireBalance(t, 20_000, 0)
	})

	t.Run("with an id that another withdrawal has is refused", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		input := a.newWithdrawal(100)
		completed[workflows.WithdrawalResult](a.begin(t), workflows.Withdrawal, input)
		input.Withdrawal.AmountMinor = 200

		result := completed[workflows.WithdrawalResult](a.begin(t), workflows.Withdrawal, input)

		require.Equal(t, "withdrawal_exists", result.Refusal)
		a.requireBalance(t, 59_900, 0)
	})
}

func TestWithdrawalIsSentOnce(t *testing.T) {
	t.Parallel()
	steps := []step{
		{"ReserveWithdrawal", 1},
		{"PlanWithdrawal", 1},
		{"PlanWithdrawal", 2},
		{"ListRefunds", 1},
		{"ListRefunds", 2},
		{"CreateRefund", 1},
		{"CreateRefund", 2},
		{"RecordDepositRefund", 1},
		{"RecordDepositRefund", 2},
	}
	for clause, rule := range misfortunesAt(steps...) {
		t.Run("although "+clause, func(t *testing.T) {
			t.Parallel()
			a := setupAccount(t)
			a.deposit(t, 60_000, "pm_card_bypassPending")
			a.deposit(t, 30_000, "pm_card_bypassPending")
			input := a.newWithdrawal(50_000)
			a.befall(t, rule)

			result := survive[workflows.WithdrawalResult](func() *history { return a.begin(t) }, workflows.Withdrawal, input)

			require.Equal(t, funding.WithdrawalCompleted, result.Status)
			require.Equal(t, 2, a.effects("refund.applied"))
			a.requireBalance(t, 40_000, 0)
		})
	}

	for i, misfire := range misfires {
		for j, kill := range kills {
			if leftOut(i, j) {
				continue
			}
			t.Run("although CreateRefund "+misfire.name+kill.name, func(t *testing.T) {
				t.Parallel()
				a := setupAccount(t)
				a.deposit(t, 60_000, "pm_card_bypassPending")
				input := a.newWithdrawal(50_000)
				rule := misfire.rule
				rule.Method, rule.Path = http.MethodPost, "/v1/refunds"
				a.script(t, rule)
				a.kill(kill.rule, "CreateRefund")
				begin := func() *history {
					h := a.begin(t)
					if misfire.late {
						h.during("CreateRefund", func() {
							a.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/refunds", Action: faults.ServerError, Count: 60})
						})
					}
					return h
				}

				result := survive[workflows.WithdrawalResult](begin, workflows.Withdrawal, input)

				require.Equal(t, int64(50_000), result.SentMinor)
				require.Equal(t, 1, a.effects("refund.applied"))
				a.requireBalance(t, 10_000, 0)
			})
		}
	}

	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound} {
		t.Run(fmt.Sprintf("although the answer is lost and the next one is %d", status), func(t *testing.T) {
			t.Parallel()
			a := setupAccount(t)
			a.deposit(t, 30_000, "pm_card_bypassPending")
			a.deposit(t, 60_000, "pm_card_bypassPending")
			input := a.newWithdrawal(50_000)
			a.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/refunds", Action: faults.ResetAfter})
			a.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/refunds", Action: faults.ServerError, Status: status, Type: "invalid_request_error", Nth: 2})

			result := completed[workflows.WithdrawalResult](a.begin(t), workflows.Withdrawal, input)

			require.Equal(t, []int{1, 1}, []int{a.sim.Faults().Rules()[0].Fired, a.sim.Faults().Rules()[1].Fired})
			require.Equal(t, int64(50_000), result.SentMinor)
			require.Equal(t, 1, a.effects("refund.applied"))
			a.requireBalance(t, 40_000, 0)
		})
	}

	t.Run("although the books cannot be reached after the amount is reserved", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		input := a.newWithdrawal(50_000)
		h := a.begin(t)
		tries := 0
		h.OnActivity("ReserveWithdrawal", mock.Anything, mock.Anything).Return(func(ctx context.Context, in funding.NewWithdrawal) (funding.Withdrawal, error) {
			stored, err := a.store.Funding.Reserve(ctx, in)
			if tries++; tries == 1 {
				return funding.Withdrawal{}, temporal.NewNonRetryableApplicationError("down", string(fault.Unavailable), nil)
			}
			return stored, err
		})

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)

		require.Equal(t, 2, tries)
		require.Equal(t, int64(50_000), result.SentMinor)
		a.requireBalance(t, 10_000, 0)
	})

	t.Run("although the answer is lost, the next one is 401 and nothing can be read: the request stands", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		input := a.newWithdrawal(50_000)
		a.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/refunds", Action: faults.ResetAfter})
		a.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/refunds", Action: faults.ServerError, Status: http.StatusUnauthorized, Type: "invalid_request_error", Nth: 2})
		h := a.begin(t)
		h.during("CreateRefund", func() {
			a.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/refunds", Action: faults.ServerError, Status: http.StatusUnauthorized, Type: "invalid_request_error", Count: 100})
		})
		shown := ""
		h.at(time.Minute, func() { shown = a.attentionReason() })
		h.at(time.Hour, func() { a.sim.Faults().Remove("") })

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)

		require.Equal(t, "refund_refused", shown)
		require.Equal(t, int64(50_000), result.SentMinor)
		require.Equal(t, 1, a.effects("refund.applied"))
		a.requireBalance(t, 10_000, 0)
	})

	for clause, rule := range misfortunesAt(step{"EndDepositRefund", 1}, step{"CancelWithdrawal", 1}) {
		t.Run("and returned once although "+clause, func(t *testing.T) {
			t.Parallel()
			a := setupAccount(t)
			a.deposit(t, 60_000, "pm_card_bypassPending")
			input := a.newWithdrawal(50_000)
			a.tooOld(t)
			a.befall(t, rule)
			begin := func() *history {
				h := a.begin(t)
				h.ask(days, workflows.UpdateCancel, by("brand"))
				h.ask(2*days, workflows.UpdateCancel, by("brand"))
				return h
			}

			result := survive[workflows.WithdrawalResult](begin, workflows.Withdrawal, input)

			require.Equal(t, workflows.WithdrawalResult{Status: funding.WithdrawalCancelled, ReturnedMinor: 50_000}, result)
			require.Zero(t, a.effects("refund.applied"))
			a.requireBalance(t, 60_000, 0)
		})
	}
}
