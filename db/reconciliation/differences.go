package reconciliation

import (
	"context"
	"slices"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
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
	// Subject is payout/{id}, campaign/{id} or deposit/{id}, or empty if the object belongs to none.
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
	// Shift is what an entry has to post so that the books agree with Stripe.
	Shift     reconcile.Shift
	creatorID string
	// Acknowledgement is what one person proposed. It is empty without a proposal, and another
	// person has approved it once AcknowledgedAt is set.
	Acknowledgement Acknowledgement
}

// IsOpen reports whether the difference is neither cleared nor acknowledged.
func (d Difference) IsOpen() bool { return d.ClearedAt == nil && d.AcknowledgedAt == nil }

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

// ListMissed returns the disputes, campaigns, deposits, converted payments and payouts of the newest open
// differences, at most limit, that were found since a time. Without a time it also returns the converted
// payments that are still to be refunded: a workflow may have been terminated.
func (s *Store) ListMissed(ctx context.Context, foundSince time.Time, limit int) (reconcile.Missed, error) {
	rows, err := s.db.Queries.ListMissedDifferences(ctx, sqlc.ListMissedDifferencesParams{FoundSince: foundSince, Batch: int32(limit)})
	var missed reconcile.Missed
	for _, row := range rows {
		campaignID, _ := names.CampaignIDOf(row.Subject)
		payoutID, ofPayout := names.PayoutIDOf(row.Subject)
		depositID, ofDeposit := names.DepositIDOf(row.Subject)
		switch {
		case ofPayout:
			missed.PayoutIDs = appendOnce(missed.PayoutIDs, payoutID)
		case row.ObjectType == string(reconcile.Dispute):
			missed.DisputeIDs = append(missed.DisputeIDs, row.ObjectID)
		case row.ConvertedPaymentID != "":
			missed.ConvertedPaymentIDs = appendOnce(missed.ConvertedPaymentIDs, row.ConvertedPaymentID)
		case ofDeposit:
			missed.DepositIDs = appendOnce(missed.DepositIDs, depositID)
		default:
			missed.CampaignIDs = appendOnce(missed.CampaignIDs, campaignID)
		}
	}
	if err != nil || !foundSince.IsZero() {
		return missed, db.Translate(err)
	}
	unreturned, err := s.db.Queries.ListUnreturnedPayments(ctx, int32(limit))
	for _, id := range unreturned {
		missed.ConvertedPaymentIDs = appendOnce(missed.ConvertedPaymentIDs, id)
	}
	return missed, db.Translate(err)
}

func appendOnce(ids []string, id string) []string {
	if slices.Contains(ids, id) {
		return ids
	}
	return append(ids, id)
}

func newDifference(row sqlc.ListDifferencesRow) Difference {
	return Difference{
		ID: row.ID, Class: reconcile.Class(row.Class), ObjectType: reconcile.ObjectType(row.ObjectType), ObjectID: row.ObjectID,
		Account: row.Account, Subject: row.Subject, Ours: row.Ours, Theirs: row.Theirs, Currency: money.Currency(row.Currency),
		Detail: row.Detail, Blocking: row.Blocking, FoundAt: row.FoundAt, LastSeenAt: row.LastSeenAt,
		ClearedAt: row.ClearedAt, AcknowledgedAt: row.AcknowledgedAt, AcknowledgedBy: db.Text(row.AcknowledgedBy),
		Shift:     reconcile.Shift{AmountMinor: row.ShiftMinor, Currency: money.Currency(row.ShiftCurrency), Needed: row.NeedsBooking},
		creatorID: row.CreatorID,
		Acknowledgement: Acknowledgement{
			ProposedAt: row.ProposedAt, ProposedBy: db.Text(row.ProposedBy), Reason: db.Text(row.Reason), Booking: db.Text(row.Booking),
		},
	}
}
