package stripe

import (
	"context"

	"github.com/stripe/stripe-go/v79"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// Look reads one object by its id, with one request. An object that Stripe does not know is an
// answer: it has the status absent. A transfer comes with its reversals, and a reversal with
// its transfer.
func (c *Client) Look(ctx context.Context, named reconcile.Named) ([]reconcile.Object, error) {
	objects, err := c.look(ctx, named)
	if fault.Is(err, fault.NotFound) {
		objects, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, object := range objects {
		if object.Type == named.Type && object.ID == named.ID {
			return objects, nil
		}
	}
	return append(objects, reconcile.Object{Type: named.Type, ID: named.ID, Account: named.Account, Status: reconcile.StatusAbsent, SourceID: named.ParentID}), nil
}

func (c *Client) look(ctx context.Context, named reconcile.Named) ([]reconcile.Object, error) {
	if err := checkStripeID("id", named.ID); err != nil {
		return nil, err
	}
	switch named.Type {
	case reconcile.PaymentIntent:
		return lookUp(ctx, named, named.ID, func(common stripe.Params) (*stripe.PaymentIntent, error) {
			return c.api.PaymentIntents.Get(named.ID, &stripe.PaymentIntentParams{Params: common})
		}, func(p *stripe.PaymentIntent) string { return p.ID }, single(listedPaymentIntent))
	case reconcile.Refund:
		return lookUp(ctx, named, named.ID, func(common stripe.Params) (*stripe.Refund, error) {
			return c.api.Refunds.Get(named.ID, &stripe.RefundParams{Params: common})
		}, func(r *stripe.Refund) string { return r.ID }, single(listedRefund))
	case reconcile.Dispute:
		return lookUp(ctx, named, named.ID, func(common stripe.Params) (*stripe.Dispute, error) {
			return c.api.Disputes.Get(named.ID, &stripe.DisputeParams{Params: common})
		}, func(d *stripe.Dispute) string { return d.ID }, single(listedDispute))
	case reconcile.BankPayout:
		return c.lookUpBankPayout(ctx, named)
	case reconcile.Transfer:
		return c.lookUpTransfer(ctx, named, named.ID)
	case reconcile.TransferReversal:
		return c.lookUpTransfer(ctx, named, named.ParentID)
	}
	return nil, fault.Field("type", "not_readable", "a %s cannot be read by its id", named.Type)
}

func (c *Client) lookUpBankPayout(ctx context.Context, named reconcile.Named) ([]reconcile.Object, error) {
	if err := checkAccount(named.Account); err != nil {
		return nil, err
	}
	return lookUp(ctx, named, named.ID, func(common stripe.Params) (*stripe.Payout, error) {
		common.StripeAccount = &named.Account
		return c.api.Payouts.Get(named.ID, &stripe.PayoutParams{Params: common})
	}, func(p *stripe.Payout) string { return p.ID }, single(func(p *stripe.Payout) reconcile.Object {
		return listedBankPayout(p, named.Account)
	}))
}

func (c *Client) lookUpTransfer(ctx context.Context, named reconcile.Named, transferID string) ([]reconcile.Object, error) {
	if err := checkStripeID("parent_id", transferID); err != nil {
		return nil, err
	}
	return lookUp(ctx, named, transferID, func(common stripe.Params) (*stripe.Transfer, error) {
		return c.api.Transfers.Get(transferID, &stripe.TransferParams{Params: common})
	}, func(t *stripe.Transfer) string { return t.ID }, listedTransfer)
}

// lookUp reads one object and translates it.
func lookUp[T any](
	ctx context.Context, named reconcile.Named, wanted string,
	get func(stripe.Params) (*T, error), id func(*T) string, objects func(*T) []reconcile.Object,
) ([]reconcile.Object, error) {
	found, err := perform(ctx, reading(string(named.Type)), func(ctx context.Context) (*T, error) {
		return get(params(ctx, ""))
	}, func(item *T) bool { return id(item) == wanted })
	if err != nil {
		return nil, err
	}
	return objects(found), nil
}
