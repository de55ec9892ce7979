-- name: ListRecordedReadings :many
SELECT observation.clip_id, observation.poll, observation.attempt_id, observation.views, observation.likes, observation.comments, observation.shares,
       observation.observed_at, observation.high_water_views, observation.limited_by, observation.campaign_status, observation.is_final,
       observation.decision, observation.accepted_views, observation.claimed_views, observation.claimed_by, observation.claimed_excluded_views,
       coalesce(accrual.gross_minor, 0)::bigint AS gross_minor
  FROM (SELECT unnest(@clip_ids::uuid[]) AS clip_id, unnest(@polls::integer[]) AS poll) AS asked
  JOIN observations AS observation ON observation.clip_id = asked.clip_id AND observation.poll = asked.poll
  LEFT JOIN accruals AS accrual ON accrual.clip_id = asked.clip_id AND accrual.poll = asked.poll;

-- name: ListClipProgress :many
-- What the next accrual of each clip starts from: its newest reading, its newest accrual, what was
-- clawed back of it, what its creator has earned in the campaign, and what is kept for it and for the clips before it.
SELECT clip.id, clip.campaign_id, clip.creator_id, clip.holds_post, participation.affiliate_id, clip.platform, clip.external_id,
       coalesce(observed.poll, -1)::integer AS last_poll,
       coalesce(observed.views, 0)::bigint AS views, coalesce(observed.likes, 0)::bigint AS likes,
       coalesce(observed.comments, 0)::bigint AS comments, coalesce(observed.shares, 0)::bigint AS shares,
       coalesce(observed.observed_at, 'epoch')::timestamptz AS observed_at,
       coalesce(observed.trusted_views, 0)::bigint AS trusted_views, coalesce(observed.claimed_views, 0)::bigint AS claimed_views,
       coalesce(observed.claimed_by, '')::text AS claimed_by, coalesce(observed.claimed_excluded_views, 0)::bigint AS claimed_excluded_views,
       coalesce(observed.is_final, false)::boolean AS is_final, coalesce(observed.limited_by, 'none')::text AS limited_by,
       coalesce(observed.high_water_views, 0)::bigint AS high_water_views,
       coalesce(observed.excluded_views, 0)::bigint AS excluded_views,
       coalesce(observed.observed_at, clip.published_at, '0001-01-01 00:00:00+00'::timestamptz)::timestamptz AS counted_until,
       (clip.status = 'in_review')::boolean AS in_review, (kept.clip_id IS NOT NULL)::boolean AS was_kept, coalesce(kept.kept_minor, 0)::bigint AS kept_minor,
       (CASE WHEN kept.kept_minor > 0 THEN
           (SELECT coalesce(sum(earlier.kept_minor), 0) FROM kept_reviews AS earlier JOIN clips AS other ON other.id = earlier.clip_id
             WHERE earlier.campaign_id = clip.campaign_id AND earlier.kept_minor > 0
               AND (NOT other.holds_post, earlier.submitted_at, earlier.clip_id) < (NOT clip.holds_post, kept.submitted_at, kept.clip_id)) ELSE 0 END)::bigint AS kept_before_minor,
       coalesce(earned.credited_views_after, 0)::bigint AS credited_views,
       coalesce(earned.clip_gross_after_minor, 0)::bigint AS clip_gross_minor,
       coalesce((SELECT sum(corrected_minor) FROM corrections
                  WHERE corrections.clip_id = clip.id AND kind = 'clawback'), 0)::bigint AS clip_clawed_back_minor,
       coalesce((SELECT creator_gross_after_minor FROM accruals
                  WHERE accruals.campaign_id = clip.campaign_id AND accruals.creator_id = clip.creator_id
                  ORDER BY creator_gross_after_minor DESC LIMIT 1), 0)::bigint AS creator_gross_minor
  FROM clips AS clip
  LEFT JOIN participations AS participation ON participation.campaign_id = clip.campaign_id AND participation.creator_id = clip.creator_id
  LEFT JOIN LATERAL (SELECT poll, views, likes, comments, shares, observed_at, high_water_views, excluded_views, trusted_views,
                            claimed_views, claimed_by, claimed_excluded_views, is_final, limited_by FROM observations
                      WHERE clip_id = clip.id ORDER BY poll DESC LIMIT 1) AS observed ON true
  LEFT JOIN LATERAL (SELECT credited_views_after, clip_gross_after_minor FROM accruals
                      WHERE clip_id = clip.id ORDER BY poll DESC LIMIT 1) AS earned ON true
  LEFT JOIN kept_reviews AS kept ON kept.clip_id = clip.id
 WHERE clip.id = ANY (@ids::uuid[]);

-- name: ListCampaignPauses :many
SELECT paused_at, resumed_at FROM campaign_pauses WHERE campaign_id = $1 ORDER BY paused_at;

-- name: ListClipBeneficiaries :many
-- The creators who may earn by clips: those of the clips, and their affiliates.
SELECT clip.id, clip.creator_id, participation.affiliate_id
  FROM clips AS clip
  LEFT JOIN participations AS participation ON participation.campaign_id = clip.campaign_id AND participation.creator_id = clip.creator_id
 WHERE clip.id = ANY (@ids::uuid[]);

