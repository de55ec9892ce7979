package workflows

import (
	"slices"
	"strconv"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
)

// WithdrawalInput starts or continues a withdrawal.
type WithdrawalInput struct {
	Withdrawal    funding.NewWithdrawal `json:"withdrawal"`
	CheckInterval duration.Text         `json:"check_interval"`
	State         withdrawalState       `json:"state"`
}

// withdrawalState is what a withdrawal carries from one history into the next.
type withdrawalState struct {
	Reserved bool `json:"reserved"`
	// Checks counts the checks since something happened. The wait for the next one grows with it.
	Checks int `json:"checks,omitempty"`
	// Shown: the withdrawal is on the needs-attention list.
	Shown bool `json:"shown,omitempty"`
	// Cancel: an earlier history was cancelled in Temporal.
	Cancel bool `json:"cancel,omitempty"`
	// Cover is the wait for a balance that covers what is owed.
	Cover coverWait `json:"cover,omitzero"`
	// Unreadable is the wait for what Stripe does not show.
	Unreadable unreadable `json:"unreadable,omitzero"`
}

// Withdrawal sends money of a brand's balance back to where it came from: it reserves the amount in the
// books and then refunds deposits, the newest first. The books have each refund before it is requested, so
// a request can be sent again. It ends when the amount is sent, or a person has cancelled the rest. A refund
// that it has sent can fail later. The withdrawal then sends that amount again, also if it had ended.
func Withdrawal(root workflow.Context, in WithdrawalInput) (WithdrawalResult, error) {
	ctx, _ := workflow.NewDisconnectedContext(root)
	if in.CheckInterval <= 0 {
		in.CheckInterval = duration.Text(checkIntervalDefault)
	}
	w := &withdrawalProcess{WithdrawalInput: in, waiting: waitFor(root, SignalStripeChanged)}
	w.cancelled = in.State.Cancel
	if err := w.setUpdateHandlers(ctx); err != nil {
		return WithdrawalResult{}, err
	}
	if err := w.reserve(ctx); err != nil {
		return WithdrawalResult{Refusal: fault.CodeOf(err)}, workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	}
	for !w.ended {
		if err := w.advance(ctx); err != nil {
			showAttention(ctx, unforeseen(err, w.retryLine()))
			w.wait(ctx, "Until the refused step is tried again")
			clearAttention(ctx)
			w.shown, w.State.Shown, w.State.Unreadable.Shown = "", false, false
		}
		if !w.ended && w.continueAsNew(ctx) {
			w.State.Cancel = w.isCancelled()
			return WithdrawalResult{}, workflow.NewContinueAsNewError(root, Withdrawal, w.WithdrawalInput)
		}
	}
	return WithdrawalResult{Status: w.onRecord.Status, SentMinor: w.onRecord.SentMinor, ReturnedMinor: w.onRecord.ReturnedMinor}, nil
}

// withdrawalProcess is the state of one withdrawal's workflow.
type withdrawalProcess struct {
	WithdrawalInput
	*waiting
	onRecord   funding.Withdrawal // as this history has read it last; empty if that may be outdated
	reserveErr error
	ended      bool
	// tries makes the activity ids of one history unique.
	tries int
	shown string // the attention reason that this history shows
	// shownMinor is the rest that it names, and coverShown what it says about the platform's balance.
	shownMinor int64
	// sentRead: the books agree with Stripe about the refunds that were sent, as of the last signal.
	sentRead bool
	// unread is why they could not be read last.
	unread *unreadRefunds
	// missing is a refund that Stripe does not show although it may have been requested.
	missing missingRefund
	// cancels counts the requests to cancel that this history has booked.
	cancels    int
	coverShown string
	covered    bool // the balance covers what is owed, as it was read for the next refund
}

// reserve takes the amount out of the balance. UpdateReserved returns its outcome to the caller.
func (w *withdrawalProcess) reserve(ctx workflow.Context) error {
	if w.State.Reserved {
		return nil
	}
	w.Withdrawal.Now = workflow.Now(ctx)
	stored, err := step(ctx, "Reserve the amount", activities.ReserveWithdrawal, w.Withdrawal)
	for unanswered(err) {
		w.sleep(ctx, w.CheckInterval.Std(), "Until the books can be reached again")
		stored, err = step(ctx, "Reserve the amount", activities.ReserveWithdrawal, w.Withdrawal)
	}
	if w.reserveErr = err; err != nil {
		return err
	}
	w.onRecord, w.State.Reserved, w.sentRead = stored, true, stored.SentMinor == 0
	return nil
}

