package payouts

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// What became of a conversion.
const (
	conversionReturned = "returned" // its transfer was reversed
	conversionSettled  = "settled"  // people settled the payout outside
)

// RecordConverted books what a transfer became on the connected account, once per transfer, and freezes
// the amount of the bank payout. A repeated call returns what is on record. It returns fault.NotFound
// "payout_not_found", and fault.Conflict "payout_ended", "transfer_not_applied" or "arrival_differs".
func (s *Store) RecordConverted(ctx context.Context, arrival payout.Arrival) (payout.Converted, error) {
	found, err := s.db.Queries.FindPayout(ctx, arrival.PayoutID)
	if err != nil {
		return payout.Converted{}, db.Translate(err)
	}
	if len(found) > 0 {
		if err := s.journal.OpenAccounts(ctx, conversionShapes(found[0].CreatorID)...); err != nil {
			return payout.Converted{}, err
		}
	}
	var recorded payout.Converted
	err = s.changePayout(ctx, arrival.PayoutID, arrival.Now, func(q *sqlc.Queries, p *payoutChange) error {
		held, isHeld, err := findConversion(ctx, q, p.row.ID)
		if err != nil {
			return err
		}
		if !isHeld {
			if held, err = s.convert(ctx, q, p, arrival); err != nil {
				return err
			}
		}
		recorded.Conversion = held
		rests, err := q.SumConversionRests(ctx, sqlc.SumConversionRestsParams{Account: p.row.PayoutAccount, Currency: string(held.Currency)})
		if err == nil && held.TooSmall(rests.Country) {
			recorded.Obstacle = payout.BelowBankMinimum
		}
		return err
	})
	return recorded, err
}

// conversionShapes returns entries with the accounts of conversions, for journal.Store.OpenAccounts.
func conversionShapes(creatorID string) []ledger.Entry {
	shape := ledger.Conversion{Sent: ledger.Payout{CreatorID: creatorID, AmountMinor: 1}, ReceivedMinor: 1}
	return []ledger.Entry{ledger.ConversionSent(shape), ledger.ConversionClosed(shape, 2)}
}

func (s *Store) convert(ctx context.Context, q *sqlc.Queries, p *payoutChange, arrival payout.Arrival) (payout.Conversion, error) {
	sent, arrived := asAttempts(p.attempts).Last(payout.Transfer), arrival.Settlement
	switch {
	case payout.Status(p.row.Status).Ended():
		return payout.Conversion{}, fault.New(fault.Conflict, "payout_ended", "the payout is %s: nothing more can be done with it", p.row.Status)
	case sent.Status != payout.AttemptApplied:
		return payout.Conversion{}, fault.New(fault.Conflict, "transfer_not_applied", "there is no applied transfer that could have been converted")
	case !arrived.Converted() || arrived.SourceMinor != p.row.AmountMinor || string(arrived.SourceCurrency) != p.row.Currency || arrived.NetMinor <= 0:
		return payout.Conversion{}, fault.New(fault.Conflict, "arrival_differs", "what arrived of the transfer is not what a conversion of %d %s can be", p.row.AmountMinor, p.row.Currency)
	}
	rests, err := q.SumConversionRests(ctx, sqlc.SumConversionRestsParams{Account: p.row.PayoutAccount, Currency: string(arrived.Currency)})
	if err != nil {
		return payout.Conversion{}, err
	}
	made := payout.NewConversion(arrived, sent.ExternalID, sent.Generation, rests.RestMinor)
	err = q.InsertConversion(ctx, sqlc.InsertConversionParams{
		PayoutID: p.row.ID, Generation: int32(made.Generation), Account: p.row.PayoutAccount, TransferID: made.TransferID,
		SourceMinor: made.SourceMinor, SourceCurrency: string(made.SourceCurrency), AmountMinor: made.AmountMinor, FeeMinor: made.FeeMinor,
		ReceivedMinor: made.ReceivedMinor, Currency: string(made.Currency), Rate: made.Rate, TransactionID: made.TransactionID,
		AvailableOn: made.AvailableOn, CarriedMinor: made.CarriedMinor, LeftMinor: made.LeftMinor,
	})
	if err != nil {
		return payout.Conversion{}, err
	}
	booking := p.conversionBooking(made)
	_, err = s.journal.PostIn(ctx, q, ledger.ConversionSent(booking), ledger.ConversionReceived(booking))
	return made, err
}

func (p *payoutChange) conversionBooking(made payout.Conversion) ledger.Conversion {
	return ledger.Conversion{
		Sent: p.booking, Generation: made.Generation, Currency: made.Currency, ReceivedMinor: made.ReceivedMinor, At: p.booking.At,
	}
}

