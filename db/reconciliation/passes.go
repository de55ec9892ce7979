package reconciliation

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// inTransitInterval is how often recent passes read a bank payout in transit. The payout's
// workflow reads it more often; passes find payouts whose workflow is gone.
const inTransitInterval = 6 * time.Hour

// OpenPass stores a pass, once.
func (s *Store) OpenPass(ctx context.Context, pass reconcile.Pass) error {
	return db.Translate(s.db.Queries.InsertReconciliationPass(ctx, sqlc.InsertReconciliationPassParams{
		ID: pass.ID, StartedAt: pass.StartedAt, Since: pass.Since, Whole: !pass.Recent,
	}))
}

// ChooseReach returns where a pass that starts now begins, and whether it is a recent one.
func (s *Store) ChooseReach(ctx context.Context, reach reconcile.Reach, now time.Time) (since time.Time, recent bool, err error) {
	last, err := s.db.Queries.FindLastPasses(ctx, now.Add(time.Duration(-reach.Window)))
	if err != nil {
		return time.Time{}, false, db.Translate(err)
	}
	since, recent = reach.Since(now, last.Latest, last.LatestWhole)
	return since, recent, nil
}

// RecordObjects stores the state of objects at Stripe as of askedAt. It does not overwrite a later
// state.
func (s *Store) RecordObjects(ctx context.Context, objects []reconcile.Object, askedAt time.Time) error {
	// All passes lock objects in the same order, so two passes cannot deadlock.
	sorted := slices.Clone(objects)
	slices.SortStableFunc(sorted, func(a, b reconcile.Object) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID))
	})
	sorted = slices.CompactFunc(sorted, func(a, b reconcile.Object) bool { return a.Type == b.Type && a.ID == b.ID })
	upsert := sqlc.UpsertProcessorObjectsParams{SeenAt: askedAt}
	for _, object := range sorted {
		if object.CreatedAt.IsZero() {
			object.CreatedAt = askedAt // an absent object has no creation time
		}
		upsert.ObjectTypes = append(upsert.ObjectTypes, string(object.Type))
		upsert.ObjectIds = append(upsert.ObjectIds, object.ID)
		upsert.Accounts = append(upsert.Accounts, object.Account)
		upsert.AmountsMinor = append(upsert.AmountsMinor, object.AmountMinor)
		upsert.FeesMinor = append(upsert.FeesMinor, object.FeeMinor)
		upsert.Currencies = append(upsert.Currencies, string(object.Currency))
		upsert.Statuses = append(upsert.Statuses, object.Status)
		upsert.ReversedMinors = append(upsert.ReversedMinors, object.ReversedMinor)
		upsert.PayoutIds = append(upsert.PayoutIds, object.PayoutID)
		upsert.CampaignIds = append(upsert.CampaignIds, object.CampaignID)
		upsert.DepositIds = append(upsert.DepositIds, object.DepositID)
		upsert.Generations = append(upsert.Generations, int32(object.Generation))
		upsert.SourceTypes = append(upsert.SourceTypes, string(object.SourceType))
		upsert.SourceIds = append(upsert.SourceIds, object.SourceID)
		upsert.ParentIds = append(upsert.ParentIds, object.ParentID)
		upsert.CreatedAts = append(upsert.CreatedAts, object.CreatedAt)
	}
	if len(sorted) == 0 {
		return nil
	}
	return db.Translate(s.db.Queries.UpsertProcessorObjects(ctx, upsert))
}

// ListAccountsPaid returns at most limit connected accounts whose bank payouts a pass must list,
// after the account after. These are the accounts with a payout in the window. A recent pass
// lists only accounts with a payout that no pass has seen.
func (s *Store) ListAccountsPaid(ctx context.Context, pass reconcile.Pass, after string, limit int) ([]string, error) {
	if pass.Recent {
		accounts, err := s.db.Queries.ListAccountsPaidLately(ctx, sqlc.ListAccountsPaidLatelyParams{
			Since: pass.Since, Before: pass.StartedAt.Add(time.Duration(-pass.Grace)), After: after, Batch: int32(limit),
		})
		return accounts, db.Translate(err)
	}
	accounts, err := s.db.Queries.ListAccountsPaid(ctx, sqlc.ListAccountsPaidParams{Since: pass.Since, After: after, Batch: int32(limit)})
	return accounts, db.Translate(err)
}

