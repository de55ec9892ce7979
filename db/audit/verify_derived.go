package audit

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
)

// verificationScope says which rows of the tables outside the journal are checked.
type verificationScope struct {
	// whole selects all rows. Otherwise, the slow checks read only new rows.
	whole bool
	// firstEntryID is the lowest entry id of the accruals to check. It is empty if no accrual
	// is checked.
	firstEntryID string
}

// scope returns the scope for the tables outside the journal. The pass must have run.
func (p *journalPass) scope(onlyUnsealed bool) verificationScope {
	if !onlyUnsealed {
		return verificationScope{whole: true, firstEntryID: names.NilID}
	}
	return verificationScope{firstEntryID: p.lowestUnsealed}
}

// checkDerived compares the tables outside the journal with the journal. Balances are read as all
// other code reads them: from the last checkpoint and the postings after it.
func (v *Verification) checkDerived(ctx context.Context, q *sqlc.Queries, scope verificationScope) error {
	checks := []func(context.Context, *sqlc.Queries) ([]Finding, error){
		checkTrialBalance, checkCover, scope.checkBudgets, checkAllocations, checkKept, scope.checkTrackingCosts, checkDisputes, scope.checkPayouts, scope.checkConversions, checkFees, checkAccounts, checkHolds, checkAvailable, checkCampaigns, scope.checkAccruals, scope.checkTotals, scope.checkSplits,
		checkDeposits, checkOrganizations, checkDecisions,
	}
	for _, check := range checks {
		found, err := check(ctx, q)
		if err != nil {
			return err
		}
		v.add(found...)
	}
	size, err := q.CountChecked(ctx)
	v.Checked.Campaigns, v.Checked.Payouts = size.Campaigns, size.Payouts
	return err
}

func checkTrialBalance(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListBalanceTotals(ctx)
	return findingsOf("trial_balance", rows, func(row sqlc.ListBalanceTotalsRow) (subject, detail string) {
		return row.Currency, fmt.Sprintf("the balances of all accounts sum to %d instead of zero", row.TotalMinor)
	}), err
}

func checkCover(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListCoverDifferences(ctx)
	return findingsOf("cover", rows, func(row sqlc.ListCoverDifferencesRow) (subject, detail string) {
		return row.Item + " " + row.Currency, fmt.Sprintf("is read as %d, but the balances of the accounts sum to %d", row.ReadMinor, row.BalanceMinor)
	}), err
}

func (s verificationScope) checkBudgets(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListBudgetDifferences(ctx, s.whole)
	return findingsOf("budget", rows, func(row sqlc.ListBudgetDifferencesRow) (subject, detail string) {
		return row.CampaignID, s.describeBudget(row)
	}), err
}

func (s verificationScope) describeBudget(row sqlc.ListBudgetDifferencesRow) string {
	switch row.Problem {
	case "no_campaign":
		return fmt.Sprintf("has escrow in %s in the journal, but there is no campaign in that currency", row.JournalCurrency)
	case "no_guard":
		return "has no guard"
	case "currencies":
		return fmt.Sprintf("is in %s, but its guard is in %s", row.AgreedCurrency, row.GuardCurrency)
	}
	detail := fmt.Sprintf("the guard has %d funded, %d spent, %d refunded, %d disputed and %d short; the journal has %d, %d, %d, %d and %d; open disputes froze %d",
		row.GuardFundedMinor, row.GuardSpentMinor, row.GuardRefundedMinor, row.GuardDisputedMinor, row.GuardShortfallMinor,
		row.FundedMinor, row.SpentMinor, row.RefundedMinor, row.DisputedMinor, row.ShortfallMinor, row.FrozenMinor)
	if s.whole {
		detail += fmt.Sprintf("; accruals less clawbacks are %d", row.EarnedMinor)
	}
	return detail
}

