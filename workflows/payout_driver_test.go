package workflows_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

var payoutSequences = flag.Int("payout.sequences", 200, "how many sequences of events TestNoDeadEnds plays")

// driver plays events on one payout, and does what the runbook says when the payout needs
// attention. It is a person of operations, finance or the creator, by the reason.
type driver struct {
	payable
	t       *testing.T
	h       *history
	random  *rand.Rand
	played  []string
	kinds   *kinds
	planned []planned        // events of the next plan that are not drawn
	drained map[string]int64 // what was taken from a balance and not put back, by account
	missed  bool             // the last event did not apply
	// outside: two people have settled the payout outside, so the creator has the money.
	outside bool
	// restores: the database is lost, and a copy of it restored.
	restores bool
	// feeMinor is the fee of an instant payout.
	feeMinor int64
	// converts: the account has no bank account in dollars, so transfers become euros.
	converts bool
}

// onRecordNow is the payout, which may not have been reserved yet.
func (d *driver) onRecordNow() payouts.Detail {
	detail, err := d.store.Payouts.Get(d.t.Context(), d.payoutID)
	if !fault.Is(err, fault.NotFound) {
		require.NoError(d.t, err)
	}
	return detail
}

// simulate speaks to the simulator's control. It may refuse what does not apply.
func (d *driver) simulate(path, body string) {
	d.try(http.MethodPost, "/_sim"+path, "", "application/json", body)
}

func (d *driver) try(method, path, account, contentType, body string) {
	request, err := http.NewRequestWithContext(d.t.Context(), method, d.base+path, strings.NewReader(body))
	require.NoError(d.t, err)
	request.Header.Set("Authorization", "Bearer "+stripeKey)
	request.Header.Set("Content-Type", contentType)
	if account != "" {
		request.Header.Set("Stripe-Account", account)
	}
	response, err := http.DefaultClient.Do(request)
	if err == nil { // a scripted fault may hit it as well
		_ = response.Body.Close()
	}
}

func (d *driver) signal(name string) { d.h.SignalWorkflow(name, nil) }

// atStripe is the balance of an account by the simulator's control, which no fault hits.
func (d *driver) atStripe(account string) int64 {
	balances := d.call(d.t, http.MethodGet, "/_sim/state", "", "application/json", "")["balances"].(map[string]any)
	currency := d.currencyOf(account)
	held, ok := balances[account].(map[string]any)
	if !ok || held[currency] == nil {
		return 0
	}
	parts := held[currency].(map[string]any)
	return int64(parts["available_minor"].(float64)) + int64(parts["pending_minor"].(float64))
}

func (d *driver) connected() int64 { return d.atStripe(d.creator.account) }

// returned reports that the bank has returned the payout: the money is on the connected balance, or a
// person has reversed the transfer from there. What was taken from a balance counts as if it were there.
func (d *driver) returned() bool {
	held := func(account string) int64 { return d.atStripe(account) + d.drained[account] }
	return held(d.creator.account) > 0 || held(stripe.PlatformID) == platformMinor
}

func (d *driver) drain(account string, amountMinor int64) {
	if amountMinor <= 0 {
		d.missed = true
		return
	}
	d.drained[account] += amountMinor
	d.simulate("/accounts/"+account+"/adjust", fmt.Sprintf(`{"amount_minor":%d,"currency":%q}`, -amountMinor, d.currencyOf(account)))
}

func (d *driver) refill(account string) {
	if amountMinor := d.drained[account]; amountMinor > 0 {
		d.drained[account] = 0
		d.simulate("/accounts/"+account+"/adjust", fmt.Sprintf(`{"amount_minor":%d,"currency":%q}`, amountMinor, d.currencyOf(account)))
	}
}

func (d *driver) reverse(part int64, metadata map[string]string) {
	transferID := d.onRecordNow().TransferID
	if transferID == "" {
		d.missed = true
		return
	}
	form := url.Values{"amount": {fmt.Sprint(earnedMinor / part)}}
	for name, value := range metadata {
		form.Set("metadata["+name+"]", value)
	}
	d.try(http.MethodPost, "/v1/transfers/"+transferID+"/reversals", "", "application/x-www-form-urlencoded", form.Encode())
}

func (d *driver) bankPayout(step string) {
	if id := d.onRecordNow().BankPayoutID; id == "" {
		d.missed = true
	} else {
		d.try(http.MethodPost, "/v1/payouts/"+id+"/"+step, d.creator.account, "application/x-www-form-urlencoded", "")
	}
}