// ListUnseen returns at most limit objects, after the key after, that a pass must read by id.
// Stripe's lists start at the window and do not include them.
func (s *Store) ListUnseen(ctx context.Context, pass reconcile.Pass, after reconcile.Key, limit int) ([]reconcile.Named, error) {
	rows, err := s.db.Queries.ListUnseenObjects(ctx, sqlc.ListUnseenObjectsParams{
		BookedSince: firstID(pass.Since), Since: pass.Since, PendingStatuses: reconcile.Pending(), StartedAt: pass.StartedAt,
		Recent: pass.Recent, GraceSeconds: pass.Grace.Std().Seconds(), BookedBefore: pass.StartedAt.Add(time.Duration(-pass.Grace)), UnderWaySince: pass.StartedAt.Add(-inTransitInterval),
		AfterType: string(after.Type), AfterID: after.ID, Batch: int32(limit),
	})
	if err != nil {
		return nil, db.Translate(err)
	}
	unseen := make([]reconcile.Named, len(rows))
	for i, row := range rows {
		unseen[i] = reconcile.Named{Type: reconcile.ObjectType(row.ObjectType), ID: row.ObjectID, Account: row.Account, ParentID: row.ParentID}
	}
	return unseen, nil
}

// firstID returns the smallest id that db.NewID can return from a time on.
func firstID(from time.Time) string {
	var id uuid.UUID
	var milliseconds [8]byte
	binary.BigEndian.PutUint64(milliseconds[:], uint64(max(0, from.UnixMilli())))
	copy(id[:6], milliseconds[2:])
	return id.String()
}

