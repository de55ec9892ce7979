package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"go.temporal.io/sdk/client"

	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/workflows"
)

// graceAtTheEnd is short because all workflows have ended by then.
const graceAtTheEnd = time.Second

// reconcile runs the product's reconciliation, which also books the fees that Stripe has charged last.
func (p *demoRun) reconcile(ctx context.Context, _ *evidence) error {
	settings := workflows.DefaultReconcileSettings()
	settings.Grace = duration.Text(graceAtTheEnd)
	pass, err := p.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: names.Reconciliation("demo-" + p.nonce), TaskQueue: workflows.QueueCampaigns, StaticSummary: "Compares Stripe with the ledger at the end of the demo",
	}, "Reconcile", workflows.ReconcileInput{Settings: settings})
	if err != nil {
		return fmt.Errorf("reconcile: %w", err)
	}
	var result workflows.ReconcileResult
	if err := pass.Get(ctx, &result); err != nil {
		return fmt.Errorf("reconcile: %w", err)
	}
	p.narrator.Event(fmt.Sprintf("compared %d objects at Stripe with the books: %d differences", result.Objects, result.Open))
	return nil
}

// readDifferences reads what the reconciliation has found. At a Stripe that was used before, only
// differences of this demo count.
func (p *demoRun) readDifferences(ctx context.Context, e *evidence) error {
	found, err := p.books.differences(ctx)
	for _, each := range found {
		if len(p.existing) == 0 || e.isOurs(each.Subject) {
			e.differences = append(e.differences, each.Class+": "+each.Detail)
		}
	}
	return err
}

// isOurs reports whether a payout or campaign belongs to this demo.
func (e *evidence) isOurs(subject string) bool {
	return slices.ContainsFunc(e.books.payouts, func(row payoutFact) bool { return subject == names.Payout(row.ID) }) ||
		slices.ContainsFunc(e.books.terms, func(row campaignFacts) bool { return subject == names.Campaign(row.ID) })
}

type differenceFact struct{ Class, Subject, Detail string }

// differences reads the open differences.
func (b *auditor) differences(ctx context.Context) (found []differenceFact, err error) {
	err = b.inSnapshot(ctx, func(tx pgx.Tx) (err error) {
		found, err = rows[differenceFact](ctx, tx, `
			SELECT class, subject, detail FROM audit.differences
			 WHERE cleared_at IS NULL AND acknowledged_at IS NULL ORDER BY found_at`)
		return err
	})
	return found, err
}
