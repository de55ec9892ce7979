package workflows_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/workflows"
)

const budgetMinor = 100_000

// fundFromBalance takes the campaign from draft to funded within three minutes.
func (b *brand) fundFromBalance(h *history) *answer {
	h.ask(1*time.Minute, workflows.UpdateTransition, asks(campaign.Submit))
	h.ask(2*time.Minute, workflows.UpdateTransition, asks(campaign.Approve))
	return h.ask(3*time.Minute, workflows.UpdateFund, fromBalance())
}

// approvedWithoutConfirmation is a campaign whose workflow knows of a budget that the books do not confirm.
func (b *brand) approvedWithoutConfirmation(t *testing.T) {
	t.Helper()
	require.NoError(t, b.store.Campaigns.Create(t.Context(), campaign.NewCampaign{ID: b.input.CampaignID, OrganizationID: b.organizationID, Name: b.input.Name, Terms: b.input.Terms}))
	for _, command := range []campaign.Command{campaign.Submit, campaign.Approve} {
		_, err := b.store.Campaigns.Move(t.Context(), campaign.Move{CampaignID: b.input.CampaignID, Command: command, StartsAt: b.input.Terms.StartsAt, Now: b.clock.Now()})
		require.NoError(t, err)
	}
	b.input.State.Recorded, b.input.State.Status, b.input.State.Allocated = true, campaign.Approved, true
}

func fromBalance() workflows.Fund {
	return workflows.Fund{Source: campaign.FromBalance, Actor: "brand"}
}

// deposit pays an amount into the brand's own balance.
func (w *world) deposit(t *testing.T, amountMinor int64) {
	t.Helper()
	ctx, id, now := t.Context(), uuid.NewString(), w.clock.Now()
	surchargeMinor, err := processingFee.Surcharge(amountMinor, "USD")
	require.NoError(t, err)
	_, err = w.store.Funding.CreateDeposit(ctx, funding.NewDeposit{ID: id, OrganizationID: w.organizationID, Currency: "USD", AmountMinor: amountMinor, SurchargeMinor: surchargeMinor, RequestedBy: "brand", Now: now})
	require.NoError(t, err)
	paid, err := w.payments.CreateFunding(ctx, rail.FundingRequest{
		CampaignID: id, AmountMinor: amountMinor + surchargeMinor, Currency: "USD", PaymentMethod: "pm_card_bypassPending", Generation: 1, IdempotencyKey: "deposit/" + id,
	})
	require.NoError(t, err)
	require.NoError(t, w.store.Funding.RecordDeposit(ctx, ledger.Deposit{
		DepositID: id, OrganizationID: w.organizationID, PaymentIntentID: paid.ID, Currency: "USD", GrossMinor: amountMinor + surchargeMinor, SurchargeMinor: surchargeMinor, FeeMinor: paid.FeeMinor, At: now,
	}))
}

func (b *brand) organizationBalance(t *testing.T) int64 {
	t.Helper()
	return b.balance(t, ledger.OrganizationBalance(b.organizationID))
}

// requireReturned says that the brand's own balance has everything but what was spent.
func (b *brand) requireReturned(t *testing.T, depositedMinor, spentMinor int64) {
	t.Helper()
	found := b.onRecord(t)
	require.Equal(t, spentMinor, found.SpentMinor)
	require.Equal(t, spentMinor, found.AllocatedMinor, "what has not returned")
	require.Equal(t, depositedMinor-spentMinor, b.organizationBalance(t))
	require.Zero(t, b.balance(t, ledger.CampaignEscrow(b.input.CampaignID)))
	require.Zero(t, b.effects("refund.applied"))
	b.requireBooksInOrder(t)
}

