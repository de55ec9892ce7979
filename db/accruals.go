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
		if err := batch.decideAll(ctx, q, pending); err != nil {
			return err
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

// decideAll answers every reading, in the order in which they came: with what is on record
// for it, or with what it earns now. The same observation twice in one batch counts once,
// and the second is answered like the first. A reading that is refused has its error and
// leaves no trace; its neighbours go on.
func (b *accrualBatch) decideAll(ctx context.Context, q *sqlc.Queries, pending []*pendingReading) error {
	recorded, err := listRecorded(ctx, q, pending)
	if err != nil {
		return err
	}
	first := map[string]*pendingReading{}
	for _, reading := range pending {
		id := reading.reading.ObservationID
		if row, onRecord := recorded[id]; onRecord {
			reading.result, reading.err = b.replay(reading.reading, row)
		} else if twin, decided := first[id]; decided {
			reading.result, reading.err = twin.repeat(reading.reading)
		} else if reading.result, reading.err = b.decide(reading.reading); reading.err == nil {
			first[id] = reading
		}
	}
	return nil
}

func listRecorded(ctx context.Context, q *sqlc.Queries, pending []*pendingReading) (map[string]sqlc.ListRecordedObservationsRow, error) {
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
	return recorded, nil
}

func (b *accrualBatch) replay(reading RecordReading, row sqlc.ListRecordedObservationsRow) (Recorded, error) {
	if row.ClipID != reading.ClipID || row.Views != reading.Reading.Views {
		return Recorded{}, observationReused(row.ID)
	}
	limit := earnings.Limit(row.LimitedBy)
	return Recorded{
		GrossMinor: row.GrossMinor, LimitedBy: limit, Views: row.Views, HighWaterViews: row.HighWaterViews,
		ExhaustedBudget: row.GrossMinor > 0 && limit == earnings.Budget, CampaignStatus: b.status, Replayed: true,
	}, nil
}

// repeat answers a reading whose observation was decided a moment ago in the same batch.
func (p *pendingReading) repeat(again RecordReading) (Recorded, error) {
	if again.ClipID != p.reading.ClipID || again.Reading.Views != p.reading.Reading.Views {
		return Recorded{}, observationReused(again.ObservationID)
	}
	result := p.result
	result.Replayed = true
	return result, nil
}

func observationReused(id string) error {
	return fault.New(fault.Conflict, "observation_reused", "observation %s was recorded before with another count", id)
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
