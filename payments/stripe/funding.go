package stripe

import (
	"context"
	"errors"
	"time"

	"github.com/stripe/stripe-go/v79"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

// expandFee includes the fee and the charge. Without it both are bare ids.
const expandFee = "latest_charge.balance_transaction"

// CreateFunding creates the payment of a campaign's budget or of a deposit and, with a payment method,
// confirms it. When the method is declined, it returns Conflict together with the payment,
// which exists. Other faults are those of doc.go.
func (c *Client) CreateFunding(ctx context.Context, request rail.FundingRequest) (rail.Funding, error) {
	amount, err := wireAmount(request.AmountMinor, request.Currency)
	if err := firstOf(err, checkOwner(request.Owner()),
		checkGeneration(request.Generation), checkKey(request.IdempotencyKey)); err != nil {
		return rail.Funding{}, err
	}
	if request.PaymentMethod != "" {
		if err := checkStripeID("payment_method", request.PaymentMethod); err != nil {
			return rail.Funding{}, err
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
		declined := funding(refusedWith)
		if declined.ID != "" && fault.Is(err, fault.Conflict) {
			declined.DeclinedBecause = fault.CodeOf(err)
		}
		return declined, err
	}
	if err != nil {
		return rail.Funding{}, err
	}
	return funding(intent), nil
}

func fundingParams(ctx context.Context, request rail.FundingRequest, amount int64) *stripe.PaymentIntentParams {
	intent := &stripe.PaymentIntentParams{
		Params:   params(ctx, request.IdempotencyKey),
		Amount:   &amount,
		Currency: wireCurrency(request.Currency),
		AutomaticPaymentMethods: &stripe.PaymentIntentAutomaticPaymentMethodsParams{
			Enabled: stripe.Bool(true),
		},
		Metadata:      ownerMetadata(request.Owner(), request.Generation),
		TransferGroup: stripe.String(ownerGroup(request.Owner())),
		Expand:        []*string{stripe.String(expandFee)},
	}
	if request.PaymentMethod != "" {
		// There is no browser that could be sent to a bank's page and back.
		intent.AutomaticPaymentMethods.AllowRedirects = stripe.String(
			string(stripe.PaymentIntentAutomaticPaymentMethodsAllowRedirectsNever))
		intent.Confirm = stripe.Bool(true)
		intent.PaymentMethod = &request.PaymentMethod
	}
	return intent
}

// GetFunding returns a payment by its id at Stripe, or NotFound "resource_missing".
func (c *Client) GetFunding(ctx context.Context, id string) (rail.Funding, error) {
	if err := checkStripeID("id", id); err != nil {
		return rail.Funding{}, err
	}

	intent, err := perform(ctx, reading("funding"), func(ctx context.Context) (*stripe.PaymentIntent, error) {
		return c.api.PaymentIntents.Get(id, &stripe.PaymentIntentParams{
			Params: params(ctx, ""), Expand: []*string{stripe.String(expandFee)},
		})
	}, func(p *stripe.PaymentIntent) bool { return p.ID == id })
	if err != nil {
		return rail.Funding{}, err
	}
	return funding(intent), nil
}

// CancelFunding gives up a payment that has not succeeded, so that no money can arrive through
// it. One that has succeeded, or cannot be cancelled while it is processed, is a Conflict.
// Each request has a key of its own. A payment is cancelled only once without one, and Stripe
// answers a repeated key with the first answer for a day, also if that was a failure.
func (c *Client) CancelFunding(ctx context.Context, id string) (rail.Funding, error) {
	if err := checkStripeID("id", id); err != nil {
		return rail.Funding{}, err
	}

	intent, err := perform(ctx, writing("cancellation of the payment"), func(ctx context.Context) (*stripe.PaymentIntent, error) {
		return c.api.PaymentIntents.Cancel(id, &stripe.PaymentIntentCancelParams{Params: params(ctx, "")})
	}, func(p *stripe.PaymentIntent) bool { return p.ID == id })
	if err != nil {
		return rail.Funding{}, err
	}
	return funding(intent), nil
}

// FindFunding looks for the payment of one generation among all payments created at or after
// createdSince, which should lie some minutes before the first attempt: Stripe cannot filter
// by our ids, and its search lags behind what was just written. A zero createdSince reads
// every payment there is. The result has no fee; GetFunding returns it.
func (c *Client) FindFunding(ctx context.Context, owner rail.FundingOwner, generation int, createdSince time.Time) (rail.Funding, bool, error) {
	if err := firstOf(checkOwner(owner), checkGeneration(generation)); err != nil {
		return rail.Funding{}, false, err
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
		return belongsToOwner(p.Metadata, owner, generation)
	})
	if err != nil {
		return rail.Funding{}, false, err
	}
	intent, err := only(op, found, func(p *stripe.PaymentIntent) bool { return p.Status == stripe.PaymentIntentStatusCanceled })
	if err != nil || intent == nil {
		return rail.Funding{}, false, err
	}
	return funding(intent), true, nil
}

func funding(p *stripe.PaymentIntent) rail.Funding {
	paid := rail.Funding{
		ID:            p.ID,
		Status:        fundingStatus(p.Status),
		ClientSecret:  p.ClientSecret,
		AmountMinor:   amountMinor(p.Amount, p.Currency),
		ReceivedMinor: amountMinor(p.AmountReceived, p.Currency),
		Currency:      currencyCode(p.Currency),
		CampaignID:    p.Metadata[metadataCampaignID],
		DepositID:     p.Metadata[metadataDepositID],
		Generation:    generationIn(p.Metadata),
	}
	if failure := p.LastPaymentError; failure != nil {
		paid.FailureCode = orElse(safeCode(string(failure.Code)), safeCode(string(failure.Type)))
	}

	charge := p.LatestCharge
	if charge == nil {
		return paid
	}
	paid.ChargeID = charge.ID
	if details := charge.PaymentMethodDetails; details != nil {
		paid.Method, paid.PaidAt = safeCode(string(details.Type)), time.Unix(charge.Created, 0).UTC()
	}
	if settled := charge.BalanceTransaction; settled != nil && settled.Currency != "" {
		paid.SettlementCurrency = currencyCode(settled.Currency)
		paid.NetMinor = amountMinor(settled.Net, settled.Currency)
		// The fee is what is missing from the gross, so that both add up after rounding too.
		paid.FeeMinor = amountMinor(settled.Amount, settled.Currency) - paid.NetMinor
		paid.AvailableOn = time.Unix(settled.AvailableOn, 0).UTC()
	}
	return paid
}
