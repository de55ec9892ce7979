package workflows_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/dispute"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/workflows"
)

// fundedByDisputed is a live campaign of 1000.00 that a deposit has paid, of which 50.00 are earned. The
// balance has 200.00 left, and the bank takes all of the deposit back.
type fundedByDisputed struct {
	*brand
	account *account
	deposit funding.Deposit
	input   workflows.DisputeInput
}

func setupFundedByDisputed(t *testing.T) fundedByDisputed {
	t.Helper()
	b := setupCampaign(t, nil)
	a := &account{world: b.world}
	f := fundedByDisputed{brand: b, account: a, deposit: a.deposit(t, 120_000, "pm_card_bypassPending")}
	b.approvedWithoutConfirmation(t)
	require.NoError(t, b.store.Campaigns.AllocateBudget(t.Context(), b.input.CampaignID, b.clock.Now(), ""))
	for _, command := range []campaign.Command{campaign.ConfirmFunding, campaign.GoLive} {
		_, err := b.store.Campaigns.Move(t.Context(), campaign.Move{CampaignID: b.input.CampaignID, Command: command, StartsAt: b.input.Terms.StartsAt, Now: b.input.Terms.StartsAt.Add(time.Second)})
		require.NoError(t, err)
	}
	b.submit(t, b.creator(t, goodBank), 10_000)
	f.input = a.dispute(t, f.deposit)
	f.input.Campaign.CheckInterval = duration.Text(6 * hour)
	return f
}

func (f fundedByDisputed) decide(t *testing.T, verdict string) {
	t.Helper()
	f.control(t, "/disputes/"+f.input.DisputeID+"/"+verdict, `{}`)
}

func (f fundedByDisputed) frozenMinor(t *testing.T) int64 {
	t.Helper()
	standing, err := f.store.Campaigns.GetStanding(t.Context(), f.brand.input.CampaignID, 0)
	require.NoError(t, err)
	return standing.Facts.DisputedMinor
}

// requireWon says that the campaign and the balance have all of it again.
func (f fundedByDisputed) requireWon(t *testing.T) {
	t.Helper()
	require.Zero(t, f.frozenMinor(t))
	require.Equal(t, int64(95_000), f.escrow(t))
	f.account.requireBalance(t, 20_000, 0)
}

// requireLost says that the balance and the unspent budget are gone, and that the brand owes what is earned.
func (f fundedByDisputed) requireLost(t *testing.T) {
	t.Helper()
	require.Zero(t, f.frozenMinor(t))
	require.Zero(t, f.escrow(t))
	require.Zero(t, f.balance(t, ledger.PlatformLosses))
	f.account.requireBalance(t, -(5_000 + f.deposit.SurchargeMinor), 0)
}

func TestDisputedDepositOfCampaigns(t *testing.T) {
	t.Parallel()

	t.Run("freezes what the balance lacks, says where, and gives it back when it is won", func(t *testing.T) {
		t.Parallel()
		f := setupFundedByDisputed(t)
		h := f.world.begin(t)
		h.at(hour, func() {
			require.Equal(t, int64(95_000), f.frozenMinor(t))
			details := h.details()
			require.Contains(t, details, "200.00 USD of the amount is held back from the balance of organization "+f.organizationID)
			require.Contains(t, details, "950.00 USD of campaign "+f.brand.input.CampaignID)
			require.Contains(t, details, "is held nowhere")
			f.requireBooksInOrder(t)
		})
		h.at(2*days, func() { f.decide(t, "win") })

		result := completed[workflows.DisputeResult](h, workflows.FundingDispute, f.input)

		require.Equal(t, dispute.Won, result.Verdict)
		require.Contains(t, h.signals.all(), names.Campaign(f.brand.input.CampaignID)+" "+workflows.SignalStripeChanged)
		f.requireWon(t)
	})

	t.Run("looks again where the money is held, because the balance changes", func(t *testing.T) {
		t.Parallel()
		f := setupFundedByDisputed(t)
		h := f.world.begin(t)
		h.at(hour, func() { f.account.spend(t, 20_000) }) // the balance lacks more than it did
		h.at(7*hour, func() { require.Contains(t, h.details(), " 0.00 USD of the amount is held back from the balance") })
		h.at(2*days, func() {
			f.account.spend(t, -20_000)
			f.decide(t, "win")
		})

		completed[workflows.DisputeResult](h, workflows.FundingDispute, f.input)

		f.requireWon(t)
	})

	t.Run("ends the campaign when it is lost, because nothing is left to earn", func(t *testing.T) {
		t.Parallel()
		f := setupFundedByDisputed(t)
		h := f.world.begin(t)
		h.at(2*days, func() { f.decide(t, "lose") })

		result := completed[workflows.DisputeResult](h, workflows.FundingDispute, f.input)

		require.Equal(t, dispute.Lost, result.Verdict)
		require.Contains(t, h.signals.all(), names.Campaign(f.brand.input.CampaignID)+" "+workflows.SignalStripeChanged)
		f.requireLost(t)
	})

	for verdict, steps := range map[string][]step{
		"win":  {{"RecordDisputeOpened", 1}, {"FreezeDisputedBudget", 1}, {"FreezeDisputedBudget", 2}, {"ReleaseDisputedBudget", 1}, {"ReleaseDisputedBudget", 2}, {"RecordDisputeWon", 1}},
		"lose": {{"FreezeDisputedBudget", 1}, {"ReleaseDisputedBudget", 1}, {"ReleaseDisputedBudget", 2}, {"RecordDisputeLost", 1}},
	} {
		for clause, rule := range misfortunesAt(steps...) {
			t.Run("is booked once: "+verdict+" although "+clause, func(t *testing.T) {
				t.Parallel()
				f := setupFundedByDisputed(t)
				f.befall(t, rule)
				decide := sync.OnceFunc(func() { f.decide(t, verdict) })
				var last *history
				begin := func() *history {
					last = f.world.begin(t)
					last.at(days, decide)
					return last
				}

				survive[workflows.DisputeResult](begin, workflows.FundingDispute, f.input)

				require.Contains(t, last.signals.all(), names.Campaign(f.brand.input.CampaignID)+" "+workflows.SignalStripeChanged)

				if verdict == "win" {
					f.requireWon(t)
				} else {
					f.requireLost(t)
				}
			})
		}
	}
}
