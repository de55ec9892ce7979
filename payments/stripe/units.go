package stripe

import (
	"math"
	"strings"

	"github.com/stripe/stripe-go/v79"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// Stripe's minor unit is that of ISO 4217 with three exceptions, named under "Currencies"
// in its documentation: krónur and Ugandan shillings are written in hundredths, which ISO
// abolished, and ariary in whole units, although ISO gives them hundredths.
var (
	writtenInHundredths = map[money.Currency]bool{"ISK": true, "UGX": true}
	writtenInWholeUnits = map[money.Currency]bool{"MGA": true}
)

const hundredths = 100

// wireAmount returns amountMinor of a currency as Stripe counts it.
func wireAmount(amountMinor int64, currency money.Currency) (int64, error) {
	if _, err := money.ParseCurrency(string(currency)); err != nil {
		return 0, err
	}
	if amountMinor <= 0 {
		return 0, fault.Field("amount_minor", "amount_not_positive", "the amount must be above zero")
	}

	if step := currency.ChargeStepMinor(); amountMinor%step != 0 {
		return 0, notWhole(currency, step)
	}

	switch {
	case writtenInHundredths[currency]:
		if amountMinor > math.MaxInt64/hundredths {
			return 0, fault.Field("amount_minor", "amount_too_large", "the amount is too large for Stripe")
		}
		return amountMinor * hundredths, nil
	case writtenInWholeUnits[currency]:
		return amountMinor / hundredths, nil
	default:
		return amountMinor, nil
	}
}

// wireBankPayoutAmount is wireAmount for money on its way to a bank.
func wireBankPayoutAmount(amountMinor int64, currency money.Currency) (int64, error) {
	if step := currency.PayoutStepMinor(); amountMinor%step != 0 {
		return 0, notWhole(currency, step)
	}
	return wireAmount(amountMinor, currency)
}

func notWhole(currency money.Currency, stepMinor int64) error {
	return fault.Field("amount_minor", "amount_not_whole_units",
		"amounts in %s must be multiples of %d minor units: round down", currency, stepMinor)
}

// amountMinor returns one of Stripe's amounts in our minor units. Stripe accepts hundredths of
// krónur and shillings only as multiples of 100. If it reports others, they are rounded
// towards minus infinity, so that no balance looks larger than it is.
func amountMinor(wire int64, currency stripe.Currency) int64 {
	switch code := currencyCode(currency); {
	case writtenInHundredths[code]:
		whole := wire / hundredths
		if wire%hundredths < 0 {
			whole--
		}
		return whole
	case writtenInWholeUnits[code]:
		return wire * hundredths
	default:
		return wire
	}
}

// wireUnit returns how many of Stripe's minor units one unit of the currency is.
func wireUnit(currency stripe.Currency) int64 {
	code := currencyCode(currency)
	switch {
	case writtenInHundredths[code]:
		return hundredths
	case writtenInWholeUnits[code]:
		return 1
	}
	unit := int64(1)
	for range code.Exponent() {
		unit *= 10
	}
	return unit
}

func currencyCode(wire stripe.Currency) money.Currency {
	return money.Currency(strings.ToUpper(string(wire)))
}

func wireCurrency(currency money.Currency) *string {
	return stripe.String(strings.ToLower(string(currency)))
}
