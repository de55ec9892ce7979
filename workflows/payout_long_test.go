package workflows_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/killswitch"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// The limits of a payout that needs attention for a quarter of a year.
const (
	longWait    = 90 * days
	callsMax    = 200
	eventsOfOne = 2_000
)

// noiseEvery is how often money becomes available on the account, which changes nothing for the
// payout. Other events of the account that change nothing are not passed on.
const noiseEvery = 6 * hour

// lasting is a cause that lasts. reason is what the payout waits for at the end.
type lasting struct {
	reason payout.Reason
	name   string
	bank   string
	before func(t *testing.T, p payable)
	during func(t *testing.T, p payable, h *history)
}

func refuse(path string, status int, code string) func(*testing.T, payable) {
	return func(t *testing.T, p payable) {
		t.Helper()
		p.script(t, faults.Rule{Method: http.MethodPost, Path: path, Action: faults.Refuse, Status: status, Code: code, Count: faults.Forever})
	}
}

func silent(method, path string, action faults.Action) func(*testing.T, payable) {
	return func(t *testing.T, p payable) {
		t.Helper()
		p.script(t, faults.Rule{Method: method, Path: path, Action: action, Status: http.StatusServiceUnavailable, Count: faults.Forever})
	}
}

func override(body string) func(*testing.T, payable) {
	return func(t *testing.T, p payable) {
		t.Helper()
		p.control(t, "/accounts/"+p.creator.account, body)
	}
}

