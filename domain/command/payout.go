package command

// PayoutAction is what a person can do with a payout that needs attention.
type PayoutAction string

// The actions.
const (
	// Retry repeats the phase that failed.
	Retry PayoutAction = "retry"
	// Cancel returns the money to the creator's available balance.
	Cancel PayoutAction = "cancel"
	// Resolve records an outcome that a person found or caused outside of the system. It needs
	// evidence.
	Resolve PayoutAction = "resolve"
)

// PayoutCommand is an action of Actor on a payout that needs attention. Evidence is the proof for
// Resolve, such as the id of an object or a ticket. ID is as in CampaignCommand. It is empty for
// Resolve, so that a person can repeat the command after Stripe was unavailable.
type PayoutCommand struct {
	ID       string
	PayoutID string
	Action   PayoutAction
	Actor    string
	Reason   string
	Evidence string
}
