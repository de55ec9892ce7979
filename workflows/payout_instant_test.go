package workflows_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

const (
	instantBank = "000666666662" // takes instant payouts
	// instantFee is that of earnedMinor.
	instantFee = int64(50)
)

// setupInstant is a payout that its creator has asked for.
func setupInstant(t *testing.T, bank string) payable {
	t.Helper()
	p := setupPayout(t, bank)
	p.input.RunID = names.InstantRunID(p.creator.id)
	p.payoutID = names.PayoutID(p.input.RunID, p.creator.id, "USD")
	p.input.PayoutID = p.payoutID
	p.input.Instant = &payout.InstantRequest{
		Offer: payout.InstantOffer{MinimumMinor: 1_000, MaximumMinor: 999_900, FeeBasisPoints: 100, FeeBearer: payout.CreatorBears},
		Actor: "user-creator", At: start,
	}
	return p
}

// sentMethods are those of the bank payouts that Stripe has made, the first one first.
func (p payable) sentMethods(t *testing.T) []string {
	t.Helper()
	var methods []string
	for _, each := range p.call(t, http.MethodGet, "/v1/payouts", p.creator.account, "", "")["data"].([]any) {
		methods = append(methods, each.(map[string]any)["method"].(string))
	}
	slices.Reverse(methods)
	return methods
}

// requireInstant requires that the creator was paid once and at once, and that the fee was kept.
func (p payable) requireInstant(t *testing.T) {
	t.Helper()
	p.requirePaidOnce(t)
	require.Equal(t, []string{"instant"}, p.sentMethods(t))
	require.Equal(t, earnedMinor-instantFee, p.onRecord(t).AmountMinor)
	require.Empty(t, p.onRecord(t).FallbackCode)
	require.Equal(t, instantFee, p.balance(t, ledger.PlatformFees))
}

// requireFallback requires that the creator was paid once by the standard method, and that the fee
// went back.
func (p payable) requireFallback(t *testing.T, code string) {
	t.Helper()
	seen := p.onRecord(t)
	require.Equal(t, payout.Paid, seen.Status)
	require.Empty(t, seen.AttentionReason)
	require.Equal(t, code, seen.FallbackCode)
	require.Equal(t, 1, p.effects("transfer.applied"))
	require.Equal(t, 1, p.effects("payout.paid"))
	require.Equal(t, "standard", p.sentMethods(t)[len(p.sentMethods(t))-1])
	require.Zero(t, p.stripeAvailable(t, p.creator.account))
	require.Zero(t, p.balance(t, ledger.PlatformFees))
	p.requireAt(t, instantFee, 0, 0)
}

// requireReturned is requireFallback after an instant payout had reached the bank, and came back.
func (p payable) requireReturned(t *testing.T, code string) {
	t.Helper()
	require.Equal(t, 2, p.effects("payout.paid"))
	require.Equal(t, 1, p.effects("payout.failed"))
	require.Equal(t, code, p.onRecord(t).FallbackCode)
	require.Equal(t, payout.Paid, p.onRecord(t).Status)
	require.Zero(t, p.stripeAvailable(t, p.creator.account))
	require.Zero(t, p.balance(t, ledger.PlatformFees))
	p.requireAt(t, instantFee, 0, 0)
}

// refuseInstant refuses instant bank payouts from now on, and no others.
func (p payable) refuseInstant(t *testing.T, status int, code string) {
	t.Helper()
	p.script(t, faults.Rule{Method: "POST", Path: "/v1/payouts", Contains: "method=instant", Action: faults.Refuse, Status: status, Type: "invalid_request_error", Code: code, Count: faults.Forever})
}

