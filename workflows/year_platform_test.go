package workflows_test

import (
	"fmt"
	"strings"

	"github.com/stretchr/testify/require"

	simulator "github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

const (
	cushionMinor = 50_000  // below it, finance pays capital in
	capitalMinor = 100_000 // how much
)

func (y *year) topUp(currency money.Currency, amountMinor int64) string {
	y.note("top-up of %d %s", amountMinor, currency)
	return y.call(y.t, "POST", "/_sim/topups", "", "application/json", fmt.Sprintf(`{"amount_minor":%d,"currency":%q}`, amountMinor, onWire(currency)))["id"].(string)
}

func onWire(currency money.Currency) string { return strings.ToLower(string(currency)) }

// cover is what is owed and held in a currency, as the last comparison has it.
func (y *year) cover(currency money.Currency) ledger.Cover {
	covers, err := y.store.Reconciliation.ListCover(y.t.Context())
	require.NoError(y.t, err)
	for _, cover := range covers {
		if cover.Currency == currency {
			return cover
		}
	}
	return ledger.Cover{}
}

// keepCovered is what finance does on Monday: it pays in what the check of solvency names, and more if the
// platform's own money runs low. Only a person can do that.
func (y *year) keepCovered() {
	paidIn := false
	for _, currency := range yearCurrencies {
		cover := y.cover(currency)
		if ownMinor := cover.SureMinor() - cover.OwedMinor(); ownMinor < cushionMinor {
			y.topUp(currency, cover.SureGapMinor()+capitalMinor)
			paidIn = true
		}
	}
	if !paidIn {
		return
	}
	y.pass(2 * hour)
	for _, currency := range yearCurrencies {
		require.Zero(y.t, y.cover(currency).GapMinor(), "after the gap in %s was paid in", currency)
	}
}

// ownMinor is what the platform may take out in a currency.
func (y *year) ownMinor(currency money.Currency) int64 {
	cover := y.cover(currency)
	return min(y.atStripe()[simulator.PlatformID][currency].availableMinor, cover.SureMinor()-cover.OwedMinor())
}

func (y *year) chargeFee() bool {
	y.control(y.t, "/fees/charge", fmt.Sprintf(`{"type":%q,"amount_minor":%d,"currency":%q,"description":"Radar"}`,
		pick(y, "stripe_fee", "tax_fee"), 1+y.random.Int64N(900), onWire(y.currency())))
	return true
}

// takeOut pays some of the platform's own money out to its bank.
func (y *year) takeOut() bool {
	currency := y.currency()
	ownMinor := y.ownMinor(currency)
	if ownMinor < 1_000 {
		return false
	}
	y.payOut(currency, 100+y.random.Int64N(ownMinor-100))
	return true
}

func (y *year) payOut(currency money.Currency, amountMinor int64) {
	y.note("payout of %d %s to the platform's bank", amountMinor, currency)
	y.control(y.t, "/accounts/"+simulator.PlatformID+"/payout", fmt.Sprintf(`{"amount_minor":%d,"currency":%q}`, amountMinor, onWire(currency)))
}

// takeTooMuch pays out what belongs to others, after the payouts of the week, and leaves a gap until Monday.
func (y *year) takeTooMuch() bool {
	y.afterPayouts = append(y.afterPayouts, func() {
		currency := y.currency()
		if available := y.atStripe()[simulator.PlatformID][currency].availableMinor; available > 1_000 {
			y.payOut(currency, available-y.random.Int64N(500))
		}
	})
	return true
}

// reverseTopUp pays capital in that the platform's bank takes back.
func (y *year) reverseTopUp() bool {
	id := y.topUp(y.currency(), 1_000+y.random.Int64N(20_000))
	y.later(2 * hour)
	y.control(y.t, "/topups/"+id+"/reverse", `{}`)
	return true
}

// yearReserve is money that Stripe holds back.
type yearReserve struct {
	id          string
	currency    money.Currency
	amountMinor int64
}

// holdReserve has Stripe set some of the platform's own money aside, or release it.
func (y *year) holdReserve() bool {
	if len(y.reserves) > 0 {
		released := y.reserves[0]
		y.reserves = y.reserves[1:]
		y.note("release of %d %s", released.amountMinor, released.currency)
		y.control(y.t, "/reserves/"+released.id+"/release", `{}`)
		y.model.reservedMinor[released.currency] -= released.amountMinor
		return true
	}
	currency := y.currency()
	ownMinor := y.ownMinor(currency)
	if ownMinor < 2_000 {
		return false
	}
	held := yearReserve{currency: currency, amountMinor: 100 + y.random.Int64N(ownMinor/2)}
	held.id = y.call(y.t, "POST", "/_sim/reserves", "", "application/json", fmt.Sprintf(`{"type":%q,"amount_minor":%d,"currency":%q}`,
		pick(y, "reserved_funds", "reserve_transaction"), held.amountMinor, onWire(currency)))["id"].(string)
	y.note("reserve of %d %s", held.amountMinor, currency)
	y.reserves = append(y.reserves, held)
	y.model.reservedMinor[currency] += held.amountMinor
	return true
}

// changeRates moves the exchange rates by up to a tenth.
func (y *year) changeRates() bool {
	rate := func(perDollar float64) string { return fmt.Sprintf("%.4f", perDollar*(0.9+0.2*y.random.Float64())) }
	y.control(y.t, "/conversion", fmt.Sprintf(`{"rates":{"EUR":%q,"GBP":%q}}`, rate(0.9), rate(0.78)))
	return true
}