// findConversion returns what the transfer of a payout became, if that is on record and the transfer
// was not taken back.
func findConversion(ctx context.Context, q *sqlc.Queries, payoutID string) (payout.Conversion, bool, error) {
	rows, err := q.FindHeldConversion(ctx, payoutID)
	if err != nil || len(rows) == 0 {
		return payout.Conversion{}, false, err
	}
	return asConversion(rows[0]), true, nil
}

func asConversion(row sqlc.PayoutConversion) payout.Conversion {
	return payout.Conversion{
		Generation: int(row.Generation), TransferID: row.TransferID, SourceMinor: row.SourceMinor, SourceCurrency: money.Currency(row.SourceCurrency),
		AmountMinor: row.AmountMinor, FeeMinor: row.FeeMinor, ReceivedMinor: row.ReceivedMinor, Currency: money.Currency(row.Currency),
		Rate: row.Rate, TransactionID: row.TransactionID, AvailableOn: row.AvailableOn, CarriedMinor: row.CarriedMinor, LeftMinor: row.LeftMinor,
	}
}

// closeConversion books that the connected account has nothing of a converted payout any more. It
// returns how much of the transfer came back to the platform, which is all of it unless taken says less.
func (s *Store) closeConversion(ctx context.Context, q *sqlc.Queries, p *payoutChange, outcome string, taken *payout.TakenBack) (backMinor int64, err error) {
	if !p.row.IsConverted {
		return p.row.AmountMinor, nil
	}
	held, _, err := findConversion(ctx, q, p.row.ID)
	if err != nil {
		return 0, err
	}
	backMinor, takenMinor := p.row.AmountMinor, held.ReceivedMinor
	if taken != nil {
		if backMinor = min(backMinor, taken.BackMinor); backMinor <= 0 {
			return 0, fault.New(fault.Internal, "nothing_came_back", "the reversal of payout %s brought nothing back", p.row.ID)
		}
		if !taken.Assumed {
			takenMinor = taken.TakenMinor
		}
	}
	update := sqlc.UpdateConversionOutcomeParams{PayoutID: p.row.ID, Generation: int32(held.Generation), Outcome: outcome}
	if outcome == conversionReturned {
		update.TakenMinor, update.BackMinor = &takenMinor, &backMinor
	}
	if _, err := q.UpdateConversionOutcome(ctx, update); err != nil {
		return 0, err
	}
	p.row.IsConverted = false
	booking := p.conversionBooking(held)
	_, err = s.journal.PostIn(ctx, q, ledger.ConversionUndone(booking), ledger.ConversionClosed(booking, takenMinor))
	return backMinor, err
}

// Conversion is what a transfer became, and what became of that.
type Conversion struct {
	payout.Conversion
	// Outcome is held, returned if the transfer was taken back, or settled if people settled the payout
	// outside. TakenMinor left the account in its own currency by reversals, and BackMinor came back to
	// the platform.
	Outcome    string
	TakenMinor *int64
	BackMinor  *int64
	RecordedAt time.Time
}

func listConversions(ctx context.Context, q *sqlc.Queries, payoutID string) ([]Conversion, error) {
	rows, err := q.ListConversions(ctx, []string{payoutID})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	listed := make([]Conversion, len(rows))
	for i, row := range rows {
		listed[i] = Conversion{Conversion: asConversion(row), Outcome: row.Outcome, TakenMinor: row.TakenMinor, BackMinor: row.BackMinor, RecordedAt: row.RecordedAt}
	}
	return listed, nil
}

// bankBooking is what the entries of a bank payout share: the payout, or what it was converted into.
func (p *payoutChange) bankBooking(generation int) ledger.Payout {
	for _, attempt := range p.attempts {
		if attempt.Phase == string(payout.BankPayout) && int(attempt.Generation) == generation && attempt.Currency != nil {
			return ledger.Payout{
				PayoutID: p.booking.PayoutID, CreatorID: p.booking.CreatorID, Currency: money.Currency(*attempt.Currency),
				AmountMinor: attempt.AmountMinor, At: p.booking.At, Converted: true,
			}
		}
	}
	return p.booking
}

// postConverted books in the currency of the payout what was booked in that of the bank. It does nothing
// for a payout that was not converted.
func (s *Store) postConverted(ctx context.Context, q *sqlc.Queries, p *payoutChange, generation int, entry func(ledger.Payout, int) ledger.Entry) error {
	if !p.bankBooking(generation).Converted {
		return nil
	}
	_, err := s.journal.PostIn(ctx, q, entry(p.booking, generation))
	return err
}

// lastRate returns what a transfer to the payout's account became last, or nil.
func lastRate(ctx context.Context, q *sqlc.Queries, payoutID string) (*payout.SeenRate, error) {
	rows, err := q.FindLastRate(ctx, payoutID)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &payout.SeenRate{Currency: money.Currency(rows[0].Currency), SourceMinor: rows[0].SourceMinor, ReceivedMinor: rows[0].ReceivedMinor}, nil
}
