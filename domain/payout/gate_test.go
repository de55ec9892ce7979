package payout_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

// ready is an account that can take a payout of 50.00 USD.
func ready() rail.Account {
	return rail.Account{
		ID: "acct_1", PayoutsEnabled: true, TransfersActive: true, PayoutInterval: rail.IntervalManual, Country: "US",
		DefaultCurrency: "USD", BankCurrencies: []money.Currency{"EUR", "USD"},
		Balances: []rail.Balance{{Currency: "USD"}},
	}
}

func want() payout.GateRequest { return payout.GateRequest{Currency: "USD", AmountMinor: 5000} }

func TestGate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(*rail.Account, *payout.GateRequest)
		reason payout.Reason
	}{
		{"opens for an account that has everything", func(*rail.Account, *payout.GateRequest) {}, payout.NoReason},
		{"opens although the rail asks for something later", func(a *rail.Account, _ *payout.GateRequest) {
			a.CurrentlyDue = []string{"individual.id_number"}
		}, payout.NoReason},
		{"is closed by a rejection", func(a *rail.Account, _ *payout.GateRequest) {
			a.Disabled, a.TransfersActive = true, false
		}, payout.AccountDisabled},
		{"is closed without the ability to receive transfers", func(a *rail.Account, _ *payout.GateRequest) {
			a.TransfersActive, a.PayoutsEnabled = false, false
		}, payout.AccountNotVerified},
		{"is closed while a requirement is past due", func(a *rail.Account, _ *payout.GateRequest) {
			a.PastDue = []string{"individual.id_number"}
		}, payout.AccountNotVerified},
		{"is closed while nothing is paid to a bank", func(a *rail.Account, _ *payout.GateRequest) { a.PayoutsEnabled = false }, payout.PayoutsDisabled},
		{"is closed while the rail pays out by itself", func(a *rail.Account, _ *payout.GateRequest) { a.PayoutInterval = "daily" }, payout.ScheduleNotManual},
		{"is closed while the schedule is not known", func(a *rail.Account, _ *payout.GateRequest) { a.PayoutInterval = "" }, payout.ScheduleNotManual},
		{"is closed without any bank account", func(a *rail.Account, _ *payout.GateRequest) { a.BankCurrencies = nil }, payout.BankAccountMissing},
		{"is closed without a bank account for the default currency", func(a *rail.Account, _ *payout.GateRequest) {
			a.BankCurrencies = []money.Currency{"EUR"}
		}, payout.BankAccountMissing},
		{"opens for a currency that is converted into the account's own", func(_ *rail.Account, r *payout.GateRequest) { r.Currency = "GBP" }, payout.NoReason},
		{"is closed while the account owes money", func(a *rail.Account, _ *payout.GateRequest) { a.Balances[0].AvailableMinor = -1 }, payout.BalanceNegative},
		{"is closed while the pending money of the account is a debt", func(a *rail.Account, _ *payout.GateRequest) {
			a.Balances[0].PendingMinor = -1
		}, payout.BalanceNegative},
		{"is closed although pending money will cover the debt", func(a *rail.Account, _ *payout.GateRequest) {
			a.Balances[0].AvailableMinor, a.Balances[0].PendingMinor = -100, 100
		}, payout.BalanceNegative},
		{"opens although another currency has a debt", func(a *rail.Account, _ *payout.GateRequest) {
			a.Balances = append(a.Balances, rail.Balance{Currency: "EUR", AvailableMinor: -100})
		}, payout.NoReason},
		{"opens at the bank's minimum", func(a *rail.Account, r *payout.GateRequest) { a.Country, r.AmountMinor = "SV", 3000 }, payout.NoReason},
		{"is closed below the minimum of the country", func(a *rail.Account, r *payout.GateRequest) {
			a.Country, r.AmountMinor = "SV", 2999
		}, payout.BelowBankMinimum},
		{"is closed below the minimum of the currency", func(a *rail.Account, r *payout.GateRequest) {
			a.BankCurrencies, r.Currency, r.AmountMinor = []money.Currency{"THB"}, "THB", 59_999
		}, payout.BelowBankMinimum},
		{"is closed above what the rail takes at once", func(_ *rail.Account, r *payout.GateRequest) { r.AmountMinor = 1_000_000_000_000 }, payout.AboveBankMaximum},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			account, request := ready(), want()

			tc.change(&account, &request)

			require.Equal(t, tc.reason, payout.Gate(account, request))
			require.Equal(t, tc.reason, payout.CheckAccount(account, request).Reason)
			require.Equal(t, tc.reason == payout.NoReason, tc.reason.Explain() == "")
		})
	}
}

