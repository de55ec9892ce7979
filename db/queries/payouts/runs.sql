-- name: InsertPayoutRun :exec
INSERT INTO payout_runs (id, period, number, status, started_by) VALUES (@id, @period, @number, 'running', @started_by)
ON CONFLICT (period, number) DO NOTHING;

-- name: FindPayoutRun :many
SELECT id, status FROM payout_runs WHERE period = @period AND number = @number;

-- name: UpdatePayoutRunStatus :exec
UPDATE payout_runs AS run
   SET status = @status, blocked_reason = sqlc.narg(blocked_reason),
       approved_by = coalesce(sqlc.narg(approved_by), approved_by),
       cancelled_by = coalesce(sqlc.narg(cancelled_by), cancelled_by), cancel_reason = coalesce(sqlc.narg(cancel_reason), cancel_reason),
       payouts = (SELECT count(*) FROM payouts AS payout WHERE payout.run_id = run.id),
       at_bank = (SELECT count(*) FROM payouts AS payout
                    JOIN payout_attempts AS attempt ON attempt.payout_id = payout.id AND attempt.phase = 'bank_payout' AND attempt.outcome = 'applied'
                   WHERE payout.run_id = run.id AND payout.status = 'paying_out'),
       finished_at = CASE WHEN @status IN ('finished', 'cancelled') THEN now() END
 WHERE run.id = @id;

-- name: UpdateUnassignedDifferences :one
-- Counts the open blocking differences that concern no known creator and no known campaign.
UPDATE payout_runs AS run
   SET unassigned_differences = (
       SELECT count(*) FROM reconciliation_differences AS difference
        WHERE difference.blocking AND difference.cleared_at IS NULL AND difference.acknowledged_at IS NULL
          AND NOT EXISTS (SELECT FROM blocked_creators AS blocked WHERE blocked.difference_id = difference.id)
          AND NOT EXISTS (SELECT FROM campaigns AS campaign WHERE 'campaign/' || campaign.id::text = difference.subject))
 WHERE run.id = @id
RETURNING run.unassigned_differences;

-- name: ListRunCandidates :many
-- Creators who could be paid, by keyset, with why each is left out of a run, if so.
SELECT payable.creator_id, payable.currency, payable.amount_minor, payable.difference_id,
       coalesce(excluded.reason, '')::text AS excluded_reason, coalesce(excluded.detail, '')::text AS excluded_detail
  FROM payable_creators AS payable
  LEFT JOIN payout_run_exclusions AS excluded
    ON excluded.run_id = @run_id AND excluded.creator_id = payable.creator_id AND excluded.currency = payable.currency AND excluded.reason = 'excluded_by_person'
 WHERE (payable.creator_id, payable.currency) > (@after_creator::uuid, @after_currency::text) AND payable.amount_minor >= coalesce((@minimums_minor::bigint[])[array_position(@currencies::text[], payable.currency)], @others_minor::bigint)
 ORDER BY payable.creator_id, payable.currency LIMIT @batch;

-- name: SumRunCandidates :many
-- The same, summed by currency and by the reason why creators are left out.
SELECT coalesce(excluded.reason, CASE WHEN payable.difference_id <> '' THEN 'stripe_differs' END, '')::text AS reason, payable.currency,
       count(*) AS payouts, sum(payable.amount_minor)::bigint AS amount_minor
  FROM payable_creators AS payable
  LEFT JOIN payout_run_exclusions AS excluded
    ON excluded.run_id = @run_id AND excluded.creator_id = payable.creator_id AND excluded.currency = payable.currency AND excluded.reason = 'excluded_by_person'
 WHERE payable.amount_minor >= coalesce((@minimums_minor::bigint[])[array_position(@currencies::text[], payable.currency)], @others_minor::bigint)
 GROUP BY 1, 2 ORDER BY 1, 2;

