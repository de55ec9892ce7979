package funding

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// Reserve stores a withdrawal and takes its amount out of the balance, or returns the one that an
// earlier identical call stored. It returns fault.Conflict "balance_too_low" for more than is available
// and "withdrawal_exists" if the id has another amount, fault.NotFound "organization_not_found", and the
// faults of funding.NewWithdrawal.Validate.
func (s *Store) Reserve(ctx context.Context, create funding.NewWithdrawal) (funding.Withdrawal, error) {
	if err := create.Validate(); err != nil {
		return funding.Withdrawal{}, err
	}
	entry := ledger.WithdrawalReserved(ledger.Withdrawal{
		Reference: create.ID, OrganizationID: create.OrganizationID, Currency: create.Currency, AmountMinor: create.AmountMinor, At: create.Now,
	})
	var stored funding.Withdrawal
	err := s.inGuard(ctx, create.OrganizationID, create.Currency, func(q *sqlc.Queries) error {
		found, err := listWithdrawals(ctx, q, sqlc.ListWithdrawalsParams{OnlyID: &create.ID, PageSize: 1})
		if err != nil {
			return err
		}
		if len(found) > 0 {
			stored = found[0]
			return create.RequireSame(stored.NewWithdrawal)
		}
		balance, err := readBalance(ctx, q, create.OrganizationID, create.Currency)
		if err != nil {
			return err
		}
		if err := balance.Require(create.AmountMinor); err != nil {
			return err
		}
		err = q.InsertWithdrawal(ctx, sqlc.InsertWithdrawalParams{
			ID: create.ID, OrganizationID: create.OrganizationID, Currency: string(create.Currency), AmountMinor: create.AmountMinor,
			RequestedBy: create.RequestedBy, CreatedAt: create.Now,
		})
		if err != nil {
			return err
		}
		stored = funding.Withdrawal{NewWithdrawal: create, Status: funding.WithdrawalSending}
		_, err = s.journal.PostIn(ctx, q, entry)
		return err
	}, entry)
	return stored, err
}

// Plan returns the next refund of a withdrawal. It stores the refund before it is requested, and
// returns the same one until it has ended. It takes the newest deposit first, and none while the balance
// less what is at risk is below zero. It returns fault.NotFound "withdrawal_not_found".
func (s *Store) Plan(ctx context.Context, withdrawalID string, now time.Time) (funding.Plan, error) {
	return s.plan(ctx, withdrawalID, func(ctx context.Context, q *sqlc.Queries, next funding.Refund) error {
		number := int32(next.Number)
		return q.InsertDepositRefund(ctx, sqlc.InsertDepositRefundParams{
			ID: db.NewID(), DepositID: next.DepositID, WithdrawalID: &withdrawalID, Number: &number, AmountMinor: next.AmountMinor,
			Status: string(funding.RefundRequested), RequestedAt: now,
		})
	})
}

// Foresee returns what Plan would, and stores nothing: instead of a refund that is not stored yet, the plan
// has NeedsCover. A stored refund could neither be cancelled nor be settled outside.
func (s *Store) Foresee(ctx context.Context, withdrawalID string) (funding.Plan, error) {
	return s.plan(ctx, withdrawalID, nil)
}

// plan stores the next refund by store, unless that is nil.
func (s *Store) plan(ctx context.Context, withdrawalID string, store func(context.Context, *sqlc.Queries, funding.Refund) error) (funding.Plan, error) {
	var plan funding.Plan
	err := s.inWithdrawal(ctx, withdrawalID, func(q *sqlc.Queries, w funding.Withdrawal) error {
		plan = funding.Plan{Withdrawal: w}
		made, err := q.ListWithdrawalRefunds(ctx, withdrawalID)
		if err != nil {
			return err
		}
		if at := slices.IndexFunc(made, isRequested); at >= 0 {
			plan.Refund = &funding.Refund{
				WithdrawalID: withdrawalID, Number: int(*made[at].Number), DepositID: made[at].DepositID, PaymentIntentID: db.Text(made[at].PaymentIntentID),
				CampaignID: db.Text(made[at].CampaignID), Currency: w.Currency, AmountMinor: made[at].AmountMinor,
			}
			return nil
		}
		if w.Status != funding.WithdrawalSending || w.LeftMinor() == 0 {
			return nil
		}
		return planNext(ctx, q, &plan, len(made)+1, store)
	})
	return plan, err
}

