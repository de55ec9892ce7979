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
