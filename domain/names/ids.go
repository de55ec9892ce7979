package names

import (
	"strconv"
	"strings"
)

// A workflow is named for its business object, so there is at most one workflow for each. The same
// name is the subject of operator actions and of differences.

// Campaign names the workflow of a campaign.
func Campaign(campaignID string) string { return campaignPrefix + campaignID }

// Clip names the workflow of a clip.
func Clip(clipID string) string { return clipPrefix + clipID }

// Channel names the workflow that proves a creator's channel.
func Channel(channelID string) string { return "channel/" + channelID }

// PayoutRun names the workflow of a payout run by its period and its number in the period.
func PayoutRun(period string, number int) string {
	return "payout-run/" + period + "." + strconv.Itoa(number)
}

// Payout names the workflow of a payout.
func Payout(payoutID string) string { return payoutPrefix + payoutID }

// Correction names the workflow of a correction of the books.
func Correction(correctionID string) string { return "correction/" + correctionID }

// Adoption names the workflow of an adoption of payouts.
func Adoption(adoptionID string) string { return "adoption/" + adoptionID }

// Deposit names the workflow of a brand's deposit.
func Deposit(depositID string) string { return depositPrefix + depositID }

// Withdrawal names the workflow of a brand's withdrawal.
func Withdrawal(withdrawalID string) string { return "withdrawal/" + withdrawalID }

// Dispute names the workflow of a dispute over a brand's payment.
func Dispute(disputeID string) string { return "dispute/" + disputeID }

// ConvertedPayment names the workflow that refunds a payment that the processor converted.
func ConvertedPayment(paymentIntentID string) string { return "converted-payment/" + paymentIntentID }

// Reconciliation names the workflow of a pass that another workflow requested.
func Reconciliation(askedBy string) string { return "reconcile/" + askedBy }

// Inbox names the workflow that delivers stored webhooks.
const Inbox = "inbox-sweep"

// Snapshots names the workflow that looks at the snapshots of view providers.
const Snapshots = "snapshot-sweep"

// Solvency names the workflow that watches over what is owed and missing.
const Solvency = "solvency"

// Appeals names the workflow that watches over appeals that no reviewer decides in time.
const Appeals = "appeals"

// Provider names the workflow that watches over a view provider whose answers are no good.
func Provider(provider string) string { return "provider/" + provider }

// Creator is the subject of operator actions on a creator and their account.
func Creator(creatorID string) string { return "creator/" + creatorID }

// Difference is the subject of operator actions on a difference.
func Difference(differenceID string) string { return "difference/" + differenceID }

// Switch is the subject of operator actions on a kill switch.
func Switch(name string) string { return "switch/" + name }

// Period is the subject of operator actions on an accounting period.
func Period(period string) string { return "period/" + period }

// Database is the subject of operator actions on the whole database.
const Database = "database"

const (
	campaignPrefix = "campaign/"
	clipPrefix     = "clip/"
	depositPrefix  = "deposit/"
	payoutPrefix   = "payout/"
)

// CampaignIDOf returns the campaign id in a name, or false if it names no campaign.
func CampaignIDOf(name string) (string, bool) { return strings.CutPrefix(name, campaignPrefix) }

// ClipIDOf returns the clip id in a name, or false if it names no clip.
func ClipIDOf(name string) (string, bool) { return strings.CutPrefix(name, clipPrefix) }

// DepositIDOf returns the deposit id in a name, or false if it names no deposit.
func DepositIDOf(name string) (string, bool) { return strings.CutPrefix(name, depositPrefix) }

// PayoutIDOf returns the payout id in a name, or false if it names no payout.
func PayoutIDOf(name string) (string, bool) { return strings.CutPrefix(name, payoutPrefix) }
