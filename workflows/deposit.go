package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

// DepositInput starts or continues a deposit. Again is set if the deposit has ended and its money
// changed since.
type DepositInput struct {
	Deposit       funding.NewDeposit `json:"deposit"`
	PaymentMethod string             `json:"payment_method,omitempty"`
	Again         bool               `json:"again,omitempty"`
	CheckInterval duration.Text      `json:"check_interval"`
	State         depositState       `json:"state"`
}

// depositState is what a deposit carries from one history into the next.
type depositState struct {
	Recorded   bool                  `json:"recorded"`
	Status     funding.DepositStatus `json:"status,omitempty"`
	Generation int                   `json:"generation,omitempty"`
	AskedAt    time.Time             `json:"asked_at,omitzero"`
	// TriedAt is when the last request got no answer.
	TriedAt         time.Time `json:"tried_at,omitzero"`
	PaymentIntentID string    `json:"payment_intent_id,omitempty"`
	// CampaignID is the campaign whose payment it is a part of, if it was moved from there.
	CampaignID string `json:"campaign_id,omitempty"`
	// Declined is why the payment method was declined. The payment is still to be cancelled.
	Declined string `json:"declined,omitempty"`
	// FailureCode is why the deposit ended without money.
	FailureCode string `json:"failure_code,omitempty"`
	// Checks counts the checks since something happened. The wait for the next one grows with it.
	Checks int `json:"checks,omitempty"`
	// Shown: the deposit is on the needs-attention list.
	Shown bool `json:"shown,omitempty"`
	// Cancel: an earlier history was cancelled in Temporal.
	Cancel bool `json:"cancel,omitempty"`
	// Unreadable is the wait for what Stripe does not show.
	Unreadable unreadable `json:"unreadable,omitzero"`
}

// Deposit carries a brand's payment into its balance: it creates the payment, waits until the payment has
// succeeded, and books it once. A deposit that has ended starts again when its money changes: it books
// refunds that a person made by hand and refunds that failed, and ends again.
func Deposit(root workflow.Context, in DepositInput) (DepositResult, error) {
	ctx, _ := workflow.NewDisconnectedContext(root)
	if in.CheckInterval <= 0 {
		in.CheckInterval = duration.Text(checkIntervalDefault)
	}
	d := &depositProcess{DepositInput: in, waiting: waitFor(root, SignalStripeChanged), moving: workflow.NewMutex(root)}
	d.cancelled = in.State.Cancel
	if err := d.setUpdateHandlers(ctx); err != nil {
		return DepositResult{}, err
	}
	if err := d.recordDeposit(ctx); err != nil {
		return DepositResult{}, workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	}
	for !d.settled {
		if err := d.advance(ctx); err != nil {
			showAttention(ctx, unforeseen(err, d.checkLine()))
			d.wait(ctx, "Until the refused step is tried again")
			clearAttention(ctx)
			d.shown, d.State.Shown, d.State.Unreadable.Shown = "", false, false
		}
		if !d.settled && d.continueAsNew(ctx) {
			d.State.Cancel = d.isCancelled()
			return DepositResult{}, workflow.NewContinueAsNewError(root, Deposit, d.DepositInput)
		}
	}
	d.hide(ctx)
	d.State.Unreadable.succeeded(ctx)
	err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	return DepositResult{Status: d.State.Status, PaymentIntentID: d.State.PaymentIntentID}, err
}

// depositProcess is the state of one deposit's workflow.
type depositProcess struct {
	DepositInput
	*waiting
	moving    workflow.Mutex
	recordErr error
	// createErr is the refusal or the unknown outcome of the last try to create the payment.
	createErr error
	created   bool // the payment was requested in this history, or its outcome is known
	// tries makes the activity ids of one history unique.
	tries int
	// refundsBooked: the books agree with Stripe about every refund, as of the last signal.
	refundsBooked bool
	shown         string // the attention reason that this history shows
	cancelling    int    // requests to cancel that wait for an answer of Stripe
	cancelNoted   bool   // a cancellation in Temporal is on record
	settled       bool
}

