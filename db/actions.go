package db

import (
	"context"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/access"
)

// RecordAction stores an operator's action once. An action without an actor is not stored: the
// engine took that step itself.
func RecordAction(ctx context.Context, q *sqlc.Queries, action access.OperatorAction) error {
	if action.Actor == "" {
		return nil
	}
	return q.InsertOperatorAction(ctx, sqlc.InsertOperatorActionParams{
		ID: action.ID, Subject: action.Subject, Action: action.Action, Actor: action.Actor, Reason: action.Reason, Evidence: action.Evidence,
	})
}
