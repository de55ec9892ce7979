package command

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
