package db_test

import (
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/domain/ledger"
)

// requireEnd tells what was not told yet, pays what can be paid, and looks at everything.
func (s *scene) requireEnd() {
	for _, s.model = range s.currencies {
		for _, c := range s.model.campaigns {
			for len(c.untold) > 0 {
				require.NoError(s.t, s.tellRefund(c, c.untold[0]))
			}
		}
		s.requirePayable()
		s.requireBalances()
		s.requireCreatorsWhole()
		s.requireCampaignsWhole()
		s.requireExplained()
	}
	s.requireStatements()
	trial, err := s.store.Journal.ListTrialBalances(s.t.Context())
	require.NoError(s.t, err)
	for _, line := range trial {
		require.Zero(s.t, line.TotalMinor)
	}
	s.requireReported()
	dbtest.RequireBooksInOrder(s.t, s.store)
}

func (s *scene) creatorAccounts(id string) []ledger.Account {
	return []ledger.Account{
		ledger.CreatorPending(id), ledger.CreatorAvailable(id), ledger.CreatorInTransit(id), ledger.CreatorConnected(id),
		ledger.CreatorReceivable(id), ledger.StripeConnected(id),
	}
}

func (s *scene) requireBalances() {
	accounts := s.shared()
	for _, c := range s.model.campaigns {
		accounts = append(accounts, ledger.CampaignEscrow(c.id))
	}
	for _, id := range s.creators {
		accounts = append(accounts, s.creatorAccounts(id)...)
	}
	for _, account := range accounts {
		balance, err := s.store.Journal.GetBalance(s.t.Context(), account, s.model.currency)
		require.NoError(s.t, err)
		require.Equal(s.t, account.Balance(s.model.sums[account]), balance, "%s in %s", account, s.model.currency)
	}
}

// requireCreatorsWhole: whatever happened to it, what a creator has earned is in the bank, on
// its way there, or owed by one side to the other. The books were held against the sums.
func (s *scene) requireCreatorsWhole() {
	for _, id := range s.creators {
		total := int64(0)
		for _, account := range s.creatorAccounts(id)[:5] {
			require.GreaterOrEqual(s.t, account.Balance(s.model.sums[account]), int64(0), account)
			total -= s.model.sums[account]
		}
		require.Equal(s.t, s.model.claim(id), total, "claim of %s", id)
	}
}

// requireCampaignsWhole: a campaign never spends, gives back and freezes more than was paid
// in, and what a brand got is what it paid, less what is left, and what we lost.
func (s *scene) requireCampaignsWhole() {
	for _, c := range s.model.campaigns {
		standing, err := s.store.Campaigns.GetStanding(s.t.Context(), c.id, 1)
		require.NoError(s.t, err)
		facts := standing.Facts
		require.Equal(s.t, []int64{c.funded, c.spent, c.escrow(), c.left()}, []int64{facts.FundedMinor, facts.SpentMinor, facts.EscrowMinor(), facts.RefundableMinor()}, "guard of %s", c.id)
		require.LessOrEqual(s.t, facts.SpentMinor+facts.RefundedMinor+facts.DisputedMinor, facts.FundedMinor)
		require.GreaterOrEqual(s.t, min(facts.SpentMinor, facts.RefundedMinor, facts.DisputedMinor, facts.EscrowMinor()-facts.DisputedMinor), int64(0))
	}
}

// requirePayable has everything paid out, and looks at which campaign pays how much.
func (s *scene) requirePayable() {
	for _, creator := range s.creators {
		if s.model.available(creator) == 0 {
			continue
		}
		s.model.payDebt(creator, s.model.payable[creator]) // as the reservation does first
		wanted := map[string]int64{}
		for campaignID, amount := range s.model.payable[creator] {
			if amount > 0 {
				wanted[campaignID] = amount
			}
		}
		code, err := s.reserveFor(creator)
		if len(wanted) == 0 {
			require.Equal(s.t, "below_minimum", code)
			continue
		}
		require.Empty(s.t, code)
		require.NoError(s.t, err)
		read, err := s.store.Payouts.Get(s.t.Context(), s.model.payouts[len(s.model.payouts)-1].id)
		require.NoError(s.t, err)
		lines := map[string]int64{}
		for _, line := range read.Lines {
			lines[line.CampaignID] = line.AmountMinor
		}
		require.Equal(s.t, wanted, lines)
	}
}
