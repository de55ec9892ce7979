package api

import (
	"context"

	"github.com/google/uuid"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/domain/names"
)

// newID returns the id of a new object. With an Idempotency-Key it is derived from caller and
// key. A repeated request then finds the object of the first one, even if the process died
// before it stored its answer.
func newID(ctx context.Context, key *openapi.IdempotencyKey) string {
	if key == nil {
		return uuid.Must(uuid.NewV7()).String()
	}
	return names.RequestID(principalOf(ctx).UserID, *key)
}

// commandID identifies a command in the engine, which runs each id once. A command that is
// repeated because its answer was lost then gets the first answer again, and is not refused.
// Without an Idempotency-Key every request is a new command.
func commandID(ctx context.Context, key *openapi.IdempotencyKey, name, subject string) string {
	if key == nil {
		return ""
	}
	return names.CommandID(principalOf(ctx).UserID, *key, name, subject)
}
