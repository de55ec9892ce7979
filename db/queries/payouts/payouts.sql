-- name: LockCreator :one
SELECT id, coalesce(payout_account, '')::text AS payout_account FROM creators WHERE id = $1 FOR NO KEY UPDATE;

-- name: InsertPayout :exec
INSERT INTO payouts (id, run_id, creator_id, currency, amount_minor, payout_account, reserved_account, status, method, fee_minor)
VALUES (@id, @run_id, @creator_id, @currency, @amount_minor, @payout_account, @payout_account, 'reserved', @method, @fee_minor);

-- name: InsertPayoutLines :exec
INSERT INTO payout_lines (payout_id, campaign_id, amount_minor, left_minor)
SELECT @payout_id, unnest(@campaign_ids::text[])::uuid, unnest(@amounts_minor::bigint[]), unnest(@lefts_minor::bigint[]);

-- name: GetPayoutForUpdate :one
-- lookup_since is when the books may last have lacked what was sent for the payout.
SELECT id, run_id, creator_id, currency, amount_minor, payout_account, status, attention_reason, transfer_id, bank_payout_id, failure_code, paid_at, method, fee_minor, fallback_code,
       coalesce(greatest(adopted_at, (SELECT max(restored_at) FROM restores)), 'epoch')::timestamptz AS lookup_since,
       EXISTS (SELECT FROM payout_conversions AS held WHERE held.payout_id = payouts.id AND held.outcome = 'held') AS is_converted
  FROM payouts WHERE payouts.id = $1 FOR UPDATE;

-- name: FindPayout :many
SELECT id, creator_id, currency, amount_minor, payout_account, status, attention_reason, transfer_id, failure_code, paid_at, method, fee_minor, fallback_code,
       EXISTS (SELECT FROM payout_attempts AS attempt WHERE attempt.payout_id = payouts.id AND attempt.phase = 'reversal') AS is_reversing,
       coalesce(greatest(adopted_at, (SELECT max(restored_at) FROM restores)), 'epoch')::timestamptz AS lookup_since,
       coalesce((SELECT sent.converts_into FROM payout_attempts AS sent
                  WHERE sent.payout_id = payouts.id AND sent.phase = 'transfer' AND sent.outcome IN ('unknown', 'applied')), '')::text AS converts_into,
       (adopted_at IS NOT NULL)::boolean AS is_adopted,
       EXISTS (SELECT FROM payout_conversions AS held WHERE held.payout_id = payouts.id AND held.outcome = 'held') AS is_converted
  FROM payouts WHERE payouts.id = $1;

-- name: UpdatePayout :exec
UPDATE payouts
   SET status = @status, attention_reason = @attention_reason, transfer_id = @transfer_id,
       bank_payout_id = @bank_payout_id, failure_code = @failure_code, paid_at = @paid_at, fallback_code = @fallback_code, updated_at = now()
 WHERE id = @id;

-- name: FindLastBankAccount :one
SELECT coalesce((SELECT attempt.bank_account FROM payout_attempts AS attempt
                  WHERE attempt.payout_id = $1 AND attempt.phase = 'bank_payout'
                  ORDER BY attempt.generation DESC LIMIT 1), '')::text AS bank_account;

-- name: ListAttempts :many
SELECT phase, generation, idempotency_key, amount_minor, outcome, external_id, intended_at, method, currency, converts_into
  FROM payout_attempts WHERE payout_id = $1 ORDER BY phase, generation;

-- name: InsertAttempt :exec
INSERT INTO payout_attempts (payout_id, phase, generation, idempotency_key, amount_minor, outcome, intended_at, method, currency, converts_into)
VALUES (@payout_id, @phase, @generation, @idempotency_key, @amount_minor, 'unknown', @intended_at, @method, sqlc.narg(currency), sqlc.narg(converts_into));

-- name: UpdateAttempt :execrows
-- An attempt keeps its object, so an event about another object does not change it.
UPDATE payout_attempts
   SET outcome = @outcome, external_id = coalesce(sqlc.narg(external_id), external_id),
       failure_code = @failure_code, failure_remark = @failure_remark,
       bank_account = coalesce(sqlc.narg(bank_account), bank_account), settled_at = now()
 WHERE payout_id = @payout_id AND phase = @phase AND generation = @generation AND outcome = @expected
   AND (external_id IS NULL OR sqlc.narg(external_id)::text IS NULL OR external_id = sqlc.narg(external_id));
