package evidence

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/evidence"
	"github.com/creditroll/creditroll/domain/names"
)

// Due selects evidence to delete, after an id in the order of ids.
type Due struct {
	// EndedBefore selects what was added, and whose clip ended, before this time.
	EndedBefore time.Time
	// UnfinishedBefore selects files that were begun before this time and never completed.
	UnfinishedBefore time.Time
	After            string
	Limit            int
}

// ListDue returns the pieces to delete. Only their ids and kinds are set.
func (s *Store) ListDue(ctx context.Context, due Due) ([]evidence.Piece, error) {
	if due.After == "" {
		due.After = names.NilID
	}
	rows, err := s.db.Queries.ListOldEvidence(ctx, sqlc.ListOldEvidenceParams{
		EndedBefore: due.EndedBefore, UnfinishedBefore: due.UnfinishedBefore, After: due.After, Batch: int32(due.Limit),
	})
	if err != nil {
		return nil, db.Translate(err)
	}
	pieces := make([]evidence.Piece, len(rows))
	for i, row := range rows {
		pieces[i] = evidence.Piece{ID: row.ID, ClipID: row.ClipID, Kind: evidence.Kind(row.Kind)}
	}
	return pieces, nil
}

// Forget deletes pieces by their ids, and returns how many there were. Their files must have been deleted before.
func (s *Store) Forget(ctx context.Context, ids []string) (int64, error) {
	count, err := s.db.Queries.DeleteEvidence(ctx, ids)
	return count, db.Translate(err)
}

// Unknown returns those of the ids that no row has.
func (s *Store) Unknown(ctx context.Context, ids []string) ([]string, error) {
	rows, err := s.db.Queries.ListKnownEvidence(ctx, ids)
	if err != nil {
		return nil, db.Translate(err)
	}
	known := map[string]bool{}
	for _, id := range rows {
		known[id] = true
	}
	unknown := []string{}
	for _, id := range ids {
		if !known[id] {
			unknown = append(unknown, id)
		}
	}
	return unknown, nil
}
