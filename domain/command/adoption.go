package command

// DecideAdoption is the decision on an adoption, by a person other than its proposer. ID is as in
// CampaignCommand.
type DecideAdoption struct {
	ID         string
	AdoptionID string
	Approve    bool
	Actor      string
	Reason     string
}

// The names of the decisions on an adoption, in the engine and in the API.
const (
	ApproveAdoption = "approve"
	RejectAdoption  = "reject"
)
