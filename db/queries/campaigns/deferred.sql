-- name: ListDeferred :many
-- Clips whose last reading pacing has limited, with what that reading would credit and what is credited.
SELECT clip.id, (reading.high_water_views - reading.excluded_views)::bigint AS creditable_views, coalesce(earned.credited_views_after, 0)::bigint AS credited_views,
       coalesce(earned.clip_gross_after_minor, 0)::bigint AS clip_gross_minor
  FROM clips AS clip
  JOIN LATERAL (SELECT high_water_views, excluded_views, limited_by, is_final FROM observations
                 WHERE observations.clip_id = clip.id ORDER BY poll DESC LIMIT 1) AS reading ON true
  LEFT JOIN LATERAL (SELECT credited_views_after, clip_gross_after_minor FROM accruals WHERE accruals.clip_id = clip.id ORDER BY poll DESC LIMIT 1) AS earned ON true
 WHERE clip.campaign_id = @campaign_id AND clip.status IN ('verifying', 'tracking')
   AND reading.limited_by IN ('daily_pacing', 'hourly_pacing') AND NOT reading.is_final;
