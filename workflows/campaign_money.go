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

// payment is the brand's payment of a campaign. Each declined one ends its generation.
type payment struct {
	Generation      int    `json:"generation"`
	PaymentIntentID string `json:"payment_intent_id,omitempty"`
	Booked          bool   `json:"booked,omitempty"`
	// Unclear is a payment that was asked for and never answered; it may exist.
	Unclear *unclearPayment `json:"unclear,omitempty"`
	// RefundsRefused counts refunds that Stripe definitely refused; the next has a new key.
	RefundsRefused int `json:"refunds_refused,omitempty"`
}

// unclearPayment is what is known of a payment that nobody answered for.
type unclearPayment struct {
	Generation int       `json:"generation"`
	AskedAt    time.Time `json:"asked_at"`
}

// onFund creates the payment, or returns the one there is. A declined payment method gives
// its payment up, so that two can never succeed.
func (c *campaignRun) onFund(ctx workflow.Context, in Fund) (FundingStarted, error) {
	if err := c.moving.Lock(ctx); err != nil {
		return FundingStarted{}, err
	}
	defer c.moving.Unlock()
	if err := c.validateFund(in); err != nil {
		return FundingStarted{}, err // the campaign moved on while this waited
	}
	if err := c.findUnclearPayment(ctx); err != nil {
		return FundingStarted{}, activities.Failure(err)
	}
	if c.State.Payment.PaymentIntentID != "" {
		funding, err := do(ctx, stripeRead, "Look where the payment stands", activities.GetFunding, c.State.Payment.PaymentIntentID)
		return FundingStarted{PaymentIntentID: funding.ID, Status: string(funding.Status)}, activities.Failure(err)
	}
	funding, err := c.createPayment(ctx, in.PaymentMethod)
	return FundingStarted{PaymentIntentID: funding.ID, Status: string(funding.Status)}, activities.Failure(err)
}

func (c *campaignRun) createPayment(ctx workflow.Context, method string) (rail.Funding, error) {
	asking := unclearPayment{Generation: c.State.Payment.Generation + 1, AskedAt: workflow.Now(ctx)}
	generation := strconv.Itoa(asking.Generation)
	c.fundingTries++
	funding, err := moveMoney(ctx, "funding-g"+generation+"-"+strconv.Itoa(c.fundingTries), "Ask the brand for the budget", activities.CreateFunding, rail.FundingRequest{
		CampaignID: c.CampaignID, AmountMinor: c.Terms.BudgetMinor, Currency: c.Terms.Currency,
		PaymentMethod: method, Generation: asking.Generation, IdempotencyKey: names.FundingKey(c.CampaignID, asking.Generation),
	})
	if err == nil && funding.DeclinedBecause != "" {
		_, err = do(ctx, stripeMoney, "Give the declined payment up", activities.CancelFunding, funding.ID)
		if err == nil {
			c.State.Payment.Generation = asking.Generation
			return funding, fault.New(fault.Conflict, funding.DeclinedBecause, "the payment method was declined: fund again with another one")
		}
	}
	if err != nil {
		refused := rail.Classify(rail.OperationFund, fault.KindOf(err), rail.MeaningOf(err)).Definitive
		if !refused || funding.ID != "" {
			c.State.Payment.Unclear = &asking
			c.nudge()
		}
		return funding, err
	}
	return funding, c.adoptPayment(ctx, asking.Generation, funding.ID)
}

func (c *campaignRun) adoptPayment(ctx workflow.Context, generation int, paymentIntentID string) error {
	if err := record(ctx, "Remember the payment", activities.RecordPayment, activities.CampaignPayment{CampaignID: c.CampaignID, PaymentIntentID: paymentIntentID}); err != nil {
		return err
	}
	c.State.Payment.Generation, c.State.Payment.PaymentIntentID, c.State.Payment.Unclear = generation, paymentIntentID, nil
	c.nudge()
	return nil
}

// Stripe's clock and ours may differ by this much when payments are listed by time.
const lookBack = 10 * time.Minute

