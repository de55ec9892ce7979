package earnings

import (
	"context"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/names"
)

// write stores what was decided and commits, in one round. InsertEntries skips an entry whose
// kind and reference exist; the accrual then fails on its entry and rolls the batch back.
func (s *Store) write(ctx context.Context, tx *pipelinedTx, batch *accrualBatch) error {
	last := &round{}
	if len(batch.rows.ClipIds) == 0 {
		return tx.sendAndCommit(ctx, last)
	}
	reversed := make([]string, len(batch.entries))
	for i := range reversed {
		reversed[i] = names.NilID
	}
	entries, err := s.journal.Insertion(batch.entries, reversed)
	if err != nil {
		return err
	}
	batch.complete(entries.Ids)
	if len(batch.entries) > 0 {
		var inserted []string
		queue(ctx, last, (*sqlc.Queries).InsertEntries, entries, &inserted)
	}
	if len(batch.kept.ClipIds) > 0 {
		batch.kept.CampaignID = batch.campaignID
		queueExec(ctx, last, (*sqlc.Queries).UpdateKeptOfBatch, batch.kept)
	}
	queueExec(ctx, last, (*sqlc.Queries).InsertReadings, batch.rows)
	if err := tx.sendAndCommit(ctx, last); err != nil {
		return err
	}
	batch.credited.readings = batch.budget.Readings + int64(len(batch.rows.ClipIds))
	batch.credited.clawbacks, batch.credited.reviews, batch.credited.ownerships = batch.budget.Clawbacks, batch.budget.Reviews, batch.budget.Ownerships
	if len(batch.kept.ClipIds) > 0 {
		batch.credited.reset() // what is kept for the clips before another one has changed
	}
	return nil
}

// complete fills in the ids of the entries, which accruals and holds refer to, and the
// values that the whole batch shares.
func (b *accrualBatch) complete(entryIDs []string) {
	b.rows.EntryIds = entryIDs
	for _, entry := range b.holdEntries {
		b.rows.HoldEntryIds = append(b.rows.HoldEntryIds, entryIDs[entry])
	}
	b.rows.CampaignID, b.rows.Currency, b.rows.CampaignStatus = b.campaignID, b.budget.Currency, string(b.status)
	b.rows.PacingDay, b.rows.PacingDaySpentMinor = b.budget.PacingDay, b.budget.PacingDaySpentMinor
	b.rows.PacingHour, b.rows.PacingHourSpentMinor = b.budget.PacingHour, b.budget.PacingHourSpentMinor
}