func TestBudgetFromTheBalance(t *testing.T) {
	t.Parallel()

	t.Run("funds the campaign at once, and what is not spent returns to it", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		who := b.creator(t, goodBank)
		b.deposit(t, budgetMinor+500)
		h := b.begin(t)
		funded := b.fundFromBalance(h)
		status := b.status(h, 4*time.Minute)
		h.at(hour, func() { b.submit(t, who, 40_000) })
		h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Complete))
		h.at(24*hour, func() { b.settle(t, b.reserve(t, who)) })

		result := b.live(h)

		require.NoError(t, funded.failed)
		require.Equal(t, workflows.FundingStarted{Status: "succeeded"}, funded.result)
		require.Equal(t, campaign.Live, *status)
		require.Equal(t, campaign.Closed, result.Status)
		require.Equal(t, int64(20_000), result.SpentMinor)
		require.Equal(t, 1, b.effects("charge.succeeded"), "the deposit")
		b.requireReturned(t, budgetMinor+500, 20_000)
	})

	t.Run("is answered again after a lost answer, without a second move", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.deposit(t, 2*budgetMinor)
		h := b.begin(t)
		b.fundFromBalance(h)
		again := h.ask(10*time.Minute, workflows.UpdateFund, fromBalance())
		byCard := h.ask(11*time.Minute, workflows.UpdateFund, workflows.Fund{PaymentMethod: "pm_card_bypassPending", Actor: "brand"})
		h.ask(20*time.Minute, workflows.UpdateTransition, asks(campaign.Cancel))
		ended := h.ask(21*time.Minute, workflows.UpdateFund, fromBalance())

		b.live(h)

		require.NoError(t, again.rejected)
		require.NoError(t, again.failed)
		require.Equal(t, workflows.FundingStarted{Status: "succeeded"}, again.result)
		require.Equal(t, "not_fundable", fault.CodeOf(byCard.rejected))
		require.False(t, ended.accepted)
		b.requireReturned(t, 2*budgetMinor, 0)
	})

	t.Run("that is not confirmed yet leaves no room for a payment", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.approvedWithoutConfirmation(t)
		byCard := h.ask(time.Minute, workflows.UpdateFund, workflows.Fund{PaymentMethod: "pm_card_bypassPending", Actor: "brand"})
		h.ask(20*time.Minute, workflows.UpdateTransition, asks(campaign.Cancel))

		b.live(h)

		require.Equal(t, "escrow_not_confirmed", fault.CodeOf(byCard.failed))
		require.Zero(t, b.effects("charge.succeeded"))
	})

	t.Run("is refused without enough of it, and can be asked for again", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.deposit(t, budgetMinor-100)
		h := b.begin(t)
		refused := b.fundFromBalance(h)
		status := b.status(h, 4*time.Minute)
		h.at(5*time.Minute, func() { b.deposit(t, 100) })
		funded := h.ask(6*time.Minute, workflows.UpdateFund, fromBalance())
		h.ask(10*time.Minute, workflows.UpdateTransition, asks(campaign.Cancel))

		b.live(h)

		require.Equal(t, "balance_too_low", fault.CodeOf(refused.failed))
		require.Equal(t, campaign.Approved, *status)
		require.NoError(t, funded.failed)
		b.requireReturned(t, budgetMinor, 0)
	})

	t.Run("cancels a payment that was begun, so that the budget is not paid twice", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.deposit(t, budgetMinor)
		h := b.begin(t)
		begun := b.fund(h, "") // the payer has to choose a method
		funded := h.ask(10*time.Minute, workflows.UpdateFund, fromBalance())
		h.ask(20*time.Minute, workflows.UpdateTransition, asks(campaign.Cancel))

		b.live(h)

		require.NoError(t, funded.failed)
		payment, err := b.payments.GetFunding(t.Context(), begun.result.(workflows.FundingStarted).PaymentIntentID)
		require.NoError(t, err)
		require.Equal(t, rail.FundingCanceled, payment.Status)
		require.Empty(t, b.onRecord(t).PaymentIntentID)
		require.Equal(t, 1, b.effects("charge.succeeded"), "the deposit")
		b.requireReturned(t, budgetMinor, 0)
	})

	t.Run("is refused while a payment is under way", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.deposit(t, budgetMinor)
		h := b.begin(t)
		b.fund(h, "pm_usBankAccount_success")
		refused := h.ask(10*time.Minute, workflows.UpdateFund, fromBalance())
		h.ask(20*time.Minute, workflows.UpdateTransition, asks(campaign.Cancel))

		b.live(h)

		require.Equal(t, "payment_under_way", fault.CodeOf(refused.failed))
		require.Equal(t, int64(budgetMinor), b.organizationBalance(t))
	})

	for name, in := range map[string]struct {
		fund workflows.Fund
		code string
	}{
		"an unknown source":                 {workflows.Fund{Source: "cash", Actor: "brand"}, "unknown_source"},
		"a payment method with the balance": {workflows.Fund{Source: campaign.FromBalance, PaymentMethod: "pm_card", Actor: "brand"}, "payment_method_unused"},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()
			b := setupCampaign(t, nil)
			h := b.begin(t)
			refused := h.ask(2*time.Minute, workflows.UpdateFund, in.fund)
			h.ask(3*time.Minute, workflows.UpdateTransition, asks(campaign.Cancel))

			b.live(h)

			require.Equal(t, in.code, fault.CodeOf(refused.rejected))
		})
	}

	steps := []step{{"AllocateBudget", 1}, {"MoveCampaign", 3}, {"AmendCampaign", 1}, {"AmendCampaign", 2}, {"ReturnBudget", 1}}
	for clause, rule := range misfortunesAt(steps...) {
		t.Run("moves each amount once although "+clause, func(t *testing.T) {
			t.Parallel()
			b := setupCampaign(t, nil)
			b.deposit(t, 2*budgetMinor)
			b.befall(t, rule)
			begin := func() *history {
				h := b.begin(t)
				b.fundFromBalance(h)
				for again := time.Hour; again < 5*hour; again += time.Hour {
					h.ask(again, workflows.UpdateFund, fromBalance())
				}
				h.ask(5*hour+time.Minute, workflows.UpdateAmend, amends(campaign.Change{BudgetMinor: budgetMinor + 50_000}))
				h.ask(5*hour+2*time.Minute, workflows.UpdateAmend, amends(campaign.Change{BudgetMinor: budgetMinor + 20_000}))
				h.ask(6*hour, workflows.UpdateTransition, asks(campaign.Complete))
				return h
			}

			survive[workflows.CampaignResult](begin, workflows.CampaignLifecycle, b.input)

			require.Equal(t, campaign.Closed, b.onRecord(t).Status)
			b.requireReturned(t, 2*budgetMinor, 0)
		})
	}

	t.Run("needs nothing of Stripe, which is down", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.deposit(t, budgetMinor)
		h := b.begin(t)
		h.at(30*time.Second, func() {
			b.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1", Action: faults.ServerError, Count: faults.Forever})
		})
		funded := b.fundFromBalance(h)
		h.ask(10*time.Minute, workflows.UpdateTransition, asks(campaign.Cancel))

		b.live(h)

		require.NoError(t, funded.failed)
		b.requireReturned(t, budgetMinor, 0)
	})
}

func amends(change campaign.Change) workflows.Amend {
	return workflows.Amend{Change: change, Actor: uuid.NewString(), Reason: "asked for by the test"}
}
