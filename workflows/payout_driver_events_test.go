package workflows_test

import (
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/workflows"
)

// hit is something that the outside world, a person or a machine does to a payout.
type hit struct {
	name string
	do   func(d *driver)
}

// swept seldom applies when it is drawn, so some sequences plan it.
const swept = "the connected balance is swept"

func hitNamed(t *testing.T, name string) hit {
	t.Helper()
	at := slices.IndexFunc(hits, func(each hit) bool { return each.name == name })
	require.GreaterOrEqual(t, at, 0)
	return hits[at]
}

// play plays a hit, and counts it if it applied.
func (x hit) play(d *driver, when string) {
	d.missed = false
	d.played = append(d.played, when+": "+x.name)
	x.do(d)
	if !d.missed {
		d.kinds.add(x.name)
	}
}

// note keeps an event that is not a hit.
func (d *driver) note(kind string) {
	d.played = append(d.played, kind)
	d.kinds.add(kind)
}

// The other kinds of events: what follows from the hits, and the restore.
const (
	settledOutside  = "two people settle the payout outside"
	returnedLate    = "reconciliation finds that the bank returned it, and starts the payout again"
	startedAgain    = "the watch over lost payouts starts it again"
	restoredEarly   = "the database is restored to a copy from before the payout"
	restoredMidway  = "the database is restored to a copy from the middle of the payout"
	adopted         = "an adoption takes the payout up"
	reversedTheRest = "a person reverses the rest, because the list of adoptable payouts says so"
	nothingToTakeUp = "nothing is to adopt after the restore"
)

// kindsMin is how many kinds of events the sequences must have at least.
const kindsMin = 25

// kinds counts which events have happened in all sequences.
type kinds struct {
	mu    sync.Mutex
	count map[string]int
	ended int
}

func (k *kinds) add(kind string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.count[kind]++
}

func (k *kinds) end() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ended++
}

// enoughSequences is how many sequences are sure to have all kinds.
const enoughSequences = 200

// requireAll says that each kind of event has happened. A run of a few sequences may lack some.
func (k *kinds) requireAll(t *testing.T) {
	t.Helper()
	if k.ended < enoughSequences {
		return
	}
	all := []string{restoredEarly, restoredMidway, adopted, nothingToTakeUp}
	for _, hit := range hits {
		all = append(all, hit.name)
	}
	require.GreaterOrEqual(t, len(all), kindsMin)
	for _, kind := range all {
		t.Logf("%4d %s", k.count[kind], kind)
		assert.Positive(t, k.count[kind], "%s: never in %d sequences", kind, k.ended)
	}
}

// hits are the kinds of events that are drawn. Each of them stops when it does not apply.
var hits = []hit{
	{"the account loses its verification", func(d *driver) { d.unverify(d.t) }},
	{"the account loses its payouts", func(d *driver) { d.simulate("/accounts/"+d.creator.account, `{"payouts_enabled":false}`) }},
	{"the account is verified again", func(d *driver) { d.verify(d.t); d.signal(workflows.SignalAccountChanged) }},
	{"the account leaves", func(d *driver) { d.simulate("/accounts/"+d.creator.account+"/deauthorize", "{}") }},
	{"the platform's balance is spent", func(d *driver) { d.drain(stripe.PlatformID, d.atStripe(stripe.PlatformID)) }},
	{swept, func(d *driver) { d.drain(d.creator.account, d.connected()) }},
	{"the connected balance goes below zero", func(d *driver) { d.drain(d.creator.account, d.connected()+2_000) }},
	{"a person reverses the transfer", func(d *driver) { d.reverse(1, nil) }},
	{"a person reverses a part of the transfer", func(d *driver) { d.reverse(3, nil) }},
	{"a person reverses with our metadata", func(d *driver) {
		d.reverse(1, map[string]string{"payout_id": d.payoutID, "generation": "1"})
	}},
	{"a person cancels the bank payout", func(d *driver) { d.bankPayout("cancel") }},
	{"the bank refuses the payout", func(d *driver) { d.force("fail") }},
	{"the bank does not answer", func(d *driver) { d.force("hold") }},
	{"lists lag behind", func(d *driver) { d.simulate("/lists", `{"lag":"10m"}`) }},
	{"the bank confirms the payout at once", func(d *driver) { d.force("pay") }},
	{"the bank account is replaced by one that does not work", func(d *driver) { d.bank(noAccount) }},
	{"the bank account is replaced by one that returns", func(d *driver) { d.bank(returning) }},
	{"the bank account is replaced by one that works", func(d *driver) { d.bank(goodBank); d.signal(workflows.SignalBankAccountChanged) }},
	{"the bank account is replaced by one that works, and the event is lost", func(d *driver) { d.bank(goodBank) }},
	{"transfers are refused without a code", func(d *driver) { d.refuse("/v1/transfers", 400, "") }},
	{"the destination is unknown", func(d *driver) { d.refuse("/v1/transfers", 400, "resource_missing") }},
	{"bank payouts are refused as too small", func(d *driver) { d.refuse("/v1/payouts", 400, "amount_too_small") }},
	{"bank payouts are refused as too large", func(d *driver) { d.refuse("/v1/payouts", 400, "amount_too_large") }},
	{"instant bank payouts are refused", func(d *driver) {
		d.script(d.t, faults.Rule{Method: http.MethodPost, Path: "/v1/payouts", Contains: "method=instant", Action: faults.Refuse, Code: "instant_payouts_limit_exceeded", Count: faults.Forever})
	}},
	{"bank payouts are refused for the account", func(d *driver) { d.refuse("/v1/payouts", 403, "account_invalid") }},
	{"the API key is refused", func(d *driver) { d.refuse("", 401, "") }},
	{"transfers are lost before Stripe reads them", func(d *driver) { d.fault(http.MethodPost, "/v1/transfers", faults.ResetBefore, 8) }},
	{"answers about transfers are lost", func(d *driver) { d.fault(http.MethodPost, "/v1/transfers", faults.ResetAfter, 8) }},
	{"answers about bank payouts are lost", func(d *driver) { d.fault(http.MethodPost, "/v1/payouts", faults.ResetAfter, 8) }},
	{"a 500 is saved under the key", func(d *driver) { d.savedError() }},
	{"Stripe limits the rate", func(d *driver) { d.fault("", "", faults.RateLimit, 12) }},
	{"Stripe is down", func(d *driver) { d.fault("", "", faults.ServerError, 40) }},
	{"nothing can be read for a while", func(d *driver) { d.fault(http.MethodGet, "/v1/**", faults.ServerError, 60) }},
	{"a webhook comes", func(d *driver) { d.signal(workflows.SignalStripeChanged) }},
	{"webhooks come twice", func(d *driver) {
		d.signal(workflows.SignalStripeChanged)
		d.signal(workflows.SignalAccountChanged)
		d.signal(workflows.SignalStripeChanged)
	}},
	{"a person cancels", func(d *driver) { d.h.update(&answer{}, workflows.UpdateCancel, operator()) }},
	{"a person retries", func(d *driver) { d.h.update(&answer{}, workflows.UpdateRetry, operator()) }},
	{"a person names an object that is not there", func(d *driver) {
		who := operator()
		who.Evidence = "tr_made_up"
		d.h.update(&answer{}, workflows.UpdateResolve, who)
	}},
	{"the workflow is cancelled in the Temporal UI", func(d *driver) { d.h.CancelWorkflow() }},
	{"the worker dies in a step", func(d *driver) { d.lose(false) }},
	{"the workflow is terminated in a step", func(d *driver) { d.lose(true) }},
}
