package command

import (
	"time"

	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// ProposeCorrection is what a person wants corrected in the books. The same ID with the same
// content is the same proposal. Kind is adjustment, clawback or write_off; which of the other
// fields it takes is for the books to say.
type ProposeCorrection struct {
	ID          string
	Kind        string
	Currency    money.Currency
	ClipID      string
	CreatorID   string
	CampaignID  string
	AmountMinor int64
	Postings    []ledger.Posting
	EffectiveAt *time.Time
	ProposedBy  string
	Reason      string
	Evidence    string
}

// DecideCorrection is the decision of another person than the proposer. ID is as in
// CampaignCommand.
type DecideCorrection struct {
	ID           string
	CorrectionID string
	Approve      bool
	Actor        string
	Reason       string
}

// The names under which a correction is decided, in the engine and in the API.
const (
	ApproveCorrection = "approve"
	RejectCorrection  = "reject"
)

// CorrectionWorkflowID names the workflow of a correction.
func CorrectionWorkflowID(correctionID string) string { return "correction/" + correctionID }

// CorrectionLine returns the shell command that decides a correction without the API. The
// person who decides puts a name and a reason in; both end up in the audit trail.
func CorrectionLine(correctionID, decision string) string {
	return "temporal workflow update execute --workflow-id " + CorrectionWorkflowID(correctionID) +
		" --name " + decision + ` --input '{"actor":"YOUR_ID","reason":"WHY"}'`
}
