package payout

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// defaultMinimumMinor is for a currency that a text of minimums does not name.
const defaultMinimumMinor = 1000

// Minimums are the least amounts worth paying, in minor units of each currency. As text and in
// JSON they are "1000" or "1000,JPY:500,HUF:100000". The entry without a currency is for all
// others; without such an entry it is 1000.
type Minimums struct {
	othersMinor int64
	byCurrency  map[money.Currency]int64
}

// EveryMinimum returns the same minimum for every currency.
func EveryMinimum(amountMinor int64) Minimums { return Minimums{othersMinor: amountMinor} }

// ParseMinimums reads minimums. It returns fault.Invalid "minimums_malformed".
func ParseMinimums(text string) (Minimums, error) {
	parsed, seen := Minimums{othersMinor: defaultMinimumMinor}, map[money.Currency]bool{}
	for entry := range strings.SplitSeq(text, ",") {
		code, digits, named := strings.Cut(strings.TrimSpace(entry), ":")
		if !named {
			code, digits = "", code
		}
		currency := money.Currency(code)
		amountMinor, err := strconv.ParseInt(digits, 10, 64)
		switch {
		case err != nil || amountMinor < 1 || amountMinor > bankMaximumMinor:
			return Minimums{}, minimumsMalformed("%.40q is not an amount above zero in minor units", digits)
		case named && !currency.Known():
			return Minimums{}, minimumsMalformed("%.8q is not a currency", code)
		case seen[currency]:
			return Minimums{}, minimumsMalformed("%.40q is there twice", entry)
		}
		seen[currency] = true
		if !named {
			parsed.othersMinor = amountMinor
			continue
		}
		if parsed.byCurrency == nil {
			parsed.byCurrency = map[money.Currency]int64{}
		}
		parsed.byCurrency[currency] = amountMinor
	}
	return parsed, nil
}

func minimumsMalformed(format string, args ...any) error {
	return fault.Field("minimum_minor", "minimums_malformed", "write the payout minimum as 1000, or with currencies as 1000,JPY:500,HUF:100000: %s", fmt.Sprintf(format, args...))
}

// String writes the form that ParseMinimums reads.
func (m Minimums) String() string {
	text := strconv.FormatInt(m.othersMinor, 10)
	for _, currency := range slices.Sorted(maps.Keys(m.byCurrency)) {
		text += "," + string(currency) + ":" + strconv.FormatInt(m.byCurrency[currency], 10)
	}
	return text
}

// MarshalText implements encoding.TextMarshaler.
func (m Minimums) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler, with the fault of ParseMinimums.
func (m *Minimums) UnmarshalText(text []byte) (err error) {
	*m, err = ParseMinimums(string(text))
	return err
}

// UnmarshalJSON also reads a number, which earlier inputs of workflows have, and the zero value.
func (m *Minimums) UnmarshalJSON(text []byte) error {
	trimmed := strings.Trim(string(text), `"`)
	if trimmed == "0" {
		*m = Minimums{}
		return nil
	}
	return m.UnmarshalText([]byte(trimmed))
}

// Of returns the least amount that is paid in a currency: the larger of our minimum and the bank's,
// up to a step of the currency.
func (m Minimums) Of(currency money.Currency) int64 {
	own, ok := m.byCurrency[currency]
	if !ok {
		own = m.othersMinor
	}
	return max(money.CeilToStep(max(1, own), currency.PayoutStepMinor()), BankMinimumMinor(currency, ""))
}

// Table returns Of for every currency whose result is not others, for a query over many.
func (m Minimums) Table() (currencies []string, minimumsMinor []int64, othersMinor int64) {
	othersMinor = max(1, m.othersMinor)
	for _, currency := range money.Currencies() {
		if leastMinor := m.Of(currency); leastMinor != othersMinor {
			currencies, minimumsMinor = append(currencies, string(currency)), append(minimumsMinor, leastMinor)
		}
	}
	return currencies, minimumsMinor, othersMinor
}
