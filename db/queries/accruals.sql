-- name: InsertProviderAttempt :exec
INSERT INTO provider_attempts (id, provider, platform, clips, outcome, cost_micros, started_at, latency_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (id) DO NOTHING;

-- name: ListRecordedObservations :many
SELECT observation.id, observation.clip_id, observation.poll, observation.views, observation.high_water_views, observation.excluded_views,
       coalesce(accrual.gross_minor, 0)::bigint AS gross_minor, coalesce(accrual.limited_by, 'none')::text AS limited_by
  FROM observations AS observation LEFT JOIN accruals AS accrual ON accrual.observation_id = observation.id
 WHERE observation.id IN (SELECT unnest(@ids::text[])::uuid);

-- name: ListClipStandings :many
-- What the next accrual of each clip builds on: its newest reading and its newest accrual.
SELECT clip.id, clip.campaign_id, clip.creator_id,
       coalesce(observed.high_water_views, 0)::bigint AS high_water_views,
       coalesce(observed.excluded_views, 0)::bigint AS excluded_views,
       coalesce(earned.credited_views_after, 0)::bigint AS credited_views,
       coalesce(earned.clip_gross_after_minor, 0)::bigint AS clip_gross_minor
  FROM clips AS clip
  LEFT JOIN LATERAL (SELECT high_water_views, excluded_views FROM observations
                      WHERE clip_id = clip.id ORDER BY poll DESC LIMIT 1) AS observed ON true
  LEFT JOIN LATERAL (SELECT credited_views_after, clip_gross_after_minor FROM accruals
                      WHERE clip_id = clip.id ORDER BY clip_gross_after_minor DESC LIMIT 1) AS earned ON true
 WHERE clip.id IN (SELECT unnest(@ids::text[])::uuid);

-- name: ListCreatorTotals :many
SELECT creator.id::text AS creator_id,
       coalesce((SELECT creator_gross_after_minor FROM accruals
                  WHERE campaign_id = @campaign_id AND accruals.creator_id = creator.id::uuid
                  ORDER BY creator_gross_after_minor DESC LIMIT 1), 0)::bigint AS gross_minor
  FROM (SELECT unnest(@creator_ids::text[]) AS id) AS creator;

-- name: InsertObservations :exec
INSERT INTO observations (id, clip_id, poll, provider, attempt_id, views, likes, comments, shares,
                          high_water_views, excluded_views, observed_at)
SELECT unnest(@ids::text[])::uuid, unnest(@clip_ids::text[])::uuid, unnest(@polls::integer[]), unnest(@providers::text[]),
       unnest(@attempt_ids::text[])::uuid, unnest(@views::bigint[]), unnest(@likes::bigint[]), unnest(@comments::bigint[]),
       unnest(@shares::bigint[]), unnest(@high_water_views::bigint[]), unnest(@excluded_views::bigint[]),
       unnest(@observed_ats::timestamptz[]);

-- name: InsertAccruals :exec
INSERT INTO accruals (id, clip_id, campaign_id, creator_id, observation_id, entry_id, currency, gross_minor, creator_minor,
                      fee_minor, credited_views_after, clip_gross_after_minor, creator_gross_after_minor, limited_by, accrued_at)
SELECT unnest(@ids::text[])::uuid, unnest(@clip_ids::text[])::uuid, @campaign_id, unnest(@creator_ids::text[])::uuid,
       unnest(@observation_ids::text[])::uuid, unnest(@entry_ids::text[])::uuid, @currency, unnest(@gross_minor::bigint[]),
       unnest(@creator_minor::bigint[]), unnest(@fee_minor::bigint[]), unnest(@credited_views_after::bigint[]),
       unnest(@clip_gross_after_minor::bigint[]), unnest(@creator_gross_after_minor::bigint[]),
       unnest(@limited_by::text[]), unnest(@accrued_ats::timestamptz[]);

-- name: InsertHolds :exec
INSERT INTO holds (accrual_id, campaign_id, creator_id, currency, amount_minor, available_at)
SELECT unnest(@accrual_ids::text[])::uuid, @campaign_id, unnest(@creator_ids::text[])::uuid, @currency,
       unnest(@amounts_minor::bigint[]), unnest(@available_ats::timestamptz[]);

-- name: LockDueHolds :many
SELECT accrual_id, creator_id, currency, amount_minor FROM holds
 WHERE release_entry_id IS NULL AND available_at <= @due_at
 ORDER BY available_at, accrual_id LIMIT @batch
   FOR UPDATE SKIP LOCKED;

-- name: UpdateHoldsReleased :exec
UPDATE holds SET release_entry_id = released.entry_id
  FROM (SELECT unnest(@accrual_ids::text[])::uuid AS accrual_id, unnest(@entry_ids::text[])::uuid AS entry_id) AS released
 WHERE holds.accrual_id = released.accrual_id;

-- name: ListDueCreators :many
SELECT DISTINCT creator_id::text FROM
    (SELECT creator_id FROM holds WHERE release_entry_id IS NULL AND available_at <= @due_at
      ORDER BY available_at, accrual_id LIMIT @batch) AS due;
