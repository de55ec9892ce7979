package workflows_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/workflows"
)

const hour = time.Hour

// look reads the payout when the history is d old.
func (p payable) look(h *history, d time.Duration) *payouts.Detail {
	seen := &payouts.Detail{}
	h.at(d, func() { *seen = p.onRecord(h.t) })
	return seen
}

func requireParked(t *testing.T, seen *payouts.Detail, reason payout.Reason) {
	t.Helper()
	require.Equal(t, payout.NeedsAttention, seen.Status)
	require.Equal(t, string(reason), seen.AttentionReason)
}

func (p payable) unverify(t *testing.T) {
	t.Helper()
	p.control(t, "/accounts/"+p.creator.account, `{"payouts_enabled":false,"transfers":"inactive"}`)
}

func (p payable) verify(t *testing.T) {
	t.Helper()
	p.call(t, http.MethodDelete, "/_sim/accounts/"+p.creator.account+"/override", "", "application/json", "")
}

func TestAccountNotVerified(t *testing.T) {
	t.Parallel()

	t.Run("parks before anything moves and continues automatically once it is", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.unverify(t)
		h := p.begin(t)
		parked := p.look(h, 5*hour)
		h.at(6*hour, func() { p.verify(t) })
		gone := p.look(h, 12*hour)

		p.pay(h)

		requireParked(t, parked, payout.AccountNotVerified)
		require.Empty(t, parked.Attempts)
		require.Equal(t, payout.PayingOut, gone.Status)
		p.requirePaidOnce(t)
	})

	t.Run("is not retried for another reason that has come since", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.input.Policy.PollInterval = duration.Text(24 * hour)
		p.unverify(t)
		p.mishaps.lose("RecordOperatorAction", beforeWork, 9) // for a minute and more
		h := p.begin(t)
		late := h.ask(5*hour, workflows.UpdateRetry, operator())
		h.at(5*hour+10*time.Second, func() {
			p.verify(t)
			p.setSchedule(t, "daily")
			h.SignalWorkflow(workflows.SignalAccountChanged, nil)
		})
		parked := p.look(h, 6*hour)
		h.at(7*hour, func() {
			p.setSchedule(t, "manual")
			h.SignalWorkflow(workflows.SignalAccountChanged, nil)
		})

		p.pay(h)

		requireParked(t, parked, payout.ScheduleNotManual)
		require.Equal(t, "reason_changed", fault.CodeOf(late.failed))
		p.requirePaidOnce(t)
	})

	t.Run("continues at once when Stripe reports that the account has changed", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.input.Policy.PollInterval = duration.Text(24 * hour)
		p.unverify(t)
		h := p.begin(t)
		h.at(hour, func() {
			p.verify(t)
			h.SignalWorkflow(workflows.SignalAccountChanged, nil)
		})
		gone := p.look(h, hour+time.Minute)

		p.pay(h)

		require.Equal(t, payout.PayingOut, gone.Status)
		p.requirePaidOnce(t)
	})

	t.Run("can be retried in vain and cancelled afterwards", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.unverify(t)
		h := p.begin(t)
		first := h.ask(hour, workflows.UpdateRetry, operator())
		second := h.ask(2*hour, workflows.UpdateRetry, operator())
		cancel := h.ask(3*hour, workflows.UpdateCancel, operator())
		h.at(24*hour, func() { p.verify(t) })

		p.pay(h)

		require.NoError(t, first.rejected)
		require.NoError(t, second.rejected)
		require.NoError(t, cancel.rejected)
		require.Zero(t, p.effects("transfer.applied"))
		p.requireGivenBack(t, payout.Cancelled)
	})
}

func TestPlatformBalanceInsufficient(t *testing.T) {
	t.Parallel()

	t.Run("parks without another key, and continues when there is money", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.control(t, "/accounts/"+stripe.PlatformID+"/adjust", `{"amount_minor":-100000,"currency":"usd"}`)
		h := p.begin(t)
		early := p.look(h, 30*time.Second)
		parked := p.look(h, hour)
		h.at(5*hour, func() {
			p.control(t, "/accounts/"+stripe.PlatformID+"/adjust", `{"amount_minor":100000,"currency":"usd"}`)
		})

		p.pay(h)

		require.Equal(t, payout.Transferring, early.Status)
		requireParked(t, parked, payout.PlatformBalance)
		require.Equal(t, "balance_insufficient", parked.FailureCode)
		attempts := p.onRecord(t).Attempts
		require.Len(t, attempts, 3) // refused, made, and the bank payout
		require.Equal(t, payout.Transfer, attempts[0].Phase)
		require.Equal(t, payout.AttemptRefused, attempts[0].Outcome)
		p.requirePaidOnce(t)
	})
}

// neverAnswers cuts every transfer off before Stripe has read it.
func (p payable) neverAnswers(t *testing.T) {
	t.Helper()
	p.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/transfers", Action: faults.ResetBefore, Count: faults.Forever})
}

func (p payable) transfersSentSince(at time.Time) int {
	sent := 0
	for _, entry := range p.sim.Journal().Entries(0, faults.KindRequest) {
		if entry.Method == http.MethodPost && entry.Path == "/v1/transfers" && !entry.At.Before(at) {
			sent++
		}
	}
	return sent
}