var lastingCauses = []lasting{
	{reason: payout.AccountNotVerified, before: func(t *testing.T, p payable) { p.unverify(t) }},
	{reason: payout.AccountNotVerified, name: "by the refusal of a bank payout", before: refuse("/v1/payouts", 400, "transfers_not_allowed")},
	{reason: payout.AccountDisabled, before: override(`{"disabled_reason":"rejected.fraud"}`)},
	{reason: payout.AccountDisconnected, before: func(t *testing.T, p payable) { p.control(t, "/accounts/"+p.creator.account+"/deauthorize", `{}`) }},
	{reason: payout.AccountDisconnected, name: "by the refusal of a bank payout", before: refuse("/v1/payouts", 403, "account_invalid")},
	{reason: payout.AccountUnreadable, before: silent(http.MethodGet, "/v1/accounts/*", faults.ServerError)},
	{reason: payout.AccountUnreadable, name: "because the processor is away", before: silent("", "/v1/**", faults.ServerError)},
	{reason: payout.PayoutsDisabled, before: override(`{"payouts_enabled":false}`)},
	{reason: payout.ScheduleNotManual, before: func(t *testing.T, p payable) { p.setSchedule(t, "daily") }},
	{reason: payout.BankAccountMissing, before: refuse("/v1/payouts", 400, "bank_account_missing")},
	{reason: payout.CurrencyNotSettled, before: func(t *testing.T, p payable) { p.settleWithoutBank(t) }},
	{reason: payout.CountryNotSupported, before: refuse("/v1/transfers", 400, "country_unsupported")},
	{reason: payout.BalanceNegative, before: func(t *testing.T, p payable) { p.adjust(t, -700) }},
	{reason: payout.AboveBankMaximum, before: refuse("/v1/payouts", 400, "amount_too_large")},
	{reason: payout.AccountBusy, before: func(t *testing.T, p payable) {
		_, err := p.store.Payouts.RecordIntent(t.Context(), p.anotherPayout(t), payout.Transfer, 0, p.clock.Now())
		require.NoError(t, err)
	}},
	{reason: payout.CreatorFrozen, before: func(t *testing.T, p payable) {
		_, err := p.store.Clips.Freeze(t.Context(), p.creator.id, access.OperatorAction{ID: uuid.NewString(), Actor: "user-finance", Reason: "we ask the creator"})
		require.NoError(t, err)
	}},
	{reason: payout.PayoutsPaused, before: func(t *testing.T, p payable) {
		require.NoError(t, p.store.Edge.SetSwitch(t.Context(), killswitch.Switch{Name: killswitch.Payouts, Off: true, Actor: "user-finance", Reason: "we look"}, p.clock.Now()))
	}},
	{reason: payout.PlatformBalance, before: func(t *testing.T, p payable) {
		p.control(t, "/accounts/"+stripe.PlatformID+"/adjust", `{"amount_minor":-100000,"currency":"usd"}`)
	}},
	{reason: payout.ConnectedBalance, before: refuse("/v1/payouts", 400, "balance_insufficient"), during: func(t *testing.T, p payable, h *history) {
		h.at(30*time.Second, func() { p.adjust(t, -earnedMinor) }) // before the second try
	}},
	{reason: payout.BankAccountRejected, bank: noAccount},
	{reason: payout.BankAccountRejected, name: "by the refusal of a bank payout", before: refuse("/v1/payouts", 400, "bank_account_unusable")},
	{reason: payout.BankPayoutLate, during: func(t *testing.T, p payable, h *history) {
		h.at(hour, func() { p.control(t, "/payouts/"+p.onRecord(t).BankPayoutID+"/hold", `{}`) })
	}},
	{reason: payout.BankPayoutUnread, during: func(t *testing.T, p payable, h *history) {
		h.at(hour, func() { p.control(t, "/accounts/"+p.creator.account+"/deauthorize", `{}`) })
	}},
	{reason: payout.BankPayoutUnread, name: "because the processor is away", during: func(t *testing.T, p payable, h *history) {
		h.at(hour, func() { silent("", "/v1/**", faults.ServerError)(t, p) })
	}},
	{reason: payout.OutcomeUnknown, before: func(t *testing.T, p payable) { p.neverAnswers(t) }},
	{reason: payout.OutcomeUnknown, name: "while lists cannot be read", before: func(t *testing.T, p payable) {
		p.neverAnswers(t)
		silent(http.MethodGet, "/v1/transfers", faults.ServerError)(t, p)
	}},
	{reason: payout.RefusedByStripe, before: refuse("/v1/transfers", 400, "parameter_unknown")},
	{reason: payout.RefusedByStripe, name: "of the bank payout", before: refuse("/v1/payouts", 400, "parameter_unknown")},
	{reason: payout.CredentialsRejected, before: refuse("/v1/transfers", 401, "")},
	{reason: payout.ReversalRefused, bank: noAccount, during: func(t *testing.T, p payable, h *history) {
		h.at(3*days, func() { p.adjust(t, -earnedMinor) })
		h.ask(3*days+time.Minute, workflows.UpdateCancel, operator())
	}},
	{reason: payout.PartlyReversed, bank: noAccount, during: func(t *testing.T, p payable, h *history) {
		h.at(3*days, func() {
			p.reverseByHand(t, 1_000, nil)
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})
	}},
}

// notLasting are the reasons for which no payout waits that long.
var notLasting = []payout.Reason{
	payout.BelowBankMinimum,     // the money returns at once
	payout.ProcessorUnavailable, // is AccountUnreadable after a day
	payout.BankPayoutCanceled,   // is sent again after a day
	payout.UnforeseenRefusal,    // reads nothing until a person has acted
	payout.ProcessLost,          // no workflow runs
}

// settleWithoutBank gives the creator an account in Germany, whose own currency is the euro, with a bank
// account in pounds only.
func (p payable) settleWithoutBank(t *testing.T) {
	t.Helper()
	abroad := p.creatorAbroad(t, "DE", "GBP", goodBank)
	p.disturb(t, "UPDATE creators SET payout_account = NULL WHERE id = $1", abroad.id)
	p.disturb(t, "UPDATE creators SET payout_account = $1 WHERE id = $2", abroad.account, p.creator.id)
}

// tally counts what a history of the server would contain.
type tally struct{ activities, local, timers, signals int }

func (h *history) tally() *tally {
	counted := &tally{}
	h.SetOnActivityStartedListener(func(*activity.Info, context.Context, converter.EncodedValues) { counted.activities++ })
	h.SetOnLocalActivityStartedListener(func(*activity.Info, context.Context, []any) { counted.local++ })
	h.SetOnTimerScheduledListener(func(string, time.Duration) { counted.timers++ })
	return counted
}

