package funding

import (
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// chargeMinimumMinor are the smallest payments that Stripe accepts, by the currency in which they settle. They
// are those of the table "Minimum and maximum charge amounts" in https://docs.stripe.com/currencies, compared
// one by one with a copy of that page on 2026-11-28. It has none for other currencies, and exceptions for some
// methods of payment, such as iDEAL.
var chargeMinimumMinor = map[money.Currency]int64{
	"AED": 200, "AUD": 50, "BGN": 100, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50, "GBP": 30, "HKD": 400, "HUF": 17500,
	"INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "NZD": 50, "PLN": 200, "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}

// RequireChargeable returns fault.Invalid "amount_too_small" with the field unless a payment of
// paymentMinor is large enough. Stripe converts a payment in other currencies, and then applies the minimum
// of the currency of our balance, so it can still refuse one.
func RequireChargeable(field string, paymentMinor int64, currency money.Currency) error {
	minMinor := chargeMinimumMinor[currency]
	if paymentMinor >= minMinor {
		return nil
	}
	return fault.Field(field, "amount_too_small", "one payment must be at least %s, and this would be %s: deposit a larger amount",
		money.Amount{Minor: minMinor, Currency: currency}, money.Amount{Minor: paymentMinor, Currency: currency})
}

// PaymentNotCreated is the failure code of a deposit whose payment could not be requested.
const PaymentNotCreated = "payment_not_created"

// Declined returns fault.Conflict "deposit_declined" with the next step after a refusal with a code of the
// payment service.
func Declined(code string) error {
	next := "deposit again with another payment method"
	switch code {
	case "amount_too_small":
		next = "deposit a larger amount"
	case "amount_too_large":
		next = "pay in several deposits"
	case "invalid_currency", "currency_not_supported", "parameter_invalid_integer", "invalid_charge_amount":
		next = "deposit another amount, or in another currency"
	case "insufficient_funds", "card_velocity_exceeded", "withdrawal_count_limit_exceeded":
		next = "deposit later or less, or with another payment method"
	case PaymentConverted:
		// Another payment method would be converted as well.
		next = "pay in another currency, or ask the platform to add a bank account in this one"
	case PaymentNotCreated:
		next = "the payment service did not answer, so nothing was paid: deposit again"
	case "account_invalid", "api_key_expired", "secret_key_required", "platform_account_required", "testmode_charges_only", "livemode_mismatch":
		next = "the platform cannot take payments now: ask its operators"
	}
	return fault.New(fault.Conflict, "deposit_declined", "the payment was refused (%s): %s", code, next)
}
