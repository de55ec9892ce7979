package payouts

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/earnings"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// Reserve moves the creator's available balance in transit and freezes amount, lines
// and destination, once per payout. What of it is no multiple of Currency.PayoutStepMinor
// stays available: no bank would take it. It returns fault.Conflict "below_minimum" when there
// is too little, and changes nothing then, and fault.Invalid "unknown_currency".
func (s *Store) Reserve(ctx context.Context, reserve payout.ReservationRequest) (payout.Reservation, error) {
	if _, err := money.ParseCurrency(string(reserve.Currency)); err != nil {
		return payout.Reservation{}, err
	}
	shape := ledger.PayoutReserved(ledger.Payout{CreatorID: reserve.CreatorID, AmountMinor: 1})
	if err := s.journal.OpenAccounts(ctx, shape); err != nil {
		return payout.Reservation{}, err
	}
	var reserved payout.Reservation
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		creator, err := q.LockCreator(ctx, reserve.CreatorID)
		if err != nil {
			return fault.New(fault.NotFound, "creator_not_found", "no such creator").Because(err)
		}
		existing, err := q.FindPayout(ctx, reserve.PayoutID)
		if err != nil {
			return err
		}
		if len(existing) > 0 {
			reserved = asReserved(existing[0])
			return nil
		}
		reserved, err = s.reserve(ctx, q, reserve, creator.PayoutAccount)
		return err
	})
	return reserved, err
}

func asReserved(row sqlc.FindPayoutRow) payout.Reservation {
	return payout.Reservation{
		PayoutID: row.ID, CreatorID: row.CreatorID, Currency: money.Currency(row.Currency),
		AmountMinor: row.AmountMinor, Account: row.PayoutAccount, Status: payout.Status(row.Status),
		TransferID: db.Text(row.TransferID),
	}
}

func (s *Store) reserve(ctx context.Context, q *sqlc.Queries, reserve payout.ReservationRequest, account string) (payout.Reservation, error) {
	lines, err := q.ListPayableLines(ctx, sqlc.ListPayableLinesParams{CreatorID: reserve.CreatorID, Currency: string(reserve.Currency)})
	if err != nil {
		return payout.Reservation{}, err
	}
	frozen, amountMinor, leftMinor := freezeLines(reserve, lines)
	if amountMinor < max(1, reserve.MinimumMinor) {
		return payout.Reservation{}, fault.New(fault.Conflict, "below_minimum", "the available balance is below the payout minimum")
	}
	if err := requireAvailable(ctx, q, reserve, amountMinor+leftMinor); err != nil {
		return payout.Reservation{}, err
	}
	err = q.InsertPayout(ctx, sqlc.InsertPayoutParams{
		ID: reserve.PayoutID, RunID: reserve.RunID, CreatorID: reserve.CreatorID, Currency: string(reserve.Currency),
		AmountMinor: amountMinor, PayoutAccount: account,
	})
	if err != nil {
		return payout.Reservation{}, err
	}
	if err := q.InsertPayoutLines(ctx, frozen); err != nil {
		return payout.Reservation{}, err
	}
	entry := ledger.PayoutReserved(ledger.Payout{PayoutID: reserve.PayoutID, CreatorID: reserve.CreatorID, Currency: reserve.Currency, AmountMinor: amountMinor, At: reserve.Now})
	if _, err := s.journal.PostIn(ctx, q, entry); err != nil {
		return payout.Reservation{}, err
	}
	return payout.Reservation{
		PayoutID: reserve.PayoutID, CreatorID: reserve.CreatorID, Currency: reserve.Currency,
		AmountMinor: amountMinor, Account: account, Status: payout.Reserved,
	}, nil
}

