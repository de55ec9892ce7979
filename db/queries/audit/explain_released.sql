-- name: ListPayoutMovements :many
-- Reservations of one creator and currency, and what gave them back. payout.Attribute replays them.
SELECT entry.seq::bigint AS seq, payout.id AS payout_id, (kind.payout_step IN ('cancellation', 'loss'))::boolean AS gives_back,
       ARRAY(SELECT line.campaign_id::text FROM payout_lines AS line WHERE line.payout_id = payout.id)::text[] AS campaign_ids
  FROM payouts AS payout
  JOIN ledger_kinds AS kind ON kind.payout_step IN ('reservation', 'cancellation', 'loss')
  JOIN journal_entries AS entry ON entry.kind = kind.kind AND entry.reference = payout.id::text
 WHERE payout.creator_id = @creator_id AND payout.currency = @currency
 ORDER BY entry.seq;

-- name: SumReleasedItems :many
-- Released earnings and deductions within spans of the journal, by campaign and clip. It also
-- counts the accruals that break a rule. The rules are written here a second time on purpose, to
-- check what the code decided.
--
-- What a clawback left of a hold is earned, but is no accrual. Neither is an adjustment, nor a fee
-- that was returned, which is a deduction below zero. What a
-- reservation left counts as deducted by it and as earned right after it. The + 0 makes
-- PostgreSQL find the few legs of an entry by the entry, and not among all legs of the account.
WITH span AS (
    SELECT unnest(@campaign_ids::uuid[]) AS campaign_id, unnest(@after_seqs::bigint[]) AS after_seq, unnest(@up_to_seqs::bigint[]) AS up_to_seq
), item AS (
    SELECT hold.campaign_id, coalesce(earned.reverses, earned.id) AS accrual_id, hold.amount_minor, false AS deducts, kind.hold = 'accrual' AS accrues
      FROM holds AS hold JOIN journal_entries AS released ON released.id = hold.release_entry_id
      JOIN journal_entries AS earned ON earned.id = hold.entry_id
      JOIN ledger_kinds AS kind ON kind.kind = earned.kind
     WHERE hold.creator_id = @creator_id AND hold.currency = @currency
       AND EXISTS (SELECT FROM span WHERE span.campaign_id = hold.campaign_id AND released.seq > span.after_seq AND released.seq <= span.up_to_seq)
    UNION ALL
    SELECT deduction.campaign_id, entry.reverses, -deduction.amount_minor, deduction.amount_minor > 0, false
      FROM earning_deductions AS deduction JOIN journal_entries AS entry ON entry.id = deduction.entry_id
     WHERE deduction.creator_id = @creator_id AND deduction.currency = @currency
       AND EXISTS (SELECT FROM span WHERE span.campaign_id = deduction.campaign_id AND entry.seq > span.after_seq AND entry.seq <= span.up_to_seq)
    UNION ALL
    SELECT line.campaign_id, entry.id, rest.amount_minor, rest.amount_minor < 0, false
      FROM payouts AS payout JOIN payout_lines AS line ON line.payout_id = payout.id AND line.left_minor > 0
      JOIN ledger_kinds AS kind ON kind.payout_step = 'reservation'
      JOIN journal_entries AS entry ON entry.kind = kind.kind AND entry.reference = payout.id::text
     CROSS JOIN LATERAL (VALUES (entry.seq, -line.left_minor), (entry.seq + 1, line.left_minor)) AS rest (seq, amount_minor)
     WHERE payout.creator_id = @creator_id AND payout.currency = @currency
       AND EXISTS (SELECT FROM span WHERE span.campaign_id = line.campaign_id AND rest.seq > span.after_seq AND rest.seq <= span.up_to_seq)
), pending AS (
    SELECT id FROM ledger_accounts WHERE code = 'creator/' || @creator_id::uuid || '/pending'
)
SELECT item.campaign_id, accrual.clip_id, clip.platform,
       count(*) FILTER (WHERE accrues) AS accruals, count(*) FILTER (WHERE deducts) AS deductions,
       coalesce(sum(item.amount_minor) FILTER (WHERE NOT deducts), 0)::bigint AS earned_minor,
       coalesce(-sum(item.amount_minor) FILTER (WHERE deducts), 0)::bigint AS deducted_minor,
       coalesce(sum(accrual.gross_minor) FILTER (WHERE accrues), 0)::bigint AS gross_minor,
       coalesce(max(accrual.credited_views_after) FILTER (WHERE NOT deducts), 0)::bigint AS credited_views,
       count(*) FILTER (WHERE accrues AND (
           accrual.gross_minor <> accrual.creator_minor + accrual.fee_minor + accrual.affiliate_minor
           OR item.amount_minor <> CASE WHEN accrual.creator_id = @creator_id THEN accrual.creator_minor ELSE accrual.affiliate_minor END
           OR accrual.fee_minor <> div(accrual.clip_net_after_minor::numeric * (campaign.terms ->> 'fee_basis_points')::bigint, 10000)
                - div((accrual.clip_net_after_minor - accrual.gross_minor)::numeric * (campaign.terms ->> 'fee_basis_points')::bigint, 10000)
           OR accrual.affiliate_minor <> CASE WHEN accrual.affiliate_id IS NULL THEN 0
                ELSE div(accrual.clip_net_after_minor::numeric * coalesce((campaign.terms ->> 'affiliate_basis_points')::bigint, 0), 10000)
                   - div((accrual.clip_net_after_minor - accrual.gross_minor)::numeric * coalesce((campaign.terms ->> 'affiliate_basis_points')::bigint, 0), 10000) END)) AS split_broken,
       count(*) FILTER (WHERE accrues AND item.amount_minor IS DISTINCT FROM posted.amount_minor) AS posting_broken,
       count(*) FILTER (WHERE accrues AND accrual.clip_gross_after_minor - accrual.gross_minor <> coalesce(earlier.clip_gross_after_minor, 0)) AS chain_broken,
       count(*) FILTER (WHERE accrues AND NOT coalesce(
           CASE WHEN reading.limited_by = 'none' THEN reading.high_water_views - reading.excluded_views = accrual.credited_views_after
                 AND accrual.clip_gross_after_minor = div(accrual.credited_views_after::numeric * (campaign.terms ->> 'rate_minor_per_thousand')::bigint + 500, 1000)
                ELSE accrual.clip_gross_after_minor <= div((reading.high_water_views - reading.excluded_views)::numeric * (campaign.terms ->> 'rate_minor_per_thousand')::bigint + 500, 1000)
           END, false)) AS formula_broken
  FROM item
  LEFT JOIN accruals AS accrual ON accrual.entry_id = item.accrual_id
  LEFT JOIN clips AS clip ON clip.id = accrual.clip_id
  LEFT JOIN campaigns AS campaign ON campaign.id = accrual.campaign_id
  LEFT JOIN observations AS reading ON reading.clip_id = accrual.clip_id AND reading.poll = accrual.poll
  LEFT JOIN LATERAL (SELECT clip_gross_after_minor FROM accruals
                      WHERE clip_id = accrual.clip_id AND poll < accrual.poll ORDER BY poll DESC LIMIT 1) AS earlier ON accrues
  LEFT JOIN LATERAL (SELECT (-sum(leg.amount_minor))::bigint AS amount_minor FROM postings AS leg
                      WHERE leg.entry_id = accrual.entry_id AND leg.account_id + 0 = (SELECT id FROM pending)) AS posted ON accrues
 GROUP BY item.campaign_id, accrual.clip_id, clip.platform
 ORDER BY item.campaign_id, earned_minor DESC, accrual.clip_id;

