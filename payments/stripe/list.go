package stripe

import (
	"context"

	"github.com/stripe/stripe-go/v79"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// List asks Stripe for one page, with one request. The faults are those of doc.go; a type
// that has no list, such as that of reversals, is Invalid "not_listed".
func (c *Client) List(ctx context.Context, request rail.ListRequest) (rail.Page, error) {
	if request.After != "" {
		if err := checkStripeID("after", request.After); err != nil {
			return rail.Page{}, err
		}
	}
	if request.Type == reconcile.BankPayout {
		if err := checkAccount(request.Account); err != nil {
			return rail.Page{}, err
		}
	}
	switch request.Type {
	case reconcile.PaymentIntent:
		return c.listPaymentIntents(ctx, request)
	case reconcile.Refund:
		return c.listRefunds(ctx, request)
	case reconcile.Transfer:
		return c.listTransfers(ctx, request)
	case reconcile.Dispute:
		return c.listDisputes(ctx, request)
	case reconcile.BalanceTransaction:
		return c.listMovements(ctx, request)
	case reconcile.BankPayout:
		return c.listBankPayouts(ctx, request)
	}
	return rail.Page{}, fault.Field("type", "not_listed", "Stripe keeps no list of %s", request.Type)
}

func created(request rail.ListRequest) *stripe.RangeQueryParams {
	return &stripe.RangeQueryParams{GreaterThanOrEqual: request.Since.Unix()}
}

func (c *Client) listPaymentIntents(ctx context.Context, request rail.ListRequest) (rail.Page, error) {
	return listPage(ctx, request, func(list stripe.ListParams) (page[stripe.PaymentIntent], error) {
		answer := c.api.PaymentIntents.List(&stripe.PaymentIntentListParams{ListParams: list, CreatedRange: created(request)})
		return page[stripe.PaymentIntent]{answer.PaymentIntentList().Data, answer.Meta().HasMore}, answer.Err()
	}, func(p *stripe.PaymentIntent) string { return p.ID }, single(listedPaymentIntent))
}

func (c *Client) listRefunds(ctx context.Context, request rail.ListRequest) (rail.Page, error) {
	return listPage(ctx, request, func(list stripe.ListParams) (page[stripe.Refund], error) {
		answer := c.api.Refunds.List(&stripe.RefundListParams{ListParams: list, CreatedRange: created(request)})
		return page[stripe.Refund]{answer.RefundList().Data, answer.Meta().HasMore}, answer.Err()
	}, func(r *stripe.Refund) string { return r.ID }, single(listedRefund))
}

func (c *Client) listTransfers(ctx context.Context, request rail.ListRequest) (rail.Page, error) {
	return listPage(ctx, request, func(list stripe.ListParams) (page[stripe.Transfer], error) {
		answer := c.api.Transfers.List(&stripe.TransferListParams{ListParams: list, CreatedRange: created(request)})
		return page[stripe.Transfer]{answer.TransferList().Data, answer.Meta().HasMore}, answer.Err()
	}, func(t *stripe.Transfer) string { return t.ID }, listedTransfer)
}

func (c *Client) listDisputes(ctx context.Context, request rail.ListRequest) (rail.Page, error) {
	return listPage(ctx, request, func(list stripe.ListParams) (page[stripe.Dispute], error) {
		answer := c.api.Disputes.List(&stripe.DisputeListParams{ListParams: list, CreatedRange: created(request)})
		return page[stripe.Dispute]{answer.DisputeList().Data, answer.Meta().HasMore}, answer.Err()
	}, func(d *stripe.Dispute) string { return d.ID }, single(listedDispute))
}

// listMovements asks for balance transactions with what each is for: without that they say
// no more than its id.
func (c *Client) listMovements(ctx context.Context, request rail.ListRequest) (rail.Page, error) {
	return listPage(ctx, request, func(list stripe.ListParams) (page[stripe.BalanceTransaction], error) {
		answer := c.api.BalanceTransactions.List(&stripe.BalanceTransactionListParams{
			ListParams: list, CreatedRange: created(request), Expand: []*string{stripe.String("data.source")},
		})
		return page[stripe.BalanceTransaction]{answer.BalanceTransactionList().Data, answer.Meta().HasMore}, answer.Err()
	}, func(b *stripe.BalanceTransaction) string { return b.ID }, single(listedMovement))
}

func (c *Client) listBankPayouts(ctx context.Context, request rail.ListRequest) (rail.Page, error) {
	return listPage(ctx, request, func(list stripe.ListParams) (page[stripe.Payout], error) {
		list.StripeAccount = &request.Account
		answer := c.api.Payouts.List(&stripe.PayoutListParams{ListParams: list, CreatedRange: created(request)})
		return page[stripe.Payout]{answer.PayoutList().Data, answer.Meta().HasMore}, answer.Err()
	}, func(p *stripe.Payout) string { return p.ID }, single(func(p *stripe.Payout) reconcile.Object {
		return listedBankPayout(p, request.Account)
	}))
}

// listPage fetches one page and translates its items.
func listPage[T any](
	ctx context.Context, request rail.ListRequest,
	fetch func(stripe.ListParams) (page[T], error), id func(*T) string, objects func(*T) []reconcile.Object,
) (rail.Page, error) {
	list := stripe.ListParams{Single: true, Limit: stripe.Int64(pageSize)}
	if request.After != "" {
		list.StartingAfter = &request.After
	}
	answer, err := perform(ctx, reading("list of "+string(request.Type)), func(ctx context.Context) (page[T], error) {
		list.Context = ctx
		return fetch(list)
	}, func(p page[T]) bool { return isPage(p, id) })
	if err != nil {
		return rail.Page{}, err
	}
	listed := rail.Page{Objects: make([]reconcile.Object, 0, len(answer.items))}
	for _, item := range answer.items {
		listed.Objects = append(listed.Objects, objects(item)...)
	}
	if answer.more {
		listed.Next = id(answer.items[len(answer.items)-1])
	}
	return listed, nil
}

func single[T any](object func(*T) reconcile.Object) func(*T) []reconcile.Object {
	return func(item *T) []reconcile.Object { return []reconcile.Object{object(item)} }
}
