-- name: UpsertProcessorBalances :exec
-- A currency that the processor does not list any more is empty there. An older reading never replaces
-- a newer one.
WITH seen AS (
    SELECT unnest(@currencies::text[]) AS currency, unnest(@available_minor::bigint[]) AS available_minor, unnest(@pending_minor::bigint[]) AS pending_minor
), emptied AS (
    UPDATE processor_balances AS held SET available_minor = 0, pending_minor = 0, read_at = @read_at::timestamptz
     WHERE held.read_at <= @read_at AND NOT EXISTS (SELECT FROM seen WHERE seen.currency = held.currency)
)
INSERT INTO processor_balances (currency, available_minor, pending_minor, read_at)
SELECT seen.currency, seen.available_minor, seen.pending_minor, @read_at FROM seen
ON CONFLICT (currency) DO UPDATE
   SET available_minor = excluded.available_minor, pending_minor = excluded.pending_minor, read_at = excluded.read_at
 WHERE processor_balances.read_at <= excluded.read_at;

-- name: ListCover :many
-- What is owed out of the platform's balance, by currency, and that balance: the last cover checkpoint
-- and what was posted after it. A currency in which the processor holds nothing is empty there as of
-- the last reading of any. Refunds under way are counted if the balance was read after they were seen.
-- Disputes hold back a brand's balance as far as it reaches. Balances of
-- brands are read from their accounts, because one below zero does not make up for another.
WITH disputed AS (
    SELECT 'organization/' || held.organization_id || '/balance' AS code, held.currency, sum(held.amount_minor) AS amount_minor
      FROM disputed_balances AS held GROUP BY held.organization_id, held.currency
), base AS (
    SELECT coalesce(max(through_seq), 0) AS through_seq FROM cover_checkpoints
), part AS (
    SELECT stored.currency, stored.item, stored.sum_minor FROM cover_checkpoints AS stored WHERE stored.through_seq = (SELECT through_seq FROM base)
    UNION ALL
    SELECT changes.currency, changes.item, changes.sum_minor FROM base CROSS JOIN LATERAL cover_changes(base.through_seq, 9223372036854775807) AS changes
), brands AS (
    SELECT balance.currency::text AS currency,
           coalesce(sum(greatest(0, -balance.sum_minor)) FILTER (WHERE balance.code LIKE '%/balance'), 0) AS balances_minor,
           coalesce(-sum(balance.sum_minor) FILTER (WHERE balance.code LIKE '%/withdrawing'), 0) AS withdrawing_minor,
           coalesce(sum(least(greatest(0, -balance.sum_minor), coalesce(disputed.amount_minor, 0))) FILTER (WHERE balance.code LIKE '%/balance'), 0) AS at_risk_minor
      FROM balances AS balance
      LEFT JOIN disputed ON disputed.code = balance.code AND disputed.currency = balance.currency
     WHERE balance.code LIKE 'organization/%' GROUP BY balance.currency
), owed AS (
    SELECT part.currency::text AS currency,
           coalesce(-sum(part.sum_minor) FILTER (WHERE part.item = 'escrow'), 0) AS escrow_minor,
           coalesce(-sum(part.sum_minor) FILTER (WHERE part.item = 'pending'), 0) AS pending_minor,
           coalesce(-sum(part.sum_minor) FILTER (WHERE part.item = 'available'), 0) AS available_minor,
           coalesce(-sum(part.sum_minor) FILTER (WHERE part.item = 'in_transit'), 0) AS in_transit_minor,
           coalesce(sum(part.sum_minor) FILTER (WHERE part.item = 'booked'), 0) AS booked_minor
      FROM part GROUP BY part.currency
), frozen AS (
    SELECT currency, sum(disputed_minor) AS frozen_minor FROM campaign_budgets WHERE disputed_minor > 0 GROUP BY currency
), refunding AS (
    SELECT refund.currency, sum(refund.amount_minor) AS amount_minor FROM refunds_under_way AS refund GROUP BY refund.currency
), unconfirmed AS (
    SELECT payout.currency, sum(attempt.amount_minor) AS amount_minor
      FROM payout_attempts AS attempt JOIN payouts AS payout ON payout.id = attempt.payout_id
     WHERE attempt.outcome = 'unknown' AND attempt.phase = 'transfer' GROUP BY payout.currency
), booked_since AS (
    SELECT held.currency, sum(attempt.amount_minor) AS amount_minor
      FROM processor_balances AS held JOIN payout_attempts AS attempt ON attempt.intended_at > held.read_at
      JOIN payouts AS payout ON payout.id = attempt.payout_id AND payout.currency = held.currency
     WHERE attempt.outcome = 'applied' AND attempt.phase = 'transfer' GROUP BY held.currency
)
SELECT coalesce(owed.currency, held.currency)::text AS currency, coalesce(owed.escrow_minor, 0)::bigint AS escrow_minor,
       coalesce(frozen.frozen_minor, 0)::bigint AS frozen_minor,
       coalesce(brands.balances_minor, 0)::bigint AS balances_minor, coalesce(brands.withdrawing_minor, 0)::bigint AS withdrawing_minor, coalesce(brands.at_risk_minor, 0)::bigint AS at_risk_minor,
       coalesce(owed.pending_minor, 0)::bigint AS pending_minor,
       coalesce(owed.available_minor, 0)::bigint AS available_minor, coalesce(owed.in_transit_minor, 0)::bigint AS in_transit_minor,
       coalesce(refunding.amount_minor, 0)::bigint AS refunding_minor, coalesce(owed.booked_minor, 0)::bigint AS booked_minor,
       coalesce(unconfirmed.amount_minor, 0)::bigint AS unconfirmed_minor, coalesce(booked_since.amount_minor, 0)::bigint AS booked_since_minor,
       coalesce(held.available_minor, 0)::bigint AS held_available_minor, coalesce(held.pending_minor, 0)::bigint AS held_pending_minor,
       coalesce(held.read_at, (SELECT max(read_at) FROM processor_balances), 'epoch')::timestamptz AS read_at
  FROM owed
  FULL JOIN processor_balances AS held ON held.currency = owed.currency
  LEFT JOIN brands ON brands.currency = owed.currency
  LEFT JOIN frozen ON frozen.currency = owed.currency
  LEFT JOIN refunding ON refunding.currency = owed.currency
  LEFT JOIN unconfirmed ON unconfirmed.currency = owed.currency
  LEFT JOIN booked_since ON booked_since.currency = owed.currency
 ORDER BY 1;