// findUnclearPayment makes certain whether a payment that nobody answered for exists. If it
// does, it is the campaign's payment; if not, its generation is over.
func (c *campaignRun) findUnclearPayment(ctx workflow.Context) error {
	unclear := c.State.Payment.Unclear
	if unclear == nil {
		return nil
	}
	found, err := do(ctx, stripeRead, "Look whether the payment was made", activities.FindFunding, activities.FundingGeneration{
		CampaignID: c.CampaignID, Generation: unclear.Generation, Since: unclear.AskedAt.Add(-lookBack),
	})
	switch {
	case err != nil:
		return err
	case found.Found && found.Status == rail.FundingCanceled, !found.Found && workflow.Now(ctx).Sub(unclear.AskedAt) > lookBack:
		c.State.Payment.Generation, c.State.Payment.Unclear = unclear.Generation, nil
		return nil
	case !found.Found:
		return fault.New(fault.Unavailable, "payment_unclear", "it is not clear yet whether the payment was made: ask again in a few minutes")
	}
	return c.adoptPayment(ctx, unclear.Generation, found.ID)
}

// awaitFunding watches the payment until it has succeeded, and books it once.
func (c *campaignRun) awaitFunding(ctx workflow.Context) error {
	switch {
	case c.State.Ending != "":
		return c.end(ctx)
	case c.State.Payment.Unclear != nil:
		return c.clearUp(ctx)
	case c.State.Payment.PaymentIntentID == "":
		c.sleep(ctx, forever, "")
		return nil
	}
	funding, err := do(ctx, stripeRead, "Look where the payment stands", activities.GetFunding, c.State.Payment.PaymentIntentID)
	switch {
	case err != nil:
		workflow.GetLogger(ctx).Warn("payment cannot be read", "error", err)
	case funding.Status == rail.FundingSucceeded && funding.SettlementCurrency != "":
		return c.bookFunding(ctx, funding)
	case funding.Status == rail.FundingCanceled:
		c.State.Payment.PaymentIntentID = "" // a new one may be made
		return nil
	}
	c.took(SignalStripeChanged)
	c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until the brand's payment has succeeded")
	return nil
}

// clearUp looks for a payment that nobody answered for, until it is clear.
func (c *campaignRun) clearUp(ctx workflow.Context) error {
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
		Detail: "Stripe never answered whether the brand's payment was made (" + fault.CodeOf(err) + "). It is looked for by itself until that is clear; nothing needs to be done unless this stays.",
	})
	c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until the payment is looked for again")
	return nil
}

func (c *campaignRun) bookFunding(ctx workflow.Context, funding rail.Funding) error {
	if funding.SettlementCurrency != c.Terms.Currency {
		// The rail converted the payment, and its fee is in another currency. An entry has one
		// currency, so the payment is booked without its fee.
		funding.FeeMinor = 0
	}
	err := record(ctx, "Book the budget into escrow", activities.RecordFunding, ledger.Funding{
		CampaignID: c.CampaignID, PaymentIntentID: funding.ID, Currency: c.Terms.Currency,
		GrossMinor: funding.AmountMinor, FeeMinor: funding.FeeMinor, At: workflow.Now(ctx),
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

// abandonPayment makes sure that no money can arrive for a campaign that is being cancelled
// before it was funded. It reports false while that is not certain yet.
func (c *campaignRun) abandonPayment(ctx workflow.Context) (certain bool, err error) {
	if err := c.findUnclearPayment(ctx); err != nil {
		c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until it is clear whether the payment was made")
		return false, nil
	}
	id := c.State.Payment.PaymentIntentID
	if id == "" || c.State.Payment.Booked {
		return true, nil
	}
	_, refused := do(ctx, stripeMoney, "Give the payment up", activities.CancelFunding, id)
	if refused == nil {
		c.State.Payment.PaymentIntentID = ""
		return true, nil
	}
	funding, err := do(ctx, stripeRead, "Look where the payment stands", activities.GetFunding, id)
	if err == nil && funding.Status == rail.FundingCanceled {
		c.State.Payment.PaymentIntentID = ""
		return true, nil
	}
	if err == nil && funding.Status == rail.FundingSucceeded && funding.SettlementCurrency != "" {
		return true, c.bookFunding(ctx, funding) // it is refunded like any unspent escrow
	}
	c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until the brand's payment has failed or succeeded")
	return false, nil
}
