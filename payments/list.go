package payments

import (
	"context"
	"time"

	"github.com/stripe/stripe-go/v79"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// ListRequest asks for one page of objects of a type, newest first: those created at or after
// Since, behind the object After. Account is the connected account of bank payouts and empty
// for all other types, which are the platform's own.
type ListRequest struct {
	Type    reconcile.ObjectType
	Account string
	Since   time.Time
	After   string
}

// ListedPage is at most 100 of Stripe's objects; of transfers, with their reversals beside
// them. Next is the After of the next page, and empty when there is none.
type ListedPage struct {
	Objects []reconcile.Object
	Next    string
}

// List asks Stripe for one page, with one request. The faults are those of doc.go; a type
// that has no list, such as that of reversals, is Invalid "not_listed".
func (c *Client) List(ctx context.Context, request ListRequest) (ListedPage, error) {
	if request.After != "" {
		if err := checkStripeID("after", request.After); err != nil {
			return ListedPage{}, err
		}
	}
	if request.Type == reconcile.BankPayout {
		if err := checkAccount(request.Account); err != nil {
			return ListedPage{}, err
		}
	}
	created := &stripe.RangeQueryParams{GreaterThanOrEqual: request.Since.Unix()}
	switch request.Type {
	case reconcile.PaymentIntent:
		return listPage(ctx, request, func(list stripe.ListParams) (page[stripe.PaymentIntent], error) {
			answer := c.api.PaymentIntents.List(&stripe.PaymentIntentListParams{ListParams: list, CreatedRange: created})
			return page[stripe.PaymentIntent]{answer.PaymentIntentList().Data, answer.Meta().HasMore}, answer.Err()
		}, func(p *stripe.PaymentIntent) string { return p.ID }, single(listedPaymentIntent))
	case reconcile.Refund:
		return listPage(ctx, request, func(list stripe.ListParams) (page[stripe.Refund], error) {
			answer := c.api.Refunds.List(&stripe.RefundListParams{ListParams: list, CreatedRange: created})
			return page[stripe.Refund]{answer.RefundList().Data, answer.Meta().HasMore}, answer.Err()
		}, func(r *stripe.Refund) string { return r.ID }, single(listedRefund))
	case reconcile.Transfer:
		return listPage(ctx, request, func(list stripe.ListParams) (page[stripe.Transfer], error) {
			answer := c.api.Transfers.List(&stripe.TransferListParams{ListParams: list, CreatedRange: created})
			return page[stripe.Transfer]{answer.TransferList().Data, answer.Meta().HasMore}, answer.Err()
		}, func(t *stripe.Transfer) string { return t.ID }, listedTransfer)
	case reconcile.Dispute:
		return listPage(ctx, request, func(list stripe.ListParams) (page[stripe.Dispute], error) {
			answer := c.api.Disputes.List(&stripe.DisputeListParams{ListParams: list, CreatedRange: created})
			return page[stripe.Dispute]{answer.DisputeList().Data, answer.Meta().HasMore}, answer.Err()
		}, func(d *stripe.Dispute) string { return d.ID }, single(listedDispute))
	case reconcile.BalanceTransaction:
		return listPage(ctx, request, func(list stripe.ListParams) (page[stripe.BalanceTransaction], error) {
			list.Expand = []*string{stripe.String("data.source")}
			answer := c.api.BalanceTransactions.List(&stripe.BalanceTransactionListParams{ListParams: list, CreatedRange: created})
			return page[stripe.BalanceTransaction]{answer.BalanceTransactionList().Data, answer.Meta().HasMore}, answer.Err()
		}, func(b *stripe.BalanceTransaction) string { return b.ID }, single(listedMovement))
	case reconcile.BankPayout:
		return listPage(ctx, request, func(list stripe.ListParams) (page[stripe.Payout], error) {
			list.StripeAccount = &request.Account
			answer := c.api.Payouts.List(&stripe.PayoutListParams{ListParams: list, CreatedRange: created})
			return page[stripe.Payout]{answer.PayoutList().Data, answer.Meta().HasMore}, answer.Err()
		}, func(p *stripe.Payout) string { return p.ID }, single(func(p *stripe.Payout) reconcile.Object {
			return listedBankPayout(p, request.Account)
		}))
	}
	return ListedPage{}, fault.Field("type", "not_listed", "Stripe keeps no list of %s", request.Type)
}

// listPage fetches one page and translates its items.
func listPage[T any](
	ctx context.Context, request ListRequest,
	fetch func(stripe.ListParams) (page[T], error), id func(*T) string, objects func(*T) []reconcile.Object,
) (ListedPage, error) {
	list := stripe.ListParams{Single: true, Limit: stripe.Int64(pageSize)}
	if request.After != "" {
		list.StartingAfter = &request.After
	}
	answer, err := perform(ctx, reading("list of "+string(request.Type)), func(ctx context.Context) (page[T], error) {
		list.Context = ctx
		return fetch(list)
	}, func(p page[T]) bool { return isPage(p, id) })
	if err != nil {
		return ListedPage{}, err
	}
	listed := ListedPage{Objects: make([]reconcile.Object, 0, len(answer.items))}
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

// Look asks for one object by its id, with one request. An object that Stripe does not know
// is an answer: it comes back with the status absent. A transfer brings its reversals along,
// and a reversal its transfer.
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
	op := reading(string(named.Type))
	switch named.Type {
	case reconcile.PaymentIntent:
		found, err := perform(ctx, op, func(ctx context.Context) (*stripe.PaymentIntent, error) {
			return c.api.PaymentIntents.Get(named.ID, &stripe.PaymentIntentParams{Params: params(ctx, "")})
		}, func(p *stripe.PaymentIntent) bool { return p.ID == named.ID })
		return translated(found, err, single(listedPaymentIntent))
	case reconcile.Refund:
		found, err := perform(ctx, op, func(ctx context.Context) (*stripe.Refund, error) {
			return c.api.Refunds.Get(named.ID, &stripe.RefundParams{Params: params(ctx, "")})
		}, func(r *stripe.Refund) bool { return r.ID == named.ID })
		return translated(found, err, single(listedRefund))
	case reconcile.Dispute:
		found, err := perform(ctx, op, func(ctx context.Context) (*stripe.Dispute, error) {
			return c.api.Disputes.Get(named.ID, &stripe.DisputeParams{Params: params(ctx, "")})
		}, func(d *stripe.Dispute) bool { return d.ID == named.ID })
		return translated(found, err, single(listedDispute))
	case reconcile.BankPayout:
		if err := checkAccount(named.Account); err != nil {
			return nil, err
		}
		found, err := perform(ctx, op, func(ctx context.Context) (*stripe.Payout, error) {
			return c.api.Payouts.Get(named.ID, &stripe.PayoutParams{Params: paramsFor(ctx, named.Account, "")})
		}, func(p *stripe.Payout) bool { return p.ID == named.ID })
		return translated(found, err, single(func(p *stripe.Payout) reconcile.Object { return listedBankPayout(p, named.Account) }))
	case reconcile.Transfer, reconcile.TransferReversal:
		id := named.ID
		if named.Type == reconcile.TransferReversal {
			id = named.ParentID
		}
		if err := checkStripeID("parent_id", id); err != nil {
			return nil, err
		}
		found, err := perform(ctx, op, func(ctx context.Context) (*stripe.Transfer, error) {
			return c.api.Transfers.Get(id, &stripe.TransferParams{Params: params(ctx, "")})
		}, func(t *stripe.Transfer) bool { return t.ID == id })
		return translated(found, err, listedTransfer)
	}
	return nil, fault.Field("type", "not_readable", "a %s is not read by its id", named.Type)
}

func translated[T any](found *T, err error, objects func(*T) []reconcile.Object) ([]reconcile.Object, error) {
	if err != nil {
		return nil, err
	}
	return objects(found), nil
}
