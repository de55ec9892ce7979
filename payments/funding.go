package payments

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stripe/stripe-go/v79"
)

// The states of a PaymentIntent that callers decide by. Others pass through as they come.
const (
	FundingRequiresPaymentMethod = string(stripe.PaymentIntentStatusRequiresPaymentMethod)
	FundingRequiresAction        = string(stripe.PaymentIntentStatusRequiresAction)
	FundingProcessing            = string(stripe.PaymentIntentStatusProcessing)
	FundingSucceeded             = string(stripe.PaymentIntentStatusSucceeded)
	FundingCanceled              = string(stripe.PaymentIntentStatusCanceled)
)

// expandFee brings the fee along with the charge; without it both are bare ids.
const expandFee = "latest_charge.balance_transaction"

// FundingRequest asks a brand for the budget of a campaign.
type FundingRequest struct {
	CampaignID  string
	AmountMinor int64
	Currency    string
	// PaymentMethod is optional; with one the payment is confirmed at once.
	PaymentMethod string
	// Generation tells attempts to fund one campaign apart.
	Generation     int
	IdempotencyKey string
}

// PaymentIntent is a payment into a campaign's escrow, as far as it got.
type PaymentIntent struct {
	ID     string
	Status string
	// ClientSecret lets the brand's browser complete the payment. It is for that browser
	// alone and must not be stored or logged.
	ClientSecret  string
	AmountMinor   int64
	ReceivedMinor int64
	Currency      string
	CampaignID    string
	Generation    int
	ChargeID      string
	// FeeMinor, NetMinor and AvailableOn are known once SettlementCurrency is set. That
	// currency differs from Currency when Stripe converted the payment, and NetMinor +
	// FeeMinor is then the converted amount.
	FeeMinor           int64
	NetMinor           int64
	SettlementCurrency string
	AvailableOn        time.Time
	// FailureCode is why the latest attempt to pay failed, if it did.
	FailureCode string
}

// String identifies the payment without its client secret.
func (p PaymentIntent) String() string {
	return fmt.Sprintf("payment intent %s (%s)", p.ID, p.Status)
}

// GoString identifies the payment without its client secret.
func (p PaymentIntent) GoString() string { return p.String() }

// CreateFunding creates the payment of a campaign's budget and, with a payment method,
// confirms it. When the method is declined the fault is Conflict and the intent, which exists
// nevertheless, is returned with it. Other faults are those of doc.go.
func (c *Client) CreateFunding(ctx context.Context, request FundingRequest) (PaymentIntent, error) {
	amount, err := wireAmount(request.AmountMinor, request.Currency)
	if err := firstOf(err, checkOwnID(metadataCampaignID, request.CampaignID),
		checkGeneration(request.Generation), checkKey(request.IdempotencyKey)); err != nil {
		return PaymentIntent{}, err
	}
	if request.PaymentMethod != "" {
		if err := checkStripeID("payment_method", request.PaymentMethod); err != nil {
			return PaymentIntent{}, err
		}
	}

	var refusedWith *stripe.PaymentIntent
	intent, err := perform(ctx, writing("funding"), func(ctx context.Context) (*stripe.PaymentIntent, error) {
		intent, err := c.api.PaymentIntents.New(fundingParams(ctx, request, amount))
		if answer := (*stripe.Error)(nil); errors.As(err, &answer) {
			refusedWith = answer.PaymentIntent
		}
		return intent, err
	}, func(p *stripe.PaymentIntent) bool { return p.ID != "" && p.Amount == amount })
	if err != nil && refusedWith != nil {
		return paymentIntent(refusedWith), err
	}
	if err != nil {
		return PaymentIntent{}, err
	}
	return paymentIntent(intent), nil
}

func fundingParams(ctx context.Context, request FundingRequest, amount int64) *stripe.PaymentIntentParams {
	intent := &stripe.PaymentIntentParams{
		Params:   params(ctx, request.IdempotencyKey),
		Amount:   &amount,
		Currency: wireCurrency(request.Currency),
		AutomaticPaymentMethods: &stripe.PaymentIntentAutomaticPaymentMethodsParams{
			Enabled: stripe.Bool(true),
		},
		Metadata:      campaignMetadata(request.CampaignID, request.Generation),
		TransferGroup: stripe.String("campaign/" + request.CampaignID),
		Expand:        []*string{stripe.String(expandFee)},
	}
	if request.PaymentMethod != "" {
		// No browser is there to be sent to a bank's page and back.
		intent.AutomaticPaymentMethods.AllowRedirects = stripe.String(
			string(stripe.PaymentIntentAutomaticPaymentMethodsAllowRedirectsNever))
		intent.Confirm = stripe.Bool(true)
		intent.PaymentMethod = &request.PaymentMethod
	}
	return intent
}

