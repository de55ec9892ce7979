package api

import (
	"context"

	"github.com/google/uuid"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/domain/names"
)

// newID returns the id of what a request creates. With an Idempotency-Key it is derived
// from caller and key, so that a repeated request finds what the first one made even if the
// process died before it could store its answer.
func newID(ctx context.Context, key *openapi.IdempotencyKey) string {
	if key == nil {
		return uuid.Must(uuid.NewV7()).String()
	}
	return names.RequestID(principalOf(ctx).UserID, *key)
}

// commandID names a command in the engine, which takes the same one once: a command that is
// repeated because its answer was lost is answered like the first time, not refused because
// it has been carried out. Without an Idempotency-Key every request is a command of its own.
func commandID(ctx context.Context, key *openapi.IdempotencyKey, name, subject string) string {
	if key == nil {
		return ""
	}
	return names.CommandID(principalOf(ctx).UserID, *key, name, subject)
}
