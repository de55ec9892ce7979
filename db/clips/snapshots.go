package clips

import (
	"context"
	"encoding/json"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

// StartSnapshot stores a snapshot and the calls that wait for it, before it is triggered. If nothing more is heard of it,
// its calls are ended SnapshotLostAfter.
func (s *Store) StartSnapshot(ctx context.Context, snapshot views.NewSnapshot) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		if err := q.InsertSnapshot(ctx, sqlc.InsertSnapshotParams{
			ID: snapshot.ID, Provider: snapshot.Provider, Platform: string(snapshot.Platform),
			StartedAt: snapshot.StartedAt, NextLookAt: snapshot.StartedAt.Add(views.SnapshotLostAfter),
		}); err != nil {
			return err
		}
		rows := sqlc.InsertSnapshotClipsParams{ViewSnapshotID: snapshot.ID}
		for _, each := range snapshot.Clips {
			rows.ExternalIds = append(rows.ExternalIds, each.ExternalID)
			rows.Places = append(rows.Places, int32(each.Place))
			rows.CampaignIds = append(rows.CampaignIds, each.CampaignID)
			rows.WorkflowIds = append(rows.WorkflowIds, each.WorkflowID)
			rows.TaskTokens = append(rows.TaskTokens, each.Token)
		}
		return q.InsertSnapshotClips(ctx, rows)
	})
}

// RecordTriggered stores the provider's id of a snapshot, and when it is looked at without a notification.
func (s *Store) RecordTriggered(ctx context.Context, id, snapshotID string, lookAt time.Time) error {
	return db.Translate(s.db.Queries.UpdateSnapshotTriggered(ctx, sqlc.UpdateSnapshotTriggeredParams{ID: id, SnapshotID: snapshotID, NextLookAt: lookAt}))
}

// RecordRefused stores that a snapshot could not be triggered. Its calls end by themselves, with the fault.
func (s *Store) RecordRefused(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		if err := q.UpdateSnapshotRefused(ctx, id); err != nil {
			return err
		}
		return q.FailOverSnapshotClips(ctx, id)
	})
}

// RecordNotified notes that the provider has notified us of a snapshot, which is looked at now. A snapshot that was
// given up is asked for again. It reports false for a snapshot that is not on record.
func (s *Store) RecordNotified(ctx context.Context, id, snapshotID string, now time.Time) (known bool, err error) {
	changed, err := s.db.Queries.UpdateSnapshotNotified(ctx, sqlc.UpdateSnapshotNotifiedParams{ID: id, SnapshotID: snapshotID, Now: now})
	return changed > 0, db.Translate(err)
}

// ListDueSnapshots returns at most limit snapshots that have to be looked at, the longest overdue first.
func (s *Store) ListDueSnapshots(ctx context.Context, now time.Time, limit int) ([]views.DueSnapshot, error) {
	rows, err := s.db.Queries.ListDueSnapshots(ctx, sqlc.ListDueSnapshotsParams{Now: now, PageSize: int32(limit)})
	due := make([]views.DueSnapshot, 0, len(rows))
	for _, row := range rows {
		due = append(due, views.DueSnapshot{ID: row.ID, Provider: row.Provider})
	}
	return due, db.Translate(err)
}

// GetSnapshot returns one snapshot, or fault.NotFound "snapshot_not_found".
func (s *Store) GetSnapshot(ctx context.Context, id string) (views.Snapshot, error) {
	rows, err := s.db.Queries.FindSnapshot(ctx, id)
	if err != nil {
		return views.Snapshot{}, db.Translate(err)
	}
	if len(rows) == 0 {
		return views.Snapshot{}, fault.New(fault.NotFound, "snapshot_not_found", "there is no such snapshot")
	}
	payers, err := s.db.Queries.ListSnapshotCampaigns(ctx, id)
	if err != nil {
		return views.Snapshot{}, db.Translate(err)
	}
	clipsOf := map[string]int{}
	for _, payer := range payers {
		clipsOf[payer.CampaignID] = int(payer.Clips)
	}
	row := rows[0]
	return views.Snapshot{
		ID: row.ID, Provider: row.Provider, Platform: clip.Platform(row.Platform), SnapshotID: db.Text(row.SnapshotID),
		Status: views.SnapshotStatus(row.Status), StartedAt: row.StartedAt, Looks: int(row.Looks), ExternalIDs: row.ExternalIds, ClipsOf: clipsOf,
	}, nil
}

