package campaigns_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	dbfunding "github.com/creditroll/creditroll/db/funding"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
)

// mover plays a brand that changes the budget of one campaign, deposits and withdraws. The campaign was
// paid for by itself.
type mover struct {
	*world.World
	organizationID string
	paidMinor      int64
	views, polls   int
	// refundedMinor is what refunds have sent back, by payment.
	refundedMinor map[string]int64
	depositsMinor map[string]int64
}

func (m *mover) ownPayment() string { return m.Dispute(1).PaymentIntentID }

func (m *mover) amend(t *rapid.T) {
	change := campaign.Change{BudgetMinor: rapid.Int64Range(1, 200_000).Draw(t, "budget")}
	_, err := m.Campaigns.Amend(t.Context(), campaign.Amendment{CampaignID: m.CampaignID, ID: uuid.NewString(), Change: change, Actor: "ann", Now: world.Now})
	if err != nil {
		require.Contains(t, []string{"balance_too_low", "budget_below_earned", "nothing_changes"}, fault.CodeOf(err))
	}
}

func (m *mover) earn(t *rapid.T) {
	m.polls++
	m.views += rapid.IntRange(0, 60_000).Draw(t, "views")
	m.Read(t, 0, m.polls, int64(m.views))
}

func (m *mover) deposit(t *rapid.T) {
	amountMinor := rapid.Int64Range(1, 80_000).Draw(t, "deposit")
	m.depositsMinor["pi_"+m.Deposit(t, m.organizationID, amountMinor)] = amountMinor
}

// withdraw takes a part of what is available out of the balance, and requires that refunds bring it.
func (m *mover) withdraw(t *rapid.T) {
	available, err := m.Funding.GetBalance(t.Context(), m.organizationID, "USD")
	require.NoError(t, err)
	if available.AvailableMinor() == 0 {
		return
	}
	m.withdrawExactly(t, rapid.Int64Range(1, available.AvailableMinor()).Draw(t, "withdrawal"))
}

func (m *mover) withdrawExactly(t *rapid.T, amountMinor int64) {
	id := uuid.NewString()
	_, err := m.Funding.Reserve(t.Context(), funding.NewWithdrawal{ID: id, OrganizationID: m.organizationID, Currency: "USD", AmountMinor: amountMinor, RequestedBy: "ann", Now: world.Now})
	require.NoError(t, err)
	for {
		plan, err := m.Funding.Plan(t.Context(), id, world.Now)
		require.NoError(t, err)
		if plan.Refund == nil {
			require.False(t, plan.Exhausted, "%d of %d are left to send", plan.Withdrawal.LeftMinor(), amountMinor)
			return
		}
		m.refundedMinor[plan.Refund.PaymentIntentID] += plan.Refund.AmountMinor
		require.NoError(t, m.Funding.RecordRefund(t.Context(), ledger.DepositRefund{
			DepositID: plan.Refund.DepositID, RefundID: "re_" + uuid.NewString(), WithdrawalID: id, Number: plan.Refund.Number, Currency: "USD", AmountMinor: plan.Refund.AmountMinor, At: world.Now,
		}))
	}
}

// end returns and refunds what is left, as the workflow of a campaign does.
func (m *mover) end(t *rapid.T) {
	require.NoError(t, m.Campaigns.ReturnBudget(t.Context(), m.CampaignID, world.Now))
	facts := m.Facts(t)
	require.Zero(t, facts.ReturnableMinor())
	if leftMinor := facts.RefundableMinor(); leftMinor > 0 {
		m.refundedMinor[m.ownPayment()] += leftMinor
		require.NoError(t, m.Campaigns.RecordRefund(t.Context(), m.Refund("re_"+m.CampaignID, leftMinor)))
	}
	require.Zero(t, m.Facts(t).EscrowMinor())
}

// requireRefundable requires that no payment is refunded by more than was paid.
func (m *mover) requireRefundable(t *rapid.T) {
	for payment, refundedMinor := range m.refundedMinor {
		if payment == m.ownPayment() {
			require.LessOrEqual(t, refundedMinor, m.paidMinor, "of the campaign's payment")
			continue
		}
		require.LessOrEqual(t, refundedMinor, m.depositsMinor[payment], "of a deposit")
	}
	listed, err := m.Funding.ListDeposits(t.Context(), dbfunding.Filter{OrganizationID: m.organizationID}, db.Page{Size: 200})
	require.NoError(t, err)
	movedMinor := int64(0)
	for _, deposit := range listed {
		if deposit.CampaignID != "" {
			movedMinor += deposit.AmountMinor
		}
	}
	require.LessOrEqual(t, movedMinor, m.paidMinor)
}

// requireStatement requires that the statement of the month shows all that was deposited, and ends with
// the balance of now.
func (m *mover) requireStatement(t *rapid.T) {
	read, err := m.Statements.GetOrganization(t.Context(), m.organizationID, world.Now.Format("2006-01"), "USD", world.Now)
	if len(m.depositsMinor) == 0 && err != nil {
		require.Equal(t, "account_without_currency", fault.CodeOf(err))
		return
	}
	require.NoError(t, err)
	world.RequireBalanceAddsUp(t, read[0])
	depositedMinor := int64(0)
	for _, amountMinor := range m.depositsMinor {
		depositedMinor += amountMinor
	}
	now, err := m.Funding.GetBalance(t.Context(), m.organizationID, "USD")
	require.NoError(t, err)
	require.Equal(t, []int64{0, depositedMinor, now.BalanceMinor + now.WithdrawingMinor, now.WithdrawingMinor},
		[]int64{read[0].OpeningMinor, read[0].DepositedMinor, read[0].ClosingMinor, read[0].WithdrawingMinor})
}

// Whatever a brand does with a campaign that it paid for by itself: no payment is refunded twice, and
// once the campaign has ended, refunds bring back all that creators have not earned.
func TestMovedPaymentsComeBackOnce(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	store := dbtest.Open(t, url)

	rapid.Check(t, func(t *rapid.T) {
		w := world.In(t, url, store, 1, nil)
		stored, err := store.Campaigns.Get(t.Context(), w.CampaignID)
		require.NoError(t, err)
		m := &mover{World: w, organizationID: stored.OrganizationID, paidMinor: w.Terms.BudgetMinor, refundedMinor: map[string]int64{}, depositsMinor: map[string]int64{}}
		steps := []func(*rapid.T){m.amend, m.amend, m.earn, m.deposit, m.withdraw}

		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			rapid.SampledFrom(steps).Draw(t, "step")(t)
			m.requireRefundable(t)
		}
		m.end(t)
		left, err := m.Funding.GetBalance(t.Context(), m.organizationID, "USD")
		require.NoError(t, err)
		if left.AvailableMinor() > 0 {
			m.withdrawExactly(t, left.AvailableMinor())
		}

		m.requireRefundable(t)
		totalMinor := m.paidMinor - m.Facts(t).SpentMinor
		for _, amountMinor := range m.depositsMinor {
			totalMinor += amountMinor
		}
		for _, refundedMinor := range m.refundedMinor {
			totalMinor -= refundedMinor
		}
		require.Zero(t, totalMinor, "what the brand paid, less what was earned, has come back")
		m.requireStatement(t)
		dbtest.RequireBooksInOrder(t, store)
	})
}
