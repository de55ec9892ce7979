package campaigns_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/dispute"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
)

const depositDispute = "dp_deposit"

// disputedDeposit is a deposit of 1000.00 in dispute, of which the older campaign has 300.00, the newer one has
// 400.00, and the balance the rest.
type disputedDeposit struct {
	*world.World
	older, newer string
}

func disputeDeposit(t *testing.T, amountMinor int64) *disputedDeposit {
	t.Helper()
	w := world.New(t, 1, func(terms *campaign.Terms) { terms.BudgetMinor = 10_000 })
	depositID := w.Deposit(t, organizationOf(t, w), 100_000)
	d := &disputedDeposit{World: w, older: approved(t, w, 30_000), newer: approved(t, w, 40_000)}
	for _, id := range []string{d.newer, d.older} {
		require.NoError(t, w.Campaigns.AllocateBudget(t.Context(), id, world.Now, ""))
	}
	require.NoError(t, w.Funding.RecordDisputeOpened(t.Context(), ledger.Dispute{
		DisputeID: depositDispute, PaymentIntentID: "pi_" + depositID, DepositID: depositID, Currency: "USD", AmountMinor: amountMinor, At: world.Now,
	}))
	return d
}

// freeze freezes all that can be, and returns it in order. The books are in order after each step.
func (d *disputedDeposit) freeze(t *testing.T) (all []dispute.Frozen) {
	t.Helper()
	for {
		d.RequireBooksInOrder(t)
		frozen, err := d.Campaigns.FreezeNext(t.Context(), depositDispute)
		require.NoError(t, err)
		if frozen.AmountMinor == 0 {
			return all
		}
		all = append(all, frozen)
		require.Less(t, len(all), 10)
	}
}

func (d *disputedDeposit) release(t *testing.T, lost bool) (campaigns []string) {
	t.Helper()
	for {
		d.RequireBooksInOrder(t)
		released, err := d.Campaigns.ReleaseNext(t.Context(), depositDispute, lost, world.Now)
		require.NoError(t, err)
		if released.CampaignID == "" {
			return campaigns
		}
		campaigns = append(campaigns, released.CampaignID)
	}
}

func (d *disputedDeposit) facts(t *testing.T, campaignID string) campaign.Facts {
	t.Helper()
	standing, err := d.Campaigns.GetStanding(t.Context(), campaignID, 1)
	require.NoError(t, err)
	return standing.Facts
}

func (d *disputedDeposit) balance(t *testing.T) funding.Balance {
	t.Helper()
	read, err := d.Funding.GetBalance(t.Context(), organizationOf(t, d.World), "USD")
	require.NoError(t, err)
	return read
}

func (d *disputedDeposit) held(t *testing.T) dispute.Held {
	t.Helper()
	held, err := d.Campaigns.GetHeld(t.Context(), depositDispute)
	require.NoError(t, err)
	return held
}

func (d *disputedDeposit) owedMinor(t *testing.T) int64 {
	t.Helper()
	cover, err := d.Reconciliation.ListCover(t.Context())
	require.NoError(t, err)
	return cover[0].OwedMinor()
}

