-- name: LockClipForEvidence :one
-- Serializes the pieces of one clip, so that they are counted right.
SELECT id FROM clips WHERE id = $1 FOR NO KEY UPDATE;

-- name: CountEvidence :one
SELECT count(*) FROM evidence WHERE clip_id = $1;

-- name: InsertEvidence :exec
INSERT INTO evidence (id, clip_id, kind, content_type, size_bytes, digest, url, added_by, added_at, stored_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (id) DO NOTHING;

-- name: FindEvidence :many
SELECT id, clip_id, kind, content_type, size_bytes, digest, url, added_by, added_at, stored_at
  FROM evidence WHERE id = $1;

-- name: ListEvidence :many
SELECT id, clip_id, kind, content_type, size_bytes, digest, url, added_by, added_at, stored_at
  FROM evidence WHERE clip_id = $1 AND stored_at IS NOT NULL
 ORDER BY added_at, id LIMIT @page_size;

-- name: FinishEvidence :execrows
-- One that was begun long ago may be deleted at any moment, so it is not completed any more.
UPDATE evidence SET stored_at = $2 WHERE id = $1 AND stored_at IS NULL AND added_at > @begun_after::timestamptz;

-- name: ListOldEvidence :many
-- Evidence that is old enough, counted from the end of its clip or from when it was added, if that was later; and
-- files that were never completed.
SELECT piece.id, piece.clip_id, piece.kind
  FROM evidence AS piece JOIN clips AS clip ON clip.id = piece.clip_id
 WHERE piece.id > @after::uuid
   AND (clip.status IN ('finished', 'rejected', 'removed') AND clip.updated_at < @ended_before::timestamptz AND piece.added_at < @ended_before::timestamptz
        OR piece.stored_at IS NULL AND piece.added_at < @unfinished_before::timestamptz)
 ORDER BY piece.id LIMIT @batch;

-- name: ListKnownEvidence :many
SELECT id FROM evidence WHERE id = ANY(@ids::uuid[]);

-- name: DeleteEvidence :execrows
DELETE FROM evidence WHERE id = ANY(@ids::uuid[]);
