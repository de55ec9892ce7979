-- name: ListPayoutMovements :many
-- Reservations and cancellations of one creator and currency: what payout.Attribute replays.
SELECT entry.seq::bigint AS seq, payout.id AS payout_id, (kind.payout_step = 'cancellation')::boolean AS gives_back,
       ARRAY(SELECT line.campaign_id::text FROM payout_lines AS line WHERE line.payout_id = payout.id)::text[] AS campaign_ids
  FROM payouts AS payout
  JOIN ledger_kinds AS kind ON kind.payout_step IN ('reservation', 'cancellation')
  JOIN journal_entries AS entry ON entry.kind = kind.kind AND entry.reference = payout.id::text
 WHERE payout.creator_id = @creator_id AND payout.currency = @currency
 ORDER BY entry.seq;

-- name: SumReleasedItems :many
-- Released earnings and deductions within spans of the journal, summed per campaign and
-- clip, with how many of the accruals break one of the rules that an accrual follows from.
-- The rules are written out a second time here: what the code decided is held against them.
-- What a clawback left of a hold, and an adjustment, are earnings without being accruals. What
-- a reservation left behind is deducted from what it took and earned right after it.
-- The + 0 keeps an entry's few legs from being looked up among all of an account's.
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
    SELECT deduction.campaign_id, entry.reverses, -deduction.amount_minor, true, false
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
           OR accrual.fee_minor <> div(accrual.gross_minor::numeric * (campaign.terms ->> 'fee_basis_points')::bigint, 10000)
           OR accrual.affiliate_minor <> CASE WHEN accrual.affiliate_id IS NULL THEN 0
                ELSE div(accrual.gross_minor::numeric * coalesce((campaign.terms ->> 'affiliate_basis_points')::bigint, 0), 10000) END)) AS split_broken,
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
-- The single items of the same, by campaign and in the order in which they were released.
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
-- Everything that accruals follow from and led to, with the hold of one beneficiary: the
-- creator whose clip it is, if none is named.
SELECT accrual.entry_id, entry.seq::bigint AS seq, accrual.campaign_id, accrual.creator_id, accrual.affiliate_id, accrual.clip_id, clip.platform, accrual.poll,
       reading.views, reading.high_water_views, reading.excluded_views, reading.observed_at,
       coalesce(earlier.credited_views_after, 0)::bigint AS credited_views_before, accrual.credited_views_after,
       accrual.gross_minor, accrual.creator_minor, accrual.fee_minor, accrual.affiliate_minor, accrual.clip_gross_after_minor,
       accrual.creator_gross_after_minor, reading.limited_by, accrual.accrued_at,
       reading.attempt_id, reading.provider, attempt.outcome, attempt.clips, attempt.latency_ms, attempt.cost_micros, attempt.started_at,
       hold.available_at, released.id AS release_entry_id, released.seq AS release_seq, released.effective_at AS released_at,
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
 WHERE accrual.entry_id = ANY (@entry_ids::uuid[]);

-- name: ListCampaignTerms :many
SELECT id, terms FROM campaigns WHERE id = ANY (@ids::uuid[]);

-- name: ListPayoutEntries :many
SELECT entry.id, entry.seq::bigint AS seq, entry.kind, entry.reference, entry.effective_at, entry.recorded_at, entry.reverses,
       coalesce((SELECT seal.number FROM seals AS seal WHERE seal.last_seq >= entry.seq AND seal.first_seq <= entry.seq
                  ORDER BY seal.last_seq LIMIT 1), 0)::bigint AS seal
  FROM journal_entries AS entry
 WHERE entry.kind = ANY (kinds_with('payout_step'))
   AND entry.reference IN (SELECT payout.id::text FROM payouts AS payout WHERE payout.id = @payout_id
                           UNION SELECT attempt.payout_id || '/g' || attempt.generation FROM payout_attempts AS attempt WHERE attempt.payout_id = @payout_id)
 ORDER BY entry.seq;

