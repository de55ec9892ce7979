package command

import "github.com/creditroll/creditroll/domain/adoption"

// DecideAdoption is the decision on an adoption, by a person other than its proposer. ID is as in
// CampaignCommand.
type DecideAdoption struct {
	ID         string
	AdoptionID string
	Approve    bool
	Actor      string
	Reason     string
}

// The names of the requests to an adoption, in the engine and in the API.
const (
	ApproveAdoption = "approve"
	RejectAdoption  = "reject"
	RetryAdoption   = "retry"
	CancelAdoption  = "cancel"
)

// AdoptionActions returns what a person can request of an adoption now.
func AdoptionActions(a adoption.Adoption) []string {
	switch {
	case a.Status == adoption.Proposed:
		return []string{ApproveAdoption, RejectAdoption}
	case a.Failed > 0 && a.Left == 0:
		return []string{RetryAdoption, CancelAdoption}
	}
	return nil
}
