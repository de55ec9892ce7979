package payout_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

// abroad is an account in Germany, with a bank account in euros.
func abroad() rail.Account {
	account := ready()
	account.Country, account.DefaultCurrency, account.BankCurrencies, account.Balances = "DE", "EUR", []money.Currency{"EUR"}, nil
	return account
}

func TestGateOfConversions(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(*rail.Account, *payout.GateRequest)
		reason payout.Reason
		into   money.Currency
	}{
		{"opens for an account with a bank account in its own currency, and says into what it converts", func(*rail.Account, *payout.GateRequest) {}, payout.NoReason, "EUR"},
		{"opens without a conversion for a bank account in the payout's currency", func(a *rail.Account, _ *payout.GateRequest) {
			a.BankCurrencies = []money.Currency{"EUR", "USD"}
		}, payout.NoReason, ""},
		{"is closed without any bank account", func(a *rail.Account, _ *payout.GateRequest) { a.BankCurrencies = nil }, payout.BankAccountMissing, ""},
		{"is closed with a bank account in a third currency", func(a *rail.Account, _ *payout.GateRequest) {
			a.BankCurrencies = []money.Currency{"GBP"}
		}, payout.CurrencyNotSettled, ""},
		{"is closed without an own currency", func(a *rail.Account, _ *payout.GateRequest) { a.DefaultCurrency = "" }, payout.CurrencyNotSettled, ""},
		{"is closed while the account owes euros", func(a *rail.Account, _ *payout.GateRequest) {
			a.Balances = []rail.Balance{{Currency: "EUR", AvailableMinor: -1}}
		}, payout.BalanceNegative, ""},
		{"opens although the amount is below a minimum of the payout's currency", func(_ *rail.Account, r *payout.GateRequest) { r.AmountMinor = 1 }, payout.NoReason, "EUR"},
		{"is closed below the minimum of the bank, by the last rate", func(a *rail.Account, r *payout.GateRequest) {
			a.DefaultCurrency, a.BankCurrencies = "RSD", []money.Currency{"RSD"}
			r.LastRate = &payout.SeenRate{Currency: "RSD", SourceMinor: 10_000, ReceivedMinor: 599_999}
		}, payout.BelowBankMinimum, ""},
		{"opens at the minimum of the bank, by the last rate", func(a *rail.Account, r *payout.GateRequest) {
			a.DefaultCurrency, a.BankCurrencies = "RSD", []money.Currency{"RSD"}
			r.LastRate = &payout.SeenRate{Currency: "RSD", SourceMinor: 10_000, ReceivedMinor: 600_000}
		}, payout.NoReason, "RSD"},
		{"knows no rate of another currency", func(_ *rail.Account, r *payout.GateRequest) {
			r.LastRate = &payout.SeenRate{Currency: "RSD", SourceMinor: 10_000, ReceivedMinor: 1}
		}, payout.NoReason, "EUR"},
		{"is closed for money that has arrived in a currency without a bank account", func(_ *rail.Account, r *payout.GateRequest) {
			r.Arrived = true
		}, payout.BankAccountMissing, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			account, request := abroad(), want()

			tc.change(&account, &request)

			require.Equal(t, tc.reason, payout.Gate(account, request))
			require.Equal(t, tc.into, payout.CheckAccount(account, request).Into)
		})
	}

	t.Run("asks for an instant bank account in the own currency", func(t *testing.T) {
		t.Parallel()
		account, request := abroad(), want()
		request.Instant = true

		require.True(t, payout.CheckAccount(account, request).NotInstant)
		account.InstantCurrencies = []money.Currency{"EUR"}
		require.False(t, payout.CheckAccount(account, request).NotInstant)
		refusal, _ := payout.InstantAccountRefusal(account, "USD", 5000)
		require.Equal(t, payout.NotRefused, refusal)
		account.InstantCurrencies = []money.Currency{"USD"}
		refusal, _ = payout.InstantAccountRefusal(account, "USD", 5000)
		require.Equal(t, payout.InstantBankUnsupported, refusal)
	})
}

