package db

import (
	"time"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/views"
)

// decide credits one reading in memory. Views gained while the campaign is not live are
// seen but never credited. A refusal changes nothing.
func (b *accrualBatch) decide(reading RecordReading) (Recorded, error) {
	standing, ok := b.clips[reading.ClipID]
	if !ok {
		return Recorded{}, fault.New(fault.NotFound, "clip_not_found", "campaign %s has no clip %s", b.campaignID, reading.ClipID)
	}
	state := views.Advance(standing.state, reading.Reading.Views, b.status != campaign.Live)
	accrual := earnings.Accrual{LimitedBy: earnings.NoLimit}
	if b.status == campaign.Live {
		var err error
		if accrual, err = b.accrue(standing, state, reading.Now); err != nil {
			return Recorded{}, err
		}
	}
	standing.state = state
	b.observe(reading, state)
	if accrual.GrossMinor > 0 {
		b.credit(reading, standing, accrual)
	}
	return Recorded{
		GrossMinor: accrual.GrossMinor, LimitedBy: accrual.LimitedBy, ExhaustedBudget: accrual.ExhaustsBudget(),
		Views: reading.Reading.Views, HighWaterViews: state.HighWaterViews, CampaignStatus: b.status,
	}, nil
}

func (b *accrualBatch) accrue(standing *clipStanding, state views.State, now time.Time) (earnings.Accrual, error) {
	return earnings.Accrue(b.terms, earnings.Standing{
		CreditableViews:   state.Creditable(),
		CreditedViews:     standing.creditedViews,
		ClipGrossMinor:    standing.grossMinor,
		CreatorGrossMinor: b.creators[standing.creatorID],
		DayGrossMinor:     b.daySpentMinor(now),
		BudgetLeftMinor:   b.budget.FundedMinor - b.budget.SpentMinor - b.budget.RefundedMinor,
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

func (b *accrualBatch) observe(reading RecordReading, state views.State) {
	o := &b.observations
	o.Ids = append(o.Ids, reading.ObservationID)
	o.ClipIds = append(o.ClipIds, reading.ClipID)
	o.Polls = append(o.Polls, int32(reading.Poll))
	o.Providers = append(o.Providers, reading.Provider)
	o.AttemptIds = append(o.AttemptIds, reading.AttemptID)
	o.Views = append(o.Views, reading.Reading.Views)
	o.Likes = append(o.Likes, reading.Reading.Likes)
	o.Comments = append(o.Comments, reading.Reading.Comments)
	o.Shares = append(o.Shares, reading.Reading.Shares)
	o.HighWaterViews = append(o.HighWaterViews, state.HighWaterViews)
	o.ExcludedViews = append(o.ExcludedViews, state.ExcludedViews)
	o.ObservedAts = append(o.ObservedAts, reading.Reading.ObservedAt)
}

func (b *accrualBatch) credit(reading RecordReading, standing *clipStanding, accrual earnings.Accrual) {
	standing.grossMinor += accrual.GrossMinor
	standing.creditedViews = accrual.CreditedViewsAfter
	b.creators[standing.creatorID] += accrual.GrossMinor
	b.budget.SpentMinor += accrual.GrossMinor
	b.budget.PacingDaySpentMinor += accrual.GrossMinor
	b.entries = append(b.entries, ledger.EarningsAccrued(ledger.Earning{
		ObservationID: reading.ObservationID, CampaignID: b.campaignID, CreatorID: standing.creatorID,
		Currency: money.Currency(b.budget.Currency), CreatorMinor: accrual.CreatorMinor, FeeMinor: accrual.FeeMinor, At: reading.Now,
	}))
	id, a := newID(), &b.accruals
	a.Ids = append(a.Ids, id)
	a.ClipIds = append(a.ClipIds, reading.ClipID)
	a.CreatorIds = append(a.CreatorIds, standing.creatorID)
	a.ObservationIds = append(a.ObservationIds, reading.ObservationID)
	a.GrossMinor = append(a.GrossMinor, accrual.GrossMinor)
	a.CreatorMinor = append(a.CreatorMinor, accrual.CreatorMinor)
	a.FeeMinor = append(a.FeeMinor, accrual.FeeMinor)
	a.CreditedViewsAfter = append(a.CreditedViewsAfter, accrual.CreditedViewsAfter)
	a.ClipGrossAfterMinor = append(a.ClipGrossAfterMinor, standing.grossMinor)
	a.CreatorGrossAfterMinor = append(a.CreatorGrossAfterMinor, b.creators[standing.creatorID])
	a.LimitedBy = append(a.LimitedBy, string(accrual.LimitedBy))
	a.AccruedAts = append(a.AccruedAts, reading.Now)
	if accrual.CreatorMinor > 0 {
		h := &b.holds
		h.AccrualIds = append(h.AccrualIds, id)
		h.CreatorIds = append(h.CreatorIds, standing.creatorID)
		h.AmountsMinor = append(h.AmountsMinor, accrual.CreatorMinor)
		h.AvailableAts = append(h.AvailableAts, reading.Now.Add(b.terms.Hold))
	}
}
