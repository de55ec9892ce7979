package workflows

import (
	"strconv"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/payments"
)

// payment is the brand's payment of a campaign. Each declined one ends its generation.
type payment struct {
	Generation      int    `json:"generation"`
	PaymentIntentID string `json:"payment_intent_id,omitempty"`
	Booked          bool   `json:"booked,omitempty"`
	Refunded        bool   `json:"refunded,omitempty"`
	// RefundsRefused counts refunds that Stripe definitely refused; the next has a new key.
	RefundsRefused int `json:"refunds_refused,omitempty"`
	// Retry asks to try a refund again that needs attention.
	Retry bool `json:"retry,omitempty"`
}

var stripeActivities *activities.Stripe

// onFund creates the payment, or returns the one there is. A declined payment method gives
// its payment up, so that two can never succeed.
func (c *campaignRun) onFund(ctx workflow.Context, in Fund) (FundingStarted, error) {
	if err := c.moving.Lock(ctx); err != nil {
		return FundingStarted{}, err
	}
	defer c.moving.Unlock()
	if c.State.Payment.PaymentIntentID != "" {
		funding, err := do[activities.Funding](ctx, stripeRead, "Look where the payment stands", stripeActivities.GetFunding, c.State.Payment.PaymentIntentID)
		return FundingStarted{PaymentIntentID: funding.PaymentIntentID, Status: funding.Status}, activities.Failure(err)
	}
	generation := c.State.Payment.Generation + 1
	key := "campaign/" + c.CampaignID + "/funding/g" + strconv.Itoa(generation)
	funding, err := moveMoney[activities.Funding](ctx, "funding-g"+strconv.Itoa(generation), "Ask the brand for the budget", stripeActivities.CreateFunding, payments.FundingRequest{
		CampaignID: c.CampaignID, AmountMinor: c.Terms.BudgetMinor, Currency: string(c.Terms.Currency),
		PaymentMethod: in.PaymentMethod, Generation: generation, IdempotencyKey: key,
	})
	if err != nil {
		return FundingStarted{}, activities.Failure(err)
	}
	if funding.DeclinedBecause != "" {
		return FundingStarted{}, activities.Failure(c.giveUpDeclined(ctx, generation, funding))
	}
	if err := record(ctx, "Remember the payment", ledgerActivities.RememberPayment, c.CampaignID, funding.PaymentIntentID); err != nil {
		return FundingStarted{}, activities.Failure(err)
	}
	c.State.Payment.Generation, c.State.Payment.PaymentIntentID = generation, funding.PaymentIntentID
	c.nudge()
	return FundingStarted{PaymentIntentID: funding.PaymentIntentID, Status: funding.Status}, nil
}

func (c *campaignRun) giveUpDeclined(ctx workflow.Context, generation int, funding activities.Funding) error {
	if _, err := do[activities.Funding](ctx, stripeMoney, "Give the declined payment up", stripeActivities.CancelFunding, funding.PaymentIntentID); err != nil {
		return err
	}
	c.State.Payment.Generation = generation
	return fault.New(fault.Conflict, funding.DeclinedBecause, "the payment method was declined: fund again with another one")
}

// awaitFunding watches the payment until it has succeeded, and books it once.
func (c *campaignRun) awaitFunding(ctx workflow.Context) error {
	switch {
	case c.State.Ending != "":
		return c.end(ctx)
	case c.State.Payment.PaymentIntentID == "":
		c.sleep(ctx, forever, "")
		return nil
	}
	funding, err := do[activities.Funding](ctx, stripeRead, "Look where the payment stands", stripeActivities.GetFunding, c.State.Payment.PaymentIntentID)
	switch {
	case err != nil:
		workflow.GetLogger(ctx).Warn("payment cannot be read", "error", err)
	case funding.Status == payments.FundingSucceeded && funding.SettledIn != "":
		return c.bookFunding(ctx, funding)
	case funding.Status == payments.FundingCanceled:
		c.State.Payment.PaymentIntentID = "" // a new one may be made
		return nil
	}
	c.took(SignalStripeChanged)
	c.sleep(ctx, c.Settings.CheckInterval, "Until the brand's payment has succeeded")
	return nil
}

