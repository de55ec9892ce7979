package payout

import (
	"github.com/creditroll/creditroll/domain/money"
)

// bankMinimums are the smallest bank payouts, in whole units of the currency. They are those of
// Stripe's documentation, "Country-specific considerations for cross-border payouts", under
// "Cross-border minimum payout amounts". A currency that is not here has no minimum but its step.
// The table is for platforms in another country, so it can be too strict for one in the same.
var bankMinimums = map[money.Currency]int64{
	"ALL": 3_000, "AMD": 12_100, "AOA": 23_000, "ARS": 4_600, "AZN": 50, "BAM": 50, "BDT": 20, "BOB": 200,
	"BTN": 2_500, "CLP": 23_000, "COP": 140_000, "KHR": 123_000, "KRW": 40_000, "LAK": 516_000, "MGA": 132_300,
	"MNT": 105_000, "MXN": 10, "PHP": 20, "PYG": 210_000, "RSD": 3_000, "THB": 600, "TWD": 800, "UZS": 343_000,
	"VND": 80_125, "ZAR": 100,
}

// bankMinimumsIn are the same for countries whose currency is also that of others.
var bankMinimumsIn = map[string]map[money.Currency]int64{
	"EC": {"USD": 50}, "PA": {"USD": 50}, "SV": {"USD": 30},
}

// bankMaximumMinor is the largest amount that a payment rail's API takes, in any currency. Banks
// can have smaller ones, which they do not publish.
const bankMaximumMinor = 999_999_999_999

// BankMinimumMinor returns the smallest bank payout in a currency to a country, in minor units. It
// is at least one step of the currency. Without a country it is what holds in most.
func BankMinimumMinor(currency money.Currency, country string) int64 {
	units, ok := bankMinimumsIn[country][currency]
	if !ok {
		units = bankMinimums[currency]
	}
	step := currency.PayoutStepMinor()
	for range currency.Exponent() {
		units *= 10
	}
	return money.CeilToStep(max(units, step), step)
}