// events is the number of events: an activity has three, a timer two, and each of these and a
// signal has a workflow task of three.
func (c tally) events() int { return 6*c.activities + c.local + 5*c.timers + 4*c.signals }

func TestPayoutThatWaitsForAQuarter(t *testing.T) {
	t.Parallel()

	t.Run("has every reason in this test", func(t *testing.T) {
		t.Parallel()
		covered := slices.Clone(notLasting)
		for _, each := range lastingCauses {
			covered = append(covered, each.reason)
		}
		require.Subset(t, covered, payout.Reasons())
	})

	for _, each := range lastingCauses {
		t.Run("calls Stripe rarely for "+strings.TrimSpace(string(each.reason)+" "+each.name), func(t *testing.T) {
			t.Parallel()
			if each.bank == "" {
				each.bank = goodBank
			}
			p := setupPayout(t, each.bank)
			p.input.Policy = payout.DefaultPolicy()
			p.input.Policy.ReturnDeadline = 0 // no deadline ends the wait
			if each.before != nil {
				each.before(t, p)
			}
			h := p.begin(t)
			h.SetWorkflowRunTimeout(longWait)
			counted := h.tally()
			if each.during != nil {
				each.during(t, p, h)
			}
			for at := noiseEvery / 2; at < longWait; at += noiseEvery {
				h.at(at, func() {
					counted.signals++
					h.SignalWorkflow(workflows.SignalAccountEvent, nil)
				})
			}
			before := p.requests("/v1/")

			h.ExecuteWorkflow(workflows.CreatorPayout, p.input)

			t.Logf("%d calls to Stripe, %d activities, %d local, %d timers, %d signals: %d events", p.requests("/v1/")-before, counted.activities, counted.local, counted.timers, counted.signals, counted.events())
			require.ErrorContains(t, h.GetWorkflowError(), "deadline exceeded", "it waits")
			seen := p.onRecord(t)
			requireParked(t, &seen, each.reason)
			require.LessOrEqual(t, p.requests("/v1/")-before, callsMax)
			historiesMax := 2
			if each.reason == payout.CreatorFrozen || each.reason == payout.PayoutsPaused || each.reason == payout.AccountBusy {
				historiesMax = 12 // what the books say is read every hour
			}
			require.Less(t, counted.events(), historiesMax*eventsOfOne)
		})
	}
}

