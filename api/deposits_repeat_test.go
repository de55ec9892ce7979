package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/names"
)

// begun is what an earlier request with a key has stored before its answer was lost.
func (w *world) begun(key string) funding.NewDeposit {
	return funding.NewDeposit{
		ID: names.RequestID(w.brand().UserID, key), OrganizationID: w.organizationID, Currency: "USD", AmountMinor: 100_000,
		SurchargeMinor: 7, RequestedBy: w.brand().UserID, Now: w.clock.Now(),
	}
}

func TestRepeatedDeposit(t *testing.T) {
	t.Parallel()
	key := func() header { return header{"Idempotency-Key": "key-1"} }

	t.Run("is carried out after a failure that has passed", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		body := `{"currency":"USD","amount_minor":500,"payment_method":"pm_1"}`

		w.engine.failWith(fault.New(fault.Unavailable, "engine_unavailable", "try again"))
		w.send(t, w.brand(), "POST", w.depositPath(""), body, key()).requireProblem(t, 503, "engine_unavailable")
		w.engine.failWith(nil)
		made := w.send(t, w.brand(), "POST", w.depositPath(""), body, key())
		w.send(t, w.brand(), "POST", w.depositPath(""), body, key())

		require.Equal(t, http.StatusCreated, made.status, string(made.body))
		require.Equal(t, int64(500), w.balance(t).BalanceMinor)
	})

	t.Run("with another amount is refused, although the first one got no answer", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		_, err := w.store.Funding.CreateDeposit(t.Context(), w.begun("key-1"))
		require.NoError(t, err)

		w.send(t, w.brand(), "POST", w.depositPath(""), `{"currency":"USD","amount_minor":500000}`, key()).requireProblem(t, 409, "deposit_exists")
	})

	t.Run("with another amount is refused while the first one is being stored", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.engine.onWork = func() {
			_, err := w.store.Funding.CreateDeposit(t.Context(), w.begun("key-1"))
			assert.NoError(t, err)
		}

		w.send(t, w.brand(), "POST", w.depositPath(""), `{"currency":"USD","amount_minor":500000}`, key()).requireProblem(t, 409, "deposit_exists")
	})

	t.Run("keeps the surcharge that the brand saw first", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		_, err := w.store.Funding.CreateDeposit(t.Context(), w.begun("key-1"))
		require.NoError(t, err)

		again := w.send(t, w.brand(), "POST", w.depositPath(""), `{"currency":"USD","amount_minor":100000}`, key())

		require.Equal(t, http.StatusCreated, again.status, string(again.body))
		require.Contains(t, string(again.body), `"surcharge_minor":7`)
	})

	t.Run("of a withdrawal with another amount is refused", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.deposit(t, 100_000)
		_, err := w.store.Funding.Reserve(t.Context(), funding.NewWithdrawal{
			ID: names.RequestID(w.brand().UserID, "key-1"), OrganizationID: w.organizationID, Currency: "USD", AmountMinor: 1_000, RequestedBy: w.brand().UserID, Now: time.Now(),
		})
		require.NoError(t, err)

		w.send(t, w.brand(), "POST", w.withdrawalPath(""), `{"currency":"USD","amount_minor":5000}`, key()).requireProblem(t, 409, "withdrawal_exists")

		require.Equal(t, int64(1_000), w.balance(t).WithdrawingMinor)
	})
}

func TestRepeatedCancel(t *testing.T) {
	t.Parallel()

	t.Run("of a payment that is being processed is asked again, and not answered from the first time", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		waiting, err := w.as(t, w.brand()).CreateDepositWithResponse(t.Context(), w.organizationID, nil, client.NewDeposit{Currency: "USD", AmountMinor: 500})
		require.NoError(t, err)
		address := w.depositPath("/" + waiting.JSON201.Id + "/cancel")

		w.engine.failWith(fault.New(fault.UnknownOutcome, "engine_timeout", "repeat the request"))
		w.send(t, w.brand(), "POST", address, `{}`, header{"Idempotency-Key": "cancel-1"}).requireProblem(t, 503, "engine_timeout")
		w.engine.failWith(fault.New(fault.Conflict, "payment_processing", "wait"))
		w.send(t, w.brand(), "POST", address, `{}`, header{"Idempotency-Key": "cancel-1"}).requireProblem(t, 409, "payment_processing")
		w.engine.failWith(nil)
		cancelled := w.send(t, w.brand(), "POST", address, `{}`, header{"Idempotency-Key": "cancel-2"})

		require.Equal(t, http.StatusOK, cancelled.status, string(cancelled.body))
		require.Contains(t, string(cancelled.body), `"status":"cancelled"`)
	})

	t.Run("of a cancelled withdrawal is answered like the first", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.deposit(t, 30_000)
		id := names.RequestID(w.brand().UserID, "w")
		_, err := w.store.Funding.Reserve(t.Context(), funding.NewWithdrawal{ID: id, OrganizationID: w.organizationID, Currency: "USD", AmountMinor: 1_000, RequestedBy: "b", Now: time.Now()})
		require.NoError(t, err)

		for range 2 {
			cancelled := w.send(t, w.brand(), "POST", w.withdrawalPath("/"+id+"/cancel"), `{}`, nil)
			require.Equal(t, http.StatusOK, cancelled.status, string(cancelled.body))
			require.Contains(t, string(cancelled.body), `"status":"cancelled"`)
		}
	})

	t.Run("of what ends in between is answered by its end", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		arrived := w.deposit(t, 30_000)
		id := names.RequestID(w.brand().UserID, "w")
		_, err := w.store.Funding.Reserve(t.Context(), funding.NewWithdrawal{ID: id, OrganizationID: w.organizationID, Currency: "USD", AmountMinor: 1_000, RequestedBy: "b", Now: time.Now()})
		require.NoError(t, err)
		w.engine.failWith(fault.New(fault.Conflict, "not_running", "it is not running"))

		w.send(t, w.brand(), "POST", w.depositPath("/"+arrived.Id+"/cancel"), `{}`, nil).requireProblem(t, 409, "deposit_ended")
		w.send(t, w.brand(), "POST", w.withdrawalPath("/"+id+"/cancel"), `{}`, nil).requireProblem(t, 409, "not_running")
	})
}

func TestCampaignAboveOnePayment(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *api.Config) { c.PaymentMax = funding.PaymentMax{"USD": 50_000} }) // half of the budget
	campaignID := w.draft(t)
	w.move(t, campaignID, campaign.Submit)
	w.move(t, campaignID, campaign.Approve)
	for range 4 {
		w.deposit(t, 25_000)
	}
	before := w.engine.count()

	w.send(t, w.brand(), "POST", path("/campaigns/%s/fund", campaignID), `{}`, nil).requireProblem(t, 400, "payment_too_large")
	require.Equal(t, before, w.engine.count())
	funded := w.send(t, w.brand(), "POST", path("/campaigns/%s/fund", campaignID), `{"source":"balance"}`, nil)

	require.Equal(t, http.StatusOK, funded.status, string(funded.body))
	read, err := w.store.Campaigns.Get(t.Context(), campaignID)
	require.NoError(t, err)
	require.Equal(t, []int64{100_000, 100_000}, []int64{read.Terms.BudgetMinor, read.AllocatedMinor})
}
