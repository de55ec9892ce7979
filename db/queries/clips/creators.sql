-- name: InsertCreator :execrows
INSERT INTO creators (id, handle, payout_account) VALUES (@id, @handle, @payout_account)
ON CONFLICT (id) DO NOTHING;

-- name: ReadCreator :one
SELECT id, handle, payout_account, created_at FROM creators WHERE id = @id;

-- name: ListCreators :many
SELECT id, handle, payout_account, created_at
  FROM creators
 WHERE (sqlc.narg(only_id)::uuid IS NULL OR id = sqlc.narg(only_id))
   AND (sqlc.narg(after_id)::uuid IS NULL OR id > sqlc.narg(after_id))
 ORDER BY id
 LIMIT @page_size;

-- name: InsertChannel :execrows
INSERT INTO channels (id, creator_id, platform, author_id, author_digest)
VALUES (@id, @creator_id, @platform, @author_id, @author_digest)
ON CONFLICT (platform, author_digest) DO NOTHING;

-- name: ReadChannelByAuthor :one
SELECT id, creator_id, platform, author_id, created_at
  FROM channels
 WHERE platform = @platform AND author_digest = @author_digest;

-- name: ListChannels :many
SELECT id, creator_id, platform, author_id, created_at
  FROM channels
 WHERE creator_id = @creator_id
 ORDER BY id
 LIMIT @page_size;

-- name: CountChannels :one
SELECT count(*) FROM channels WHERE creator_id = @creator_id;

-- name: HasChannelOn :one
SELECT EXISTS (SELECT FROM channels WHERE creator_id = @creator_id AND platform = @platform);
