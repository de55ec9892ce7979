-- name: InsertReconciliationPass :exec
INSERT INTO reconciliation_passes (id, started_at, since, whole) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING;

-- name: FindLastPasses :one
-- When the latest finished passes started.
SELECT coalesce(max(started_at), 'epoch')::timestamptz AS latest,
       coalesce(max(started_at) FILTER (WHERE whole), 'epoch')::timestamptz AS latest_whole
  FROM reconciliation_passes WHERE finished_at IS NOT NULL AND started_at >= @since;

-- name: FinishReconciliationPass :one
UPDATE reconciliation_passes AS pass
   SET finished_at = coalesce(pass.finished_at, @now::timestamptz), unreadable = @unreadable,
       objects = (SELECT count(*) FROM processor_objects WHERE last_seen_at >= pass.started_at),
       found = (SELECT count(*) FROM reconciliation_differences WHERE found_by = pass.id),
       cleared = (SELECT count(*) FROM reconciliation_differences WHERE cleared_by = pass.id),
       still_open = (SELECT count(*) FROM reconciliation_differences WHERE cleared_at IS NULL AND acknowledged_at IS NULL),
       blocking = (SELECT count(*) FROM reconciliation_differences WHERE cleared_at IS NULL AND acknowledged_at IS NULL AND reconciliation_differences.blocking)
 WHERE pass.id = @id
RETURNING id, started_at, since, finished_at, objects, unreadable, found, cleared, still_open, blocking;

-- name: ListReconciliationPasses :many
SELECT id, started_at, since, finished_at, objects, unreadable, found, cleared, still_open, blocking
  FROM reconciliation_passes AS pass
 WHERE sqlc.narg(before_id)::uuid IS NULL
    OR (pass.started_at, pass.id) < (SELECT last.started_at, last.id FROM reconciliation_passes AS last WHERE last.id = sqlc.narg(before_id))
 ORDER BY pass.started_at DESC, pass.id DESC
 LIMIT @page_size;