func (c *campaignRun) bookFunding(ctx workflow.Context, funding activities.Funding) error {
	if funding.SettledIn != string(c.Terms.Currency) {
		// The fee is in another currency; booking it would cross currencies in one entry.
		showAttention(ctx, attention{Reason: "funding_converted", Detail: "Stripe converted the payment to " + funding.SettledIn + ". The fee is not booked: post it as an adjustment."})
		funding.FeeMinor = 0
	}
	err := record(ctx, "Book the budget into escrow", ledgerActivities.RecordFunding, ledger.Funding{
		CampaignID: c.CampaignID, PaymentIntentID: funding.PaymentIntentID, Currency: c.Terms.Currency,
		GrossMinor: funding.AmountMinor, FeeMinor: funding.FeeMinor, At: workflow.Now(ctx),
	})
	if err != nil {
		return err
	}
	c.State.Payment.Booked = true
	if c.State.Ending != "" {
		return nil
	}
	return c.move(ctx, campaign.ConfirmFunding, c.State.EndedBy)
}

// abandonPayment makes sure that no money can arrive for a campaign that is being cancelled
// before it was funded. It reports false while that is not certain yet.
func (c *campaignRun) abandonPayment(ctx workflow.Context) (certain bool, err error) {
	id := c.State.Payment.PaymentIntentID
	if id == "" || c.State.Payment.Booked {
		return true, nil
	}
	_, refused := do[activities.Funding](ctx, stripeMoney, "Give the payment up", stripeActivities.CancelFunding, id)
	if refused == nil {
		c.State.Payment.PaymentIntentID = ""
		return true, nil
	}
	funding, err := do[activities.Funding](ctx, stripeRead, "Look where the payment stands", stripeActivities.GetFunding, id)
	if err == nil && funding.Status == payments.FundingCanceled {
		c.State.Payment.PaymentIntentID = ""
		return true, nil
	}
	if err == nil && funding.Status == payments.FundingSucceeded && funding.SettledIn != "" {
		return true, c.bookFunding(ctx, funding) // it is refunded like any unspent escrow
	}
	c.sleep(ctx, c.Settings.CheckInterval, "Until the brand's payment has failed or succeeded")
	return false, nil
}

// refundUnspent gives the brand back what nobody earned. The amount cannot change any more:
// the campaign accrues nothing. A refund made before a crash is found before one is sent.
func (c *campaignRun) refundUnspent(ctx workflow.Context) error {
	if c.State.Payment.Refunded {
		return nil
	}
	facts, err := c.facts(ctx)
	if err != nil {
		return err
	}
	if facts.EscrowMinor() <= 0 {
		c.State.Payment.Refunded = true
		return nil
	}
	refundID, err := c.sendRefund(ctx, facts.EscrowMinor())
	if err != nil {
		c.parkRefund(ctx, err)
		return nil
	}
	err = record(ctx, "Book the refund", ledgerActivities.RecordRefund, ledger.Refund{
		CampaignID: c.CampaignID, RefundID: refundID, Currency: c.Terms.Currency, AmountMinor: facts.EscrowMinor(), At: workflow.Now(ctx),
	})
	c.State.Payment.Refunded = err == nil
	return err
}

func (c *campaignRun) sendRefund(ctx workflow.Context, amountMinor int64) (string, error) {
	found, err := do[activities.Found](ctx, stripeRead, "Look whether the refund was made", stripeActivities.FindRefund, activities.CampaignPayment{
		CampaignID: c.CampaignID, PaymentIntentID: c.State.Payment.PaymentIntentID,
	})
	if err != nil || found.Found {
		return found.ID, err
	}
	generation := strconv.Itoa(c.State.Payment.RefundsRefused + 1)
	refund, err := moveMoney[payments.Refund](ctx, "refund-g"+generation+"-"+strconv.Itoa(c.refundTries), "Refund the unspent budget", stripeActivities.CreateRefund, payments.RefundRequest{
		CampaignID: c.CampaignID, PaymentIntentID: c.State.Payment.PaymentIntentID, AmountMinor: amountMinor,
		Currency: string(c.Terms.Currency), IdempotencyKey: "campaign/" + c.CampaignID + "/refund/g" + generation,
	})
	c.refundTries++
	if err != nil && payout.Classify(payout.Reversal, fault.KindOf(err), fault.CodeOf(err)).Definitive {
		c.State.Payment.RefundsRefused++
	}
	return refund.ID, err
}

// parkRefund waits for a person, or for the next look: a refund often fails for want of
// balance, which later funds cure.
func (c *campaignRun) parkRefund(ctx workflow.Context, cause error) {
	showAttention(ctx, attention{
		Reason:   "refund_refused",
		Detail:   "The unspent budget could not be refunded (" + fault.CodeOf(cause) + "). It is tried again by itself; retry at once with the command below.",
		Commands: []string{retryLine(CampaignWorkflowID(c.CampaignID))},
	})
	c.sleep(ctx, c.Settings.CheckInterval, "Until the refund is tried again")
	clearAttention(ctx)
}
