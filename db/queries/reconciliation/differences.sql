-- name: UpsertDifferences :exec
INSERT INTO reconciliation_differences (id, class, object_type, object_id, account, parent_id, subject, ours, theirs, currency, detail,
                                        blocking, found_at, found_by, last_seen_at)
SELECT unnest(@ids::text[])::uuid, unnest(@classes::text[]), unnest(@object_types::text[]), unnest(@object_ids::text[]),
       unnest(@accounts::text[]), unnest(@parent_ids::text[]), unnest(@subjects::text[]), unnest(@ours::text[]), unnest(@theirs::text[]),
       unnest(@currencies::text[]), unnest(@details::text[]), unnest(@blocking::boolean[]), @now::timestamptz, @pass_id::uuid, @now::timestamptz
ON CONFLICT (object_type, object_id, class) WHERE cleared_at IS NULL DO UPDATE
   SET subject = excluded.subject, ours = excluded.ours, theirs = excluded.theirs, currency = excluded.currency, detail = excluded.detail,
       blocking = excluded.blocking, last_seen_at = greatest(reconciliation_differences.last_seen_at, excluded.last_seen_at);

-- name: ClearDifferences :exec
-- Clears what the pass did not find again of the objects that it decided.
UPDATE reconciliation_differences AS difference
   SET cleared_at = @now, cleared_by = @pass_id
  FROM (SELECT unnest(@object_types::text[]) AS object_type, unnest(@object_ids::text[]) AS object_id) AS decided
 WHERE difference.object_type = decided.object_type AND difference.object_id = decided.object_id AND difference.cleared_at IS NULL
   AND NOT EXISTS (SELECT FROM (SELECT unnest(@found_types::text[]) AS object_type, unnest(@found_ids::text[]) AS object_id, unnest(@found_classes::text[]) AS class) AS found
                    WHERE found.object_type = difference.object_type AND found.object_id = difference.object_id AND found.class = difference.class);

-- name: ListDifferences :many
SELECT id, class, object_type, object_id, account, subject, ours, theirs, currency, detail, blocking, found_at, last_seen_at,
       cleared_at, acknowledged_at, acknowledged_by
  FROM reconciliation_differences
 WHERE (sqlc.narg(class)::text IS NULL OR class = sqlc.narg(class))
   AND (sqlc.narg(open)::boolean IS NULL OR (cleared_at IS NULL AND acknowledged_at IS NULL) = sqlc.narg(open))
   AND (sqlc.narg(blocking)::boolean IS NULL OR blocking = sqlc.narg(blocking))
   AND (sqlc.narg(before_id)::uuid IS NULL OR id < sqlc.narg(before_id))
 ORDER BY id DESC
 LIMIT @page_size;

-- name: ListMissedDifferences :many
-- Open differences, found since a moment, that a process can resolve by looking at the payment
-- processor: disputes that are booked otherwise, refunds that failed after they were booked,
-- refunds that are not booked, such as one made by hand, and the objects of payouts.
SELECT difference.object_type, difference.object_id, difference.subject
  FROM reconciliation_differences AS difference
  LEFT JOIN processor_objects AS said ON said.object_type = difference.object_type AND said.object_id = difference.object_id
 WHERE difference.cleared_at IS NULL AND difference.acknowledged_at IS NULL AND difference.found_at >= @found_since::timestamptz
   AND (difference.subject LIKE 'campaign/%'
        AND (difference.object_type = 'dispute' AND difference.class IN ('missing_here', 'state')
             OR difference.object_type = 'refund' AND (difference.class = 'missing_here' OR difference.class = 'state' AND said.status IN ('failed', 'canceled')))
        OR difference.subject LIKE 'payout/%' AND difference.class IN ('missing_here', 'missing_there', 'state'))
 ORDER BY difference.id DESC
 LIMIT @batch;

-- name: GetDifferenceForUpdate :one
SELECT id, class, object_type, object_id, account, subject, ours, theirs, currency, detail, blocking, found_at, last_seen_at,
       cleared_at, acknowledged_at, acknowledged_by
  FROM reconciliation_differences WHERE id = $1 FOR UPDATE;

-- name: AcknowledgeDifference :exec
UPDATE reconciliation_differences SET acknowledged_at = @now::timestamptz, acknowledged_by = @actor::text WHERE id = @id;
