package money

import (
	"fmt"
	"strconv"
	"strings"
)

// Amount is a sum of money in the minor units of its currency: 1234 in USD is 12.34 USD.
type Amount struct {
	Minor    int64    `json:"amount_minor"`
	Currency Currency `json:"currency"`
}

// String returns the amount for people, with all decimals of the currency and without thousands
// separators: "12.34 USD", "-0.05 USD", "1200 JPY", "1.234 KWD".
func (a Amount) String() string {
	digits, sign := strconv.FormatUint(magnitude(a.Minor), 10), ""
	if a.Minor < 0 {
		sign = "-"
	}

	exponent := a.Currency.Exponent()
	if exponent == 0 {
		return fmt.Sprintf("%s%s %s", sign, digits, a.Currency)
	}
	if missing := exponent + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) - exponent
	return fmt.Sprintf("%s%s.%s %s", sign, digits[:point], digits[point:], a.Currency)
}

// magnitude returns |n|. For the smallest int64 it fits only into a uint64.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}
