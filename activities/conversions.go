package activities

import (
	"context"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

// The reads of what transfers and reversals moved on connected accounts.
var (
	// ReadArrival reads what a transfer changed on the connected account.
	ReadArrival = Activity[TransferOf, rail.Settlement]{"ReadArrival"}
	// ReadReturns reads what all reversals of a transfer have changed there.
	ReadReturns = Activity[TransferOf, payout.TakenBack]{"ReadReturns"}
)

// TransferOf is a transfer to a connected account.
type TransferOf struct {
	Account    string `json:"account"`
	TransferID string `json:"transfer_id"`
}

func (p Payments) registerConversions(registry Registry) {
	bind(registry, ReadArrival, p.readArrival)
	bind(registry, ReadReturns, p.readReturns)
}

// readArrival reads what a transfer became. One whose payment is not shown yet is read again.
func (p Payments) readArrival(ctx context.Context, of TransferOf) (rail.Settlement, error) {
	transfer, err := p.Rail.GetTransfer(ctx, of.TransferID)
	if err != nil {
		return rail.Settlement{}, err
	}
	if transfer.ArrivalID == "" {
		return rail.Settlement{}, fault.New(fault.Unavailable, "arrival_not_shown", "transfer %s does not show its payment on the connected account yet", of.TransferID)
	}
	return p.Rail.GetArrival(ctx, of.Account, transfer.ArrivalID)
}

// readReturns sums up what all reversals of a transfer moved, also those made by hand.
func (p Payments) readReturns(ctx context.Context, of TransferOf) (payout.TakenBack, error) {
	transfer, err := p.Rail.GetTransfer(ctx, of.TransferID)
	if err != nil {
		return payout.TakenBack{}, err
	}
	reversals, err := p.Rail.ListReversals(ctx, of.TransferID)
	if err != nil {
		return payout.TakenBack{}, err
	}
	var sum payout.TakenBack
	for _, reversal := range reversals {
		sum.BackMinor += reversal.AmountMinor
		if reversal.ReturnID == "" {
			return payout.TakenBack{}, fault.New(fault.Unavailable, "return_not_shown", "reversal %s does not show what it took from the connected account yet", reversal.ID)
		}
		taken, err := p.Rail.GetReturn(ctx, of.Account, reversal.ReturnID)
		if err != nil {
			return payout.TakenBack{}, err
		}
		sum.TakenMinor -= taken.NetMinor
	}
	if sum.BackMinor != transfer.ReversedMinor { // a list can lag behind
		return payout.TakenBack{}, fault.New(fault.Unavailable, "reversals_not_listed", "transfer %s was reversed by %d, but its reversals sum to %d", of.TransferID, transfer.ReversedMinor, sum.BackMinor)
	}
	return sum, nil
}
