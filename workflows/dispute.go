package workflows

import (
	"cmp"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/dispute"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
)

// DisputeInput names a dispute at Stripe.
type DisputeInput struct {
	DisputeID string `json:"dispute_id"`
	// Campaign is for the workflow of a campaign that the end of a dispute starts again.
	Campaign CampaignSettings `json:"campaign"`
}

// FundingDispute follows a dispute in which a brand's bank takes a payment back. The withdrawn
// amount is booked; the part that the campaign has not spent is frozen until the bank has decided. That of a
// deposit, or what was moved to the balance, is held back there, and frozen in the campaigns that got it.
// It trusts no event: after each one it reads the dispute. Every step is booked once, so a workflow
// that starts again books nothing twice.
func FundingDispute(root workflow.Context, in DisputeInput) (DisputeResult, error) {
	ctx, _ := workflow.NewDisconnectedContext(root)
	in.Campaign = in.Campaign.complete()
	d := &disputeProcess{DisputeInput: in, waiting: waitFor(root, SignalStripeChanged)}
	for !d.ended {
		if err := d.advance(ctx); err != nil {
			showAttention(ctx, unforeseen(err, d.checkLine()))
			d.wait(ctx, "Until the refused step is tried again")
		}
		if !d.ended && d.continueAsNew(ctx) {
			return DisputeResult{}, workflow.NewContinueAsNewError(root, FundingDispute, d.DisputeInput)
		}
	}
	clearAttention(ctx)
	return d.result, nil
}

// disputeProcess is the state of one dispute's workflow.
type disputeProcess struct {
	DisputeInput
	*waiting
	paid   activities.PaidCampaign
	frozen bool // the withdrawn amount is booked
	// paymentIntentID is that of a converted payment, and returnedMinor what Stripe brought back of it, which
	// differs from what it took.
	paymentIntentID string
	returnedMinor   int64
	ended           bool
	result          DisputeResult
}

// advance takes one step, or waits until the dispute has changed.
func (d *disputeProcess) advance(ctx workflow.Context) error {
	seen, err := do(ctx, railRead, "Read the dispute's status", activities.GetDispute, d.DisputeID)
	if err != nil {
		showAttention(ctx, attention{
			Reason: "processor_unavailable", Detail: "The dispute cannot be read from Stripe (" + fault.CodeOf(err) + "). The workflow tries again at every check. To check now, run the command below.", Commands: []string{d.checkLine()},
		})
		d.wait(ctx, "Until Stripe is read again")
		return nil
	}
	if known, err := d.findCampaign(ctx, seen); err != nil || !known {
		return err
	}
	d.result = DisputeResult{
		Verdict: verdictOf(seen), CampaignID: d.paid.CampaignID, DepositID: d.paid.DepositID, AmountMinor: d.booked(seen).AmountMinor, Converted: d.paid.Converted,
	}
	if d.paid.Converted {
		d.paymentIntentID, d.returnedMinor = seen.FundingID, seen.ReinstatedMinor
	}
	switch step := dispute.Next(standingOf(seen), d.frozen); step {
	case dispute.Freeze:
		return d.freeze(ctx, seen)
	case dispute.Return:
		return d.end(ctx, "Book the won dispute", activities.RecordDisputeWon)
	case dispute.Lose:
		return d.end(ctx, "Book the lost dispute", activities.RecordDisputeLost)
	case dispute.End:
		d.ended = true
	default:
		held, err := d.holdBalance(ctx)
		if err != nil {
			return err
		}
		d.show(ctx, seen, held)
		d.wait(ctx, "Until the bank has decided")
	}
	return nil
}

// findCampaign finds the campaign or the deposit that the disputed payment is for. A dispute over a payment
// for neither ends the workflow: reconciliation finds the money that it moved.
func (d *disputeProcess) findCampaign(ctx workflow.Context, seen rail.Dispute) (known bool, err error) {
	if d.paid.Funded {
		return true, nil
	}
	if seen.FundingID != "" {
		d.paid, err = step(ctx, "Find the campaign of the payment", activities.FindPaidCampaign, seen.FundingID)
	}
	if err != nil || !d.paid.Found {
		d.ended, d.result = err == nil, DisputeResult{Verdict: verdictOf(seen)}
		return false, err
	}
	if !d.paid.Funded { // a dispute may arrive before the success of the payment
		d.wait(ctx, "Until the payment is booked")
	}
	return d.paid.Funded, nil
}

// booked is the dispute in the currency in which the payment is booked. A converted payment is booked in the
// one in which it settled, and so is a dispute over it.
func (d *disputeProcess) booked(seen rail.Dispute) ledger.Dispute {
	booked := ledger.Dispute{
		DisputeID: d.DisputeID, PaymentIntentID: seen.FundingID, CampaignID: d.paid.CampaignID,
		DepositID: d.paid.DepositID, OrganizationID: d.paid.OrganizationID,
		Currency: seen.Currency, AmountMinor: seen.AmountMinor,
	}
	if d.paid.Converted {
		booked.CampaignID, booked.DepositID, booked.PaymentMinor = "", "", seen.AmountMinor
		booked.Currency, booked.AmountMinor, booked.FeeMinor = seen.SettlementCurrency, seen.WithdrawnMinor, seen.FeeMinor
		return booked
	}
	if seen.SettlementCurrency == seen.Currency && seen.WithdrawnMinor > 0 {
		booked.AmountMinor, booked.FeeMinor = seen.WithdrawnMinor, seen.FeeMinor
	}
	return booked
}

