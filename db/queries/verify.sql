-- name: ListBalanceTotals :many
-- Currencies in which the balances of all accounts do not cancel out.
SELECT currency::text AS currency, sum(sum_minor)::bigint AS total_minor
  FROM balances GROUP BY currency HAVING sum(sum_minor) <> 0 ORDER BY currency;

-- name: ListBudgetDifferences :many
-- Every campaign's guard row against the journal. Funded and refunded are what entries of
-- those kinds moved; all else that left escrow is spent, and accruals less clawbacks must say
-- the same. What disputes froze lies in escrow still, as much as they reach; the shortfall is
-- what disputes that were lost and refunds took beyond what was left. Books of campaigns that
-- are not here count only where there are campaigns at all: an imported journal has none.
WITH moved AS (
    SELECT posting.account_id, posting.currency,
           -coalesce(sum(posting.amount_minor) FILTER (WHERE entry.kind = 'campaign_funded'), 0) AS funded_minor,
           coalesce(sum(posting.amount_minor) FILTER (WHERE entry.kind <> 'campaign_funded'), 0) AS refunded_minor,
           -coalesce(sum(posting.amount_minor) FILTER (WHERE entry.kind IN ('escrow_shortfall', 'shortfall_recovered')), 0) AS uncovered_minor
      FROM journal_entries AS entry
      JOIN LATERAL (SELECT account_id, currency, amount_minor FROM known_postings WHERE entry_id = entry.id OFFSET 0) AS posting ON true
     WHERE entry.kind IN ('campaign_funded', 'escrow_refunded', 'escrow_refund_failed', 'dispute_lost', 'escrow_shortfall', 'shortfall_recovered')
     GROUP BY posting.account_id, posting.currency
), books AS (
    SELECT split_part(escrow.code, '/', 2) AS campaign_id, escrow.currency::text AS currency,
           coalesce(moved.funded_minor, 0) AS funded_minor, coalesce(moved.refunded_minor, 0) AS refunded_minor,
           coalesce(moved.funded_minor, 0) - coalesce(moved.refunded_minor, 0) + escrow.sum_minor AS spent_minor,
           -escrow.sum_minor AS escrow_minor, coalesce(moved.uncovered_minor, 0) AS uncovered_minor
      FROM balances AS escrow
      LEFT JOIN moved ON moved.account_id = escrow.account_id AND moved.currency = escrow.currency
     WHERE escrow.code LIKE 'campaign/%/escrow'
), guards AS (
    SELECT coalesce(campaign.id, budget.campaign_id) AS id, coalesce(campaign.id, budget.campaign_id)::text AS campaign_id,
           coalesce(campaign.currency, '') AS agreed, coalesce(budget.currency, '') AS currency,
           budget.funded_minor, budget.spent_minor, budget.refunded_minor, budget.disputed_minor, budget.shortfall_minor
      FROM campaigns AS campaign FULL JOIN campaign_budgets AS budget ON budget.campaign_id = campaign.id
)
SELECT coalesce(guards.campaign_id, books.campaign_id)::text AS campaign_id,
       (CASE WHEN guards.id IS NULL THEN format('has escrow in %s in the books and is no campaign in that currency', books.currency)
             WHEN guards.funded_minor IS NULL THEN 'has no guard'
             WHEN guards.agreed <> guards.currency THEN format('is in %s, its guard in %s', guards.agreed, guards.currency)
             ELSE format('the guard says %s funded, %s spent, %s refunded, %s disputed and %s short, the books %s, %s, %s, %s and %s, accruals less clawbacks %s, open disputes %s',
                         guards.funded_minor, guards.spent_minor, guards.refunded_minor, guards.disputed_minor, guards.shortfall_minor,
                         coalesce(books.funded_minor, 0), coalesce(books.spent_minor, 0), coalesce(books.refunded_minor, 0),
                         least(coalesce(books.escrow_minor, 0), coalesce(disputed.amount_minor, 0)), coalesce(books.uncovered_minor, 0) + coalesce(disputed.lost_minor, 0),
                         coalesce(accrued.gross_minor, 0) - coalesce(clawed.gross_minor, 0), coalesce(disputed.frozen_minor, 0)) END)::text AS detail
  FROM guards
  FULL JOIN books ON books.campaign_id = guards.campaign_id AND books.currency = guards.currency
  LEFT JOIN (SELECT campaign_id, sum(gross_minor) AS gross_minor FROM accruals
              GROUP BY campaign_id) AS accrued ON accrued.campaign_id = guards.id
  LEFT JOIN (SELECT campaign_id, sum(corrected_minor) AS gross_minor FROM corrections
              WHERE kind = 'clawback' GROUP BY campaign_id) AS clawed ON clawed.campaign_id = guards.id
  LEFT JOIN (SELECT campaign_id, sum(frozen_minor) FILTER (WHERE status = 'open') AS frozen_minor,
                    sum(amount_minor) FILTER (WHERE status = 'open') AS amount_minor,
                    sum(amount_minor - frozen_minor) FILTER (WHERE status = 'lost') AS lost_minor
               FROM funding_disputes GROUP BY campaign_id) AS disputed ON disputed.campaign_id = guards.id
 WHERE guards.id IS NULL AND EXISTS (SELECT FROM campaigns)
    OR guards.id IS NOT NULL AND (guards.funded_minor IS NULL OR guards.agreed <> guards.currency
       OR guards.funded_minor <> coalesce(books.funded_minor, 0)
       OR guards.spent_minor <> coalesce(books.spent_minor, 0)
       OR guards.refunded_minor <> coalesce(books.refunded_minor, 0)
       OR guards.spent_minor <> coalesce(accrued.gross_minor, 0) - coalesce(clawed.gross_minor, 0)
       OR guards.disputed_minor <> coalesce(disputed.frozen_minor, 0)
       OR guards.disputed_minor <> least(coalesce(books.escrow_minor, 0), coalesce(disputed.amount_minor, 0))
       OR guards.shortfall_minor <> coalesce(books.uncovered_minor, 0) + coalesce(disputed.lost_minor, 0))
 ORDER BY 1 LIMIT 100;

