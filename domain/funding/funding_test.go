package funding_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/money"
)

func TestBalance(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		name          string
		balance       funding.Balance
		available     int64
		refuses, says string
	}{
		{"has all of it available", funding.Balance{Currency: "USD", BalanceMinor: 500}, 500, "", "the balance is 5.00 USD, and 5.01 USD is needed: deposit at least 0.01 USD first"},
		{"holds back what is in dispute", funding.Balance{Currency: "USD", BalanceMinor: 500, AtRiskMinor: 200}, 300, "", "open disputes over deposits hold back 2.00 USD, and 3.01 USD is needed: deposit at least 0.01 USD"},
		{"has nothing available while disputes took more", funding.Balance{Currency: "USD", BalanceMinor: 500, AtRiskMinor: 900}, 0, "", "deposit at least 4.01 USD"},
		{"has nothing available below zero", funding.Balance{Currency: "USD", BalanceMinor: -500}, 0, "", "the balance is -5.00 USD, and 0.01 USD is needed: deposit at least 5.01 USD"},
		{"does not count what is on its way out", funding.Balance{Currency: "USD", BalanceMinor: 500, WithdrawingMinor: 200}, 500, "", "deposit at least 0.01 USD"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.available, c.balance.AvailableMinor())
			require.NoError(t, c.balance.Require(c.available))
			refused := c.balance.Require(c.available + 1)
			require.Equal(t, "balance_too_low", fault.CodeOf(refused))
			require.ErrorContains(t, refused, c.says)
		})
	}
}

func TestPaymentMax(t *testing.T) {
	t.Parallel()
	set := funding.PaymentMax{"EUR": 100, "GBP": 0}

	for currency, want := range map[money.Currency]int64{"EUR": 100, "GBP": 0, "USD": 99_999_999, "JPY": 99_999_999, "ISK": 999_999, "UGX": 999_999} {
		require.Equal(t, want, set.Of(currency), currency)
	}
	require.NoError(t, set.Require("amount_minor", 100, "EUR"))
	refused := set.Require("amount_minor", 101, "EUR")
	require.Equal(t, "payment_too_large", fault.CodeOf(refused))
	found, ok := fault.As(refused)
	require.True(t, ok)
	require.Equal(t, "amount_minor", found.Field)
	require.ErrorContains(t, refused, "several deposits")
	require.NoError(t, funding.PaymentMax(nil).Require("amount_minor", 99_999_999, "USD"))
	require.Error(t, funding.PaymentMax(nil).Require("amount_minor", 100_000_000, "USD"))
}

func TestPaymentMin(t *testing.T) {
	t.Parallel()

	require.NoError(t, funding.RequireChargeable("amount_minor", 50, "USD"))
	require.NoError(t, funding.RequireChargeable("amount_minor", 1, "KES"), "Stripe has no minimum of its own")
	refused := funding.RequireChargeable("amount_minor", 17_499, "HUF")
	require.Equal(t, "amount_too_small", fault.CodeOf(refused))
	require.ErrorContains(t, refused, "at least 175.00 HUF")
}

func TestDeclined(t *testing.T) {
	t.Parallel()

	for code, next := range map[string]string{
		"card_declined": "another payment method", "amount_too_small": "a larger amount", "amount_too_large": "several deposits",
		"invalid_currency": "another currency", "insufficient_funds": "later or less", funding.PaymentNotCreated: "deposit again", funding.PaymentConverted: "in another currency, or", "api_key_expired": "operators",
	} {
		refused := funding.Declined(code)
		require.Equal(t, "deposit_declined", fault.CodeOf(refused))
		require.ErrorContains(t, refused, next)
		require.ErrorContains(t, refused, code)
	}
}

func TestTheSameRequest(t *testing.T) {
	t.Parallel()
	deposit := funding.NewDeposit{ID: "a", OrganizationID: "b", Currency: "USD", AmountMinor: 5, SurchargeMinor: 1, RequestedBy: "c"}
	withdrawal := funding.NewWithdrawal{ID: "a", OrganizationID: "b", Currency: "USD", AmountMinor: 5, RequestedBy: "c"}
	again, more := deposit, deposit
	again.RequestedBy, again.Now, more.AmountMinor = "d", time.Now(), 6
	less := withdrawal
	less.AmountMinor = 4

	require.NoError(t, again.RequireSame(deposit))
	require.Equal(t, "deposit_exists", fault.CodeOf(more.RequireSame(deposit)))
	require.NoError(t, withdrawal.RequireSame(withdrawal))
	require.Equal(t, "withdrawal_exists", fault.CodeOf(less.RequireSame(withdrawal)))
}

func TestWithdrawalStatus(t *testing.T) {
	t.Parallel()
	of := func(status funding.WithdrawalStatus, sent, returned int64) funding.WithdrawalStatus {
		return funding.Withdrawal{NewWithdrawal: funding.NewWithdrawal{AmountMinor: 10}, Status: status, SentMinor: sent, ReturnedMinor: returned}.Settled()
	}

	require.Equal(t, funding.WithdrawalSending, of(funding.WithdrawalSending, 9, 0))
	require.Equal(t, funding.WithdrawalCancelling, of(funding.WithdrawalCancelling, 0, 9))
	require.Equal(t, funding.WithdrawalCompleted, of(funding.WithdrawalSending, 10, 0))
	require.Equal(t, funding.WithdrawalCompleted, of(funding.WithdrawalCancelling, 4, 6))
	require.Equal(t, funding.WithdrawalCancelled, of(funding.WithdrawalCancelling, 0, 10))
	require.Equal(t, funding.WithdrawalCompleted, of(funding.WithdrawalCompleted, 0, 10), "it was sent and came back")
}
