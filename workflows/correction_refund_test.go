package workflows_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/workflows"
)

// outsideRefund proposes to settle the whole budget of a campaign outside.
func (b *brand) outsideRefund() corrected {
	return corrected{b.world, workflows.CorrectionInput{Campaign: b.input.Settings, Proposal: correction.Proposal{
		ID: uuid.NewString(), Kind: correction.SettleRefund, Currency: "USD", CampaignID: b.input.CampaignID, AmountMinor: b.input.Terms.BudgetMinor,
		ProposedBy: "proposer", Reason: "the card is gone", Evidence: "the wire of 2 March", Reference: "wire 17",
	}}}
}

func TestSettleRefundOutside(t *testing.T) {
	t.Parallel()

	t.Run("lets a campaign end whose refund Stripe always refuses", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/refunds", Action: faults.Refuse, Code: "charge_expired_for_capture", Count: faults.Forever})
		c := b.outsideRefund()
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.ask(hour, workflows.UpdateTransition, asks(campaign.Cancel))
		h.at(3*hour, func() {
			require.Equal(t, c.input.Proposal.AmountMinor, b.balance(t, ledger.CampaignEscrow(b.input.CampaignID)), "it waits")
			propose := c.input.Proposal
			propose.Now = b.clock.Now()
			_, err := b.store.Corrections.Propose(t.Context(), propose)
			require.NoError(t, err)
			_, err = b.store.Corrections.Decide(t.Context(), correction.Decision{ID: propose.ID, Approve: true, Actor: "approver", Now: b.clock.Now()})
			require.NoError(t, err)
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})

		result := b.live(h)

		require.Equal(t, campaign.Cancelled, result.Status)
		require.Equal(t, c.input.Proposal.AmountMinor, result.RefundedMinor)
		require.Zero(t, b.effects("refund.applied"))
		require.Zero(t, b.balance(t, ledger.CampaignEscrow(b.input.CampaignID)))
		require.Equal(t, c.input.Proposal.AmountMinor, b.balance(t, ledger.PlatformCapital))
		b.requireBooksInOrder(t)
	})

	t.Run("signals the campaign once another person has approved", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.mishaps.terminate("CreateRefund", beforeWork)
		c := b.outsideRefund()
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.ask(hour, workflows.UpdateTransition, asks(campaign.Cancel))
		h.ExecuteWorkflow(workflows.CampaignLifecycle, b.input)
		h.requireTerminated()
		h = c.begin(t)
		h.ask(time.Hour, workflows.UpdateApprove, by("approver"))

		result := c.run(h)

		require.Equal(t, c.input.Proposal.AmountMinor, result.CorrectedMinor)
		require.Contains(t, h.signals.all(), names.Campaign(b.input.CampaignID)+" "+workflows.SignalStripeChanged)
	})

	t.Run("signals the withdrawal that was settled", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		create := a.newWithdrawal(50_000).Withdrawal
		create.Now = a.clock.Now()
		_, err := a.store.Funding.Reserve(t.Context(), create)
		require.NoError(t, err)
		c := corrected{a.world, workflows.CorrectionInput{Proposal: correction.Proposal{
			ID: uuid.NewString(), Kind: correction.SettleWithdrawal, Currency: "USD", WithdrawalID: create.ID, AmountMinor: create.AmountMinor,
			ProposedBy: "proposer", Reason: "the card is gone", Evidence: "the wire of 2 March", Reference: "wire 17",
		}}}
		h := c.begin(t)
		h.ask(time.Hour, workflows.UpdateApprove, by("approver"))

		result := c.run(h)

		require.Equal(t, create.AmountMinor, result.CorrectedMinor)
		require.Contains(t, h.signals.all(), names.Withdrawal(create.ID)+" "+workflows.SignalStripeChanged)
	})
}
