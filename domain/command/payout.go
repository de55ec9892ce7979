package command

// PayoutAction is what a person may do about a payout that needs attention.
type PayoutAction string

// The actions.
const (
	// Retry tries the phase that failed again.
	Retry PayoutAction = "retry"
	// Cancel gives the money back to the creator's available balance.
	Cancel PayoutAction = "cancel"
	// Resolve records what a person found out or did outside; it needs evidence.
	Resolve PayoutAction = "resolve"
)

// PayoutCommand asks a payout that needs attention to go on, as Actor and for Reason.
// Evidence is what Resolve rests on, such as the id of an object or a ticket. ID is as in
// CampaignCommand; it is empty for Resolve, which may fail for want of Stripe and is given again.
type PayoutCommand struct {
	ID       string
	PayoutID string
	Action   PayoutAction
	Actor    string
	Reason   string
	Evidence string
}

// PayoutWorkflowID names the workflow of a payout.
func PayoutWorkflowID(payoutID string) string { return "payout/" + payoutID }

// PayoutRetryLine returns the shell command that does what Retry does without the API. The
// operator puts a name and a reason in; both end up in the audit trail.
func PayoutRetryLine(payoutID string) string {
	return "temporal workflow update execute --workflow-id " + PayoutWorkflowID(payoutID) +
		" --name " + string(Retry) + ` --input '{"actor":"YOUR_ID","reason":"WHY"}'`
}

// PayoutCancelLine returns the shell command that does what Cancel does without the API.
func PayoutCancelLine(payoutID string) string {
	return "temporal workflow cancel --workflow-id " + PayoutWorkflowID(payoutID)
}
