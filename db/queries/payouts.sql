-- name: InsertPayoutRun :exec
INSERT INTO payout_runs (id, period, status) VALUES ($1, $2, 'running') ON CONFLICT (period) DO NOTHING;

-- name: GetPayoutRunByPeriod :one
SELECT id, period, status FROM payout_runs WHERE period = $1;

-- name: UpdatePayoutRunStatus :exec
UPDATE payout_runs
   SET status = @status, blocked_reason = @blocked_reason, payouts = @payouts,
       finished_at = CASE WHEN @status IN ('finished', 'cancelled') THEN now() END
 WHERE id = @id;

-- name: ListEligibleCreators :many
-- Creators with released earnings that nothing has taken yet, by keyset.
SELECT balance.creator_id, balance.currency, balance.amount_minor
  FROM (SELECT creator_id, currency,
               (sum(amount_minor)
                - coalesce((SELECT sum(deduction.amount_minor) FROM earning_deductions AS deduction
                   WHERE deduction.creator_id = holds.creator_id AND deduction.currency = holds.currency), 0)
                - coalesce((SELECT sum(payout.amount_minor) FROM payouts AS payout
                   WHERE payout.creator_id = holds.creator_id AND payout.currency = holds.currency
                     AND payout.status NOT IN ('cancelled', 'returned')), 0))::bigint AS amount_minor
          FROM holds
         WHERE release_entry_id IS NOT NULL AND (creator_id, currency) > (@after_creator::uuid, @after_currency::text)
         GROUP BY creator_id, currency) AS balance
 WHERE balance.amount_minor >= @minimum_minor::bigint
 ORDER BY balance.creator_id, balance.currency LIMIT @batch;

-- name: LockCreator :one
SELECT id, payout_account FROM creators WHERE id = $1 FOR NO KEY UPDATE;

-- name: ListPayableLines :many
-- What may be paid, by campaign: released, less what was deducted and what payouts have taken.
SELECT earned.campaign_id, (earned.amount_minor - coalesce(deducted.amount_minor, 0) - coalesce(taken.amount_minor, 0))::bigint AS amount_minor
  FROM (SELECT campaign_id, sum(amount_minor) AS amount_minor FROM holds
         WHERE holds.creator_id = @creator_id AND holds.currency = @currency AND release_entry_id IS NOT NULL
         GROUP BY campaign_id) AS earned
  LEFT JOIN (SELECT campaign_id, sum(amount_minor) AS amount_minor FROM earning_deductions
              WHERE earning_deductions.creator_id = @creator_id AND earning_deductions.currency = @currency
              GROUP BY campaign_id) AS deducted ON deducted.campaign_id = earned.campaign_id
  LEFT JOIN (SELECT line.campaign_id, sum(line.amount_minor) AS amount_minor
               FROM payouts AS payout JOIN payout_lines AS line ON line.payout_id = payout.id
              WHERE payout.creator_id = @creator_id AND payout.currency = @currency
                AND payout.status NOT IN ('cancelled', 'returned')
              GROUP BY line.campaign_id) AS taken ON taken.campaign_id = earned.campaign_id
 WHERE earned.amount_minor > coalesce(deducted.amount_minor, 0) + coalesce(taken.amount_minor, 0)
 ORDER BY earned.campaign_id;

-- name: InsertPayout :exec
INSERT INTO payouts (id, run_id, creator_id, currency, amount_minor, payout_account, status)
VALUES ($1, $2, $3, $4, $5, $6, 'reserved');

-- name: InsertPayoutLines :exec
INSERT INTO payout_lines (payout_id, campaign_id, amount_minor, left_minor)
SELECT @payout_id, unnest(@campaign_ids::text[])::uuid, unnest(@amounts_minor::bigint[]), unnest(@lefts_minor::bigint[]);

-- name: GetPayoutForUpdate :one
SELECT id, run_id, creator_id, currency, amount_minor, payout_account, status, attention_reason, transfer_id, bank_payout_id, failure_code
  FROM payouts WHERE id = $1 FOR UPDATE;

-- name: FindPayout :many
SELECT id, creator_id, currency, amount_minor, payout_account, status, transfer_id FROM payouts WHERE id = $1;

-- name: UpdatePayout :exec
UPDATE payouts
   SET status = @status, attention_reason = @attention_reason, transfer_id = @transfer_id,
       bank_payout_id = @bank_payout_id, failure_code = @failure_code, updated_at = now()
 WHERE id = @id;

-- name: ListAttempts :many
SELECT generation, idempotency_key, outcome, external_id, failure_code, intended_at
  FROM payout_attempts WHERE payout_id = $1 AND phase = $2 ORDER BY generation;

-- name: InsertAttempt :exec
INSERT INTO payout_attempts (payout_id, phase, generation, idempotency_key, outcome, intended_at)
VALUES ($1, $2, $3, $4, 'unknown', $5);

-- name: UpdateAttempt :execrows
-- An attempt has one outside object for ever: another one's news is not for it.
UPDATE payout_attempts
   SET outcome = @outcome, external_id = coalesce(sqlc.narg(external_id), external_id),
       failure_code = @failure_code, settled_at = now()
 WHERE payout_id = @payout_id AND phase = @phase AND generation = @generation AND outcome = ANY (@expected::text[])
   AND (external_id IS NULL OR sqlc.narg(external_id)::text IS NULL OR external_id = sqlc.narg(external_id));

-- name: InsertOperatorAction :exec
INSERT INTO operator_actions (id, subject, action, actor, reason, evidence) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO NOTHING;

-- name: ListParkedPayouts :many
-- Payouts that an event about a connected account may set free.
SELECT payout.id FROM payouts AS payout
 WHERE payout.payout_account = $1 AND payout.status = 'needs_attention' ORDER BY payout.id LIMIT 100;

-- name: CountPayouts :one
SELECT count(*) AS reserved,
       count(*) FILTER (WHERE status NOT IN ('paid', 'cancelled', 'returned', 'needs_attention')) AS at_work
  FROM payouts WHERE run_id = $1;

-- name: ListPayoutsAtWork :many
SELECT id FROM payouts
 WHERE run_id = $1 AND status NOT IN ('paid', 'cancelled', 'returned', 'needs_attention')
 ORDER BY id LIMIT @batch;