-- name: UpsertRunExclusions :exec
INSERT INTO payout_run_exclusions (run_id, creator_id, currency, amount_minor, reason, detail)
SELECT @run_id, unnest(@creator_ids::text[])::uuid, unnest(@currencies::text[]), unnest(@amounts_minor::bigint[]), unnest(@reasons::text[]), unnest(@details::text[])
ON CONFLICT (run_id, creator_id, currency) DO UPDATE
   SET amount_minor = excluded.amount_minor, reason = excluded.reason, detail = excluded.detail;

-- name: DeleteRunExclusions :exec
-- A run that starts again may pay those whose difference is gone.
DELETE FROM payout_run_exclusions AS gone
 USING (SELECT unnest(@creator_ids::text[])::uuid AS creator_id, unnest(@currencies::text[]) AS currency) AS paid
 WHERE gone.run_id = @run_id AND gone.creator_id = paid.creator_id AND gone.currency = paid.currency AND gone.reason = 'stripe_differs';

-- name: SumRunExclusions :many
SELECT reason, currency, count(*) AS payouts, sum(amount_minor)::bigint AS amount_minor
  FROM payout_run_exclusions WHERE run_id = @run_id GROUP BY reason, currency ORDER BY reason, currency;

-- name: ListRunExclusions :many
SELECT creator_id, currency, amount_minor, reason, detail, created_at
  FROM payout_run_exclusions
 WHERE run_id = @run_id AND (creator_id, currency) > (@after_creator::uuid, @after_currency::text)
 ORDER BY creator_id, currency LIMIT @page_size;

-- name: CountPayouts :one
-- A payout whose bank payout was accepted waits for the bank, and is not at work.
SELECT count(*) AS reserved,
       count(*) FILTER (WHERE payout.status = 'needs_attention') AS parked,
       count(*) FILTER (WHERE payout.status = 'paying_out' AND attempt.payout_id IS NOT NULL) AS at_bank,
       count(*) FILTER (WHERE payout.status NOT IN ('paid', 'cancelled', 'returned', 'settled', 'needs_attention')
                          AND NOT (payout.status = 'paying_out' AND attempt.payout_id IS NOT NULL)) AS at_work
  FROM payouts AS payout
  LEFT JOIN payout_attempts AS attempt ON attempt.payout_id = payout.id AND attempt.phase = 'bank_payout' AND attempt.outcome = 'applied'
 WHERE payout.run_id = @run_id;

-- name: ListUnreservedPayouts :many
SELECT wanted.id::text AS id FROM unnest(@ids::text[]) AS wanted (id)
 WHERE NOT EXISTS (SELECT FROM payouts AS payout WHERE payout.id = wanted.id::uuid)
 ORDER BY wanted.id;

-- name: ListCreatorBalances :many
-- What a creator has in each currency with earnings, on hold or not. It may be nothing by now.
SELECT earned.currency, coalesce(payable.amount_minor, 0)::bigint AS amount_minor
  FROM (SELECT DISTINCT holds.currency FROM holds WHERE holds.creator_id = @creator_id
           AND (sqlc.narg(currency)::text IS NULL OR holds.currency = sqlc.narg(currency))) AS earned
  LEFT JOIN payable_creators AS payable ON payable.creator_id = @creator_id AND payable.currency = earned.currency
 ORDER BY earned.currency;

-- name: ListStalePayouts :many
-- Payouts that have not ended, and paid ones that the bank can still return, by keyset.
SELECT payout.id, payout.run_id, payout.creator_id, payout.currency
  FROM payouts AS payout
 WHERE payout.id > @after::uuid AND payout.updated_at <= now() - make_interval(secs => @unchanged_for_seconds::float8)
   AND (payout.status NOT IN ('paid', 'cancelled', 'returned', 'settled') OR payout.status = 'paid' AND payout.paid_at > now() - make_interval(secs => @return_window_seconds::float8))
 ORDER BY payout.id LIMIT @batch;
