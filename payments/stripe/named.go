package stripe

import (
	"context"
	"slices"
	"strings"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

// Beginnings of the ids of Stripe's objects.
const (
	transferPrefix   = "tr_"
	reversalPrefix   = "trr_"
	bankPayoutPrefix = "po_"
)

// GetNamed returns the transfer (tr_), reversal (trr_) or bank payout (po_) that an operator
// named. A reversal can only be read below its transfer. Another id is Invalid
// "unknown_object_type"; an object that Stripe does not know is NotFound.
func (c *Client) GetNamed(ctx context.Context, named rail.NamedRequest) (rail.NamedObject, error) {
	switch {
	case strings.HasPrefix(named.ID, transferPrefix):
		made, err := c.GetTransfer(ctx, named.ID)
		return rail.NamedObject{
			ID: made.ID, Operation: rail.OperationTransfer, PayoutID: made.PayoutID, Generation: made.Generation, AmountMinor: made.AmountMinor - made.ReversedMinor,
		}, err
	case strings.HasPrefix(named.ID, bankPayoutPrefix):
		made, err := c.GetBankPayout(ctx, named.Account, named.ID)
		return rail.NamedObject{
			ID: made.ID, Operation: rail.OperationBankPayout, PayoutID: made.PayoutID, Generation: made.Generation, AmountMinor: made.AmountMinor,
		}, err
	case strings.HasPrefix(named.ID, reversalPrefix) && named.TransferID != "":
		return c.getNamedReversal(ctx, named)
	}
	return rail.NamedObject{}, fault.Field("evidence", "unknown_object_type", "give the id of a transfer (tr_…), a bank payout (po_…), or a reversal (trr_…) of the payout's transfer")
}

func (c *Client) getNamedReversal(ctx context.Context, named rail.NamedRequest) (rail.NamedObject, error) {
	all, err := c.ListReversals(ctx, named.TransferID)
	if err != nil {
		return rail.NamedObject{}, err
	}
	at := slices.IndexFunc(all, func(r rail.Reversal) bool { return r.ID == named.ID })
	if at < 0 {
		return rail.NamedObject{}, fault.New(fault.NotFound, "resource_missing", "the transfer %s has no reversal %s", named.TransferID, named.ID)
	}
	return rail.NamedObject{
		ID: all[at].ID, Operation: rail.OperationReverse, PayoutID: all[at].PayoutID, Generation: all[at].Generation, AmountMinor: all[at].AmountMinor,
	}, nil
}
