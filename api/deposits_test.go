package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// deposit makes a deposit that arrives at once.
func (w *world) deposit(t *testing.T, amountMinor int64) client.Deposit {
	t.Helper()
	params := client.CreateDepositParams{IdempotencyKey: new(uuid.NewString())}
	made, err := w.as(t, w.brand()).CreateDepositWithResponse(t.Context(), w.organizationID, &params, client.NewDeposit{Currency: "USD", AmountMinor: amountMinor, PaymentMethod: "pm_card_visa"})
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, made.StatusCode(), string(made.Body))
	return *made.JSON201
}

// balance is what the API shows of the organization's balance in dollars.
func (w *world) balance(t *testing.T) client.BalanceInCurrency {
	t.Helper()
	read, err := w.as(t, w.finance()).GetOrganizationBalanceWithResponse(t.Context(), w.organizationID)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, read.StatusCode(), string(read.Body))
	require.Len(t, read.JSON200.Currencies, 1)
	return read.JSON200.Currencies[0]
}

func (w *world) depositPath(rest string) string {
	return path("/organizations/%s/deposits", w.organizationID) + rest
}

func TestDeposits(t *testing.T) {
	t.Parallel()

	t.Run("show what the brand pays, and have a secret for its browser", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		ask, key := client.NewDeposit{Currency: "USD", AmountMinor: 100_000}, "deposit-1"

		made, err := w.as(t, w.brand()).CreateDepositWithResponse(t.Context(), w.organizationID, &client.CreateDepositParams{IdempotencyKey: &key}, ask)
		require.NoError(t, err)
		again, err := w.as(t, w.brand()).CreateDepositWithResponse(t.Context(), w.organizationID, &client.CreateDepositParams{IdempotencyKey: &key}, ask)
		require.NoError(t, err)
		read, err := w.as(t, w.brand()).GetDepositWithResponse(t.Context(), w.organizationID, made.JSON201.Id)
		require.NoError(t, err)

		require.Equal(t, http.StatusCreated, made.StatusCode(), string(made.Body))
		require.Equal(t, []int64{100_000, 3_018, 103_018, 0}, []int64{made.JSON201.AmountMinor, made.JSON201.SurchargeMinor, made.JSON201.PaymentMinor, made.JSON201.RefundedMinor})
		require.Equal(t, "pending", made.JSON201.Status)
		require.Equal(t, "requires_payment_method", *made.JSON201.PaymentStatus)
		require.NotEmpty(t, *made.JSON201.ClientSecret)
		require.Equal(t, made.JSON201.Id, again.JSON201.Id)
		require.NotEmpty(t, *again.JSON201.ClientSecret)
		require.Nil(t, read.JSON200.ClientSecret)
		require.NotContains(t, w.log.String(), *made.JSON201.ClientSecret)
	})

	t.Run("that have arrived are in the balance, and in the list", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		arrived := w.deposit(t, 100_000)
		_, err := w.as(t, w.brand()).CreateDepositWithResponse(t.Context(), w.organizationID, nil, client.NewDeposit{Currency: "USD", AmountMinor: 500})
		require.NoError(t, err)
		status := "received"

		listed, err := w.as(t, w.finance()).ListDepositsWithResponse(t.Context(), w.organizationID, &client.ListDepositsParams{Status: &status})
		require.NoError(t, err)
		all, err := w.as(t, w.brand()).ListDepositsWithResponse(t.Context(), w.organizationID, nil)
		require.NoError(t, err)

		require.Len(t, listed.JSON200.Items, 1)
		require.Equal(t, arrived.Id, listed.JSON200.Items[0].Id)
		require.Len(t, all.JSON200.Items, 2)
		require.Equal(t, client.BalanceInCurrency{Currency: "USD", BalanceMinor: 100_000, AvailableMinor: 100_000}, w.balance(t))
	})

	t.Run("are cancelled while they wait, and not later", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		waiting, err := w.as(t, w.brand()).CreateDepositWithResponse(t.Context(), w.organizationID, nil, client.NewDeposit{Currency: "USD", AmountMinor: 500})
		require.NoError(t, err)
		arrived := w.deposit(t, 100_000)

		cancelled, err := w.as(t, w.brand()).CancelDepositWithResponse(t.Context(), w.organizationID, waiting.JSON201.Id, nil, client.OptionalReason{})
		require.NoError(t, err)
		again, err := w.as(t, w.brand()).CancelDepositWithResponse(t.Context(), w.organizationID, waiting.JSON201.Id, nil, client.OptionalReason{})
		require.NoError(t, err)

		require.Equal(t, "cancelled", cancelled.JSON200.Status, string(cancelled.Body))
		require.Equal(t, "cancelled", again.JSON200.Status)
		w.send(t, w.brand(), "POST", w.depositPath("/"+arrived.Id+"/cancel"), `{}`, nil).requireProblem(t, 409, "deposit_ended")
	})

	for name, bad := range map[string]struct {
		body, code string
		status     int
	}{
		"nothing":                {`{"currency":"USD","amount_minor":0}`, "amount_not_positive", 400},
		"less than nothing":      {`{"currency":"USD","amount_minor":-5}`, "amount_not_positive", 400},
		"too little to charge":   {`{"currency":"USD","amount_minor":1}`, "amount_too_small", 400},
		"a card without a key":   {`{"currency":"USD","amount_minor":500,"payment_method":"pm_1"}`, "idempotency_key_missing", 400},
		"an unknown currency":    {`{"currency":"usd","amount_minor":5}`, "unknown_currency", 400},
		"a unit of account":      {`{"currency":"CLF","amount_minor":5}`, "currency_not_in_use", 400},
		"what is too fine":       {`{"currency":"KWD","amount_minor":1001}`, "amount_not_whole_units", 400},
		"more than one payment":  {`{"currency":"USD","amount_minor":99999999}`, "payment_too_large", 400},
		"more than can be added": {`{"currency":"USD","amount_minor":9223372036854775807}`, "amount_too_large", 400},
		"without an amount":      {`{"currency":"USD"}`, "invalid_request", 400},
		"a surcharge":            {`{"currency":"USD","amount_minor":5,"surcharge_minor":0}`, "invalid_request", 400},
	} {
		t.Run("refuse "+name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)

			w.send(t, w.brand(), "POST", w.depositPath(""), bad.body, nil).requireProblem(t, bad.status, bad.code)

			require.Zero(t, w.engine.count())
		})
	}

	t.Run("are refused in a currency that would be converted, until it settles", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		dollars := `{"currency":"USD","amount_minor":5000}`
		require.NoError(t, w.store.Funding.RecordSettled(t.Context(), funding.Settled{Currencies: []money.Currency{"GBP", "EUR"}, At: time.Now()}))

		refused := w.send(t, w.brand(), "POST", w.depositPath(""), dollars, nil)
		require.NoError(t, w.store.Funding.RecordSettled(t.Context(), funding.Settled{Currencies: []money.Currency{"USD", "EUR"}, At: time.Now()}))
		accepted := w.send(t, w.brand(), "POST", w.depositPath(""), dollars, nil)

		refused.requireProblem(t, 409, "currency_not_settled")
		require.Contains(t, refused.problem.Detail, "EUR, GBP")
		require.Equal(t, http.StatusCreated, accepted.status)
		all, err := w.as(t, w.brand()).ListDepositsWithResponse(t.Context(), w.organizationID, nil)
		require.NoError(t, err)
		require.Len(t, all.JSON200.Items, 1)
	})

	t.Run("are only for those who may, and of the own organization", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		arrived := w.deposit(t, 100_000)
		body := `{"currency":"USD","amount_minor":500}`
		before := w.engine.count()

		for address, sent := range map[string]string{w.depositPath(""): body, w.depositPath("/" + arrived.Id + "/cancel"): `{}`} {
			w.send(t, w.reviewer(), "POST", address, sent, nil).requireProblem(t, 403, "wrong_role")
			w.send(t, w.creatorUser(), "POST", address, sent, nil).requireProblem(t, 403, "wrong_role")
		}
		w.send(t, w.foreignBrand(), "POST", w.depositPath(""), body, nil).requireProblem(t, 404, "organization_not_found")
		for _, address := range []string{w.depositPath(""), w.depositPath("/" + arrived.Id), path("/organizations/%s/balance", w.organizationID)} {
			w.send(t, w.foreignBrand(), "GET", address, "", nil).requireProblem(t, 404, "organization_not_found")
			w.send(t, w.reviewer(), "GET", address, "", nil).requireProblem(t, 403, "wrong_role")
		}
		w.send(t, w.admin(), "GET", w.depositPath("/"+uuid.NewString()), "", nil).requireProblem(t, 404, "deposit_not_found")
		w.send(t, w.admin(), "GET", path("/organizations/%s/balance", uuid.NewString()), "", nil).requireProblem(t, 404, "organization_not_found")
		other, err := w.as(t, w.admin()).CreateOrganizationWithResponse(t.Context(), nil, client.NewOrganization{Name: "Other"})
		require.NoError(t, err)
		w.send(t, w.admin(), "GET", path("/organizations/%s/deposits/%s", other.JSON201.Id, arrived.Id), "", nil).requireProblem(t, 404, "deposit_not_found")

		require.Equal(t, before, w.engine.count())
	})

	t.Run("answer with the engine's refusal", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.engine.failWith(fault.New(fault.Conflict, "deposit_declined", "declined"))

		w.send(t, w.brand(), "POST", w.depositPath(""), `{"currency":"USD","amount_minor":500}`, nil).requireProblem(t, 409, "deposit_declined")
	})

	t.Run("have no surcharge where the platform bears the fee, and a maximum of its own", func(t *testing.T) {
		t.Parallel()
		w := setup(t, func(c *api.Config) {
			c.CampaignPolicy.PaidBy, c.PaymentMax = campaign.PlatformPays, funding.PaymentMax{"USD": 1_000}
		})

		require.Equal(t, []int64{1_000, 0, 1_000}, func() []int64 {
			d := w.deposit(t, 1_000)
			return []int64{d.AmountMinor, d.SurchargeMinor, d.PaymentMinor}
		}())
		w.send(t, w.brand(), "POST", w.depositPath(""), `{"currency":"USD","amount_minor":1001}`, nil).requireProblem(t, 400, "payment_too_large")
	})
}

