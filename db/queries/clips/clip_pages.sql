-- name: ReadClip :one
SELECT clip.id, clip.campaign_id, campaign.organization_id, campaign.currency, clip.creator_id, clip.platform, clip.external_id,
       clip.url, clip.status, clip.status_reason, clip.waiting_for, clip.published_at, clip.submitted_at, campaign.status AS campaign_status,
       clip.review_since, clip.review_deadline, clip.review_closed_at, clip.decision, clip.decided_kind, clip.decided_by, clip.decision_code, clip.decision_note_id, clip.decided_at,
       coalesce((SELECT kept_minor FROM kept_reviews WHERE kept_reviews.clip_id = clip.id), 0)::bigint AS kept_minor,
       coalesce((SELECT appeal.status FROM appeals AS appeal WHERE appeal.subject_kind = 'clip' AND appeal.subject_id = clip.id), '')::text AS appeal_status,
       coalesce((SELECT views FROM observations WHERE observations.clip_id = clip.id ORDER BY poll DESC LIMIT 1),
                (SELECT views FROM archived_readings WHERE archived_readings.clip_id = clip.id), 0)::bigint AS observed_views,
       coalesce((SELECT high_water_views FROM observations WHERE observations.clip_id = clip.id ORDER BY poll DESC LIMIT 1),
                (SELECT accepted_views FROM archived_readings WHERE archived_readings.clip_id = clip.id), 0)::bigint AS accepted_views,
       coalesce((SELECT claimed_views FROM observations WHERE observations.clip_id = clip.id ORDER BY poll DESC LIMIT 1),
                (SELECT claimed_views FROM archived_readings WHERE archived_readings.clip_id = clip.id), 0)::bigint AS claimed_views,
       coalesce((SELECT claim.claimed_views FROM clip_contests AS claim WHERE claim.clip_id = clip.id), 0)::bigint AS contested_views,
       coalesce((SELECT credited_views_after FROM accruals WHERE accruals.clip_id = clip.id ORDER BY poll DESC LIMIT 1), 0)::bigint AS credited_views,
       coalesce((SELECT clip_gross_after_minor FROM accruals WHERE accruals.clip_id = clip.id ORDER BY poll DESC LIMIT 1), 0)::bigint AS credited_minor,
       coalesce((SELECT sum(corrected_minor) FROM corrections WHERE corrections.clip_id = clip.id AND corrections.kind = 'clawback'), 0)::bigint AS clawed_back_minor
  FROM clips AS clip JOIN campaigns AS campaign ON campaign.id = clip.campaign_id
 WHERE clip.id = @id;

-- name: ListClipPage :many
SELECT clip.id, clip.campaign_id, campaign.organization_id, campaign.currency, clip.creator_id, clip.platform, clip.external_id,
       clip.url, clip.status, clip.status_reason, clip.waiting_for, clip.published_at, clip.submitted_at, campaign.status AS campaign_status,
       clip.review_since, clip.review_deadline, clip.review_closed_at, clip.decision, clip.decided_kind, clip.decided_by, clip.decision_code, clip.decision_note_id, clip.decided_at,
       coalesce((SELECT kept_minor FROM kept_reviews WHERE kept_reviews.clip_id = clip.id), 0)::bigint AS kept_minor,
       coalesce((SELECT appeal.status FROM appeals AS appeal WHERE appeal.subject_kind = 'clip' AND appeal.subject_id = clip.id), '')::text AS appeal_status,
       coalesce((SELECT views FROM observations WHERE observations.clip_id = clip.id ORDER BY poll DESC LIMIT 1),
                (SELECT views FROM archived_readings WHERE archived_readings.clip_id = clip.id), 0)::bigint AS observed_views,
       coalesce((SELECT high_water_views FROM observations WHERE observations.clip_id = clip.id ORDER BY poll DESC LIMIT 1),
                (SELECT accepted_views FROM archived_readings WHERE archived_readings.clip_id = clip.id), 0)::bigint AS accepted_views,
       coalesce((SELECT claimed_views FROM observations WHERE observations.clip_id = clip.id ORDER BY poll DESC LIMIT 1),
                (SELECT claimed_views FROM archived_readings WHERE archived_readings.clip_id = clip.id), 0)::bigint AS claimed_views,
       coalesce((SELECT claim.claimed_views FROM clip_contests AS claim WHERE claim.clip_id = clip.id), 0)::bigint AS contested_views,
       coalesce((SELECT credited_views_after FROM accruals WHERE accruals.clip_id = clip.id ORDER BY poll DESC LIMIT 1), 0)::bigint AS credited_views,
       coalesce((SELECT clip_gross_after_minor FROM accruals WHERE accruals.clip_id = clip.id ORDER BY poll DESC LIMIT 1), 0)::bigint AS credited_minor,
       coalesce((SELECT sum(corrected_minor) FROM corrections WHERE corrections.clip_id = clip.id AND corrections.kind = 'clawback'), 0)::bigint AS clawed_back_minor
  FROM clips AS clip JOIN campaigns AS campaign ON campaign.id = clip.campaign_id
 WHERE clip.campaign_id = @campaign_id
   AND (sqlc.narg(creator_id)::uuid IS NULL OR clip.creator_id = sqlc.narg(creator_id))
   AND (sqlc.narg(status)::text IS NULL OR clip.status = sqlc.narg(status))
   AND (sqlc.narg(after_id)::uuid IS NULL OR clip.id > sqlc.narg(after_id))
 ORDER BY clip.id
 LIMIT @page_size;

-- name: ListObservationPage :many
SELECT poll, provider, views, likes, comments, shares, observed_at, decision, accepted_views, claimed_views, claimed_by,
       coalesce(signals, '[]')::text AS signals
  FROM observations
 WHERE clip_id = @clip_id AND poll > @after_poll
 ORDER BY poll
 LIMIT @page_size;
