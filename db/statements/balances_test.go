package statements_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/db/dbtest/world"
	dbfunding "github.com/creditroll/creditroll/db/funding"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/statement"
)

// currencies are those of the frozen world.
var currencies = []money.Currency{"USD", "EUR"}

// requireBalances requires that each organization's statements follow each other without a gap and end
// with what the ledger has, and that their lines and the sums over all months do too.
func (f *frozen) requireBalances(t *testing.T) {
	organizations, err := f.Campaigns.ListOrganizations(t.Context(), "", everything)
	require.NoError(t, err)
	require.Len(t, organizations, 4)
	closing, totals := map[string]int64{}, map[money.Currency]statement.BalanceFigures{}
	for _, month := range months {
		sums := map[money.Currency]int64{}
		for _, organization := range organizations {
			for _, read := range f.balances(t, organization, month) {
				key := organization.ID + string(read.Currency)
				world.RequireBalanceAddsUp(t, read)
				require.Equal(t, closing[key], read.OpeningMinor, "the months are without a gap")
				require.Equal(t, f.sum(t, "organization/"+organization.ID+"/", read.Currency, month), read.ClosingMinor)
				require.Equal(t, f.sum(t, string(ledger.OrganizationWithdrawing(organization.ID)), read.Currency, month), read.WithdrawingMinor)
				f.requireLines(t, read, month)
				closing[key] = read.ClosingMinor
				sums[read.Currency] += read.ClosingMinor
				totals[read.Currency] = plus(totals[read.Currency], read.Lines)
			}
		}
		for _, currency := range currencies {
			require.Equal(t, f.sum(t, "organization/", currency, month), sums[currency], "all organizations in %s", month)
		}
	}
	for _, currency := range currencies {
		require.Equal(t, f.balanceTotals(t, currency), totals[currency], "all months in %s", currency)
	}
	f.requireMonths(t)
}

func (f *frozen) balances(t *testing.T, organization campaigns.Organization, month string) []statement.Organization {
	t.Helper()
	read, err := f.Statements.GetOrganization(t.Context(), organization.ID, month, "", later)
	require.NoError(t, err)
	return read
}

// requireLines requires that the lines of a statement are what the ledger has in the month.
func (f *frozen) requireLines(t *testing.T, read statement.Organization, month string) {
	t.Helper()
	for _, line := range read.Lines {
		require.Equal(t, month, line.At.UTC().Format("2006-01"))
		require.Equal(t, line.AmountMinor, f.query(t, `SELECT -sum(amount_minor)::bigint FROM audit.postings WHERE entry_id = $1 AND starts_with(account, $2)`,
			line.EntryID, "organization/"+read.OrganizationID+"/"))
	}
}

// plus adds the figures of a statement to those of others, by its lines.
func plus(sums statement.BalanceFigures, lines []statement.BalanceLine) statement.BalanceFigures {
	for _, line := range lines {
		*world.BalanceFigure(&sums, line.Item) += line.AmountMinor
	}
	return sums
}

// balanceTotals adds up by kind what was ever posted to organizations.
func (f *frozen) balanceTotals(t *testing.T, currency money.Currency) statement.BalanceFigures {
	t.Helper()
	sum := func(account string, kinds ...ledger.Kind) int64 {
		return f.query(t, `SELECT coalesce(-sum(amount_minor), 0)::bigint FROM audit.postings WHERE account LIKE $1 AND currency = $2 AND kind = ANY ($3)`,
			"organization/%/"+account, string(currency), kinds)
	}
	return statement.BalanceFigures{
		DepositedMinor:           sum("balance", ledger.KindDepositReceived),
		ToCampaignsMinor:         sum("balance", ledger.KindBudgetAllocated),
		FromCampaignsMinor:       sum("balance", ledger.KindBudgetReturned),
		WithdrawnMinor:           sum("withdrawing", ledger.KindDepositRefunded),
		WithdrawalsReturnedMinor: sum("withdrawing", ledger.KindDepositRefundFailed),
		RefundedDirectlyMinor:    sum("balance", ledger.KindDepositRefunded, ledger.KindDepositRefundFailed),
		ChargedBackMinor:         sum("balance", ledger.KindDisputeLost),
		SettledOutsideMinor:      sum("withdrawing", ledger.KindWithdrawalSettled),
		AdjustmentsMinor:         sum("balance", ledger.KindAdjustment),
	}
}

