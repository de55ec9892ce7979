package db

import (
	"context"
	"slices"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// ReleaseHolds moves up to limit accruals whose hold is over to "available", one entry per
// creator and currency, and returns how many. Zero means that none is due. Several callers
// may run at once: each takes other rows.
func (s *Store) ReleaseHolds(ctx context.Context, now time.Time, limit int) (int, error) {
	if err := s.ensureReleaseAccounts(ctx, now, limit); err != nil {
		return 0, err
	}
	released := 0
	err := s.inTx(ctx, func(q *sqlc.Queries) error {
		due, err := q.LockDueHolds(ctx, sqlc.LockDueHoldsParams{DueAt: now, Batch: int32(limit)})
		if err != nil || len(due) == 0 {
			return err
		}
		// Another caller may hold the rows we looked at first; what lies behind them can
		// belong to creators whose accounts are not open yet, and waits for the next pass.
		due = slices.DeleteFunc(due, func(hold sqlc.LockDueHoldsRow) bool {
			_, open := s.accounts.id(ledger.CreatorAvailable(hold.CreatorID))
			return !open
		})
		if released = len(due); released == 0 {
			return nil
		}
		return s.release(ctx, q, due, now)
	})
	return released, err
}

type releaseKey struct{ creatorID, currency string }

func (s *Store) release(ctx context.Context, q *sqlc.Queries, due []sqlc.LockDueHoldsRow, now time.Time) error {
	var order []releaseKey
	releases := map[releaseKey]*ledger.Release{}
	for _, hold := range due {
		key := releaseKey{hold.CreatorID, hold.Currency}
		if releases[key] == nil {
			releases[key] = &ledger.Release{Reference: hold.EntryID, CreatorID: hold.CreatorID, Currency: money.Currency(hold.Currency), At: now}
			order = append(order, key)
		}
		releases[key].AmountMinor += hold.AmountMinor
	}
	entries := make([]ledger.Entry, len(order))
	for i, key := range order {
		entries[i] = ledger.HoldReleased(*releases[key])
	}
	posted, err := s.post(ctx, q, entries...)
	if err != nil {
		return err
	}
	entryOf := make(map[releaseKey]string, len(order))
	for i, key := range order {
		entryOf[key] = posted[i].EntryID
	}
	update := sqlc.UpdateHoldsReleasedParams{}
	for _, hold := range due {
		update.EntryIds = append(update.EntryIds, hold.EntryID)
		update.CreatorIds = append(update.CreatorIds, hold.CreatorID)
		update.ReleaseEntryIds = append(update.ReleaseEntryIds, entryOf[releaseKey{hold.CreatorID, hold.Currency}])
	}
	return q.UpdateHoldsReleased(ctx, update)
}

// ensureReleaseAccounts opens "available" for the creators that are about to be released.
// A creator who becomes due after this look is released by the next pass.
func (s *Store) ensureReleaseAccounts(ctx context.Context, now time.Time, limit int) error {
	creators, err := s.queries.ListDueCreators(ctx, sqlc.ListDueCreatorsParams{DueAt: now, Batch: int32(limit)})
	if err != nil {
		return translate(err)
	}
	entry := ledger.Entry{}
	for _, creatorID := range creators {
		entry.Postings = append(entry.Postings, ledger.Posting{Account: ledger.CreatorPending(creatorID)}, ledger.Posting{Account: ledger.CreatorAvailable(creatorID)})
	}
	return s.ensureAccounts(ctx, entry)
}