// recordDeposit records the deposit. UpdateCreated returns its outcome to the caller.
func (d *depositProcess) recordDeposit(ctx workflow.Context) error {
	if d.State.Recorded {
		d.created = d.State.Status.Ended() || d.State.PaymentIntentID != ""
		return nil
	}
	if !d.Again {
		d.Deposit.Now = workflow.Now(ctx)
	}
	stored, err := createDeposit(ctx, d.Deposit)
	for unanswered(err) {
		d.sleep(ctx, d.CheckInterval.Std(), "Until the books can be reached again")
		stored, err = createDeposit(ctx, d.Deposit)
	}
	if d.recordErr = err; err != nil {
		return err
	}
	// An earlier workflow of this deposit may have ended or was terminated.
	d.State = depositState{
		Recorded: true, Status: stored.Status, Generation: stored.Generation, AskedAt: askedAt(stored), PaymentIntentID: stored.PaymentIntentID,
		FailureCode: stored.FailureCode, CampaignID: stored.CampaignID,
	}
	d.Deposit.Now = stored.Now
	if stored.Generation > 0 {
		d.State.TriedAt = workflow.Now(ctx) // an earlier workflow may have just sent a request
	}
	d.created = stored.Status.Ended() || stored.PaymentIntentID != ""
	return nil
}

// advance takes one step, or waits for an event.
func (d *depositProcess) advance(ctx workflow.Context) error {
	if d.consume(SignalStripeChanged) {
		d.refundsBooked, d.State.Checks = false, 0
	}
	if d.State.Status.Ended() {
		return d.settle(ctx)
	}
	if d.isCancelled() {
		return d.cancelInTemporal(ctx)
	}
	if d.State.PaymentIntentID == "" {
		return d.createPayment(ctx)
	}
	return d.awaitPayment(ctx)
}

// awaitPayment reads the payment until it has succeeded, and books it once.
func (d *depositProcess) awaitPayment(ctx workflow.Context) error {
	if err := d.moving.Lock(ctx); err != nil {
		return err
	}
	ended, err := d.readPayment(ctx)
	d.moving.Unlock()
	if err != nil || ended {
		return err
	}
	d.hide(ctx)
	d.wait(ctx, "Until the brand's payment has succeeded")
	return nil
}

// readPayment books a payment that has succeeded, and ends the deposit of one that is cancelled. It
// reports whether the deposit has ended. The caller must hold the lock.
func (d *depositProcess) readPayment(ctx workflow.Context) (ended bool, err error) {
	if d.State.Status.Ended() {
		return true, nil // a person cancelled it while this waited for the lock
	}
	paid, err := do(ctx, railRead, "Read the payment's status", activities.GetFunding, d.State.PaymentIntentID)
	if d.PaymentMethod != "" && paid.FailureCode != "" && paid.Status != rail.FundingSucceeded && paid.Status != rail.FundingProcessing {
		d.State.Declined = paid.FailureCode // there is no browser that could give another method
	}
	if err != nil {
		d.State.Unreadable.failed(ctx, "the payment "+d.State.PaymentIntentID, err, d.checkLine())
		return false, nil
	}
	d.State.Unreadable.succeeded(ctx)
	switch {
	case paid.Status == rail.FundingSucceeded && paid.SettlementCurrency != "":
		return true, d.book(ctx, paid)
	case paid.Status == rail.FundingCanceled:
		if d.State.Declined != "" { // it was cancelled for that reason
			return true, d.end(ctx, funding.DepositDeclined, d.State.Declined)
		}
		return true, d.end(ctx, funding.DepositCancelled, "")
	case d.State.Declined != "":
		_, err := do(ctx, railMoney, "Cancel the declined payment", activities.CancelFunding, d.State.PaymentIntentID)
		if err == nil {
			return true, d.end(ctx, funding.DepositDeclined, d.State.Declined)
		}
	}
	return false, nil
}

// book books a payment into the balance. One that the rail converted into another currency is refunded, and
// the deposit is declined.
func (d *depositProcess) book(ctx workflow.Context, paid rail.Funding) error {
	if paid.SettlementCurrency != d.Deposit.Currency {
		err := refuseConverted(ctx, convertedPaymentOf(ctx, paid, rail.FundingOwner{DepositID: d.Deposit.ID}), d.CheckInterval)
		if err == nil {
			d.State.Status, d.State.FailureCode, d.created = funding.DepositDeclined, funding.PaymentConverted, true
		}
		return err
	}
	err := record(ctx, "Book the deposit into the balance", activities.RecordDeposit, ledger.Deposit{
		DepositID: d.Deposit.ID, OrganizationID: d.Deposit.OrganizationID, PaymentIntentID: paid.ID, Currency: d.Deposit.Currency,
		GrossMinor: paid.AmountMinor, SurchargeMinor: d.Deposit.SurchargeMinor, FeeMinor: paid.FeeMinor, At: workflow.Now(ctx),
		Method: paid.Method, PaidAt: paid.PaidAt,
	})
	if err == nil {
		d.State.Status = funding.DepositReceived
	}
	return err
}