func (d *disputeProcess) freeze(ctx workflow.Context, seen rail.Dispute) error {
	opened := d.booked(seen)
	opened.At = workflow.Now(ctx)
	if err := record(ctx, "Book the withdrawn amount and freeze it", activities.RecordDisputeOpened, opened); err != nil {
		return err
	}
	d.frozen = true
	_, err := d.holdBalance(ctx)
	return err
}

// end books the outcome and notifies the campaign, which may refund the returned money or close, and the
// deposit, which shows if the balance is below zero. A converted payment that came back is to be refunded.
func (d *disputeProcess) end(ctx workflow.Context, summary string, activity activities.Activity[activities.EndDispute, activities.DisputeEnded]) error {
	if d.result.Verdict == dispute.Lost { // money that came to escrow since the last look bears the loss as well
		if _, err := d.holdBalance(ctx); err != nil {
			return err
		}
	}
	if err := d.releaseBudgets(ctx); err != nil {
		return err
	}
	booked, err := step(ctx, summary, activity, activities.EndDispute{
		DisputeID: d.DisputeID, DepositID: d.paid.DepositID, Converted: d.paid.Converted, ReturnedMinor: d.returnedMinor, At: workflow.Now(ctx),
	})
	if err != nil {
		return err
	}
	if d.paid.Converted {
		err := followConverted(ctx, ConvertedPaymentInput{PaymentIntentID: d.paymentIntentID, CheckInterval: d.Campaign.CheckInterval})
		d.ended = err == nil
		return err
	}
	if d.paid.CampaignID != "" {
		if _, err := notifyCampaign(ctx, d.paid.CampaignID, d.Campaign); err != nil {
			return err
		}
	}
	if deposit := cmp.Or(d.paid.DepositID, booked.MovedDepositID); deposit != "" {
		_, err = notifyDeposit(ctx, deposit, d.Campaign)
	}
	d.ended = err == nil
	return err
}

// wait sleeps until Stripe reports a change, or the next check is due. A dispute cannot be
// cancelled here: a cancellation only causes a check.
func (d *disputeProcess) wait(ctx workflow.Context, summary string) {
	d.sleep(ctx, d.Campaign.CheckInterval.Std(), summary)
	d.consume(SignalStripeChanged)
}

func (d *disputeProcess) show(ctx workflow.Context, seen rail.Dispute, where dispute.Held) {
	amount := money.Amount{Minor: seen.AmountMinor, Currency: seen.Currency}.String()
	of, held := "campaign "+d.paid.CampaignID, "The part that the campaign has not spent is frozen and will not be refunded before the bank has decided."+d.whereMoved(where, seen.Currency)
	if d.paid.DepositID != "" {
		of, held = "deposit "+d.paid.DepositID, d.whereHeld(where, seen.Currency)
	}
	detail := "The bank of the brand of " + of + " has taken back " + amount + " (" + seen.Reason + "). " + held
	if d.paid.Converted {
		held = "The payment was converted into another currency and funds nothing. What is left of it is refunded when the bank has decided for us."
		detail = "The bank of the brand of " + of + " has taken back " + amount + " (" + seen.Reason + "). " + held
	}
	switch {
	case seen.Status == rail.DisputeWon:
		detail = "The dispute over " + amount + " of " + of + " is won. The money is on its way back."
	case seen.WithdrawnMinor == 0:
		detail = "The bank of the brand of " + of + " inquires about a payment of " + amount + " (" + seen.Reason + "). No money was taken. Without an answer the bank may take it."
	}
	if seen.Status != rail.DisputeWon {
		detail += "\n\nIn Stripe's dashboard, find dispute " + d.DisputeID + " and send evidence or accept the dispute"
		if !seen.DueBy.IsZero() {
			detail += " by " + seen.DueBy.Format(time.RFC1123)
		}
		detail += "."
	}
	showAttention(ctx, attention{
		Reason: "dispute_open", Detail: detail + " The workflow books the outcome. To check the dispute now, run the command below.",
		Commands: []string{d.checkLine()},
	})
}

func (d *disputeProcess) checkLine() string {
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

// followDispute signals the workflow of a dispute, or starts it if there is none. It may be called
// for every event about a dispute and for every dispute that reconciliation finds.
func followDispute(ctx workflow.Context, in DisputeInput) (rail.Delivery, error) {
	return process{
		id: names.Dispute(in.DisputeID), summary: "Dispute over a brand's payment", workflow: FundingDispute, input: in,
	}.signalOrStart(ctx)
}
