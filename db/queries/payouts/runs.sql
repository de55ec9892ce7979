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
-- Creators with released earnings that no deduction and no payout has taken, by keyset. The sum is
-- that of ListPayableLines, for all creators.
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
 WHERE balance.amount_minor >= coalesce((@minimums_minor::bigint[])[array_position(@currencies::text[], balance.currency)], @others_minor::bigint)
 ORDER BY balance.creator_id, balance.currency LIMIT @batch;

-- name: CountPayouts :one
SELECT count(*) AS reserved,
       count(*) FILTER (WHERE status NOT IN ('paid', 'cancelled', 'returned', 'settled', 'needs_attention')) AS at_work
  FROM payouts WHERE run_id = $1;

-- name: ListPayoutsAtWork :many
SELECT id FROM payouts
 WHERE run_id = $1 AND status NOT IN ('paid', 'cancelled', 'returned', 'settled', 'needs_attention')
 ORDER BY id LIMIT @batch;
