package funding

import (
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// PaymentMax is the highest amount of one payment of a brand in minor units, by currency. A currency
// that is not in it has a default.
type PaymentMax map[money.Currency]int64

// Stripe accepts payments of at most eight digits in its own units. It counts krónur and Ugandan
// shillings in hundredths, which they do not have.
const (
	paymentMaxDefault      = 99_999_999
	paymentMaxWithoutCents = 999_999
)

// Of returns the highest amount of one payment in a currency.
func (m PaymentMax) Of(currency money.Currency) int64 {
	if maxMinor, set := m[currency]; set {
		return maxMinor
	}
	if currency == "ISK" || currency == "UGX" {
		return paymentMaxWithoutCents
	}
	return paymentMaxDefault
}

// Require returns fault.Invalid "payment_too_large" with the field unless a payment of paymentMinor is
// small enough. A payment includes its surcharge.
func (m PaymentMax) Require(field string, paymentMinor int64, currency money.Currency) error {
	maxMinor := m.Of(currency)
	if paymentMinor <= maxMinor {
		return nil
	}
	return fault.Field(field, "payment_too_large", "one payment can be at most %s, and this would be %s: pay in several deposits, and fund campaigns from the balance",
		money.Amount{Minor: maxMinor, Currency: currency}, money.Amount{Minor: paymentMinor, Currency: currency})
}
