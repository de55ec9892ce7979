package api_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
)

func (w *world) withdrawalPath(rest string) string {
	return path("/organizations/%s/withdrawals", w.organizationID) + rest
}

func (w *world) withdraw(t *testing.T, amountMinor int64) client.Withdrawal {
	t.Helper()
	made, err := w.as(t, w.brand()).CreateWithdrawalWithResponse(t.Context(), w.organizationID, nil, client.NewWithdrawal{Currency: "USD", AmountMinor: amountMinor})
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, made.StatusCode(), string(made.Body))
	return *made.JSON201
}

func TestWithdrawals(t *testing.T) {
	t.Parallel()

	t.Run("take their amount out of the balance at once, and show their refunds", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		arrived := w.deposit(t, 100_000)

		made := w.withdraw(t, 40_000)
		read, err := w.as(t, w.finance()).GetWithdrawalWithResponse(t.Context(), w.organizationID, made.Id)
		require.NoError(t, err)
		status := "sending"
		listed, err := w.as(t, w.brand()).ListWithdrawalsWithResponse(t.Context(), w.organizationID, &client.ListWithdrawalsParams{Status: &status})
		require.NoError(t, err)

		require.Equal(t, "sending", made.Status)
		require.Equal(t, client.BalanceInCurrency{Currency: "USD", BalanceMinor: 60_000, WithdrawingMinor: 40_000, AvailableMinor: 60_000}, w.balance(t))
		require.Len(t, *read.JSON200.Refunds, 1)
		require.Equal(t, arrived.Id, (*read.JSON200.Refunds)[0].DepositId)
		require.Equal(t, "requested", (*read.JSON200.Refunds)[0].Status)
		require.Len(t, listed.JSON200.Items, 1)
		require.Nil(t, listed.JSON200.Items[0].Refunds)
	})

	t.Run("are made once for one Idempotency-Key", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.deposit(t, 100_000)
		key := "withdrawal-1"

		for range 2 {
			made, err := w.as(t, w.brand()).CreateWithdrawalWithResponse(t.Context(), w.organizationID, &client.CreateWithdrawalParams{IdempotencyKey: &key}, client.NewWithdrawal{Currency: "USD", AmountMinor: 40_000})
			require.NoError(t, err)
			require.Equal(t, http.StatusCreated, made.StatusCode(), string(made.Body))
		}

		require.Equal(t, int64(60_000), w.balance(t).BalanceMinor)
	})

	t.Run("of more than is available are refused, and change nothing", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.deposit(t, 100_000)
		before := w.balance(t)

		w.send(t, w.brand(), "POST", w.withdrawalPath(""), `{"currency":"USD","amount_minor":100001}`, nil).requireProblem(t, 409, "balance_too_low")
		w.send(t, w.brand(), "POST", w.withdrawalPath(""), `{"currency":"EUR","amount_minor":1}`, nil).requireProblem(t, 409, "balance_too_low")
		for body, code := range map[string]string{
			`{"currency":"USD","amount_minor":0}`:                    "amount_not_positive",
			`{"currency":"USD","amount_minor":-1}`:                   "amount_not_positive",
			`{"currency":"ZZZ","amount_minor":1}`:                    "unknown_currency",
			`{"currency":"KWD","amount_minor":1}`:                    "amount_not_whole_units",
			`{"currency":"USD","amount_minor":9223372036854775807}`:  "amount_too_large",
			`{"currency":"USD"}`:                                     "invalid_request",
			`{"currency":"USD","amount_minor":1,"status":"sending"}`: "invalid_request",
		} {
			w.send(t, w.brand(), "POST", w.withdrawalPath(""), body, nil).requireProblem(t, 400, code)
		}

		listed, err := w.as(t, w.brand()).ListWithdrawalsWithResponse(t.Context(), w.organizationID, nil)
		require.NoError(t, err)
		require.Empty(t, listed.JSON200.Items)
		require.Equal(t, before, w.balance(t))
	})

	t.Run("that are cancelled return what is not on its way", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.deposit(t, 30_000)
		w.deposit(t, 30_000)
		made := w.withdraw(t, 50_000)

		cancelled, err := w.as(t, w.finance()).CancelWithdrawalWithResponse(t.Context(), w.organizationID, made.Id, nil, client.OptionalReason{Reason: "not needed"})
		require.NoError(t, err)

		require.Equal(t, "cancelling", cancelled.JSON200.Status, string(cancelled.Body))
		require.Equal(t, int64(20_000), cancelled.JSON200.ReturnedMinor)
		require.Equal(t, []int64{30_000, 30_000}, []int64{w.balance(t).BalanceMinor, w.balance(t).WithdrawingMinor})
	})

	t.Run("are only for those who may, and of the own organization", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.deposit(t, 30_000)
		made := w.withdraw(t, 10_000)
		body := `{"currency":"USD","amount_minor":500}`
		before := w.engine.count()

		for address, sent := range map[string]string{w.withdrawalPath(""): body, w.withdrawalPath("/" + made.Id + "/cancel"): `{}`} {
			w.send(t, w.reviewer(), "POST", address, sent, nil).requireProblem(t, 403, "wrong_role")
		}
		w.send(t, w.foreignBrand(), "POST", w.withdrawalPath(""), body, nil).requireProblem(t, 404, "organization_not_found")
		w.send(t, w.foreignBrand(), "POST", w.withdrawalPath("/"+made.Id+"/cancel"), `{}`, nil).requireProblem(t, 404, "organization_not_found")
		w.send(t, w.foreignBrand(), "GET", w.withdrawalPath("/"+made.Id), "", nil).requireProblem(t, 404, "organization_not_found")
		w.send(t, w.admin(), "GET", w.withdrawalPath("/"+uuid.NewString()), "", nil).requireProblem(t, 404, "withdrawal_not_found")
		w.send(t, w.admin(), "POST", w.withdrawalPath("/"+uuid.NewString()+"/cancel"), `{}`, nil).requireProblem(t, 404, "withdrawal_not_found")

		require.Equal(t, before, w.engine.count())
	})
}
