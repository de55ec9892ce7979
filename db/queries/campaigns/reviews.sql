-- name: ListReviews :many
-- Clips in review in the order of their submission, with what their approval would start from, and the views that would
-- earn if their unconfirmed counts were true. Those of unproven
-- channels come last, so that a claim on another's posts takes no budget from proven creators, and not at all if another
-- clip holds the post. With a time, also those that a person has rejected or removed since, and whose creator can appeal
-- or has an open appeal.
SELECT clip.id, clip.holds_post, (clip.status = 'in_review')::boolean AS in_review, clip.decided_at, clip.creator_id, clip.submitted_at,
       (coalesce(reading.high_water_views, 0) - coalesce(reading.excluded_views, 0))::bigint AS creditable_views,
       (greatest(reading.high_water_views, reading.claimed_views - reading.claimed_excluded_views,
                 (SELECT contest.claimed_views FROM clip_contests AS contest WHERE contest.clip_id = clip.id), 0) - coalesce(reading.excluded_views, 0))::bigint AS claimed_views,
       coalesce(earned.credited_views_after, 0)::bigint AS credited_views,
       coalesce(earned.clip_gross_after_minor, 0)::bigint AS clip_gross_minor,
       coalesce((SELECT sum(corrected_minor) FROM corrections WHERE corrections.clip_id = clip.id AND kind = 'clawback'), 0)::bigint AS clip_clawed_back_minor,
       coalesce((SELECT creator_gross_after_minor FROM accruals
                  WHERE accruals.campaign_id = clip.campaign_id AND accruals.creator_id = clip.creator_id
                  ORDER BY creator_gross_after_minor DESC LIMIT 1), 0)::bigint AS creator_gross_minor
  FROM clips AS clip
  LEFT JOIN LATERAL (SELECT high_water_views, excluded_views, claimed_views, claimed_excluded_views FROM observations
                      WHERE observations.clip_id = clip.id ORDER BY poll DESC LIMIT 1) AS reading ON true
  LEFT JOIN LATERAL (SELECT credited_views_after, clip_gross_after_minor FROM accruals WHERE accruals.clip_id = clip.id ORDER BY poll DESC LIMIT 1) AS earned ON true
 WHERE clip.campaign_id = @campaign_id
   AND (clip.status = 'in_review'
        OR clip.status IN ('rejected', 'removed') AND clip.decided_kind = 'person' AND clip.decision IN ('reject', 'remove')
           AND CASE coalesce((SELECT appeal.status FROM appeals AS appeal WHERE appeal.subject_kind = 'clip' AND appeal.subject_id = clip.id), '')
               WHEN '' THEN clip.decided_at > sqlc.narg(decided_after)::timestamptz
               WHEN 'open' THEN sqlc.narg(decided_after)::timestamptz IS NOT NULL
               ELSE false END)
   AND (clip.holds_post OR NOT EXISTS (SELECT FROM clips AS holder
                                        WHERE holder.platform = clip.platform AND holder.external_id = clip.external_id
                                          AND holder.holds_post AND holder.status <> 'rejected' AND holder.id <> clip.id))
 ORDER BY clip.holds_post DESC, clip.submitted_at, clip.id;

-- name: ListWithheldStanding :many
-- Clips of which a dispute holds back what their final reading would have credited, in the order of their
-- submission, with what that starts from.
SELECT clip.id, clip.holds_post, false AS in_review, clip.decided_at, clip.creator_id, clip.submitted_at,
       (reading.high_water_views - reading.excluded_views)::bigint AS creditable_views,
       (reading.high_water_views - reading.excluded_views)::bigint AS claimed_views,
       coalesce(earned.credited_views_after, 0)::bigint AS credited_views,
       coalesce(earned.clip_gross_after_minor, 0)::bigint AS clip_gross_minor,
       0::bigint AS clip_clawed_back_minor,
       coalesce((SELECT creator_gross_after_minor FROM accruals
                  WHERE accruals.campaign_id = clip.campaign_id AND accruals.creator_id = clip.creator_id
                  ORDER BY creator_gross_after_minor DESC LIMIT 1), 0)::bigint AS creator_gross_minor
  FROM withheld_clips AS withheld JOIN clips AS clip ON clip.id = withheld.id
  JOIN observations AS reading ON reading.clip_id = clip.id AND reading.poll = withheld.poll
  LEFT JOIN LATERAL (SELECT credited_views_after, clip_gross_after_minor FROM accruals WHERE accruals.clip_id = clip.id ORDER BY poll DESC LIMIT 1) AS earned ON true
 WHERE withheld.campaign_id = @campaign_id
 ORDER BY clip.submitted_at, clip.id;

-- name: InsertKeptReviews :exec
INSERT INTO kept_reviews (clip_id, campaign_id, submitted_at, first_minor, wanted_minor, claimed_minor, kept_minor, kept_at, release_after)
SELECT kept.clip_id, @campaign_id, kept.submitted_at, kept.amount_minor, kept.wanted_minor, kept.claimed_minor, kept.amount_minor, @kept_at, nullif(kept.release_after, 'epoch')
  FROM (SELECT unnest(@clip_ids::uuid[]) AS clip_id, unnest(@submitted_ats::timestamptz[]) AS submitted_at,
               unnest(@kept_minor::bigint[]) AS amount_minor, unnest(@wanted_minor::bigint[]) AS wanted_minor, unnest(@claimed_minor::bigint[]) AS claimed_minor, unnest(@release_afters::timestamptz[]) AS release_after) AS kept;

