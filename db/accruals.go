package db

import (
	"context"
	"encoding/json"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/views"
)

// RecordReading is one reading of a clip on its way into the books. ObservationID names it:
// the same id recorded twice credits once.
type RecordReading struct {
	ObservationID string
	CampaignID    string
	ClipID        string
	Poll          int
	Provider      string
	AttemptID     string
	Reading       views.Reading
	// Now is when it is credited; the hold counts from here.
	Now time.Time
}

// Recorded is what a reading did.
type Recorded struct {
	GrossMinor     int64
	LimitedBy      earnings.Limit
	Views          int64
	HighWaterViews int64
	// ExhaustedBudget is true for the one reading whose accrual ended the budget.
	ExhaustedBudget bool
	// CampaignStatus is the campaign's status when the reading was recorded.
	CampaignStatus campaign.Status
	Replayed       bool
}

// RecordReading stores the reading and credits what it earns under every cap, in one
// transaction shared with other readings of the campaign that arrive meanwhile. It returns
// fault.NotFound for an unknown clip or campaign.
func (s *Store) RecordReading(ctx context.Context, reading RecordReading) (Recorded, error) {
	return s.commits.submit(ctx, reading)
}

// accrualBatch is the work of one transaction on one campaign.
type accrualBatch struct {
	campaignID string
	status     campaign.Status
	terms      campaign.Terms
	budget     sqlc.CampaignBudget
	day        time.Time

	clips    map[string]*clipStanding
	creators map[string]int64 // gross so far in this campaign

	observations sqlc.InsertObservationsParams
	accruals     sqlc.InsertAccrualsParams
	holds        sqlc.InsertHoldsParams
	entries      []ledger.Entry
}

type clipStanding struct {
	creatorID     string
	state         views.State
	creditedViews int64
	grossMinor    int64
}

// commitReadings locks the budget guard in one statement and decides in the next: a
// statement that waited for a lock still sees the snapshot from before the wait.
func (s *Store) commitReadings(ctx context.Context, campaignID string, pending []*pendingReading) error {
	if err := s.ensureEarningAccounts(ctx, campaignID, pending); err != nil {
		return err
	}
	return s.inTx(ctx, func(q *sqlc.Queries) error {
		budget, err := q.LockCampaignBudget(ctx, campaignID)
		if err != nil {
			return fault.New(fault.NotFound, "campaign_not_found", "no such campaign").Because(err)
		}
		batch := &accrualBatch{campaignID: campaignID, budget: budget}
		if err := batch.load(ctx, q, pending); err != nil {
			return err
		}
		fresh, err := answerReplayed(ctx, q, batch, pending)
		if err != nil {
			return err
		}
		for _, reading := range fresh {
			if err := batch.decide(reading); err != nil {
				return err
			}
		}
		return s.write(ctx, q, batch)
	})
}

// ensureEarningAccounts opens the accounts of every creator in the batch beforehand.
func (s *Store) ensureEarningAccounts(ctx context.Context, campaignID string, pending []*pendingReading) error {
	clipIDs := make([]string, len(pending))
	for i, reading := range pending {
		clipIDs[i] = reading.reading.ClipID
	}
	creators, err := s.queries.ListClipCreators(ctx, clipIDs)
	if err != nil {
		return translate(err)
	}
	entry := ledger.Entry{Postings: []ledger.Posting{{Account: ledger.CampaignEscrow(campaignID)}, {Account: ledger.PlatformFees}}}
	for _, creatorID := range creators {
		entry.Postings = append(entry.Postings, ledger.Posting{Account: ledger.CreatorPending(creatorID)})
	}
	return s.ensureAccounts(ctx, entry)
}

func (b *accrualBatch) load(ctx context.Context, q *sqlc.Queries, pending []*pendingReading) error {
	row, err := q.GetCampaignForDecision(ctx, b.campaignID)
	if err != nil {
		return err
	}
	b.status = campaign.Status(row.Status)
	if err := json.Unmarshal(row.Terms, &b.terms); err != nil {
		return err
	}
	clipIDs := make([]string, len(pending))
	for i, reading := range pending {
		clipIDs[i] = reading.reading.ClipID
	}
	standings, err := q.ListClipStandings(ctx, clipIDs)
	if err != nil {
		return err
	}
	b.clips = make(map[string]*clipStanding, len(standings))
	var creatorIDs []string
	for _, standing := range standings {
		if standing.CampaignID != b.campaignID {
			continue
		}
		b.clips[standing.ID] = &clipStanding{
			creatorID:     standing.CreatorID,
			state:         views.State{HighWaterViews: standing.HighWaterViews, ExcludedViews: standing.ExcludedViews},
			creditedViews: standing.CreditedViews,
			grossMinor:    standing.ClipGrossMinor,
		}
		creatorIDs = append(creatorIDs, standing.CreatorID)
	}
	return b.loadCreators(ctx, q, creatorIDs)
}

func (b *accrualBatch) loadCreators(ctx context.Context, q *sqlc.Queries, creatorIDs []string) error {
	totals, err := q.ListCreatorTotals(ctx, sqlc.ListCreatorTotalsParams{CampaignID: b.campaignID, CreatorIds: creatorIDs})
	if err != nil {
		return err
	}
	b.creators = make(map[string]int64, len(totals))
	for _, total := range totals {
		b.creators[total.CreatorID] = total.GrossMinor
	}
	return nil
}

