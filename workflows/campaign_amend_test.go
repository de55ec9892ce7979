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
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/workflows"
)

func TestCampaignIsAmended(t *testing.T) {
	t.Parallel()

	t.Run("a raised budget is earned, and the payment gets back only what was paid by it", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		who := b.creator(t, goodBank)
		b.deposit(t, 50_000)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		raised := h.ask(hour, workflows.UpdateAmend, amends(campaign.Change{BudgetMinor: budgetMinor + 50_000}))
		h.at(2*hour, func() { b.submit(t, who, 240_000) }) // 1,200.00
		h.ask(3*hour, workflows.UpdateTransition, asks(campaign.Complete))
		h.at(24*hour, func() { b.settle(t, b.reserve(t, who)) })

		result := b.live(h)

		require.NoError(t, raised.failed)
		require.Equal(t, campaign.Amended{Number: 1, Change: campaign.Change{BudgetMinor: budgetMinor + 50_000, EndsAt: b.input.Terms.EndsAt}}, raised.result)
		require.Equal(t, int64(120_000), result.SpentMinor)
		require.Zero(t, b.effects("refund.applied"), "all of the payment was spent")
		require.Equal(t, int64(30_000), b.organizationBalance(t))
		b.requireBooksInOrder(t)
	})

	t.Run("what is left returns to the balance first, and the rest to the payment", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.deposit(t, 50_000)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.ask(hour, workflows.UpdateAmend, amends(campaign.Change{BudgetMinor: budgetMinor + 50_000}))
		h.ask(3*hour, workflows.UpdateTransition, asks(campaign.Cancel))

		b.live(h)

		require.Equal(t, 1, b.effects("refund.applied"))
		require.Equal(t, int64(50_000), b.organizationBalance(t))
		require.Equal(t, int64(budgetMinor+50_000), b.onRecord(t).RefundedMinor)
		b.requireBooksInOrder(t)
	})

	t.Run("a raise that meets the end of the budget keeps the campaign alive", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		who := b.creator(t, goodBank)
		b.deposit(t, 2*budgetMinor)
		h := b.begin(t)
		b.fundFromBalance(h)
		h.at(hour, func() {
			b.submit(t, who, 900_000) // all of the budget, and no one has noticed yet
			h.update(&answer{}, workflows.UpdateAmend, amends(campaign.Change{BudgetMinor: budgetMinor + 10_000}))
			h.SignalWorkflow(workflows.SignalBudgetExhausted, nil)
		})
		status := b.status(h, 2*hour)
		h.ask(3*hour, workflows.UpdateTransition, asks(campaign.Complete))
		h.at(24*hour, func() { b.settle(t, b.reserve(t, who)) })

		result := b.live(h)

		require.NotEqual(t, campaign.Closed, *status)
		require.Equal(t, int64(budgetMinor), result.SpentMinor)
		b.requireReturned(t, 2*budgetMinor, budgetMinor)
	})

	t.Run("a raised budget is earned although the signal of the exhausted one comes late", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		who := b.creator(t, goodBank)
		b.deposit(t, 2*budgetMinor)
		h := b.begin(t)
		b.fundFromBalance(h)
		raised := h.ask(hour, workflows.UpdateAmend, amends(campaign.Change{BudgetMinor: budgetMinor + 10_000}))
		h.at(2*hour, func() { h.SignalWorkflow(workflows.SignalBudgetExhausted, nil) })
		status := b.status(h, 3*hour)
		h.at(4*hour, func() {
			b.submit(t, who, 900_000) // all of it
			h.SignalWorkflow(workflows.SignalBudgetExhausted, nil)
		})
		h.at(24*hour, func() { b.settle(t, b.reserve(t, who)) })

		result := b.live(h)

		require.NoError(t, raised.failed)
		require.Equal(t, campaign.Live, *status)
		require.Equal(t, int64(budgetMinor+10_000), result.SpentMinor)
		b.requireReturned(t, 2*budgetMinor, budgetMinor+10_000)
	})

	t.Run("a budget is not raised while the platform's balance is short", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		other := uuid.NewString()
		b.deposit(t, 2*budgetMinor)
		h := b.begin(t)
		b.fundFromBalance(h)
		h.at(hour, func() { b.oweOthers(t, other, 100) })
		refused := h.ask(2*hour, workflows.UpdateAmend, amends(campaign.Change{BudgetMinor: budgetMinor + 10_000}))
		lowered := h.ask(3*hour, workflows.UpdateAmend, amends(campaign.Change{BudgetMinor: budgetMinor - 10_000}))
		h.at(4*hour, func() { b.oweOthers(t, other, -100) })
		raised := h.ask(5*hour, workflows.UpdateAmend, amends(campaign.Change{BudgetMinor: budgetMinor}))

		b.live(h)

		require.Equal(t, "balance_not_covered", fault.CodeOf(refused.failed))
		require.Contains(t, refused.failed.Error(), "0.99 USD short")
		require.NoError(t, lowered.failed)
		require.NoError(t, raised.failed)
		b.requireReturned(t, 2*budgetMinor, 0)
	})

	t.Run("a budget is not raised while the platform's balance cannot be read", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.deposit(t, 2*budgetMinor)
		h := b.begin(t)
		b.fundFromBalance(h)
		h.at(hour, func() {
			b.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/balance", Action: faults.ServerError, Status: http.StatusUnauthorized, Type: "invalid_request_error", Count: 1})
		})
		refused := h.ask(2*hour, workflows.UpdateAmend, amends(campaign.Change{BudgetMinor: budgetMinor + 10_000}))
		raised := h.ask(3*hour, workflows.UpdateAmend, amends(campaign.Change{BudgetMinor: budgetMinor + 20_000}))

		b.live(h)

		require.Equal(t, "balance_unreadable", fault.CodeOf(refused.failed))
		require.Equal(t, fault.Conflict, fault.KindOf(refused.failed))
		require.NoError(t, raised.failed)
		b.requireReturned(t, 2*budgetMinor, 0)
	})

	t.Run("a later end is waited for", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.deposit(t, budgetMinor)
		later := b.input.Terms.EndsAt.Add(10 * 24 * time.Hour)
		h := b.begin(t)
		b.fundFromBalance(h)
		prolonged := h.ask(hour, workflows.UpdateAmend, amends(campaign.Change{EndsAt: later}))
		before := b.status(h, later.Sub(start)-hour)

		result := b.live(h)

		require.NoError(t, prolonged.failed)
		require.Equal(t, campaign.Live, *before)
		require.Equal(t, campaign.Closed, result.Status)
		require.WithinRange(t, h.Now(), later, later.Add(hour))
		require.True(t, later.Equal(b.onRecord(t).Terms.EndsAt))
		b.requireReturned(t, budgetMinor, 0)
	})

	for name, in := range map[string]struct {
		change campaign.Change
		code   string
	}{
		"more than the balance has":                  {campaign.Change{BudgetMinor: 3 * budgetMinor}, "balance_too_low"},
		"less than is earned":                        {campaign.Change{BudgetMinor: 19_999}, "budget_below_earned"},
		"exactly what is earned, as nothing is left": {campaign.Change{BudgetMinor: 20_000}, "budget_below_earned"},
	} {
		t.Run("the budget stays when it should be "+name, func(t *testing.T) {
			t.Parallel()
			b := setupCampaign(t, nil)
			who := b.creator(t, goodBank)
			b.deposit(t, 2*budgetMinor)
			h := b.begin(t)
			b.fundFromBalance(h)
			h.at(hour, func() { b.submit(t, who, 40_000) })
			refused := h.ask(2*hour, workflows.UpdateAmend, amends(in.change))
			h.at(2*hour+time.Minute, func() {
				require.Equal(t, int64(budgetMinor), b.onRecord(t).Terms.BudgetMinor)
				require.Equal(t, int64(budgetMinor), b.organizationBalance(t))
			})
			h.ask(3*hour, workflows.UpdateTransition, asks(campaign.Complete))
			h.at(24*hour, func() { b.settle(t, b.reserve(t, who)) })

			b.live(h)

			require.Equal(t, in.code, fault.CodeOf(refused.failed))
			b.requireReturned(t, 2*budgetMinor, 20_000)
		})
	}

	t.Run("is refused before it is funded, while it ends, and without a name", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		who := b.creator(t, goodBank)
		h := b.begin(t)
		unfunded := h.ask(30*time.Second, workflows.UpdateAmend, amends(campaign.Change{BudgetMinor: budgetMinor + 100}))
		b.fund(h, "pm_card_bypassPending")
		unnamed := h.ask(hour, workflows.UpdateAmend, workflows.Amend{Change: campaign.Change{BudgetMinor: 1}})
		useless := h.ask(hour+time.Minute, workflows.UpdateAmend, amends(campaign.Change{}))
		h.at(2*hour, func() {
			b.submit(t, who, 100) // keeps the campaign ending until its clip is read
			h.onSignal = func(string, string) {}
		})
		h.ask(3*hour, workflows.UpdateTransition, asks(campaign.Complete))
		ending := h.ask(3*hour+time.Minute, workflows.UpdateAmend, amends(campaign.Change{BudgetMinor: budgetMinor + 100}))
		h.at(4*hour, func() { b.finish(t) })
		h.at(24*hour, func() { b.settle(t, b.reserveFrom(t, who, 1)) })

		b.live(h)

		require.Equal(t, "not_amendable", fault.CodeOf(unfunded.rejected))
		require.Equal(t, "actor_missing", fault.CodeOf(unnamed.rejected))
		require.Equal(t, "nothing_changes", fault.CodeOf(useless.rejected))
		require.Equal(t, "campaign_ending", fault.CodeOf(ending.rejected))
	})
}

// oweOthers promises money to another organization that is not at Stripe.
func (b *brand) oweOthers(t *testing.T, organizationID string, amountMinor int64) {
	t.Helper()
	_, err := b.store.Journal.Post(t.Context(), ledger.Entry{
		Kind: ledger.KindAdjustment, Reference: uuid.NewString(), Currency: "USD", EffectiveAt: b.clock.Now(),
		Postings: []ledger.Posting{{Account: ledger.PlatformLosses, AmountMinor: amountMinor}, {Account: ledger.OrganizationBalance(organizationID), AmountMinor: -amountMinor}},
	})
	require.NoError(t, err)
}
