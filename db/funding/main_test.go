package funding_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// brand is an organization without campaigns.
type brand struct {
	*world.Journal
	ID       string
	deposits int
}

func newBrand(t *testing.T) *brand {
	t.Helper()
	b := &brand{Journal: world.NewJournal(t), ID: uuid.NewString()}
	_, err := b.Campaigns.CreateOrganization(t.Context(), campaigns.NewOrganization{ID: b.ID, Name: "Acme"})
	require.NoError(t, err)
	return b
}

// request stores a deposit of an amount, with a surcharge of 3 %. Each is a minute newer than the one
// before it.
func (b *brand) request(t *testing.T, amountMinor int64) funding.NewDeposit {
	t.Helper()
	b.deposits++
	create := funding.NewDeposit{
		ID: uuid.NewString(), OrganizationID: b.ID, Currency: "USD", AmountMinor: amountMinor, SurchargeMinor: amountMinor * 3 / 100,
		RequestedBy: "eve", Now: world.Now.Add(time.Duration(b.deposits) * time.Minute),
	}
	_, err := b.Funding.CreateDeposit(t.Context(), create)
	require.NoError(t, err)
	return create
}

func paymentOf(depositID string) string { return "pi_" + depositID }

func received(create funding.NewDeposit) ledger.Deposit {
	return ledger.Deposit{
		DepositID: create.ID, OrganizationID: create.OrganizationID, PaymentIntentID: paymentOf(create.ID), Currency: create.Currency,
		GrossMinor: create.PaymentMinor(), SurchargeMinor: create.SurchargeMinor, FeeMinor: create.SurchargeMinor, At: world.Now,
	}
}

// deposit stores a deposit and books its payment.
func (b *brand) deposit(t *testing.T, amountMinor int64) funding.NewDeposit {
	t.Helper()
	create := b.request(t, amountMinor)
	require.NoError(t, b.Funding.RecordDeposit(t.Context(), received(create)))
	return create
}

func (b *brand) newWithdrawal(amountMinor int64) funding.NewWithdrawal {
	return funding.NewWithdrawal{ID: uuid.NewString(), OrganizationID: b.ID, Currency: "USD", AmountMinor: amountMinor, RequestedBy: "eve", Now: world.Now}
}

func (b *brand) withdraw(t *testing.T, amountMinor int64) string {
	t.Helper()
	create := b.newWithdrawal(amountMinor)
	_, err := b.Funding.Reserve(t.Context(), create)
	require.NoError(t, err)
	return create.ID
}

func (b *brand) plan(t *testing.T, withdrawalID string) funding.Plan {
	t.Helper()
	plan, err := b.Funding.Plan(t.Context(), withdrawalID, world.Now)
	require.NoError(t, err)
	return plan
}

// refund is what the processor made of a planned refund.
func refund(plan funding.Plan, refundID string) ledger.DepositRefund {
	return ledger.DepositRefund{
		DepositID: plan.Refund.DepositID, RefundID: refundID, WithdrawalID: plan.Refund.WithdrawalID, Number: plan.Refund.Number,
		Currency: plan.Refund.Currency, AmountMinor: plan.Refund.AmountMinor, At: world.Now,
	}
}

func (b *brand) cancel(t *testing.T, withdrawalID string) funding.Withdrawal {
	t.Helper()
	cancelled, err := b.Funding.Cancel(t.Context(), withdrawalID, access.OperatorAction{ID: uuid.NewString(), Subject: "withdrawal/" + withdrawalID, Action: "cancel", Actor: "eve", Reason: "not needed"}, world.Now)
	require.NoError(t, err)
	return cancelled
}

// requireBalance requires what is in the balance, what is being withdrawn, what is at risk and what is
// available, and that the books are in order.
func (b *brand) requireBalance(t *testing.T, balanceMinor, withdrawingMinor, atRiskMinor, availableMinor int64) {
	t.Helper()
	read, err := b.Funding.GetBalance(t.Context(), b.ID, "USD")
	require.NoError(t, err)
	require.Equal(t, []int64{balanceMinor, withdrawingMinor, atRiskMinor, availableMinor}, []int64{read.BalanceMinor, read.WithdrawingMinor, read.AtRiskMinor, read.AvailableMinor()})
	listed, err := b.Funding.ListBalances(t.Context(), b.ID)
	require.NoError(t, err)
	require.Equal(t, []funding.Balance{read}, listed)
	require.Empty(t, b.Verify(t).Findings)
}
