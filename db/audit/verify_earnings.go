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

// verificationFacts are what the checks of entries need from other tables: the holds of
// campaigns and the closed periods.
type verificationFacts struct {
	// hasRecords is false for an imported journal, which comes without campaigns and accruals.
	hasRecords bool
	// startedAt is when the verification started, by the clock of the database.
	startedAt time.Time
	// holds are the durations for which campaigns hold earnings, by campaign.
	holds map[string]time.Duration
	// closed are the closed periods, the newest first.
	closed []closedPeriod
}

// closedPeriod is a closed month. All months before it are closed too.
type closedPeriod struct {
	endsAt time.Time
	// closedAt is when the month was closed, or the earliest moment at which a later month was
	// closed, if that is before.
	closedAt time.Time
}

func (f *verificationFacts) load(ctx context.Context, q *sqlc.Queries) error {
	start, err := q.GetVerificationStart(ctx)
	if err != nil {
		return err
	}
	f.hasRecords, f.startedAt = start.Kept, start.Moment
	campaigns, err := q.ListCampaignHolds(ctx)
	if err != nil {
		return err
	}
	f.holds = make(map[string]time.Duration, len(campaigns))
	for _, row := range campaigns {
		var hold duration.Text
		if err := hold.UnmarshalText([]byte(row.Hold)); err != nil {
			return fmt.Errorf("read the hold of campaign %s: %w", row.ID, err)
		}
		f.holds[row.ID] = hold.Std()
	}
	periods, err := q.ListAccountingPeriods(ctx)
	for _, row := range periods {
		period := closedPeriod{row.EndsAt, row.ClosedAt}
		if last := len(f.closed) - 1; last >= 0 && f.closed[last].closedAt.Before(period.closedAt) {
			period.closedAt = f.closed[last].closedAt
		}
		f.closed = append(f.closed, period)
	}
	return err
}

// closedWhen returns when the period of a moment was closed. It returns false if it is open.
func (f *verificationFacts) closedWhen(moment time.Time) (time.Time, bool) {
	newer := sort.Search(len(f.closed), func(i int) bool { return !moment.Before(f.closed[i].endsAt) })
	if newer == 0 {
		return time.Time{}, false
	}
	return f.closed[newer-1].closedAt, true
}

// blockEarnings are the accruals and the holds of the entries of a block, by entry.
type blockEarnings struct {
	accruals map[string]*sqlc.ListAccrualsOfRow
	holds    map[string][]sqlc.ListHoldsByRow
}

// readEarnings reads the accruals and the holds of a block, in two statements.
func (r *blockReader) readEarnings(ctx context.Context, entries []journal.Entry) (blockEarnings, error) {
	if !r.facts.hasRecords {
		return blockEarnings{}, nil
	}
	var ids []string
	for i := range entries {
		if entries[i].Kind == ledger.KindEarningsAccrued {
			ids = append(ids, entries[i].ID)
		}
	}
	if len(ids) == 0 {
		return blockEarnings{}, nil
	}
	accruals, err := r.Q.ListAccrualsOf(ctx, ids)
	if err != nil {
		return blockEarnings{}, err
	}
	holds, err := r.Q.ListHoldsBy(ctx, ids)
	found := blockEarnings{accruals: make(map[string]*sqlc.ListAccrualsOfRow, len(accruals)), holds: make(map[string][]sqlc.ListHoldsByRow, len(accruals))}
	for i := range accruals {
		found.accruals[accruals[i].EntryID] = &accruals[i]
	}
	for _, hold := range holds {
		found.holds[hold.EntryID] = append(found.holds[hold.EntryID], hold)
	}
	return found, err
}

