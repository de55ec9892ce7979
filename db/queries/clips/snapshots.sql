-- name: InsertSnapshot :exec
INSERT INTO view_snapshots (id, provider, platform, started_at, next_look_at) VALUES (@id, @provider, @platform, @started_at, @next_look_at::timestamptz);

-- name: InsertSnapshotClips :exec
INSERT INTO view_snapshot_clips (view_snapshot_id, external_id, place, campaign_id, workflow_id, task_token)
SELECT @view_snapshot_id, unnest(@external_ids::text[]), unnest(@places::integer[]), unnest(@campaign_ids::text[]), unnest(@workflow_ids::text[]), unnest(@task_tokens::bytea[]);

-- name: UpdateSnapshotTriggered :exec
-- A notification may have named the snapshot before.
UPDATE view_snapshots SET snapshot_id = @snapshot_id::text, status = 'running', next_look_at = least(next_look_at, @next_look_at::timestamptz)
 WHERE id = @id AND status = 'triggering';

-- name: UpdateSnapshotRefused :exec
UPDATE view_snapshots SET status = 'refused', next_look_at = NULL WHERE id = @id AND status = 'triggering';

-- name: FailOverSnapshotClips :exec
UPDATE view_snapshot_clips SET outcome = 'failed_over' WHERE view_snapshot_id = @id AND outcome IS NULL;

-- name: UpdateSnapshotNotified :execrows
-- One that was given up is asked for again. One that is collected is not.
UPDATE view_snapshots
   SET snapshot_id = coalesce(snapshot_id, nullif(@snapshot_id::text, '')), next_look_at = @now::timestamptz,
       status = CASE WHEN status = 'collected' OR coalesce(snapshot_id, nullif(@snapshot_id::text, '')) IS NULL THEN status ELSE 'running' END,
       ended_at = CASE WHEN status = 'collected' OR coalesce(snapshot_id, nullif(@snapshot_id::text, '')) IS NULL THEN ended_at END
 WHERE id = @id;

-- name: ListDueSnapshots :many
SELECT id, provider FROM view_snapshots WHERE next_look_at <= @now::timestamptz ORDER BY next_look_at, id LIMIT @page_size;

-- name: FindSnapshot :many
SELECT id, provider, platform, snapshot_id, status, started_at, looks,
       ARRAY(SELECT DISTINCT external_id FROM view_snapshot_clips WHERE view_snapshot_id = view_snapshots.id ORDER BY external_id)::text[] AS external_ids
  FROM view_snapshots WHERE id = @id;

-- name: ListSnapshotCampaigns :many
-- Who pays for a snapshot: the campaign of the first call for each post.
SELECT campaign_id, count(*)::integer AS clips FROM view_snapshot_clips WHERE view_snapshot_id = @id AND place = 0 GROUP BY campaign_id;

-- name: UpdateSnapshotNextLook :exec
UPDATE view_snapshots SET next_look_at = @next_look_at::timestamptz, looks = looks + 1 WHERE id = @id AND ended_at IS NULL;

-- name: UpdateSnapshotEnded :execrows
UPDATE view_snapshots SET status = @status, ended_at = @ended_at::timestamptz, next_look_at = @ended_at::timestamptz WHERE id = @id AND ended_at IS NULL;

-- name: UpdateSnapshotAnswers :exec
UPDATE view_snapshot_clips AS clip SET answer = given.answer
  FROM (SELECT unnest(@external_ids::text[]) AS external_id, unnest(@answers::jsonb[]) AS answer) AS given
 WHERE clip.view_snapshot_id = @id AND clip.external_id = given.external_id;

-- name: ListOpenSnapshotClips :many
-- The calls that wait, and those that were ended before their answer came.
SELECT external_id, place, campaign_id, workflow_id, task_token, answer, outcome FROM view_snapshot_clips
 WHERE view_snapshot_id = @id AND (outcome IS NULL OR outcome = 'failed_over' AND answer IS NOT NULL)
 ORDER BY external_id, place;

-- name: UpdateSnapshotOutcomes :exec
UPDATE view_snapshot_clips AS clip SET outcome = given.outcome
  FROM (SELECT unnest(@external_ids::text[]) AS external_id, unnest(@places::integer[]) AS place, unnest(@outcomes::text[]) AS outcome) AS given
 WHERE clip.view_snapshot_id = @id AND clip.external_id = given.external_id AND clip.place = given.place;

-- name: UpdateSnapshotDone :exec
UPDATE view_snapshots SET next_look_at = NULL WHERE id = @id AND ended_at IS NOT NULL;

-- name: FindLastObservedAt :many
SELECT observed_at FROM observations WHERE clip_id = @clip_id ORDER BY poll DESC LIMIT 1;

-- name: DeleteSnapshotsBefore :execrows
DELETE FROM view_snapshots WHERE started_at < @before AND next_look_at IS NULL;
