package reconciliation

import (
	"context"
	"slices"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// FinishPass marks a pass as finished and returns its counts. Calling it again counts again.
func (s *Store) FinishPass(ctx context.Context, passID string, unreadable int, now time.Time) (reconcile.PassResult, error) {
	row, err := s.db.Queries.FinishReconciliationPass(ctx, sqlc.FinishReconciliationPassParams{ID: passID, Unreadable: int32(unreadable), Now: now})
	return reconcile.PassResult(row), db.Translate(err)
}

// ListPasses returns a page of passes, newest first.
func (s *Store) ListPasses(ctx context.Context, page db.Page) ([]reconcile.PassResult, error) {
	rows, err := s.db.Queries.ListReconciliationPasses(ctx, sqlc.ListReconciliationPassesParams{BeforeID: db.Optional(page.After), PageSize: page.Size})
	if err != nil {
		return nil, db.Translate(err)
	}
	passes := make([]reconcile.PassResult, len(rows))
	for i, row := range rows {
		passes[i] = reconcile.PassResult(row)
	}
	return passes, nil
}

// Difference is a difference between Stripe and the books, open or cleared.
type Difference struct {
	ID         string
	Class      reconcile.Class
	ObjectType reconcile.ObjectType
	ObjectID   string
	Account    string
	// Subject is payout/{id} or campaign/{id}, or empty if the object belongs to neither.
	Subject  string
	Ours     string
	Theirs   string
	Currency money.Currency
	Detail   string
	Blocking bool
	FoundAt  time.Time
	// LastSeenAt is when a pass last found the difference.
	LastSeenAt     time.Time
	ClearedAt      *time.Time
	AcknowledgedAt *time.Time
	AcknowledgedBy string
}

// IsOpen reports whether the difference is neither cleared nor acknowledged.
func (d Difference) IsOpen() bool { return d.ClearedAt == nil && d.AcknowledgedAt == nil }

// isAcknowledgeable reports whether a person may acknowledge the difference. A balance transaction
// never changes, nor does its entry, so only an adjustment can correct its amount.
func (d Difference) isAcknowledgeable() bool {
	return d.Class == reconcile.Unknown || d.Class == reconcile.Amount && d.ObjectType == reconcile.BalanceTransaction
}

// DifferenceFilter selects differences. Empty fields select all.
type DifferenceFilter struct {
	Class    reconcile.Class
	Open     *bool
	Blocking *bool
}

// ListDifferences returns a page of differences, newest first.
func (s *Store) ListDifferences(ctx context.Context, filter DifferenceFilter, page db.Page) ([]Difference, error) {
	rows, err := s.db.Queries.ListDifferences(ctx, sqlc.ListDifferencesParams{
		Class: db.Optional(string(filter.Class)), Open: filter.Open, Blocking: filter.Blocking, BeforeID: db.Optional(page.After), PageSize: page.Size,
	})
	if err != nil {
		return nil, db.Translate(err)
	}
	differences := make([]Difference, len(rows))
	for i, row := range rows {
		differences[i] = newDifference(row)
	}
	return differences, nil
}

// ListMissed returns the disputes and campaigns of the newest open differences, at most limit, that
// were found since a time.
func (s *Store) ListMissed(ctx context.Context, foundSince time.Time, limit int) (reconcile.Missed, error) {
	rows, err := s.db.Queries.ListMissedDifferences(ctx, sqlc.ListMissedDifferencesParams{FoundSince: foundSince, Batch: int32(limit)})
	var missed reconcile.Missed
	for _, row := range rows {
		campaignID, _ := names.CampaignIDOf(row.Subject)
		switch {
		case row.ObjectType == string(reconcile.Dispute):
			missed.DisputeIDs = append(missed.DisputeIDs, row.ObjectID)
		case !slices.Contains(missed.CampaignIDs, campaignID):
			missed.CampaignIDs = append(missed.CampaignIDs, campaignID)
		}
	}
	return missed, db.Translate(err)
}

// Acknowledge records, once, that a person accounts elsewhere for an unknown object or for the
// amount of a balance transaction. It returns fault.NotFound "difference_not_found",
// fault.Conflict "not_acknowledgeable" for any other difference, and fault.Conflict
// "difference_cleared".
func (s *Store) Acknowledge(ctx context.Context, id string, action access.OperatorAction, now time.Time) (Difference, error) {
	var acknowledged Difference
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		row, err := q.GetDifferenceForUpdate(ctx, id)
		if err != nil {
			return db.OrNotFound(err, "difference")
		}
		acknowledged = newDifference(sqlc.ListDifferencesRow(row))
		switch {
		case !acknowledged.isAcknowledgeable():
			return fault.New(fault.Conflict, "not_acknowledgeable", "only an unknown object or the amount of a balance transaction can be acknowledged. Fix the cause of this %s difference; the next pass clears it", acknowledged.Class)
		case acknowledged.ClearedAt != nil:
			return fault.New(fault.Conflict, "difference_cleared", "the difference is cleared already")
		case acknowledged.AcknowledgedAt != nil:
			return nil
		}
		acknowledged.AcknowledgedAt, acknowledged.AcknowledgedBy = &now, action.Actor
		if err := q.AcknowledgeDifference(ctx, sqlc.AcknowledgeDifferenceParams{ID: id, Actor: action.Actor, Now: now}); err != nil {
			return err
		}
		action.Subject, action.Action = names.Difference(id), "acknowledge"
		return db.RecordAction(ctx, q, action)
	})
	return acknowledged, err
}

func newDifference(row sqlc.ListDifferencesRow) Difference {
	return Difference{
		ID: row.ID, Class: reconcile.Class(row.Class), ObjectType: reconcile.ObjectType(row.ObjectType), ObjectID: row.ObjectID,
		Account: row.Account, Subject: row.Subject, Ours: row.Ours, Theirs: row.Theirs, Currency: money.Currency(row.Currency),
		Detail: row.Detail, Blocking: row.Blocking, FoundAt: row.FoundAt, LastSeenAt: row.LastSeenAt,
		ClearedAt: row.ClearedAt, AcknowledgedAt: row.AcknowledgedAt, AcknowledgedBy: db.Text(row.AcknowledgedBy),
	}
}
