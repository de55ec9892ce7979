package earnings

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// ReleaseHolds moves at most limit due holds to "available" and returns how many. Zero means that
// no hold is due. It posts one entry per creator and currency. Money that becomes available
// first pays the creator's debt to us. What CardHold keeps is not due, whatever the terms say.
//
// It locks the creators before it reads their holds. Otherwise a clawback could take from a hold
// while it is released, and two releases could pay one debt twice. All is one transaction, so
// after a crash a hold is either due for the next pass or released with the debt paid.
func (s *Store) ReleaseHolds(ctx context.Context, now time.Time, limit int) (int, error) {
	creators, err := s.db.Queries.ListDueCreators(ctx, sqlc.ListDueCreatorsParams{
		DueAt: now, KeptMethods: s.CardHold.Methods(), KeptSince: s.CardHold.Since(now), Batch: int32(limit),
	})
	if err != nil || len(creators) == 0 {
		return 0, db.Translate(err)
	}
	if err := s.openReleaseAccounts(ctx, creators); err != nil {
		return 0, err
	}
	released := 0
	err = s.db.InTx(ctx, func(q *sqlc.Queries) error {
		if _, err := q.LockCreators(ctx, creators); err != nil {
			return err
		}
		due, err := q.ListDueHolds(ctx, sqlc.ListDueHoldsParams{
			DueAt: now, CreatorIds: creators, KeptMethods: s.CardHold.Methods(), KeptSince: s.CardHold.Since(now), Batch: int32(limit),
		})
		if released = len(due); err != nil || released == 0 {
			return err
		}
		return s.release(ctx, q, due, now)
	})
	return released, err
}

type releaseKey struct{ creatorID, currency string }

func (s *Store) release(ctx context.Context, q *sqlc.Queries, due []sqlc.ListDueHoldsRow, now time.Time) error {
	releases := groupReleases(due, now)
	entries := make([]ledger.Entry, len(releases))
	for i, each := range releases {
		entries[i] = ledger.HoldReleased(ledger.Release{
			Reference: each.Recovery.Reference, CreatorID: each.Recovery.CreatorID, Currency: each.Recovery.Currency,
			AmountMinor: payout.SumMinor(each.Lines), At: now,
		})
	}
	posted, err := s.journal.PostIn(ctx, q, entries...)
	if err != nil {
		return err
	}
	entryOf := make(map[releaseKey]string, len(releases))
	for i, each := range releases {
		entryOf[releaseKey{each.Recovery.CreatorID, string(each.Recovery.Currency)}] = posted[i].EntryID
	}
	update := sqlc.UpdateHoldsReleasedParams{}
	for _, hold := range due {
		update.EntryIds = append(update.EntryIds, hold.EntryID)
		update.CreatorIds = append(update.CreatorIds, hold.CreatorID)
		update.ReleaseEntryIds = append(update.ReleaseEntryIds, entryOf[releaseKey{hold.CreatorID, hold.Currency}])
	}
	if err := q.UpdateHoldsReleased(ctx, update); err != nil {
		return err
	}
	return s.RecoverReceivables(ctx, q, releases)
}

// groupReleases sums up holds by creator and currency, with a line per campaign. The first hold
// and the creator make the reference of a release: a hold is released once, and an accrual may
// have two holds, one for the creator and one for the affiliate.
func groupReleases(due []sqlc.ListDueHoldsRow, now time.Time) []Released {
	var releases []Released
	index := map[releaseKey]int{}
	for _, hold := range due {
		key := releaseKey{hold.CreatorID, hold.Currency}
		i, ok := index[key]
		if !ok {
			i, index[key] = len(releases), len(releases)
			releases = append(releases, Released{Recovery: ledger.Recovery{
				Reference: hold.EntryID + "/" + hold.CreatorID, CreatorID: hold.CreatorID, Currency: money.Currency(hold.Currency), At: now,
			}})
		}
		releases[i].Add(hold.CampaignID, hold.AmountMinor)
	}
	for _, release := range releases {
		slices.SortFunc(release.Lines, func(a, b payout.Line) int { return cmp.Compare(a.CampaignID, b.CampaignID) })
	}
	return releases
}

func (s *Store) openReleaseAccounts(ctx context.Context, creators []string) error {
	entry := ledger.Entry{}
	for _, creatorID := range creators {
		entry.Postings = append(entry.Postings, ledger.Posting{Account: ledger.CreatorPending(creatorID)}, ledger.Posting{Account: ledger.CreatorAvailable(creatorID)})
	}
	return s.journal.OpenAccounts(ctx, entry)
}

// Hold is a new hold of an entry.
type Hold struct {
	EntryID     string
	CreatorID   string
	AmountMinor int64
	AvailableAt time.Time
}

// AddHold adds a hold to the rows of an insert. releaseEntryID is the entry that released it, or
// names.NilID.
func AddHold(holds *sqlc.InsertHoldsParams, hold Hold, releaseEntryID string) {
	holds.EntryIds = append(holds.EntryIds, hold.EntryID)
	holds.CreatorIds = append(holds.CreatorIds, hold.CreatorID)
	holds.AmountsMinor = append(holds.AmountsMinor, hold.AmountMinor)
	holds.AvailableAts = append(holds.AvailableAts, hold.AvailableAt)
	holds.ReleaseEntryIds = append(holds.ReleaseEntryIds, releaseEntryID)
}
