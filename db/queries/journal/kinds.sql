-- name: UpsertLedgerKinds :exec
INSERT INTO ledger_kinds (kind, reverses, budget, dispute, payout_step, hold, object_type, reversal_object_type, named_by_object, bulk)
SELECT unnest(@kinds::text[]), unnest(@reverses::text[]), unnest(@budgets::text[]), unnest(@disputes::text[]), unnest(@payout_steps::text[]),
       unnest(@holds::text[]), unnest(@object_types::text[]), unnest(@reversal_object_types::text[]), unnest(@named_by_objects::boolean[]), unnest(@bulks::boolean[])
ON CONFLICT (kind) DO UPDATE
   SET reverses = excluded.reverses, budget = excluded.budget, dispute = excluded.dispute, payout_step = excluded.payout_step, hold = excluded.hold,
       object_type = excluded.object_type, reversal_object_type = excluded.reversal_object_type, named_by_object = excluded.named_by_object, bulk = excluded.bulk;

-- name: ListMissingKinds :many
SELECT wanted.kind::text AS kind FROM (SELECT unnest(@kinds::text[]) AS kind) AS wanted
 WHERE NOT EXISTS (SELECT FROM ledger_kinds AS known WHERE known.kind = wanted.kind);