func TestInstantPayout(t *testing.T) {
	t.Parallel()

	t.Run("arrives within minutes, less the fee", func(t *testing.T) {
		t.Parallel()
		p := setupInstant(t, instantBank)
		h := p.begin(t)
		soon := p.look(h, hour)

		result := p.pay(h)

		require.Equal(t, payout.Paid, soon.Status)
		require.Equal(t, payout.Paid, result.Status)
		require.Equal(t, earnedMinor-instantFee, result.AmountMinor)
		p.requireInstant(t)
	})

	t.Run("answers who asked, once it is reserved", func(t *testing.T) {
		t.Parallel()
		p := setupInstant(t, instantBank)
		h := p.begin(t)
		early := h.ask(0, workflows.UpdateReserved)
		late := h.ask(2*hour, workflows.UpdateReserved)

		p.pay(h)

		require.Equal(t, workflows.InstantReserved{Reserved: true}, early.result)
		require.Equal(t, workflows.InstantReserved{Reserved: true}, late.result)
	})

	t.Run("answers why the books refuse it by then, and leaves no run", func(t *testing.T) {
		t.Parallel()
		p := setupInstant(t, instantBank)
		p.disturb(t, "UPDATE creators SET payouts_frozen_at = now(), payouts_frozen_by = 'eve', payouts_frozen_reason = 'suspicion'")
		h := p.begin(t)
		asked := h.ask(0, workflows.UpdateReserved)

		result := p.pay(h)

		require.Equal(t, payout.Cancelled, result.Status)
		require.Equal(t, workflows.InstantReserved{Refusal: payout.InstantFrozen}, asked.result)
		_, err := p.store.Payouts.GetRun(t.Context(), p.input.RunID)
		require.True(t, fault.Is(err, fault.NotFound))
		require.Zero(t, p.effects("transfer.applied"))
		p.requireAt(t, earnedMinor, 0, 0)
	})

	t.Run("is cancelled before its transfer if the bank account takes no instant payouts", func(t *testing.T) {
		t.Parallel()
		p := setupInstant(t, goodBank)

		result := p.pay(p.begin(t))

		require.Equal(t, payout.Cancelled, result.Status)
		require.Equal(t, string(payout.InstantBankUnsupported), p.onRecord(t).FailureCode)
		require.Empty(t, p.onRecord(t).AttentionReason, "no person is needed")
		require.Zero(t, p.effects("transfer.applied"))
		require.Zero(t, p.balance(t, ledger.PlatformFees))
		p.requireGivenBack(t, payout.Cancelled)
	})

	t.Run("waits at the gate as any payout, and is instant when the account is ready", func(t *testing.T) {
		t.Parallel()
		p := setupInstant(t, instantBank)
		p.unverify(t)
		h := p.begin(t)
		parked := p.look(h, hour)
		h.at(2*hour, func() { p.verify(t) })

		p.pay(h)

		requireParked(t, parked, payout.AccountNotVerified)
		p.requireInstant(t)
	})

	t.Run("returns the fee when a person cancels it", func(t *testing.T) {
		t.Parallel()
		p := setupInstant(t, instantBank)
		p.unverify(t)
		h := p.begin(t)
		h.ask(hour, workflows.UpdateCancel, operator())

		p.pay(h)

		require.Zero(t, p.balance(t, ledger.PlatformFees))
		p.requireGivenBack(t, payout.Cancelled)
	})

	t.Run("stays instant while our key is refused", func(t *testing.T) {
		t.Parallel()
		p := setupInstant(t, instantBank)
		p.script(t, faults.Rule{Method: "POST", Path: "/v1/payouts", Action: faults.Refuse, Status: 401, Count: 1})
		h := p.begin(t)
		h.ask(3*hour, workflows.UpdateRetry, operator())

		p.pay(h)

		p.requireInstant(t)
	})

	t.Run("in a second history moves nothing", func(t *testing.T) {
		t.Parallel()
		p := setupInstant(t, instantBank)
		first := p.pay(p.begin(t))

		require.Equal(t, first, p.pay(p.begin(t)))
		p.requireInstant(t)
	})
}

func TestInstantPayoutFallsBack(t *testing.T) {
	t.Parallel()

	for _, code := range []string{
		"instant_payouts_unsupported", "instant_payouts_limit_exceeded", "instant_payouts_currency_disabled", "instant_payouts_config_disabled",
		"balance_insufficient", "amount_too_large", "amount_too_small", "payouts_limit_exceeded",
	} {
		t.Run("to a standard one after "+code+", without a person", func(t *testing.T) {
			t.Parallel()
			p := setupInstant(t, instantBank)
			p.refuseInstant(t, 400, code)
			h := p.begin(t)
			soon := p.look(h, 10*time.Minute)

			p.pay(h)

			require.Equal(t, payout.PayingOut, soon.Status, "the standard one is sent at once")
			require.Equal(t, []string{"standard"}, p.sentMethods(t))
			p.requireFallback(t, code)
		})
	}

	t.Run("when the platform's volume of the day is used up", func(t *testing.T) {
		t.Parallel()
		p := setupInstant(t, instantBank)
		p.control(t, "/instant_payouts", `{"day_limit_minor":4949}`)

		p.pay(p.begin(t))

		require.Equal(t, []string{"standard"}, p.sentMethods(t))
		p.requireFallback(t, "instant_payouts_limit_exceeded")
	})

	t.Run("only once Stripe shows that the refused one was not made", func(t *testing.T) {
		t.Parallel()
		p := setupInstant(t, instantBank)
		p.refuseInstant(t, 400, "instant_payouts_limit_exceeded")
		down, err := p.sim.Faults().Add(faults.Rule{Method: "GET", Path: "/v1/payouts", Action: faults.ServerError, Count: faults.Forever})
		require.NoError(t, err)
		h := p.begin(t)
		h.at(3*hour, func() {
			require.Empty(t, p.onRecord(t).FallbackCode)
			require.Len(t, p.onRecord(t).Attempts, 2, "a transfer and the bank payout")
			p.sim.Faults().Remove(down.ID)
		})

		p.pay(h)

		p.requireFallback(t, "instant_payouts_limit_exceeded")
	})

	t.Run("when the bank returns it, and is paid to another bank account", func(t *testing.T) {
		t.Parallel()
		p := setupInstant(t, instantBank)
		h := p.begin(t)
		h.at(hour, func() {
			p.control(t, "/payouts/"+p.onRecord(t).BankPayoutID+"/fail", `{"failure_code":"declined"}`)
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})
		parked := p.look(h, 2*hour)
		h.at(3*hour, func() {
			p.replaceBank(t, p.creator.account, goodBank)
			h.SignalWorkflow(workflows.SignalBankAccountChanged, nil)
		})

		p.pay(h)

		requireParked(t, parked, payout.BankAccountRejected)
		require.Equal(t, "declined", parked.FallbackCode)
		require.Equal(t, []string{"instant", "standard"}, p.sentMethods(t))
		p.requireReturned(t, "declined")
	})
}

