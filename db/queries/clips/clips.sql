-- name: InsertClip :exec
INSERT INTO clips (id, campaign_id, creator_id, platform, external_id, url, status)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO NOTHING;

-- name: FindClipRecord :many
SELECT clip.status, clip.status_reason, clip.waiting_for, clip.published_at, clip.review_deadline, clip.review_closed_at, coalesce((SELECT max(poll) FROM observations WHERE clip_id = clip.id), (SELECT poll FROM archived_readings WHERE clip_id = clip.id), 0)::integer AS polls,
       coalesce((SELECT max(clip_gross_after_minor) FROM accruals WHERE clip_id = clip.id), 0)::bigint AS earned_minor
  FROM clips AS clip WHERE clip.id = $1;

-- name: GetClipForTracking :one
SELECT clip.id, clip.campaign_id, clip.creator_id, clip.platform, clip.external_id, clip.status, clip.status_reason, clip.waiting_for, clip.published_at,
       clip.review_deadline, clip.review_closed_at, campaign.status AS campaign_status, campaign.closing_at, campaign.terms, campaign.ends_at
  FROM clips AS clip JOIN campaigns AS campaign ON campaign.id = clip.campaign_id
 WHERE clip.id = $1;

-- name: UpdateClipStatus :exec
UPDATE clips SET status = $2, status_reason = $3, waiting_for = NULL, updated_at = now() WHERE id = $1;

-- name: UpdateClipWaiting :exec
UPDATE clips SET waiting_for = $2, updated_at = now() WHERE id = $1 AND status IN ('verifying', 'in_review', 'tracking');

-- name: UpdateClipReview :exec
UPDATE clips SET review_since = @since::timestamptz, review_deadline = @deadline::timestamptz WHERE id = @id;

-- name: UpdateClipReviewClosed :execrows
UPDATE clips SET review_closed_at = @closed_at::timestamptz WHERE id = @id AND status = 'in_review' AND review_closed_at IS NULL;

-- name: UpdateClipClosedNow :exec
UPDATE clips SET review_closed_at = coalesce(review_closed_at, @closed_at::timestamptz) WHERE id = @id;

-- name: IsReadingInDoubt :one
-- Whether a clip was never read, its last reading was refused or has signals, or a count of it is not confirmed. A row
-- that repeats a reading, in order to credit it, says nothing new of the first two.
SELECT (NOT EXISTS (SELECT FROM observations AS any_reading WHERE any_reading.clip_id = @clip_id)
        OR coalesce((SELECT newest.claimed_views > 0 FROM observations AS newest
                      WHERE newest.clip_id = @clip_id ORDER BY newest.poll DESC LIMIT 1), false)
        OR coalesce((SELECT judged.decision = 'refused' OR judged.signals IS NOT NULL FROM observations AS judged
                      WHERE judged.clip_id = @clip_id AND judged.decision <> 'repeated' ORDER BY judged.poll DESC LIMIT 1), false))::boolean AS in_doubt;

-- name: UpdateClipReopened :exec
UPDATE clips SET review_closed_at = NULL WHERE id = @id;

-- name: UpdateClipRuling :exec
UPDATE clips SET decision = @decision::text, decided_kind = @decided_kind::text, decided_by = @decided_by::text, decision_code = @decision_code,
       decision_note_id = sqlc.narg(note_id), decided_at = @decided_at::timestamptz
 WHERE id = @id;

-- name: UpdateClipPublished :exec
UPDATE clips SET published_at = $2, updated_at = now() WHERE id = $1;

-- name: ListOpenClips :many
SELECT id FROM clips
 WHERE campaign_id = $1 AND status IN ('verifying', 'in_review', 'tracking') AND (status <> 'in_review' OR review_closed_at IS NULL) AND id > @after::uuid
 ORDER BY id LIMIT @batch;

-- name: ListTrackingCosts :many
SELECT (CASE @by_key::text WHEN 'day' THEN day::text WHEN 'provider' THEN provider ELSE campaign_id::text END)::text AS key,
       sum(clips)::bigint AS clips, sum(cost_micros)::bigint AS cost_micros
  FROM tracking_costs
 WHERE day BETWEEN @first_day::date AND @last_day::date
   AND (sqlc.narg(campaign_id)::uuid IS NULL OR campaign_id = sqlc.narg(campaign_id))
   AND (sqlc.narg(provider)::text IS NULL OR provider = sqlc.narg(provider))
 GROUP BY 1
HAVING (CASE @by_key::text WHEN 'day' THEN day::text WHEN 'provider' THEN provider ELSE campaign_id::text END) > @after_key::text
 ORDER BY 1
 LIMIT @page_size;

-- name: SumTrackingCosts :one
SELECT coalesce(sum(clips), 0)::bigint AS clips, coalesce(sum(cost_micros), 0)::bigint AS cost_micros
  FROM tracking_costs
 WHERE day BETWEEN @first_day::date AND @last_day::date
   AND (sqlc.narg(campaign_id)::uuid IS NULL OR campaign_id = sqlc.narg(campaign_id))
   AND (sqlc.narg(provider)::text IS NULL OR provider = sqlc.narg(provider));

-- name: ReadCampaignTrackingCost :one
SELECT coalesce(sum(cost_micros), 0)::bigint FROM tracking_costs WHERE campaign_id = $1;

-- name: InsertProviderAttempt :exec
-- Stores an attempt and adds its price to what its campaigns have paid, unless it is stored already. Campaigns are in the
-- order of their ids, so that two attempts lock their rows in the same order.
WITH stored AS (
    INSERT INTO provider_attempts (id, provider, platform, clips, outcome, cost_micros, started_at, latency_ms, clips_read)
    VALUES (@id, @provider, @platform, @clips, @outcome, @cost_micros, @started_at, @latency_ms, @clips_read)
    ON CONFLICT (id) DO NOTHING
    RETURNING provider, platform, started_at
)
INSERT INTO tracking_costs AS known (campaign_id, day, provider, platform, clips, cost_micros)
SELECT share.campaign_id, (stored.started_at AT TIME ZONE 'UTC')::date, stored.provider, stored.platform, share.clips, share.cost_micros
  FROM stored CROSS JOIN (SELECT unnest(@campaign_ids::uuid[]) AS campaign_id, unnest(@campaign_clips::bigint[]) AS clips, unnest(@campaign_micros::bigint[]) AS cost_micros) AS share
 ORDER BY share.campaign_id
ON CONFLICT (campaign_id, day, provider, platform) DO UPDATE
   SET clips = known.clips + excluded.clips, cost_micros = known.cost_micros + excluded.cost_micros;

-- name: FindLastClaim :many
-- The last count of a clip that nothing has confirmed, and that its provider stands by. Another one may have
-- contradicted it.
SELECT claimed.claimed_views, claimed.claimed_by, claimed.claimed_excluded_views
  FROM observations AS claimed
 WHERE claimed.clip_id = @clip_id
   AND claimed.claimed_views > (SELECT max(counted.high_water_views) FROM observations AS counted WHERE counted.clip_id = @clip_id)
   AND NOT EXISTS (SELECT FROM observations AS later
                    WHERE later.clip_id = @clip_id AND later.poll > claimed.poll
                      AND (later.decision = 'confirmed' OR later.provider = claimed.claimed_by
                           AND later.claimed_views = 0 AND later.decision NOT IN ('refused', 'repeated')))
 ORDER BY claimed.poll DESC LIMIT 1;
