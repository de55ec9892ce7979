package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
)

// modeKind is which way the money of a payout goes.
type modeKind int

const (
	paying    modeKind = iota // to the bank
	returning                 // back to the creator's available balance
	ended                     // it has arrived, or is back
)

// mode is what a payout is doing. It may wait for a person in either direction.
type mode struct {
	kind modeKind
	// final is the status with which a returning payout ends: cancelled or returned.
	final payout.Status
	// parked is nil while the payout does not wait for a person.
	parked *parking
}

// parking is why a payout waits for a person, and until when at the latest.
type parking struct {
	reason   payout.Reason
	code     string
	remark   fault.Remark
	deadline time.Time // zero: without end
	// onRecord says that the books show the parking, too.
	onRecord bool
}

// cancellation is how far a request to cancel has come.
type cancellation struct {
	// asked: an update was accepted, and not yet acted on.
	asked bool
	// honoured: the cancellation of the workflow itself, from the CLI or UI, was acted on.
	honoured bool
	// postponed: a bank payout was alive, so the money comes back only if the bank refuses it.
	postponed bool
}

// checkCancel returns errCancelled if a cancellation has to be acted on. A payout that returns
// its money acts on one already.
func (p *creatorPayout) checkCancel() error {
	requested := p.cancellation.asked || p.isCancelled() && !p.cancellation.honoured
	if requested && p.mode.kind != returning {
		return errCancelled
	}
	return nil
}

// turnBack begins to return the money. A payout that returns it already keeps its final status.
func (p *creatorPayout) turnBack(final payout.Status) {
	if p.mode.kind != returning {
		p.mode.kind, p.mode.final = returning, final
	}
}

func (p *creatorPayout) end() {
	p.mode = mode{kind: ended}
}

// setStatus shows the status that the payout works in. While it is parked, the list shows that
// it needs attention.
func (p *creatorPayout) setStatus(ctx workflow.Context, status payout.Status) {
	p.status = status
	if p.mode.parked != nil {
		return
	}
	if status != payout.Transferring { // it lasts for one call; see waitToRetry
		p.showStatus(ctx, status)
	}
	p.describe(ctx)
}

// showStatus sets the search attribute if it shows another status. Each change is an event.
func (p *creatorPayout) showStatus(ctx workflow.Context, status payout.Status) {
	if p.shown != status {
		p.shown = status
		upsert(ctx, AttributePayoutStatus.ValueSet(string(status)))
	}
}

var statusDetails = map[payout.Status]string{
	payout.Reserved:     "is reserved; nothing has been sent yet",
	payout.Transferring: "is being transferred to the creator's connected account",
	payout.Transferred:  "is on the creator's connected account",
	payout.PayingOut:    "is on its way to the bank",
	payout.Paid:         "is paid; the bank may still return it for a while",
	payout.Reversing:    "is being taken back from the connected account",
	payout.Cancelled:    "was returned to the creator's available balance",
	payout.Returned:     "came back from the bank and was returned to the creator's available balance",
	payout.Settled:      "was settled outside",
}

// describe shows in the Temporal UI where the money is.
func (p *creatorPayout) describe(ctx workflow.Context) {
	details := p.amount() + " " + statusDetails[p.status] + "."
	details += p.describeMethod() + p.describeConversion()
	if p.transferID != "" {
		details += "\n\nTransfer: " + p.transferID
	}
	if p.bankPayout.ID != "" {
		details += "\n\nBank payout: " + p.bankPayout.ID
	}
	workflow.SetCurrentDetails(ctx, details)
}
