package audit

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// beside is what holds for all that is kept beside the journal.
type beside struct {
	kept bool
	// moment is when verification began, by the clock of the database.
	moment time.Time
	// holds are how long campaigns hold earnings back.
	holds map[string]time.Duration
	// closed are the closed periods, the newest first.
	closed []closedPeriod
}

// closedPeriod is a month that is closed with everything before it.
type closedPeriod struct {
	endsAt time.Time
	// closedAt is when it was closed, or a later one that closed it, too.
	closedAt time.Time
}

func (b *beside) load(ctx context.Context, q *sqlc.Queries) error {
	kept, err := q.GetVerificationStart(ctx)
	if err != nil {
		return err
	}
	b.kept, b.moment = kept.Kept, kept.Moment
	campaigns, err := q.ListCampaignHolds(ctx)
	if err != nil {
		return err
	}
	b.holds = make(map[string]time.Duration, len(campaigns))
	for _, row := range campaigns {
		var hold duration.Text
		if err := hold.UnmarshalText([]byte(row.Hold)); err != nil {
			return fmt.Errorf("read the hold of campaign %s: %w", row.ID, err)
		}
		b.holds[row.ID] = hold.Std()
	}
	periods, err := q.ListAccountingPeriods(ctx)
	for _, row := range periods {
		period := closedPeriod{row.EndsAt, row.ClosedAt}
		if last := len(b.closed) - 1; last >= 0 && b.closed[last].closedAt.Before(period.closedAt) {
			period.closedAt = b.closed[last].closedAt
		}
		b.closed = append(b.closed, period)
	}
	return err
}

// closedWhen returns when the period was closed in which a moment lies, or false.
func (b *beside) closedWhen(moment time.Time) (time.Time, bool) {
	later := sort.Search(len(b.closed), func(i int) bool { return !moment.Before(b.closed[i].endsAt) })
	if later == 0 {
		return time.Time{}, false
	}
	return b.closed[later-1].closedAt, true
}

// earned has the accruals of some entries, and their holds by entry.
type earned struct {
	accruals map[string]*sqlc.ListAccrualsOfRow
	holds    map[string][]sqlc.ListHoldsByRow
}

// readEarned reads what is kept beside the accruals of a block, in two statements.
func (r *blockReader) readEarned(ctx context.Context, entries []journal.Entry) (earned, error) {
	if !r.beside.kept {
		return earned{}, nil
	}
	var ids []string
	for i := range entries {
		if entries[i].Kind == ledger.KindEarningsAccrued {
			ids = append(ids, entries[i].ID)
		}
	}
	if len(ids) == 0 {
		return earned{}, nil
	}
	accruals, err := r.Q.ListAccrualsOf(ctx, ids)
	if err != nil {
		return earned{}, err
	}
	holds, err := r.Q.ListHoldsBy(ctx, ids)
	found := earned{accruals: make(map[string]*sqlc.ListAccrualsOfRow, len(accruals)), holds: make(map[string][]sqlc.ListHoldsByRow, len(accruals))}
	for i := range accruals {
		found.accruals[accruals[i].EntryID] = &accruals[i]
	}
	for _, hold := range holds {
		found.holds[hold.EntryID] = append(found.holds[hold.EntryID], hold)
	}
	return found, err
}

// checkEarned holds an entry that accrues earnings against its accrual and its holds: the
// accrual, told anew, must be the entry.
func (p *journalPass) checkEarned(entry *journal.Entry, found *earned) {
	if entry.Kind != ledger.KindEarningsAccrued || !p.beside.kept {
		return
	}
	row := found.accruals[entry.ID]
	if row == nil {
		p.add(Finding{"accrual", journal.NameOf(entry), "has no accrual beside it"})
		return
	}
	told := ledger.EarningsAccrued(ledger.Earning{
		ClipID: row.ClipID, Poll: int(row.Poll), CampaignID: row.CampaignID, CreatorID: row.CreatorID, AffiliateID: db.Text(row.AffiliateID),
		Currency: money.Currency(row.Currency), CreatorMinor: row.CreatorMinor, FeeMinor: row.FeeMinor, AffiliateMinor: row.AffiliateMinor,
	})
	switch {
	case told.Reference != entry.Reference || told.Currency != entry.Currency || !slices.Equal(told.Postings, entry.Postings) && !p.archives.HasEntry(entry.ID):
		p.add(Finding{"accrual", journal.NameOf(entry), fmt.Sprintf("its accrual says %s in %s: %v", told.Reference, told.Currency, told.Postings)})
	case !row.OwnClip:
		p.add(Finding{"accrual", journal.NameOf(entry), fmt.Sprintf("clip %s is not one of creator %s in campaign %s", row.ClipID, row.CreatorID, row.CampaignID)})
	case !p.beside.dates(row.AccruedAt, entry.EffectiveAt):
		p.add(Finding{"accrual", journal.NameOf(entry), fmt.Sprintf("was accrued at %s and is dated %s", row.AccruedAt.UTC().Format(time.RFC3339), entry.EffectiveAt.Format(time.RFC3339))})
	}
	p.checkHeld(entry, row, found.holds[entry.ID])
}

// dates reports whether what happened at a moment is dated as it should be: then, or at the
// first moment that was open.
func (b *beside) dates(at, effectiveAt time.Time) bool {
	return at.Equal(effectiveAt) || at.Before(effectiveAt) && slices.ContainsFunc(b.closed, func(period closedPeriod) bool { return period.endsAt.Equal(effectiveAt) })
}

// checkHeld holds the holds of an accrual against it: one for each who earns by it, due when
// the campaign's terms say.
func (p *journalPass) checkHeld(entry *journal.Entry, accrual *sqlc.ListAccrualsOfRow, holds []sqlc.ListHoldsByRow) {
	heldMinor := map[string]int64{}
	if accrual.CreatorMinor > 0 {
		heldMinor[accrual.CreatorID] += accrual.CreatorMinor
	}
	if accrual.AffiliateMinor > 0 {
		heldMinor[db.Text(accrual.AffiliateID)] += accrual.AffiliateMinor
	}
	wait, known := p.beside.holds[accrual.CampaignID]
	for _, hold := range holds {
		due := accrual.AccruedAt.Add(wait)
		if hold.CampaignID != accrual.CampaignID || hold.Currency != accrual.Currency || hold.AmountMinor != heldMinor[hold.CreatorID] || known && !hold.AvailableAt.Equal(due) {
			p.add(Finding{"hold", journal.NameOf(entry), fmt.Sprintf("holds %d %s of creator %s by campaign %s until %s, the accrual %d %s by campaign %s until %s",
				hold.AmountMinor, hold.Currency, hold.CreatorID, hold.CampaignID, hold.AvailableAt.UTC().Format(time.RFC3339),
				heldMinor[hold.CreatorID], accrual.Currency, accrual.CampaignID, due.UTC().Format(time.RFC3339))})
		}
		delete(heldMinor, hold.CreatorID)
	}
	for _, creatorID := range slices.Sorted(maps.Keys(heldMinor)) {
		p.add(Finding{"hold", journal.NameOf(entry), fmt.Sprintf("creator %s earned %d and has no hold of it", creatorID, heldMinor[creatorID])})
	}
}
