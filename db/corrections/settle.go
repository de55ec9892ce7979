package corrections

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
)

// checkSettlePayout requires that the payout can be settled this way now, and adds its creator and
// its amount to the proposal.
func (s *Store) checkSettlePayout(ctx context.Context, q *sqlc.Queries, p correction.Proposal) (correction.Proposal, error) {
	found, err := payouts.FindIn(ctx, q, p.PayoutID)
	if err != nil {
		return p, err
	}
	if found.Currency != p.Currency {
		return p, fault.Field("currency", "wrong_currency", "the payout is in %s, not in %s", found.Currency, p.Currency)
	}
	if p.AmountMinor != 0 && p.AmountMinor != found.AmountMinor {
		return p, fault.New(fault.Conflict, "amount_differs", "the payout is of %d: a payout is settled as a whole", found.AmountMinor)
	}
	p.CreatorID, p.AmountMinor = found.CreatorID, found.AmountMinor
	return p, s.payouts.CheckSettle(ctx, q, payout.SettleOutside{PayoutID: p.PayoutID, How: payout.SettleHow(p.How), Now: p.Now})
}

func (s *Store) settlePayout(ctx context.Context, q *sqlc.Queries, proposed correction.Correction, now time.Time) (outcome, error) {
	entryID, err := s.payouts.SettleIn(ctx, q, payout.SettleOutside{PayoutID: proposed.PayoutID, How: payout.SettleHow(proposed.How), Now: now})
	return outcome{entryIDs: []string{entryID}, correctedMinor: proposed.AmountMinor}, err
}