func (d *driver) force(step string) {
	if id := d.onRecordNow().BankPayoutID; id == "" {
		d.missed = true
	} else {
		d.simulate("/payouts/"+id+"/"+step, `{"failure_code":"account_closed"}`)
	}
}

func (d *driver) bank(number string) {
	form := bankForm(number)
	form.Set("default_for_currency", "true")
	d.abroad(form)
	d.try(http.MethodPost, "/v1/accounts/"+d.creator.account+"/external_accounts", "", "application/x-www-form-urlencoded", form.Encode())
}

func (d *driver) refuse(path string, status int, code string) {
	d.script(d.t, faults.Rule{Method: http.MethodPost, Path: path, Action: faults.Refuse, Status: status, Code: code, Count: faults.Forever})
}

func (d *driver) fault(method, path string, action faults.Action, count int) {
	d.script(d.t, faults.Rule{Method: method, Path: path, Action: action, Count: count})
}

func (d *driver) savedError() {
	d.script(d.t, faults.Rule{Method: http.MethodPost, Path: []string{"/v1/transfers", "/v1/payouts"}[d.random.IntN(2)], Action: faults.ServerError, Inside: true, AfterEffect: d.random.IntN(2) == 0})
}

// lose lets the worker die, or the workflow be terminated, at the next use of some activity.
func (d *driver) lose(ends bool) {
	steps := []string{
		"RecordIntent", "CreateTransfer", "RecordTransferred", "CreateBankPayout", "RecordBankPayoutAccepted", "GetBankPayout", "RecordBankPayoutPaid",
		"RecordBankPayoutFailed", "ParkPayout", "ReverseTransfer", "RecordReversed", "CancelPayout", "ReadTransfer", "ReadBalance", "RecordRefused",
	}
	d.mishaps.add(&mishap{activity: steps[d.random.IntN(len(steps))], when: moment(d.random.IntN(2)), times: 1, ends: ends})
}

// TestNoDeadEnds plays random sequences of events. Each ends with the payout paid, cancelled,
// returned or settled, and with the same money at Stripe and in the books. In one of five sequences
// the database is lost, and a copy from before is restored.
//
// The table hits names the kinds of events, and the constants after it the kinds of restores:
//   - the account is restricted, restored, or leaves (4)
//   - a balance is spent, swept, or below zero (3)
//   - a person reverses, cancels or retries in Stripe's dashboard, with commands or in Temporal (8)
//   - the bank refuses, confirms, or does not answer, or its account is replaced (6)
//   - Stripe refuses requests, for seven reasons (7)
//   - requests or answers are lost, saved as a 500, limited, or fail for a while; lists lag (8)
//   - webhooks come, or come twice (2)
//   - the worker dies, or the workflow is terminated (2)
//   - the database is restored to an earlier or a later copy, with and without an adoption (4)
//
// After 200 sequences each kind must have happened.
func TestNoDeadEnds(t *testing.T) {
	t.Parallel()
	seen := &kinds{count: map[string]int{}}
	t.Cleanup(func() { seen.requireAll(t) })

	for seed := range *payoutSequences {
		t.Run(fmt.Sprintf("sequence %d ends, equals Stripe, and the creator is paid", seed), func(t *testing.T) {
			t.Parallel()
			p := setupPayout(t, []string{goodBank, goodBank, noAccount, returning}[seed%4])
			d := &driver{payable: p, t: t, random: rand.New(rand.NewPCG(uint64(seed), 8)), drained: map[string]int64{}, kinds: seen, restores: seed%5 == 4}
			if seed%40 == 2 { // the bank refuses, so there is a connected balance for days
				d.planned = []planned{{2 * days, hitNamed(t, swept)}}
			}

			d.playToTheEnd()

			seen.end()
		})
	}
}

// playToTheEnd plays a random number of events.
func (d *driver) playToTheEnd() {
	d.t.Cleanup(func() {
		if d.t.Failed() {
			d.t.Log(strings.Join(d.played, "\n"))
		}
	})
	if d.restores {
		d.playRestored()
	} else {
		d.play(1 + d.random.IntN(hitsMax))
	}
	if d.returned() && d.onRecord(d.t).Status == payout.Paid {
		d.note(returnedLate)
		d.calm()
		d.play(0)
	}

	d.requireEqual()
	d.payTheRest()
}

