package payouts

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// ListAdoptionItems returns a page of the payouts of an adoption, in the order of ids.
func (s *Store) ListAdoptionItems(ctx context.Context, id string, page db.Page) ([]adoption.Item, error) {
	return s.listItems(ctx, sqlc.ListAdoptionItemsParams{AdoptionID: id, AfterPayout: db.Optional(page.After), PageSize: page.Size})
}

// ListFailedAdoptionItems returns the first payouts of an adoption that are set aside, at most limit.
func (s *Store) ListFailedAdoptionItems(ctx context.Context, id string, limit int) ([]adoption.Item, error) {
	return s.listItems(ctx, sqlc.ListAdoptionItemsParams{AdoptionID: id, IsFailed: true, PageSize: int32(limit)})
}

// ListOpenAdoptionItems returns the first payouts of an adoption that are waiting, or whose workflow
// was not started, at most limit. One that failed at failedBefore or later is left out.
func (s *Store) ListOpenAdoptionItems(ctx context.Context, id string, failedBefore time.Time, limit int) ([]adoption.Item, error) {
	rows, err := s.db.Queries.ListOpenAdoptionItems(ctx, sqlc.ListOpenAdoptionItemsParams{
		AdoptionID: id, FailedBefore: failedBefore.Truncate(time.Microsecond), PageSize: int32(limit),
	})
	if err != nil {
		return nil, db.Translate(err)
	}
	items := make([]adoption.Item, len(rows))
	for i, row := range rows {
		items[i] = newAdoptionItem(sqlc.LockAdoptionItemRow(row))
	}
	return items, nil
}

func (s *Store) listItems(ctx context.Context, narrow sqlc.ListAdoptionItemsParams) ([]adoption.Item, error) {
	rows, err := s.db.Queries.ListAdoptionItems(ctx, narrow)
	if err != nil {
		return nil, db.Translate(err)
	}
	items := make([]adoption.Item, len(rows))
	for i, row := range rows {
		items[i] = newAdoptionItem(sqlc.LockAdoptionItemRow(row))
	}
	return items, nil
}

func newAdoptionItem(row sqlc.LockAdoptionItemRow) adoption.Item {
	return adoption.Item{
		PayoutID: row.PayoutID, TransferID: row.TransferID, Generation: int(row.Generation), Account: row.Account, CreatorID: row.CreatorID,
		Period: row.Period, RunNumber: int(row.RunNumber), Currency: money.Currency(row.Currency), AmountMinor: row.AmountMinor, TransferredAt: row.TransferredAt,
		Outcome: adoption.Outcome(row.Outcome), Refusal: adoption.Obstacle(db.Text(row.Refusal)), AdvancedMinor: row.AdvancedMinor,
		Failure: adoption.Failure{Code: db.Text(row.FailureCode), Detail: db.Text(row.FailureDetail)},
	}
}

// SetAsideAdopted notes that payouts of an adoption failed at a time, and why. The last failure of a
// payout is kept until it is booked and its workflow was started.
func (s *Store) SetAsideAdopted(ctx context.Context, id string, failed []adoption.SetAside, at time.Time) error {
	update := sqlc.UpdateAdoptionItemsFailedParams{AdoptionID: id, FailedAt: at.Truncate(time.Microsecond)}
	for _, each := range failed {
		update.PayoutIds = append(update.PayoutIds, each.PayoutID)
		update.Codes = append(update.Codes, each.Failure.Code)
		update.Details = append(update.Details, each.Failure.Detail)
	}
	return db.Translate(s.db.Queries.UpdateAdoptionItemsFailed(ctx, update))
}

// RecordAdopted notes that the workflows of booked payouts were started.
func (s *Store) RecordAdopted(ctx context.Context, id string, payoutIDs []string) error {
	return db.Translate(s.db.Queries.UpdateAdoptionItemsAdopted(ctx, sqlc.UpdateAdoptionItemsAdoptedParams{AdoptionID: id, PayoutIds: payoutIDs}))
}

// StopAdoption leaves the payouts of an approved adoption that are not booked yet. They stay as they
// are at the processor, and another adoption can take them up. A repeated call changes nothing. It
// returns fault.NotFound "adoption_not_found" and fault.Conflict "adoption_not_approved".
func (s *Store) StopAdoption(ctx context.Context, id string) (adoption.Adoption, error) {
	var stopped adoption.Adoption
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		row, err := q.LockAdoption(ctx, id)
		if err != nil {
			return db.OrNotFound(err, "adoption")
		}
		if adoption.Status(row.Status) != adoption.Approved {
			return fault.New(fault.Conflict, "adoption_not_approved", "the adoption is %s: only an approved one can be stopped", row.Status)
		}
		if err := q.UpdateAdoptionItemsLeft(ctx, id); err != nil {
			return err
		}
		stopped, err = readAdoption(ctx, q, id)
		return err
	})
	return stopped, err
}
