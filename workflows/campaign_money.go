package workflows

import (
	"strconv"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
)

// payment is the brand's payment for a campaign. Each declined payment ends its generation.
type payment struct {
	Generation      int    `json:"generation"`
	PaymentIntentID string `json:"payment_intent_id,omitempty"`
	Booked          bool   `json:"booked,omitempty"`
	// Over is the last payment through which no money can arrive any more. The books may still name it.
	Over string `json:"over,omitempty"`
	// Unclear is a payment whose request got no answer. It may exist at Stripe.
	Unclear *unclearPayment `json:"unclear,omitempty"`
	// RefundsRefused counts refunds that Stripe definitely refused; the next has a new key.
	RefundsRefused int `json:"refunds_refused,omitempty"`
	// RefundAsked is the last request of a refund.
	RefundAsked refundAsked `json:"refund_asked,omitzero"`
	// RefundsFailed counts failed refunds that were shown to a person, and RefundAfter is when the
	// next one is sent.
	RefundsFailed int       `json:"refunds_failed,omitempty"`
	RefundAfter   time.Time `json:"refund_after,omitzero"`
	// FailureShown: the campaign is on the needs-attention list because a refund failed.
	FailureShown bool `json:"failure_shown,omitempty"`
}

// refundAsked is a request of a refund. Its number and generation make its key.
type refundAsked struct {
	Number      int   `json:"number"`
	Generation  int   `json:"generation"`
	AmountMinor int64 `json:"amount_minor"`
}

// unclearPayment is what is known of a payment whose request got no answer.
type unclearPayment struct {
	Generation int `json:"generation"`
	// AskedAt is when the request was stored, before it was sent.
	AskedAt time.Time `json:"asked_at"`
	// TriedAt is when its last try got no answer. It is zero if another history has sent it.
	TriedAt time.Time `json:"tried_at,omitzero"`
}

// isOver reports whether no try of the request can take effect any more, and Stripe shows all that did.
func (u unclearPayment) isOver(now time.Time) bool {
	last := u.TriedAt
	if last.IsZero() {
		last = u.AskedAt.Add(lookedFor + moneyTimeoutTotal + moneyTimeout) // no call is sent later
	}
	return now.Sub(last) > clockSkewMax
}

// onFund creates the payment, or returns the existing one. If the payment method is declined, the
// payment is cancelled, so that two payments can never succeed.
func (c *campaignProcess) onFund(ctx workflow.Context, in Fund) (FundingStarted, error) {
	if err := c.moving.Lock(ctx); err != nil {
		return FundingStarted{}, err
	}
	defer c.moving.Unlock()
	if err := c.validateFund(in); err != nil {
		return FundingStarted{}, err // the status changed while this waited for the lock
	}
	if c.State.Allocated {
		defer c.wake()
		// It may lack the confirmation, but a second budget must not be paid.
		return FundingStarted{Status: string(rail.FundingSucceeded)}, activities.Failure(c.confirmAllocated(ctx))
	}
	if err := c.findUnclearPayment(ctx); err != nil {
		return FundingStarted{}, activities.Failure(err)
	}
	if in.Source == campaign.FromBalance {
		err := c.fundFromBalance(ctx)
		return FundingStarted{Status: string(rail.FundingSucceeded)}, activities.Failure(err)
	}
	if c.State.Payment.PaymentIntentID != "" {
		return c.startedPayment(ctx)
	}
	if err := c.checkBrand(ctx); err != nil {
		return FundingStarted{}, activities.Failure(err)
	}
	if err := requireSettled(ctx, c.Terms.Currency); err != nil {
		return FundingStarted{}, activities.Failure(err)
	}
	request, err := c.freezePayment(ctx)
	if err != nil {
		return FundingStarted{}, activities.Failure(err)
	}
	if c.State.Payment.PaymentIntentID != "" { // of another history, before this one was reset
		return c.startedPayment(ctx)
	}
	funding, err := c.createPayment(ctx, request, in.PaymentMethod)
	return FundingStarted{PaymentIntentID: funding.ID, Status: string(funding.Status)}, activities.Failure(err)
}