// advance takes one step, or waits for an event.
func (w *withdrawalProcess) advance(ctx workflow.Context) error {
	covered := w.covered // holds for this step only, also if it does not come to a refund
	w.covered = false
	if w.consume(SignalStripeChanged) {
		w.State.Checks, w.sentRead = 0, false
	}
	if w.isCancelled() && w.status() == funding.WithdrawalSending {
		if err := w.cancelInTemporal(ctx); err != nil {
			return err
		}
	}
	if !w.sentRead {
		if booked, err := w.readSent(ctx); err != nil || booked {
			return err
		}
	}
	cancels := w.cancels
	plan, err := step(ctx, "Choose the next deposit to refund", activities.PlanWithdrawal, activities.PlanAt{WithdrawalID: w.Withdrawal.ID, Covered: covered, Now: workflow.Now(ctx)})
	if err != nil || w.cancels != cancels { // what was read may be older than a request to cancel
		return err
	}
	w.onRecord = plan.Withdrawal
	switch {
	case w.onRecord.Status.Ended():
		return w.end(ctx)
	case plan.NeedsCover:
		w.covered, err = w.checkCover(ctx)
		return err
	case plan.Refund != nil:
		return w.refund(ctx, *plan.Refund)
	}
	if plan.UncoveredMinor > 0 {
		w.showUncovered(ctx, plan)
		w.sleep(ctx, untilCovered(w.CheckInterval, w.State.Checks), "Until the brand's balance covers the withdrawal")
		w.State.Checks++
		return nil
	}
	w.showExhausted(ctx, plan)
	w.wait(ctx, "Until a deposit can be refunded again")
	return nil
}

// refund books the refund if Stripe has it already, and requests it otherwise.
func (w *withdrawalProcess) refund(ctx workflow.Context, refund funding.Refund) error {
	asked := workflow.Now(ctx)
	made, err := w.listRefunds(ctx, refund)
	if err != nil {
		w.park(ctx, err)
		return nil
	}
	switch news, err := bookDepositRefunds(ctx, refund.DepositID, refund.Currency, made); {
	case err != nil:
		return err
	case news == refundsBookedOne:
		w.State.Checks = 0
		w.hide(ctx)
		return nil
	}
	if workflow.Now(ctx).Sub(asked) >= lookedFor {
		return nil // a history that was reset to here replays an old list, and another one has gone on since
	}
	at := requestedAmong(made, refund)
	switch {
	case at < 0 && w.onRecord.Status == funding.WithdrawalCancelling:
		return w.giveUp(ctx, refund)
	case at < 0 && w.isCancelled():
		return nil // the next step cancels the rest first
	case at < 0:
		return w.send(ctx, refund)
	case refundFailed(made[at]):
		return w.endRefund(ctx, refund, funding.RefundFailed, made[at].FailureCode, true)
	}
	w.hide(ctx)
	w.wait(ctx, "Until the refund has succeeded or failed")
	return nil
}

// requestedAmong returns the place of a requested refund among those of its payment, or -1.
func requestedAmong(made []rail.Refund, refund funding.Refund) int {
	return slices.IndexFunc(made, func(each rail.Refund) bool {
		return each.WithdrawalID == refund.WithdrawalID && each.Number == refund.Number && each.AmountMinor == refund.AmountMinor
	})
}

// send requests a refund. Its key names the withdrawal and the number, which the books have, so it is the
// same request in every history.
func (w *withdrawalProcess) send(ctx workflow.Context, refund funding.Refund) error {
	w.tries++
	made, err := moveMoney(ctx, "withdrawal-refund"+strconv.Itoa(refund.Number)+"-"+strconv.Itoa(w.tries), "Refund a deposit", activities.CreateRefund, rail.RefundRequest{
		DepositID: refund.DepositID, WithdrawalID: refund.WithdrawalID, Number: refund.Number, FundingID: refund.PaymentIntentID,
		AmountMinor: refund.AmountMinor, Currency: refund.Currency, IdempotencyKey: names.WithdrawalRefundKey(refund.WithdrawalID, refund.Number),
	})
	if err == nil {
		w.State.Checks = 0
		w.hide(ctx)
		if made.Status == rail.RefundSucceeded {
			return record(ctx, "Book the refund", activities.RecordDepositRefund, depositRefund(refund.DepositID, refund.Currency, made, workflow.Now(ctx)))
		}
		noteRefund(ctx, refund.DepositID, made)
		return nil // the next step reads what became of it
	}
	if !rail.Classify(rail.OperationRefund, fault.KindOf(err), rail.MeaningOf(err)).Definitive {
		w.park(ctx, err)
		return nil
	}
	// Stripe makes some refusals before it looks at keys, so an earlier try under the same key may have
	// made the refund. The request ends only if there is none.
	listed, unread := w.listRefunds(ctx, refund)
	if unread != nil {
		w.park(ctx, err)
		return nil
	}
	if requestedAmong(listed, refund) >= 0 {
		return nil // the next step reads what became of it
	}
	closes := closesDeposit(err)
	if err := w.endRefund(ctx, refund, funding.RefundRefused, fault.CodeOf(err), closes); err != nil || closes || w.onRecord.Status == funding.WithdrawalCancelling {
		return err
	}
	w.park(ctx, err)
	return nil
}

