package funding

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// CreateDeposit stores a deposit as pending, or returns the one that an earlier identical call stored.
// It returns fault.NotFound "organization_not_found" and fault.Conflict "deposit_exists" if the id has
// other amounts, and the faults of funding.NewDeposit.Validate and funding.Settled.Require.
func (s *Store) CreateDeposit(ctx context.Context, create funding.NewDeposit) (funding.Deposit, error) {
	if err := create.Validate(); err != nil {
		return funding.Deposit{}, err
	}
	if err := s.requireSettled(ctx, create); err != nil {
		return funding.Deposit{}, err
	}
	err := s.db.Queries.InsertDeposit(ctx, sqlc.InsertDepositParams{
		ID: create.ID, OrganizationID: create.OrganizationID, Currency: string(create.Currency),
		AmountMinor: create.AmountMinor, SurchargeMinor: create.SurchargeMinor, RequestedBy: create.RequestedBy, CreatedAt: create.Now,
	})
	if err != nil {
		return funding.Deposit{}, db.Translate(err)
	}
	stored, err := s.GetDeposit(ctx, create.ID)
	if err != nil {
		return funding.Deposit{}, err
	}
	return stored, create.RequireSame(stored.NewDeposit)
}

// requireSettled refuses a new deposit whose payment would be converted. One that is stored already may have
// a payment.
func (s *Store) requireSettled(ctx context.Context, create funding.NewDeposit) error {
	settled, err := s.GetSettled(ctx)
	if err != nil {
		return err
	}
	refused := settled.Require(create.Currency, create.Now)
	if refused == nil {
		return nil
	}
	if _, err := s.GetDeposit(ctx, create.ID); !fault.Is(err, fault.NotFound) {
		return err
	}
	return refused
}

// FreezePayment stores that the generation after previous is about to be requested, and returns the
// deposit. A generation that was frozen before keeps its moment.
func (s *Store) FreezePayment(ctx context.Context, depositID string, previous int, at time.Time) (funding.Deposit, error) {
	if err := s.db.Queries.UpdateDepositAsked(ctx, sqlc.UpdateDepositAskedParams{ID: depositID, Generation: int32(previous), AskedAt: at}); err != nil {
		return funding.Deposit{}, db.Translate(err)
	}
	return s.GetDeposit(ctx, depositID)
}

// SetPayment stores the payment of a deposit. It returns fault.Conflict "payment_in_use" if the payment
// is another deposit's, and "deposit_has_payment" if the deposit has another payment.
func (s *Store) SetPayment(ctx context.Context, depositID, paymentIntentID string) error {
	stored, err := s.db.Queries.UpdateDepositPayment(ctx, sqlc.UpdateDepositPaymentParams{ID: depositID, PaymentIntentID: paymentIntentID})
	if err == nil && stored == 0 {
		return errHasPayment
	}
	return db.Translate(err)
}

// errHasPayment: a deposit has one payment. A second one is not booked, so the comparison with the
// processor shows it.
var errHasPayment = fault.New(fault.Conflict, "deposit_has_payment", "the deposit has another payment")

// RecordDeposit books a succeeded payment into the balance, once. It returns fault.Conflict
// "deposit_has_payment" if the deposit has another payment.
func (s *Store) RecordDeposit(ctx context.Context, deposit ledger.Deposit) error {
	paidAt := deposit.PaidAt
	if paidAt.IsZero() {
		paidAt = deposit.At
	}
	entry := ledger.DepositReceived(deposit)
	return s.inGuard(ctx, deposit.OrganizationID, deposit.Currency, func(q *sqlc.Queries) error {
		posted, err := s.journal.PostObjectIn(ctx, q, entry, deposit.PaymentIntentID)
		if err != nil || posted.Replayed {
			return err
		}
		received, err := q.UpdateDepositReceived(ctx, sqlc.UpdateDepositReceivedParams{
			ID: deposit.DepositID, PaymentIntentID: deposit.PaymentIntentID, Method: deposit.Method, PaidAt: paidAt, EndedAt: deposit.At,
		})
		if err == nil && received == 0 {
			return errHasPayment
		}
		return err
	}, entry)
}

// EndDeposit stores that no money can arrive through a deposit any more. One that has ended keeps its
// status.
func (s *Store) EndDeposit(ctx context.Context, end funding.DepositEnd) error {
	return db.Translate(s.db.Queries.UpdateDepositEnded(ctx, sqlc.UpdateDepositEndedParams{
		ID: end.DepositID, Status: string(end.Status), FailureCode: end.FailureCode, EndedAt: end.At,
	}))
}

// Paid is the deposit that a payment is for.
type Paid struct {
	DepositID      string
	OrganizationID string
	Currency       money.Currency
	// Received reports that the payment is booked.
	Received bool
}

// FindByPayment returns the deposit that a payment is for, or false if it is for none.
func (s *Store) FindByPayment(ctx context.Context, paymentIntentID string) (Paid, bool, error) {
	rows, err := s.db.Queries.FindDepositByPayment(ctx, paymentIntentID)
	if err != nil || len(rows) == 0 {
		return Paid{}, false, db.Translate(err)
	}
	return Paid{DepositID: rows[0].ID, OrganizationID: rows[0].OrganizationID, Currency: money.Currency(rows[0].Currency), Received: rows[0].Received}, true, nil
}

// GetDeposit returns one deposit, or fault.NotFound "deposit_not_found".
func (s *Store) GetDeposit(ctx context.Context, id string) (funding.Deposit, error) {
	found, err := s.listDeposits(ctx, sqlc.ListDepositsParams{OnlyID: &id, PageSize: 1})
	if err != nil {
		return funding.Deposit{}, err
	}
	if len(found) == 0 {
		return funding.Deposit{}, fault.New(fault.NotFound, "deposit_not_found", "no such deposit")
	}
	return found[0], nil
}

// Filter selects deposits or withdrawals. Empty fields select all.
type Filter struct {
	OrganizationID string
	Status         string
}

// ListDeposits returns a page of deposits in the order of ids.
func (s *Store) ListDeposits(ctx context.Context, filter Filter, page db.Page) ([]funding.Deposit, error) {
	return s.listDeposits(ctx, sqlc.ListDepositsParams{
		OrganizationID: db.Optional(filter.OrganizationID), Status: db.Optional(filter.Status), AfterID: db.Optional(page.After), PageSize: page.Size,
	})
}

func (s *Store) listDeposits(ctx context.Context, params sqlc.ListDepositsParams) ([]funding.Deposit, error) {
	rows, err := s.db.Queries.ListDeposits(ctx, params)
	if err != nil {
		return nil, db.Translate(err)
	}
	deposits := make([]funding.Deposit, len(rows))
	for i, row := range rows {
		deposits[i] = funding.Deposit{
			NewDeposit: funding.NewDeposit{
				ID: row.ID, OrganizationID: row.OrganizationID, Currency: money.Currency(row.Currency),
				AmountMinor: row.AmountMinor, SurchargeMinor: row.SurchargeMinor, RequestedBy: row.RequestedBy, Now: row.CreatedAt,
			},
			Status: funding.DepositStatus(row.Status), PaymentIntentID: db.Text(row.PaymentIntentID), CampaignID: db.Text(row.CampaignID), FailureCode: row.FailureCode,
			RefundedMinor: row.RefundedMinor, EndedAt: row.EndedAt, Generation: int(row.Generation), AskedAt: row.AskedAt,
		}
	}
	return deposits, nil
}
