package workflows

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/money"
)

// Workflow ids name the business thing, so that there is at most one process for each.

// CampaignWorkflowID names the workflow of a campaign.
func CampaignWorkflowID(campaignID string) string { return "campaign/" + campaignID }

// ClipWorkflowID names the workflow of a clip.
func ClipWorkflowID(clipID string) string { return "clip/" + clipID }

// PayoutRunWorkflowID names the workflow of a period's payout run.
func PayoutRunWorkflowID(period string) string { return "payout-run/" + period }

// PayoutWorkflowID names the workflow of a payout.
func PayoutWorkflowID(payoutID string) string { return command.PayoutWorkflowID(payoutID) }

// ReconcileWorkflowID names the workflow of a pass that somebody asked for.
func ReconcileWorkflowID(askedBy string) string { return "reconcile/" + askedBy }

// passID returns the id of a reconciliation pass: one workflow makes one at a time.
func passID(workflowID string, startedAt time.Time) string {
	return derive("reconciliation/%s/%d", workflowID, startedAt.UnixNano())
}

// CorrectionWorkflowID names the workflow of a correction of the books.
func CorrectionWorkflowID(correctionID string) string {
	return command.CorrectionWorkflowID(correctionID)
}

// DisputeWorkflowID names the workflow of a dispute over a brand's payment.
func DisputeWorkflowID(disputeID string) string { return "dispute/" + disputeID }

// InboxWorkflowID names the one pass over the webhook inbox.
const InboxWorkflowID = "inbox-sweep"

// Derived ids are version 5 UUIDs over business ids: a workflow that starts over, or is
// reset, arrives at the same ones.
var namespace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://creditroll.dev/ids"))

func derive(format string, parts ...any) string {
	return uuid.NewSHA1(namespace, fmt.Appendf(nil, format, parts...)).String()
}

// PayoutRunID returns the id of a period's run.
func PayoutRunID(period string) string { return derive("payout-run/%s", period) }

// PayoutID returns the id of a creator's payout in one currency in one run.
func PayoutID(runID, creatorID string, currency money.Currency) string {
	return derive("payout/%s/%s/%s", runID, creatorID, currency)
}

// actionID returns the id under which an operator's update is kept. An update keeps its id
// over retries and resets.
func actionID(workflowID, updateID string) string {
	return derive("action/%s/%s", workflowID, updateID)
}