-- name: ListDisputeDifferences :many
-- Every dispute against its entries and the payment that it is about, and all open ones
-- against what they took.
WITH told AS (
    SELECT entry.reference, max(entry.currency) AS currency,
           sum(posting.amount_minor) FILTER (WHERE entry.kind = 'funding_disputed' AND account.code = 'stripe/disputed') AS amount_minor,
           coalesce(max(substr(entry.kind, 9)) FILTER (WHERE entry.kind <> 'funding_disputed'), 'open') AS status,
           coalesce(sum(posting.amount_minor) FILTER (WHERE account.code LIKE 'campaign/%/escrow'), 0) AS frozen_minor
      FROM journal_entries AS entry
      JOIN LATERAL (SELECT account_id, currency, amount_minor FROM known_postings WHERE entry_id = entry.id OFFSET 0) AS posting ON true
      JOIN ledger_accounts AS account ON account.id = posting.account_id
     WHERE entry.kind IN ('funding_disputed', 'dispute_won', 'dispute_lost')
     GROUP BY entry.reference
), funded AS (
    SELECT entry.reference, split_part(max(account.code), '/', 2) AS campaign_id
      FROM journal_entries AS entry
      JOIN LATERAL (SELECT account_id, currency, amount_minor FROM known_postings WHERE entry_id = entry.id OFFSET 0) AS posting ON true
      JOIN ledger_accounts AS account ON account.id = posting.account_id AND account.code LIKE 'campaign/%/escrow'
     WHERE entry.kind = 'campaign_funded' GROUP BY entry.reference
)
SELECT coalesce(dispute.dispute_id, told.reference)::text AS subject,
       format('is %s for %s %s of campaign %s, the books say %s for %s %s of campaign %s',
              coalesce(dispute.status, 'not on record'), dispute.amount_minor, dispute.currency, dispute.campaign_id,
              coalesce(told.status, 'nothing'), told.amount_minor, told.currency, funded.campaign_id)::text AS detail
  FROM funding_disputes AS dispute
  FULL JOIN told ON told.reference = dispute.dispute_id
  LEFT JOIN funded ON funded.reference = dispute.payment_intent_id
 WHERE dispute.dispute_id IS NULL AND EXISTS (SELECT FROM campaigns)
    OR dispute.dispute_id IS NOT NULL AND (
       (dispute.amount_minor, dispute.currency, dispute.status) IS DISTINCT FROM (told.amount_minor, told.currency, told.status)
       OR dispute.campaign_id::text IS DISTINCT FROM coalesce(funded.campaign_id, dispute.campaign_id::text)
       OR dispute.status = 'lost' AND dispute.frozen_minor <> told.frozen_minor)
UNION ALL
SELECT 'stripe/disputed ' || coalesce(open.currency, taken.currency),
       format('holds %s, the open disputes took %s', coalesce(taken.sum_minor, 0), coalesce(open.amount_minor, 0))
  FROM (SELECT currency, sum(amount_minor) AS amount_minor FROM funding_disputes WHERE status = 'open' GROUP BY currency) AS open
  FULL JOIN (SELECT currency::text AS currency, sum_minor FROM balances WHERE code = 'stripe/disputed') AS taken ON taken.currency = open.currency
 WHERE coalesce(taken.sum_minor, 0) <> coalesce(open.amount_minor, 0) AND EXISTS (SELECT FROM campaigns)
 LIMIT 100;

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
   AND NOT EXISTS (SELECT FROM detached_months AS detached WHERE detached.parent = 'observations' AND accrual.clip_id >= detached.first_id AND accrual.clip_id < detached.next_id)
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
