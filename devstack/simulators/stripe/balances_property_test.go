package stripe_test

import (
	"fmt"
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"
	"pgregory.net/rapid"

	stripesim "github.com/creditroll/creditroll/devstack/simulators/stripe"
)

// everything is what /_sim/state has about money and its causes.
type everything struct {
	Balances  map[string]map[string]map[string]int64 `json:"balances"`
	Movements []struct {
		ID         string   `json:"id"`
		Account    string   `json:"account"`
		Currency   string   `json:"currency"`
		Status     string   `json:"status"`
		Type       string   `json:"type"`
		Source     string   `json:"source"`
		Amount     int64    `json:"amount"`
		Fee        int64    `json:"fee"`
		Net        int64    `json:"net"`
		Rate       *float64 `json:"exchange_rate"`
		FeeDetails []struct {
			Amount   int64  `json:"amount"`
			Currency string `json:"currency"`
		} `json:"fee_details"`
	} `json:"balance_transactions"`
	Charges   []cause `json:"charges"`
	Refunds   []cause `json:"refunds"`
	Disputes  []cause `json:"disputes"`
	Transfers []cause `json:"transfers"`
	Reversals []cause `json:"reversals"`
	Payouts   []cause `json:"payouts"`
	Topups    []cause `json:"topups"`
	Reserves  []cause `json:"reserves"`
}

// cause is an object that moved money.
type cause struct {
	ID       string `json:"id"`
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	Status   string `json:"status"`
}

func (b *bundle) everything() everything {
	b.t.Helper()
	var found everything
	b.control(http.MethodGet, "state", nil, &found)
	return found
}

// requireSums checks that each balance is the sum of its balance transactions, that each of these
// adds up, and that what was converted is worth its source at the rate that it names.
func (e everything) requireSums(t *rapid.T) {
	causes := map[string]cause{}
	for _, all := range [][]cause{e.Charges, e.Refunds, e.Disputes, e.Transfers, e.Reversals, e.Payouts, e.Topups, e.Reserves} {
		for _, each := range all {
			causes[each.ID] = each
		}
	}
	sums := map[string]int64{}
	for _, m := range e.Movements {
		sums[m.Account+" "+m.Currency+" "+m.Status] += m.Net
		feesMinor := int64(0)
		for _, line := range m.FeeDetails {
			require.Equal(t, m.Currency, line.Currency, m.ID)
			feesMinor += line.Amount
		}
		require.Equal(t, m.Fee, feesMinor, m.ID)
		require.Equal(t, m.Amount-m.Fee, m.Net, m.ID)
		source, known := causes[m.Source]
		require.Equal(t, m.Source != "", known, "%s of %s", m.Type, m.Source)
		if !known || m.Type == stripesimReserved {
			continue
		}
		worth := float64(source.Amount)
		if m.Rate != nil {
			require.NotEqual(t, source.Currency, m.Currency, m.ID)
			worth *= *m.Rate
		} else {
			require.Equal(t, source.Currency, m.Currency, m.ID)
		}
		require.InDelta(t, worth, math.Abs(float64(m.Amount)), 1, "%s of %s", m.Type, m.Source)
	}
	for account, byCurrency := range e.Balances {
		for currency, balance := range byCurrency {
			require.Equal(t, sums[account+" "+currency+" available"], balance["available_minor"], "%s %s", account, currency)
			require.Equal(t, sums[account+" "+currency+" pending"], balance["pending_minor"], "%s %s", account, currency)
			delete(sums, account+" "+currency+" available")
			delete(sums, account+" "+currency+" pending")
		}
	}
	require.Empty(t, sums, "movements without a balance")
}

// stripesimReserved moves parts of its source, when a reserve is released bit by bit.
const stripesimReserved = "reserved_funds"

func TestBalances(t *testing.T) {
	t.Parallel()
	b := setup(t, converting, func(o *stripesim.Options) {
		production := stripesim.Production()
		production.Seed, production.Now, production.WebhookBackoff = o.Seed, o.Now, o.WebhookBackoff
		*o = production
		o.BankDebitAfter, o.RefundTransit, o.PayoutTransit, o.PayoutReturnAfter = 2*aDay, aDay, 2*aDay, 3*aDay
		o.TopupTransit, o.AvailableAfter, o.PlatformBanks = 3*aDay, aDay, []string{"gbp"}
		o.FeeTaxBasisPoints = 700
	})
	seen := map[string]bool{}

	rapid.Check(t, func(rt *rapid.T) {
		b.control(http.MethodPost, "reset", nil, nil)
		a := actor{b, rt, []string{
			b.creatorIn("US", "usd"), b.creatorIn("DE", "eur"), b.creatorIn("GB", "gbp"), b.creatorIn("JP", "jpy"), b.creatorIn("DE", "usd"),
		}}
		a.refill()
		for range rapid.IntRange(1, 20).Draw(rt, "steps") {
			rapid.SampledFrom(a.steps()).Draw(rt, "step").run()

			now := b.everything()
			now.requireSums(rt)
			for _, m := range now.Movements {
				seen[m.Type] = true
			}
		}
	})

	for _, kind := range []string{"charge", "transfer", "payout", "stripe_fee", "topup", "reserved_funds"} {
		require.True(t, seen[kind], "no step made a %s", kind)
	}
}