// GetFunding returns a payment by Stripe's id, or NotFound "resource_missing".
func (c *Client) GetFunding(ctx context.Context, id string) (PaymentIntent, error) {
	if err := checkStripeID("id", id); err != nil {
		return PaymentIntent{}, err
	}

	intent, err := perform(ctx, reading("funding"), func(ctx context.Context) (*stripe.PaymentIntent, error) {
		return c.api.PaymentIntents.Get(id, &stripe.PaymentIntentParams{
			Params: params(ctx, ""), Expand: []*string{stripe.String(expandFee)},
		})
	}, func(p *stripe.PaymentIntent) bool { return p.ID == id })
	if err != nil {
		return PaymentIntent{}, err
	}
	return paymentIntent(intent), nil
}

// CancelFunding gives up a payment that has not succeeded; no money can arrive through it any
// more. One that has succeeded, or cannot be cancelled while it is processed, is a Conflict.
// The key is made of the payment's id: every attempt is the same request.
func (c *Client) CancelFunding(ctx context.Context, id string) (PaymentIntent, error) {
	if err := checkStripeID("id", id); err != nil {
		return PaymentIntent{}, err
	}

	intent, err := perform(ctx, writing("cancellation of the payment"), func(ctx context.Context) (*stripe.PaymentIntent, error) {
		return c.api.PaymentIntents.Cancel(id, &stripe.PaymentIntentCancelParams{Params: params(ctx, "funding/"+id+"/cancel")})
	}, func(p *stripe.PaymentIntent) bool { return p.ID == id })
	if err != nil {
		return PaymentIntent{}, err
	}
	return paymentIntent(intent), nil
}

// FindFunding looks for the payment of one generation among all payments created at or after
// createdSince, which should lie some minutes before the first attempt: Stripe cannot filter
// by our ids, and its search lags behind what was just written. A zero createdSince goes
// through every payment there is. The payment comes without fee; GetFunding has it.
func (c *Client) FindFunding(ctx context.Context, campaignID string, generation int, createdSince time.Time) (PaymentIntent, bool, error) {
	if err := firstOf(checkOwnID(metadataCampaignID, campaignID), checkGeneration(generation)); err != nil {
		return PaymentIntent{}, false, err
	}
	var created *stripe.RangeQueryParams
	if !createdSince.IsZero() {
		created = &stripe.RangeQueryParams{GreaterThanOrEqual: createdSince.Unix()}
	}

	op := reading("funding")
	found, err := collect(ctx, op, func(list stripe.ListParams) (page[stripe.PaymentIntent], error) {
		answer := c.api.PaymentIntents.List(&stripe.PaymentIntentListParams{ListParams: list, CreatedRange: created})
		return page[stripe.PaymentIntent]{answer.PaymentIntentList().Data, answer.Meta().HasMore}, answer.Err()
	}, func(p *stripe.PaymentIntent) string { return p.ID }, func(p *stripe.PaymentIntent) bool {
		return belongsToCampaign(p.Metadata, campaignID, generation)
	})
	if err != nil {
		return PaymentIntent{}, false, err
	}
	intent, err := only(op, found)
	if err != nil || intent == nil {
		return PaymentIntent{}, false, err
	}
	return paymentIntent(intent), true, nil
}

func paymentIntent(p *stripe.PaymentIntent) PaymentIntent {
	intent := PaymentIntent{
		ID:            p.ID,
		Status:        string(p.Status),
		ClientSecret:  p.ClientSecret,
		AmountMinor:   amountMinor(p.Amount, p.Currency),
		ReceivedMinor: amountMinor(p.AmountReceived, p.Currency),
		Currency:      currencyCode(p.Currency),
		CampaignID:    p.Metadata[metadataCampaignID],
		Generation:    generationIn(p.Metadata),
	}
	if failure := p.LastPaymentError; failure != nil {
		intent.FailureCode = orElse(safeCode(string(failure.Code)), safeCode(string(failure.Type)))
	}

	charge := p.LatestCharge
	if charge == nil {
		return intent
	}
	intent.ChargeID = charge.ID
	if settled := charge.BalanceTransaction; settled != nil && settled.Currency != "" {
		intent.SettlementCurrency = currencyCode(settled.Currency)
		intent.NetMinor = amountMinor(settled.Net, settled.Currency)
		// The fee is what is missing from the gross, so that both add up after rounding too.
		intent.FeeMinor = amountMinor(settled.Amount, settled.Currency) - intent.NetMinor
		intent.AvailableOn = time.Unix(settled.AvailableOn, 0).UTC()
	}
	return intent
}
