package db

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// PassResult is what a pass saw and found. StillOpen and Blocking count over all passes.
type PassResult struct {
	ID         string
	StartedAt  time.Time
	Since      time.Time
	FinishedAt *time.Time
	Objects    int32
	// Unreadable counts accounts and objects that Stripe would not show to us.
	Unreadable int32
	Found      int32
	Cleared    int32
	StillOpen  int32
	Blocking   int32
}

// FinishReconciliationPass counts what a pass has found. A repetition counts again.
func (s *Store) FinishReconciliationPass(ctx context.Context, passID string, unreadable int, now time.Time) (PassResult, error) {
	row, err := s.queries.FinishReconciliationPass(ctx, sqlc.FinishReconciliationPassParams{ID: passID, Unreadable: int32(unreadable), Now: now})
	return PassResult(row), translate(err)
}

// ReconciliationPasses returns a page of passes, latest first.
func (s *Store) ReconciliationPasses(ctx context.Context, page Page) ([]PassResult, error) {
	rows, err := s.queries.ListReconciliationPasses(ctx, sqlc.ListReconciliationPassesParams{BeforeID: optional(page.After), PageSize: page.Size})
	if err != nil {
		return nil, translate(err)
	}
	passes := make([]PassResult, len(rows))
	for i, row := range rows {
		passes[i] = PassResult(row)
	}
	return passes, nil
}

// StoredDifference is one thing in which Stripe and the books differ, or once differed.
type StoredDifference struct {
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
func (d StoredDifference) IsOpen() bool { return d.ClearedAt == nil && d.AcknowledgedAt == nil }

// isAcknowledgeable reports whether a person may say that they have accounted for it. A movement
// of the balance never changes, nor does its entry: only an adjustment makes up for it.
func (d StoredDifference) isAcknowledgeable() bool {
	return d.Class == reconcile.Unknown || d.Class == reconcile.Amount && d.ObjectType == reconcile.BalanceTransaction
}

// DifferenceFilter narrows a list of differences; empty fields do not.
type DifferenceFilter struct {
	Class    reconcile.Class
	Open     *bool
	Blocking *bool
}

// Differences returns a page, latest first.
func (s *Store) Differences(ctx context.Context, narrow DifferenceFilter, page Page) ([]StoredDifference, error) {
	rows, err := s.queries.ListDifferences(ctx, sqlc.ListDifferencesParams{
		Class: optional(string(narrow.Class)), Open: narrow.Open, Blocking: narrow.Blocking, BeforeID: optional(page.After), PageSize: page.Size,
	})
	if err != nil {
		return nil, translate(err)
	}
	differences := make([]StoredDifference, len(rows))
	for i, row := range rows {
		differences[i] = newDifference(row)
	}
	return differences, nil
}

// LostNews are changes at Stripe that somebody should have been told of: disputes that are not
// booked as they stand, and campaigns with a refund that is not booked, or that failed after it
// was.
type LostNews struct {
	DisputeIDs  []string `json:"dispute_ids,omitempty"`
	CampaignIDs []string `json:"campaign_ids,omitempty"`
}

// LostNews lists what open differences tell that were found since a time, latest first, from at
// most limit of them.
func (s *Store) LostNews(ctx context.Context, foundSince time.Time, limit int) (LostNews, error) {
	rows, err := s.queries.ListLostNews(ctx, sqlc.ListLostNewsParams{FoundSince: foundSince, Batch: int32(limit)})
	var news LostNews
	for _, row := range rows {
		campaignID := strings.TrimPrefix(row.Subject, "campaign/")
		switch {
		case row.ObjectType == string(reconcile.Dispute):
			news.DisputeIDs = append(news.DisputeIDs, row.ObjectID)
		case !slices.Contains(news.CampaignIDs, campaignID):
			news.CampaignIDs = append(news.CampaignIDs, campaignID)
		}
	}
	return news, translate(err)
}

// BlockingDifferences returns the sentences of the latest open differences that block payout
// runs.
func (s *Store) BlockingDifferences(ctx context.Context, limit int) ([]string, error) {
	yes := true
	open, err := s.Differences(ctx, DifferenceFilter{Open: &yes, Blocking: &yes}, Page{Size: int32(limit)})
	sentences := make([]string, len(open))
	for i, difference := range open {
		sentences[i] = string(difference.Class) + ": " + difference.Detail
	}
	return sentences, err
}

// AcknowledgeDifference says that a person has looked at something unknown, or at the amount of
// a movement of the balance, and accounts for it elsewhere, once. It returns fault.NotFound
// "difference_not_found", fault.Conflict "not_acknowledgeable" for any other, and fault.Conflict
// "difference_cleared".
func (s *Store) AcknowledgeDifference(ctx context.Context, id string, action OperatorAction, now time.Time) (StoredDifference, error) {
	var acknowledged StoredDifference
	err := s.inTx(ctx, func(q *sqlc.Queries) error {
		row, err := q.GetDifferenceForUpdate(ctx, id)
		if err != nil {
			return orNotFound(err, "difference")
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
		action.Subject, action.Action = "difference/"+id, "acknowledge"
		return recordAction(ctx, q, action)
	})
	return acknowledged, err
}

func newDifference(row sqlc.ListDifferencesRow) StoredDifference {
	return StoredDifference{
		ID: row.ID, Class: reconcile.Class(row.Class), ObjectType: reconcile.ObjectType(row.ObjectType), ObjectID: row.ObjectID,
		Account: row.Account, Subject: row.Subject, Ours: row.Ours, Theirs: row.Theirs, Currency: money.Currency(row.Currency),
		Detail: row.Detail, Blocking: row.Blocking, FoundAt: row.FoundAt, LastSeenAt: row.LastSeenAt,
		ClearedAt: row.ClearedAt, AcknowledgedAt: row.AcknowledgedAt, AcknowledgedBy: value(row.AcknowledgedBy),
	}
}