// actor plays one step. Refusals are part of the game.
type actor struct {
	*bundle
	rt       *rapid.T
	accounts []string
}

type step struct {
	name string
	run  func()
}

func (s step) String() string { return s.name }

func (a actor) pick(label string, from ...string) string {
	return rapid.SampledFrom(from).Draw(a.rt, label)
}

func (a actor) amount() int64 { return rapid.Int64Range(1, 900_00).Draw(a.rt, "amount") }

// one draws one of the objects; the zero value if there are none.
func (a actor) one(from []cause) cause {
	if len(from) == 0 {
		return cause{ID: "none"}
	}
	return from[rapid.IntRange(0, len(from)-1).Draw(a.rt, "object")]
}

func (a actor) steps() []step {
	currencies, account := []string{"usd", "eur", "gbp", "jpy", "kwd"}, a.pick("account", a.accounts...)
	return []step{
		{"charge", func() {
			params := intentParams(a.amount()*10, a.pick("method", "pm_card_visa", "pm_card_bypassPending", "pm_card_refundFail", "pm_card_pendingRefund", "pm_usBankAccount"))
			params.Currency = stripe.String(a.pick("currency", currencies...))
			_, _ = a.api.PaymentIntents.New(params)
		}},
		{"transfer", func() {
			params := transferParams(a.amount(), account)
			params.Currency = stripe.String(a.pick("currency", "usd", "gbp"))
			_, _ = a.api.Transfers.New(params)
		}},
		{"reverse", func() {
			a.tryControl("transfers/"+a.one(a.everything().Transfers).ID+"/reverse", map[string]any{"amount_minor": a.amount() / 10})
		}},
		{"refund", func() {
			_, _ = a.api.Refunds.New(&stripe.RefundParams{Charge: stripe.String(a.one(a.everything().Charges).ID)})
		}},
		{"dispute", func() {
			a.tryControl("disputes", map[string]any{"charge": a.one(a.everything().Charges).ID})
			a.tryControl("disputes/"+a.one(a.everything().Disputes).ID+"/"+a.pick("end", "win", "lose"), nil)
		}},
		{"payout of an account", func() { a.tryControl("accounts/"+account+"/payout", nil) }},
		{"payout of the platform", func() {
			_, _ = a.api.Payouts.New(&stripe.PayoutParams{Amount: stripe.Int64(a.amount()), Currency: stripe.String(a.pick("currency", "usd", "gbp"))})
		}},
		{"payout ends otherwise", func() {
			a.tryControl("payouts/"+a.one(a.everything().Payouts).ID+"/"+a.pick("end", "fail", "cancel", "pay"), nil)
		}},
		{"top-up", func() {
			params := topupParams(a.amount())
			if rapid.Bool().Draw(a.rt, "fails") {
				params.Source = stripe.String("btok_us_verified_noAccount")
			}
			_, _ = a.api.Topups.New(params)
		}},
		{"top-up ends otherwise", func() {
			a.tryControl("topups/"+a.one(a.everything().Topups).ID+"/"+a.pick("end", "succeed", "fail", "cancel", "reverse"), nil)
		}},
		{"fee", func() { a.tryControl("fees/charge", map[string]any{"amount_minor": a.amount() / 100}) }},
		{"reserve", func() {
			a.tryControl("reserves", map[string]any{"amount_minor": a.amount(), "currency": a.pick("currency", currencies...)})
			a.tryControl("reserves/"+a.one(a.everything().Reserves).ID+"/release", map[string]any{"amount_minor": a.amount() / 2})
		}},
		{"rates", func() {
			permille := rapid.IntRange(700, 1_300).Draw(a.rt, "rate")
			a.rate(a.pick("currency", "eur", "gbp"), fmt.Sprintf("%d.%03d", permille/1_000, permille%1_000))
		}},
		{"conversion", func() {
			a.control(http.MethodPost, "conversion", map[string]any{"enabled": rapid.IntRange(0, 9).Draw(a.rt, "on") > 0, "transfer_fee_listed": rapid.Bool().Draw(a.rt, "listed")}, nil)
		}},
		{"time", func() { a.sim.Advance(time.Duration(rapid.IntRange(1, 100).Draw(a.rt, "hours")) * time.Hour) }},
		{"month", func() { a.sim.Advance(31 * aDay); a.refill() }},
	}
}

// refill gives the platform money to move. Its schedule has sent the balance to the bank.
func (a actor) refill() {
	var made struct{ ID string }
	a.control(http.MethodPost, "topups", map[string]any{"amount_minor": 100_000_00}, &made)
	a.control(http.MethodPost, "topups/"+made.ID+"/succeed", nil, nil)
}