// requireMonths requires what the brand's months show.
func (f *frozen) requireMonths(t *testing.T) {
	t.Helper()
	read := func(month string) statement.Organization {
		found, err := f.Statements.GetOrganization(t.Context(), f.brand, month, "USD", later)
		require.NoError(t, err)
		require.Len(t, found, 1)
		return found[0]
	}
	for month, wanted := range map[string]statement.BalanceFigures{
		"2026-02": {},
		"2026-03": {DepositedMinor: 50_000},
		"2026-04": {ToCampaignsMinor: -20_000, WithdrawnMinor: -10_000},
		"2026-05": {FromCampaignsMinor: 30_000, WithdrawnMinor: -10_000, WithdrawalsReturnedMinor: 10_000},
		"2026-06": {DepositedMinor: 40_000, RefundedDirectlyMinor: -3_000},
		"2026-07": {ChargedBackMinor: -40_000, SettledOutsideMinor: -6_000},
		"2026-08": {FromCampaignsMinor: 20_000, ToCampaignsMinor: -15_000, AdjustmentsMinor: 700},
		"2026-09": {},
	} {
		require.Equal(t, wanted, read(month).BalanceFigures, month)
	}
	april, may, june, july, august := read("2026-04"), read("2026-05"), read("2026-06"), read("2026-07"), read("2026-08")

	require.Equal(t, []int64{87_000, 15_000, 45_000}, []int64{june.ClosingMinor, june.WithdrawingMinor, june.DisputedMinor()})
	require.Equal(t, []int64{41_000, 0, 0}, []int64{july.ClosingMinor, july.WithdrawingMinor, july.DisputedMinor()})
	require.Len(t, july.Disputes, 2)
	require.Empty(t, august.Disputes)
	require.Equal(t, "sorry for the delay", august.Lines[0].Reason)
	require.True(t, august.Preliminary)

	toCampaign, sent := april.Lines[0], april.Lines[1]
	require.Equal(t, []string{f.lowered.CampaignID, "Spring"}, []string{toCampaign.CampaignID, toCampaign.CampaignName})
	require.Equal(t, []string{"pi_first", "re_first", ""}, []string{sent.PaymentID, sent.Reference, sent.CampaignID})
	require.NotEmpty(t, sent.WithdrawalID)
	moved := may.Lines[len(may.Lines)-1]
	require.Equal(t, []string{live.PaymentID(f.lowered.CampaignID), sent.WithdrawalID, f.lowered.CampaignID, "Spring"},
		[]string{moved.PaymentID, moved.WithdrawalID, moved.CampaignID, moved.CampaignName})
	require.Equal(t, "pi_second", july.Lines[0].PaymentID)
}

// requireDepositReceipts requires that the receipts of all deposits are what the ledger has of their
// payments, and sum to what the statements show.
func (f *frozen) requireDepositReceipts(t *testing.T) {
	deposits, err := f.Funding.ListDeposits(t.Context(), dbfunding.Filter{Status: string(funding.DepositReceived)}, everything)
	require.NoError(t, err)
	sums := map[money.Currency]statement.BalanceFigures{}
	moved := map[string]int64{}
	for _, deposit := range deposits {
		read, err := f.Statements.GetDepositReceipt(t.Context(), deposit.OrganizationID, deposit.PaymentIntentID)
		if deposit.CampaignID != "" {
			require.Equal(t, "receipt_of_campaign", fault.CodeOf(err))
			require.ErrorContains(t, err, "/v1/campaigns/"+deposit.CampaignID+"/receipts/"+deposit.PaymentIntentID)
			moved[deposit.CampaignID] += deposit.RefundedMinor
			continue
		}
		require.NoError(t, err)
		paid := func(account string) int64 {
			return f.query(t, `SELECT coalesce(sum(amount_minor), 0)::bigint FROM audit.postings WHERE kind = 'deposit_received' AND reference = $1 AND account LIKE $2`,
				deposit.PaymentIntentID, account)
		}
		require.Equal(t, []int64{paid("stripe/platform") + paid("platform/processing_fees"), -paid("platform/processing_surcharges"), -paid("organization/%"), 0},
			[]int64{read.PaidMinor, read.SurchargeMinor, read.DepositedMinor, read.OtherMinor()})
		require.Equal(t, deposit.ID, read.DepositID)
		require.Equal(t, -deposit.RefundedMinor, read.RefundedMinor, "what the deposit says")
		sum := plus(sums[read.Currency], read.Returns)
		sum.DepositedMinor += read.DepositedMinor
		sums[read.Currency] = sum
	}
	require.Equal(t, map[string]int64{f.lowered.CampaignID: 10_000}, moved)
	for _, currency := range currencies {
		ledgers := f.balanceTotals(t, currency)
		if currency == "USD" {
			ledgers.WithdrawnMinor += 10_000 // of the campaign's payment
		}
		ledgers.ToCampaignsMinor, ledgers.FromCampaignsMinor, ledgers.SettledOutsideMinor, ledgers.AdjustmentsMinor = 0, 0, 0, 0
		require.Equal(t, ledgers, sums[currency])
	}
	f.requireReceipt(t)
}

// requireReceipt requires what two receipts of the brand show.
func (f *frozen) requireReceipt(t *testing.T) {
	t.Helper()
	first, err := f.Statements.GetDepositReceipt(t.Context(), f.brand, "pi_first")
	require.NoError(t, err)
	second, err := f.Statements.GetDepositReceipt(t.Context(), f.brand, "pi_second")
	require.NoError(t, err)

	require.Equal(t, []int64{51_500, 1_500, 50_000, -3_000, 0, 48_500, 0},
		[]int64{first.PaidMinor, first.SurchargeMinor, first.DepositedMinor, first.RefundedMinor, first.ChargedBackMinor, first.NetMinor(), first.DisputedMinor()})
	require.Equal(t, []string{"Spring", "card"}, []string{first.Name, first.Method})
	require.Equal(t, march, first.BookedAt.UTC())
	require.True(t, first.PaidAt.Before(first.BookedAt))
	require.Len(t, first.Returns, 5, "three refunds, of which two failed")
	require.Equal(t, "won", first.Disputes[0].Status)
	require.Equal(t, []int64{0, -40_000, 0}, []int64{second.RefundedMinor, second.ChargedBackMinor, second.NetMinor()})
	require.Equal(t, "lost", second.Disputes[0].Status)
}
