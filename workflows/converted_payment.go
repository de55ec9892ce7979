package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
)

// ConvertedPaymentInput names a payment that the rail converted and that is booked as such.
type ConvertedPaymentInput struct {
	PaymentIntentID string         `json:"payment_intent_id"`
	CheckInterval   duration.Text  `json:"check_interval"`
	State           convertedState `json:"state"`
}

// convertedState is what the workflow carries from one history into the next.
type convertedState struct {
	// Failed counts failed refunds that were shown to a person, and After is when the next one is sent.
	Failed int       `json:"failed,omitempty"`
	After  time.Time `json:"after,omitzero"`
	// Checks counts the waits since something happened. The wait for the next one grows with it.
	Checks int  `json:"checks,omitempty"`
	Shown  bool `json:"shown,omitempty"`
}

// ConvertedPayment returns a brand's payment that the rail converted into another currency. What was paid
// for could not be paid out of that currency, so the payment is refunded in full, and the brand can pay again.
//
// The campaign or the deposit has booked the payment before. The books have the number and the amount of each
// refund before it is requested, so a request without an answer is sent again with the same key. Stripe's list
// decides what is booked. A refund that failed is booked too, because it came back at another rate.
//
// The workflow ends when the brand has the whole amount: by refunds, by a dispute that was lost, or by what
// people have settled outside. It is started again when a refund fails later.
func ConvertedPayment(root workflow.Context, in ConvertedPaymentInput) (ConvertedPaymentResult, error) {
	ctx, _ := workflow.NewDisconnectedContext(root)
	if in.CheckInterval <= 0 {
		in.CheckInterval = duration.Text(checkIntervalDefault)
	}
	p := &convertedProcess{ConvertedPaymentInput: in, waiting: waitFor(root, SignalStripeChanged)}
	if err := p.setUpdateHandlers(ctx); err != nil {
		return ConvertedPaymentResult{}, err
	}
	for !p.ended {
		if err := p.advance(ctx); err != nil {
			p.show(ctx, unforeseen(err, p.retryLine()))
			p.wait(ctx, "Until the refused step is tried again")
			p.hide(ctx)
		}
		if !p.ended && p.continueAsNew(ctx) {
			return ConvertedPaymentResult{}, workflow.NewContinueAsNewError(root, ConvertedPayment, p.ConvertedPaymentInput)
		}
	}
	p.hide(ctx)
	err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	return ConvertedPaymentResult{ReturnedMinor: p.standing.BackMinor}, err
}

// convertedProcess is the state of one payment's workflow.
type convertedProcess struct {
	ConvertedPaymentInput
	*waiting
	standing funding.ConvertedStanding
	// tries makes the activity ids of one history unique.
	tries int
	// retryAsked: a person requested the next try at once.
	retryAsked bool
	ended      bool
}

// advance takes one step, or waits for an event.
func (p *convertedProcess) advance(ctx workflow.Context) (err error) {
	if p.consume(SignalStripeChanged) {
		p.State.Checks = 0
	}
	if p.standing, err = step(ctx, "Read how much the brand has back", activities.ReadConvertedPayment, p.PaymentIntentID); err != nil {
		return err
	}
	asked := workflow.Now(ctx)
	made, err := listRefundsOf(ctx, p.PaymentIntentID, "")
	if err != nil {
		p.parkRefused(ctx, err)
		return nil
	}
	if workflow.Now(ctx).Sub(asked) >= lookedFor {
		return nil // a history that was reset to here replays an old list, and another one has gone on since
	}
	news, err := p.bookRefunds(ctx, made)
	switch {
	case err != nil || news == refundsBookedOne:
		return err
	case news == refundsPending:
		p.hide(ctx)
		p.wait(ctx, "Until the refund has succeeded or failed")
	case p.standing.LeftMinor() == 0:
		p.ended, err = p.isQuiet(ctx)
		return err
	case p.standing.Disputed:
		p.hide(ctx) // the dispute has its own workflow, which shows what to do
		p.wait(ctx, "Until the dispute over the payment is decided")
	default:
		return p.refund(ctx, made)
	}
	return nil
}

// bookRefunds books at most one refund, or what came back of one.
func (p *convertedProcess) bookRefunds(ctx workflow.Context, made []rail.Refund) (refundNews, error) {
	news := refundsUpToDate
	for _, refund := range made {
		booked, undone := slices.Contains(p.standing.Booked, refund.ID), slices.Contains(p.standing.Failed, refund.ID)
		switch {
		case !booked && refund.WithdrawnMinor > 0 && (refund.Status == rail.RefundSucceeded || refundFailed(refund)):
			return refundsBookedOne, p.book(ctx, refund)
		case refundFailed(refund) && booked && !undone && refund.FailureTransactionID != "":
			return refundsBookedOne, record(ctx, "Book what came back of the failed refund", activities.RecordConvertedRefundFailed, funding.ConvertedRefundFailure{
				PaymentIntentID: p.PaymentIntentID, RefundID: refund.ID, TransactionID: refund.FailureTransactionID, ReturnedMinor: refund.ReturnedMinor, At: workflow.Now(ctx),
			})
		case refundFailed(refund) && booked == undone, booked && !refundFailed(refund):
		default:
			news = refundsPending // or Stripe does not show yet what it moved
		}
	}
	return news, nil
}

