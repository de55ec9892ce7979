package rail

import (
	"cmp"
	"strings"
)

// Concern is what an event is about, in words that all rails share.
type Concern string

// The concerns, and the field of a Notice that names the subject.
const (
	ConcernNone             Concern = "none"
	ConcernCampaignPayment  Concern = "campaign_payment"   // CampaignID: the brand's payment changed
	ConcernRefundStarted    Concern = "refund_started"     // CampaignID: a refund of the payment was made
	ConcernRefundChanged    Concern = "refund_changed"     // CampaignID: a refund changed, perhaps long after the campaign ended
	ConcernDepositPayment   Concern = "deposit_payment"    // DepositID: the brand's payment changed
	ConcernDepositRefund    Concern = "deposit_refund"     // DepositID, and WithdrawalID if it has requested the refund: a refund was made or changed
	ConcernDispute          Concern = "dispute"            // DisputeID: a dispute began, moved money or ended
	ConcernPayout           Concern = "payout"             // PayoutID: its transfer or bank payout changed
	ConcernPayoutAccount    Concern = "payout_account"     // Account: its balance changed. PayoutID, once a payout of it is found
	ConcernAccountState     Concern = "account_state"      // Account: the rail asks for more or less of it, or it has left. PayoutID, as above
	ConcernVerification     Concern = "verification"       // VerificationID: a brand's verification changed
	ConcernBankAccountAdded Concern = "bank_account_added" // Account: it has another bank account. PayoutID, as above
	ConcernSnapshot         Concern = "snapshot"           // Job, and SnapshotID if it is named: a snapshot of a view provider has ended
)

// Notice is what an event means for our processes. It says whom to wake and nothing about
// the state of the money: the process that is woken reads that from the rail.
type Notice struct {
	Concern    Concern `json:"concern"`
	CampaignID string  `json:"campaign_id,omitempty"`
	DepositID  string  `json:"deposit_id,omitempty"`
	// WithdrawalID is the withdrawal that has requested a refund.
	WithdrawalID string `json:"withdrawal_id,omitempty"`
	DisputeID    string `json:"dispute_id,omitempty"`
	PayoutID     string `json:"payout_id,omitempty"`
	Account      string `json:"account,omitempty"`
	// VerificationID is the session of a brand's verification.
	VerificationID string `json:"verification_id,omitempty"`
	// Job is our id of a snapshot, and SnapshotID the provider's.
	Job        string `json:"job,omitempty"`
	SnapshotID string `json:"snapshot_id,omitempty"`
}

// unnamedSnapshot begins the id of a notification that does not name its snapshot.
const unnamedSnapshot = "job/"

// SnapshotEvent is the notification of a view provider about a snapshot. It is known by the provider's id of the
// snapshot, so that one that comes twice is stored once.
func SnapshotEvent(job, snapshotID string) Event {
	return Event{ID: cmp.Or(snapshotID, unnamedSnapshot+job), Type: string(ConcernSnapshot), ObjectID: job}
}

// SnapshotNotice returns what such a notification means.
func SnapshotNotice(event Event) Notice {
	notice := Notice{Concern: ConcernSnapshot, Job: event.ObjectID}
	if !strings.HasPrefix(event.ID, unnamedSnapshot) {
		notice.SnapshotID = event.ID
	}
	return notice
}