// startedPayment reads the payment that was created before.
func (c *campaignProcess) startedPayment(ctx workflow.Context) (FundingStarted, error) {
	c.wake() // a reset history may not have noticed that it has succeeded
	funding, err := do(ctx, railRead, "Read the payment's status", activities.GetFunding, c.State.Payment.PaymentIntentID)
	return FundingStarted{PaymentIntentID: funding.ID, Status: string(funding.Status)}, activities.Failure(err)
}

func (c *campaignProcess) createPayment(ctx workflow.Context, request unclearPayment, method string) (rail.Funding, error) {
	generation := strconv.Itoa(request.Generation)
	c.fundingTries++
	funding, err := moveMoney(ctx, "funding-g"+generation+"-"+strconv.Itoa(c.fundingTries), "Create the payment of the budget", activities.CreateFunding, rail.FundingRequest{
		CampaignID: c.CampaignID, AmountMinor: c.Terms.PaymentMinor(), Currency: c.Terms.Currency,
		PaymentMethod: method, Generation: request.Generation, IdempotencyKey: names.FundingKey(c.CampaignID, request.Generation),
	})
	if err == nil && funding.DeclinedBecause != "" {
		stopped := cancelPayment(ctx, funding.ID)
		if err = stopped.refused; stopped.outcome == paymentCancelled {
			c.State.Payment.Generation = request.Generation
			return funding, fault.New(fault.Conflict, funding.DeclinedBecause, "the payment method was declined: fund again with another one")
		}
	}
	if err != nil {
		refused := rail.Classify(rail.OperationFund, fault.KindOf(err), rail.MeaningOf(err)).Definitive
		if !refused || funding.ID != "" {
			request.TriedAt = workflow.Now(ctx)
			c.State.Payment.Unclear = &request
			c.wake()
		}
		return funding, err
	}
	return funding, c.adoptPayment(ctx, request.Generation, funding.ID)
}

func (c *campaignProcess) adoptPayment(ctx workflow.Context, generation int, paymentIntentID string) error {
	if err := record(ctx, "Record the payment", activities.RecordPayment, activities.CampaignPayment{CampaignID: c.CampaignID, PaymentIntentID: paymentIntentID}); err != nil {
		return err
	}
	c.State.Payment.Generation, c.State.Payment.PaymentIntentID, c.State.Payment.Unclear = generation, paymentIntentID, nil
	c.wake()
	return nil
}

// clockSkewMax is how far Stripe's clock and ours may differ when payments are listed by time.
const clockSkewMax = 10 * time.Minute

// findUnclearPayment finds out whether a payment without an answer exists. If it does, it becomes
// the campaign's payment; if not, its generation has ended.
func (c *campaignProcess) findUnclearPayment(ctx workflow.Context) error {
	unclear := c.State.Payment.Unclear
	if unclear == nil {
		return nil
	}
	found, err := do(ctx, railRead, "Check whether the payment was created", activities.FindFunding, activities.FundingGeneration{
		CampaignID: c.CampaignID, Generation: unclear.Generation, Since: unclear.AskedAt.Add(-clockSkewMax),
	})
	switch {
	case err != nil:
		return err
	case found.Found && found.Status == rail.FundingCanceled, !found.Found && unclear.isOver(workflow.Now(ctx)):
		c.State.Payment.Generation, c.State.Payment.Unclear = unclear.Generation, nil
		return nil
	case !found.Found:
		return fault.New(fault.Unavailable, "payment_unclear", "it is not yet known whether the payment was created: ask again in a few minutes")
	}
	return c.adoptPayment(ctx, unclear.Generation, found.ID)
}