// A gate that opens has checked everything, whatever else the account says.
func TestGateOpensOnlyIfAllHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		currencies := rapid.SampledFrom([]money.Currency{"USD", "EUR", "JPY", "HUF", "KWD", "THB"})
		fields := rapid.SliceOfN(rapid.SampledFrom([]string{"external_account", "individual.dob.day"}), 0, 2)
		account := rail.Account{
			PayoutsEnabled: rapid.Bool().Draw(t, "payouts"), TransfersActive: rapid.Bool().Draw(t, "transfers"),
			Disabled: rapid.Bool().Draw(t, "disabled"), PastDue: fields.Draw(t, "past due"), CurrentlyDue: fields.Draw(t, "due"),
			PayoutInterval:  rapid.SampledFrom([]string{"manual", "daily", ""}).Draw(t, "interval"),
			DefaultCurrency: currencies.Draw(t, "default"), BankCurrencies: rapid.SliceOfN(currencies, 0, 3).Draw(t, "banks"),
			Country:  rapid.SampledFrom([]string{"US", "SV", "DE", ""}).Draw(t, "country"),
			Balances: []rail.Balance{{Currency: currencies.Draw(t, "held"), AvailableMinor: rapid.Int64Range(-2, 2).Draw(t, "available"), PendingMinor: rapid.Int64Range(-2, 2).Draw(t, "pending")}},
		}
		request := payout.GateRequest{Currency: currencies.Draw(t, "currency"), AmountMinor: rapid.OneOf(rapid.Int64Range(1, 100_000), rapid.Int64Range(999_999_999_000, 1_000_000_001_000)).Draw(t, "amount")}

		reason := payout.Gate(account, request)

		banked := payout.Into(account, request.Currency)
		balance := account.BalanceIn(banked)
		isEnough := banked != request.Currency || // its amount is known when it has arrived
			request.AmountMinor >= payout.BankMinimumMinor(request.Currency, account.Country) && request.AmountMinor <= 999_999_999_999
		holds := !account.Disabled && account.TransfersActive && account.PayoutsEnabled && len(account.PastDue) == 0 &&
			account.PayoutInterval == "manual" && account.TakesToBank(banked) &&
			balance.AvailableMinor >= 0 && balance.TotalMinor() >= 0 && isEnough
		require.Equal(t, holds, reason == payout.NoReason, "%s", reason)
	})
}

func TestAccountVerdict(t *testing.T) {
	t.Parallel()

	t.Run("names the most urgent fields, without the id of a person", func(t *testing.T) {
		t.Parallel()
		account := ready()
		account.TransfersActive = false
		account.PastDue = []string{"person_8UayFKIMRJklog.dob.day", "external_account"}
		account.CurrentlyDue = []string{"individual.id_number"}

		verdict := payout.CheckAccount(account, want())

		require.Equal(t, payout.AccountVerdict{Reason: payout.AccountNotVerified, Codes: []string{"person.dob.day", "external_account"}}, verdict)
		require.Equal(t, "person.dob.day, external_account", verdict.Code())
	})

	t.Run("has the rail's word where no field is missing", func(t *testing.T) {
		t.Parallel()
		paused, scheduled := ready(), ready()
		paused.PayoutsEnabled, paused.DisabledReason = false, "under_review"
		scheduled.PayoutInterval = "weekly"

		require.Equal(t, "under_review", payout.CheckAccount(paused, want()).Code())
		require.Equal(t, "weekly", payout.CheckAccount(scheduled, want()).Code())
	})

	t.Run("shows only the first of many fields", func(t *testing.T) {
		t.Parallel()
		account := ready()
		account.PastDue = []string{"a", "b", "c", "d", "e", "f"}

		require.Equal(t, []string{"a", "b", "c", "d", "e"}, payout.CheckAccount(account, want()).Codes)
	})

	t.Run("names the bank account of the currency that the bank gets, if that is asked for", func(t *testing.T) {
		t.Parallel()
		account := ready()
		account.DefaultBanks = map[money.Currency]string{"USD": "ba_1", "EUR": "ba_2"}
		asked := want()
		asked.WithBank = true

		require.Equal(t, "ba_1", payout.CheckAccount(account, asked).BankAccount)
		require.Empty(t, payout.CheckAccount(account, want()).BankAccount)
		asked.Currency = "CHF"
		asked.Arrived = true
		require.Empty(t, payout.CheckAccount(account, asked).BankAccount)
	})

	t.Run("tells a bank account that replaced the rejected one", func(t *testing.T) {
		t.Parallel()
		for name, tc := range map[string]struct {
			now, rejected string
			reason        payout.Reason
			want          bool
		}{
			"another one":                          {"ba_2", "ba_1", payout.NoReason, true},
			"another one of an account that waits": {"ba_2", "ba_1", payout.PayoutsDisabled, true},
			"the same one":                         {"ba_1", "ba_1", payout.NoReason, false},
			"none any more":                        {"", "ba_1", payout.NoReason, false},
			"another one that has failed too":      {"ba_2", "ba_1", payout.BankAccountMissing, false},
			"the rejected one is not known":        {"ba_2", "", payout.NoReason, false},
		} {
			require.Equal(t, tc.want, payout.AccountVerdict{Reason: tc.reason, BankAccount: tc.now}.ReplacedBank(tc.rejected), name)
		}
	})

	t.Run("says nothing about the person", func(t *testing.T) {
		t.Parallel()
		account := ready()
		account.Balances[0].AvailableMinor = -12_345

		text, err := json.Marshal(payout.CheckAccount(account, want()))

		require.NoError(t, err)
		require.JSONEq(t, `{"reason":"connected_balance_negative"}`, string(text))
	})
}

func TestAccountUnread(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		kind    fault.Kind
		meaning rail.Meaning
		want    payout.Reason
	}{
		{"an account that has left", fault.Denied, rail.AccountGone, payout.AccountDisconnected},
		{"an account that does not exist", fault.NotFound, rail.ObjectMissing, payout.AccountDisconnected},
		{"a rejected key", fault.Denied, rail.NoMeaning, payout.CredentialsRejected},
		{"a rail that is away", fault.Unavailable, rail.NoMeaning, payout.ProcessorUnavailable},
		{"a defect", fault.Internal, rail.NoMeaning, payout.ProcessorUnavailable},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, payout.AccountUnread(tc.kind, tc.meaning))
		})
	}
}
