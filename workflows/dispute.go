package workflows

import (
	"time"

	"github.com/creditroll/creditroll/domain/names"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/dispute"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/rail"
)

// DisputeInput names a dispute of Stripe's.
type DisputeInput struct {
	DisputeID string `json:"dispute_id"`
	// Campaign is for the process of a campaign to which the money comes back.
	Campaign CampaignSettings `json:"campaign"`
}

// FundingDispute follows a brand's bank that takes a payment back: what was withdrawn is
// booked, and frozen as far as the campaign has not spent it, until the bank has decided. It
// believes no event; whatever comes, it looks at the dispute. Every step is booked once, so
// a process that begins anew books nothing twice.
func FundingDispute(root workflow.Context, in DisputeInput) (DisputeResult, error) {
	ctx, _ := workflow.NewDisconnectedContext(root)
	in.Campaign = in.Campaign.complete()
	d := &disputeRun{DisputeInput: in, waiting: waitFor(root, SignalStripeChanged)}
	for !d.ended {
		if err := d.advance(ctx); err != nil {
			showAttention(ctx, unforeseen(err, d.lookLine()))
			d.wait(ctx, "Until the refused step is tried again")
		}
		if !d.ended && d.continueAsNew(ctx) {
			return DisputeResult{}, workflow.NewContinueAsNewError(root, FundingDispute, d.DisputeInput)
		}
	}
	clearAttention(ctx)
	return d.result, nil
}

type disputeRun struct {
	DisputeInput
	*waiting
	paid   activities.PaidCampaign
	frozen bool // what was withdrawn is booked
	ended  bool
	result DisputeResult
}

// advance takes one step, or waits until the dispute has changed.
func (d *disputeRun) advance(ctx workflow.Context) error {
	seen, err := do(ctx, stripeRead, "Look where the dispute stands", activities.GetDispute, d.DisputeID)
	if err != nil {
		showAttention(ctx, attention{
			Reason: "processor_unavailable", Detail: "The dispute cannot be read at Stripe (" + fault.CodeOf(err) + "). It is looked at again by itself.", Commands: []string{d.lookLine()},
		})
		d.wait(ctx, "Until Stripe can be read again")
		return nil
	}
	if known, err := d.findCampaign(ctx, seen); err != nil || !known {
		return err
	}
	d.result = DisputeResult{Verdict: verdictOf(seen), CampaignID: d.paid.CampaignID, AmountMinor: d.booked(seen).AmountMinor}
	switch step := dispute.Next(standingOf(seen), d.frozen); step {
	case dispute.Freeze:
		return d.freeze(ctx, seen)
	case dispute.Return:
		return d.end(ctx, "Book the money that came back", activities.RecordDisputeWon)
	case dispute.Lose:
		return d.end(ctx, "Book the money that stays away", activities.RecordDisputeLost)
	case dispute.End:
		d.ended = true
	default:
		d.show(ctx, seen)
		d.wait(ctx, "Until the bank has decided")
	}
	return nil
}

// findCampaign finds the campaign that the disputed payment funds. A payment of nobody is not
// ours to follow: money that it moved is found by whoever compares the books with Stripe.
func (d *disputeRun) findCampaign(ctx workflow.Context, seen rail.Dispute) (known bool, err error) {
	if d.paid.Funded {
		return true, nil
	}
	if seen.FundingID != "" {
		d.paid, err = step(ctx, "Find the campaign that was paid", activities.FindPaidCampaign, seen.FundingID)
	}
	if err != nil || !d.paid.Found {
		d.ended, d.result = err == nil, DisputeResult{Verdict: verdictOf(seen)}
		return false, err
	}
	if !d.paid.Funded { // a dispute may be faster than the news that the payment succeeded
		d.wait(ctx, "Until the payment is booked")
	}
	return d.paid.Funded, nil
}

// booked is the dispute in the campaign's currency. Where Stripe converts, it withdraws
// another currency; the books have the payment without its fee then, and the dispute, too.
func (d *disputeRun) booked(seen rail.Dispute) ledger.Dispute {
	booked := ledger.Dispute{
		DisputeID: d.DisputeID, PaymentIntentID: seen.FundingID, CampaignID: d.paid.CampaignID,
		Currency: seen.Currency, AmountMinor: seen.AmountMinor,
	}
	if seen.SettlementCurrency == seen.Currency && seen.WithdrawnMinor > 0 {
		booked.AmountMinor, booked.FeeMinor = seen.WithdrawnMinor, seen.FeeMinor
	}
	return booked
}