func (p *convertedProcess) book(ctx workflow.Context, refund rail.Refund) error {
	p.State.Checks = 0
	return record(ctx, "Book the refund of the converted payment", activities.RecordConvertedRefund, funding.ConvertedRefund{
		PaymentIntentID: p.PaymentIntentID, RefundID: refund.ID, Number: refund.Number, AmountMinor: refund.AmountMinor, TakenMinor: refund.WithdrawnMinor, At: workflow.Now(ctx),
	})
}

// refund requests what is left. The number moves on only when Stripe has the refund or has refused it. The
// books have that too, so that people can settle outside what no refund is on its way for.
func (p *convertedProcess) refund(ctx workflow.Context, made []rail.Refund) (err error) {
	standing, number := p.standing, p.standing.RefundNumber
	listed := slices.ContainsFunc(made, func(refund rail.Refund) bool { return number > 0 && refund.Number == number })
	if listed && standing.RefundEnded < number { // it failed before it took anything
		if err := p.endRefund(ctx, number); err != nil {
			return err
		}
	}
	if p.awaitAfterFailure(ctx, made) {
		return nil
	}
	if listed || standing.RefundEnded == number {
		standing, err = step(ctx, "Freeze the refund", activities.FreezeConvertedRefund, funding.RefundAsked{
			PaymentIntentID: p.PaymentIntentID, Previous: number, AmountMinor: standing.LeftMinor(), At: workflow.Now(ctx),
		})
		if err != nil || standing.RefundNumber <= number {
			return err // people have settled the rest outside in between
		}
	}
	p.tries++
	paid := standing.Payment
	refund, err := moveMoney(ctx, names.RefundStep(standing.RefundNumber, p.tries), "Refund the converted payment", activities.CreateRefund, rail.RefundRequest{
		CampaignID: paid.CampaignID, DepositID: paid.DepositID, Converted: true, Number: standing.RefundNumber, FundingID: p.PaymentIntentID,
		AmountMinor: standing.RefundMinor, Currency: paid.Currency, IdempotencyKey: names.ConvertedRefundKey(p.PaymentIntentID, standing.RefundNumber),
	})
	if err != nil {
		return p.refused(ctx, standing.RefundNumber, err)
	}
	p.hide(ctx)
	if refund.Status == rail.RefundSucceeded && refund.WithdrawnMinor > 0 {
		return p.book(ctx, refund)
	}
	p.wait(ctx, "Until the refund has succeeded or failed")
	return nil
}

// refused ends a number that Stripe has refused. Stripe makes some refusals before it looks at keys, so an
// earlier try under the same key may have made the refund. The number ends only if there is none.
func (p *convertedProcess) refused(ctx workflow.Context, number int, cause error) error {
	if rail.Classify(rail.OperationRefund, fault.KindOf(cause), rail.MeaningOf(cause)).Definitive {
		listed, unread := listRefundsOf(ctx, p.PaymentIntentID, "")
		if unread == nil && slices.ContainsFunc(listed, func(refund rail.Refund) bool { return refund.Number == number }) {
			return nil // the next step reads what became of it
		}
		if unread == nil {
			if err := p.endRefund(ctx, number); err != nil {
				return err
			}
		}
	}
	p.parkRefused(ctx, cause)
	return nil
}

func (p *convertedProcess) endRefund(ctx workflow.Context, number int) error {
	return record(ctx, "Record that the refund moves no money", activities.EndConvertedRefund, funding.ConvertedRefundEnd{PaymentIntentID: p.PaymentIntentID, Number: number})
}

