package workflows_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/dispute"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/workflows"
)

// setupMovedDispute is a dispute over a payment of 1000.00, of which creators have earned 50.00 and the campaign
// has 10.00. The rest was moved to the balance, and the next campaign got nextMinor of it.
func setupMovedDispute(t *testing.T, disputedMinor, nextMinor int64) (d disputed, next string) {
	t.Helper()
	b := setupCampaign(t, nil)
	b.input.CampaignID, b.input.Terms = b.liveCampaign(t, nil)
	b.submit(t, b.creator(t, goodBank), 10_000)
	now := b.clock.Now()
	_, err := b.store.Campaigns.Amend(t.Context(), campaign.Amendment{CampaignID: b.input.CampaignID, ID: uuid.NewString(), Change: campaign.Change{BudgetMinor: 6000}, Actor: "ann", Now: now})
	require.NoError(t, err)
	next = uuid.NewString()
	terms := b.input.Terms
	terms.BudgetMinor = nextMinor
	require.NoError(t, b.store.Campaigns.Create(t.Context(), campaign.NewCampaign{ID: next, OrganizationID: b.organizationID, Name: "Autumn", Terms: terms}))
	for _, command := range []campaign.Command{campaign.Submit, campaign.Approve} {
		_, err := b.store.Campaigns.Move(t.Context(), campaign.Move{CampaignID: next, Command: command, StartsAt: terms.StartsAt, Now: now})
		require.NoError(t, err)
	}
	require.NoError(t, b.store.Campaigns.AllocateBudget(t.Context(), next, now, ""))
	return b.dispute(t, disputedMinor), next
}

func (d disputed) frozenMinor(t *testing.T, campaignID string) int64 {
	t.Helper()
	standing, err := d.store.Campaigns.GetStanding(t.Context(), campaignID, 0)
	require.NoError(t, err)
	return standing.Facts.DisputedMinor
}

func TestDisputedPaymentThatMoved(t *testing.T) {
	t.Parallel()
	for verdict, want := range map[string]struct {
		verdict                dispute.Verdict
		escrowMinor, lossMinor int64
	}{
		"win":  {dispute.Won, 94_000, 0},
		"lose": {dispute.Lost, 0, 5000},
	} {
		t.Run("is frozen in the campaign that got it: "+verdict, func(t *testing.T) {
			t.Parallel()
			d, next := setupMovedDispute(t, 100_000, 94_000)
			h := d.begin(t)
			h.at(hour, func() {
				require.Equal(t, int64(94_000), d.frozenMinor(t, next))
				require.Contains(t, h.details(), "940.00 USD of campaign "+next)
				d.requireBooksInOrder(t)
			})
			h.at(2*days, func() { d.decide(t, verdict) })

			result := d.follow(h)

			require.Equal(t, want.verdict, result.Verdict)
			require.Contains(t, h.signals.all(), names.Campaign(next)+" "+workflows.SignalStripeChanged)
			require.Zero(t, d.frozenMinor(t, next))
			require.Equal(t, want.escrowMinor, d.balance(t, ledger.CampaignEscrow(next)))
			require.Equal(t, want.lossMinor, d.balance(t, ledger.PlatformLosses))
			require.Zero(t, d.balance(t, ledger.OrganizationBalance(d.organizationID)))
			d.requireAsAtStripe(t)
		})
	}

	t.Run("freezes once more before a loss, because the balance has changed since the last look", func(t *testing.T) {
		t.Parallel()
		d, next := setupMovedDispute(t, 60_000, 50_000)
		d.input.Campaign.CheckInterval = duration.Text(30 * days)
		h := d.begin(t)
		h.at(hour, func() {
			require.Equal(t, int64(15_000), d.frozenMinor(t, next), "the campaign has 10.00 and the balance 440.00")
			(&account{world: d.world}).spend(t, 40_000)
		})
		h.at(2*hour, func() {
			d.decide(t, "lose")
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})

		d.follow(h)

		require.Zero(t, d.balance(t, ledger.CampaignEscrow(next)))
		require.Equal(t, int64(-5000), d.balance(t, ledger.OrganizationBalance(d.organizationID)))
	})
}
