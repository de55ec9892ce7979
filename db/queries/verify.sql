-- name: ListBalanceTotals :many
-- Currencies in which the balances of all accounts do not cancel out.
SELECT currency::text AS currency, sum(sum_minor)::bigint AS total_minor
  FROM balances GROUP BY currency HAVING sum(sum_minor) <> 0 ORDER BY currency;

-- name: ListBudgetDifferences :many
-- The guard row against the ledger: escrow is what is funded, less spent and refunded (what
-- disputes froze lies there still); spent is what accruals credited, less what was clawed back;
-- the shortfall is what disputes that were lost and refunds took beyond what was left.
SELECT budget.campaign_id,
       (budget.funded_minor - budget.spent_minor - budget.refunded_minor)::bigint AS guard_escrow_minor,
       (-coalesce(escrow.sum_minor, 0))::bigint AS ledger_escrow_minor,
       budget.spent_minor, (coalesce(accrued.gross_minor, 0) - coalesce(clawed.gross_minor, 0))::bigint AS accrued_minor,
       budget.disputed_minor, coalesce(disputed.frozen_minor, 0)::bigint AS frozen_minor,
       budget.shortfall_minor, (coalesce(disputed.lost_minor, 0) + coalesce(uncovered.amount_minor, 0))::bigint AS lost_minor
  FROM campaign_budgets AS budget
  LEFT JOIN (SELECT code, sum(sum_minor) AS sum_minor FROM balances
              WHERE code LIKE 'campaign/%/escrow' GROUP BY code) AS escrow ON escrow.code = 'campaign/' || budget.campaign_id || '/escrow'
  LEFT JOIN (SELECT campaign_id, sum(gross_minor) AS gross_minor FROM accruals
              GROUP BY campaign_id) AS accrued ON accrued.campaign_id = budget.campaign_id
  LEFT JOIN (SELECT campaign_id, sum(corrected_minor) AS gross_minor FROM corrections
              WHERE kind = 'clawback' GROUP BY campaign_id) AS clawed ON clawed.campaign_id = budget.campaign_id
  LEFT JOIN (SELECT campaign_id, sum(frozen_minor) FILTER (WHERE status = 'open') AS frozen_minor,
                    sum(amount_minor - frozen_minor) FILTER (WHERE status = 'lost') AS lost_minor
               FROM funding_disputes GROUP BY campaign_id) AS disputed ON disputed.campaign_id = budget.campaign_id
  LEFT JOIN (SELECT account.code, -sum(posting.amount_minor) AS amount_minor
               FROM journal_entries AS entry
               JOIN postings AS posting ON posting.entry_id = entry.id
               JOIN ledger_accounts AS account ON account.id = posting.account_id AND account.code LIKE 'campaign/%/escrow'
              WHERE entry.kind IN ('escrow_shortfall', 'shortfall_recovered')
              GROUP BY account.code) AS uncovered ON uncovered.code = 'campaign/' || budget.campaign_id || '/escrow'
 WHERE budget.funded_minor - budget.spent_minor - budget.refunded_minor <> -coalesce(escrow.sum_minor, 0)
    OR budget.spent_minor <> coalesce(accrued.gross_minor, 0) - coalesce(clawed.gross_minor, 0)
    OR budget.disputed_minor <> coalesce(disputed.frozen_minor, 0)
    OR budget.shortfall_minor <> coalesce(disputed.lost_minor, 0) + coalesce(uncovered.amount_minor, 0)
 ORDER BY budget.campaign_id LIMIT 100;

-- name: ListPayoutDifferences :many
-- A payout's lines, reservation and applied transfer against each other. The ledger is read
-- once, not once a payout: this runs before every payout run.
SELECT payout.id, payout.amount_minor, coalesce(lines.amount_minor, 0)::bigint AS lines_minor,
       transfers.applied AS applied_transfers, coalesce(settled.entries, 0)::bigint AS settled_entries,
       coalesce(reversed.entries, 0)::bigint AS reversed_entries
  FROM payouts AS payout
  LEFT JOIN LATERAL (SELECT sum(amount_minor) AS amount_minor FROM payout_lines WHERE payout_id = payout.id) AS lines ON true
  LEFT JOIN LATERAL (SELECT count(*) AS applied FROM payout_attempts
                      WHERE payout_id = payout.id AND phase = 'transfer' AND outcome = 'applied') AS transfers ON true
  LEFT JOIN (SELECT split_part(reference, '/', 1) AS payout_id, count(*) AS entries FROM journal_entries
              WHERE kind = 'transfer_settled' GROUP BY 1) AS settled ON settled.payout_id = payout.id::text
  LEFT JOIN (SELECT split_part(reference, '/', 1) AS payout_id, count(*) AS entries FROM journal_entries
              WHERE kind = 'transfer_reversed' GROUP BY 1) AS reversed ON reversed.payout_id = payout.id::text
 WHERE payout.amount_minor <> coalesce(lines.amount_minor, 0)
    OR transfers.applied <> coalesce(settled.entries, 0) - coalesce(reversed.entries, 0)
 ORDER BY payout.id LIMIT 100;

-- name: ListNegativeAccounts :many
-- Money that somebody owns or owes can never be below zero.
SELECT code, currency::text AS currency, sum_minor FROM balances
 WHERE CASE WHEN code LIKE 'creator/%/receivable' THEN sum_minor < 0
            ELSE (code LIKE 'creator/%' OR code LIKE 'campaign/%') AND sum_minor > 0 END
 ORDER BY code LIMIT 100;

