package workflows_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/workflows"
)

// abroad is a world in which Stripe converts euros: the platform has a bank account in dollars only. A live
// campaign in dollars has left enough on the balance for the fees that refunds do not bring back.
type abroad struct {
	*compared
}

func setupAbroad(t *testing.T) *abroad {
	t.Helper()
	a := &abroad{setupPasses(t)}
	a.control(t, "/conversion", `{"enabled":true,"rates":{"eur":"0.8"}}`)
	return a
}

// begin lets the workflow of a converted payment start when it is followed.
func (a *abroad) begin(t *testing.T) *history {
	t.Helper()
	h := a.world.begin(t)
	h.onSignal = func(workflowID, _ string) {
		if strings.HasPrefix(workflowID, names.ConvertedPayment("")) {
			h.gone[workflowID] = true
		}
	}
	return h
}

// pass compares both sides, once what is under way has had its time.
func (a *abroad) pass(t *testing.T) {
	t.Helper()
	a.later(10 * time.Minute)
	completed[workflows.ReconcileResult](a.begin(t), workflows.Reconcile, workflows.ReconcileInput{Settings: a.settings})
}

// campaignInEuros is a campaign of 100.00 EUR that is not created yet.
func (a *abroad) campaignInEuros(t *testing.T) *brand {
	t.Helper()
	agreed := agree(t, nil)
	agreed.Currency, agreed.BudgetMinor, agreed.SurchargeMinor = "EUR", 10_000, 0
	return &brand{world: a.world, input: workflows.CampaignInput{
		CampaignID: uuid.NewString(), OrganizationID: a.organizationID, Name: "Herbst", Terms: agreed,
		Settings: workflows.CampaignSettings{CheckInterval: checkInterval, PayoutMinimumMinor: payout.EveryMinimum(1000)},
	}}
}

// converted is a payment of 100.00 EUR for a deposit that became 125.00 USD less the fee, and is booked so.
func (a *abroad) converted(t *testing.T, method string) workflows.ConvertedPaymentInput {
	t.Helper()
	ctx, id := t.Context(), uuid.NewString()
	_, err := a.store.Funding.CreateDeposit(ctx, funding.NewDeposit{ID: id, OrganizationID: a.organizationID, Currency: "EUR", AmountMinor: 10_000, RequestedBy: "brand", Now: a.clock.Now()})
	require.NoError(t, err)
	paid, err := a.payments.CreateFunding(ctx, rail.FundingRequest{DepositID: id, AmountMinor: 10_000, Currency: "EUR", PaymentMethod: method, Generation: 1, IdempotencyKey: names.DepositKey(id, 1)})
	require.NoError(t, err)
	require.NoError(t, a.store.Funding.SetPayment(ctx, id, paid.ID))
	require.NoError(t, a.store.Funding.RecordConverted(ctx, funding.ConvertedPayment{
		PaymentIntentID: paid.ID, DepositID: id, AmountMinor: paid.AmountMinor, Currency: paid.Currency,
		NetMinor: paid.NetMinor, FeeMinor: paid.FeeMinor, SettlementCurrency: paid.SettlementCurrency, At: a.clock.Now(),
	}))
	return workflows.ConvertedPaymentInput{PaymentIntentID: paid.ID, CheckInterval: checkInterval}
}

func (a *abroad) standing(t *testing.T, paymentIntentID string) funding.ConvertedStanding {
	t.Helper()
	found, err := a.store.Funding.GetConverted(t.Context(), paymentIntentID)
	require.NoError(t, err)
	return found
}

// rate sets what a dollar is in euros.
func (a *abroad) rate(t *testing.T, euros string) {
	t.Helper()
	a.control(t, "/conversion", fmt.Sprintf(`{"rates":{"eur":%q}}`, euros))
}

// dispute has the brand's bank take some of a payment back, in cents of a euro.
func (a *abroad) dispute(t *testing.T, paymentIntentID string, amountMinor int64) workflows.DisputeInput {
	t.Helper()
	intent := a.call(t, http.MethodGet, "/v1/payment_intents/"+paymentIntentID, "", "", "")
	opened := a.call(t, http.MethodPost, "/_sim/disputes", "", "application/json", fmt.Sprintf(`{"charge":%q,"amount_minor":%d}`, intent["latest_charge"], amountMinor))
	return workflows.DisputeInput{DisputeID: opened["id"].(string), Campaign: workflows.CampaignSettings{CheckInterval: checkInterval}}
}

// requireExplained requires that nothing differs from Stripe, that its balance is that of the books, that
// nothing lies between the currencies, and what the rates and the brand have cost us.
func (a *abroad) requireExplained(t *testing.T, gainedMinor, lostMinor int64) {
	t.Helper()
	a.pass(t)
	require.Empty(t, a.open(t))
	require.Equal(t, a.stripeAvailable(t, ""), a.balance(t, ledger.StripePlatform))
	require.Zero(t, a.balance(t, ledger.FXClearing))
	require.Zero(t, a.balance(t, ledger.StripeDisputed))
	require.Equal(t, gainedMinor, a.balance(t, ledger.ExchangeDifferences))
	require.Equal(t, lostMinor, a.balance(t, ledger.PlatformLosses))
	require.Zero(t, a.balanceIn(t, ledger.StripePlatform, "EUR"))
	a.requireBooksInOrder(t)
}