func (d *disputeRun) freeze(ctx workflow.Context, seen rail.Dispute) error {
	opened := d.booked(seen)
	opened.At = workflow.Now(ctx)
	if err := record(ctx, "Book what was withdrawn, and freeze it", activities.RecordDisputeOpened, opened); err != nil {
		return err
	}
	d.frozen = true
	return nil
}

// end books the outcome and has the campaign look: it may refund what came back, or close.
func (d *disputeRun) end(ctx workflow.Context, summary string, activity activities.Activity[activities.EndDispute, activities.None]) error {
	if err := record(ctx, summary, activity, activities.EndDispute{DisputeID: d.DisputeID, At: workflow.Now(ctx)}); err != nil {
		return err
	}
	_, err := tellCampaign(ctx, d.paid.CampaignID, d.Campaign)
	d.ended = err == nil
	return err
}

// wait sleeps until Stripe tells of a change, or it is time to look. A dispute cannot be
// called off from here: a cancellation is a look.
func (d *disputeRun) wait(ctx workflow.Context, summary string) {
	d.sleep(ctx, d.Campaign.CheckInterval.Std(), summary)
	d.took(SignalStripeChanged)
}

func (d *disputeRun) show(ctx workflow.Context, seen rail.Dispute) {
	amount := money.Amount{Minor: d.result.AmountMinor, Currency: seen.Currency}.String()
	detail := "The bank of the brand behind campaign " + d.paid.CampaignID + " has taken " + amount + " back (" + seen.Reason + "). What the campaign has not spent of it is frozen, and nothing of it is refunded."
	switch {
	case seen.Status == rail.DisputeWon:
		detail = "The dispute over " + amount + " of campaign " + d.paid.CampaignID + " is won; the money is on its way back."
	case seen.WithdrawnMinor == 0:
		detail = "The bank of the brand behind campaign " + d.paid.CampaignID + " asks about a payment of " + amount + " (" + seen.Reason + "). No money has been taken; without an answer that may follow."
	}
	if seen.Status != rail.DisputeWon {
		detail += "\n\nAnswer with evidence, or accept, in Stripe's dashboard under this dispute's id"
		if !seen.DueBy.IsZero() {
			detail += " until " + seen.DueBy.Format(time.RFC1123)
		}
		detail += "."
	}
	showAttention(ctx, attention{
		Reason: "dispute_open", Detail: detail + " The outcome is booked by itself; have it looked at now with the command below.",
		Commands: []string{d.lookLine()},
	})
}

func (d *disputeRun) lookLine() string {
	return names.SignalLine(names.Dispute(d.DisputeID), SignalStripeChanged)
}

func standingOf(seen rail.Dispute) dispute.State {
	return dispute.State{Verdict: verdictOf(seen), Withdrawn: seen.WithdrawnMinor > 0, Reinstated: seen.Reinstated}
}

func verdictOf(seen rail.Dispute) dispute.Verdict {
	switch seen.Status {
	case rail.DisputeWon:
		return dispute.Won
	case rail.DisputeLost:
		return dispute.Lost
	case rail.DisputeDropped:
		return dispute.Dropped
	}
	return dispute.Undecided
}

// FollowDispute makes sure that a dispute has a process, and that it looks now. It may be
// called for every event, and for every dispute that somebody finds.
func FollowDispute(ctx workflow.Context, in DisputeInput) (outcome string, err error) {
	id := names.Dispute(in.DisputeID)
	if tell(ctx, id, SignalStripeChanged) == webhookSignalled {
		return webhookSignalled, nil
	}
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: id, TaskQueue: QueueCampaigns, ParentClosePolicy: enums.PARENT_CLOSE_POLICY_ABANDON,
		StaticSummary:         "Dispute over a brand's payment",
		TypedSearchAttributes: temporal.NewSearchAttributes(AttributeNeedsAttention.ValueSet(false)),
	}), FundingDispute, in)
	err = child.GetChildWorkflowExecution().Get(ctx, nil)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return tell(ctx, id, SignalStripeChanged), nil // somebody else began it just now
	}
	return webhookStarted, err
}