func checkAllocations(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListAllocationDifferences(ctx)
	return findingsOf("allocation", rows, func(row sqlc.ListAllocationDifferencesRow) (subject, detail string) {
		if row.BudgetMinor != row.AgreedMinor || !row.EndsAt.Equal(row.AgreedEnd) {
			return row.CampaignID, fmt.Sprintf("has a budget of %d until %s, but its terms and amendments say %d until %s",
				row.BudgetMinor, row.EndsAt.UTC().Format(time.RFC3339), row.AgreedMinor, row.AgreedEnd.UTC().Format(time.RFC3339))
		}
		return row.CampaignID, fmt.Sprintf("the guard has %d from the organization's balance and %d returned to it; the journal has %d and %d",
			row.GuardAllocatedMinor, row.GuardReturnedMinor, row.AllocatedMinor, row.ReturnedMinor)
	}), err
}

func checkKept(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListKeptDifferences(ctx)
	return findingsOf("kept", rows, func(row sqlc.ListKeptDifferencesRow) (subject, detail string) {
		return row.CampaignID, fmt.Sprintf("the guard keeps %d for clips in review; the records of the clips have %d", row.GuardKeptMinor, row.KeptMinor)
	}), err
}

// checkTrackingCosts reads every attempt, so it is left out where only new rows are checked.
func (s verificationScope) checkTrackingCosts(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	if !s.whole {
		return nil, nil
	}
	rows, err := q.ListTrackingCostDifferences(ctx)
	return findingsOf("tracking_costs", rows, func(row sqlc.ListTrackingCostDifferencesRow) (subject, detail string) {
		return row.Day + " " + row.Provider + " " + row.Platform, fmt.Sprintf("campaigns have %d millionths of a dollar for readings; the requests have cost %d", row.CampaignMicros, row.AttemptMicros)
	}), err
}

func checkDisputes(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListDisputeDifferences(ctx)
	if err != nil {
		return nil, err
	}
	findings := findingsOf("dispute", rows, func(row sqlc.ListDisputeDifferencesRow) (subject, detail string) {
		return row.DisputeID, describeDispute("the record has", row.Status, row.AmountMinor, row.Currency, row.CampaignID) + "; " +
			describeDispute("the journal has", row.JournalStatus, row.JournalAmountMinor, row.JournalCurrency, row.JournalCampaignID)
	})
	balances, err := q.ListDisputedBalanceDifferences(ctx)
	return append(findings, findingsOf("dispute", balances, func(row sqlc.ListDisputedBalanceDifferencesRow) (subject, detail string) {
		return string(ledger.StripeDisputed) + " " + row.Currency, fmt.Sprintf("has %d, but the open disputes took %d", row.HeldMinor, row.DisputedMinor)
	})...), err
}

func describeDispute(side, status string, amountMinor int64, currency, campaignID string) string {
	if status == "" {
		return side + " no such dispute"
	}
	return fmt.Sprintf("%s it %s for %d %s of campaign %s", side, status, amountMinor, currency, cmp.Or(campaignID, "none"))
}

func (s verificationScope) checkPayouts(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListPayoutDifferences(ctx, s.whole)
	return findingsOf("payout", rows, func(row sqlc.ListPayoutDifferencesRow) (subject, detail string) {
		return row.ID, describePayout(row)
	}), err
}

func describePayout(row sqlc.ListPayoutDifferencesRow) string {
	if !row.OnRecord {
		return fmt.Sprintf("has entries in %s, but there is no such payout", row.Currency)
	}
	return fmt.Sprintf("is %s: %d %s to creator %s; its lines sum to %d; it has %d applied transfers, transfer %s and bank payout %s; its attempts have %s and %s; its entries reserved %d for creator %s and left %d transfers, %d in transit, %d connected, %d in the bank and %d settled outside",
		row.Status, row.AmountMinor, row.Currency, row.CreatorID, row.LinesMinor, row.AppliedTransfers,
		cmp.Or(row.TransferID, "none"), cmp.Or(row.BankPayoutID, "none"), cmp.Or(row.AttemptTransferID, "none"), cmp.Or(row.AttemptBankPayoutID, "none"),
		row.ReservedMinor, cmp.Or(row.JournalCreatorID, "none"), row.JournalTransfers, row.InTransitMinor, row.ConnectedMinor, row.BankedMinor, row.SettledMinor)
}

