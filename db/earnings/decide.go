package earnings

import (
	"cmp"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/views"
)

// decideAll answers every reading, in the order in which they came: with what is on record
// for it, or with what it earns now. The same reading twice in one batch counts once, and
// the second is answered like the first. A reading that is refused has its error and leaves
// no trace; its neighbours go on.
func (b *accrualBatch) decideAll(pending []*pendingReading, recorded map[readingName]sqlc.ListRecordedReadingsRow) {
	first := make(map[readingName]*pendingReading, len(pending))
	for _, each := range pending {
		name := nameOf(each.reading)
		if row, onRecord := recorded[name]; onRecord {
			each.result, each.err = b.replay(each.reading, row)
		} else if twin, decided := first[name]; decided {
			each.result, each.err = twin.repeat(each.reading)
		} else if each.result, each.err = b.decide(each.reading); each.err == nil {
			first[name] = each
		}
	}
}

func (b *accrualBatch) replay(reading views.Observation, row sqlc.ListRecordedReadingsRow) (earnings.Credit, error) {
	was := counted{row.AttemptID, row.Views, row.Likes, row.Comments, row.Shares, row.ObservedAt.UnixMicro()}
	if was != countedBy(reading) {
		return earnings.Credit{}, observationReused(reading)
	}
	limit := earnings.Limit(row.LimitedBy)
	return earnings.Credit{
		GrossMinor: row.GrossMinor, LimitedBy: limit, Views: row.Views, HighWaterViews: row.HighWaterViews,
		ExhaustedBudget: row.GrossMinor > 0 && limit == earnings.Budget, CampaignStatus: campaign.Status(row.CampaignStatus), Replayed: true,
	}, nil
}

// counted is what a reading says. The database keeps microseconds.
type counted struct {
	attemptID                      string
	views, likes, comments, shares int64
	observedAtMicros               int64
}

func countedBy(r views.Observation) counted {
	return counted{r.AttemptID, r.Reading.Views, r.Reading.Likes, r.Reading.Comments, r.Reading.Shares, r.Reading.ObservedAt.UnixMicro()}
}

// repeat answers a reading that was decided a moment ago in the same batch.
func (p *pendingReading) repeat(again views.Observation) (earnings.Credit, error) {
	if countedBy(again) != countedBy(p.reading) {
		return earnings.Credit{}, observationReused(again)
	}
	result := p.result
	result.Replayed = true
	return result, nil
}

func observationReused(reading views.Observation) error {
	return fault.New(fault.Conflict, "observation_reused", "poll %d of clip %s was recorded before with other counts, or by another look: give this reading the next number", reading.Poll, reading.ClipID)
}

// decide credits one reading in memory. Views gained while the campaign is not live are
// seen but never credited. A refusal changes nothing.
func (b *accrualBatch) decide(reading views.Observation) (earnings.Credit, error) {
	standing, ok := b.standings.clips[reading.ClipID]
	if !ok {
		return earnings.Credit{}, fault.New(fault.NotFound, "clip_not_found", "campaign %s has no clip %s", b.campaignID, reading.ClipID)
	}
	if reading.Poll <= standing.lastPoll {
		return earnings.Credit{}, fault.New(fault.Conflict, "reading_out_of_order", "poll %d of clip %s comes after poll %d was recorded", reading.Poll, reading.ClipID, standing.lastPoll)
	}
	state := views.Advance(standing.state, reading.Reading.Views, b.status != campaign.Live)
	accrual := earnings.Accrual{LimitedBy: earnings.NoLimit}
	if b.status == campaign.Live {
		var err error
		if accrual, err = b.accrue(standing, state, reading.Now); err != nil {
			return earnings.Credit{}, err
		}
	}
	standing.state, standing.lastPoll = state, reading.Poll
	b.observe(reading, state, accrual.LimitedBy)
	if accrual.GrossMinor > 0 {
		b.credit(reading, standing, accrual)
	}
	return earnings.Credit{
		GrossMinor: accrual.GrossMinor, LimitedBy: accrual.LimitedBy, ExhaustedBudget: accrual.ExhaustsBudget(),
		Views: reading.Reading.Views, HighWaterViews: state.HighWaterViews, CampaignStatus: b.status,
	}, nil
}

func (b *accrualBatch) accrue(standing *clipStanding, state views.State, now time.Time) (earnings.Accrual, error) {
	return earnings.Accrue(b.terms, earnings.Standing{
		CreditableViews:   state.Creditable(),
		CreditedViews:     standing.creditedViews,
		ClipGrossMinor:    standing.grossMinor,
		CreatorGrossMinor: b.standings.creators[standing.creatorID],
		DayGrossMinor:     b.daySpentMinor(now),
		HasAffiliate:      standing.affiliateID != "",
		BudgetLeftMinor:   b.budget.FundedMinor - b.budget.SpentMinor - b.budget.RefundedMinor - b.budget.DisputedMinor,
		BudgetDisputed:    b.budget.DisputedMinor > 0,
	})
}

