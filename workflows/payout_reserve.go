package workflows

import (
	"cmp"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
)

// reserve freezes amount, lines and destination. It reports false if there is nothing to do:
// too little is available, or the payout ended before this history began.
func (p *creatorPayout) reserve(ctx workflow.Context) (bool, error) {
	reservation, err := p.readReservation(ctx)
	if err != nil {
		return false, err
	}
	p.reserved = &InstantReserved{Reserved: reservation.Reserved, Refusal: reservation.Refusal}
	if !reservation.Reserved {
		p.status = payout.Cancelled
		p.showStatus(ctx, payout.Cancelled)
		workflow.SetCurrentDetails(ctx, cmp.Or(reservation.Refusal.Sentence(), "Nothing is paid: by now too little is available."))
		return false, nil
	}
	p.frozen = reservation.Payout
	p.transferID = p.frozen.TransferID
	if p.frozen.Status.Ended() {
		p.setStatus(ctx, p.frozen.Status)
		return false, nil
	}
	if p.frozen.Status == payout.NeedsAttention && p.mode.parked == nil {
		p.mode.parked = &parking{reason: p.frozen.Reason, code: p.frozen.FailureCode} // an earlier history has parked it
	}
	p.setStatus(ctx, payout.Reserved)
	return true, nil
}

// readReservation returns the reservation, which is made once.
func (p *creatorPayout) readReservation(ctx workflow.Context) (activities.Reservation, error) {
	return localStep(ctx, "Reserve what the creator has available", activities.ReservePayout, payout.ReservationRequest{
		PayoutID: p.PayoutID, RunID: p.RunID, CreatorID: p.CreatorID, Currency: p.Currency, MinimumMinor: p.Policy.MinimumMinor.Of(p.Currency), Now: workflow.Now(ctx),
		Instant: p.Instant,
	})
}

// readEnd takes the final status from the books, which another history has ended.
func (p *creatorPayout) readEnd(ctx workflow.Context) error {
	p.end()
	reserved, err := p.reserve(ctx)
	if err == nil && reserved {
		return fault.New(fault.Internal, "payout_not_ended", "the books refused a step because the payout has ended, but do not show its end")
	}
	clearAttention(ctx)
	return err
}
