-- name: ReadCampaign :one
SELECT campaign.id, campaign.organization_id, campaign.name, campaign.status, campaign.terms,
       campaign.payment_intent_id, campaign.closing_at, campaign.created_at,
       budget.funded_minor, budget.spent_minor, budget.refunded_minor
  FROM campaigns AS campaign JOIN campaign_budgets AS budget ON budget.campaign_id = campaign.id
 WHERE campaign.id = @id;

-- name: SumHeld :one
SELECT coalesce(sum(amount_minor), 0)::bigint FROM holds WHERE campaign_id = @campaign_id AND release_entry_id IS NULL;

-- name: CountClipsByStatus :many
SELECT status, count(*) AS clips FROM clips WHERE campaign_id = @campaign_id GROUP BY status;

-- name: ListCampaignPage :many
SELECT campaign.id, campaign.organization_id, campaign.name, campaign.status, campaign.terms,
       campaign.payment_intent_id, campaign.closing_at, campaign.created_at,
       budget.funded_minor, budget.spent_minor, budget.refunded_minor
  FROM campaigns AS campaign JOIN campaign_budgets AS budget ON budget.campaign_id = campaign.id
 WHERE (sqlc.narg(organization_id)::uuid IS NULL OR campaign.organization_id = sqlc.narg(organization_id))
   AND (sqlc.narg(status)::text IS NULL OR campaign.status = sqlc.narg(status))
   AND (sqlc.narg(visible_to_creator)::uuid IS NULL OR campaign.status = ANY (@open_statuses::text[])
        OR EXISTS (SELECT FROM participations
                    WHERE participations.campaign_id = campaign.id AND participations.creator_id = sqlc.narg(visible_to_creator)))
   AND (sqlc.narg(after_id)::uuid IS NULL OR campaign.id > sqlc.narg(after_id))
 ORDER BY campaign.id
 LIMIT @page_size;

-- name: ReadClip :one
SELECT clip.id, clip.campaign_id, campaign.organization_id, campaign.currency, clip.creator_id, clip.platform, clip.external_id,
       clip.url, clip.status, clip.status_reason, clip.published_at, clip.submitted_at,
       coalesce((SELECT views FROM observations WHERE observations.clip_id = clip.id ORDER BY poll DESC LIMIT 1),
                (SELECT views FROM archived_readings WHERE archived_readings.clip_id = clip.id), 0)::bigint AS observed_views,
       coalesce((SELECT credited_views_after FROM accruals WHERE accruals.clip_id = clip.id ORDER BY poll DESC LIMIT 1), 0)::bigint AS credited_views,
       coalesce((SELECT clip_gross_after_minor FROM accruals WHERE accruals.clip_id = clip.id ORDER BY poll DESC LIMIT 1), 0)::bigint AS credited_minor,
       coalesce((SELECT sum(corrected_minor) FROM corrections WHERE corrections.clip_id = clip.id AND corrections.kind = 'clawback'), 0)::bigint AS clawed_back_minor
  FROM clips AS clip JOIN campaigns AS campaign ON campaign.id = clip.campaign_id
 WHERE clip.id = @id;

-- name: ListClipPage :many
SELECT clip.id, clip.campaign_id, campaign.organization_id, campaign.currency, clip.creator_id, clip.platform, clip.external_id,
       clip.url, clip.status, clip.status_reason, clip.published_at, clip.submitted_at,
       coalesce((SELECT views FROM observations WHERE observations.clip_id = clip.id ORDER BY poll DESC LIMIT 1),
                (SELECT views FROM archived_readings WHERE archived_readings.clip_id = clip.id), 0)::bigint AS observed_views,
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
SELECT poll, provider, views, likes, comments, shares, observed_at
  FROM observations
 WHERE clip_id = @clip_id AND poll > @after_poll
 ORDER BY poll
 LIMIT @page_size;

-- name: ReadPayoutRun :one
SELECT id, period, status, blocked_reason, payouts, started_at, finished_at FROM payout_runs WHERE id = @id;

-- name: ListPayoutRunPage :many
SELECT id, period, status, blocked_reason, payouts, started_at, finished_at
  FROM payout_runs
 WHERE sqlc.narg(before_period)::text IS NULL OR period < sqlc.narg(before_period)
 ORDER BY period DESC
 LIMIT @page_size;

-- name: ReadPayout :one
SELECT payout.id, payout.run_id, run.period, payout.creator_id, payout.currency, payout.amount_minor, payout.status,
       payout.attention_reason, payout.failure_code, payout.transfer_id, payout.bank_payout_id, payout.created_at, payout.updated_at
  FROM payouts AS payout JOIN payout_runs AS run ON run.id = payout.run_id
 WHERE payout.id = @id;

-- name: ListPayoutPage :many
SELECT payout.id, payout.run_id, run.period, payout.creator_id, payout.currency, payout.amount_minor, payout.status,
       payout.attention_reason, payout.failure_code, payout.transfer_id, payout.bank_payout_id, payout.created_at, payout.updated_at
  FROM payouts AS payout JOIN payout_runs AS run ON run.id = payout.run_id
 WHERE (sqlc.narg(run_id)::uuid IS NULL OR payout.run_id = sqlc.narg(run_id))
   AND (sqlc.narg(creator_id)::uuid IS NULL OR payout.creator_id = sqlc.narg(creator_id))
   AND (sqlc.narg(status)::text IS NULL OR payout.status = sqlc.narg(status))
   AND (sqlc.narg(after_id)::uuid IS NULL OR payout.id > sqlc.narg(after_id))
 ORDER BY payout.id
 LIMIT @page_size;

-- name: ListPayoutLines :many
SELECT campaign_id, amount_minor FROM payout_lines WHERE payout_id = @payout_id ORDER BY campaign_id;

-- name: ListPayoutAttempts :many
SELECT phase, generation, outcome, external_id, failure_code, intended_at, settled_at
  FROM payout_attempts WHERE payout_id = @payout_id ORDER BY intended_at, phase, generation;