-- name: ListEntryPostings :many
SELECT posting.entry_id, account.code, posting.amount_minor
  FROM postings AS posting JOIN ledger_accounts AS account ON account.id = posting.account_id
 WHERE posting.entry_id = ANY (@entry_ids::uuid[])
 ORDER BY posting.entry_id, posting.line;

-- name: ListEntryObjects :many
SELECT entry_id, provider, object_type, object_id FROM external_objects
 WHERE entry_id = ANY (@entry_ids::uuid[])
 ORDER BY entry_id, object_type, object_id;

-- name: ListAccountEvents :many
-- What each kind of entry did to accounts.
SELECT account.code, posting.currency, entry.kind, count(DISTINCT entry.id) AS entries, sum(posting.amount_minor)::bigint AS amount_minor
  FROM ledger_accounts AS account
  JOIN postings AS posting ON posting.account_id = account.id
  JOIN journal_entries AS entry ON entry.id = posting.entry_id
 WHERE account.code = ANY (@codes::text[])
 GROUP BY account.code, posting.currency, entry.kind
 ORDER BY account.code, posting.currency, min(entry.seq);

-- name: SumCampaignAccruals :one
-- Everything that a campaign has spent, with how many accruals break a rule, as in
-- SumReleasedItems.
SELECT count(*) AS accruals, count(DISTINCT each.clip_id) AS clips, count(DISTINCT each.creator_id) AS creators,
       coalesce(sum(each.gross_minor), 0)::bigint AS gross_minor, coalesce(sum(each.creator_minor), 0)::bigint AS creator_minor,
       coalesce(sum(each.fee_minor), 0)::bigint AS fee_minor, coalesce(sum(each.affiliate_minor), 0)::bigint AS affiliate_minor,
       count(*) FILTER (WHERE each.gross_minor <> each.creator_minor + each.fee_minor + each.affiliate_minor
           OR each.fee_minor <> div(each.gross_minor::numeric * each.fee_basis_points, 10000)
           OR each.affiliate_minor <> CASE WHEN each.affiliate_id IS NULL THEN 0 ELSE div(each.gross_minor::numeric * each.affiliate_basis_points, 10000) END) AS split_broken,
       count(*) FILTER (WHERE each.clip_gross_after_minor - each.gross_minor <> each.clip_gross_before_minor) AS chain_broken,
       count(*) FILTER (WHERE NOT coalesce(
           CASE WHEN reading.limited_by = 'none' THEN reading.high_water_views - reading.excluded_views = each.credited_views_after
                 AND each.clip_gross_after_minor = div(each.credited_views_after::numeric * each.rate_minor_per_thousand + 500, 1000)
                ELSE each.clip_gross_after_minor <= div((reading.high_water_views - reading.excluded_views)::numeric * each.rate_minor_per_thousand + 500, 1000)
           END, false)) AS formula_broken
  FROM (SELECT accrual.clip_id, accrual.poll, accrual.creator_id, accrual.affiliate_id, accrual.gross_minor, accrual.creator_minor, accrual.fee_minor,
               accrual.affiliate_minor, accrual.credited_views_after, accrual.clip_gross_after_minor,
               lag(accrual.clip_gross_after_minor, 1, 0::bigint) OVER (PARTITION BY accrual.clip_id ORDER BY accrual.poll) AS clip_gross_before_minor,
               (campaign.terms ->> 'rate_minor_per_thousand')::bigint AS rate_minor_per_thousand,
               (campaign.terms ->> 'fee_basis_points')::bigint AS fee_basis_points,
               coalesce((campaign.terms ->> 'affiliate_basis_points')::bigint, 0) AS affiliate_basis_points
          FROM accruals AS accrual JOIN campaigns AS campaign ON campaign.id = accrual.campaign_id
         WHERE accrual.campaign_id = @campaign_id) AS each
  LEFT JOIN observations AS reading ON reading.clip_id = each.clip_id AND reading.poll = each.poll;

