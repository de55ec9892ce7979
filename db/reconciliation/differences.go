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

// FinishPass counts what a pass has found. A repetition counts again.
func (s *Store) FinishPass(ctx context.Context, passID string, unreadable int, now time.Time) (reconcile.PassResult, error) {
	row, err := s.db.Queries.FinishReconciliationPass(ctx, sqlc.FinishReconciliationPassParams{ID: passID, Unreadable: int32(unreadable), Now: now})
	return reconcile.PassResult(row), db.Translate(err)
}

// ListPasses returns a page of passes, latest first.
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

// Difference is one thing in which Stripe and the books differ, or once differed.
type Difference struct {
	ID         string
	Class      reconcile.Class
	ObjectType reconcile.ObjectType
	ObjectID   string
	Account    string
	// Subject is the payout or campaign it belongs to, payout/{id} or campaign/{id}; may be empty.
	Subject  string
	Ours     string
	Theirs   string
	Currency money.Currency
	Detail   string
	Blocking bool
	FoundAt  time.Time
	// LastSeenAt is when a pass last found it.
	LastSeenAt     time.Time
	ClearedAt      *time.Time
	AcknowledgedAt *time.Time
	AcknowledgedBy string
}

// IsOpen reports whether nothing has been done about it yet.
func (d Difference) IsOpen() bool { return d.ClearedAt == nil && d.AcknowledgedAt == nil }

// isAcknowledgeable reports whether a person may say that they have accounted for it. A movement
// of the balance never changes, nor does its entry: only an adjustment makes up for it.
func (d Difference) isAcknowledgeable() bool {
	return d.Class == reconcile.Unknown || d.Class == reconcile.Amount && d.ObjectType == reconcile.BalanceTransaction
}

// DifferenceFilter narrows a list of differences; empty fields do not.
type DifferenceFilter struct {
	Class    reconcile.Class
	Open     *bool
	Blocking *bool
}

// ListDifferences returns a page, latest first.
func (s *Store) ListDifferences(ctx context.Context, narrow DifferenceFilter, page db.Page) ([]Difference, error) {
	rows, err := s.db.Queries.ListDifferences(ctx, sqlc.ListDifferencesParams{
		Class: db.Optional(string(narrow.Class)), Open: narrow.Open, Blocking: narrow.Blocking, BeforeID: db.Optional(page.After), PageSize: page.Size,
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

// ListMissed lists what open differences tell that were found since a time, latest first, from at
// most limit of them.
func (s *Store) ListMissed(ctx context.Context, foundSince time.Time, limit int) (reconcile.Missed, error) {
	rows, err := s.db.Queries.ListDifferencesToSignal(ctx, sqlc.ListDifferencesToSignalParams{FoundSince: foundSince, Batch: int32(limit)})
	var news reconcile.Missed
	for _, row := range rows {
		campaignID, _ := names.CampaignID(row.Subject)
		switch {
		case row.ObjectType == string(reconcile.Dispute):
			news.DisputeIDs = append(news.DisputeIDs, row.ObjectID)
		case !slices.Contains(news.CampaignIDs, campaignID):
			news.CampaignIDs = append(news.CampaignIDs, campaignID)
		}
	}
	return news, db.Translate(err)
}

// ListBlocking returns the sentences of the latest open differences that block payout
// runs.
func (s *Store) ListBlocking(ctx context.Context, limit int) ([]string, error) {
	yes := true
	open, err := s.ListDifferences(ctx, DifferenceFilter{Open: &yes, Blocking: &yes}, db.Page{Size: int32(limit)})
	sentences := make([]string, len(open))
	for i, difference := range open {
		sentences[i] = string(difference.Class) + ": " + difference.Detail
	}
	return sentences, err
}

// Acknowledge says that a person has looked at something unknown, or at the amount of
// a movement of the balance, and accounts for it elsewhere, once. It returns fault.NotFound
// "difference_not_found", fault.Conflict "not_acknowledgeable" for any other, and fault.Conflict
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
			return fault.New(fault.Conflict, "not_acknowledgeable", "only what is unknown, or the amount of a balance transaction, can be acknowledged: remove the cause of this %s and it clears by itself", acknowledged.Class)
		case acknowledged.ClearedAt != nil:
			return fault.New(fault.Conflict, "difference_cleared", "the difference is gone already")
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
