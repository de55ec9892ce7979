package audit

import (
	"cmp"
	"context"
	"fmt"

	"github.com/creditroll/creditroll/db/internal/sqlc"
)

// checkDeposits compares deposits and their refunds with the journal.
func checkDeposits(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	deposits, err := q.ListDepositDifferences(ctx)
	if err != nil {
		return nil, err
	}
	findings := findingsOf("deposit", deposits, func(row sqlc.ListDepositDifferencesRow) (subject, detail string) {
		return cmp.Or(row.ID, row.PaymentIntentID), fmt.Sprintf("the record has %d %s of organization %s; the journal has %d %s of organization %s",
			row.AmountMinor, cmp.Or(row.Currency, "of nothing"), cmp.Or(row.OrganizationID, "none"),
			row.JournalAmountMinor, cmp.Or(row.JournalCurrency, "of nothing"), cmp.Or(row.JournalOrganizationID, "none"))
	})
	refunds, err := q.ListDepositRefundDifferences(ctx)
	return append(findings, findingsOf("deposit", refunds, func(row sqlc.ListDepositRefundDifferencesRow) (subject, detail string) {
		return row.RefundID, fmt.Sprintf("the record has a refund of %d that is %s, of organization %s (by a withdrawal: %t); the journal has %d of organization %s (by a withdrawal: %t; failed: %t)",
			row.AmountMinor, cmp.Or(row.Status, "missing"), cmp.Or(row.OrganizationID, "none"), row.ByWithdrawal,
			row.JournalAmountMinor, cmp.Or(row.JournalOrganizationID, "none"), row.JournalByWithdrawal, row.JournalFailed)
	})...), err
}

// checkOrganizations compares the balances of organizations with deposits, withdrawals and disputes.
func checkOrganizations(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListOrganizationBalanceDifferences(ctx)
	return findingsOf("organization", rows, func(row sqlc.ListOrganizationBalanceDifferencesRow) (subject, detail string) {
		return row.OrganizationID, fmt.Sprintf("deposits, withdrawals and disputes leave %d %s and %d to send; the journal has %d and %d",
			row.BalanceMinor, row.Currency, row.WithdrawingMinor, row.JournalBalanceMinor, row.JournalWithdrawingMinor)
	}), err
}
