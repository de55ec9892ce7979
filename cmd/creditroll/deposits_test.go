package main

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/domain/ledger"
)

func TestBalanceOfABrand(t *testing.T) {
	t.Parallel()

	t.Run("takes a deposit and a withdrawal, although the worker is killed after each request", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		brand := w.organization()

		made, err := w.client.CreateDepositWithResponse(t.Context(), brand, &client.CreateDepositParams{IdempotencyKey: new(uuid.NewString())}, client.NewDeposit{Currency: "USD", AmountMinor: 60_000, PaymentMethod: "pm_card_bypassPending"})
		require.NoError(t, err)
		require.Equal(t, http.StatusCreated, made.StatusCode(), string(made.Body))
		w.killWorker()
		w.startWorker()
		w.eventually("the deposit is in the balance", func() bool { return w.balance(ledger.OrganizationBalance(brand)) == 60_000 })
		withdrawn, err := w.client.CreateWithdrawalWithResponse(t.Context(), brand, nil, client.NewWithdrawal{Currency: "USD", AmountMinor: 50_000})
		require.NoError(t, err)
		require.Equal(t, http.StatusCreated, withdrawn.StatusCode(), string(withdrawn.Body))
		w.killWorker()
		w.startWorker()
		refused, err := w.client.CreateWithdrawalWithResponse(t.Context(), brand, nil, client.NewWithdrawal{Currency: "USD", AmountMinor: 10_001})
		require.NoError(t, err)

		w.eventually("the withdrawal is sent", func() bool {
			read, err := w.client.GetWithdrawalWithResponse(t.Context(), brand, withdrawn.JSON201.Id)
			return err == nil && read.JSON200 != nil && read.JSON200.Status == "completed"
		})
		w.eventually("no workflow is running", func() bool { return w.running() == 0 })
		require.Equal(t, "balance_too_low", refused.ApplicationproblemJSONDefault.Code)
		require.Equal(t, []int64{10_000, 0}, []int64{w.balance(ledger.OrganizationBalance(brand)), w.balance(ledger.OrganizationWithdrawing(brand))})
		require.Len(t, w.effects("charge.succeeded", ""), 1)
		require.Len(t, w.effects("refund.applied", ""), 1)
		dbtest.RequireBooksInOrder(t, w.store)
		w.requireOneEntryAnObject()
	})

	t.Run("takes a deposit of a card whose payer has to confirm it at the bank's page", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		brand := w.organization()

		made, err := w.client.CreateDepositWithResponse(t.Context(), brand, &client.CreateDepositParams{IdempotencyKey: new(uuid.NewString())}, client.NewDeposit{Currency: "USD", AmountMinor: 60_000, PaymentMethod: "pm_card_authenticationRequired"})
		require.NoError(t, err)
		require.Equal(t, http.StatusCreated, made.StatusCode(), string(made.Body))
		require.Equal(t, "requires_action", *made.JSON201.PaymentStatus)
		require.NotEmpty(t, *made.JSON201.ClientSecret)
		w.control("payment_intents/"+*made.JSON201.PaymentIntentId+"/succeed", `{}`)

		w.eventually("the deposit is in the balance", func() bool { return w.balance(ledger.OrganizationBalance(brand)) == 60_000 })
	})
}
