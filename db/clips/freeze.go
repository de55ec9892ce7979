package clips

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/names"
)

// Freeze holds a creator's payouts before their transfer until Unfreeze. Who decided it first, and
// why, stays on record. It returns fault.NotFound "creator_not_found".
func (s *Store) Freeze(ctx context.Context, creatorID string, action access.OperatorAction) (Creator, error) {
	action.Action = "freeze"
	return s.setFrozen(ctx, creatorID, action, func(q *sqlc.Queries) (int64, error) {
		return q.FreezeCreator(ctx, sqlc.FreezeCreatorParams{ID: creatorID, Actor: &action.Actor, Reason: &action.Reason})
	})
}

// Unfreeze lifts the hold on a creator's payouts. It returns fault.NotFound "creator_not_found".
func (s *Store) Unfreeze(ctx context.Context, creatorID string, action access.OperatorAction) (Creator, error) {
	action.Action = "unfreeze"
	return s.setFrozen(ctx, creatorID, action, func(q *sqlc.Queries) (int64, error) {
		return q.UnfreezeCreator(ctx, creatorID)
	})
}

// setFrozen records the action only if it changed something.
func (s *Store) setFrozen(ctx context.Context, creatorID string, action access.OperatorAction, change func(*sqlc.Queries) (int64, error)) (Creator, error) {
	var creator Creator
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		changed, err := change(q)
		if err != nil {
			return err
		}
		row, err := q.ReadCreator(ctx, creatorID)
		if err != nil {
			return db.OrNotFound(err, "creator")
		}
		creator = newCreator(row)
		if changed == 0 {
			return nil
		}
		action.Subject = names.Creator(creatorID)
		return db.RecordAction(ctx, q, action)
	})
	return creator, err
}