-- name: ListReleasedItems :many
-- The single items of SumReleasedItems, by campaign and in the order of their release.
WITH span AS (
    SELECT unnest(@campaign_ids::uuid[]) AS campaign_id, unnest(@after_seqs::bigint[]) AS after_seq, unnest(@up_to_seqs::bigint[]) AS up_to_seq
), item AS (
    SELECT hold.campaign_id, released.seq, hold.entry_id, hold.amount_minor
      FROM holds AS hold JOIN journal_entries AS released ON released.id = hold.release_entry_id
     WHERE hold.creator_id = @creator_id AND hold.currency = @currency
       AND EXISTS (SELECT FROM span WHERE span.campaign_id = hold.campaign_id AND released.seq > span.after_seq AND released.seq <= span.up_to_seq)
    UNION ALL
    SELECT deduction.campaign_id, entry.seq, deduction.entry_id, -deduction.amount_minor
      FROM earning_deductions AS deduction JOIN journal_entries AS entry ON entry.id = deduction.entry_id
     WHERE deduction.creator_id = @creator_id AND deduction.currency = @currency
       AND EXISTS (SELECT FROM span WHERE span.campaign_id = deduction.campaign_id AND entry.seq > span.after_seq AND entry.seq <= span.up_to_seq)
    UNION ALL
    SELECT line.campaign_id, rest.seq, entry.id, rest.amount_minor
      FROM payouts AS payout JOIN payout_lines AS line ON line.payout_id = payout.id AND line.left_minor > 0
      JOIN ledger_kinds AS kind ON kind.payout_step = 'reservation'
      JOIN journal_entries AS entry ON entry.kind = kind.kind AND entry.reference = payout.id::text
     CROSS JOIN LATERAL (VALUES (entry.seq, -line.left_minor), (entry.seq + 1, line.left_minor)) AS rest (seq, amount_minor)
     WHERE payout.creator_id = @creator_id AND payout.currency = @currency
       AND EXISTS (SELECT FROM span WHERE span.campaign_id = line.campaign_id AND rest.seq > span.after_seq AND rest.seq <= span.up_to_seq)
)
SELECT item.campaign_id, item.seq::bigint AS seq, item.entry_id, item.amount_minor, entry.kind, entry.effective_at, coalesce(entry.reverses, entry.id)::uuid AS accrual_id
  FROM item JOIN journal_entries AS entry ON entry.id = item.entry_id
 WHERE (item.campaign_id, item.seq, item.entry_id) > (@after_campaign::uuid, @after_seq::bigint, @after_entry::uuid)
 ORDER BY item.campaign_id, item.seq, item.entry_id
 LIMIT @page_size;

