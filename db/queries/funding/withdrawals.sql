-- name: InsertWithdrawal :exec
INSERT INTO withdrawals (id, organization_id, currency, amount_minor, requested_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6);

-- name: UpdateWithdrawal :exec
UPDATE withdrawals SET sent_minor = @sent_minor, returned_minor = @returned_minor, status = @status, cancelled = @cancelled, ended_at = sqlc.narg(ended_at)
 WHERE id = @id;

-- name: ListWithdrawals :many
SELECT id, organization_id, currency, amount_minor, sent_minor, returned_minor, status, cancelled, requested_by, created_at, ended_at
  FROM withdrawals
 WHERE (sqlc.narg(only_id)::uuid IS NULL OR id = sqlc.narg(only_id))
   AND (sqlc.narg(organization_id)::uuid IS NULL OR organization_id = sqlc.narg(organization_id))
   AND (sqlc.narg(status)::text IS NULL OR status = sqlc.narg(status))
   AND (sqlc.narg(after_id)::uuid IS NULL OR id > sqlc.narg(after_id))
 ORDER BY id
 LIMIT @page_size;

-- name: ListReopenedWithdrawals :many
-- Withdrawals that have not ended, and of which a refund of the deposit has failed or is requested.
SELECT withdrawal.id FROM withdrawals AS withdrawal
 WHERE withdrawal.status IN ('sending', 'cancelling')
   AND EXISTS (SELECT FROM deposit_refunds AS refund
                WHERE refund.withdrawal_id = withdrawal.id AND refund.deposit_id = @deposit_id AND refund.status IN ('failed', 'requested'))
 ORDER BY withdrawal.id;

-- name: ListWithdrawalRefunds :many
SELECT refund.id, refund.deposit_id, refund.number, refund.amount_minor, refund.status, refund.refund_id, refund.failure_code, refund.closes_deposit,
       refund.requested_at, refund.ended_at, deposit.payment_intent_id, deposit.campaign_id, deposit.currency
  FROM deposit_refunds AS refund JOIN deposits AS deposit ON deposit.id = refund.deposit_id
 WHERE refund.withdrawal_id = @withdrawal_id::uuid
 ORDER BY refund.number;

-- name: FindRefundableDeposits :many
-- Deposits that the withdrawal can still refund, newest first. One with a lost dispute is not among
-- them, and one with an open dispute is marked. What was moved from a campaign is refunded at most as far
-- as the campaign's payment is not: its own refunds and lost disputes count.
SELECT deposit.id, deposit.payment_intent_id, deposit.campaign_id, least(deposit.amount_minor - coalesce(gone.amount_minor, 0), payment.rest_minor)::bigint AS left_minor,
       coalesce(disputed.open, false)::boolean AS disputed
  FROM deposits AS deposit
  LEFT JOIN LATERAL (SELECT sum(refund.amount_minor) AS amount_minor FROM deposit_refunds AS refund
                      WHERE refund.deposit_id = deposit.id AND refund.status IN ('requested', 'succeeded')) AS gone ON true
  LEFT JOIN LATERAL (SELECT bool_or(dispute.status = 'open') AS open, bool_or(dispute.status = 'lost') AS lost
                       FROM funding_disputes AS dispute WHERE dispute.deposit_id = deposit.id OR dispute.campaign_id = deposit.campaign_id) AS disputed ON true
  LEFT JOIN LATERAL (SELECT budget.funded_minor - budget.allocated_minor - (budget.refunded_minor + budget.shortfall_minor - budget.returned_minor)
                            - coalesce((SELECT withdrawn.amount_minor FROM withdrawn_payments AS withdrawn WHERE withdrawn.campaign_id = budget.campaign_id), 0) AS rest_minor
                       FROM campaign_budgets AS budget WHERE budget.campaign_id = deposit.campaign_id) AS payment ON true
 WHERE deposit.organization_id = @organization_id AND deposit.currency = @currency AND deposit.status = 'received'
   AND deposit.amount_minor > coalesce(gone.amount_minor, 0) AND NOT coalesce(disputed.lost, false) AND coalesce(payment.rest_minor, 1) > 0
   AND NOT EXISTS (SELECT FROM deposit_refunds AS tried
                    WHERE tried.deposit_id = deposit.id AND tried.withdrawal_id = @withdrawal_id::uuid AND tried.closes_deposit)
 ORDER BY deposit.created_at DESC, deposit.id DESC;

-- name: ReopenDeposits :exec
-- The next refund of the withdrawal may be of any deposit again.
UPDATE deposit_refunds SET closes_deposit = false WHERE withdrawal_id = @withdrawal_id::uuid AND closes_deposit;

-- name: InsertDepositRefund :exec
INSERT INTO deposit_refunds (id, deposit_id, withdrawal_id, number, amount_minor, status, refund_id, requested_at, ended_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: FindDepositRefund :many
-- By the processor's id, or by the withdrawal and the number.
SELECT refund.id, refund.deposit_id, refund.withdrawal_id, refund.number, refund.amount_minor, refund.status, refund.refund_id, deposit.organization_id, deposit.currency, deposit.payment_intent_id
  FROM deposit_refunds AS refund JOIN deposits AS deposit ON deposit.id = refund.deposit_id
 WHERE refund.refund_id = sqlc.narg(refund_id)::text
    OR refund.withdrawal_id = sqlc.narg(withdrawal_id)::uuid AND refund.number = sqlc.narg(number)::integer;

-- name: UpdateDepositRefund :exec
UPDATE deposit_refunds
   SET status = @status, refund_id = coalesce(sqlc.narg(refund_id), refund_id), failure_code = @failure_code, closes_deposit = @closes_deposit, ended_at = @ended_at::timestamptz
 WHERE id = @id;