func TestDisputeOverADeposit(t *testing.T) {
	t.Parallel()
	w := setup(t)
	arrived := w.deposit(t, 100_000)
	require.NoError(t, w.store.Funding.RecordDisputeOpened(t.Context(), ledger.Dispute{
		DisputeID: "du_1", PaymentIntentID: *arrived.PaymentIntentId, DepositID: arrived.Id, Currency: "USD", AmountMinor: 40_000, At: w.clock.Now(),
	}))

	listed, err := w.as(t, w.finance()).ListDisputesWithResponse(t.Context(), nil)
	require.NoError(t, err)
	cover, err := w.as(t, w.finance()).GetSolvencyWithResponse(t.Context())
	require.NoError(t, err)

	require.Nil(t, listed.JSON200.Items[0].CampaignId)
	require.Equal(t, arrived.Id, *listed.JSON200.Items[0].DepositId)
	require.Equal(t, client.BalanceInCurrency{Currency: "USD", BalanceMinor: 100_000, AtRiskMinor: 40_000, AvailableMinor: 60_000}, w.balance(t))
	require.Equal(t, []int64{100_000, 40_000, 60_000}, []int64{cover.JSON200.Currencies[0].BalancesMinor, cover.JSON200.Currencies[0].AtRiskMinor, cover.JSON200.Currencies[0].OwedMinor})
}