func isRequested(refund sqlc.ListWithdrawalRefundsRow) bool {
	return refund.Status == string(funding.RefundRequested)
}

func planNext(ctx context.Context, q *sqlc.Queries, plan *funding.Plan, number int, store func(context.Context, *sqlc.Queries, funding.Refund) error) error {
	w := plan.Withdrawal
	balance, err := readBalance(ctx, q, w.OrganizationID, w.Currency)
	if err != nil {
		return err
	}
	// A dispute or a refund by hand may have taken what was reserved. Other deposits must not be refunded
	// for it: campaigns have got their money.
	if balance.UncoveredMinor() > 0 {
		plan.UncoveredMinor = balance.UncoveredMinor()
		return nil
	}
	deposits, err := q.FindRefundableDeposits(ctx, sqlc.FindRefundableDepositsParams{OrganizationID: w.OrganizationID, Currency: string(w.Currency), WithdrawalID: w.ID})
	if err != nil {
		return err
	}
	for _, deposit := range deposits {
		if deposit.Disputed {
			plan.OpenDispute = true
			continue
		}
		if plan.NeedsCover = store == nil; plan.NeedsCover {
			return nil
		}
		plan.Refund = &funding.Refund{
			WithdrawalID: w.ID, Number: number, DepositID: deposit.ID, PaymentIntentID: db.Text(deposit.PaymentIntentID),
			CampaignID: db.Text(deposit.CampaignID), Currency: w.Currency, AmountMinor: min(w.LeftMinor(), deposit.LeftMinor),
		}
		return store(ctx, q, *plan.Refund)
	}
	plan.Exhausted = true
	return nil
}

// Cancel returns to the balance what a withdrawal has neither sent nor requested, and returns the
// withdrawal. What is requested returns later, if it is not sent. It returns fault.Conflict
// "withdrawal_ended" and fault.NotFound "withdrawal_not_found".
func (s *Store) Cancel(ctx context.Context, withdrawalID string, by access.OperatorAction, now time.Time) (funding.Withdrawal, error) {
	var cancelled funding.Withdrawal
	err := s.inWithdrawal(ctx, withdrawalID, func(q *sqlc.Queries, w funding.Withdrawal) error {
		cancelled = w
		if w.Status == funding.WithdrawalCancelling || w.Status == funding.WithdrawalCancelled {
			return nil
		}
		if err := w.RequireCancellable(); err != nil {
			return err
		}
		made, err := q.ListWithdrawalRefunds(ctx, withdrawalID)
		if err != nil {
			return err
		}
		returnMinor := w.LeftMinor() - requestedMinor(made)
		w.Status, w.Cancelled = funding.WithdrawalCancelling, true
		if cancelled, err = s.giveBack(ctx, q, w, "rest", returnMinor, now); err != nil {
			return err
		}
		return db.RecordAction(ctx, q, by)
	})
	return cancelled, err
}

// Reopen lets the next refund of a withdrawal be of any deposit again, as a person asks to try again.
func (s *Store) Reopen(ctx context.Context, withdrawalID string) error {
	return db.Translate(s.db.Queries.ReopenDeposits(ctx, withdrawalID))
}

// giveBack returns a part of a withdrawal to the balance and stores the withdrawal. what identifies the
// part.
func (s *Store) giveBack(ctx context.Context, q *sqlc.Queries, w funding.Withdrawal, what string, amountMinor int64, now time.Time) (funding.Withdrawal, error) {
	if amountMinor > 0 {
		entry := ledger.WithdrawalReturned(ledger.Withdrawal{
			Reference: w.ID + "/" + what, OrganizationID: w.OrganizationID, Currency: w.Currency, AmountMinor: amountMinor, At: now,
		})
		if _, err := s.journal.PostIn(ctx, q, entry); err != nil {
			return w, err
		}
		w.ReturnedMinor += amountMinor
	}
	return w, settle(ctx, q, &w, now)
}

