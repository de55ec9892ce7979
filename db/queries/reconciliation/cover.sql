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
-- What is owed out of the platform's balance, by currency, and that balance. A currency in which the
-- processor holds nothing is empty there as of the last reading of any. Disputes hold back a brand's
-- balance as far as it reaches.
WITH disputed AS (
    SELECT 'organization/' || deposit.organization_id || '/balance' AS code, deposit.currency, sum(dispute.amount_minor) AS amount_minor
      FROM funding_disputes AS dispute JOIN deposits AS deposit ON deposit.id = dispute.deposit_id
     WHERE dispute.status = 'open' GROUP BY deposit.organization_id, deposit.currency
), owed AS (
    SELECT balance.currency::text AS currency,
           coalesce(-sum(balance.sum_minor) FILTER (WHERE balance.code LIKE 'campaign/%/escrow'), 0) AS escrow_minor,
           coalesce(sum(greatest(0, -balance.sum_minor)) FILTER (WHERE balance.code LIKE 'organization/%/balance'), 0) AS balances_minor,
           coalesce(-sum(balance.sum_minor) FILTER (WHERE balance.code LIKE 'organization/%/withdrawing'), 0) AS withdrawing_minor,
           coalesce(sum(least(greatest(0, -balance.sum_minor), coalesce(disputed.amount_minor, 0))) FILTER (WHERE balance.code LIKE 'organization/%/balance'), 0) AS at_risk_minor,
           coalesce(-sum(balance.sum_minor) FILTER (WHERE balance.code LIKE 'creator/%/pending'), 0) AS pending_minor,
           coalesce(-sum(balance.sum_minor) FILTER (WHERE balance.code LIKE 'creator/%/available'), 0) AS available_minor,
           coalesce(-sum(balance.sum_minor) FILTER (WHERE balance.code LIKE 'creator/%/in_transit'), 0) AS in_transit_minor,
           coalesce(sum(balance.sum_minor) FILTER (WHERE balance.code = 'stripe/platform'), 0) AS booked_minor
      FROM balances AS balance
      LEFT JOIN disputed ON disputed.code = balance.code AND disputed.currency = balance.currency
     WHERE balance.code = 'stripe/platform' OR balance.code LIKE 'campaign/%/escrow'
        OR balance.code LIKE 'organization/%/balance' OR balance.code LIKE 'organization/%/withdrawing'
        OR balance.code LIKE 'creator/%/pending' OR balance.code LIKE 'creator/%/available' OR balance.code LIKE 'creator/%/in_transit'
     GROUP BY balance.currency
), frozen AS (
    SELECT currency, sum(disputed_minor) AS frozen_minor FROM campaign_budgets GROUP BY currency
)
SELECT coalesce(owed.currency, held.currency)::text AS currency, coalesce(owed.escrow_minor, 0)::bigint AS escrow_minor,
       coalesce(frozen.frozen_minor, 0)::bigint AS frozen_minor,
       coalesce(owed.balances_minor, 0)::bigint AS balances_minor, coalesce(owed.withdrawing_minor, 0)::bigint AS withdrawing_minor, coalesce(owed.at_risk_minor, 0)::bigint AS at_risk_minor,
       coalesce(owed.pending_minor, 0)::bigint AS pending_minor,
       coalesce(owed.available_minor, 0)::bigint AS available_minor, coalesce(owed.in_transit_minor, 0)::bigint AS in_transit_minor,
       coalesce(owed.booked_minor, 0)::bigint AS booked_minor,
       coalesce(held.available_minor, 0)::bigint AS held_available_minor, coalesce(held.pending_minor, 0)::bigint AS held_pending_minor,
       coalesce(held.read_at, (SELECT max(read_at) FROM processor_balances), 'epoch')::timestamptz AS read_at
  FROM owed
  FULL JOIN processor_balances AS held ON held.currency = owed.currency
  LEFT JOIN frozen ON frozen.currency = owed.currency
 ORDER BY 1;
