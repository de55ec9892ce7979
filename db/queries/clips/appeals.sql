-- name: InsertNote :exec
INSERT INTO notes (id, subject, author, body) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING;

-- name: FindNote :many
SELECT body FROM notes WHERE id = $1;

-- name: InsertAppeal :exec
INSERT INTO appeals (id, subject_kind, subject_id, campaign_id, creator_id, appealed, appealed_code, appealed_by, appealed_at, statement, filed_by, filed_at)
VALUES (@id, @subject_kind, @subject_id, @campaign_id, @creator_id, @appealed, @appealed_code, @appealed_by, @appealed_at, @statement, @filed_by, @filed_at)
ON CONFLICT (id) DO NOTHING;

-- name: LockAppeal :many
SELECT id, subject_id, campaign_id, appealed_by, filed_by, status, coalesce(decided_by, '')::text AS decided_by FROM appeals WHERE id = $1 FOR UPDATE;

-- name: ListOpenAppeals :many
-- Open appeals with the terms of their campaigns, the oldest first.
SELECT appeal.id, appeal.subject_id AS clip_id, appeal.campaign_id, appeal.filed_at, campaign.terms
  FROM appeals AS appeal JOIN campaigns AS campaign ON campaign.id = appeal.campaign_id
 WHERE appeal.status = 'open' AND (appeal.filed_at, appeal.id) > (@filed_after::timestamptz, @after_id::uuid)
 ORDER BY appeal.filed_at, appeal.id LIMIT @batch;

-- name: UpdateAppealDecided :exec
UPDATE appeals SET status = @status, decided_by = @decided_by::text, decided_at = @decided_at::timestamptz, decision_note_id = sqlc.narg(note_id) WHERE id = @id;

-- name: ReadAppeal :one
SELECT appeal.id, appeal.subject_id, appeal.campaign_id, campaign.organization_id, appeal.creator_id, appeal.appealed, appeal.appealed_code, appeal.appealed_by, appeal.appealed_at,
       appeal.statement, appeal.filed_by, appeal.filed_at, appeal.status, coalesce(appeal.decided_by, '')::text AS decided_by, appeal.decided_at, coalesce(note.body, '')::text AS note,
       (appeal.status = 'overturned' AND clip.status IN ('rejected', 'removed') AND clip.status_reason = 'overturned_on_appeal')::boolean AS unpaid
  FROM appeals AS appeal JOIN campaigns AS campaign ON campaign.id = appeal.campaign_id JOIN clips AS clip ON clip.id = appeal.subject_id
  LEFT JOIN notes AS note ON note.id = appeal.decision_note_id
 WHERE appeal.id = @id;

-- name: FindAppealOfClip :many
SELECT appeal.id, appeal.subject_id, appeal.campaign_id, campaign.organization_id, appeal.creator_id, appeal.appealed, appeal.appealed_code, appeal.appealed_by, appeal.appealed_at,
       appeal.statement, appeal.filed_by, appeal.filed_at, appeal.status, coalesce(appeal.decided_by, '')::text AS decided_by, appeal.decided_at, coalesce(note.body, '')::text AS note,
       (appeal.status = 'overturned' AND clip.status IN ('rejected', 'removed') AND clip.status_reason = 'overturned_on_appeal')::boolean AS unpaid
  FROM appeals AS appeal JOIN campaigns AS campaign ON campaign.id = appeal.campaign_id JOIN clips AS clip ON clip.id = appeal.subject_id
  LEFT JOIN notes AS note ON note.id = appeal.decision_note_id
 WHERE appeal.subject_kind = 'clip' AND appeal.subject_id = @clip_id;

-- name: ListAppealPage :many
SELECT appeal.id, appeal.subject_id, appeal.campaign_id, campaign.organization_id, appeal.creator_id, appeal.appealed, appeal.appealed_code, appeal.appealed_by, appeal.appealed_at,
       appeal.statement, appeal.filed_by, appeal.filed_at, appeal.status, coalesce(appeal.decided_by, '')::text AS decided_by, appeal.decided_at, coalesce(note.body, '')::text AS note,
       (appeal.status = 'overturned' AND clip.status IN ('rejected', 'removed') AND clip.status_reason = 'overturned_on_appeal')::boolean AS unpaid
  FROM appeals AS appeal JOIN campaigns AS campaign ON campaign.id = appeal.campaign_id JOIN clips AS clip ON clip.id = appeal.subject_id
  LEFT JOIN notes AS note ON note.id = appeal.decision_note_id
 WHERE (sqlc.narg(status)::text IS NULL OR appeal.status = sqlc.narg(status))
   AND (sqlc.narg(after_id)::uuid IS NULL OR appeal.id > sqlc.narg(after_id))
 ORDER BY appeal.id
 LIMIT @page_size;