// PostponeSnapshot sets the next look at a snapshot that has not ended, and counts one.
func (s *Store) PostponeSnapshot(ctx context.Context, id string, lookAt time.Time) error {
	return db.Translate(s.db.Queries.UpdateSnapshotNextLook(ctx, sqlc.UpdateSnapshotNextLookParams{ID: id, NextLookAt: lookAt}))
}

// EndSnapshot stores how a snapshot has ended, its attempt, and its answers by external id, at once. A snapshot that has
// ended before does not change.
func (s *Store) EndSnapshot(ctx context.Context, attempt views.Attempt, status views.SnapshotStatus, answers map[string]json.RawMessage, now time.Time) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		ended, err := q.UpdateSnapshotEnded(ctx, sqlc.UpdateSnapshotEndedParams{ID: attempt.ID, Status: string(status), EndedAt: now})
		if err != nil || ended == 0 {
			return err
		}
		if err := q.InsertProviderAttempt(ctx, attemptRow(attempt)); err != nil {
			return err
		}
		rows := sqlc.UpdateSnapshotAnswersParams{ID: attempt.ID}
		for id, answer := range answers {
			rows.ExternalIds, rows.Answers = append(rows.ExternalIds, id), append(rows.Answers, answer)
		}
		return q.UpdateSnapshotAnswers(ctx, rows)
	})
}

// ListWaitingForSnapshot returns the calls that wait for a snapshot, and those that were ended before their answer came.
func (s *Store) ListWaitingForSnapshot(ctx context.Context, id string) ([]views.SnapshotClip, error) {
	rows, err := s.db.Queries.ListOpenSnapshotClips(ctx, id)
	waiting := make([]views.SnapshotClip, 0, len(rows))
	for _, row := range rows {
		waiting = append(waiting, views.SnapshotClip{
			ExternalID: row.ExternalID, Place: int(row.Place), CampaignID: row.CampaignID, WorkflowID: row.WorkflowID, Token: row.TaskToken, Answer: row.Answer, Outcome: db.Text(row.Outcome),
		})
	}
	return waiting, db.Translate(err)
}

// RecordSnapshotOutcomes stores what became of calls. After it nothing is left to do for a snapshot that has ended.
func (s *Store) RecordSnapshotOutcomes(ctx context.Context, id string, given []views.SnapshotClip) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		rows := sqlc.UpdateSnapshotOutcomesParams{ID: id}
		for _, each := range given {
			rows.ExternalIds = append(rows.ExternalIds, each.ExternalID)
			rows.Places = append(rows.Places, int32(each.Place))
			rows.Outcomes = append(rows.Outcomes, each.Outcome)
		}
		if err := q.UpdateSnapshotOutcomes(ctx, rows); err != nil {
			return err
		}
		return q.UpdateSnapshotDone(ctx, id)
	})
}

// LastObservedAt returns when the newest reading of a clip was taken; the zero time if it has none.
func (s *Store) LastObservedAt(ctx context.Context, clipID string) (time.Time, error) {
	rows, err := s.db.Queries.FindLastObservedAt(ctx, clipID)
	if err != nil || len(rows) == 0 {
		return time.Time{}, db.Translate(err)
	}
	return rows[0], nil
}

// ForgetSnapshots deletes the snapshots that were started before a time and have ended, and returns how many.
func (s *Store) ForgetSnapshots(ctx context.Context, before time.Time) (int64, error) {
	deleted, err := s.db.Queries.DeleteSnapshotsBefore(ctx, before)
	return deleted, db.Translate(err)
}
