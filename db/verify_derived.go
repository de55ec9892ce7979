package db

import (
	"context"
	"fmt"

	"github.com/creditroll/creditroll/db/internal/sqlc"
)

// scope is how much of what is beside the journal is looked at.
type scope struct {
	// whole is all of history; otherwise, what takes long only where it is new.
	whole bool
	// firstEntryID is below those of the accruals to look at; empty if there are none.
	firstEntryID string
}

// scope is that of the pass, after it has run.
func (p *journalPass) scope(onlyUnsealed bool) scope {
	if !onlyUnsealed {
		return scope{whole: true, firstEntryID: noEntryID}
	}
	return scope{firstEntryID: p.lowestUnsealed}
}

// noEntryID is below the id of every entry.
const noEntryID = "00000000-0000-0000-0000-000000000000"

// checkDerived holds everything that is derived from the journal, or kept beside it, against
// it. Balances are read as everybody reads them: from the last checkpoint and what follows.
func (v *Verification) checkDerived(ctx context.Context, q *sqlc.Queries, scope scope) error {
	checks := []func(context.Context, *sqlc.Queries) ([]Finding, error){
		checkTrialBalance, scope.checkBudgets, checkDisputes, scope.checkPayouts, checkAccounts, checkHolds, checkAvailable, checkCampaigns, scope.checkAccruals, scope.checkTotals,
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

// checkReferences looks for what points at entries that are not there, or at others than it
// should. Unlike the checks above it goes through all of history.
func (v *Verification) checkReferences(ctx context.Context, q *sqlc.Queries) error {
	if err := q.AllowSorting(ctx); err != nil {
		return err
	}
	for _, check := range []func(context.Context, *sqlc.Queries) ([]Finding, error){checkPointers, checkObjects, checkReadings, checkLaterHolds} {
		found, err := check(ctx, q)
		if err != nil {
			return err
		}
		v.add(found...)
	}
	return nil
}

func checkPointers(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListReferenceDifferences(ctx)
	var findings []Finding
	for _, row := range rows {
		findings = append(findings, Finding{"reference", row.SubjectKind + " " + row.Subject, row.Detail})
	}
	if err != nil {
		return findings, err
	}
	kinds, err := q.ListUnknownKinds(ctx)
	for _, row := range kinds {
		findings = append(findings, Finding{"reference", "kind " + row.Kind, fmt.Sprintf("%d entries have this kind, which is not in ledger_kinds; the first is entry %d", row.Entries, row.FirstSeq)})
	}
	return findings, err
}

func checkObjects(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListObjectDifferences(ctx)
	var findings []Finding
	for _, row := range rows {
		findings = append(findings, Finding{"object", row.Subject, row.Detail})
	}
	return findings, err
}

func checkReadings(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListReadingDifferences(ctx)
	var findings []Finding
	for _, row := range rows {
		findings = append(findings, Finding{"reading", fmt.Sprintf("%s/%d", row.ClipID, row.Poll), fmt.Sprintf(
			"counts %d views and says %d at most and %d excluded, after %d and %d", row.Views, row.HighWaterViews, row.ExcludedViews, row.HighWaterBefore, row.ExcludedBefore)})
	}
	return findings, err
}

func checkLaterHolds(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListLaterHoldDifferences(ctx)
	var findings []Finding
	for _, row := range rows {
		findings = append(findings, Finding{"hold", row.Subject, row.Detail + ", which its entry and what it corrects do not say"})
	}
	return findings, err
}

func checkTrialBalance(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListBalanceTotals(ctx)
	var findings []Finding
	for _, row := range rows {
		findings = append(findings, Finding{"trial_balance", row.Currency, fmt.Sprintf("the balances of all accounts are off by %d", row.TotalMinor)})
	}
	return findings, err
}

func (s scope) checkBudgets(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListBudgetDifferences(ctx, s.whole)
	var findings []Finding
	for _, row := range rows {
		findings = append(findings, Finding{"budget", row.CampaignID, row.Detail})
	}
	return findings, err
}

func checkDisputes(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListDisputeDifferences(ctx)
	var findings []Finding
	for _, row := range rows {
		findings = append(findings, Finding{"dispute", row.Subject, row.Detail})
	}
	return findings, err
}

func (s scope) checkPayouts(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListPayoutDifferences(ctx, s.whole)
	var findings []Finding
	for _, row := range rows {
		findings = append(findings, Finding{"payout", row.ID, row.Detail})
	}
	return findings, err
}

func checkAccounts(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListNegativeAccounts(ctx)
	var findings []Finding
	for _, row := range rows {
		findings = append(findings, Finding{"account", row.Code, fmt.Sprintf("is below zero by %d %s", max(row.SumMinor, -row.SumMinor), row.Currency)})
	}
	return findings, err
}

func checkHolds(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListHoldDifferences(ctx)
	var findings []Finding
	for _, row := range rows {
		findings = append(findings, Finding{"hold", row.CreatorID, fmt.Sprintf("holds that are not released sum to %d %s, the ledger has %d pending", row.HeldMinor, row.Currency, row.PendingMinor)})
	}
	return findings, err
}

func checkAvailable(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListAvailableDifferences(ctx)
	var findings []Finding
	for _, row := range rows {
		findings = append(findings, Finding{"available", row.CreatorID, fmt.Sprintf("released holds less deductions and payouts are %d %s, the ledger has %d available", row.PayableMinor, row.Currency, row.AvailableMinor)})
	}
	return findings, err
}

func checkCampaigns(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListOverpaidCampaigns(ctx)
	var findings []Finding
	for _, row := range rows {
		findings = append(findings, Finding{"available", row.CreatorID, fmt.Sprintf("was paid %d %s more for campaign %s than was released", -row.PayableMinor, row.Currency, row.CampaignID)})
	}
	return findings, err
}

func (s scope) checkTotals(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	if !s.whole {
		return nil, nil
	}
	rows, err := q.ListTotalDifferences(ctx)
	var findings []Finding
	for _, row := range rows {
		findings = append(findings, Finding{"accrual", row.Subject, fmt.Sprintf("accruals sum to %d, the last one says %d", row.SumMinor, row.TotalMinor)})
	}
	return findings, err
}

func (s scope) checkAccruals(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	if s.firstEntryID == "" {
		return nil, nil
	}
	rows, err := q.ListAccrualDifferences(ctx, s.firstEntryID)
	var findings []Finding
	for _, row := range rows {
		findings = append(findings, Finding{"accrual", row.EntryID, fmt.Sprintf("credits %d views of clip %s by reading %d, which counted %d creditable ones", row.CreditedViewsAfter, row.ClipID, row.Poll, row.CreditableViews)})
	}
	return findings, err
}