// freezeLines makes lines of what is payable, less what no bank would take of the currency. A
// campaign of which nothing is paid has no line.
func freezeLines(reserve payout.ReservationRequest, payable []sqlc.ListPayableLinesRow) (frozen sqlc.InsertPayoutLinesParams, amountMinor, leftMinor int64) {
	frozen.PayoutID = reserve.PayoutID
	payableMinor := make([]int64, len(payable))
	for i, line := range payable {
		payableMinor[i] = line.AmountMinor
	}
	for i, lineLeftMinor := range payout.LeaveRest(payableMinor, reserve.Currency.PayoutStepMinor()) {
		leftMinor += lineLeftMinor
		if paidMinor := payableMinor[i] - lineLeftMinor; paidMinor > 0 {
			frozen.CampaignIds = append(frozen.CampaignIds, payable[i].CampaignID)
			frozen.AmountsMinor = append(frozen.AmountsMinor, paidMinor)
			frozen.LeftsMinor = append(frozen.LeftsMinor, lineLeftMinor)
			amountMinor += paidMinor
		}
	}
	return frozen, amountMinor, leftMinor
}

// requireAvailable holds the lines against the ledger before money leaves: two ways to the
// same sum that must agree.
func requireAvailable(ctx context.Context, q *sqlc.Queries, reserve payout.ReservationRequest, payableMinor int64) error {
	account := ledger.CreatorAvailable(reserve.CreatorID)
	sumMinor, err := q.GetBalance(ctx, sqlc.GetBalanceParams{Code: string(account), Currency: string(reserve.Currency)})
	if err != nil {
		return err
	}
	if availableMinor := account.Balance(sumMinor); availableMinor != payableMinor {
		return fault.New(fault.Internal, "lines_differ_from_ledger", "the campaigns owe %d but the ledger has %d available: run 'creditroll ledger verify'", payableMinor, availableMinor)
	}
	return nil
}

// payoutChange is a transaction's view of one locked payout.
type payoutChange struct {
	row   sqlc.GetPayoutForUpdateRow
	entry ledger.Payout
}

// changePayout locks a payout's creator and the payout, lets change edit its row and post
// entries, and stores the row.
func (s *Store) changePayout(ctx context.Context, payoutID string, now time.Time, change func(q *sqlc.Queries, p *payoutChange) error) error {
	found, err := s.db.Queries.FindPayout(ctx, payoutID)
	if err != nil {
		return db.Translate(err)
	}
	if len(found) == 0 {
		return fault.New(fault.NotFound, "payout_not_found", "no such payout")
	}
	if err := s.journal.OpenAccounts(ctx, ledger.PayoutReserved(ledger.Payout{CreatorID: found[0].CreatorID}), ledger.TransferSettled(ledger.Payout{CreatorID: found[0].CreatorID}, 1)); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		if _, err := q.LockCreator(ctx, found[0].CreatorID); err != nil {
			return err
		}
		row, err := q.GetPayoutForUpdate(ctx, payoutID)
		if err != nil {
			return err
		}
		p := &payoutChange{row: row, entry: ledger.Payout{
			PayoutID: row.ID, CreatorID: row.CreatorID, Currency: money.Currency(row.Currency), AmountMinor: row.AmountMinor, At: now,
		}}
		if err := change(q, p); err != nil {
			return err
		}
		return q.UpdatePayout(ctx, sqlc.UpdatePayoutParams{
			ID: payoutID, Status: p.row.Status, AttentionReason: p.row.AttentionReason, TransferID: p.row.TransferID,
			BankPayoutID: p.row.BankPayoutID, FailureCode: p.row.FailureCode,
		})
	})
}

func (p *payoutChange) moveTo(status payout.Status) {
	p.row.Status = string(status)
	if status != payout.NeedsAttention {
		p.row.AttentionReason = nil
	}
}

// requireOpen returns fault.Conflict "payout_ended" once the reservation was given back: a
// history that believes otherwise is an old one.
func (p *payoutChange) requireOpen() error {
	switch payout.Status(p.row.Status) {
	case payout.Cancelled, payout.Returned:
		return fault.New(fault.Conflict, "payout_ended", "the payout is %s: nothing may be done with it any more", p.row.Status)
	}
	return nil
}