// A step of an instant payout is lost before its work, after it, or together with the whole history.
func TestInstantPayoutSurvives(t *testing.T) {
	t.Parallel()
	steps := []string{
		"ReservePayout", "CheckCreator", "CheckAccount", "RecordIntent", "CreateTransfer", "RecordTransferred", "CreateBankPayout",
		"RecordBankPayoutAccepted", "GetBankPayout", "RecordBankPayoutPaid",
	}
	for _, step := range steps {
		for when, words := range map[moment]string{beforeWork: "before", afterWork: "after"} {
			t.Run(fmt.Sprintf("a worker that dies %s %s", words, step), func(t *testing.T) {
				t.Parallel()
				p := setupInstant(t, instantBank)
				p.mishaps.lose(step, when, 2)

				p.pay(p.begin(t))

				p.requireInstant(t)
			})

			t.Run(fmt.Sprintf("the end of its process %s %s", words, step), func(t *testing.T) {
				t.Parallel()
				p := setupInstant(t, instantBank)
				p.mishaps.terminate(step, when)
				h := p.begin(t)
				h.ExecuteWorkflow(workflows.CreatorPayout, p.input)
				h.requireTerminated()

				p.pay(p.begin(t))

				p.requireInstant(t)
			})
		}
	}

	for _, step := range []string{"CreateBankPayout", "FindBankPayout", "RecordRefused"} {
		for when, words := range map[moment]string{beforeWork: "before", afterWork: "after"} {
			t.Run(fmt.Sprintf("the end of its process %s %s while it falls back", words, step), func(t *testing.T) {
				t.Parallel()
				p := setupInstant(t, instantBank)
				p.refuseInstant(t, 400, "instant_payouts_unsupported")
				p.mishaps.terminate(step, when)
				h := p.begin(t)
				h.ExecuteWorkflow(workflows.CreatorPayout, p.input)
				h.requireTerminated()

				p.pay(p.begin(t))

				require.Equal(t, []string{"standard"}, p.sentMethods(t))
				p.requireFallback(t, "instant_payouts_unsupported")
			})

			t.Run(fmt.Sprintf("a worker that dies %s %s while it falls back", words, step), func(t *testing.T) {
				t.Parallel()
				p := setupInstant(t, instantBank)
				p.refuseInstant(t, 400, "instant_payouts_unsupported")
				p.mishaps.lose(step, when, 2)

				p.pay(p.begin(t))

				p.requireFallback(t, "instant_payouts_unsupported")
			})
		}
	}

	for name, action := range map[string]faults.Action{"lost answers": faults.ResetAfter, "requests that never arrive": faults.ResetBefore, "answers that cannot be read": faults.Garbage} {
		t.Run(name+" about the instant bank payout", func(t *testing.T) {
			t.Parallel()
			p := setupInstant(t, instantBank)
			p.script(t, faults.Rule{Method: "POST", Path: "/v1/payouts", Action: action, Count: 3})

			p.pay(p.begin(t))

			p.requireInstant(t)
		})
	}
}

func TestInstantPayoutNeedsSoundBooks(t *testing.T) {
	t.Parallel()
	p := setupInstant(t, instantBank)
	h := p.begin(t)
	h.OnActivity(activities.CheckBooks.Name, mock.Anything, mock.Anything).Return([]string{"account creator/x is off by 1"}, nil)

	result := p.pay(h)

	require.Equal(t, payout.Cancelled, result.Status)
	require.Equal(t, string(payout.InstantPaused), p.onRecord(t).FailureCode)
	require.Zero(t, p.effects("transfer.applied"))
	require.Zero(t, p.balance(t, ledger.PlatformFees), "the fee is returned")
	p.requireAt(t, earnedMinor, 0, 0)
}

func TestNoDeadEndsOfInstantPayouts(t *testing.T) {
	t.Parallel()

	for seed := range *payoutSequences / 20 {
		t.Run(fmt.Sprintf("sequence %d ends, equals Stripe, and the creator is paid or has the fee back", seed), func(t *testing.T) {
			t.Parallel()
			p := setupInstant(t, instantBank)
			d := &driver{payable: p, t: t, random: rand.New(rand.NewPCG(uint64(seed), 9)), drained: map[string]int64{}, feeMinor: instantFee, kinds: &kinds{count: map[string]int{}}}
			d.playToTheEnd()
		})
	}
}