func TestDisputedDeposit(t *testing.T) {
	t.Parallel()

	t.Run("that the balance has freezes no campaign", func(t *testing.T) {
		t.Parallel()
		d := disputeDeposit(t, 30_000)

		require.Empty(t, d.freeze(t))
		require.Equal(t, dispute.Held{BalanceMinor: 30_000}, d.held(t))
	})

	t.Run("freezes what the balance lacks, the newest campaign first, and no more", func(t *testing.T) {
		t.Parallel()
		d := disputeDeposit(t, 80_000)
		owedMinor := d.owedMinor(t)

		frozen := d.freeze(t)

		require.Equal(t, []dispute.Frozen{{CampaignID: d.newer, AmountMinor: 40_000}, {CampaignID: d.older, AmountMinor: 10_000}}, frozen)
		require.Equal(t, []int64{40_000, 10_000}, []int64{d.facts(t, d.newer).DisputedMinor, d.facts(t, d.older).DisputedMinor})
		require.Zero(t, d.Facts(t).DisputedMinor, "its own payment is not in dispute")
		require.Equal(t, int64(1), d.facts(t, d.older).OpenDisputes)
		require.Equal(t, funding.Balance{Currency: "USD", BalanceMinor: 30_000, AtRiskMinor: 30_000}, d.balance(t))
		held := d.held(t)
		require.ElementsMatch(t, frozen, held.Campaigns)
		require.Equal(t, []int64{30_000, 0}, []int64{held.BalanceMinor, held.MissingMinor})
		require.Equal(t, owedMinor-50_000, d.owedMinor(t), "each cent in dispute is subtracted once")
	})

	t.Run("lets nothing of it leave: by a withdrawal, another campaign or the end of one", func(t *testing.T) {
		t.Parallel()
		d := disputeDeposit(t, 80_000)
		d.freeze(t)

		_, withdrawal := d.Funding.Reserve(t.Context(), funding.NewWithdrawal{ID: uuid.NewString(), OrganizationID: organizationOf(t, d.World), Currency: "USD", AmountMinor: 1, RequestedBy: "eve", Now: world.Now})
		allocation := d.Campaigns.AllocateBudget(t.Context(), approved(t, d.World, 1), world.Now, "")
		for _, id := range []string{d.older, d.newer} {
			require.NoError(t, d.Campaigns.ReturnBudget(t.Context(), id, world.Now))
		}

		require.Equal(t, []string{"balance_too_low", "balance_too_low"}, []string{fault.CodeOf(withdrawal), fault.CodeOf(allocation)})
		require.Equal(t, []int64{10_000, 40_000}, []int64{d.facts(t, d.older).EscrowMinor(), d.facts(t, d.newer).EscrowMinor()})
		require.Equal(t, int64(20_000), d.balance(t).AvailableMinor(), "what was never in dispute")
		d.RequireBooksInOrder(t)
	})

	t.Run("releases the campaigns when it is won, also if that starts over", func(t *testing.T) {
		t.Parallel()
		d := disputeDeposit(t, 80_000)
		d.freeze(t)
		d.release(t, false)
		require.Len(t, d.freeze(t), 2, "it is not booked yet, and starts over")

		require.Len(t, d.release(t, false), 2)
		require.NoError(t, d.Funding.RecordDisputeWon(t.Context(), depositDispute, world.Now))

		require.Empty(t, d.freeze(t))
		require.Zero(t, d.facts(t, d.newer).DisputedMinor+d.facts(t, d.older).DisputedMinor+d.facts(t, d.newer).OpenDisputes)
		require.Equal(t, int64(30_000), d.balance(t).AvailableMinor())
	})

	t.Run("is borne by the balance and then by unspent budgets when it is lost", func(t *testing.T) {
		t.Parallel()
		d := disputeDeposit(t, 80_000)
		d.freeze(t)

		require.ElementsMatch(t, []string{d.older, d.newer}, d.release(t, true))
		require.Zero(t, d.balance(t).AvailableMinor(), "it waits there for the booking")
		require.Empty(t, d.freeze(t), "the balance has all of it")
		require.NoError(t, d.Funding.RecordDisputeLost(t.Context(), depositDispute, world.Now))

		require.Equal(t, []int64{20_000, 0}, []int64{d.facts(t, d.older).EscrowMinor(), d.facts(t, d.newer).EscrowMinor()})
		require.Equal(t, funding.Balance{Currency: "USD"}, d.balance(t))
		require.Zero(t, d.Balance(t, ledger.PlatformLosses))
		d.RequireBooksInOrder(t)
	})

	t.Run("leaves what creators have earned as a debt of the brand", func(t *testing.T) {
		t.Parallel()
		earning := raised(t, 40_000)
		earning.Read(t, 0, 1, 70_000) // earns 350.00 of 500.00, of which the balance has paid 400.00

		frozen := earning.freeze(t)

		require.Equal(t, []dispute.Frozen{{CampaignID: earning.CampaignID, AmountMinor: 15_000}}, frozen)
		require.Equal(t, dispute.Held{Campaigns: frozen, MissingMinor: 25_000}, earning.held(t))
		require.Zero(t, earning.Read(t, 0, 2, 90_000).GrossMinor, "what is frozen earns nothing")
		earning.release(t, true)
		require.NoError(t, earning.Funding.RecordDisputeLost(t.Context(), depositDispute, world.Now))
		require.Equal(t, int64(-25_000), earning.balance(t).BalanceMinor)
		earning.RequireBooksInOrder(t)
	})

	t.Run("is compared with the guards", func(t *testing.T) {
		t.Parallel()
		d := disputeDeposit(t, 80_000)
		d.freeze(t)

		dbtest.Tamper(t, d.URL, "UPDATE disputed_budgets SET frozen_minor = frozen_minor - 1 WHERE amount_minor = 10000")

		verified, err := d.Audit.Check(t.Context())
		require.NoError(t, err)
		require.Contains(t, world.Checks(verified), "budget")
	})

	t.Run("of no deposit is not found", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 0, nil)

		_, freezing := w.Campaigns.FreezeNext(t.Context(), "dp_unknown")
		_, reading := w.Campaigns.GetHeld(t.Context(), "dp_unknown")
		released, err := w.Campaigns.ReleaseNext(t.Context(), "dp_unknown", true, world.Now)

		require.NoError(t, err)
		require.Zero(t, released)
		require.Equal(t, []string{"dispute_not_found", "dispute_not_found"}, []string{fault.CodeOf(freezing), fault.CodeOf(reading)})
	})
}

// raised is a live campaign of 100.00 whose budget was raised by a deposit that is in dispute, wholly.
func raised(t *testing.T, depositMinor int64) *disputedDeposit {
	t.Helper()
	w := world.New(t, 1, func(terms *campaign.Terms) { terms.BudgetMinor = 10_000 })
	depositID := w.Deposit(t, organizationOf(t, w), depositMinor)
	_, err := w.Campaigns.Amend(t.Context(), campaign.Amendment{CampaignID: w.CampaignID, ID: uuid.NewString(), Change: campaign.Change{BudgetMinor: 10_000 + depositMinor}, Actor: "brand", Now: world.Now})
	require.NoError(t, err)
	require.NoError(t, w.Funding.RecordDisputeOpened(t.Context(), ledger.Dispute{
		DisputeID: depositDispute, PaymentIntentID: "pi_" + depositID, DepositID: depositID, Currency: "USD", AmountMinor: depositMinor, At: world.Now,
	}))
	return &disputedDeposit{World: w}
}