// moments are when events happen after the start of the payout.
var moments = []time.Duration{
	20 * time.Second, 2 * time.Minute, 12 * time.Minute, hour, 5 * hour, 20 * hour, 30 * hour, 3 * days, 5 * days, 8 * days, 12 * days, 20 * days,
}

const (
	hitsMax      = 5
	attendEvery  = 12 * hour
	calmAfter    = 25 * days
	historiesMax = 8
)

// planned is an event and when it happens.
type planned struct {
	at time.Duration
	hit
}

// play runs the payout to its end. A terminated history is started again, as the watch over
// lost payouts does.
func (d *driver) play(hitCount int) {
	began, plan := d.clock.Now(), d.plan(hitCount)
	for range historiesMax {
		if d.playHistory(began, plan) {
			d.played = append(d.played, fmt.Sprintf("ended after %s", d.h.Now().Sub(began)))
			return
		}
		d.note(startedAgain)
	}
	require.Fail(d.t, "the payout was started again too often")
}

// plan draws events. One of them may happen before there is a history.
func (d *driver) plan(hitCount int) (plan []planned) {
	plan, d.planned = d.planned, nil
	for range hitCount {
		plan = append(plan, planned{moments[d.random.IntN(len(moments))], hits[d.random.IntN(len(hits))]})
	}
	if hitCount > 0 && d.random.IntN(3) == 0 { // before anything happens
		hits[d.random.IntN(len(hits)-8)].quiet(d)
	}
	return plan
}

// playHistory runs one history of the payout, and reports whether it has ended by itself.
func (d *driver) playHistory(began time.Time, plan []planned) (ended bool) {
	d.h = d.begin(d.t)
	age := d.h.Now().Sub(began)
	for _, next := range plan {
		if wait := next.at - age; wait > 0 {
			d.h.at(wait, func() { next.play(d, next.at.String()) })
		}
	}
	for wait := attendEvery; wait < 120*days; wait += attendEvery {
		d.h.at(wait, func() { d.attend() })
	}
	d.h.at(max(time.Second, calmAfter-age), func() {
		d.played = append(d.played, "calm")
		d.calm()
	})
	d.h.SetWorkflowRunTimeout(200 * days)
	d.h.ExecuteWorkflow(workflows.CreatorPayout, d.input)
	err := d.h.GetWorkflowError()
	if err != nil && !strings.Contains(err.Error(), terminated) {
		require.NoError(d.t, err)
	}
	return err == nil
}

// quiet plays a hit before there is a history.
func (x hit) quiet(d *driver) {
	d.h = d.begin(d.t)
	x.play(d, "before")
}

// requireEqual says that the payout has ended, and that Stripe and the books agree.
func (d *driver) requireEqual() {
	d.calm()
	seen := d.onRecord(d.t)
	require.Contains(d.t, []payout.Status{payout.Paid, payout.Cancelled, payout.Returned, payout.Settled}, seen.Status)
	require.Empty(d.t, seen.AttentionReason)
	available, paid, earnedFee := earnedMinor, int64(0), int64(0)
	if seen.Status == payout.Paid || seen.Status == payout.Settled {
		available, paid = d.feeMinor, seen.AmountMinor
	}
	if seen.Status == payout.Paid && seen.FallbackCode == "" {
		available, earnedFee = 0, d.feeMinor
	}
	require.Equal(d.t, earnedMinor, available+paid+earnedFee)
	require.Equal(d.t, earnedFee, d.balance(d.t, ledger.PlatformFees), "the fee")
	d.requireConversions(paid)
	d.requireAt(d.t, available, 0, 0)
}

// payTheRest pays the creator what the next run finds, with an account that works.
func (d *driver) payTheRest() {
	if status := d.onRecord(d.t).Status; status == payout.Paid || status == payout.Settled {
		return
	}
	d.bank(goodBank)
	runID, err := d.store.Payouts.OpenRun(d.t.Context(), names.PayoutRunID("2026-W09", 1), "2026-W09", d.clock.Now())
	require.NoError(d.t, err)
	next := d.payable
	next.payoutID = names.PayoutID(runID, d.creator.id, "USD")
	next.input.PayoutID, next.input.RunID, next.input.Instant = next.payoutID, runID, nil
	d.mishaps.clear()

	result := next.pay(next.begin(d.t))

	require.Equal(d.t, payout.Paid, result.Status)
	d.requireAt(d.t, 0, 0, 0)
}