// closesDeposit reports whether a refusal is about the payment, so that another deposit may do. Too low a
// balance, or a key without the right, is about us.
func closesDeposit(refusal error) bool {
	switch fault.KindOf(refusal) {
	case fault.Conflict, fault.Invalid, fault.NotFound:
		return rail.MeaningOf(refusal) != rail.InsufficientBalance
	}
	return false
}

func (w *withdrawalProcess) endRefund(ctx workflow.Context, refund funding.Refund, status funding.RefundStatus, code string, closes bool) error {
	return record(ctx, "Record that the refund did not arrive", activities.EndDepositRefund, funding.RefundEnd{
		WithdrawalID: refund.WithdrawalID, Number: refund.Number, Status: status, FailureCode: code, ClosesDeposit: closes, At: workflow.Now(ctx),
	})
}

// park waits for a person, or for the next try. A refund often fails because our balance is too low, and
// succeeds when other funds have arrived. A try that is refused again counts for several checks, as it does for
// a payout: it takes several calls, and a number.
func (w *withdrawalProcess) park(ctx workflow.Context, cause error) {
	checks := refusalInLooks
	if w.shown != "refund_refused" {
		checks = 1
		showAttention(ctx, attention{
			Reason:   "refund_refused",
			Detail:   "A deposit could not be refunded for the withdrawal (" + fault.CodeOf(cause) + "). The workflow tries again, after waits that grow. To retry at once, run the command below.",
			Commands: []string{w.retryLine()},
		})
		w.shown, w.State.Shown = "refund_refused", true
	}
	w.waitCounting(ctx, checks, "Until the refund is tried again")
}

// showUncovered shows that the money that the withdrawal has reserved was taken since.
func (w *withdrawalProcess) showUncovered(ctx workflow.Context, plan funding.Plan) {
	if w.shown == "balance_below_zero" && w.shownMinor == plan.UncoveredMinor {
		return
	}
	showAttention(ctx, attention{
		Reason: "balance_below_zero",
		Detail: "The balance of organization " + w.Withdrawal.OrganizationID + " lacks " + money.Amount{Minor: plan.UncoveredMinor, Currency: w.Withdrawal.Currency}.String() +
			": a deposit was disputed or refunded by hand after the withdrawal was requested. Nothing is refunded before that is covered: by a deposit, by a dispute that is won, or by cancelling the withdrawal, whose rest is in the balance again. The first command below checks now. The second one cancels.",
		Commands: []string{w.retryLine(), names.UpdateLine(names.Withdrawal(w.Withdrawal.ID), UpdateCancel)},
	})
	w.shown, w.shownMinor, w.State.Shown = "balance_below_zero", plan.UncoveredMinor, true
}

// showExhausted shows that no deposit can be refunded for the rest.
func (w *withdrawalProcess) showExhausted(ctx workflow.Context, plan funding.Plan) {
	if w.shown == "withdrawal_exhausted" && w.shownMinor == plan.Withdrawal.LeftMinor() {
		return
	}
	detail := "No deposit of organization " + w.Withdrawal.OrganizationID + " can be refunded for the rest of the withdrawal, " +
		money.Amount{Minor: plan.Withdrawal.LeftMinor(), Currency: w.Withdrawal.Currency}.String() + ": they are refunded, too old, refused or in dispute."
	if plan.OpenDispute {
		detail += " A deposit in dispute can be refunded if the dispute is won."
	}
	showAttention(ctx, attention{
		Reason:   "withdrawal_exhausted",
		Detail:   detail + " The first command below tries all deposits again. The second one cancels the rest, which is in the balance again. If the brand is paid elsewhere, two people settle the withdrawal outside, as the runbook says.",
		Commands: []string{w.retryLine(), names.UpdateLine(names.Withdrawal(w.Withdrawal.ID), UpdateCancel)},
	})
	w.shown, w.shownMinor, w.State.Shown = "withdrawal_exhausted", plan.Withdrawal.LeftMinor(), true
}

// wait sleeps until Stripe reports a change, a person asks for something, or the next check is due.
func (w *withdrawalProcess) wait(ctx workflow.Context, summary string) {
	w.waitCounting(ctx, 1, summary)
}

// waitCounting waits, and makes the next wait longer by a number of checks.
func (w *withdrawalProcess) waitCounting(ctx workflow.Context, checks int, summary string) {
	wait := growing(w.CheckInterval, w.State.Checks)
	w.State.Checks += checks // before the wait: a person who acts in that time sets it back
	w.sleep(ctx, wait, summary)
}

func (w *withdrawalProcess) hide(ctx workflow.Context) {
	if w.State.Shown {
		w.shown, w.State.Shown = "", false
		clearAttention(ctx)
	}
}

func (w *withdrawalProcess) retryLine() string {
	return names.UpdateLine(names.Withdrawal(w.Withdrawal.ID), UpdateRetry)
}
