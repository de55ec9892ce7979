-- name: InsertParticipation :execrows
INSERT INTO participations (id, campaign_id, creator_id, affiliate_id, status, decided_at)
VALUES (@id, @campaign_id, @creator_id, @affiliate_id, @status, CASE WHEN @status::text = 'applied' THEN NULL ELSE now() END)
ON CONFLICT (id) DO NOTHING;

-- name: ReadParticipation :one
SELECT id, campaign_id, creator_id, status, created_at, decided_at, affiliate_id FROM participations WHERE id = @id;

-- name: ReadParticipationOf :one
SELECT id, campaign_id, creator_id, status, created_at, decided_at, affiliate_id
  FROM participations
 WHERE campaign_id = @campaign_id AND creator_id = @creator_id;

-- name: DecideParticipation :execrows
UPDATE participations SET status = @status, decided_at = now()
 WHERE id = @id AND status = 'applied';

-- name: ListParticipations :many
SELECT id, campaign_id, creator_id, status, created_at, decided_at, affiliate_id
  FROM participations
 WHERE campaign_id = @campaign_id
   AND (sqlc.narg(creator_id)::uuid IS NULL OR creator_id = sqlc.narg(creator_id))
   AND (sqlc.narg(status)::text IS NULL OR status = sqlc.narg(status))
   AND (sqlc.narg(after_id)::uuid IS NULL OR id > sqlc.narg(after_id))
 ORDER BY id
 LIMIT @page_size;