-- name: ListExplainedAccruals :many
-- What accruals follow from and what they led to, with the hold of one beneficiary. Without a
-- beneficiary, it is the hold of the clip's creator.
SELECT accrual.entry_id, entry.seq::bigint AS seq, accrual.campaign_id, accrual.creator_id, accrual.affiliate_id, accrual.clip_id, clip.platform, accrual.poll,
       reading.views, reading.high_water_views, reading.excluded_views, reading.observed_at, reading.decision, reading.accepted_views,
       reading.claimed_views, coalesce(reading.signals, '[]')::text AS signals,
       coalesce(earlier.credited_views_after, 0)::bigint AS credited_views_before, accrual.credited_views_after,
       accrual.gross_minor, accrual.creator_minor, accrual.fee_minor, accrual.affiliate_minor, accrual.clip_gross_after_minor,
       accrual.creator_gross_after_minor, reading.limited_by, accrual.accrued_at,
       reading.attempt_id, reading.provider, attempt.outcome, attempt.clips, attempt.latency_ms, attempt.cost_micros, attempt.started_at,
       hold.available_at, coalesce(kept.paid_at, 'epoch')::timestamptz AS kept_payment_at, released.id AS release_entry_id, released.seq AS release_seq, released.effective_at AS released_at,
       reversal.id AS reversal_entry_id
  FROM accruals AS accrual
  JOIN journal_entries AS entry ON entry.id = accrual.entry_id
  JOIN clips AS clip ON clip.id = accrual.clip_id
  JOIN observations AS reading ON reading.clip_id = accrual.clip_id AND reading.poll = accrual.poll
  JOIN provider_attempts AS attempt ON attempt.id = reading.attempt_id
  LEFT JOIN LATERAL (SELECT credited_views_after FROM accruals
                      WHERE clip_id = accrual.clip_id AND poll < accrual.poll ORDER BY poll DESC LIMIT 1) AS earlier ON true
  LEFT JOIN holds AS hold ON hold.entry_id = accrual.entry_id AND hold.creator_id = coalesce(sqlc.narg(beneficiary_id)::uuid, accrual.creator_id)
  LEFT JOIN journal_entries AS released ON released.id = hold.release_entry_id
  LEFT JOIN journal_entries AS reversal ON reversal.reverses = accrual.entry_id
  LEFT JOIN LATERAL (SELECT payment.paid_at FROM campaign_payments AS payment
                      WHERE payment.campaign_id = accrual.campaign_id AND payment.method = ANY (@kept_methods::text[])
                      ORDER BY payment.paid_at DESC LIMIT 1) AS kept ON true
 WHERE accrual.entry_id = ANY (@entry_ids::uuid[]);

-- name: ListCampaignTerms :many
SELECT id, terms FROM campaigns WHERE id = ANY (@ids::uuid[]);
