package payout_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

func TestBankMinimum(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		currency money.Currency
		country  string
		want     int64
	}{
		{"is one cent where none is known", "USD", "US", 1},
		{"is one yen", "JPY", "JP", 1},
		{"is one forint, because banks take whole ones", "HUF", "HU", 100},
		{"is ten fils, because banks take no thousandths", "KWD", "KW", 10},
		{"counts whole units of a currency without decimals", "KRW", "KR", 40_000},
		{"counts whole units of a currency with decimals", "THB", "TH", 60_000},
		{"is a multiple of the step", "TWD", "TW", 80_000},
		{"depends on the country where the currency is that of others", "USD", "SV", 3_000},
		{"holds for a currency without a country", "COP", "", 14_000_000},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, payout.BankMinimumMinor(tc.currency, tc.country))
		})
	}

	t.Run("can be paid in every currency", func(t *testing.T) {
		t.Parallel()
		for _, currency := range money.Currencies() {
			leastMinor := payout.BankMinimumMinor(currency, "")
			require.Positive(t, leastMinor, currency)
			require.Zero(t, leastMinor%currency.PayoutStepMinor(), currency)
		}
	})
}

func TestMinimums(t *testing.T) {
	t.Parallel()

	t.Run("are one number for every currency", func(t *testing.T) {
		t.Parallel()
		minimums, err := payout.ParseMinimums("1500")

		require.NoError(t, err)
		require.Equal(t, int64(1500), minimums.Of("USD"))
		require.Equal(t, int64(1500), minimums.Of("JPY"))
		require.Equal(t, int64(1500), minimums.Of("HUF"))
	})

	t.Run("are one number for each currency that has its own", func(t *testing.T) {
		t.Parallel()
		minimums, err := payout.ParseMinimums("2000, JPY:500,HUF:100050,KWD:15")

		require.NoError(t, err)
		require.Equal(t, int64(2000), minimums.Of("EUR"))
		require.Equal(t, int64(500), minimums.Of("JPY"))
		require.Equal(t, int64(100_100), minimums.Of("HUF"), "up to whole forints")
		require.Equal(t, int64(20), minimums.Of("KWD"), "up to hundredths")
	})

	t.Run("are 1000 for a currency that is not named", func(t *testing.T) {
		t.Parallel()
		minimums, err := payout.ParseMinimums("JPY:500")

		require.NoError(t, err)
		require.Equal(t, int64(1000), minimums.Of("USD"))
	})

	t.Run("are never below the bank's", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, int64(40_000), payout.EveryMinimum(1).Of("KRW"))
		require.Equal(t, int64(50_000), payout.EveryMinimum(50_000).Of("KRW"))
	})

	t.Run("refuse what is no minimum", func(t *testing.T) {
		t.Parallel()
		for _, text := range []string{"", "0", "-1", "ten", "USD", "USD:", "USD:0", "usd:1", "ZZZ:1", "1,2", "USD:1,USD:2", "1,,2", "1000000000000", "USD:1.5", ":5"} {
			_, err := payout.ParseMinimums(text)

			require.Equal(t, "minimums_malformed", fault.CodeOf(err), "%q", text)
		}
	})

	t.Run("travel as text, and are read from the number of earlier inputs", func(t *testing.T) {
		t.Parallel()
		type input struct {
			Minimum payout.Minimums `json:"minimum_minor"`
		}
		var read, old, zero input
		require.NoError(t, json.Unmarshal([]byte(`{"minimum_minor":"2000,HUF:100000,JPY:500"}`), &read))
		require.NoError(t, json.Unmarshal([]byte(`{"minimum_minor":1000}`), &old))

		text, err := json.Marshal(read)

		require.NoError(t, err)
		require.JSONEq(t, `{"minimum_minor":"2000,HUF:100000,JPY:500"}`, string(text))
		require.Equal(t, payout.EveryMinimum(1000), old.Minimum)
		text, err = json.Marshal(zero)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &zero))
		require.Zero(t, zero)
	})

	t.Run("are the same again after their text is read", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			text := ""
			for _, currency := range rapid.SliceOfDistinct(rapid.SampledFrom(money.Currencies()), rapid.ID[money.Currency]).Draw(t, "currencies") {
				text += string(currency) + ":" + rapid.StringMatching(`[1-9][0-9]{0,8}`).Draw(t, "amount") + ","
			}
			minimums, err := payout.ParseMinimums(text + "700")
			require.NoError(t, err)

			again, err := payout.ParseMinimums(minimums.String())

			require.NoError(t, err)
			require.Equal(t, minimums, again)
		})
	})

	t.Run("are the same in the table for a query", func(t *testing.T) {
		t.Parallel()
		minimums, err := payout.ParseMinimums("700,JPY:5,KRW:60000")
		require.NoError(t, err)

		currencies, minimumsMinor, othersMinor := minimums.Table()

		table := map[string]int64{}
		for i, currency := range currencies {
			table[currency] = minimumsMinor[i]
		}
		for _, currency := range money.Currencies() {
			leastMinor, ok := table[string(currency)]
			if !ok {
				leastMinor = othersMinor
			}
			require.Equal(t, minimums.Of(currency), leastMinor, currency)
		}
	})
}
