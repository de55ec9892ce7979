package workflows_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/workflows"
)

// account is a world with a brand that has a balance of its own.
type account struct {
	*world
}

const checkInterval = duration.Text(15 * time.Minute)

func setupAccount(t *testing.T) *account {
	t.Helper()
	return &account{world: setup(t)}
}

// newDeposit is a deposit whose payment covers what Stripe keeps of it.
func (a *account) newDeposit(t *testing.T, amountMinor int64, method string) workflows.DepositInput {
	t.Helper()
	surchargeMinor, err := processingFee.Surcharge(amountMinor, "USD")
	require.NoError(t, err)
	return workflows.DepositInput{
		Deposit:       funding.NewDeposit{ID: uuid.NewString(), OrganizationID: a.organizationID, Currency: "USD", AmountMinor: amountMinor, SurchargeMinor: surchargeMinor, RequestedBy: "brand"},
		PaymentMethod: method, CheckInterval: checkInterval,
	}
}

// deposit makes a deposit and returns it as it is on record. What follows begins a minute later, so that
// one deposit is older than the next.
func (a *account) deposit(t *testing.T, amountMinor int64, method string) funding.Deposit {
	t.Helper()
	input := a.newDeposit(t, amountMinor, method)
	result := completed[workflows.DepositResult](a.begin(t), workflows.Deposit, input)
	require.Equal(t, funding.DepositReceived, result.Status)
	next := a.clock.Now().Add(time.Minute)
	a.clock.follow(func() time.Time { return next })
	return a.onRecord(t, input.Deposit.ID)
}

func (a *account) onRecord(t *testing.T, depositID string) funding.Deposit {
	t.Helper()
	found, err := a.store.Funding.GetDeposit(t.Context(), depositID)
	require.NoError(t, err)
	return found
}

func (a *account) newWithdrawal(amountMinor int64) workflows.WithdrawalInput {
	return workflows.WithdrawalInput{
		Withdrawal:    funding.NewWithdrawal{ID: uuid.NewString(), OrganizationID: a.organizationID, Currency: "USD", AmountMinor: amountMinor, RequestedBy: "brand"},
		CheckInterval: checkInterval,
	}
}

func (a *account) withdrawal(t *testing.T, id string) funding.Withdrawal {
	t.Helper()
	found, err := a.store.Funding.GetWithdrawal(t.Context(), id)
	require.NoError(t, err)
	return found
}

// requireBalance requires what the brand has, what is on its way to it, that Stripe holds both, and that
// the books are in order.
func (a *account) requireBalance(t *testing.T, balanceMinor, withdrawingMinor int64) {
	t.Helper()
	require.Equal(t, balanceMinor, a.balance(t, ledger.OrganizationBalance(a.organizationID)))
	require.Equal(t, withdrawingMinor, a.balance(t, ledger.OrganizationWithdrawing(a.organizationID)))
	require.Equal(t, a.stripeAvailable(t, ""), a.balance(t, ledger.StripePlatform))
	a.requireBooksInOrder(t)
}

// refundByHand refunds some of a payment in Stripe's dashboard.
func (a *account) refundByHand(t *testing.T, paymentIntentID string, amountMinor int64) {
	t.Helper()
	a.control(t, "/refunds", fmt.Sprintf(`{"charge":%q,"amount_minor":%d}`, a.chargeOf(t, paymentIntentID), amountMinor))
}

func (a *account) chargeOf(t *testing.T, paymentIntentID string) string {
	t.Helper()
	return a.call(t, http.MethodGet, "/v1/payment_intents/"+paymentIntentID, "", "", "")["latest_charge"].(string)
}

// failRefund has the brand's bank send the refund number n back, which counts from 0.
func (a *account) failRefund(t *testing.T, n int) {
	t.Helper()
	applied := a.sim.Journal().Entries(0, "refund.applied")
	require.Greater(t, len(applied), n)
	a.control(t, "/refunds/"+applied[n].ObjectID+"/fail", `{}`)
}

// tooOld has Stripe refuse to refund what was paid before.
func (a *account) tooOld(t *testing.T) {
	t.Helper()
	a.control(t, "/refund_windows", `{"card":"1s"}`)
}