-- name: ListCampaignCreators :many
-- The creators with the highest spending first; clawed back is what their clips gave back.
SELECT accrual.creator_id, count(*) AS accruals, count(DISTINCT accrual.clip_id) AS clips, sum(accrual.gross_minor)::bigint AS gross_minor,
       sum(accrual.creator_minor)::bigint AS creator_minor, sum(accrual.fee_minor)::bigint AS fee_minor, sum(accrual.affiliate_minor)::bigint AS affiliate_minor,
       coalesce(-sum(returned.amount_minor), 0)::bigint AS clawed_back_minor
  FROM accruals AS accrual
  LEFT JOIN journal_entries AS reversal ON reversal.reverses = accrual.entry_id
  LEFT JOIN postings AS returned ON returned.entry_id = reversal.id
        AND returned.account_id = (SELECT id FROM ledger_accounts WHERE code = 'campaign/' || @campaign_id::uuid || '/escrow')
 WHERE accrual.campaign_id = @campaign_id
 GROUP BY accrual.creator_id
 ORDER BY gross_minor DESC, accrual.creator_id LIMIT @batch;

-- name: ListCampaignClips :many
SELECT accrual.clip_id, clip.platform, accrual.creator_id, count(*) AS accruals, sum(accrual.gross_minor)::bigint AS gross_minor,
       max(accrual.credited_views_after)::bigint AS credited_views, coalesce(-sum(returned.amount_minor), 0)::bigint AS clawed_back_minor
  FROM accruals AS accrual
  JOIN clips AS clip ON clip.id = accrual.clip_id
  LEFT JOIN journal_entries AS reversal ON reversal.reverses = accrual.entry_id
  LEFT JOIN postings AS returned ON returned.entry_id = reversal.id
        AND returned.account_id = (SELECT id FROM ledger_accounts WHERE code = 'campaign/' || @campaign_id::uuid || '/escrow')
 WHERE accrual.campaign_id = @campaign_id
 GROUP BY accrual.clip_id, clip.platform, accrual.creator_id
 ORDER BY gross_minor DESC, accrual.clip_id LIMIT @batch;

-- name: ListCampaignAccruals :many
-- By creator, and in the order in which each earned: that is how the index has them.
SELECT entry_id, creator_id, creator_gross_after_minor FROM accruals
 WHERE campaign_id = @campaign_id AND (creator_id, creator_gross_after_minor) > (@after_creator::uuid, @after_gross_minor::bigint)
 ORDER BY creator_id, creator_gross_after_minor LIMIT @page_size;

-- name: GetBudget :one
SELECT funded_minor, spent_minor, refunded_minor, disputed_minor FROM campaign_budgets WHERE campaign_id = @campaign_id;

-- name: ListPendingByCampaign :many
SELECT currency, campaign_id, sum(amount_minor)::bigint AS amount_minor FROM holds
 WHERE creator_id = @creator_id AND release_entry_id IS NULL
 GROUP BY currency, campaign_id ORDER BY currency, campaign_id;

-- name: ListEarningCampaigns :many
SELECT holds.currency, holds.campaign_id FROM holds WHERE holds.creator_id = @creator_id AND holds.release_entry_id IS NOT NULL GROUP BY holds.currency, holds.campaign_id
UNION
SELECT earning_deductions.currency, earning_deductions.campaign_id FROM earning_deductions WHERE earning_deductions.creator_id = @creator_id
 ORDER BY 1, 2;

-- name: ListPayoutPositions :many
-- The payouts that have money on one of a creator's accounts, and how much.
SELECT account.code, posting.currency, split_part(entry.reference, '/', 1)::text AS payout_id, (-sum(posting.amount_minor))::bigint AS amount_minor
  FROM ledger_accounts AS account
  JOIN postings AS posting ON posting.account_id = account.id
  JOIN journal_entries AS entry ON entry.id = posting.entry_id
 WHERE account.code = ANY (@codes::text[])
 GROUP BY account.code, posting.currency, split_part(entry.reference, '/', 1) HAVING sum(posting.amount_minor) <> 0
 ORDER BY account.code, posting.currency, payout_id;

-- name: ListLinesOfPayouts :many
SELECT line.payout_id, line.campaign_id, line.amount_minor FROM payout_lines AS line
 WHERE line.payout_id = ANY (@payout_ids::uuid[])
 ORDER BY line.payout_id, line.campaign_id;
