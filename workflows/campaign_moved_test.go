package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	dbfunding "github.com/creditroll/creditroll/db/funding"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/workflows"
)

// loweredMinor is the budget of a campaign that paid budgetMinor by card, after it was lowered.
const loweredMinor = 40_000

// lowered begins a campaign that is funded by card, and lowers its budget after an hour.
func (b *brand) lowered(t *testing.T) (h *history, lowered *answer) {
	t.Helper()
	h = b.begin(t)
	b.fund(h, "pm_card_bypassPending")
	return h, h.ask(hour, workflows.UpdateAmend, amends(campaign.Change{BudgetMinor: loweredMinor}))
}

// sendWithdrawal sends one refund of a withdrawal, as its workflow does.
func (a *account) sendWithdrawal(t *testing.T, amountMinor int64) funding.Refund {
	t.Helper()
	create := a.newWithdrawal(amountMinor).Withdrawal
	create.Now = a.clock.Now()
	_, err := a.store.Funding.Reserve(t.Context(), create)
	require.NoError(t, err)
	plan, err := a.store.Funding.Plan(t.Context(), create.ID, create.Now)
	require.NoError(t, err)
	require.Equal(t, amountMinor, plan.Refund.AmountMinor)
	made, err := a.payments.CreateRefund(t.Context(), rail.RefundRequest{
		DepositID: plan.Refund.DepositID, WithdrawalID: create.ID, Number: plan.Refund.Number, FundingID: plan.Refund.PaymentIntentID,
		AmountMinor: amountMinor, Currency: "USD", IdempotencyKey: names.WithdrawalRefundKey(create.ID, plan.Refund.Number),
	})
	require.NoError(t, err)
	require.NoError(t, a.store.Funding.RecordRefund(t.Context(), ledger.DepositRefund{
		DepositID: plan.Refund.DepositID, RefundID: made.ID, WithdrawalID: create.ID, Number: plan.Refund.Number, Currency: "USD", AmountMinor: amountMinor, At: create.Now,
	}))
	return *plan.Refund
}

func TestPaymentThatMovedToTheBalance(t *testing.T) {
	t.Parallel()

	t.Run("is refunded by a withdrawal and by the campaign, each its part", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		a := &account{world: b.world}
		h, lowered := b.lowered(t)
		h.at(2*hour, func() { require.Equal(t, int64(budgetMinor-loweredMinor), b.organizationBalance(t)) })
		h.ask(3*hour, workflows.UpdateTransition, asks(campaign.Cancel))

		b.live(h)
		withdrawal := a.newWithdrawal(budgetMinor - loweredMinor)
		sent := completed[workflows.WithdrawalResult](a.begin(t), workflows.Withdrawal, withdrawal)

		require.NoError(t, lowered.failed)
		require.Equal(t, int64(budgetMinor-loweredMinor), sent.SentMinor)
		require.Equal(t, 2, b.effects("refund.applied"))
		require.Equal(t, int64(budgetMinor), b.onRecord(t).RefundedMinor)
		require.Zero(t, b.balance(t, ledger.CampaignEscrow(b.input.CampaignID)))
		a.requireBalance(t, 0, 0)
		a.requireAlike(t)
	})

	t.Run("is refunded by a campaign only as far as no withdrawal has refunded it", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		a := &account{world: b.world}
		h, _ := b.lowered(t)
		h.at(2*hour, func() {
			a.sendWithdrawal(t, budgetMinor-loweredMinor)
			b.deposit(t, budgetMinor-loweredMinor)
		})
		raised := h.ask(3*hour, workflows.UpdateAmend, amends(campaign.Change{BudgetMinor: budgetMinor}))
		h.ask(4*hour, workflows.UpdateTransition, asks(campaign.Cancel))

		result := b.live(h)

		require.NoError(t, raised.failed)
		require.Equal(t, campaign.Cancelled, result.Status)
		require.Equal(t, 2, b.effects("refund.applied"))
		require.Empty(t, b.attentionReason())
		require.Equal(t, int64(budgetMinor-loweredMinor), b.organizationBalance(t))
		b.requireBooksInOrder(t)
	})

	t.Run("is sent from a deposit if the refund by a withdrawal fails later", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		a := &account{world: b.world}
		h, _ := b.lowered(t)
		h.ask(3*hour, workflows.UpdateTransition, asks(campaign.Cancel))
		b.live(h)
		withdrawal := a.newWithdrawal(budgetMinor - loweredMinor)
		completed[workflows.WithdrawalResult](a.begin(t), workflows.Withdrawal, withdrawal)
		a.deposit(t, budgetMinor-loweredMinor, "pm_card_bypassPending")
		moved, err := a.store.Funding.ListDeposits(t.Context(), dbfunding.Filter{OrganizationID: a.organizationID}, db.Page{Size: 10})
		require.NoError(t, err)
		require.Len(t, moved, 2)
		require.Equal(t, b.input.CampaignID, moved[0].CampaignID)

		a.failRefund(t, 1)
		h = a.begin(t)
		h.gone[names.Withdrawal(withdrawal.Withdrawal.ID)] = true
		completed[workflows.DepositResult](h, workflows.Deposit, again(moved[0]))

		sent := a.withdrawal(t, withdrawal.Withdrawal.ID)
		require.Equal(t, []int64{budgetMinor - loweredMinor, 0}, []int64{sent.SentMinor, sent.ReturnedMinor})
		require.Equal(t, int64(budgetMinor-loweredMinor), a.balance(t, ledger.OrganizationBalance(a.organizationID)), "the payment's part is left, and the deposit is gone")
		require.Equal(t, int64(budgetMinor), b.onRecord(t).RefundedMinor, "the campaign's own refund stays")
		b.requireBooksInOrder(t)
	})

	t.Run("comes out of the balance when a dispute over the payment is lost, also below zero", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		a := &account{world: b.world}
		h, _ := b.lowered(t)
		h.ask(3*hour, workflows.UpdateTransition, asks(campaign.Cancel))
		b.live(h)
		a.spend(t, budgetMinor-loweredMinor)
		moved, err := a.store.Funding.ListDeposits(t.Context(), dbfunding.Filter{OrganizationID: a.organizationID}, db.Page{Size: 10})
		require.NoError(t, err)
		input := a.dispute(t, moved[0])
		h = a.begin(t)
		h.gone[names.Deposit(moved[0].ID)] = true
		h.at(2*days, func() { a.control(t, "/disputes/"+input.DisputeID+"/lose", `{}`) })
		shown, belowMinor := "", int64(0)
		h.at(3*days, func() {
			shown, belowMinor = a.attentionReason(), a.balance(t, ledger.OrganizationBalance(a.organizationID))
			a.spend(t, belowMinor)
		})

		completed[workflows.DisputeResult](h, workflows.FundingDispute, input)

		require.Equal(t, "balance_below_zero", shown)
		require.Equal(t, int64(loweredMinor-budgetMinor), belowMinor)
		require.Zero(t, a.balance(t, ledger.StripeDisputed))
		b.requireBooksInOrder(t)
	})
}