// settle stores the amounts of a withdrawal, and the status that follows from them.
func settle(ctx context.Context, q *sqlc.Queries, w *funding.Withdrawal, now time.Time) error {
	if w.Status = w.Settled(); !w.Status.Ended() {
		w.EndedAt = nil
	} else if w.EndedAt == nil {
		w.EndedAt = &now
	}
	return q.UpdateWithdrawal(ctx, sqlc.UpdateWithdrawalParams{
		ID: w.ID, SentMinor: w.SentMinor, ReturnedMinor: w.ReturnedMinor, Status: string(w.Status), Cancelled: w.Cancelled, EndedAt: w.EndedAt,
	})
}

// inWithdrawal runs work with the withdrawal and the guard of its balance locked.
func (s *Store) inWithdrawal(ctx context.Context, id string, work func(*sqlc.Queries, funding.Withdrawal) error) error {
	w, err := s.GetWithdrawal(ctx, id)
	if err != nil {
		return err
	}
	shape := ledger.WithdrawalReserved(ledger.Withdrawal{OrganizationID: w.OrganizationID, AmountMinor: 1})
	return s.inGuard(ctx, w.OrganizationID, w.Currency, func(q *sqlc.Queries) error {
		locked, err := listWithdrawals(ctx, q, sqlc.ListWithdrawalsParams{OnlyID: &id, PageSize: 1})
		if err != nil {
			return err
		}
		return work(q, locked[0])
	}, shape)
}

// GetWithdrawal returns one withdrawal, or fault.NotFound "withdrawal_not_found".
func (s *Store) GetWithdrawal(ctx context.Context, id string) (funding.Withdrawal, error) {
	found, err := listWithdrawals(ctx, s.db.Queries, sqlc.ListWithdrawalsParams{OnlyID: &id, PageSize: 1})
	if err != nil {
		return funding.Withdrawal{}, db.Translate(err)
	}
	if len(found) == 0 {
		return funding.Withdrawal{}, withdrawalNotFound()
	}
	return found[0], nil
}

func withdrawalNotFound() error {
	return fault.New(fault.NotFound, "withdrawal_not_found", "no such withdrawal")
}

// ListReopened returns the withdrawals that have not ended, and of which a refund of a deposit has failed
// or is requested. One may have ended before its refund failed, or its workflow was terminated, so no
// workflow may be running.
func (s *Store) ListReopened(ctx context.Context, depositID string) ([]funding.NewWithdrawal, error) {
	ids, err := s.db.Queries.ListReopenedWithdrawals(ctx, depositID)
	if err != nil {
		return nil, db.Translate(err)
	}
	reopened := make([]funding.NewWithdrawal, len(ids))
	for i, id := range ids {
		read, err := s.GetWithdrawal(ctx, id)
		if err != nil {
			return nil, err
		}
		reopened[i] = read.NewWithdrawal
	}
	return reopened, nil
}

// ListWithdrawals returns a page of withdrawals in the order of ids.
func (s *Store) ListWithdrawals(ctx context.Context, filter Filter, page db.Page) ([]funding.Withdrawal, error) {
	found, err := listWithdrawals(ctx, s.db.Queries, sqlc.ListWithdrawalsParams{
		OrganizationID: db.Optional(filter.OrganizationID), Status: db.Optional(filter.Status), AfterID: db.Optional(page.After), PageSize: page.Size,
	})
	return found, db.Translate(err)
}

func listWithdrawals(ctx context.Context, q *sqlc.Queries, params sqlc.ListWithdrawalsParams) ([]funding.Withdrawal, error) {
	rows, err := q.ListWithdrawals(ctx, params)
	if err != nil {
		return nil, err
	}
	withdrawals := make([]funding.Withdrawal, len(rows))
	for i, row := range rows {
		withdrawals[i] = funding.Withdrawal{
			NewWithdrawal: funding.NewWithdrawal{
				ID: row.ID, OrganizationID: row.OrganizationID, Currency: money.Currency(row.Currency), AmountMinor: row.AmountMinor,
				RequestedBy: row.RequestedBy, Now: row.CreatedAt,
			},
			Status: funding.WithdrawalStatus(row.Status), SentMinor: row.SentMinor, ReturnedMinor: row.ReturnedMinor, Cancelled: row.Cancelled, EndedAt: row.EndedAt,
		}
	}
	return withdrawals, nil
}

func numbered(number int) string { return strconv.Itoa(number) }
