-- name: ListOverpaidCampaigns :many
-- Creators who were paid more by a campaign than was released for them.
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
-- What a creator or a campaign owns, what a creator owes, and what a withdrawal has reserved is never
-- below zero. The balance of a brand can be.
SELECT code, currency::text AS currency, sum_minor FROM balances
 WHERE CASE WHEN code LIKE 'creator/%/receivable' THEN sum_minor < 0
            ELSE (code LIKE 'creator/%' OR code LIKE 'campaign/%' OR code LIKE 'organization/%/withdrawing') AND sum_minor > 0 END
 ORDER BY code LIMIT 100;

-- name: ListHoldDifferences :many
-- The holds of each creator, compared with the account "pending".
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
-- What each creator can be paid, compared with the account "available".
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
-- Accruals from an entry on that credit more views than were counted, or fewer although nothing
-- limited them. There are two joins, because PostgreSQL cannot hash one with both conditions.
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

-- name: ListTotalDifferences :many
-- The running totals of clips, and of creators in campaigns, compared with the sums.
SELECT clip_id::text AS clip_id, ''::text AS creator_id, ''::text AS campaign_id,
       sum(gross_minor)::bigint AS sum_minor, max(clip_gross_after_minor)::bigint AS total_minor
  FROM accruals GROUP BY clip_id HAVING sum(gross_minor) <> max(clip_gross_after_minor)
UNION ALL
SELECT '', creator_id::text, campaign_id::text, sum(gross_minor)::bigint, max(creator_gross_after_minor)
  FROM accruals GROUP BY campaign_id, creator_id HAVING sum(gross_minor) <> max(creator_gross_after_minor)
 ORDER BY 1, 2, 3 LIMIT 100;

-- name: ListSplitDifferences :many
-- For each clip, the first entry after which its fee or its commission is not the floor of its net
-- gross. These are recomputed from the accruals and from the entries of clawbacks. A clawback comes
-- after the accruals whose entries have lower numbers.
WITH change AS (
    SELECT clip_id, campaign_id, affiliate_id, poll, 0::bigint AS seq, entry_id, gross_minor, fee_minor, affiliate_minor, clip_net_after_minor
      FROM accruals
    UNION ALL
    SELECT accrual.clip_id, accrual.campaign_id, accrual.affiliate_id, latest.poll, entry.seq, entry.id,
           leg.escrow_minor, -leg.fee_minor, -leg.affiliate_minor, NULL
      FROM journal_entries AS entry
      JOIN accruals AS accrual ON accrual.entry_id = entry.reverses
      JOIN LATERAL (SELECT coalesce(sum(posting.amount_minor) FILTER (WHERE account.code LIKE 'campaign/%/escrow'), 0)::bigint AS escrow_minor,
                           coalesce(sum(posting.amount_minor) FILTER (WHERE account.code = 'platform/fees'), 0)::bigint AS fee_minor,
                           coalesce(sum(posting.amount_minor) FILTER (WHERE account.code LIKE 'creator/' || accrual.affiliate_id || '/%'), 0)::bigint AS affiliate_minor
                      FROM known_postings AS posting JOIN ledger_accounts AS account ON account.id = posting.account_id
                     WHERE posting.entry_id = entry.id) AS leg ON true
      JOIN LATERAL (SELECT max(earlier.poll) AS poll FROM accruals AS earlier JOIN journal_entries AS posted ON posted.id = earlier.entry_id
                     WHERE earlier.clip_id = accrual.clip_id AND posted.seq < entry.seq) AS latest ON true
     WHERE entry.kind = ANY (kinds_with('hold', 'remainder'))
), sums AS (
    SELECT clip_id, campaign_id, affiliate_id, poll, seq, entry_id, clip_net_after_minor,
           sum(gross_minor) OVER clip AS net_minor, sum(fee_minor) OVER clip AS fee_minor, sum(affiliate_minor) OVER clip AS affiliate_minor
      FROM change WINDOW clip AS (PARTITION BY clip_id ORDER BY poll, seq)
), due AS (
    SELECT sums.clip_id, sums.poll, sums.seq, sums.entry_id, sums.clip_net_after_minor, sums.net_minor, sums.fee_minor, sums.affiliate_minor,
           div(sums.net_minor * (campaign.terms ->> 'fee_basis_points')::bigint, 10000) AS fee_due_minor,
           CASE WHEN sums.affiliate_id IS NULL THEN 0
                ELSE div(sums.net_minor * coalesce((campaign.terms ->> 'affiliate_basis_points')::bigint, 0), 10000) END AS affiliate_due_minor
      FROM sums JOIN campaigns AS campaign ON campaign.id = sums.campaign_id
)
SELECT DISTINCT ON (due.clip_id) due.clip_id, due.entry_id, coalesce(due.clip_net_after_minor, due.net_minor)::bigint AS recorded_net_minor, due.net_minor::bigint AS net_minor,
       due.fee_minor::bigint AS fee_minor, due.fee_due_minor::bigint AS fee_due_minor,
       due.affiliate_minor::bigint AS affiliate_minor, due.affiliate_due_minor::bigint AS affiliate_due_minor
  FROM due
 WHERE due.fee_minor <> due.fee_due_minor OR due.affiliate_minor <> due.affiliate_due_minor
    OR due.clip_net_after_minor <> due.net_minor
 ORDER BY due.clip_id, due.poll, due.seq LIMIT 100;

