-- name: ListStatementCreators :many
-- A page of creators, by id.
SELECT creator.id, coalesce(creator.payout_account, '')::text AS account, coalesce(nullif(account.country, ''),
           (SELECT change.country FROM payout_account_changes AS change
             WHERE change.creator_id = creator.id AND change.to_account = creator.payout_account AND change.country <> ''
             ORDER BY change.proposed_at DESC LIMIT 1), '')::text AS country
  FROM creators AS creator
  LEFT JOIN payout_accounts AS account ON account.account = creator.payout_account
 WHERE creator.id > @after_id::uuid
 ORDER BY creator.id LIMIT @page_size;

-- name: GetFirstSeqFrom :one
-- The lowest number of an entry that is dated at or after a moment. The addition keeps the planner
-- from walking through the numbers from the first one: the index of times finds the entries.
SELECT coalesce(min(seq + 0), 0)::bigint AS first_seq
  FROM journal_entries WHERE effective_at >= @starts_at::timestamptz;

-- name: ListStatementBalances :many
-- The balances of now, summed over the accounts of each creator.
SELECT split_part(balance.code, '/', 2)::text AS creator_id, balance.currency, sum(balance.sum_minor)::bigint AS sum_minor
  FROM balances AS balance
 WHERE balance.account_id IN (SELECT account.id FROM ledger_accounts AS account WHERE account.code = ANY (@codes::text[]))
 GROUP BY 1, 2;

-- name: ListStatementPostings :many
-- What was posted to accounts of creators from a moment on. Only what lies before ends_at is taken
-- apart. A clawback reverses an accrual, which says whose clip it was.
SELECT split_part(account.code, '/', 2)::text AS creator_id, posting.currency,
       (entry.effective_at >= @ends_at::timestamptz)::boolean AS after,
       CASE WHEN entry.effective_at < @ends_at THEN entry.kind ELSE '' END::text AS kind,
       CASE WHEN entry.effective_at < @ends_at THEN split_part(account.code, '/', 3) ELSE '' END::text AS part,
       CASE WHEN entry.effective_at < @ends_at THEN coalesce(accrual.campaign_id::text, '') ELSE '' END::text AS campaign_id,
       (entry.effective_at < @ends_at AND coalesce(accrual.creator_id::text <> split_part(account.code, '/', 2), false))::boolean AS as_affiliate,
       CASE WHEN entry.effective_at < @ends_at AND kind.payout_step <> '' THEN split_part(entry.reference, '/', 1) ELSE '' END::text AS payout_id,
       CASE WHEN entry.effective_at < @ends_at THEN coalesce(corrected.correction_id::text, '') ELSE '' END::text AS correction_id,
       sum(posting.amount_minor)::bigint AS sum_minor
  FROM ledger_accounts AS account
  JOIN postings AS posting ON posting.account_id = account.id AND posting.seq >= @first_seq::bigint
  JOIN journal_entries AS entry ON entry.id = posting.entry_id
  LEFT JOIN ledger_kinds AS kind ON kind.kind = entry.kind
  LEFT JOIN accruals AS accrual ON accrual.entry_id = coalesce(entry.reverses, entry.id)
  LEFT JOIN correction_entries AS corrected ON corrected.entry_id = entry.id
 WHERE account.code = ANY (@codes::text[]) AND entry.effective_at >= @starts_at::timestamptz
 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9;

-- name: ListStatementClips :many
-- The clips that were credited in a period. The number of credited views only grows, so what a
-- period credited is the difference of its ends.
SELECT credited.creator_id, credited.campaign_id, credited.currency, count(*)::bigint AS clips, sum(credited.through_views - credited.before_views)::bigint AS views
  FROM (SELECT clip.creator_id, clip.campaign_id, accrual.currency, clip.id,
               max(accrual.credited_views_after) AS through_views,
               coalesce(max(accrual.credited_views_after) FILTER (WHERE entry.effective_at < @starts_at::timestamptz), 0) AS before_views,
               count(*) FILTER (WHERE entry.effective_at >= @starts_at::timestamptz) AS accruals
          FROM clips AS clip
          JOIN accruals AS accrual ON accrual.clip_id = clip.id
          JOIN journal_entries AS entry ON entry.id = accrual.entry_id
         WHERE clip.creator_id = ANY (@creator_ids::uuid[]) AND entry.effective_at < @ends_at::timestamptz
         GROUP BY clip.creator_id, clip.campaign_id, accrual.currency, clip.id) AS credited
 WHERE credited.accruals > 0
 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;

-- name: ListStatementShares :many
-- What others received of the creators' clips in a period: the platform, and affiliates. What a
-- clawback took back from them counts against it. The legs of an entry are read by its id.
SELECT moved.creator_id, moved.currency,
       coalesce(-sum(leg.amount_minor) FILTER (WHERE account.code = @fees_code::text), 0)::bigint AS fees_minor,
       coalesce(-sum(leg.amount_minor) FILTER (WHERE starts_with(account.code, 'creator/') AND split_part(account.code, '/', 2) <> moved.creator_id::text), 0)::bigint AS affiliates_minor
  FROM (SELECT accrual.creator_id, accrual.currency, entry.id
          FROM clips AS clip
          JOIN accruals AS accrual ON accrual.clip_id = clip.id
          JOIN journal_entries AS entry ON entry.id = accrual.entry_id
         WHERE clip.creator_id = ANY (@creator_ids::uuid[]) AND entry.effective_at >= @starts_at::timestamptz AND entry.effective_at < @ends_at::timestamptz
        UNION ALL
        SELECT accrual.creator_id, accrual.currency, entry.id
          FROM clips AS clip
          JOIN accruals AS accrual ON accrual.clip_id = clip.id
          JOIN journal_entries AS entry ON entry.reverses = accrual.entry_id
         WHERE clip.creator_id = ANY (@creator_ids::uuid[]) AND entry.effective_at >= @starts_at::timestamptz AND entry.effective_at < @ends_at::timestamptz) AS moved
  JOIN postings AS leg ON leg.entry_id = moved.id
  JOIN ledger_accounts AS account ON account.id = leg.account_id
 GROUP BY 1, 2 ORDER BY 1, 2;

-- name: ListStatementPayouts :many
-- A conversion that was taken back is no part of a payout any more.
SELECT payout.id, payout.amount_minor, payout.fee_minor, payout.status, payout.method, coalesce(payout.transfer_id, '')::text AS transfer_id,
       coalesce(payout.bank_payout_id, '')::text AS bank_payout_id, payout.created_at, payout.paid_at,
       coalesce(made.received_minor + made.carried_minor - made.left_minor, 0)::bigint AS bank_minor, coalesce(made.currency, '')::text AS bank_currency,
       coalesce(made.rate, '')::text AS rate
  FROM payouts AS payout LEFT JOIN payout_conversions AS made ON made.payout_id = payout.id AND made.outcome = 'held'
 WHERE payout.id = ANY (@payout_ids::uuid[]) ORDER BY payout.id;

-- name: ListStatementCorrections :many
SELECT id, reason, coalesce(clip_id::text, '')::text AS clip_id FROM corrections WHERE id = ANY (@correction_ids::uuid[]) ORDER BY id;
