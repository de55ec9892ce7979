package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/rail"
)

// paymentOutcome is what became of a payment that was to be cancelled.
type paymentOutcome int

const (
	paymentUndecided  paymentOutcome = iota // it may still succeed, and may be cancelled later
	paymentProcessing                       // it cannot be cancelled before it has failed, or has succeeded without a fee yet
	paymentCancelled                        // no money can arrive through it
	paymentSucceeded                        // it has, before it could be cancelled
)

// stoppedPayment is the outcome, the payment if it has succeeded, and why the outcome is undecided.
type stoppedPayment struct {
	outcome paymentOutcome
	paid    rail.Funding
	refused error
}

// cancelPayment cancels a payment, so that no money can arrive through it. A refusal is no outcome: the payment
// may have been cancelled before, or it may have succeeded, so it is read. If it cannot be read, that is why
// the outcome is undecided.
func cancelPayment(ctx workflow.Context, paymentIntentID string) stoppedPayment {
	_, refused := do(ctx, railMoney, "Cancel the payment", activities.CancelFunding, paymentIntentID)
	if refused == nil {
		return stoppedPayment{outcome: paymentCancelled}
	}
	paid, err := do(ctx, railRead, "Read the payment's status", activities.GetFunding, paymentIntentID)
	stopped := stoppedPayment{paid: paid, refused: refused}
	switch {
	case err != nil:
		workflow.GetLogger(ctx).Warn("payment cannot be read", "error", err)
		stopped.refused = err
	case paid.Status == rail.FundingCanceled:
		stopped.outcome = paymentCancelled
	case paid.Status == rail.FundingSucceeded && paid.SettlementCurrency != "":
		stopped.outcome = paymentSucceeded
	case paid.Status == rail.FundingSucceeded, paid.Status == rail.FundingProcessing:
		stopped.outcome = paymentProcessing
	}
	return stopped
}