-- name: FindLastReading :many
-- The newest reading of a clip that is still tracked, or in review.
SELECT clip.campaign_id, campaign.terms, observed.poll, observed.provider, observed.attempt_id, observed.views, observed.likes, observed.comments,
       observed.shares, observed.observed_at, observed.is_final, observed.limited_by, observed.claimed_views, (clip.status = 'in_review')::boolean AS in_review,
       EXISTS (SELECT FROM kept_reviews WHERE kept_reviews.clip_id = clip.id) AS was_kept
  FROM clips AS clip
  JOIN campaigns AS campaign ON campaign.id = clip.campaign_id
  JOIN LATERAL (SELECT poll, provider, attempt_id, views, likes, comments, shares, observed_at, is_final, limited_by, claimed_views FROM observations
                 WHERE clip_id = clip.id ORDER BY poll DESC LIMIT 1) AS observed ON true
 WHERE clip.id = @clip_id AND clip.status IN ('in_review', 'tracking');

-- name: ListWithheldReadings :many
-- The first final readings of a campaign that a dispute has limited, in the order of submission.
SELECT id AS clip_id, poll, provider, attempt_id, views, likes, comments, shares, observed_at
  FROM withheld_clips WHERE campaign_id = $1 ORDER BY submitted_at, id LIMIT @batch;

-- name: UpdateKeptOfBatch :exec
-- What a batch has taken out of the money kept for reviews, and what it has released. It comes before the
-- accruals of the batch: what is spent must not be kept as well.
WITH kept AS (
    UPDATE kept_reviews SET kept_minor = change.kept_minor
      FROM (SELECT unnest(@clip_ids::uuid[]) AS clip_id, unnest(@kept_minor::bigint[]) AS kept_minor) AS change
     WHERE kept_reviews.clip_id = change.clip_id
)
UPDATE campaign_budgets SET kept_minor = campaign_budgets.kept_minor - @less_minor::bigint WHERE campaign_budgets.campaign_id = @campaign_id;

-- name: InsertReadings :exec
-- Everything of a batch of readings except its journal entries, which are inserted before.
WITH observed AS (
    INSERT INTO observations (clip_id, poll, provider, attempt_id, views, likes, comments, shares,
                              high_water_views, excluded_views, accepted_views, trusted_views, claimed_views, claimed_by, claimed_excluded_views,
                              decision, signals, observed_at, limited_by, campaign_status, is_final)
    SELECT unnest(@clip_ids::uuid[]), unnest(@polls::integer[]), unnest(@providers::text[]), unnest(@attempt_ids::uuid[]),
           unnest(@views::bigint[]), unnest(@likes::bigint[]), unnest(@comments::bigint[]), unnest(@shares::bigint[]),
           unnest(@high_water_views::bigint[]), unnest(@excluded_views::bigint[]),
           unnest(@accepted_views::bigint[]), unnest(@trusted_views::bigint[]), unnest(@claimed_views::bigint[]), unnest(@claimed_by::text[]),
           unnest(@claimed_excluded_views::bigint[]), unnest(@decisions::text[]), nullif(unnest(@signals::text[]), '')::jsonb, unnest(@observed_ats::timestamptz[]),
           unnest(@limited_by::text[]), @campaign_status, unnest(@are_final::boolean[])
), accrued AS (
    INSERT INTO accruals (entry_id, clip_id, poll, campaign_id, creator_id, affiliate_id, currency, gross_minor, creator_minor, fee_minor,
                          affiliate_minor, credited_views_after, clip_gross_after_minor, clip_net_after_minor, creator_gross_after_minor, accrued_at)
    SELECT unnest(@entry_ids::uuid[]), unnest(@accrual_clip_ids::uuid[]), unnest(@accrual_polls::integer[]), @campaign_id,
           unnest(@creator_ids::uuid[]), nullif(unnest(@affiliate_ids::uuid[]), '00000000-0000-0000-0000-000000000000'), @currency,
           unnest(@gross_minor::bigint[]), unnest(@creator_minor::bigint[]), unnest(@fee_minor::bigint[]), unnest(@affiliate_minor::bigint[]),
           unnest(@credited_views_after::bigint[]), unnest(@clip_gross_after_minor::bigint[]), unnest(@clip_net_after_minor::bigint[]), unnest(@creator_gross_after_minor::bigint[]),
           unnest(@accrued_ats::timestamptz[])
), held AS (
    INSERT INTO holds (entry_id, creator_id, campaign_id, currency, amount_minor, available_at)
    SELECT unnest(@hold_entry_ids::uuid[]), unnest(@hold_creator_ids::uuid[]), @campaign_id, @currency,
           unnest(@hold_amounts_minor::bigint[]), unnest(@available_ats::timestamptz[])
)
UPDATE campaign_budgets
   SET spent_minor = spent_minor + @spent_minor::bigint, readings = readings + cardinality(@clip_ids::uuid[]),
       pacing_day = sqlc.narg(pacing_day)::date, pacing_day_spent_minor = @pacing_day_spent_minor,
       pacing_hour = sqlc.narg(pacing_hour)::timestamptz, pacing_hour_spent_minor = @pacing_hour_spent_minor
 WHERE campaign_budgets.campaign_id = @campaign_id;