func TestConversion(t *testing.T) {
	t.Parallel()
	became := func(currency money.Currency, netMinor, carriedMinor int64) payout.Conversion {
		return payout.NewConversion(rail.Settlement{SourceMinor: 5000, SourceCurrency: "USD", AmountMinor: netMinor, NetMinor: netMinor, Currency: currency}, "tr_1", 1, carriedMinor)
	}
	for _, tc := range []struct {
		name                    string
		currency                money.Currency
		net, carried, paid, too int64
	}{
		{"pays what arrived", "EUR", 4560, 0, 4560, 0},
		{"leaves what is below a step", "HUF", 1_782_347, 0, 1_782_300, 0},
		{"takes along what was left", "HUF", 1_782_347, 53, 1_782_400, 0},
		{"leaves the last digit of three", "KWD", 15_201, 0, 15_200, 0},
		{"pays nothing of less than a step", "HUF", 99, 0, 0, 1},
		{"pays less if another payout lost what this one was to take along", "HUF", 500, -80, 400, 0},
		{"pays nothing if that is more than arrived", "HUF", 50, -80, 0, 1},
		{"is too small for a bank's minimum", "RSD", 299_999, 0, 299_999, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()

			made := became(tc.currency, tc.net, tc.carried)

			require.Equal(t, tc.paid, made.PaidMinor())
			require.Equal(t, tc.too == 1, made.TooSmall(""))
		})
	}

	t.Run("pays all of what arrived and was left, but for less than a step", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			currency := rapid.SampledFrom([]money.Currency{"EUR", "JPY", "HUF", "KWD", "ISK"}).Draw(t, "currency")
			made := became(currency, rapid.Int64Range(1, 1_000_000_000_000).Draw(t, "net"), rapid.Int64Range(-99, 99).Draw(t, "carried"))

			require.GreaterOrEqual(t, made.PaidMinor(), int64(0))
			require.Zero(t, made.PaidMinor()%currency.PayoutStepMinor())
			require.Less(t, made.LeftMinor, currency.PayoutStepMinor())
			require.Equal(t, made.ReceivedMinor+made.CarriedMinor, made.PaidMinor()+made.LeftMinor)
		})
	})
}

func TestReversibleMinor(t *testing.T) {
	t.Parallel()
	made := payout.Conversion{SourceMinor: 5000, SourceCurrency: "USD", AmountMinor: 4000, FeeMinor: 40, ReceivedMinor: 3960, Currency: "EUR"}
	for _, tc := range []struct {
		name                  string
		left, available, want int64
		refused               int
	}{
		{"is what the account can give before the fee", 5000, 3960, 4950, 1},
		{"is a hundredth less each time", 5000, 3960, 4901, 2},
		{"is a hundredth less if the account has more than had arrived", 5000, 4500, 4950, 1},
		{"is of what is left", 2500, 1980, 2475, 1},
		{"is nothing below nine tenths", 5000, 3500, 0, 1},
		{"is nothing of an empty account", 5000, 0, 0, 1},
		{"is nothing of a debt", 5000, -1, 0, 1},
		{"is a tenth less at last", 5000, 4500, 4500, 10},
		{"is nothing after that", 5000, 4500, 0, 11},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, made.ReversibleMinor(tc.left, tc.available, tc.refused))
		})
	}

	t.Run("falls with each try, and never below nine tenths of what is left", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			left := rapid.Int64Range(1, 999_999_999_999).Draw(t, "left")
			large := payout.Conversion{SourceMinor: 999_999_999_999, AmountMinor: rapid.Int64Range(1, 999_999_999_999).Draw(t, "amount"), ReceivedMinor: 1}
			available := rapid.Int64Range(-10, 999_999_999_999).Draw(t, "available")
			before := left + 1

			for refused := 1; refused < 12; refused++ {
				part := large.ReversibleMinor(left, available, refused)
				require.LessOrEqual(t, part, before)
				require.True(t, part == 0 || part >= left-left/10, part)
				before = part
			}
		})
	})

	t.Run("needs what had arrived", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, []int64{3960, 1980, 0}, []int64{made.NeededMinor(5000), made.NeededMinor(2500), made.NeededMinor(0)})
	})
}