func checkFees(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListFeeDifferences(ctx)
	return findingsOf("payout", rows, func(row sqlc.ListFeeDifferencesRow) (subject, detail string) {
		if row.Status == "" {
			return row.ID, fmt.Sprintf("has a fee of %d in the journal, but there is no such instant payout", row.ChargedMinor)
		}
		return row.ID, fmt.Sprintf("is %s and instant with a fee of %d (sent by the standard method: %t); the journal charged %d and returned %d, or took another amount from campaigns",
			row.Status, row.FeeMinor, row.FellBack, row.ChargedMinor, row.ReturnedMinor)
	}), err
}

func checkAccounts(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListNegativeAccounts(ctx)
	return findingsOf("account", rows, func(row sqlc.ListNegativeAccountsRow) (subject, detail string) {
		return row.Code, fmt.Sprintf("is below zero by %d %s", max(row.SumMinor, -row.SumMinor), row.Currency)
	}), err
}

func checkHolds(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListHoldDifferences(ctx)
	return findingsOf("hold", rows, func(row sqlc.ListHoldDifferencesRow) (subject, detail string) {
		return row.CreatorID, fmt.Sprintf("holds that are not released sum to %d %s, but the ledger has %d pending", row.HeldMinor, row.Currency, row.PendingMinor)
	}), err
}

func checkAvailable(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListAvailableDifferences(ctx)
	return findingsOf("available", rows, func(row sqlc.ListAvailableDifferencesRow) (subject, detail string) {
		return row.CreatorID, fmt.Sprintf("released holds less deductions and payouts are %d %s, but the ledger has %d available", row.PayableMinor, row.Currency, row.AvailableMinor)
	}), err
}

func checkCampaigns(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListOverpaidCampaigns(ctx)
	return findingsOf("available", rows, func(row sqlc.ListOverpaidCampaignsRow) (subject, detail string) {
		return row.CreatorID, fmt.Sprintf("was paid %d %s more for campaign %s than was released", -row.PayableMinor, row.Currency, row.CampaignID)
	}), err
}

func (s verificationScope) checkTotals(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	if !s.whole {
		return nil, nil
	}
	rows, err := q.ListTotalDifferences(ctx)
	return findingsOf("accrual", rows, func(row sqlc.ListTotalDifferencesRow) (subject, detail string) {
		subject = "clip " + row.ClipID
		if row.ClipID == "" {
			subject = "creator " + row.CreatorID + " in campaign " + row.CampaignID
		}
		return subject, fmt.Sprintf("accruals sum to %d, but the last one has a total of %d", row.SumMinor, row.TotalMinor)
	}), err
}

func (s verificationScope) checkSplits(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	if !s.whole {
		return nil, nil
	}
	rows, err := q.ListSplitDifferences(ctx)
	return findingsOf("split", rows, func(row sqlc.ListSplitDifferencesRow) (subject, detail string) {
		if row.RecordedNetMinor != row.NetMinor {
			return "clip " + row.ClipID, fmt.Sprintf("the accrual of entry %s has %d as the net gross so far, but accruals less clawbacks are %d", row.EntryID, row.RecordedNetMinor, row.NetMinor)
		}
		return "clip " + row.ClipID, fmt.Sprintf("after entry %s, its net gross is %d with a fee of %d and a commission of %d, but the terms make %d and %d of it",
			row.EntryID, row.NetMinor, row.FeeMinor, row.AffiliateMinor, row.FeeDueMinor, row.AffiliateDueMinor)
	}), err
}

func (s verificationScope) checkAccruals(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	if s.firstEntryID == "" {
		return nil, nil
	}
	rows, err := q.ListAccrualDifferences(ctx, s.firstEntryID)
	return findingsOf("accrual", rows, func(row sqlc.ListAccrualDifferencesRow) (subject, detail string) {
		return row.EntryID, fmt.Sprintf("credits %d views of clip %s by reading %d, which has %d creditable views", row.CreditedViewsAfter, row.ClipID, row.Poll, row.CreditableViews)
	}), err
}

// findingsOf makes one finding of a check from each row.
func findingsOf[Row any](check string, rows []Row, describe func(Row) (subject, detail string)) []Finding {
	findings := make([]Finding, len(rows))
	for i, row := range rows {
		subject, detail := describe(row)
		findings[i] = Finding{check, subject, detail}
	}
	return findings
}
