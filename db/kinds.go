package db

import (
	"context"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

// storeKinds copies ledger.Kinds into the database, where triggers and queries ask for them.
// Rows of kinds that the code no longer has stay: entries may have them.
func storeKinds(ctx context.Context, q *sqlc.Queries) error {
	var upsert sqlc.UpsertLedgerKindsParams
	for _, kind := range ledger.Kinds() {
		upsert.Kinds = append(upsert.Kinds, string(kind.Kind))
		upsert.Reverses = append(upsert.Reverses, string(kind.Reverses))
		upsert.Budgets = append(upsert.Budgets, kind.Budget)
		upsert.Disputes = append(upsert.Disputes, kind.Dispute)
		upsert.PayoutSteps = append(upsert.PayoutSteps, kind.PayoutStep)
		upsert.Holds = append(upsert.Holds, kind.Hold)
		upsert.ObjectTypes = append(upsert.ObjectTypes, kind.ObjectType)
		upsert.ReversalObjectTypes = append(upsert.ReversalObjectTypes, kind.ReversalObjectType)
		upsert.NamedByObjects = append(upsert.NamedByObjects, kind.NamedByObject)
		upsert.Bulks = append(upsert.Bulks, kind.Bulk)
	}
	return q.UpsertLedgerKinds(ctx, upsert)
}

// requireKinds returns fault.Conflict "not_migrated" if the database lacks a kind of entry that
// this process may post.
func requireKinds(ctx context.Context, q *sqlc.Queries) error {
	var names []string
	for _, kind := range ledger.Kinds() {
		names = append(names, string(kind.Kind))
	}
	missing, err := q.ListMissingKinds(ctx, names)
	if err == nil && len(missing) > 0 {
		return fault.New(fault.Conflict, "not_migrated", "the database does not know the journal entries of kind %s: run 'creditroll migrate'", missing[0])
	}
	return Translate(err)
}
