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
UPDATE deposits SET status = 'received', payment_intent_id = @payment_intent_id::text, ended_at = @ended_at::timestamptz
 WHERE id = @id AND coalesce(payment_intent_id, @payment_intent_id) = @payment_intent_id;

-- name: UpdateDepositEnded :exec
UPDATE deposits SET status = @status, failure_code = @failure_code, ended_at = @ended_at::timestamptz
 WHERE id = @id AND status = 'pending';

-- name: FindDepositByPayment :many
SELECT id, organization_id, currency, (status = 'received')::boolean AS received
  FROM deposits WHERE payment_intent_id = @payment_intent_id::text;

-- name: ListDeposits :many
-- What refunds sent back, or are about to, is refunded.
SELECT deposit.id, deposit.organization_id, deposit.currency, deposit.amount_minor, deposit.surcharge_minor, deposit.status, deposit.generation, deposit.asked_at,
       deposit.payment_intent_id, deposit.failure_code, deposit.requested_by, deposit.created_at, deposit.ended_at,
       (SELECT coalesce(sum(refund.amount_minor), 0) FROM deposit_refunds AS refund
         WHERE refund.deposit_id = deposit.id AND refund.status IN ('requested', 'succeeded'))::bigint AS refunded_minor
  FROM deposits AS deposit
 WHERE (sqlc.narg(only_id)::uuid IS NULL OR deposit.id = sqlc.narg(only_id))
   AND (sqlc.narg(organization_id)::uuid IS NULL OR deposit.organization_id = sqlc.narg(organization_id))
   AND (sqlc.narg(status)::text IS NULL OR deposit.status = sqlc.narg(status))
   AND (sqlc.narg(after_id)::uuid IS NULL OR deposit.id > sqlc.narg(after_id))
 ORDER BY deposit.id
 LIMIT @page_size;
