package money

import (
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
)

func TestParseCurrency(t *testing.T) {
	t.Parallel()

	t.Run("accepts every listed currency as it is written", func(t *testing.T) {
		t.Parallel()

		for _, want := range Currencies() {
			got, err := ParseCurrency(string(want))

			require.NoError(t, err)
			require.Equal(t, want, got)
			require.Len(t, string(got), 3)
		}
	})

	t.Run("refuses what has no minor units, and what was withdrawn before these books", func(t *testing.T) {
		t.Parallel()

		for _, code := range []string{
			"", "US", "USDT", "ZZZ", " USD", "USD ", "€", "XAU", "XAG", "XXX", "XTS", "XDR", "XUA",
			"XBA", "XBB", "XBC", "XBD", "XPD", "XPT", "XSU", "HRK", "DEM", "ZWL", "SLL", "CUC",
		} {
			_, err := ParseCurrency(code)

			require.Equal(t, "unknown_currency", fault.CodeOf(err), code)
			require.True(t, fault.Is(err, fault.Invalid), code)
		}
	})

	t.Run("tells who writes lower case to write upper case", func(t *testing.T) {
		t.Parallel()

		_, err := ParseCurrency("usd")

		require.Equal(t, "unknown_currency", fault.CodeOf(err))
		require.ErrorContains(t, err, "as USD")
	})

	t.Run("does not echo an endless code", func(t *testing.T) {
		t.Parallel()

		_, err := ParseCurrency(string(make([]byte, 1<<20)))

		require.Less(t, len(err.Error()), 200)
	})
}

func TestCurrencies(t *testing.T) {
	t.Parallel()

	t.Run("lists each currency once and in order", func(t *testing.T) {
		t.Parallel()

		currencies := Currencies()

		require.IsIncreasing(t, currencies)
		require.Len(t, currencies, 165+2)
	})

	t.Run("are list one of ISO 4217, with its exponents", func(t *testing.T) {
		t.Parallel()
		listed := listOne(t)

		for _, currency := range Currencies() {
			exponent, ok := listed[currency]
			if !ok {
				require.Contains(t, []Currency{"ANG", "BGN"}, currency, "withdrawn, and still read")
				require.Error(t, currency.RequireCirculating())
				continue
			}
			require.Equal(t, exponent, currency.Exponent(), currency)
			delete(listed, currency)
		}
		require.Empty(t, listed)
	})

	t.Run("circulate, but for funds codes and those withdrawn", func(t *testing.T) {
		t.Parallel()
		var others []Currency

		for _, currency := range Currencies() {
			if err := currency.RequireCirculating(); err != nil {
				require.Equal(t, "currency_not_in_use", fault.CodeOf(err), currency)
				others = append(others, currency)
			}
		}

		require.Equal(t, []Currency{"ANG", "BGN", "BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW", "XAD"}, others)
		for _, code := range []Currency{"XAU", "XTS", "XXX", "XDR", "", "usd"} {
			require.Equal(t, "unknown_currency", fault.CodeOf(code.RequireCirculating()), code)
		}
	})

	t.Run("knows the decimals of each", func(t *testing.T) {
		t.Parallel()

		for code, want := range map[Currency]int{
			"USD": 2, "EUR": 2, "GBP": 2, "HUF": 2, "TWD": 2, "MGA": 2, "JPY": 0, "KRW": 0, "ISK": 0,
			"UGX": 0, "XOF": 0, "VND": 0, "UYI": 0, "KWD": 3, "BHD": 3, "TND": 3, "UYW": 4, "CLF": 4, "BGN": 2, "XXX": 0,
		} {
			require.Equal(t, want, code.Exponent(), code)
		}
	})
}

// listOne reads the table of ISO 4217, as of 2026: code and exponent.
func listOne(t *testing.T) map[Currency]int {
	t.Helper()
	text, err := os.ReadFile("testdata/iso4217.csv")
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	listed := map[Currency]int{}
	for _, line := range lines[1:] {
		code, exponent, ok := strings.Cut(line, ",")
		require.True(t, ok, line)
		listed[Currency(code)], err = strconv.Atoi(exponent)
		require.NoError(t, err)
	}
	require.Len(t, listed, len(lines)-1, "each code once")
	return listed
}

func TestAmountString(t *testing.T) {
	t.Parallel()

	for want, amount := range map[string]Amount{
		"12.34 USD":                 {1234, "USD"},
		"0.00 USD":                  {0, "USD"},
		"0.05 USD":                  {5, "USD"},
		"-0.05 USD":                 {-5, "USD"},
		"-0.50 USD":                 {-50, "USD"},
		"-12.34 USD":                {-1234, "USD"},
		"1200 JPY":                  {1200, "JPY"},
		"-1 JPY":                    {-1, "JPY"},
		"1.234 KWD":                 {1234, "KWD"},
		"0.001 KWD":                 {1, "KWD"},
		"0.0001 UYW":                {1, "UYW"},
		"92233720368547758.07 EUR":  {math.MaxInt64, "EUR"},
		"-92233720368547758.08 EUR": {math.MinInt64, "EUR"},
		"-9223372036854775808 JPY":  {math.MinInt64, "JPY"},
		"7 ???":                     {7, "???"},
	} {
		t.Run("writes "+want, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, want, amount.String())
		})
	}
}

func TestArithmeticRefusals(t *testing.T) {
	t.Parallel()

	for name, refused := range map[string]struct {
		code string
		call func() (int64, error)
	}{
		"a negative count":        {"negative_amount", func() (int64, error) { return PerThousandHalfUp(-1, 1) }},
		"a negative rate":         {"negative_amount", func() (int64, error) { return PerThousandHalfUp(1, -1) }},
		"a product out of range":  {"amount_overflow", func() (int64, error) { return PerThousandHalfUp(math.MaxInt64, 1001) }},
		"a product of extremes":   {"amount_overflow", func() (int64, error) { return PerThousandHalfUp(math.MaxInt64, math.MaxInt64) }},
		"units of a zero rate":    {"rate_is_zero", func() (int64, error) { return UnitsForPerThousandHalfUp(1, 0) }},
		"units of a negative sum": {"negative_amount", func() (int64, error) { return UnitsForPerThousandHalfUp(-1, 1) }},
		"units out of range":      {"amount_overflow", func() (int64, error) { return UnitsForPerThousandHalfUp(math.MaxInt64, 1) }},
		"a share of a debt":       {"negative_amount", func() (int64, error) { return BasisPointsFloor(-1, 1) }},
		"a negative share":        {"negative_amount", func() (int64, error) { return BasisPointsFloor(1, -1) }},
		"a share out of range":    {"amount_overflow", func() (int64, error) { return BasisPointsFloor(math.MaxInt64, 10_001) }},
		"a sum out of range":      {"amount_overflow", func() (int64, error) { return AddMinor(math.MaxInt64, 1) }},
		"a sum below range":       {"amount_overflow", func() (int64, error) { return AddMinor(math.MinInt64, -1) }},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()

			result, err := refused.call()

			require.True(t, fault.Is(err, fault.Invalid))
			require.Equal(t, refused.code, fault.CodeOf(err))
			require.Zero(t, result)
		})
	}
}
