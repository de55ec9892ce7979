package earnings

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/killswitch"
	"github.com/creditroll/creditroll/domain/views"
)

// load locks the campaign's budget and reads what the decision needs: terms, the credit state
// of the clips, and readings that are on record.
//
// The lock is a statement of its own, before all others: a statement that waits for a lock
// keeps the snapshot from before the wait.
func (b *accrualBatch) load(ctx context.Context, tx *pipelinedTx) error {
	if err := b.loadCampaign(ctx, tx); err != nil {
		return err
	}
	return b.loadRecorded(ctx, tx)
}

func (b *accrualBatch) loadCampaign(ctx context.Context, tx *pipelinedTx) error {
	var row sqlc.GetCampaignForDecisionRow
	var clips []sqlc.ListClipProgressRow
	var tracking []sqlc.KillSwitch
	var pauses []sqlc.ListCampaignPausesRow
	first := &round{}
	queue(ctx, first, (*sqlc.Queries).LockCampaignBudget, b.campaignID, &b.budget)
	queue(ctx, first, (*sqlc.Queries).GetCampaignForDecision, b.campaignID, &row)
	queue(ctx, first, (*sqlc.Queries).ListSwitches, string(killswitch.Tracking), &tracking)
	queue(ctx, first, (*sqlc.Queries).ListCampaignPauses, b.campaignID, &pauses)
	if unknown := b.credited.unknownClips(b.pending); len(unknown) > 0 {
		queue(ctx, first, (*sqlc.Queries).ListClipProgress, unknown, &clips)
	}
	err := tx.send(ctx, first)
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.New(fault.NotFound, "campaign_not_found", "no such campaign").Because(err)
	}
	if err != nil {
		return err
	}
	b.status = campaign.Status(row.Status)
	b.tracking = killswitch.CheckTracking(killswitch.Switch{Off: len(tracking) > 0 && tracking[0].IsOff})
	for _, row := range pauses {
		pause := views.Pause{From: row.PausedAt}
		if row.ResumedAt != nil {
			pause.Until = *row.ResumedAt
		}
		b.pauses = append(b.pauses, pause)
	}
	if err := json.Unmarshal(row.Terms, &b.terms); err != nil {
		return err
	}
	b.terms.BudgetMinor = row.BudgetMinor // an amendment may have changed it
	b.plausibility, b.stepViewsMax = b.terms.Plausibility.OrDefault(), b.terms.StepViewsMax()
	if b.credited.isOutdated(b.budget) {
		b.credited.reset()
		second := &round{}
		queue(ctx, second, (*sqlc.Queries).ListClipProgress, b.credited.unknownClips(b.pending), &clips)
		if err := tx.send(ctx, second); err != nil {
			return err
		}
	}
	b.credited.add(b.campaignID, clips)
	return b.loadCost(ctx, tx)
}

// loadCost reads what the campaign's readings have cost, if there is a ceiling.
func (b *accrualBatch) loadCost(ctx context.Context, tx *pipelinedTx) error {
	b.thrift = views.Thrift{MaxMicros: b.terms.TrackingCostMaxMicros}
	if b.thrift.MaxMicros == 0 {
		return nil
	}
	costs := &round{}
	queue(ctx, costs, (*sqlc.Queries).ReadCampaignTrackingCost, b.campaignID, &b.thrift.SpentMicros)
	return tx.send(ctx, costs)
}

// readingKey identifies a reading.
type readingKey struct {
	clipID string
	poll   int
}

func keyOf(r views.Observation) readingKey { return readingKey{r.ClipID, r.Poll} }

// loadRecorded reads the rows of readings that may be on record: those whose poll is not above
// the clip's last poll.
func (b *accrualBatch) loadRecorded(ctx context.Context, tx *pipelinedTx) error {
	var params sqlc.ListRecordedReadingsParams
	for _, each := range b.pending {
		if clip, ok := b.credited.clips[each.reading.ClipID]; ok && each.reading.Poll <= clip.lastPoll {
			params.ClipIds = append(params.ClipIds, each.reading.ClipID)
			params.Polls = append(params.Polls, int32(each.reading.Poll))
		}
	}
	if len(params.ClipIds) == 0 {
		return nil
	}
	var rows []sqlc.ListRecordedReadingsRow
	recorded := &round{}
	queue(ctx, recorded, (*sqlc.Queries).ListRecordedReadings, params, &rows)
	if err := tx.send(ctx, recorded); err != nil {
		return err
	}
	b.recorded = make(map[readingKey]sqlc.ListRecordedReadingsRow, len(rows))
	for _, row := range rows {
		b.recorded[readingKey{row.ClipID, int(row.Poll)}] = row
	}
	return nil
}
