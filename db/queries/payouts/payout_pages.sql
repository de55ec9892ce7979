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
SELECT phase, generation, amount_minor, outcome, external_id, failure_code, failure_remark, intended_at, settled_at
  FROM payout_attempts WHERE payout_id = @payout_id ORDER BY intended_at, phase, generation;