-- name: UpdateKeptBudget :exec
UPDATE campaign_budgets SET kept_minor = kept_minor + @change_minor, reviews = reviews + 1 WHERE campaign_id = @campaign_id;

-- name: UpdateReviewCount :exec
UPDATE campaign_budgets SET reviews = reviews + 1 WHERE campaign_id = @campaign_id;

-- name: TrimKept :exec
-- Money of the campaign is gone, so less can be kept: clips of unproven channels lose theirs first, then those that were
-- submitted last.
WITH ordered AS (
    SELECT clip_id, kept_minor, sum(kept_minor) OVER (ORDER BY clip.holds_post, kept_reviews.submitted_at DESC, clip_id DESC) AS sum_minor
      FROM kept_reviews JOIN clips AS clip ON clip.id = kept_reviews.clip_id WHERE kept_reviews.campaign_id = @campaign_id AND kept_minor > 0
), trimmed AS (
    UPDATE kept_reviews AS kept
       SET kept_minor = greatest(0, least(ordered.kept_minor, ordered.sum_minor - @excess_minor::bigint))
      FROM ordered
     WHERE kept.clip_id = ordered.clip_id AND ordered.sum_minor - ordered.kept_minor < @excess_minor::bigint
)
UPDATE campaign_budgets SET kept_minor = campaign_budgets.kept_minor - @excess_minor::bigint, reviews = reviews + 1
 WHERE campaign_budgets.campaign_id = @campaign_id;

-- name: FindKept :many
SELECT clip_id, campaign_id, kept_minor FROM kept_reviews WHERE clip_id = @clip_id;

-- name: UpdateKept :exec
UPDATE kept_reviews SET kept_minor = @kept_minor WHERE clip_id = @clip_id;

-- name: UpdateKeptRelease :exec
-- A time for which the money stays, or NULL while the clip is not decided.
UPDATE kept_reviews SET release_after = sqlc.narg(release_after)::timestamptz WHERE clip_id = @clip_id;

-- name: PassOnKept :one
-- Gives money that was kept for others to clips that are not decided yet and for which the budget was too small, and
-- returns how much they take: first what their approval would pay, then what their unconfirmed counts would.
WITH short AS (
    SELECT kept.clip_id, part.missing_minor,
           sum(part.missing_minor) OVER (ORDER BY part.number, NOT clip.holds_post, kept.submitted_at, kept.clip_id) AS sum_minor
      FROM kept_reviews AS kept JOIN clips AS clip ON clip.id = kept.clip_id
     CROSS JOIN LATERAL (SELECT 1 AS number, greatest(0, kept.wanted_minor - kept.kept_minor) AS missing_minor
                          UNION ALL
                         SELECT 2 AS number, kept.claimed_minor - greatest(kept.wanted_minor, kept.kept_minor) AS missing_minor) AS part
     WHERE kept.campaign_id = @campaign_id AND part.missing_minor > 0
       AND (clip.status = 'in_review'
            OR clip.status = 'tracking' AND clip.review_closed_at IS NOT NULL
            OR clip.status IN ('rejected', 'removed')
               AND (kept.release_after > @now::timestamptz
                    OR EXISTS (SELECT FROM appeals WHERE appeals.subject_kind = 'clip' AND appeals.subject_id = kept.clip_id AND appeals.status = 'open')))
), passed AS (
    UPDATE kept_reviews AS kept SET kept_minor = kept.kept_minor + gift.amount_minor
      FROM (SELECT clip_id, sum(greatest(0, least(missing_minor, missing_minor - sum_minor + @amount_minor::bigint))) AS amount_minor
              FROM short GROUP BY clip_id) AS gift
     WHERE kept.clip_id = gift.clip_id AND gift.amount_minor > 0
    RETURNING gift.amount_minor
)
SELECT coalesce(sum(amount_minor), 0)::bigint AS passed_minor FROM passed;

-- name: ListReleasable :many
-- Kept money whose time has come, of clips without an open appeal. The time has also come if the clip has ended
-- and nothing is left that it could be credited: money must not stay because a way into the end set no time.
SELECT clip_id, kept_minor FROM kept_reviews JOIN clips AS clip ON clip.id = kept_reviews.clip_id
 WHERE kept_reviews.campaign_id = @campaign_id AND kept_minor > 0
   AND (release_after <= @now::timestamptz
        OR release_after IS NULL AND NOT EXISTS (SELECT FROM withheld_clips WHERE withheld_clips.id = kept_reviews.clip_id) AND CASE clip.status
           WHEN 'finished' THEN true
           WHEN 'rejected' THEN clip.decided_kind IS DISTINCT FROM 'person' OR clip.decided_at <= @decided_before::timestamptz
           WHEN 'removed' THEN clip.decided_kind IS DISTINCT FROM 'person' OR clip.decided_at <= @decided_before::timestamptz
           ELSE false END)
   AND NOT EXISTS (SELECT FROM appeals WHERE appeals.subject_kind = 'clip' AND appeals.subject_id = kept_reviews.clip_id AND appeals.status = 'open')
 ORDER BY kept_reviews.submitted_at, clip_id LIMIT @batch;

-- name: ListKeptUndecided :many
-- Kept clips that are not decided, or not credited yet.
SELECT kept.clip_id FROM kept_reviews AS kept JOIN clips AS clip ON clip.id = kept.clip_id
 WHERE kept.campaign_id = @campaign_id AND kept.kept_minor > 0 AND kept.release_after IS NULL AND clip.status IN ('in_review', 'tracking')
   AND kept.clip_id > @after::uuid
 ORDER BY kept.clip_id LIMIT @batch;