func TestNewsOfAParkedPayout(t *testing.T) {
	t.Parallel()

	t.Run("is read at once whenever the account has changed", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.unverify(t)
		h := p.begin(t)
		counts := h.countActivities()
		var read []int
		for _, at := range []time.Duration{5 * time.Minute, 6 * time.Minute, 7 * time.Minute} {
			h.at(at, func() { h.SignalWorkflow(workflows.SignalAccountChanged, nil) })
			h.at(at+time.Second, func() { read = append(read, counts["CheckAccount"]) })
		}
		h.at(80*days, func() {
			p.verify(t)
			h.SignalWorkflow(workflows.SignalAccountChanged, nil)
		})
		gone := p.look(h, 80*days+time.Minute)

		p.pay(h)

		require.Equal(t, []int{2, 3, 4}, read, "the gate and each event")
		require.Equal(t, payout.PayingOut, gone.Status)
		p.requirePaidOnce(t)
	})

	t.Run("is read at once, and the same news again rarely, when money becomes available", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.unverify(t)
		h := p.begin(t)
		counts := h.countActivities()
		var read []int
		for _, at := range []time.Duration{5 * time.Minute, 6 * time.Minute, 7 * time.Minute} {
			h.at(at, func() { h.SignalWorkflow(workflows.SignalAccountEvent, nil) })
			h.at(at+time.Second, func() { read = append(read, counts["CheckAccount"]) })
		}
		h.at(8*time.Minute, func() { p.verify(t) })
		gone := p.look(h, 21*time.Minute)

		p.pay(h)

		require.Equal(t, []int{2, 2, 2}, read, "the gate and the first event")
		require.Equal(t, payout.PayingOut, gone.Status, "an event that was not read at once is read within the interval")
		p.requirePaidOnce(t)
	})

	t.Run("does not send a bank payout again on the day on which a person has cancelled it", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		h := p.begin(t)
		h.at(hour, func() {
			p.bankPayoutStep(t, "cancel")
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})
		h.at(2*hour, func() { h.SignalWorkflow(workflows.SignalAccountEvent, nil) })
		parked := p.look(h, 24*hour)

		p.pay(h)

		requireParked(t, parked, payout.BankPayoutCanceled)
		require.Equal(t, 2, p.effects("payout.applied"))
		p.requirePaidOnce(t)
	})

	t.Run("is read soon again if Stripe did not answer", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		refuse("/v1/payouts", 400, "transfers_not_allowed")(t, p)
		h := p.begin(t)
		h.at(80*days, func() {
			p.sim.Faults().Remove("")
			p.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/transfers/*", Action: faults.ServerError, Count: 2})
			h.SignalWorkflow(workflows.SignalAccountChanged, nil)
		})
		parked, paying := p.look(h, 79*days), p.look(h, 80*days+hour)

		p.pay(h)

		requireParked(t, parked, payout.AccountNotVerified)
		require.Equal(t, payout.PayingOut, paying.Status)
		p.requirePaidOnce(t)
	})

	t.Run("of the platform's balance never comes, so it is read every day", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.input.Policy = payout.DefaultPolicy()
		fill := func(amount string) {
			p.control(t, "/accounts/"+stripe.PlatformID+"/adjust", `{"amount_minor":`+amount+`,"currency":"usd"}`)
		}
		fill("-100000")
		h := p.begin(t)
		h.at(80*days, func() { fill("100000") })
		parked, paying := p.look(h, 80*days), p.look(h, 81*days+hour)

		p.pay(h)

		requireParked(t, parked, payout.PlatformBalance)
		require.NotEqual(t, payout.NeedsAttention, paying.Status)
		p.requirePaidOnce(t)
	})

	t.Run("and a request of a person during a look are not lost while the history is long", func(t *testing.T) {
		t.Parallel()
		for name, say := range map[string]func(h *history){
			"a request": func(h *history) { h.update(&answer{}, workflows.UpdateRetry, operator()) },
			"a signal":  func(h *history) { h.SignalWorkflow(workflows.SignalAccountChanged, nil) },
		} {
			p := setupPayout(t, goodBank)
			p.unverify(t)
			h := p.begin(t)
			var looks []time.Time
			h.onStarted(func(activityType string) {
				if activityType != "CheckAccount" {
					return
				}
				if looks = append(looks, h.Now()); len(looks) == 2 { // the first one after the gate
					h.SetContinueAsNewSuggested(true)
					say(h)
				}
			})

			h.ExecuteWorkflow(workflows.CreatorPayout, p.input)

			require.GreaterOrEqual(t, len(looks), 3, name)
			require.Less(t, looks[2].Sub(looks[1]), time.Minute, "%s causes the next look, and not the end of the next wait", name)
		}
	})

	t.Run("continues as new before its history is long, and waits on", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.unverify(t)
		h := p.begin(t)
		h.SetCurrentHistoryLength(eventsOfOne - 499)
		h.at(hour, func() { h.SignalWorkflow(workflows.SignalAccountChanged, nil) })

		h.ExecuteWorkflow(workflows.CreatorPayout, p.input)

		var next *workflow.ContinueAsNewError
		require.ErrorAs(t, h.GetWorkflowError(), &next)
		p.verify(t)
		p.pay(p.begin(t))
		p.requirePaidOnce(t)
	})
}

// bankPayoutStep has a person act on the bank payout in the processor's dashboard.
func (p payable) bankPayoutStep(t *testing.T, step string) {
	t.Helper()
	p.control(t, "/payouts/"+p.onRecord(t).BankPayoutID+"/"+step, `{}`)
}

// requests counts the requests that Stripe has received for a path.
func (w *world) requests(prefix string) int {
	count := 0
	for _, entry := range w.sim.Journal().Entries(0, faults.KindRequest) {
		if strings.HasPrefix(entry.Path, prefix) {
			count++
		}
	}
	return count
}
