package payouts

import (
	"cmp"
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/earnings"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// GetInstantFacts returns what the books say about a creator who wants to be paid at once, or
// fault.NotFound "creator_not_found".
func (s *Store) GetInstantFacts(ctx context.Context, creatorID string, currency money.Currency) (payout.InstantFacts, error) {
	facts, err := readInstantFacts(ctx, s.db.Queries, creatorID, currency)
	return facts, db.Translate(err)
}

func readInstantFacts(ctx context.Context, q *sqlc.Queries, creatorID string, currency money.Currency) (payout.InstantFacts, error) {
	row, err := q.ReadInstantFacts(ctx, sqlc.ReadInstantFactsParams{CreatorID: creatorID, Currency: string(currency)})
	if err != nil {
		return payout.InstantFacts{}, db.OrNotFound(err, "creator")
	}
	paused, err := readSwitch(ctx, q)
	return payout.InstantFacts{
		Paused: paused.Off, Frozen: row.Frozen, Account: row.Account,
		Busy: row.Busy, Differs: row.Differs, AvailableMinor: row.AvailableMinor,
	}, err
}

// openInstant opens the run of an instant payout and charges its fee, in the transaction that reserves
// the payout. It returns the fee, or the fault of a payout.InstantRefusal: much may have changed since
// the creator asked. The creator is locked, so no other payout takes the same money.
func (s *Store) openInstant(ctx context.Context, q *sqlc.Queries, reserve payout.ReservationRequest) (feeMinor int64, err error) {
	facts, err := readInstantFacts(ctx, q, reserve.CreatorID, reserve.Currency)
	if err != nil {
		return 0, err
	}
	if refusal := reserve.Instant.Offer.Refusal(reserve.Currency, facts, reserve.Instant.FeeMaxMinor); refusal != payout.NotRefused {
		return 0, refusal.Fault()
	}
	err = q.InsertInstantRun(ctx, sqlc.InsertInstantRunParams{
		ID: reserve.RunID, Period: payout.Period(reserve.Now), StartedBy: cmp.Or(reserve.Instant.Actor, payout.StartedByUnknown),
	})
	if err != nil {
		return 0, err
	}
	quote := reserve.Instant.Offer.Quote(reserve.Currency, facts.AvailableMinor)
	return quote.FeeMinor, s.chargeFee(ctx, q, reserve, quote.FeeMinor)
}

// chargeFee takes the fee of an instant payout from the last campaigns that have something to pay.
func (s *Store) chargeFee(ctx context.Context, q *sqlc.Queries, reserve payout.ReservationRequest, feeMinor int64) error {
	if feeMinor == 0 {
		return nil
	}
	rows, err := q.ListPayableLines(ctx, sqlc.ListPayableLinesParams{CreatorID: reserve.CreatorID, Currency: string(reserve.Currency)})
	if err != nil {
		return err
	}
	payableMinor := make([]int64, len(rows))
	for i, row := range rows {
		payableMinor[i] = row.AmountMinor
	}
	var taken []payout.Line
	for i, takenMinor := range payout.TakeFromLast(payableMinor, feeMinor) {
		if takenMinor > 0 {
			taken = append(taken, payout.Line{CampaignID: rows[i].CampaignID, AmountMinor: takenMinor})
		}
	}
	return s.bookFee(ctx, q, ledger.InstantFeeCharged(ledger.Payout{
		PayoutID: reserve.PayoutID, CreatorID: reserve.CreatorID, Currency: reserve.Currency, AmountMinor: payout.SumMinor(taken), At: reserve.Now,
	}), reserve.CreatorID, taken)
}

// returnFee gives the fee of an instant payout back, once: the payout ends without having arrived, or
// is sent by the standard method. What the creator owes us by then is paid from it.
func (s *Store) returnFee(ctx context.Context, q *sqlc.Queries, p *payoutChange) error {
	if p.row.FeeMinor == 0 || p.row.FallbackCode != nil { // a fallback has returned it
		return nil
	}
	rows, err := q.ListFeeDeductions(ctx, p.row.ID)
	if err != nil {
		return err
	}
	fee := p.booking
	fee.AmountMinor = p.row.FeeMinor
	given := earnings.Released{Recovery: ledger.Recovery{
		Reference: fee.PayoutID + "/fee", CreatorID: fee.CreatorID, Currency: fee.Currency, At: fee.At,
	}}
	returned := make([]payout.Line, len(rows))
	for i, row := range rows {
		returned[i] = payout.Line{CampaignID: row.CampaignID, AmountMinor: -row.AmountMinor}
		given.Add(row.CampaignID, row.AmountMinor)
	}
	if err := s.bookFee(ctx, q, ledger.InstantFeeReturned(fee), fee.CreatorID, returned); err != nil {
		return err
	}
	return s.earnings.RecoverReceivables(ctx, q, []earnings.Released{given})
}

// bookFee posts an entry of a fee and stores what it takes from campaigns.
func (s *Store) bookFee(ctx context.Context, q *sqlc.Queries, entry ledger.Entry, creatorID string, lines []payout.Line) error {
	posted, err := s.journal.PostIn(ctx, q, entry)
	if err != nil || posted[0].Replayed {
		return err
	}
	var deductions sqlc.InsertEarningDeductionsParams
	earnings.Deduct(&deductions, posted[0].EntryID, creatorID, entry.Currency, lines...)
	return q.InsertEarningDeductions(ctx, deductions)
}

// fallBack has the next bank payout of an instant payout sent by the standard method, and returns
// the fee. It changes nothing for a standard payout, or a second time.
func (s *Store) fallBack(ctx context.Context, q *sqlc.Queries, p *payoutChange, code string) error {
	if p.method() != payout.Instant {
		return nil
	}
	if err := s.returnFee(ctx, q, p); err != nil {
		return err
	}
	p.row.FallbackCode = db.Optional(cmp.Or(code, "unknown"))
	return nil
}

// method is the one by which the next bank payout is sent.
func (p *payoutChange) method() payout.Method {
	return methodOf(p.row.Method, p.row.FallbackCode)
}

func methodOf(asked string, fallbackCode *string) payout.Method {
	if payout.Method(asked) == payout.Instant && fallbackCode == nil {
		return payout.Instant
	}
	return payout.Standard
}
