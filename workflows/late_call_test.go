package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// A person resets a workflow while a call that moves money has no answer. The server schedules the same call once
// more. A day later Stripe has forgotten its key.

func TestPayoutMovesMoneyOnceAlthoughACallIsScheduledAgain(t *testing.T) {
	t.Parallel()
	for call, bank := range map[string]string{"CreateTransfer": goodBank, "CreateBankPayout": goodBank, "ReverseTransfer": noAccount} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			p := setupPayout(t, bank)
			p.mishaps.lose(call, nextDay, 1)
			h := p.begin(t)
			h.ask(6*days, workflows.UpdateCancel, operator()) // refused once the payout has ended

			result := p.pay(h)

			require.Equal(t, 1, p.effects("transfer.applied"))
			if call == "ReverseTransfer" {
				require.Equal(t, payout.Cancelled, result.Status)
				require.Equal(t, 1, p.effects("reversal.applied"))
				p.requireGivenBack(t, payout.Cancelled)
				return
			}
			require.Equal(t, payout.Paid, result.Status)
			p.requirePaidOnce(t)
		})
	}
	for _, call := range []string{"CreateTransfer", "CreateBankPayout"} {
		t.Run(call+", which was never sent", func(t *testing.T) {
			t.Parallel()
			p := setupPayout(t, goodBank)
			p.mishaps.lose(call, neverSent, 1)
			h := p.begin(t)
			var reason string
			h.at(5*days, func() { reason = p.attentionReason() })
			h.ask(5*days+hour, workflows.UpdateRetry, operator())

			result := p.pay(h)

			require.NotEmpty(t, reason, "a person says that it may be sent under a new key")
			require.Equal(t, payout.Paid, result.Status)
			p.requirePaidOnce(t)
		})
	}
}

func TestPaymentsMoveMoneyOnceAlthoughACallIsScheduledAgain(t *testing.T) {
	t.Parallel()
	t.Run("the payment of a campaign", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.mishaps.lose("CreateFunding", nextDay, 1)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.ask(2*days, workflows.UpdateTransition, asks(campaign.Cancel))

		require.Equal(t, campaign.Cancelled, b.live(h).Status)
		require.Equal(t, 1, b.effects("charge.succeeded"))
		require.Equal(t, 1, b.effects("refund.applied"))
		b.requireRefunded(t, 0)
	})

	t.Run("the refund of a campaign", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.mishaps.lose("CreateRefund", nextDay, 1)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.ask(hour, workflows.UpdateTransition, asks(campaign.Cancel))

		require.Equal(t, campaign.Cancelled, b.live(h).Status)
		require.Equal(t, 1, b.effects("refund.applied"))
		b.requireRefunded(t, 0)
	})

	t.Run("the payment of a deposit", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.mishaps.lose("CreateFunding", nextDay, 1)

		result := completed[workflows.DepositResult](a.begin(t), workflows.Deposit, a.newDeposit(t, 60_000, "pm_card_bypassPending"))

		require.Equal(t, funding.DepositReceived, result.Status)
		require.Equal(t, 1, a.effects("charge.succeeded"))
		a.requireBalance(t, 60_000, 0)
	})

	t.Run("the refund of a withdrawal", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		a.mishaps.lose("CreateRefund", nextDay, 1)

		result := completed[workflows.WithdrawalResult](a.begin(t), workflows.Withdrawal, a.newWithdrawal(50_000))

		require.Equal(t, workflows.WithdrawalResult{Status: funding.WithdrawalCompleted, SentMinor: 50_000}, result)
		require.Equal(t, 1, a.effects("refund.applied"))
		a.requireBalance(t, 10_000, 0)
	})

	t.Run("the refund of a converted payment", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		input := a.converted(t, "pm_card_bypassPending")
		a.mishaps.lose("CreateRefund", nextDay, 1)

		result := completed[workflows.ConvertedPaymentResult](a.begin(t), workflows.ConvertedPayment, input)

		require.Equal(t, int64(10_000), result.ReturnedMinor)
		require.Equal(t, 1, a.effects("refund.applied"))
		a.requireExplained(t, 0, 0)
	})
}
