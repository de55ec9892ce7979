-- name: ReadPayoutRun :one
SELECT id, period, number, status, blocked_reason, payouts, at_bank, unassigned_differences, started_by, approved_by, cancelled_by, cancel_reason, started_at, finished_at
  FROM payout_runs WHERE id = @id;

-- name: ListPayoutRunPage :many
SELECT id, period, number, status, blocked_reason, payouts, at_bank, unassigned_differences, started_by, approved_by, cancelled_by, cancel_reason, started_at, finished_at
  FROM payout_runs
 WHERE (sqlc.narg(before_period)::text IS NULL OR (period, number) < (sqlc.narg(before_period), @before_number::integer))
   AND number BETWEEN @first_number::integer AND @last_number::integer
 ORDER BY period DESC, number DESC
 LIMIT @page_size;

-- name: ReadPayout :one
SELECT payout.id, payout.run_id, run.period, run.number AS run_number, payout.creator_id, payout.currency, payout.amount_minor, payout.status,
       payout.attention_reason, payout.failure_code, payout.transfer_id, payout.bank_payout_id, payout.created_at, payout.updated_at,
       payout.method, payout.fee_minor, payout.fallback_code
  FROM payouts AS payout JOIN payout_runs AS run ON run.id = payout.run_id
 WHERE payout.id = @id;

-- name: ListPayoutPage :many
SELECT payout.id, payout.run_id, run.period, run.number AS run_number, payout.creator_id, payout.currency, payout.amount_minor, payout.status,
       payout.attention_reason, payout.failure_code, payout.transfer_id, payout.bank_payout_id, payout.created_at, payout.updated_at,
       payout.method, payout.fee_minor, payout.fallback_code
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
SELECT attempt.phase, attempt.generation, attempt.amount_minor, coalesce(attempt.currency, payout.currency)::text AS currency, attempt.outcome, attempt.external_id,
       attempt.failure_code, attempt.failure_remark, attempt.intended_at, attempt.settled_at, attempt.method
  FROM payout_attempts AS attempt JOIN payouts AS payout ON payout.id = attempt.payout_id
 WHERE attempt.payout_id = @payout_id ORDER BY attempt.intended_at, attempt.phase, attempt.generation;

-- name: FindPayoutIdentity :many
SELECT id, run_id, creator_id, currency FROM payouts WHERE id = @id;

-- name: ListParkedPayouts :many
-- Payouts that may go on after events about their connected accounts.
SELECT payout_account, id FROM payouts
 WHERE payout_account = ANY(@accounts::text[]) AND status = 'needs_attention' ORDER BY payout_account, id;

-- name: ListRunPayouts :many
-- The payouts of a run with their lines, by keyset, for files.
SELECT payout.id, payout.creator_id, payout.currency, payout.amount_minor, payout.status, payout.attention_reason, payout.failure_code,
       payout.transfer_id, payout.bank_payout_id, payout.method, payout.fee_minor, payout.fallback_code,
       coalesce((SELECT string_agg(line.campaign_id::text || '=' || line.amount_minor, ' ' ORDER BY line.campaign_id)
                   FROM payout_lines AS line WHERE line.payout_id = payout.id), '')::text AS lines
  FROM payouts AS payout
 WHERE payout.run_id = @run_id AND payout.id > @after::uuid
 ORDER BY payout.id LIMIT @batch;
