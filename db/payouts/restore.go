package payouts

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
)

// RecordRestore notes that the database was restored from an older copy. From then on the first
// attempt of each phase is looked up at the rail before it is sent, because the books may have lost
// one. It returns fault.Invalid without an actor or a reason.
func (s *Store) RecordRestore(ctx context.Context, actor, reason string, now time.Time) error {
	switch {
	case actor == "":
		return fault.Field("actor", "actor_missing", "give the person who restored the database")
	case reason == "":
		return fault.Field("reason", "reason_missing", "give the reason, such as the ticket of the incident")
	}
	id := db.NewID()
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		if err := q.InsertRestore(ctx, sqlc.InsertRestoreParams{ID: id, RestoredAt: now, Actor: actor, Reason: reason}); err != nil {
			return err
		}
		return db.RecordAction(ctx, q, access.OperatorAction{ID: id, Subject: names.Database, Action: "restored", Actor: actor, Reason: reason})
	})
}