// Park marks a payout as waiting for a person, or back in work when reason is empty,
// with the status it then has.
func (s *Store) Park(ctx context.Context, payoutID string, status payout.Status, reason payout.Reason, failureCode string) error {
	return s.changePayout(ctx, payoutID, time.Time{}, func(_ *sqlc.Queries, p *payoutChange) error {
		if err := p.requireOpen(); err != nil {
			return err
		}
		p.moveTo(status)
		p.row.AttentionReason = db.Optional(string(reason))
		if failureCode != "" {
			p.row.FailureCode = &failureCode
		}
		return nil
	})
}

// Cancel gives the reservation back, with final status cancelled or returned; what the
// creator owes us by then is paid from it. It returns fault.Conflict "money_not_back" while a
// transfer is applied or its outcome unknown.
func (s *Store) Cancel(ctx context.Context, payoutID string, final payout.Status, now time.Time) error {
	return s.changePayout(ctx, payoutID, now, func(q *sqlc.Queries, p *payoutChange) error {
		attempts, err := q.ListAttempts(ctx, sqlc.ListAttemptsParams{PayoutID: payoutID, Phase: string(payout.Transfer)})
		if err != nil {
			return err
		}
		for _, attempt := range attempts {
			if attempt.Outcome == payout.AttemptApplied || attempt.Outcome == payout.AttemptUnknown {
				return fault.New(fault.Conflict, "money_not_back", "the transfer is not back yet: reverse it first")
			}
		}
		posted, err := s.journal.PostIn(ctx, q, ledger.PayoutCancelled(p.entry))
		if err != nil {
			return err
		}
		p.moveTo(final)
		if posted[0].Replayed {
			return nil
		}
		return s.recoverFromCancelled(ctx, q, p.entry)
	})
}

func (s *Store) recoverFromCancelled(ctx context.Context, q *sqlc.Queries, cancelled ledger.Payout) error {
	rows, err := q.ListPayoutLines(ctx, cancelled.PayoutID)
	if err != nil {
		return err
	}
	given := earnings.Released{Recovery: ledger.Recovery{
		Reference: cancelled.PayoutID, CreatorID: cancelled.CreatorID, Currency: cancelled.Currency, At: cancelled.At,
	}}
	for _, row := range rows {
		given.Add(row.CampaignID, row.AmountMinor)
	}
	return s.earnings.RecoverReceivables(ctx, q, []earnings.Released{given})
}

// ListParked lists payouts of a connected account that wait for a person.
func (s *Store) ListParked(ctx context.Context, account string) ([]string, error) {
	ids, err := s.db.Queries.ListParkedPayouts(ctx, account)
	return ids, db.Translate(err)
}

// ListAtWork lists payouts of a run that have neither ended nor been parked.
func (s *Store) ListAtWork(ctx context.Context, runID string, limit int) ([]string, error) {
	ids, err := s.db.Queries.ListPayoutsAtWork(ctx, sqlc.ListPayoutsAtWorkParams{RunID: runID, Batch: int32(limit)})
	return ids, db.Translate(err)
}

// ParkLost shows a payout whose process is gone as needing attention, unless it has ended or
// been parked meanwhile.
func (s *Store) ParkLost(ctx context.Context, payoutID string) error {
	return s.changePayout(ctx, payoutID, time.Time{}, func(_ *sqlc.Queries, p *payoutChange) error {
		switch payout.Status(p.row.Status) {
		case payout.Paid, payout.Cancelled, payout.Returned, payout.NeedsAttention:
			return nil
		}
		p.moveTo(payout.NeedsAttention)
		p.row.AttentionReason = db.Optional(string(payout.ProcessLost))
		return nil
	})
}

// Count counts the payouts of a run.
func (s *Store) Count(ctx context.Context, runID string) (payout.Count, error) {
	row, err := s.db.Queries.CountPayouts(ctx, runID)
	return payout.Count{Reserved: row.Reserved, AtWork: row.AtWork}, db.Translate(err)
}
