package db

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/creditroll/creditroll/db/internal/sqlc"
)

// Finding is one promise of the books that does not hold.
type Finding struct {
	// Check is the promise's short name: trial_balance, entry, budget, payout or account.
	Check   string `json:"check"`
	Subject string `json:"subject"`
	Detail  string `json:"detail"`
}

// String returns the finding as one line.
func (f Finding) String() string { return f.Check + " " + f.Subject + ": " + f.Detail }

// LedgerSize says how much was looked at.
type LedgerSize struct {
	Entries   int64 `json:"entries"`
	Postings  int64 `json:"postings"`
	Campaigns int64 `json:"campaigns"`
	Payouts   int64 `json:"payouts"`
}

// VerifyBooks recomputes every promise of the books in one snapshot and returns what does
// not hold, at most 100 findings a check.
func (s *Store) VerifyBooks(ctx context.Context) ([]Finding, error) {
	var findings []Finding
	checks := []func(context.Context, *sqlc.Queries) ([]Finding, error){
		checkTrialBalance, checkEntries, checkBudgets, checkPayouts, checkAccounts,
	}
	err := s.inSnapshot(ctx, func(q *sqlc.Queries) error {
		for _, check := range checks {
			found, err := check(ctx, q)
			if err != nil {
				return err
			}
			findings = append(findings, found...)
		}
		return nil
	})
	return findings, err
}

// LedgerSize counts what VerifyBooks looks at.
func (s *Store) LedgerSize(ctx context.Context) (LedgerSize, error) {
	row, err := s.queries.CountLedger(ctx)
	return LedgerSize(row), translate(err)
}

// inSnapshot runs reads that must agree with each other.
func (s *Store) inSnapshot(ctx context.Context, read func(q *sqlc.Queries) error) error {
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return translate(pgx.BeginTxFunc(ctx, s.pool, options, func(tx pgx.Tx) error {
		return read(s.queries.WithTx(tx))
	}))
}

func checkTrialBalance(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListTrialBalance(ctx)
	var findings []Finding
	for _, row := range rows {
		if row.TotalMinor != 0 {
			findings = append(findings, Finding{"trial_balance", row.Currency, fmt.Sprintf("off by %d", row.TotalMinor)})
		}
	}
	return findings, err
}

func checkEntries(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	unbalanced, err := q.ListUnbalancedEntries(ctx)
	if err != nil {
		return nil, err
	}
	var findings []Finding
	for _, row := range unbalanced {
		findings = append(findings, Finding{"entry", row.EntryID, fmt.Sprintf("sums to %d instead of zero", row.TotalMinor)})
	}
	empty, err := q.ListEmptyEntries(ctx)
	for _, id := range empty {
		findings = append(findings, Finding{"entry", id, "has no postings"})
	}
	return findings, err
}

func checkBudgets(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListBudgetDifferences(ctx)
	var findings []Finding
	for _, row := range rows {
		findings = append(findings, Finding{"budget", row.CampaignID, fmt.Sprintf(
			"the guard says %d in escrow and %d spent, the ledger %d and %d",
			row.GuardEscrowMinor, row.SpentMinor, row.LedgerEscrowMinor, row.AccruedMinor)})
	}
	return findings, err
}

func checkPayouts(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListPayoutDifferences(ctx)
	var findings []Finding
	for _, row := range rows {
		findings = append(findings, Finding{"payout", row.ID, fmt.Sprintf(
			"amount %d, lines %d, %d applied transfers, %d settled and %d reversed in the ledger",
			row.AmountMinor, row.LinesMinor, row.AppliedTransfers, row.SettledEntries, row.ReversedEntries)})
	}
	return findings, err
}

func checkAccounts(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListNegativeAccounts(ctx)
	var findings []Finding
	for _, row := range rows {
		findings = append(findings, Finding{"account", row.Code, fmt.Sprintf("is below zero by %d %s", row.SumMinor, row.Currency)})
	}
	return findings, err
}