// awaitAfterFailure shows that a refund failed at the brand's bank, and reports whether it has waited. Each
// wait is longer than the one before, because the next refund often fails as well.
func (p *convertedProcess) awaitAfterFailure(ctx workflow.Context, made []rail.Refund) (waited bool) {
	failed := slices.DeleteFunc(slices.Clone(made), func(refund rail.Refund) bool { return !refundFailed(refund) })
	now := workflow.Now(ctx)
	if len(failed) > p.State.Failed {
		wait := p.CheckInterval << min(len(failed), refundDoublingsMax)
		p.State.Failed, p.State.After, p.retryAsked = len(failed), now.Add(wait.Std()), false
	}
	if p.retryAsked || !now.Before(p.State.After) {
		return false
	}
	p.show(ctx, attention{
		Reason: "refund_failed",
		Detail: "The refund " + failed[0].ID + " of payment " + p.PaymentIntentID + ", which was converted into another currency, failed at the brand's bank (" + failed[0].FailureCode + "). " +
			"The next try is on " + p.State.After.UTC().Format(time.RFC1123) + ". Until then, ask the brand whether its card or account still exists. If it does not, pay the brand elsewhere, and two people settle the payment outside. To retry at once, run the command below.",
		Commands: []string{p.retryLine()},
	})
	p.sleep(ctx, min(p.CheckInterval.Std(), p.State.After.Sub(now)), "Until the refund is looked at again")
	return true
}

// parkRefused waits for a person, or for the next try.
func (p *convertedProcess) parkRefused(ctx workflow.Context, cause error) {
	if rail.MeaningOf(cause) == rail.ChargeDisputed {
		p.hide(ctx)
		p.wait(ctx, "Until the dispute over the payment is decided")
		return
	}
	p.show(ctx, attention{
		Reason:   "refund_refused",
		Detail:   "Payment " + p.PaymentIntentID + " was converted into another currency and could not be refunded (" + fault.CodeOf(cause) + "). The workflow tries again at every check. If Stripe will never refund it, pay the brand elsewhere, and two people settle the payment outside. To retry at once, run the command below.",
		Commands: []string{p.retryLine()},
	})
	p.wait(ctx, "Until the refund is tried again")
}

// wait sleeps until Stripe reports a change, a person asks for something, or the next check is due.
func (p *convertedProcess) wait(ctx workflow.Context, summary string) {
	p.sleep(ctx, growing(p.CheckInterval, p.State.Checks), summary)
	p.State.Checks++
}

func (p *convertedProcess) show(ctx workflow.Context, a attention) {
	showAttention(ctx, a)
	p.State.Shown = true
}

func (p *convertedProcess) hide(ctx workflow.Context) {
	if p.State.Shown {
		p.State.Shown = false
		clearAttention(ctx)
	}
}

func (p *convertedProcess) retryLine() string {
	return names.UpdateLine(names.ConvertedPayment(p.PaymentIntentID), UpdateRetry)
}

func (p *convertedProcess) setUpdateHandlers(ctx workflow.Context) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, UpdateRetry, p.onRetry,
		workflow.UpdateHandlerOptions{Validator: validateOperator, Description: "Retries the refund that needs attention."})
}

// onRetry returns what is still to go back to the brand, in minor units of the payment's currency.
func (p *convertedProcess) onRetry(ctx workflow.Context, in Operator) (int64, error) {
	subject := names.ConvertedPayment(p.PaymentIntentID)
	err := record(ctx, "Record the request: retry", activities.RecordOperatorAction, access.OperatorAction{
		ID:      names.ActionID(subject, workflow.GetCurrentUpdateInfo(ctx).ID),
		Subject: subject, Action: UpdateRetry, Actor: in.Actor, Reason: in.Reason, Evidence: in.Evidence,
	})
	p.retryAsked, p.State.Checks = true, 0
	p.wake()
	return p.standing.LeftMinor(), activities.Failure(err)
}

// convertedPaymentOf is a payment that has succeeded, as it is booked if the rail converted it.
func convertedPaymentOf(ctx workflow.Context, paid rail.Funding, owner rail.FundingOwner) funding.ConvertedPayment {
	return funding.ConvertedPayment{
		PaymentIntentID: paid.ID, CampaignID: owner.CampaignID, DepositID: owner.DepositID, AmountMinor: paid.AmountMinor, Currency: paid.Currency,
		NetMinor: paid.NetMinor, FeeMinor: paid.FeeMinor, SettlementCurrency: paid.SettlementCurrency, At: workflow.Now(ctx),
	}
}

// refuseConverted books a payment that the rail converted, and has it refunded. The caller has no payment
// afterwards.
func refuseConverted(ctx workflow.Context, paid funding.ConvertedPayment, interval duration.Text) error {
	if err := record(ctx, "Book the payment that was converted into another currency", activities.RecordConvertedPayment, paid); err != nil {
		return err
	}
	return followConverted(ctx, ConvertedPaymentInput{PaymentIntentID: paid.PaymentIntentID, CheckInterval: interval})
}

// followConverted signals the workflow of a converted payment, or starts it if there is none.
func followConverted(ctx workflow.Context, in ConvertedPaymentInput) error {
	_, err := process{
		id: names.ConvertedPayment(in.PaymentIntentID), summary: "Refund of a payment that was converted into another currency",
		workflow: ConvertedPayment, input: in,
	}.signalOrStart(ctx)
	return err
}