-- name: ListReadingDifferences :many
-- The running state of each clip, compared with its readings. Views that count were read, or claimed
-- before and confirmed. A reviewer may confirm an earlier claim, which a reading in between has contradicted.
SELECT state.clip_id, state.poll, state.views, state.accepted_views, state.high_water_views, state.excluded_views, state.high_water_before, state.excluded_before
  FROM (SELECT clip_id, poll, views, accepted_views, high_water_views, excluded_views, decision, observed_at,
               coalesce(lag(high_water_views) OVER clip, 0)::bigint AS high_water_before, coalesce(lag(excluded_views) OVER clip, 0)::bigint AS excluded_before,
               coalesce(max(claimed_views) OVER (PARTITION BY clip_id ORDER BY poll ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::bigint AS claimed_before
          FROM observations WINDOW clip AS (PARTITION BY clip_id ORDER BY poll)) AS state
 WHERE state.high_water_views <> greatest(state.accepted_views, state.high_water_before)
    OR state.accepted_views > greatest(state.views, CASE WHEN state.decision = 'confirmed' THEN state.claimed_before END, state.high_water_before)
    OR state.decision = 'plausible' AND state.accepted_views <> state.views
    OR state.excluded_views NOT BETWEEN state.excluded_before AND state.excluded_before + state.high_water_views - state.high_water_before
    OR state.excluded_views > state.excluded_before
       AND NOT EXISTS (SELECT FROM clips JOIN campaign_pauses AS pause ON pause.campaign_id = clips.campaign_id
                        WHERE clips.id = state.clip_id AND pause.paused_at <= state.observed_at)
 LIMIT 100;

-- name: ListLaterHoldDifferences :many
-- Holds by clawbacks and adjustments, compared with their entry and with what it corrects. A
-- clawback holds what it leaves of a hold that it ended, and what it gives to a creator.
SELECT hold.entry_id, hold.creator_id, hold.amount_minor, hold.currency, hold.campaign_id, hold.available_at
  FROM journal_entries AS entry
  JOIN ledger_kinds AS kind ON kind.kind = entry.kind
  JOIN holds AS hold ON hold.entry_id = entry.id
  LEFT JOIN accruals AS accrual ON accrual.entry_id = entry.reverses
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
            IS DISTINCT FROM (accrual.campaign_id, entry.currency, coalesce(original.available_at, least(hold.available_at, entry.effective_at)),
                              CASE WHEN original.release_entry_id = entry.id THEN original.amount_minor ELSE 0 END - coalesce(leg.pending_minor, 0))
       ELSE (hold.campaign_id, hold.currency, hold.amount_minor) IS DISTINCT FROM (coalesce(correction.campaign_id, hold.campaign_id), entry.currency, -coalesce(leg.available_minor, 0)) END
 LIMIT 100;
