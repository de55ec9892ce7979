-- name: InsertChannel :execrows
INSERT INTO channels (id, creator_id, platform, author_id, author_digest)
VALUES (@id, @creator_id, @platform, @author_id, @author_digest)
ON CONFLICT (creator_id, platform, author_digest) DO NOTHING;

-- name: ReadChannelOfCreator :one
SELECT id, creator_id, platform, author_id, status, proven_at, revoked_reason, created_at
  FROM channels
 WHERE creator_id = @creator_id AND platform = @platform AND author_digest = @author_digest;

-- name: ReadChannel :one
SELECT id, creator_id, platform, author_id, author_digest, status, proven_at, revoked_reason, created_at
  FROM channels WHERE id = @id;

-- name: ListChannels :many
SELECT id, creator_id, platform, author_id, status, proven_at, revoked_reason, created_at
  FROM channels
 WHERE creator_id = @creator_id
 ORDER BY id
 LIMIT @page_size;

-- name: CountChannels :one
SELECT count(*) FROM channels WHERE creator_id = @creator_id;

-- name: CountOtherProofs :one
SELECT count(*) FROM channels WHERE creator_id = @creator_id AND status = 'proving' AND id <> @id;

-- name: HasChannelOn :one
SELECT EXISTS (SELECT FROM channels WHERE creator_id = @creator_id AND platform = @platform);

-- name: IsProvenByAnother :one
SELECT EXISTS (SELECT FROM channels
                WHERE platform = @platform AND author_digest = @author_digest AND status = 'proven' AND creator_id <> @creator_id);

-- name: LockClaims :many
-- Every claim on an account of a platform, in one order, so that two proofs wait for each other.
SELECT id, creator_id, status FROM channels
 WHERE platform = @platform AND author_digest = @author_digest
 ORDER BY id FOR UPDATE;

-- name: LockChannelsOfAuthors :many
-- The channels of a creator that a post may be of. No proof or revocation comes in between.
SELECT id, status FROM channels
 WHERE creator_id = @creator_id AND platform = @platform AND author_digest = ANY (@author_digests::text[])
 ORDER BY id FOR SHARE;

-- name: LockChannelOfClip :many
SELECT channel.id, channel.status FROM clips AS clip JOIN channels AS channel ON channel.id = clip.channel_id
 WHERE clip.id = @clip_id FOR SHARE OF channel;

-- name: UpdateChannelStatus :exec
UPDATE channels
   SET status = @status, proven_at = coalesce(sqlc.narg(proven_at), proven_at), revoked_reason = coalesce(sqlc.narg(revoked_reason), revoked_reason)
 WHERE id = @id;

-- name: SupersedeClaims :exec
-- A claim that a person has revoked stays revoked.
UPDATE channels SET status = 'superseded'
 WHERE platform = @platform AND author_digest = @author_digest AND id <> @id AND status IN ('unproven', 'proving', 'expired');

-- name: LockBudgetsOfChannel :many
-- The budgets of all campaigns that have a clip of a channel.
SELECT campaign_id FROM campaign_budgets
 WHERE campaign_id IN (SELECT campaign_id FROM clips WHERE channel_id = @channel_id)
 ORDER BY campaign_id FOR UPDATE;

-- name: CountOwnerships :exec
UPDATE campaign_budgets SET ownerships = ownerships + 1 WHERE campaign_id = ANY (@campaign_ids::uuid[]);

-- name: TakePosts :exec
-- Gives each post of a proven channel that no clip holds to the clip that was submitted first. One that has ended
-- because the proof did not come earns nothing, so it takes none.
UPDATE clips SET holds_post = true, updated_at = now()
 WHERE id IN (SELECT DISTINCT ON (mine.external_id) mine.id
                FROM clips AS mine
               WHERE mine.channel_id = @channel_id AND mine.status <> 'rejected'
                 AND NOT (mine.status = 'finished' AND mine.status_reason IS NOT DISTINCT FROM 'channel_unproven')
                 AND NOT EXISTS (SELECT FROM clips AS other
                                  WHERE other.platform = mine.platform AND other.external_id = mine.external_id
                                    AND other.holds_post AND other.status <> 'rejected')
               ORDER BY mine.external_id, mine.submitted_at, mine.id);

-- name: LeavePosts :exec
UPDATE clips SET holds_post = false, updated_at = now() WHERE channel_id = @channel_id AND holds_post;

-- name: UpdateClipChannel :exec
UPDATE clips SET channel_id = @channel_id, holds_post = @holds_post, updated_at = now() WHERE id = @id;

-- name: IsPostTaken :one
-- A post is taken if a clip of a proven channel holds it, or the creator has submitted it before. A clip that has
-- ended because the proof did not come takes nothing from its creator.
SELECT EXISTS (SELECT FROM clips
                WHERE platform = @platform AND external_id = @external_id AND status <> 'rejected' AND id <> @id
                  AND (holds_post
                       OR creator_id = @creator_id AND NOT (status = 'finished' AND status_reason IS NOT DISTINCT FROM 'channel_unproven')));

-- name: ReadClipChannel :many
-- The channel of a clip, and whether another creator has proven it.
SELECT clip.holds_post, channel.id, channel.status,
       EXISTS (SELECT FROM channels AS other
                WHERE other.platform = channel.platform AND other.author_digest = channel.author_digest
                  AND other.status = 'proven' AND other.id <> channel.id)::boolean AS proven_by_another
  FROM clips AS clip JOIN channels AS channel ON channel.id = clip.channel_id
 WHERE clip.id = @clip_id;

-- name: ListOpenClipsOfAuthor :many
-- The clips, of any creator, of an account of a platform that may still earn.
SELECT clip.id FROM clips AS clip JOIN channels AS channel ON channel.id = clip.channel_id
 WHERE channel.platform = @platform AND channel.author_digest = @author_digest
   AND clip.status IN ('verifying', 'in_review', 'tracking') AND clip.id > @after::uuid
 ORDER BY clip.id LIMIT @batch;

-- name: InsertProof :exec
INSERT INTO channel_proofs (id, channel_id, code, post_external_id, issued_at, expires_at)
VALUES (@id, @channel_id, @code, @post_external_id, @issued_at, @expires_at);

-- name: ReadProof :many
SELECT id, channel_id, code, post_external_id, issued_at, expires_at, looked_at, seen, looks, ended_at, outcome
  FROM channel_proofs WHERE id = @id;

-- name: FindLastProof :many
SELECT id, channel_id, code, post_external_id, issued_at, expires_at, looked_at, seen, looks, ended_at, outcome
  FROM channel_proofs WHERE channel_id = @channel_id ORDER BY (outcome = '') DESC, issued_at DESC, id DESC LIMIT 1;

-- name: RecordProofLook :exec
UPDATE channel_proofs SET looked_at = @looked_at, seen = @seen, looks = @looks
 WHERE id = @id AND channel_id = @channel_id AND outcome = '' AND looks < @looks;

-- name: EndProof :execrows
UPDATE channel_proofs
   SET outcome = @outcome, ended_at = @ended_at, provider = sqlc.narg(provider), attempt_id = sqlc.narg(attempt_id)
 WHERE id = @id AND channel_id = @channel_id AND outcome = '';

-- name: EndProofsOfAuthor :exec
UPDATE channel_proofs SET outcome = @outcome, ended_at = @ended_at
 WHERE outcome = '' AND channel_id IN (SELECT id FROM channels WHERE platform = @platform AND author_digest = @author_digest);

-- name: ReplaceProof :exec
UPDATE channel_proofs SET outcome = 'replaced', ended_at = @ended_at WHERE channel_id = @channel_id AND outcome = '';
