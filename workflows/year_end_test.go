package workflows_test

import (
	"strings"

	"github.com/stretchr/testify/require"

	stated "github.com/creditroll/creditroll/db/dbtest/world"
	simulator "github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/statement"
)

// requireYearEnd holds what must be true of the year as a whole.
func (y *year) requireYearEnd() {
	y.t.Helper()
	y.settleRefunds()
	y.requireMoneyAddsUp()
	y.requireCreatorStatements()
	y.requireCampaignStatements()
	y.requireBalanceStatements()
}

// settleRefunds lets what is on its way arrive, and be booked.
func (y *year) settleRefunds() {
	y.endCampaigns()
	y.later(2 * days)
	y.compare()
	y.requireInOrder()
	require.Empty(y.t, y.onTheWayMinor())
}

// applied sums up by currency what has happened at Stripe.
func (y *year) applied(kind string) map[money.Currency]int64 {
	sums := map[money.Currency]int64{}
	for _, entry := range y.sim.Journal().Entries(0, kind) {
		sums[money.Currency(strings.ToUpper(entry.Currency))] += entry.AmountMinor
	}
	return sums
}

// requireMoneyAddsUp requires for each currency that what brands have paid, by the events of the year, and
// what the platform has put in is what was sent to creators, went back to brands, was kept by Stripe and is
// still there.
func (y *year) requireMoneyAddsUp() {
	y.t.Helper()
	books, there := y.booked(), y.atStripe()
	sent, reversed := y.applied("transfer.applied"), y.applied("reversal.applied")
	refunded, refundFailed := y.applied("refund.applied"), y.applied("refund.failed")
	disputed, won := y.applied("dispute.opened"), y.applied("dispute.won")
	for _, currency := range yearCurrencies {
		in := y.model.paidInMinor[currency] + books[ledger.PlatformCapital][currency]
		out := sent[currency] - reversed[currency] + refunded[currency] - refundFailed[currency] + disputed[currency] - won[currency]
		kept := books[ledger.ProcessingFees][currency] + y.model.reservedMinor[currency]
		require.Equal(y.t, in, out+kept+there[simulator.PlatformID][currency].sum(), "the money of the year in %s", currency)
	}
}

// requireCreatorStatements requires that each creator's statements follow each other without a gap, say
// that it has earned what the model has, and end with what the books owe it.
func (y *year) requireCreatorStatements() {
	y.t.Helper()
	type holder struct {
		creatorID string
		currency  money.Currency
	}
	closing, earned := map[holder]int64{}, map[holder]int64{}
	last := y.clock.Now()
	for month := yearStart; !month.After(last); month = month.AddDate(0, 1, 0) {
		_, err := y.store.Statements.ExportMonth(y.t.Context(), month.Format("2006-01"), last, func(read statement.Creator) error {
			of := holder{read.CreatorID, read.Currency}
			require.Zero(y.t, read.DifferenceMinor())
			require.Zero(y.t, read.OtherMinor)
			require.Equal(y.t, closing[of], read.OpeningMinor, "the months are without a gap")
			closing[of] = read.ClosingMinor
			earned[of] += read.EarnedMinor + read.CommissionsMinor + read.ClawedBackMinor
			return nil
		})
		require.NoError(y.t, err)
	}
	books, modelled := y.booked(), y.earnedByModel()
	for _, who := range y.creators {
		for _, currency := range yearCurrencies {
			of := holder{who.id, currency}
			owed := books[ledger.CreatorPending(who.id)][currency] + books[ledger.CreatorAvailable(who.id)][currency] + books[ledger.CreatorInTransit(who.id)][currency] +
				books[ledger.CreatorConnected(who.id)][currency] - books[ledger.CreatorReceivable(who.id)][currency]
			require.Equal(y.t, modelled[who.id][currency], earned[of], "what %s has earned in %s", who.handle, currency)
			require.Equal(y.t, owed, closing[of], "what %s is owed in %s", who.handle, currency)
		}
	}
}

// earnedByModel is what creators have of their clips, and of those of creators whom they referred.
func (y *year) earnedByModel() map[string]map[money.Currency]int64 {
	all := map[string]map[money.Currency]int64{}
	for _, who := range y.creators {
		all[who.id] = map[money.Currency]int64{}
	}
	for _, each := range y.clips {
		terms := each.campaign.input.Terms
		grossMinor := y.model.grossMinor[each.id]
		share := func(basisPoints int) int64 { return grossMinor * int64(basisPoints) / 10_000 }
		commissionMinor := int64(0)
		if affiliateID := each.campaign.affiliates[each.creator.id]; affiliateID != "" {
			commissionMinor = share(terms.AffiliateBasisPoints)
			all[affiliateID][terms.Currency] += commissionMinor
		}
		all[each.creator.id][terms.Currency] += grossMinor - share(terms.FeeBasisPoints) - commissionMinor
	}
	return all
}

// requireCampaignStatements requires that each campaign's invoice adds up to its escrow.
func (y *year) requireCampaignStatements() {
	y.t.Helper()
	books := y.booked()
	for _, c := range y.campaigns {
		read, err := y.store.Statements.GetCampaign(y.t.Context(), c.input.CampaignID, y.clock.Now())
		require.NoError(y.t, err)
		stated.RequireStatementAddsUp(y.t, read)
		require.Equal(y.t, books[ledger.CampaignEscrow(c.input.CampaignID)][c.input.Terms.Currency], read.RemainingMinor)
	}
}

// requireBalanceStatements requires that the statements of each brand's balance follow each other without
// a gap, and end with what the books have.
func (y *year) requireBalanceStatements() {
	y.t.Helper()
	books, last := y.booked(), y.clock.Now()
	for _, organizationID := range y.brands {
		closing := map[money.Currency]int64{}
		for month := yearStart; !month.After(last); month = month.AddDate(0, 1, 0) {
			statements, err := y.store.Statements.GetOrganization(y.t.Context(), organizationID, month.Format("2006-01"), "", last)
			require.NoError(y.t, err)
			for _, read := range statements {
				stated.RequireBalanceAddsUp(y.t, read)
				require.Equal(y.t, closing[read.Currency], read.OpeningMinor, "the months are without a gap")
				closing[read.Currency] = read.ClosingMinor
			}
		}
		for _, currency := range yearCurrencies {
			held := books[ledger.OrganizationBalance(organizationID)][currency] + books[ledger.OrganizationWithdrawing(organizationID)][currency]
			require.Equal(y.t, held, closing[currency], "the balance of %.8s in %s", organizationID, currency)
		}
	}
}
