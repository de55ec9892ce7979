package names

import "strings"

// A workflow is named for the business thing that it carries, so that there is at most one for
// each. The same name is the subject of operators' actions and of differences.

// Campaign names the workflow of a campaign.
func Campaign(campaignID string) string { return campaignPrefix + campaignID }

// Clip names the workflow of a clip.
func Clip(clipID string) string { return "clip/" + clipID }

// PayoutRun names the workflow of a period's payout run.
func PayoutRun(period string) string { return "payout-run/" + period }

// Payout names the workflow of a payout.
func Payout(payoutID string) string { return payoutPrefix + payoutID }

// Correction names the workflow of a correction of the books.
func Correction(correctionID string) string { return "correction/" + correctionID }

// Dispute names the workflow of a dispute over a brand's payment.
func Dispute(disputeID string) string { return "dispute/" + disputeID }

// Reconciliation names the workflow of a pass that something else asked for.
func Reconciliation(askedBy string) string { return "reconcile/" + askedBy }

// Inbox names the workflow that delivers stored webhooks.
const Inbox = "inbox-sweep"

// Difference is the subject of what a person does about a difference.
func Difference(differenceID string) string { return "difference/" + differenceID }

// Period is the subject of what a person does to an accounting period.
func Period(period string) string { return "period/" + period }

const (
	campaignPrefix = "campaign/"
	payoutPrefix   = "payout/"
)

// CampaignID returns the id of the campaign that a name is for, or false.
func CampaignID(name string) (string, bool) { return strings.CutPrefix(name, campaignPrefix) }

// PayoutIDOf returns the id of the payout that a name is for, or false.
func PayoutIDOf(name string) (string, bool) { return strings.CutPrefix(name, payoutPrefix) }
