-- name: InsertIdempotencyRecord :execrows
INSERT INTO idempotency_records (actor, key, request_hash, created_at)
VALUES (@actor, @key, @request_hash, @now)
ON CONFLICT (actor, key) DO NOTHING;

-- name: ReadIdempotencyRecord :one
SELECT request_hash, status, content_type, body, created_at
  FROM idempotency_records
 WHERE actor = @actor AND key = @key;

-- name: AnswerIdempotencyRecord :exec
-- created_at shows whether the record still belongs to the worker that began it.
UPDATE idempotency_records SET status = @status, content_type = @content_type, body = @body
 WHERE actor = @actor AND key = @key AND created_at = @created_at;

-- name: DeleteIdempotencyRecord :execrows
DELETE FROM idempotency_records
 WHERE actor = @actor AND key = @key AND body IS NULL AND created_at = @created_at;

-- name: DeleteIdempotencyRecordsBefore :execrows
DELETE FROM idempotency_records WHERE created_at < @before;
