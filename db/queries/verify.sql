-- name: ListBalanceTotals :many
-- Currencies in which the balances of all accounts do not cancel out.
SELECT currency::text AS currency, sum(sum_minor)::bigint AS total_minor
  FROM balances GROUP BY currency HAVING sum(sum_minor) <> 0 ORDER BY currency;

-- name: ListBudgetDifferences :many
-- Every campaign's guard row against the journal. Funded and refunded are what entries of
-- those kinds moved; all else that left escrow is spent, and accruals less clawbacks must say
-- the same; these are added up only if all of history is looked at. What disputes froze lies in
-- escrow still, as much as they reach; the shortfall is what disputes that were lost and refunds
-- took beyond what was left. Books of campaigns that are not here count only where there are
-- campaigns at all: an imported journal has none.
WITH moved AS (
    SELECT posting.account_id, posting.currency,
           -coalesce(sum(posting.amount_minor) FILTER (WHERE kind.budget = 'funded'), 0) AS funded_minor,
           coalesce(sum(posting.amount_minor) FILTER (WHERE kind.budget <> 'funded'), 0) AS refunded_minor,
           -coalesce(sum(posting.amount_minor) FILTER (WHERE kind.budget = 'shortfall'), 0) AS uncovered_minor
      FROM journal_entries AS entry
      JOIN ledger_kinds AS kind ON kind.kind = entry.kind
      JOIN LATERAL (SELECT account_id, currency, amount_minor FROM known_postings WHERE entry_id = entry.id OFFSET 0) AS posting ON true
     WHERE entry.kind = ANY (kinds_with('budget', 'funded', 'refunded', 'shortfall'))
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
       (CASE WHEN guards.id IS NULL THEN 'no_campaign' WHEN guards.funded_minor IS NULL THEN 'no_guard'
             WHEN guards.agreed <> guards.currency THEN 'currencies' ELSE 'amounts' END)::text AS problem,
       coalesce(guards.agreed, '')::text AS agreed_currency, coalesce(guards.currency, '')::text AS guard_currency, coalesce(books.currency, '')::text AS journal_currency,
       coalesce(guards.funded_minor, 0)::bigint AS guard_funded_minor, coalesce(guards.spent_minor, 0)::bigint AS guard_spent_minor,
       coalesce(guards.refunded_minor, 0)::bigint AS guard_refunded_minor, coalesce(guards.disputed_minor, 0)::bigint AS guard_disputed_minor,
       coalesce(guards.shortfall_minor, 0)::bigint AS guard_shortfall_minor,
       coalesce(books.funded_minor, 0)::bigint AS funded_minor, coalesce(books.spent_minor, 0)::bigint AS spent_minor,
       coalesce(books.refunded_minor, 0)::bigint AS refunded_minor,
       least(coalesce(books.escrow_minor, 0), coalesce(disputed.amount_minor, 0))::bigint AS disputed_minor,
       (coalesce(books.uncovered_minor, 0) + coalesce(disputed.lost_minor, 0))::bigint AS shortfall_minor,
       (coalesce(accrued.gross_minor, 0) - coalesce(clawed.gross_minor, 0))::bigint AS earned_minor, coalesce(disputed.frozen_minor, 0)::bigint AS frozen_minor
  FROM guards
  FULL JOIN books ON books.campaign_id = guards.campaign_id AND books.currency = guards.currency
  LEFT JOIN (SELECT campaign_id, sum(gross_minor) AS gross_minor FROM accruals
              WHERE @whole::boolean GROUP BY campaign_id) AS accrued ON accrued.campaign_id = guards.id
  LEFT JOIN (SELECT campaign_id, sum(corrected_minor) AS gross_minor FROM corrections
              WHERE @whole::boolean AND kind = 'clawback' GROUP BY campaign_id) AS clawed ON clawed.campaign_id = guards.id
  LEFT JOIN (SELECT campaign_id, sum(frozen_minor) FILTER (WHERE status = 'open') AS frozen_minor,
                    sum(amount_minor) FILTER (WHERE status = 'open') AS amount_minor,
                    sum(amount_minor - frozen_minor) FILTER (WHERE status = 'lost') AS lost_minor
               FROM funding_disputes GROUP BY campaign_id) AS disputed ON disputed.campaign_id = guards.id
 WHERE guards.id IS NULL AND EXISTS (SELECT FROM campaigns)
    OR guards.id IS NOT NULL AND (guards.funded_minor IS NULL OR guards.agreed <> guards.currency
       OR guards.funded_minor <> coalesce(books.funded_minor, 0)
       OR guards.spent_minor <> coalesce(books.spent_minor, 0)
       OR guards.refunded_minor <> coalesce(books.refunded_minor, 0)
       OR @whole::boolean AND guards.spent_minor <> coalesce(accrued.gross_minor, 0) - coalesce(clawed.gross_minor, 0)
       OR guards.disputed_minor <> coalesce(disputed.frozen_minor, 0)
       OR guards.disputed_minor <> least(coalesce(books.escrow_minor, 0), coalesce(disputed.amount_minor, 0))
       OR guards.shortfall_minor <> coalesce(books.uncovered_minor, 0) + coalesce(disputed.lost_minor, 0))
 ORDER BY 1 LIMIT 100;

-- name: ListDisputeDifferences :many
-- Every dispute against its entries and the payment that it is about, and all open ones
-- against what they took.
WITH told AS (
    SELECT entry.reference, max(entry.currency) AS currency,
           sum(posting.amount_minor) FILTER (WHERE kind.dispute = 'open' AND account.code = 'stripe/disputed') AS amount_minor,
           coalesce(max(kind.dispute) FILTER (WHERE kind.dispute <> 'open'), 'open') AS status,
           coalesce(sum(posting.amount_minor) FILTER (WHERE account.code LIKE 'campaign/%/escrow'), 0) AS frozen_minor
      FROM journal_entries AS entry
      JOIN ledger_kinds AS kind ON kind.kind = entry.kind
      JOIN LATERAL (SELECT account_id, currency, amount_minor FROM known_postings WHERE entry_id = entry.id OFFSET 0) AS posting ON true
      JOIN ledger_accounts AS account ON account.id = posting.account_id
     WHERE entry.kind = ANY (kinds_with('dispute'))
     GROUP BY entry.reference
), funded AS (
    SELECT entry.reference, split_part(max(account.code), '/', 2) AS campaign_id
      FROM journal_entries AS entry
      JOIN LATERAL (SELECT account_id, currency, amount_minor FROM known_postings WHERE entry_id = entry.id OFFSET 0) AS posting ON true
      JOIN ledger_accounts AS account ON account.id = posting.account_id AND account.code LIKE 'campaign/%/escrow'
     WHERE entry.kind = ANY (kinds_with('budget', 'funded')) GROUP BY entry.reference
)
SELECT coalesce(dispute.dispute_id, told.reference)::text AS dispute_id,
       coalesce(dispute.status, '')::text AS status, coalesce(dispute.amount_minor, 0)::bigint AS amount_minor,
       coalesce(dispute.currency, '')::text AS currency, coalesce(dispute.campaign_id::text, '')::text AS campaign_id,
       coalesce(told.status, '')::text AS journal_status, coalesce(told.amount_minor, 0)::bigint AS journal_amount_minor,
       coalesce(told.currency, '')::text AS journal_currency, coalesce(funded.campaign_id, '')::text AS journal_campaign_id
  FROM funding_disputes AS dispute
  FULL JOIN told ON told.reference = dispute.dispute_id
  LEFT JOIN funded ON funded.reference = dispute.payment_intent_id
 WHERE dispute.dispute_id IS NULL AND EXISTS (SELECT FROM campaigns)
    OR dispute.dispute_id IS NOT NULL AND (
       (dispute.amount_minor, dispute.currency, dispute.status) IS DISTINCT FROM (told.amount_minor, told.currency, told.status)
       OR dispute.campaign_id::text IS DISTINCT FROM coalesce(funded.campaign_id, dispute.campaign_id::text)
       OR dispute.status = 'lost' AND dispute.frozen_minor <> told.frozen_minor)
 LIMIT 100;

-- name: ListDisputedBalanceDifferences :many
-- What the open disputes took, against the account that holds it.
SELECT coalesce(open.currency, taken.currency)::text AS currency,
       coalesce(taken.sum_minor, 0)::bigint AS held_minor, coalesce(open.amount_minor, 0)::bigint AS disputed_minor
  FROM (SELECT currency, sum(amount_minor) AS amount_minor FROM funding_disputes WHERE status = 'open' GROUP BY currency) AS open
  FULL JOIN (SELECT currency::text AS currency, sum_minor FROM balances WHERE code = 'stripe/disputed') AS taken ON taken.currency = open.currency
 WHERE coalesce(taken.sum_minor, 0) <> coalesce(open.amount_minor, 0) AND EXISTS (SELECT FROM campaigns)
 LIMIT 100;

-- name: ListPayoutDifferences :many
-- A payout's lines, attempts and status against each other and against where its entries say
-- that the money lies: still ours (in transit), on the connected account, or in the bank, where
-- it also is when a payout that was paid goes back to work. The ledger is read once, not once a
-- payout. Unless all of history is looked at, payouts that ended long ago are left out before
-- their legs are read: this runs before every payout run.
WITH settled AS (
    SELECT id, id::text AS payout_id FROM payouts
     WHERE NOT @whole::boolean AND status IN ('paid', 'cancelled', 'returned') AND updated_at < now() - interval '35 days'
), looked_at AS (
    SELECT id, creator_id, currency, amount_minor, status, transfer_id, bank_payout_id FROM payouts
     WHERE NOT EXISTS (SELECT FROM settled WHERE settled.id = payouts.id)
), moved AS (
    SELECT split_part(entry.reference, '/', 1) AS payout_id, entry.currency,
           max(posting.amount_minor) FILTER (WHERE kind.payout_step = 'reservation') AS reserved_minor,
           min(split_part(account.code, '/', 2)) AS creator_id, max(split_part(account.code, '/', 2)) AS last_creator_id,
           -coalesce(sum(posting.amount_minor) FILTER (WHERE account.code LIKE '%/in_transit'), 0) AS in_transit_minor,
           -coalesce(sum(posting.amount_minor) FILTER (WHERE account.code LIKE '%/connected'), 0) AS connected_minor,
           coalesce(sum(posting.amount_minor) FILTER (WHERE account.code LIKE '%/connected' AND kind.payout_step = 'bank_payout'), 0) AS banked_minor,
           count(*) FILTER (WHERE account.code LIKE '%/in_transit' AND kind.payout_step = 'transfer')
           - count(*) FILTER (WHERE account.code LIKE '%/in_transit' AND kind.payout_step = 'reversal') AS transfers
      FROM (SELECT id, kind, reference, currency FROM journal_entries
             WHERE kind = ANY (kinds_with('payout_step'))
               AND NOT EXISTS (SELECT FROM settled WHERE settled.payout_id = split_part(reference, '/', 1)) OFFSET 0) AS entry
      JOIN ledger_kinds AS kind ON kind.kind = entry.kind
      JOIN LATERAL (SELECT account_id, currency, amount_minor FROM known_postings WHERE entry_id = entry.id OFFSET 0) AS posting ON true
      JOIN ledger_accounts AS account ON account.id = posting.account_id AND account.code LIKE 'creator/%'
     GROUP BY 1, 2
), lines AS (
    SELECT payout_id, sum(amount_minor) AS amount_minor FROM payout_lines
     WHERE NOT EXISTS (SELECT FROM settled WHERE settled.id = payout_lines.payout_id) GROUP BY payout_id
), tried AS (
    SELECT payout_id, count(*) FILTER (WHERE phase = 'transfer' AND outcome = 'applied') AS transfers,
           (array_agg(external_id ORDER BY generation DESC) FILTER (WHERE phase = 'transfer' AND outcome IN ('applied', 'undone')))[1] AS transfer_id,
           (array_agg(external_id ORDER BY generation DESC) FILTER (WHERE phase = 'bank_payout' AND outcome IN ('applied', 'undone')))[1] AS bank_payout_id
      FROM payout_attempts
     WHERE NOT EXISTS (SELECT FROM settled WHERE settled.id = payout_attempts.payout_id) GROUP BY payout_id
)
SELECT coalesce(payout.id::text, moved.payout_id)::text AS id, (payout.id IS NOT NULL)::boolean AS on_record,
       coalesce(payout.status, '')::text AS status, coalesce(payout.amount_minor, 0)::bigint AS amount_minor, coalesce(payout.currency, moved.currency)::text AS currency,
       coalesce(payout.creator_id::text, '')::text AS creator_id, coalesce(lines.amount_minor, 0)::bigint AS lines_minor,
       coalesce(tried.transfers, 0)::bigint AS applied_transfers,
       coalesce(payout.transfer_id, '')::text AS transfer_id, coalesce(payout.bank_payout_id, '')::text AS bank_payout_id,
       coalesce(tried.transfer_id, '')::text AS attempt_transfer_id, coalesce(tried.bank_payout_id, '')::text AS attempt_bank_payout_id,
       coalesce(moved.reserved_minor, 0)::bigint AS reserved_minor, coalesce(moved.creator_id, '')::text AS journal_creator_id,
       coalesce(moved.transfers, 0)::bigint AS journal_transfers, coalesce(moved.in_transit_minor, 0)::bigint AS in_transit_minor,
       coalesce(moved.connected_minor, 0)::bigint AS connected_minor, coalesce(moved.banked_minor, 0)::bigint AS banked_minor
  FROM looked_at AS payout
  FULL JOIN moved ON moved.payout_id = payout.id::text AND moved.currency = payout.currency
  LEFT JOIN lines ON lines.payout_id = payout.id
  LEFT JOIN tried ON tried.payout_id = payout.id
 WHERE payout.id IS NULL AND (EXISTS (SELECT FROM campaigns) OR EXISTS (SELECT FROM creators))
    OR payout.id IS NOT NULL AND (moved.payout_id IS NULL
       OR payout.amount_minor <> coalesce(lines.amount_minor, 0) OR payout.amount_minor <> moved.reserved_minor
       OR payout.creator_id::text <> moved.creator_id OR moved.creator_id <> moved.last_creator_id
       OR coalesce(tried.transfers, 0) <> moved.transfers
       OR coalesce(payout.transfer_id, '') <> coalesce(tried.transfer_id, '')
       OR coalesce(payout.bank_payout_id, '') <> coalesce(tried.bank_payout_id, '')
       OR CASE WHEN payout.status = 'paid' THEN moved.in_transit_minor <> 0 OR moved.connected_minor <> 0 OR moved.banked_minor <> payout.amount_minor
               WHEN payout.status IN ('cancelled', 'returned') THEN moved.in_transit_minor <> 0 OR moved.connected_minor <> 0 OR moved.banked_minor <> 0
               ELSE moved.in_transit_minor + moved.connected_minor + moved.banked_minor <> payout.amount_minor END)
 ORDER BY 1 LIMIT 100;

-- name: ListOverpaidCampaigns :many
-- By campaigns, nobody can have been paid more than was released for them.
SELECT part.creator_id, part.campaign_id, part.currency, sum(part.amount_minor)::bigint AS payable_minor
  FROM (SELECT creator_id, campaign_id, currency, amount_minor FROM holds WHERE release_entry_id IS NOT NULL
        UNION ALL SELECT creator_id, campaign_id, currency, -amount_minor FROM earning_deductions
        UNION ALL SELECT payout.creator_id, line.campaign_id, payout.currency, -line.amount_minor
                    FROM payouts AS payout JOIN payout_lines AS line ON line.payout_id = payout.id
                   WHERE payout.status NOT IN ('cancelled', 'returned')) AS part
 GROUP BY part.creator_id, part.campaign_id, part.currency
HAVING sum(part.amount_minor) < 0
 ORDER BY 1, 2, 3 LIMIT 100;

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
-- Views that were credited without having been counted, or counted without having been
-- credited although nothing was in the way: of accruals from an entry on. Two joins, since one
-- with both conditions cannot be hashed.
SELECT accrual.entry_id, accrual.clip_id, accrual.poll, accrual.credited_views_after,
       (observation.high_water_views - observation.excluded_views)::bigint AS creditable_views
  FROM accruals AS accrual
  JOIN observations AS observation ON observation.clip_id = accrual.clip_id AND observation.poll = accrual.poll
 WHERE accrual.entry_id >= @first_entry_id::uuid
   AND (accrual.credited_views_after > observation.high_water_views - observation.excluded_views
        OR accrual.credited_views_after < observation.high_water_views - observation.excluded_views AND observation.limited_by = 'none')
UNION ALL
SELECT accrual.entry_id, accrual.clip_id, accrual.poll, accrual.credited_views_after, 0
  FROM accruals AS accrual
 WHERE accrual.entry_id >= @first_entry_id::uuid AND accrual.credited_views_after > 0
   AND NOT EXISTS (SELECT FROM observations AS observation WHERE observation.clip_id = accrual.clip_id AND observation.poll = accrual.poll)
   AND NOT EXISTS (SELECT FROM detached_months AS detached
                    WHERE detached.parent = 'observations' AND accrual.clip_id >= detached.first_id AND accrual.clip_id < detached.next_id)
 ORDER BY 1 LIMIT 100;

-- name: GetKeptBeside :one
-- Whether anything is kept beside the journal (of an imported one, nothing is), and what time
-- it is where seals and entries got theirs.
SELECT (EXISTS (SELECT FROM campaigns) OR EXISTS (SELECT FROM accruals))::boolean AS kept, clock_timestamp()::timestamptz AS moment;

-- name: ListCampaignHolds :many
-- For how long each campaign holds earnings back, as its terms say it.
SELECT id, coalesce(terms->>'hold', '')::text AS hold FROM campaigns;

-- name: ListAccrualsOf :many
-- The accruals of some entries, and whether their clips are whose they say.
SELECT accrual.entry_id, accrual.clip_id, accrual.poll, accrual.campaign_id, accrual.creator_id, accrual.affiliate_id, accrual.currency,
       accrual.creator_minor, accrual.fee_minor, accrual.affiliate_minor, accrual.accrued_at,
       coalesce(clip.creator_id = accrual.creator_id AND clip.campaign_id = accrual.campaign_id, false)::boolean AS own_clip
  FROM accruals AS accrual LEFT JOIN clips AS clip ON clip.id = accrual.clip_id
 WHERE accrual.entry_id = ANY (@entry_ids::uuid[]);

-- name: ListHoldsBy :many
SELECT entry_id, creator_id, campaign_id, currency, amount_minor, available_at FROM holds WHERE entry_id = ANY (@entry_ids::uuid[]);

-- name: ListTotalDifferences :many
-- The running totals of clips, and of creators in campaigns, against what they add up.
SELECT clip_id::text AS clip_id, ''::text AS creator_id, ''::text AS campaign_id,
       sum(gross_minor)::bigint AS sum_minor, max(clip_gross_after_minor)::bigint AS total_minor
  FROM accruals GROUP BY clip_id HAVING sum(gross_minor) <> max(clip_gross_after_minor)
UNION ALL
SELECT '', creator_id::text, campaign_id::text, sum(gross_minor)::bigint, max(creator_gross_after_minor)
  FROM accruals GROUP BY campaign_id, creator_id HAVING sum(gross_minor) <> max(creator_gross_after_minor)
 ORDER BY 1, 2, 3 LIMIT 100;

-- name: ListObjectDifferences :many
-- Every entry that stands for an object of Stripe against its object, and the reverse. The
-- object of an entry about a payout is the one that its attempt made. Stripe does not always
-- name what brought failed money back. Entries without objects count only where anything is
-- kept beside the journal: an imported one has none.
WITH told AS (
    SELECT entry.id, entry.kind, entry.reference, kind.payout_step AS phase, kind.named_by_object,
           CASE WHEN entry.reverses IS NULL THEN kind.object_type ELSE kind.reversal_object_type END AS object_type
      FROM journal_entries AS entry JOIN ledger_kinds AS kind ON kind.kind = entry.kind
     WHERE entry.kind = ANY (kinds_with('object_type'))
), tied AS (
    SELECT told.id, told.kind, told.reference, told.phase, told.named_by_object, told.object_type, count(object.object_id) AS objects,
           coalesce(min(object.provider), '') AS provider, coalesce(min(object.object_type), '') AS found_type, coalesce(min(object.object_id), '') AS object_id
      FROM told LEFT JOIN external_objects AS object ON object.entry_id = told.id
     GROUP BY told.id, told.kind, told.reference, told.phase, told.named_by_object, told.object_type
)
SELECT tied.kind, tied.reference, tied.object_type::text AS object_type, tied.objects,
       tied.provider::text AS provider, tied.found_type::text AS found_type, tied.object_id::text AS object_id
  FROM tied
  LEFT JOIN payout_attempts AS attempt ON tied.phase <> '' AND tied.object_type <> 'balance_transaction' AND attempt.phase = tied.phase
   AND attempt.external_id = tied.object_id AND attempt.payout_id::text = split_part(tied.reference, '/', 1)
   AND (tied.phase = 'reversal' OR 'g' || attempt.generation = split_part(tied.reference, '/', 2))
 WHERE tied.objects = 0 AND tied.object_type <> 'balance_transaction' AND (EXISTS (SELECT FROM campaigns) OR EXISTS (SELECT FROM creators))
    OR tied.objects > 1
    OR tied.objects = 1 AND (tied.provider <> 'stripe' OR tied.found_type <> tied.object_type
       OR tied.named_by_object AND tied.object_id <> tied.reference
       OR tied.phase <> '' AND tied.object_type <> 'balance_transaction' AND attempt.payout_id IS NULL)
 LIMIT 100;

-- name: ListObjectsOfOtherKinds :many
-- Objects that are tied to an entry of a kind that stands for none.
SELECT object.provider, object.object_type, object.object_id, entry.kind
  FROM external_objects AS object
  JOIN journal_entries AS entry ON entry.id = object.entry_id
  JOIN ledger_kinds AS kind ON kind.kind = entry.kind
 WHERE kind.object_type = ''
 LIMIT 100;

-- name: ListReadingDifferences :many
-- The running state of each clip's counter against its readings.
SELECT state.clip_id, state.poll, state.views, state.high_water_views, state.excluded_views, state.high_water_before, state.excluded_before
  FROM (SELECT clip_id, poll, views, high_water_views, excluded_views,
               coalesce(lag(high_water_views) OVER clip, 0)::bigint AS high_water_before, coalesce(lag(excluded_views) OVER clip, 0)::bigint AS excluded_before
          FROM observations WINDOW clip AS (PARTITION BY clip_id ORDER BY poll)) AS state
 WHERE state.high_water_views <> greatest(state.views, state.high_water_before)
    OR state.excluded_views NOT IN (state.excluded_before, state.excluded_before + state.high_water_views - state.high_water_before)
 LIMIT 100;

-- name: ListLaterHoldDifferences :many
-- Holds that clawbacks left and adjustments made, each against its entry and its origin.
SELECT hold.entry_id, hold.creator_id, hold.amount_minor, hold.currency, hold.campaign_id, hold.available_at
  FROM journal_entries AS entry
  JOIN ledger_kinds AS kind ON kind.kind = entry.kind
  JOIN holds AS hold ON hold.entry_id = entry.id
  LEFT JOIN holds AS original ON original.entry_id = entry.reverses AND original.creator_id = hold.creator_id
  LEFT JOIN correction_entries AS decided ON decided.entry_id = entry.id
  LEFT JOIN corrections AS correction ON correction.id = decided.correction_id
  LEFT JOIN LATERAL (SELECT sum(posting.amount_minor) FILTER (WHERE account.code LIKE '%/pending') AS pending_minor,
                            sum(posting.amount_minor) FILTER (WHERE account.code LIKE '%/available') AS available_minor
                       FROM known_postings AS posting JOIN ledger_accounts AS account ON account.id = posting.account_id
                      WHERE posting.entry_id = entry.id AND account.code LIKE 'creator/' || hold.creator_id || '/%') AS leg ON true
 WHERE entry.kind = ANY (kinds_with('hold', 'remainder', 'credit'))
   AND CASE kind.hold
       WHEN 'remainder' THEN (hold.campaign_id, hold.currency, hold.available_at, hold.amount_minor)
            IS DISTINCT FROM (original.campaign_id, entry.currency, original.available_at, original.amount_minor - coalesce(leg.pending_minor, 0))
       ELSE (hold.campaign_id, hold.currency, hold.amount_minor) IS DISTINCT FROM (correction.campaign_id, entry.currency, -coalesce(leg.available_minor, 0)) END
 LIMIT 100;

-- name: ListRepeatedEntries :many
-- Entries that may be there only once.
SELECT kind, reference, count(*) AS entries
  FROM journal_entries GROUP BY kind, reference HAVING count(*) > 1 LIMIT 100;

-- name: ListRepeatedReversals :many
SELECT reverses::text AS entry_id, count(*) AS entries
  FROM journal_entries WHERE reverses IS NOT NULL GROUP BY reverses HAVING count(*) > 1 LIMIT 100;

-- name: ListObjectsWithoutEntry :many
SELECT object.provider, object.object_type, object.object_id, object.entry_id
  FROM external_objects AS object
 WHERE NOT EXISTS (SELECT FROM journal_entries AS entry WHERE entry.id = object.entry_id) LIMIT 100;

-- name: ListAccrualsWithoutEntry :many
SELECT accrual.entry_id
  FROM accruals AS accrual
 WHERE NOT EXISTS (SELECT FROM journal_entries AS entry JOIN ledger_kinds AS kind ON kind.kind = entry.kind
                    WHERE entry.id = accrual.entry_id AND kind.hold = 'accrual') LIMIT 100;

-- name: ListHoldsWithoutEarning :many
-- Holds of an entry that is not there, or of a kind by which no creator earns.
SELECT hold.entry_id
  FROM holds AS hold
 WHERE NOT EXISTS (SELECT FROM journal_entries AS entry JOIN ledger_kinds AS kind ON kind.kind = entry.kind
                    WHERE entry.id = hold.entry_id AND kind.hold <> '') LIMIT 100;

-- name: ListHoldsWithoutRelease :many
SELECT hold.entry_id, hold.release_entry_id::text AS release_entry_id
  FROM holds AS hold
 WHERE hold.release_entry_id IS NOT NULL AND NOT EXISTS (SELECT FROM journal_entries AS entry WHERE entry.id = hold.release_entry_id) LIMIT 100;

-- name: ListUnknownKinds :many
-- Kinds of entries that no trait is known of.
SELECT entry.kind, count(*) AS entries, min(entry.seq)::bigint AS first_seq FROM journal_entries AS entry
 WHERE NOT EXISTS (SELECT FROM ledger_kinds AS known WHERE known.kind = entry.kind)
 GROUP BY entry.kind ORDER BY 1 LIMIT 100;

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
