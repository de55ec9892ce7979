package rail

import "time"

// Delivery is what became of a stored event.
type Delivery string

// The outcomes of an event. One that is Undelivered stays in the inbox and is tried again.
const (
	Undelivered   Delivery = ""
	Signalled     Delivery = "signalled"      // a workflow was notified
	Started       Delivery = "started"        // a workflow was started for it
	NoWorkflow    Delivery = "no_workflow"    // no workflow waits for it
	UnknownPayout Delivery = "unknown_payout" // it names a payout that the books do not have
	Ignored       Delivery = "ignored"        // it concerns no workflow
)

// Receipt is what became of one stored event, named by its rail and its id there.
type Receipt struct {
	Provider string   `json:"provider"`
	EventID  string   `json:"event_id"`
	Outcome  Delivery `json:"outcome,omitempty"`
	// NextTryAt is when an undelivered event is due again.
	NextTryAt time.Time `json:"next_try_at,omitzero"`
}

// MovesMoney reports whether events of a concern are about money under way. They are delivered
// before those that only report what an account can do.
func (c Concern) MovesMoney() bool {
	switch c {
	case ConcernCampaignPayment, ConcernRefundStarted, ConcernRefundChanged, ConcernDepositPayment, ConcernDepositRefund, ConcernDispute, ConcernPayout:
		return true
	}
	return false
}

const (
	redeliverAfter    = time.Minute
	redeliverAfterMax = time.Hour
)

// RedeliverAfter returns the wait before the next try of an event that could not be delivered.
// It doubles with each try, up to an hour.
func RedeliverAfter(tries int) time.Duration {
	wait := redeliverAfter
	for range max(0, tries-1) {
		if wait *= 2; wait >= redeliverAfterMax {
			return redeliverAfterMax
		}
	}
	return wait
}
