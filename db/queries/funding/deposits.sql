-- name: InsertDeposit :exec
INSERT INTO deposits (id, organization_id, currency, amount_minor, surcharge_minor, requested_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO NOTHING;

-- name: UpdateDepositAsked :exec
-- Freezes a generation of the payment before it is requested.
UPDATE deposits SET generation = generation + 1, asked_at = @asked_at::timestamptz
 WHERE id = @id AND generation = @generation AND status = 'pending' AND payment_intent_id IS NULL;

-- name: UpdateDepositPayment :execrows
UPDATE deposits SET payment_intent_id = @payment_intent_id::text
 WHERE id = @id AND coalesce(payment_intent_id, @payment_intent_id) = @payment_intent_id;

-- name: UpdateDepositReceived :execrows
UPDATE deposits SET status = 'received', payment_intent_id = @payment_intent_id::text, method = @method, paid_at = @paid_at::timestamptz, ended_at = @ended_at::timestamptz
 WHERE id = @id AND coalesce(payment_intent_id, @payment_intent_id) = @payment_intent_id;

-- name: UpdateDepositEnded :exec
UPDATE deposits SET status = @status, failure_code = @failure_code, ended_at = @ended_at::timestamptz
 WHERE id = @id AND status = 'pending';

-- name: FindDepositByPayment :many
SELECT id, organization_id, currency, (status = 'received')::boolean AS received
  FROM deposits WHERE payment_intent_id = @payment_intent_id::text AND campaign_id IS NULL;

-- name: InsertMovedDeposit :execrows
-- A part of the campaign's own payment that moved to the balance. Its other payments are deposits, also
-- those that were moved from other campaigns.
INSERT INTO deposits (id, organization_id, currency, amount_minor, surcharge_minor, status, payment_intent_id, method, paid_at, campaign_id, moved_by, requested_by, created_at, ended_at)
SELECT @id, campaign.organization_id, campaign.currency, @amount_minor, 0, 'received', payment.payment_intent_id, payment.method, payment.paid_at,
       campaign.id, @moved_by::text, @requested_by, @moved_at, @moved_at
  FROM campaigns AS campaign
  JOIN campaign_payments AS payment ON payment.campaign_id = campaign.id
 WHERE campaign.id = @campaign_id
   AND NOT EXISTS (SELECT FROM deposits AS other WHERE other.payment_intent_id = payment.payment_intent_id AND other.campaign_id IS DISTINCT FROM campaign.id)
 ORDER BY payment.paid_at LIMIT 1;

-- name: GetMovedMoney :one
-- What earlier rows have of a campaign's payment, and what withdrawals have refunded of it or are about to.
SELECT coalesce((SELECT sum(amount_minor) FROM deposits WHERE deposits.campaign_id = @campaign_id::uuid), 0)::bigint AS moved_minor,
       coalesce((SELECT amount_minor FROM withdrawn_payments WHERE withdrawn_payments.campaign_id = @campaign_id), 0)::bigint AS withdrawn_minor;

-- name: ListDeposits :many
-- What refunds sent back, or are about to, is refunded.
SELECT deposit.id, deposit.organization_id, deposit.currency, deposit.amount_minor, deposit.surcharge_minor, deposit.status, deposit.generation, deposit.asked_at,
       deposit.payment_intent_id, deposit.campaign_id, deposit.failure_code, deposit.requested_by, deposit.created_at, deposit.ended_at,
       (SELECT coalesce(sum(refund.amount_minor), 0) FROM deposit_refunds AS refund
         WHERE refund.deposit_id = deposit.id AND refund.status IN ('requested', 'succeeded'))::bigint AS refunded_minor
  FROM deposits AS deposit
 WHERE (sqlc.narg(only_id)::uuid IS NULL OR deposit.id = sqlc.narg(only_id))
   AND (sqlc.narg(organization_id)::uuid IS NULL OR deposit.organization_id = sqlc.narg(organization_id))
   AND (sqlc.narg(status)::text IS NULL OR deposit.status = sqlc.narg(status))
   AND (sqlc.narg(after_id)::uuid IS NULL OR deposit.id > sqlc.narg(after_id))
 ORDER BY deposit.id
 LIMIT @page_size;
