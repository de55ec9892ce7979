-- name: InsertCreator :execrows
INSERT INTO creators (id, handle, payout_account) VALUES (@id, @handle, nullif(@payout_account::text, ''))
ON CONFLICT (id) DO NOTHING;

-- name: ReadCreator :one
SELECT id, handle, coalesce(payout_account, '')::text AS payout_account, verification, payouts_frozen_at, coalesce(payouts_frozen_by, '')::text AS payouts_frozen_by,
       coalesce(payouts_frozen_reason, '')::text AS payouts_frozen_reason, created_at
  FROM creators WHERE id = @id;

-- name: ListCreators :many
SELECT id, handle, coalesce(payout_account, '')::text AS payout_account, verification, payouts_frozen_at, coalesce(payouts_frozen_by, '')::text AS payouts_frozen_by,
       coalesce(payouts_frozen_reason, '')::text AS payouts_frozen_reason, created_at
  FROM creators
 WHERE (sqlc.narg(only_id)::uuid IS NULL OR id = sqlc.narg(only_id))
   AND (sqlc.narg(after_id)::uuid IS NULL OR id > sqlc.narg(after_id))
 ORDER BY id
 LIMIT @page_size;

-- name: FreezeCreator :execrows
-- The first decision stays on record.
UPDATE creators
   SET payouts_frozen_at = now(), payouts_frozen_by = @actor, payouts_frozen_reason = @reason
 WHERE id = @id AND payouts_frozen_at IS NULL;

-- name: UnfreezeCreator :execrows
UPDATE creators SET payouts_frozen_at = NULL, payouts_frozen_by = NULL, payouts_frozen_reason = NULL
 WHERE id = @id AND payouts_frozen_at IS NOT NULL;
