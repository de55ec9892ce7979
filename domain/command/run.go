package command

import "github.com/creditroll/creditroll/domain/money"

// StartPayoutRun starts a run of a period for Actor. A repetition with the same ID returns the
// first run.
type StartPayoutRun struct {
	ID     string
	Period string
	Number int
	Actor  string
}

// RunAction is what a person can do with a payout run.
type RunAction string

// The actions.
const (
	// ApproveRun lets a run continue. Who started it cannot approve it.
	ApproveRun RunAction = "approve"
	// CancelRun stops a run before its next payout.
	CancelRun RunAction = "cancel"
	// ExcludeFromRun leaves a creator out of a run that waits for its approval.
	ExcludeFromRun RunAction = "exclude"
)

// PayoutRunCommand is an action of Actor on a payout run. CreatorID and Currency are for
// ExcludeFromRun; an empty currency stands for all. ID is as in CampaignCommand.
type PayoutRunCommand struct {
	ID        string
	Period    string
	Number    int
	Action    RunAction
	Actor     string
	Reason    string
	CreatorID string
	Currency  money.Currency
}