// Compare compares one page of the objects of a pass with the books, stores the differences, and
// clears those that are gone. It returns the key after which the next page begins, and whether
// there may be one.
func (s *Store) Compare(ctx context.Context, compare reconcile.Comparison) (next reconcile.Key, more bool, err error) {
	err = s.db.InTx(ctx, func(q *sqlc.Queries) error {
		rows, err := q.ListReconciliationPairs(ctx, sqlc.ListReconciliationPairsParams{
			StartedAt: compare.Pass.StartedAt, AfterType: string(compare.After.Type), AfterID: compare.After.ID, Batch: int32(compare.Limit),
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		last := rows[len(rows)-1]
		next, more = reconcile.Key{Type: reconcile.ObjectType(last.ObjectType), ID: last.ObjectID}, len(rows) == compare.Limit
		return storeDifferences(ctx, q, compare, rows)
	})
	return next, more, err
}

// storeDifferences classifies pairs, stores their differences and clears old ones.
func storeDifferences(ctx context.Context, q *sqlc.Queries, compare reconcile.Comparison, rows []sqlc.ListReconciliationPairsRow) error {
	found := sqlc.UpsertDifferencesParams{Now: compare.Now, PassID: compare.Pass.ID}
	decided := sqlc.ClearDifferencesParams{Now: &compare.Now, PassID: &compare.Pass.ID}
	for _, row := range rows {
		pair := pairOf(row)
		verdict := reconcile.Classify(pair, reconcile.Patience{Now: compare.Now, Grace: compare.Grace.Std()})
		if verdict.Undecided {
			continue
		}
		decided.ObjectTypes = append(decided.ObjectTypes, row.ObjectType)
		decided.ObjectIds = append(decided.ObjectIds, row.ObjectID)
		for _, difference := range verdict.Differences {
			found.Ids = append(found.Ids, db.NewID())
			found.Classes = append(found.Classes, string(difference.Class))
			found.ObjectTypes = append(found.ObjectTypes, row.ObjectType)
			found.ObjectIds = append(found.ObjectIds, row.ObjectID)
			found.Accounts = append(found.Accounts, row.Account)
			found.ParentIds = append(found.ParentIds, parentOf(row))
			found.Subjects = append(found.Subjects, pair.Subject)
			found.Ours = append(found.Ours, difference.Ours)
			found.Theirs = append(found.Theirs, difference.Theirs)
			found.Currencies = append(found.Currencies, cmp.Or(row.Currency, row.EntryCurrency, row.PayoutCurrency, row.BudgetCurrency))
			found.Details = append(found.Details, difference.Detail)
			found.Blocking = append(found.Blocking, difference.Blocking)
			found.CreatorIds = append(found.CreatorIds, row.CreatorID)
			found.ShiftsMinor = append(found.ShiftsMinor, difference.Shift.AmountMinor)
			found.ShiftCurrencies = append(found.ShiftCurrencies, string(difference.Shift.Currency))
			found.NeedBookings = append(found.NeedBookings, difference.Shift.Needed)
		}
	}
	decided.FoundTypes, decided.FoundIds, decided.FoundClasses = found.ObjectTypes, found.ObjectIds, found.Classes
	if len(decided.ObjectIds) > 0 {
		if err := q.ClearDifferences(ctx, decided); err != nil {
			return err
		}
	}
	if len(found.Ids) == 0 {
		return nil
	}
	return q.UpsertDifferences(ctx, found)
}

// parentOf returns the transfer that Stripe requires to read a reversal.
func parentOf(row sqlc.ListReconciliationPairsRow) string {
	if row.ObjectType == string(reconcile.TransferReversal) {
		return row.SourceID
	}
	return row.ParentID
}

func pairOf(row sqlc.ListReconciliationPairsRow) reconcile.Pair {
	pair := reconcile.Pair{
		Theirs: reconcile.Object{
			Type: reconcile.ObjectType(row.ObjectType), ID: row.ObjectID, Account: row.Account, AmountMinor: row.AmountMinor,
			Currency: money.Currency(row.Currency), Status: row.Status, ReversedMinor: row.ReversedMinor,
			PayoutID: row.PayoutID, CampaignID: row.CampaignID, DepositID: row.DepositID, Generation: int(row.Generation),
			SourceType: reconcile.ObjectType(row.SourceType), SourceID: row.SourceID, ParentID: row.ParentID, CreatedAt: row.CreatedAt,
		},
		ChangedAt: row.ChangedAt, SeenAt: row.LastSeenAt, RivalID: row.RivalID, SourceUnbooked: row.SourceUnbooked, CancelledOut: row.CancelledOut,
		SettledOutside: reconcile.Settled(row.SettledOutside), Ours: bookedOf(row),
	}
	switch {
	case row.OfPayout != "":
		pair.Subject = names.Payout(row.OfPayout)
	case row.OfCampaign != "":
		pair.Subject = names.Campaign(row.OfCampaign)
	case row.OfDeposit != "":
		pair.Subject = names.Deposit(row.OfDeposit)
	}
	return pair
}

// bookedOf returns our side of an object: its entry, or else the payout attempt or the campaign
// that waits for it. It returns nil without any of them.
func bookedOf(row sqlc.ListReconciliationPairsRow) *reconcile.Booked {
	isBooked := row.EntryKind != ""
	ours := reconcile.Booked{Position: reconcile.Moved, AmountMinor: row.GrossMinor, Currency: money.Currency(row.EntryCurrency), At: row.KnownAt, PlatformMinor: row.PlatformMinor}
	switch {
	case row.ObjectType == string(reconcile.BalanceTransaction):
		ours.AmountMinor = row.PlatformMinor
	case row.ObjectType == string(reconcile.Dispute):
		ours.AmountMinor = row.DisputedMinor
		ours.Position = map[string]reconcile.Position{"": reconcile.Moving, "won": reconcile.Back, "lost": reconcile.Moved}[row.DisputeOutcome]
	case !isBooked && row.BudgetCurrency != "":
		return &reconcile.Booked{Position: reconcile.Idle, AmountMinor: row.BudgetMinor, Currency: money.Currency(row.BudgetCurrency)}
	case !isBooked && row.AttemptOutcome != "":
		ours.AmountMinor, ours.Currency = row.PayoutMinor, money.Currency(row.PayoutCurrency)
		if row.ObjectType == string(reconcile.BankPayout) {
			ours.Position = reconcile.Moving
		}
		isBooked = true
	}
	if !isBooked {
		return nil
	}
	if row.ObjectType == string(reconcile.Dispute) {
		return &ours
	}
	isUndone := row.IsUndone || row.AttemptOutcome == string(payout.AttemptUndone) && row.ObjectType != string(reconcile.TransferReversal)
	if isUndone || row.EntryKind == string(ledger.KindBankPayoutFailed) {
		ours.Position = reconcile.Back
	}
	return &ours
}