// checkEarnings compares an entry that accrues earnings with its accrual and its holds. The
// entry that the accrual makes must equal the stored one.
func (p *journalPass) checkEarnings(entry *journal.Entry, found *blockEarnings) {
	if entry.Kind != ledger.KindEarningsAccrued || !p.facts.hasRecords {
		return
	}
	row := found.accruals[entry.ID]
	if row == nil {
		p.add(Finding{"accrual", journal.NameOf(entry), "has no accrual"})
		return
	}
	expected := ledger.EarningsAccrued(ledger.Earning{
		ClipID: row.ClipID, Poll: int(row.Poll), CampaignID: row.CampaignID, CreatorID: row.CreatorID, AffiliateID: db.Text(row.AffiliateID),
		Currency: money.Currency(row.Currency), CreatorMinor: row.CreatorMinor, FeeMinor: row.FeeMinor, AffiliateMinor: row.AffiliateMinor,
	})
	switch {
	case expected.Reference != entry.Reference || expected.Currency != entry.Currency || !slices.Equal(expected.Postings, entry.Postings) && !p.archives.HasEntry(entry.ID):
		p.add(Finding{"accrual", journal.NameOf(entry), fmt.Sprintf("its accrual makes the entry %s in %s with %v", expected.Reference, expected.Currency, expected.Postings)})
	case !row.OwnClip:
		p.add(Finding{"accrual", journal.NameOf(entry), fmt.Sprintf("clip %s does not belong to creator %s in campaign %s", row.ClipID, row.CreatorID, row.CampaignID)})
	case !p.facts.hasDate(row.AccruedAt, entry.EffectiveAt):
		p.add(Finding{"accrual", journal.NameOf(entry), fmt.Sprintf("was accrued at %s and is dated %s", row.AccruedAt.UTC().Format(time.RFC3339), entry.EffectiveAt.Format(time.RFC3339))})
	}
	p.checkAccrualHolds(entry, row, found.holds[entry.ID])
}

// hasDate reports whether an event has the right effective date. The date is the moment of the
// event. If the period of the event was closed, it can be the end of a closed period.
func (f *verificationFacts) hasDate(at, effectiveAt time.Time) bool {
	return at.Equal(effectiveAt) || at.Before(effectiveAt) && slices.ContainsFunc(f.closed, func(period closedPeriod) bool { return period.endsAt.Equal(effectiveAt) })
}

// checkAccrualHolds compares an accrual with its holds. The creator and the affiliate each have
// one hold if they earn money by it. A hold ends when the campaign's terms say.
func (p *journalPass) checkAccrualHolds(entry *journal.Entry, accrual *sqlc.ListAccrualsOfRow, holds []sqlc.ListHoldsByRow) {
	heldMinor := map[string]int64{}
	if accrual.CreatorMinor > 0 {
		heldMinor[accrual.CreatorID] += accrual.CreatorMinor
	}
	if accrual.AffiliateMinor > 0 {
		heldMinor[db.Text(accrual.AffiliateID)] += accrual.AffiliateMinor
	}
	wait, known := p.facts.holds[accrual.CampaignID]
	for _, hold := range holds {
		due := accrual.AccruedAt.Add(wait)
		if hold.CampaignID != accrual.CampaignID || hold.Currency != accrual.Currency || hold.AmountMinor != heldMinor[hold.CreatorID] || known && !hold.AvailableAt.Equal(due) {
			p.add(Finding{"hold", journal.NameOf(entry), fmt.Sprintf("holds %d %s of creator %s by campaign %s until %s, but its accrual requires %d %s by campaign %s until %s",
				hold.AmountMinor, hold.Currency, hold.CreatorID, hold.CampaignID, hold.AvailableAt.UTC().Format(time.RFC3339),
				heldMinor[hold.CreatorID], accrual.Currency, accrual.CampaignID, due.UTC().Format(time.RFC3339))})
		}
		delete(heldMinor, hold.CreatorID)
	}
	for _, creatorID := range slices.Sorted(maps.Keys(heldMinor)) {
		p.add(Finding{"hold", journal.NameOf(entry), fmt.Sprintf("creator %s earned %d, but has no hold", creatorID, heldMinor[creatorID])})
	}
}