-- name: ListHoldDifferences :many
-- What each creator has on hold, against "pending".
WITH held AS (
    SELECT creator_id::text AS creator_id, currency, sum(amount_minor) AS amount_minor
      FROM holds WHERE release_entry_id IS NULL GROUP BY 1, 2
), pending AS (
    SELECT split_part(code, '/', 2) AS creator_id, balances.currency::text AS currency, -sum_minor AS amount_minor
      FROM balances WHERE code LIKE 'creator/%/pending'
       AND EXISTS (SELECT FROM creators WHERE creators.id::text = split_part(code, '/', 2))
)
SELECT coalesce(held.creator_id, pending.creator_id)::text AS creator_id, coalesce(held.currency, pending.currency)::text AS currency,
       coalesce(held.amount_minor, 0)::bigint AS held_minor, coalesce(pending.amount_minor, 0)::bigint AS pending_minor
  FROM held FULL JOIN pending ON pending.creator_id = held.creator_id AND pending.currency = held.currency
 WHERE coalesce(held.amount_minor, 0) <> coalesce(pending.amount_minor, 0)
 ORDER BY 1, 2 LIMIT 100;

-- name: ListAvailableDifferences :many
-- What each creator can be paid by campaigns, against "available".
WITH payable AS (
    SELECT creator_id, currency, sum(amount_minor) AS amount_minor
      FROM (SELECT creator_id::text, currency, amount_minor FROM holds WHERE release_entry_id IS NOT NULL
            UNION ALL SELECT creator_id::text, currency, -amount_minor FROM earning_deductions
            UNION ALL SELECT creator_id::text, currency, -amount_minor FROM payouts WHERE status NOT IN ('cancelled', 'returned')) AS part
     GROUP BY creator_id, currency
), available AS (
    SELECT split_part(code, '/', 2) AS creator_id, balances.currency::text AS currency, -sum_minor AS amount_minor
      FROM balances WHERE code LIKE 'creator/%/available'
       AND EXISTS (SELECT FROM creators WHERE creators.id::text = split_part(code, '/', 2))
)
SELECT coalesce(payable.creator_id, available.creator_id)::text AS creator_id, coalesce(payable.currency, available.currency)::text AS currency,
       coalesce(payable.amount_minor, 0)::bigint AS payable_minor, coalesce(available.amount_minor, 0)::bigint AS available_minor
  FROM payable FULL JOIN available ON available.creator_id = payable.creator_id AND available.currency = payable.currency
 WHERE coalesce(payable.amount_minor, 0) <> coalesce(available.amount_minor, 0)
 ORDER BY 1, 2 LIMIT 100;

-- name: ListAccrualDifferences :many
-- Views that were credited without having been counted.
SELECT accrual.entry_id, accrual.clip_id, accrual.poll, accrual.credited_views_after,
       coalesce(observation.high_water_views - observation.excluded_views, 0)::bigint AS creditable_views
  FROM accruals AS accrual
  LEFT JOIN observations AS observation ON observation.clip_id = accrual.clip_id AND observation.poll = accrual.poll
 WHERE accrual.credited_views_after > coalesce(observation.high_water_views - observation.excluded_views, 0)
 ORDER BY accrual.entry_id LIMIT 100;

-- name: ListReferenceDifferences :many
-- What points at entries that are not there, and entries that may be there only once.
SELECT 'entry'::text AS subject_kind, (kind || ' ' || reference)::text AS subject, (count(*) || ' entries have this kind and reference')::text AS detail
  FROM journal_entries GROUP BY kind, reference HAVING count(*) > 1
UNION ALL
SELECT 'entry', reverses::text, 'is reversed by ' || count(*) || ' entries'
  FROM journal_entries WHERE reverses IS NOT NULL GROUP BY reverses HAVING count(*) > 1
UNION ALL
SELECT 'external object', object.provider || ' ' || object.object_type || ' ' || object.object_id, 'stands for entry ' || object.entry_id || ', which does not exist'
  FROM external_objects AS object WHERE NOT EXISTS (SELECT FROM journal_entries AS entry WHERE entry.id = object.entry_id)
UNION ALL
SELECT 'accrual', accrual.entry_id::text, 'has no entry of its own'
  FROM accruals AS accrual WHERE NOT EXISTS (SELECT FROM journal_entries AS entry WHERE entry.id = accrual.entry_id AND entry.kind = 'earnings_accrued')
UNION ALL
SELECT 'hold', hold.entry_id::text, 'holds earnings of an entry that does not exist'
  FROM holds AS hold WHERE NOT EXISTS (SELECT FROM journal_entries AS entry WHERE entry.id = hold.entry_id)
UNION ALL
SELECT 'hold', hold.entry_id::text, 'was released by entry ' || hold.release_entry_id || ', which does not exist'
  FROM holds AS hold WHERE hold.release_entry_id IS NOT NULL AND NOT EXISTS (SELECT FROM journal_entries AS entry WHERE entry.id = hold.release_entry_id)
 LIMIT 100;

-- name: AllowSorting :exec
-- For the rest of the transaction: sorts of a whole journal belong in memory.
SELECT set_config('work_mem', '128MB', true);

-- name: CountJournal :one
-- All rows there are, whatever their numbers. The sum is text: tampered rows may exceed a bigint.
SELECT (SELECT count(*) FROM journal_entries) AS entries, postings.rows AS postings, postings.posted_minor,
       (SELECT count(*) FROM seals) AS seals, (SELECT count(*) FROM balance_checkpoints) AS checkpoints
  FROM (SELECT count(*) AS rows, coalesce(sum(amount_minor), 0)::text AS posted_minor FROM postings) AS postings;

-- name: CountChecked :one
SELECT (SELECT count(*) FROM campaign_budgets) AS campaigns, (SELECT count(*) FROM payouts) AS payouts;