func (p payable) byHand(t *testing.T, payoutID string) string {
	t.Helper()
	p.sim.Faults().Remove("")
	made, err := p.payments.CreateTransfer(t.Context(), rail.TransferRequest{
		PayoutID: payoutID, AmountMinor: earnedMinor, Currency: "USD", Account: p.creator.account, Generation: 1, IdempotencyKey: "by-hand/" + payoutID,
	})
	require.NoError(t, err)
	return made.ID
}

func TestUnknownOutcome(t *testing.T) {
	t.Parallel()

	t.Run("is never sent blindly once Stripe may have forgotten the key, but by an operator's retry", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.neverAnswers(t)
		h := p.begin(t)
		parked, sent := p.look(h, 47*hour), 0
		h.at(48*hour, func() {
			sent = p.transfersSentSince(start.Add(23*hour + 15*time.Minute))
			p.sim.Faults().Remove("")
		})
		still := p.look(h, 60*hour)
		retry := h.ask(61*hour, workflows.UpdateRetry, operator())

		p.pay(h)

		requireParked(t, parked, payout.OutcomeUnknown)
		require.Zero(t, sent)
		requireParked(t, still, payout.OutcomeUnknown)
		require.NoError(t, retry.rejected)
		p.requirePaidOnce(t)
	})

	t.Run("is found by looking it up however late", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/transfers", Action: faults.ResetAfter, Count: faults.Forever})
		p.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/transfers", Action: faults.ServerError, Count: faults.Forever})
		h := p.begin(t)
		parked := p.look(h, 47*hour)
		h.at(48*hour, func() { p.sim.Faults().Remove("") })

		p.pay(h)

		requireParked(t, parked, payout.OutcomeUnknown)
		p.requirePaidOnce(t)
	})

	t.Run("is resolved with the id of the object that was made", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.neverAnswers(t)
		unlisted := faults.Rule{Method: http.MethodGet, Path: "/v1/transfers", Action: faults.ServerError, Count: faults.Forever}
		p.script(t, unlisted)
		h := p.begin(t)
		given := &answer{}
		h.at(30*hour, func() {
			evidence := operator()
			evidence.Evidence = p.byHand(t, p.payoutID)
			p.script(t, unlisted) // no look-up finds it, so the operator has to name it
			h.update(given, workflows.UpdateResolve, evidence)
		})

		p.pay(h)

		require.NoError(t, given.rejected)
		require.NoError(t, given.failed)
		p.requirePaidOnce(t)
	})

	t.Run("is not resolved with a foreign object, without evidence, or without an operator", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.neverAnswers(t)
		h := p.begin(t)
		foreign, unknown := &answer{}, &answer{}
		h.at(30*hour, func() {
			evidence := operator()
			evidence.Evidence = p.byHand(t, "00000000-0000-4000-8000-000000000001")
			h.update(foreign, workflows.UpdateResolve, evidence)
		})
		bare := h.ask(31*hour, workflows.UpdateResolve, operator())
		unnamed := h.ask(31*hour, workflows.UpdateRetry, workflows.Operator{})
		made := operator()
		made.Evidence = "tr_made_up"
		h.at(32*hour, func() { h.update(unknown, workflows.UpdateResolve, made) })
		still := p.look(h, 33*hour)
		h.ask(34*hour, workflows.UpdateCancel, operator())

		p.pay(h)

		require.Equal(t, "foreign_object", fault.CodeOf(foreign.failed))
		require.Equal(t, fault.NotFound, fault.KindOf(unknown.failed))
		require.Equal(t, "evidence_missing", fault.CodeOf(bare.rejected))
		require.Equal(t, "operator_unnamed", fault.CodeOf(unnamed.rejected))
		requireParked(t, still, payout.OutcomeUnknown)
		require.Equal(t, payout.Cancelled, p.onRecord(t).Status)
		p.requireAt(t, earnedMinor, 0, 0)
	})

	t.Run("of a 500 that is saved under the key ends with a new generation by an operator", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/transfers", Action: faults.ServerError, Inside: true})
		h := p.begin(t)
		parked := p.look(h, 26*hour)
		h.ask(27*hour, workflows.UpdateRetry, operator())

		p.pay(h)

		requireParked(t, parked, payout.OutcomeUnknown)
		require.Len(t, parked.Attempts, 1)
		p.requirePaidOnce(t)
	})

	t.Run("is cancelled when the object is not there, and reversed when it is", func(t *testing.T) {
		t.Parallel()
		for name, action := range map[string]faults.Action{"not there": faults.ResetBefore, "there": faults.ResetAfter} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := setupPayout(t, goodBank)
				p.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/transfers", Action: action, Count: faults.Forever})
				p.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/transfers", Action: faults.ServerError, Count: faults.Forever})
				h := p.begin(t)
				h.ask(2*hour, workflows.UpdateCancel, operator())
				h.at(3*hour, func() { p.sim.Faults().Remove("") })
				h.ask(4*hour, workflows.UpdateRetry, operator()) // if it waits for a person by then

				p.pay(h)

				require.Equal(t, p.effects("transfer.applied"), p.effects("reversal.applied"))
				p.requireGivenBack(t, payout.Cancelled)
			})
		}
	})
}