func (d *depositProcess) end(ctx workflow.Context, status funding.DepositStatus, code string) error {
	err := record(ctx, "Record that no money will arrive", activities.EndDeposit, funding.DepositEnd{
		DepositID: d.Deposit.ID, Status: status, FailureCode: code, At: workflow.Now(ctx),
	})
	if err == nil {
		d.State.Status, d.State.FailureCode, d.created = status, code, true
	}
	return err
}

// settle ends the workflow of a deposit that has ended, once its refunds are booked. A balance below zero
// keeps a deposit that started again until it is covered: the deposit is the reason.
func (d *depositProcess) settle(ctx workflow.Context) (err error) {
	if d.State.Status != funding.DepositReceived {
		d.settled = true
		return nil
	}
	if !d.refundsBooked {
		made, err := listRefundsOf(ctx, d.State.PaymentIntentID, d.State.CampaignID)
		if err != nil {
			d.State.Unreadable.failed(ctx, "the refunds of the payment "+d.State.PaymentIntentID, err, d.checkLine())
			d.wait(ctx, "Until Stripe is read again")
			return nil
		}
		d.State.Unreadable.succeeded(ctx)
		news, err := bookDepositRefunds(ctx, d.Deposit.ID, d.Deposit.Currency, made)
		if err != nil || news == refundsBookedOne {
			return err
		}
		if news == refundsUpToDate && d.Again {
			if err := d.continueWithdrawals(ctx); err != nil {
				return err
			}
		}
		if d.refundsBooked = news == refundsUpToDate; !d.refundsBooked {
			d.wait(ctx, "Until a refund has succeeded or failed")
			return nil
		}
	}
	if d.Again {
		if below, err := d.checkBelowZero(ctx); err != nil || below {
			return err
		}
	}
	d.settled, err = d.isQuiet(ctx)
	return err
}

// checkBelowZero shows that the balance is below zero, and waits.
func (d *depositProcess) checkBelowZero(ctx workflow.Context) (below bool, err error) {
	balance, err := step(ctx, "Read the brand's balance", activities.ReadOrganizationBalance, activities.BalanceOfOrganization{
		OrganizationID: d.Deposit.OrganizationID, Currency: d.Deposit.Currency,
	})
	if err != nil || balance.BalanceMinor >= 0 {
		return false, err
	}
	if d.shown != "balance_below_zero" {
		showAttention(ctx, attention{
			Reason: "balance_below_zero",
			Detail: "The balance of organization " + d.Deposit.OrganizationID + " is " + money.Amount{Minor: balance.BalanceMinor, Currency: d.Deposit.Currency}.String() +
				": a dispute over the deposit or over the payment that it is a part of was lost, or a person refunded it by hand, after campaigns had got the money. Nothing can be withdrawn or given to a campaign until deposits cover it. Ask the brand to deposit what is missing. To check now, run the command below.",
			Commands: []string{d.checkLine()},
		})
		d.shown, d.State.Shown = "balance_below_zero", true
	}
	d.sleep(ctx, untilCovered(d.CheckInterval, d.State.Checks), "Until deposits cover what is missing")
	d.State.Checks++
	return true, nil
}

// checkIntervalMax is how long the wait between two checks becomes within two weeks. Then it grows slowly.
const checkIntervalMax = 24 * time.Hour

// wait sleeps until Stripe reports a change, a person asks for something, or the next check is due. Each
// wait is longer than the one before, because a brand may take weeks to pay.
func (d *depositProcess) wait(ctx workflow.Context, summary string) {
	d.sleep(ctx, growing(d.CheckInterval, d.State.Checks), summary)
	d.State.Checks++
}

// growing is the wait after so many checks without news. It grows as that of a payout that needs attention: it
// doubles up to a day, and after two weeks it grows up to a week.
func growing(interval duration.Text, checks int) time.Duration {
	return payout.Policy{PollInterval: interval, PollIntervalMax: duration.Text(checkIntervalMax)}.NextLook(checks)
}

func (d *depositProcess) hide(ctx workflow.Context) {
	if d.State.Shown {
		d.shown, d.State.Shown = "", false
		clearAttention(ctx)
	}
}

func (d *depositProcess) checkLine() string {
	return names.SignalLine(names.Deposit(d.Deposit.ID), SignalStripeChanged)
}

// askedAt is when the last request was frozen. It is zero before the first.
func askedAt(stored funding.Deposit) time.Time {
	if stored.AskedAt == nil {
		return time.Time{}
	}
	return *stored.AskedAt
}
