package payouts

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
)

// SettleIn ends a payout outside, in the transaction that records the decision of two people. It
// returns the id of its entry. The accounts of SettleEntries must be open.
//
// A payout that was never transferred was paid with money that is not in the books. One whose
// transfer is applied had its money on the connected account: the creator has it now, or it is
// lost and the creator can be paid again. What the creator owes us by then is paid from that.
//
// It returns fault.NotFound "payout_not_found", and fault.Conflict "payout_ended", "payout_paid"
// or "transfer_not_applied".
func (s *Store) SettleIn(ctx context.Context, q *sqlc.Queries, settle payout.SettleOutside) (entryID string, err error) {
	p, change, err := prepareSettle(ctx, q, settle)
	if err != nil {
		return "", err
	}
	for _, attempt := range change.Attempts {
		if err := p.storeAttempt(ctx, q, attempt, payout.Outcome{}); err != nil {
			return "", err
		}
	}
	if _, err := s.closeConversion(ctx, q, p, conversionSettled, nil); err != nil {
		return "", err
	}
	posted, err := s.journal.PostIn(ctx, q, p.settleEntry(settle.How))
	if err != nil {
		return "", err
	}
	if settle.How == payout.Lost {
		if err := s.recoverFromCancelled(ctx, q, p.booking); err != nil {
			return "", err
		}
	}
	if err := s.returnFee(ctx, q, p); err != nil { // the payout did not arrive by the instant method
		return "", err
	}
	return posted[0].EntryID, p.store(ctx, q)
}

// CheckSettle returns the faults that SettleIn would return now, and changes nothing.
func (s *Store) CheckSettle(ctx context.Context, q *sqlc.Queries, settle payout.SettleOutside) error {
	_, _, err := prepareSettle(ctx, q, settle)
	return err
}

// FindIn returns a payout in a transaction, or fault.NotFound "payout_not_found".
func FindIn(ctx context.Context, q *sqlc.Queries, payoutID string) (payout.Reservation, error) {
	found, err := q.FindPayout(ctx, payoutID)
	if err != nil {
		return payout.Reservation{}, err
	}
	if len(found) == 0 {
		return payout.Reservation{}, fault.New(fault.NotFound, "payout_not_found", "no such payout")
	}
	return asReserved(found[0]), nil
}

// SettleEntries returns entries with the accounts that SettleIn may post to, for
// journal.Store.OpenAccounts.
func SettleEntries(creatorID string) []ledger.Entry {
	shape := ledger.Payout{CreatorID: creatorID, AmountMinor: 1}
	entries := []ledger.Entry{ledger.PayoutSettledOnAccount(shape), ledger.PayoutSettledElsewhere(shape), ledger.PayoutLost(shape), ledger.InstantFeeReturned(shape)}
	return append(entries, conversionShapes(creatorID)...)
}

// prepareSettle locks a payout and applies the event of its settlement.
func prepareSettle(ctx context.Context, q *sqlc.Queries, settle payout.SettleOutside) (*payoutChange, payout.Change, error) {
	found, err := FindIn(ctx, q, settle.PayoutID)
	if err != nil {
		return nil, payout.Change{}, err
	}
	p, err := lockPayout(ctx, q, found.CreatorID, settle.PayoutID, settle.Now)
	if err != nil {
		return nil, payout.Change{}, err
	}
	if err := p.requireUnpaid(ctx, q); err != nil {
		return nil, payout.Change{}, err
	}
	change, err := p.apply(settle.How.Event())
	return p, change, err
}

// requireUnpaid returns fault.Conflict "payout_paid" if the books have the money in the bank. The
// status does not show that of a paid payout that needs attention.
func (p *payoutChange) requireUnpaid(ctx context.Context, q *sqlc.Queries) error {
	last := asAttempts(p.attempts).Last(payout.BankPayout)
	if last.Status != payout.AttemptApplied {
		return nil
	}
	settled := ledger.BankPayoutSettled(p.booking, last.Generation)
	_, err := q.GetJournalEntry(ctx, sqlc.GetJournalEntryParams{Kind: string(settled.Kind), Reference: settled.Reference})
	switch {
	case fault.Is(db.Translate(err), fault.NotFound):
		return nil
	case err != nil:
		return err
	}
	return fault.New(fault.Conflict, "payout_paid", "the payout is paid: there is nothing to settle outside")
}

// settleEntry returns the entry of a settlement, by where the books have the money.
func (p *payoutChange) settleEntry(how payout.SettleHow) ledger.Entry {
	switch {
	case how == payout.Lost:
		return ledger.PayoutLost(p.booking)
	case asAttempts(p.attempts).Last(payout.Transfer).Status == payout.AttemptApplied:
		return ledger.PayoutSettledOnAccount(p.booking)
	}
	return ledger.PayoutSettledElsewhere(p.booking)
}
