package command

// DecideCorrection is the decision on a correction, by a person other than its proposer. ID is as
// in CampaignCommand.
type DecideCorrection struct {
	ID           string
	CorrectionID string
	Approve      bool
	Actor        string
	Reason       string
}

// The names of the decisions on a correction, in the engine and in the API.
const (
	ApproveCorrection = "approve"
	RejectCorrection  = "reject"
)
