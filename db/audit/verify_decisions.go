package audit

import (
	"context"
	"fmt"

	"github.com/creditroll/creditroll/db/internal/sqlc"
)

// checkDecisions finds decisions that one person took alone, and those that name no booking of what
// they decided. The database refuses both, so a row was changed past its constraints.
func checkDecisions(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListUnsoundDecisions(ctx)
	findings := make([]Finding, len(rows))
	for i, row := range rows {
		check := "correction"
		if row.Subject == "difference" {
			check = "acknowledgement"
		}
		findings[i] = Finding{check, row.Subject + " " + row.ID, describeDecision(row)}
	}
	return findings, err
}

func describeDecision(row sqlc.ListUnsoundDecisionsRow) string {
	switch row.Problem {
	case "no_entry":
		return "is approved, but no entry belongs to it"
	case "no_correction":
		return "settles a payout outside, but no approved correction has it"
	case "no_booking":
		return "is acknowledged, but what it names does not book it"
	}
	return fmt.Sprintf("is not decided by two people: proposed by %q, approved by %q", row.ProposedBy, row.DecidedBy)
}