// daySpentMinor starts a new day's pacing when now lies in one. A reading that comes late,
// from the day before, counts for the day that has begun: going back would forget what the
// new day has spent.
func (b *accrualBatch) daySpentMinor(now time.Time) int64 {
	day := now.UTC().Truncate(24 * time.Hour)
	if b.budget.PacingDay == nil || day.After(*b.budget.PacingDay) {
		b.budget.PacingDay, b.budget.PacingDaySpentMinor = &day, 0
	}
	return b.budget.PacingDaySpentMinor
}

func (b *accrualBatch) observe(reading views.Observation, state views.State, limitedBy earnings.Limit) {
	w := &b.write
	w.ClipIds = append(w.ClipIds, reading.ClipID)
	w.Polls = append(w.Polls, int32(reading.Poll))
	w.Providers = append(w.Providers, reading.Provider)
	w.AttemptIds = append(w.AttemptIds, reading.AttemptID)
	w.Views = append(w.Views, reading.Reading.Views)
	w.Likes = append(w.Likes, reading.Reading.Likes)
	w.Comments = append(w.Comments, reading.Reading.Comments)
	w.Shares = append(w.Shares, reading.Reading.Shares)
	w.HighWaterViews = append(w.HighWaterViews, state.HighWaterViews)
	w.ExcludedViews = append(w.ExcludedViews, state.ExcludedViews)
	w.ObservedAts = append(w.ObservedAts, reading.Reading.ObservedAt)
	w.LimitedBy = append(w.LimitedBy, string(limitedBy))
}

func (b *accrualBatch) credit(reading views.Observation, standing *clipStanding, accrual earnings.Accrual) {
	standing.grossMinor += accrual.GrossMinor
	standing.creditedViews = accrual.CreditedViewsAfter
	b.standings.creators[standing.creatorID] += accrual.GrossMinor
	b.budget.SpentMinor += accrual.GrossMinor
	b.budget.PacingDaySpentMinor += accrual.GrossMinor
	b.entries = append(b.entries, ledger.EarningsAccrued(ledger.Earning{
		ClipID: reading.ClipID, Poll: reading.Poll, CampaignID: b.campaignID, CreatorID: standing.creatorID, AffiliateID: standing.affiliateID,
		Currency: money.Currency(b.budget.Currency), CreatorMinor: accrual.CreatorMinor, FeeMinor: accrual.FeeMinor, AffiliateMinor: accrual.AffiliateMinor, At: reading.Now,
	}))
	w := &b.write
	w.AccrualClipIds = append(w.AccrualClipIds, reading.ClipID)
	w.AccrualPolls = append(w.AccrualPolls, int32(reading.Poll))
	w.CreatorIds = append(w.CreatorIds, standing.creatorID)
	w.AffiliateIds = append(w.AffiliateIds, cmp.Or(standing.affiliateID, names.NilID))
	w.GrossMinor = append(w.GrossMinor, accrual.GrossMinor)
	w.CreatorMinor = append(w.CreatorMinor, accrual.CreatorMinor)
	w.FeeMinor = append(w.FeeMinor, accrual.FeeMinor)
	w.AffiliateMinor = append(w.AffiliateMinor, accrual.AffiliateMinor)
	w.CreditedViewsAfter = append(w.CreditedViewsAfter, accrual.CreditedViewsAfter)
	w.ClipGrossAfterMinor = append(w.ClipGrossAfterMinor, standing.grossMinor)
	w.CreatorGrossAfterMinor = append(w.CreatorGrossAfterMinor, b.standings.creators[standing.creatorID])
	w.AccruedAts = append(w.AccruedAts, reading.Now)
	w.SpentMinor += accrual.GrossMinor
	b.hold(len(b.entries)-1, standing.creatorID, accrual.CreatorMinor, reading.Now)
	b.hold(len(b.entries)-1, standing.affiliateID, accrual.AffiliateMinor, reading.Now)
}

// hold keeps back what somebody earns by an entry of the batch, whose id is not known yet.
func (b *accrualBatch) hold(entry int, creatorID string, amountMinor int64, now time.Time) {
	if amountMinor == 0 {
		return
	}
	w := &b.write
	b.holdEntries = append(b.holdEntries, entry)
	w.HoldCreatorIds = append(w.HoldCreatorIds, creatorID)
	w.HoldAmountsMinor = append(w.HoldAmountsMinor, amountMinor)
	w.AvailableAts = append(w.AvailableAts, now.Add(b.terms.Hold.Std()))
}

// name gives accruals and holds the ids of their entries, and the batch its campaign.
func (b *accrualBatch) name(entryIDs []string) {
	b.write.EntryIds = entryIDs
	for _, entry := range b.holdEntries {
		b.write.HoldEntryIds = append(b.write.HoldEntryIds, entryIDs[entry])
	}
	b.write.CampaignID, b.write.Currency, b.write.CampaignStatus = b.campaignID, b.budget.Currency, string(b.status)
	b.write.PacingDay, b.write.PacingDaySpentMinor = b.budget.PacingDay, b.budget.PacingDaySpentMinor
}
