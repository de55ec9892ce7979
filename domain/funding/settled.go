package funding

import (
	"slices"
	"strings"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// CurrencyNotSettled is the code of the refusal of a payment that the processor would convert.
const CurrencyNotSettled = "currency_not_settled"

// settledFor is how long a reading of the settled currencies counts. Comparisons with the processor repeat
// it every few minutes. An older one refuses nothing, because the platform may have added a bank account.
const settledFor = time.Hour

// Settled are the currencies in which payments of brands stay as they are, as the processor showed them.
// Currencies is empty if it does not show them, and At is zero before the first reading.
type Settled struct {
	Currencies []money.Currency `json:"currencies,omitempty"`
	At         time.Time        `json:"at,omitzero"`
}

// Require returns fault.Conflict "currency_not_settled" for a payment in a currency that the processor
// would convert, and then refund. A reading that is missing, empty or old refuses nothing: such a payment is
// refunded after it was made.
func (s Settled) Require(currency money.Currency, now time.Time) error {
	if len(s.Currencies) == 0 || now.Sub(s.At) > settledFor || slices.Contains(s.Currencies, currency) {
		return nil
	}
	return fault.New(fault.Conflict, CurrencyNotSettled,
		"a payment in %s would be converted into another currency and refunded, so nothing is charged: pay in one of %s, or have the platform add a bank account in %s at its payment processor",
		currency, s.list(), currency)
}

func (s Settled) list() string {
	names := make([]string, len(s.Currencies))
	for i, currency := range s.Currencies {
		names[i] = string(currency)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
