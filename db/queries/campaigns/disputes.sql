-- name: InsertDispute :exec
INSERT INTO funding_disputes (dispute_id, campaign_id, payment_intent_id, currency, amount_minor, fee_minor, frozen_minor, opened_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: FindDispute :many
SELECT dispute_id, campaign_id, payment_intent_id, currency, amount_minor, fee_minor, frozen_minor, status, opened_at, closed_at, deposit_id, converted
  FROM funding_disputes WHERE dispute_id = $1;

-- name: ListDisputes :many
SELECT dispute_id, campaign_id, payment_intent_id, currency, amount_minor, fee_minor, frozen_minor, status, opened_at, closed_at, deposit_id, converted
  FROM funding_disputes WHERE campaign_id = @campaign_id::uuid ORDER BY opened_at, dispute_id;

-- name: UpdateDisputeClosed :exec
UPDATE funding_disputes SET status = @status, closed_at = @closed_at WHERE dispute_id = @dispute_id;

-- name: UpdateDisputeFrozen :exec
UPDATE funding_disputes SET frozen_minor = @frozen_minor WHERE dispute_id = @dispute_id;

-- name: ListDisputePage :many
SELECT dispute_id, campaign_id, payment_intent_id, currency, amount_minor, fee_minor, frozen_minor, status, opened_at, closed_at, deposit_id, converted
  FROM funding_disputes
 WHERE (sqlc.narg(campaign_id)::uuid IS NULL OR campaign_id = sqlc.narg(campaign_id))
   AND (sqlc.narg(status)::text IS NULL OR status = sqlc.narg(status))
   AND (sqlc.narg(after_id)::text IS NULL OR dispute_id > sqlc.narg(after_id))
 ORDER BY dispute_id
 LIMIT @page_size;
