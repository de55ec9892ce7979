package payouts

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/earnings"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// Reserve moves the creator's available balance in transit and freezes amount, lines
// and destination, once per payout. The rest below a multiple of Currency.PayoutStepMinor
// stays available, because no bank takes it. It returns fault.Conflict "below_minimum" when there
// is too little, and reserves nothing then, and fault.Invalid "unknown_currency".
//
// What the creator owes us is paid first, from what is available. The release of earnings does that as
// well, but a rounding can leave a debt next to money that was released before. The debt is paid even
// if too little is left for a payout: otherwise it would be tried again in each run.
//
// For an instant payout it also opens its run and charges its fee, all or nothing, and returns the
// faults of payout.InstantRefusal.
func (s *Store) Reserve(ctx context.Context, reserve payout.ReservationRequest) (payout.Reservation, error) {
	if _, err := money.ParseCurrency(string(reserve.Currency)); err != nil {
		return payout.Reservation{}, err
	}
	shape := ledger.Payout{CreatorID: reserve.CreatorID, AmountMinor: 1}
	shapes := []ledger.Entry{ledger.PayoutReserved(shape)}
	if reserve.Instant != nil {
		shapes = append(shapes, ledger.InstantFeeCharged(shape))
	}
	if err := s.journal.OpenAccounts(ctx, shapes...); err != nil {
		return payout.Reservation{}, err
	}
	var reserved payout.Reservation
	var below error
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		if _, err := q.LockCreator(ctx, reserve.CreatorID); err != nil {
			return db.Absent(err, fault.New(fault.NotFound, "creator_not_found", "no such creator"))
		}
		existing, err := q.FindPayout(ctx, reserve.PayoutID)
		if err != nil {
			return err
		}
		if len(existing) > 0 {
			reserved = asReserved(existing[0])
			if err := addRejectedBank(ctx, q, &reserved); err != nil {
				return err
			}
			return addConversion(ctx, q, existing[0], &reserved)
		}
		if err := applyDueAccount(ctx, q, reserve.CreatorID, reserve.Now); err != nil {
			return err
		}
		creator, err := q.LockCreator(ctx, reserve.CreatorID)
		if err != nil {
			return err
		}
		if err := s.recover(ctx, q, reserve); err != nil {
			return err
		}
		feeMinor := int64(0)
		if reserve.Instant != nil {
			if feeMinor, err = s.openInstant(ctx, q, reserve); err != nil {
				return err
			}
			reserve.MinimumMinor = payout.BankMinimumMinor(reserve.Currency, "")
		}
		reserved, err = s.reserve(ctx, q, reserve, creator.PayoutAccount, feeMinor)
		if reserve.Instant == nil && fault.CodeOf(err) == belowMinimum {
			below = err
			return nil
		}
		return err
	})
	if err == nil {
		err = below
	}
	return reserved, err
}

// recover pays the creator's debt from what can be paid. The creator is locked and a paid debt is gone,
// so this happens once. Its reference only has to be unique.
func (s *Store) recover(ctx context.Context, q *sqlc.Queries, reserve payout.ReservationRequest) error {
	lines, err := q.ListPayableLines(ctx, sqlc.ListPayableLinesParams{CreatorID: reserve.CreatorID, Currency: string(reserve.Currency)})
	if err != nil || len(lines) == 0 {
		return err
	}
	payable := earnings.Released{Recovery: ledger.Recovery{
		Reference: reserve.PayoutID + "/" + db.NewID(), CreatorID: reserve.CreatorID, Currency: reserve.Currency, At: reserve.Now,
	}}
	for _, line := range lines {
		payable.Add(line.CampaignID, line.AmountMinor)
	}
	return s.earnings.RecoverReceivables(ctx, q, []earnings.Released{payable})
}

const belowMinimum = "below_minimum"

// addRejectedBank adds the bank account to which the last bank payout went, if the payout waits for another
// one.
func addRejectedBank(ctx context.Context, q *sqlc.Queries, reserved *payout.Reservation) (err error) {
	if reserved.Reason == payout.BankAccountRejected {
		reserved.RejectedBank, err = q.FindLastBankAccount(ctx, reserved.PayoutID)
	}
	return err
}

// addConversion adds what the transfer became, if the payout was converted.
func addConversion(ctx context.Context, q *sqlc.Queries, row sqlc.FindPayoutRow, reserved *payout.Reservation) error {
	if !row.IsConverted {
		return nil
	}
	held, _, err := findConversion(ctx, q, row.ID)
	reserved.Conversion = &held
	return err
}

func asReserved(row sqlc.FindPayoutRow) payout.Reservation {
	reserved := payout.Reservation{
		PayoutID: row.ID, CreatorID: row.CreatorID, Currency: money.Currency(row.Currency),
		AmountMinor: row.AmountMinor, Account: row.PayoutAccount, Status: payout.Status(row.Status),
		TransferID: db.Text(row.TransferID), Reason: payout.Reason(db.Text(row.AttentionReason)), FailureCode: db.Text(row.FailureCode),
		ConvertsInto: money.Currency(row.ConvertsInto), Adopted: row.IsAdopted,
		IsReversing: row.IsReversing, Method: methodOf(row.Method, row.FallbackCode), FallbackCode: db.Text(row.FallbackCode),
	}
	if reserved.Method == payout.Instant && !reserved.Status.Ended() {
		reserved.FeeMinor = row.FeeMinor
	}
	if row.PaidAt != nil {
		reserved.PaidAt = *row.PaidAt
	}
	return reserved
}

func (s *Store) reserve(ctx context.Context, q *sqlc.Queries, reserve payout.ReservationRequest, account string, feeMinor int64) (payout.Reservation, error) {
	method := payout.Standard
	if reserve.Instant != nil {
		method = payout.Instant
	}
	lines, err := q.ListPayableLines(ctx, sqlc.ListPayableLinesParams{CreatorID: reserve.CreatorID, Currency: string(reserve.Currency)})
	if err != nil {
		return payout.Reservation{}, err
	}
	frozen, amountMinor, leftMinor := freezeLines(reserve, lines)
	if amountMinor < max(1, reserve.MinimumMinor) {
		return payout.Reservation{}, fault.New(fault.Conflict, belowMinimum, "the available balance is below the payout minimum")
	}
	if err := requireAvailable(ctx, q, reserve, amountMinor+leftMinor); err != nil {
		return payout.Reservation{}, err
	}
	err = q.InsertPayout(ctx, sqlc.InsertPayoutParams{
		ID: reserve.PayoutID, RunID: reserve.RunID, CreatorID: reserve.CreatorID, Currency: string(reserve.Currency),
		AmountMinor: amountMinor, PayoutAccount: account, Method: string(method), FeeMinor: feeMinor,
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
		AmountMinor: amountMinor, Account: account, Status: payout.Reserved, Method: method, FeeMinor: feeMinor,
	}, nil
}

// freezeLines makes lines of what is payable, less the rest that no bank takes in the currency.
// A campaign of which nothing is paid has no line.
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

// requireAvailable compares the lines with the ledger before money leaves: both compute the
// same sum, from different rows.
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