// answerReplayed gives readings that are on record their first result, and returns the
// others. The same id twice in one batch counts once: the second is answered like the first.
func answerReplayed(ctx context.Context, q *sqlc.Queries, batch *accrualBatch, pending []*pendingReading) ([]*pendingReading, error) {
	ids := make([]string, len(pending))
	for i, reading := range pending {
		ids[i] = reading.reading.ObservationID
	}
	rows, err := q.ListRecordedObservations(ctx, ids)
	if err != nil {
		return nil, err
	}
	recorded := make(map[string]sqlc.ListRecordedObservationsRow, len(rows))
	for _, row := range rows {
		recorded[row.ID] = row
	}
	var fresh []*pendingReading
	seen := map[string]bool{}
	for _, reading := range pending {
		row, replayed := recorded[reading.reading.ObservationID]
		switch {
		case replayed && (row.ClipID != reading.reading.ClipID || row.Views != reading.reading.Reading.Views):
			return nil, fault.New(fault.Conflict, "observation_reused", "observation %s was recorded before with another count", row.ID)
		case replayed:
			limit := earnings.Limit(row.LimitedBy)
			reading.result = Recorded{
				GrossMinor: row.GrossMinor, LimitedBy: limit, Views: row.Views, HighWaterViews: row.HighWaterViews,
				ExhaustedBudget: row.GrossMinor > 0 && limit == earnings.Budget, CampaignStatus: batch.status, Replayed: true,
			}
		case seen[reading.reading.ObservationID]:
			return nil, fault.New(fault.Conflict, "observation_twice", "the same observation came twice at once: send it again")
		default:
			seen[reading.reading.ObservationID] = true
			fresh = append(fresh, reading)
		}
	}
	return fresh, nil
}

// decide credits one reading in memory. Views gained while the campaign is not live are
// seen but never credited.
func (b *accrualBatch) decide(pending *pendingReading) error {
	reading := pending.reading
	standing, ok := b.clips[reading.ClipID]
	if !ok {
		return fault.New(fault.NotFound, "clip_not_found", "campaign %s has no clip %s", b.campaignID, reading.ClipID)
	}
	standing.state = views.Advance(standing.state, reading.Reading.Views, b.status != campaign.Live)
	b.observe(reading, standing.state)
	pending.result = Recorded{LimitedBy: earnings.NoLimit, Views: reading.Reading.Views, HighWaterViews: standing.state.HighWaterViews, CampaignStatus: b.status}
	if b.status != campaign.Live {
		return nil
	}
	accrual, err := earnings.Accrue(b.terms, earnings.Standing{
		CreditableViews:   standing.state.Creditable(),
		CreditedViews:     standing.creditedViews,
		ClipGrossMinor:    standing.grossMinor,
		CreatorGrossMinor: b.creators[standing.creatorID],
		DayGrossMinor:     b.daySpentMinor(reading.Now),
		BudgetLeftMinor:   b.budget.FundedMinor - b.budget.SpentMinor - b.budget.RefundedMinor,
	})
	if err != nil {
		return err
	}
	pending.result.GrossMinor, pending.result.LimitedBy = accrual.GrossMinor, accrual.LimitedBy
	pending.result.ExhaustedBudget = accrual.ExhaustsBudget()
	if accrual.GrossMinor > 0 {
		b.credit(reading, standing, accrual)
	}
	return nil
}

func (b *accrualBatch) daySpentMinor(now time.Time) int64 {
	b.day = now.UTC().Truncate(24 * time.Hour)
	if b.budget.PacingDay == nil || !b.budget.PacingDay.Equal(b.day) {
		b.budget.PacingDay, b.budget.PacingDaySpentMinor = &b.day, 0
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

// write stores what was decided: one statement a table, and the guard once.
func (s *Store) write(ctx context.Context, q *sqlc.Queries, batch *accrualBatch) error {
	if len(batch.observations.Ids) == 0 {
		return nil
	}
	if err := q.InsertObservations(ctx, batch.observations); err != nil {
		return err
	}
	if len(batch.entries) == 0 {
		return nil
	}
	posted, err := s.post(ctx, q, batch.entries...)
	if err != nil {
		return err
	}
	grossMinor := int64(0)
	for i, entry := range posted {
		batch.accruals.EntryIds = append(batch.accruals.EntryIds, entry.EntryID)
		grossMinor += batch.accruals.GrossMinor[i]
	}
	batch.accruals.CampaignID, batch.accruals.Currency = batch.campaignID, batch.budget.Currency
	if err := q.InsertAccruals(ctx, batch.accruals); err != nil {
		return err
	}
	if len(batch.holds.AccrualIds) > 0 {
		batch.holds.CampaignID, batch.holds.Currency = batch.campaignID, batch.budget.Currency
		if err := q.InsertHolds(ctx, batch.holds); err != nil {
			return err
		}
	}
	return q.UpdateCampaignSpending(ctx, sqlc.UpdateCampaignSpendingParams{
		CampaignID: batch.campaignID, GrossMinor: grossMinor,
		PacingDay: *batch.budget.PacingDay, PacingDaySpentMinor: batch.budget.PacingDaySpentMinor,
	})
}