// awaitFunding reads the payment until it has succeeded, and books it once.
func (c *campaignProcess) awaitFunding(ctx workflow.Context) error {
	switch {
	case c.State.Ending != "":
		return c.end(ctx)
	case c.State.Payment.Unclear != nil:
		return c.resolveUnclearPayment(ctx)
	case c.State.Allocated:
		if err := c.moving.Lock(ctx); err != nil {
			return err
		}
		defer c.moving.Unlock()
		return c.confirmAllocated(ctx)
	case c.State.Payment.PaymentIntentID == "":
		if c.consume(SignalStripeChanged) {
			return c.takeUpPayment(ctx)
		}
		c.awaitPerson(ctx, "It waits until a person funds or cancels it.")
		return nil
	}
	funding, err := do(ctx, railRead, "Read the payment's status", activities.GetFunding, c.State.Payment.PaymentIntentID)
	if err == nil {
		c.State.Unreadable.succeeded(ctx)
	}
	switch {
	case err != nil:
		c.State.Unreadable.failed(ctx, "the payment "+c.State.Payment.PaymentIntentID, err, c.checkLine())
	case funding.Status == rail.FundingSucceeded && funding.SettlementCurrency != "":
		return c.bookFunding(ctx, funding)
	case funding.Status == rail.FundingCanceled:
		c.endPayment(funding.ID) // the brand may fund again
		return nil
	}
	c.consume(SignalStripeChanged)
	c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until the brand's payment has succeeded")
	return nil
}

// resolveUnclearPayment searches for a payment without an answer until the outcome is known.
func (c *campaignProcess) resolveUnclearPayment(ctx workflow.Context) error {
	if err := c.moving.Lock(ctx); err != nil {
		return err
	}
	err := c.findUnclearPayment(ctx)
	c.moving.Unlock()
	if err == nil {
		clearAttention(ctx)
		return nil
	}
	showAttention(ctx, attention{
		Reason: "payment_unclear",
		Detail: "Stripe did not answer whether the brand's payment was created (" + fault.CodeOf(err) + "). The workflow searches for it until that is known. Act only if this reason stays.",
	})
	c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until the workflow searches for the payment again")
	return nil
}

// bookFunding books a payment into escrow. One that the rail converted into another currency is refunded:
// creators could not be paid out of it.
func (c *campaignProcess) bookFunding(ctx workflow.Context, funding rail.Funding) error {
	if funding.SettlementCurrency != c.Terms.Currency {
		converted := convertedPaymentOf(ctx, funding, rail.FundingOwner{CampaignID: c.CampaignID})
		if err := refuseConverted(ctx, converted, c.Settings.CheckInterval); err != nil {
			return err
		}
		c.endPayment(funding.ID) // the brand may fund again, in another way
		return nil
	}
	err := record(ctx, "Book the budget into escrow", activities.RecordFunding, ledger.Funding{
		CampaignID: c.CampaignID, PaymentIntentID: funding.ID, Currency: c.Terms.Currency,
		GrossMinor: funding.AmountMinor, SurchargeMinor: c.Terms.SurchargeMinor, FeeMinor: funding.FeeMinor, At: workflow.Now(ctx),
		Method: funding.Method, PaidAt: funding.PaidAt,
	})
	if err != nil {
		return err
	}
	c.State.Payment.Booked = true
	if c.State.Ending != "" {
		return nil
	}
	return c.move(ctx, campaign.ConfirmFunding, campaign.Move{})
}

// abandonPayment makes sure that no money can arrive for a campaign that is cancelled before it
// was funded. It reports false while that is not certain.
func (c *campaignProcess) abandonPayment(ctx workflow.Context) (certain bool, err error) {
	if err := c.knowPayment(ctx); err != nil {
		c.State.Unreadable.failed(ctx, "whether a payment of the budget was made", err, c.checkLine())
		c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until it is known whether the payment was created")
		return false, nil
	}
	c.State.Unreadable.succeeded(ctx)
	if c.State.Status != campaign.Approved {
		return false, nil // another history has moved it
	}
	id := c.State.Payment.PaymentIntentID
	if id == "" || c.State.Payment.Booked {
		return true, nil
	}
	switch stopped := cancelPayment(ctx, id); stopped.outcome {
	case paymentCancelled:
		c.endPayment(id)
		return false, nil // another history may have requested a later one
	case paymentSucceeded:
		// What is booked will be refunded like any unspent escrow. A converted payment is not, and another history
		// may have requested a later one.
		err := c.bookFunding(ctx, stopped.paid)
		return c.State.Payment.Booked, err
	}
	c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until the brand's payment has failed or succeeded")
	return false, nil
}

func (c *campaignProcess) checkLine() string {
	return names.SignalLine(names.Campaign(c.CampaignID), SignalStripeChanged)
}
