-- name: ListCampaignLegs :many
-- The entries that touch an escrow, by kind and by who has the account of each leg.
SELECT entry.kind,
       CASE WHEN account.code = @escrow_code::text THEN 'escrow'
            WHEN starts_with(account.code, 'creator/') AND split_part(account.code, '/', 2) = accrual.creator_id::text THEN 'creator'
            WHEN starts_with(account.code, 'creator/') THEN 'affiliate'
            ELSE account.code END::text AS holder,
       sum(leg.amount_minor)::bigint AS sum_minor
  FROM ledger_accounts AS escrow
  JOIN postings AS posting ON posting.account_id = escrow.id AND posting.currency = @currency::text
  JOIN journal_entries AS entry ON entry.id = posting.entry_id
  LEFT JOIN accruals AS accrual ON accrual.entry_id = coalesce(entry.reverses, entry.id)
  JOIN postings AS leg ON leg.entry_id = entry.id AND leg.currency = posting.currency
  JOIN ledger_accounts AS account ON account.id = leg.account_id
 WHERE escrow.code = @escrow_code::text
 GROUP BY 1, 2 ORDER BY 1, 2;

-- name: ListCampaignEscrowEntries :many
-- The entries of an escrow that are no earnings and no clawbacks, with what they paid in all and
-- for processing. An entry pays in all what it debits. One that stands for no object of the processor is
-- no payment: it took the budget out of the organization's balance.
SELECT entry.id, entry.kind, entry.reference, entry.effective_at, (kind.budget = 'funded' AND kind.object_type <> '')::boolean AS funds,
       (-posting.amount_minor)::bigint AS amount_minor, legs.debit_minor, legs.surcharge_minor
  FROM ledger_accounts AS escrow
  JOIN postings AS posting ON posting.account_id = escrow.id AND posting.currency = @currency::text
  JOIN journal_entries AS entry ON entry.id = posting.entry_id
  JOIN ledger_kinds AS kind ON kind.kind = entry.kind
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(leg.amount_minor) FILTER (WHERE leg.amount_minor > 0), 0)::bigint AS debit_minor,
              coalesce(-sum(leg.amount_minor) FILTER (WHERE account.code = @surcharge_code::text), 0)::bigint AS surcharge_minor
         FROM postings AS leg JOIN ledger_accounts AS account ON account.id = leg.account_id
        WHERE leg.entry_id = entry.id AND leg.currency = posting.currency) AS legs
 WHERE escrow.code = @escrow_code::text AND NOT entry.kind = ANY (kinds_with('budget', 'spent'))
 ORDER BY entry.seq;

-- name: FindPayment :many
-- The entry of one payment into an escrow or a balance, found by its reference, with the amounts that
-- ListCampaignEscrowEntries has.
SELECT entry.id, entry.kind, entry.reference, entry.effective_at, (-posting.amount_minor)::bigint AS amount_minor, legs.debit_minor, legs.surcharge_minor
  FROM journal_entries AS entry
  JOIN postings AS posting ON posting.entry_id = entry.id AND posting.currency = @currency::text
   AND posting.account_id = (SELECT id FROM ledger_accounts WHERE code = @account_code::text)
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(leg.amount_minor) FILTER (WHERE leg.amount_minor > 0), 0)::bigint AS debit_minor,
              coalesce(-sum(leg.amount_minor) FILTER (WHERE account.code = @surcharge_code::text), 0)::bigint AS surcharge_minor
         FROM postings AS leg JOIN ledger_accounts AS account ON account.id = leg.account_id
        WHERE leg.entry_id = entry.id AND leg.currency = posting.currency) AS legs
 WHERE entry.kind IN (SELECT kind FROM ledger_kinds WHERE object_type = 'payment_intent') AND entry.reference = @payment_id::text
 ORDER BY entry.seq;

-- name: ListCampaignCosts :many
-- What clips cost a campaign, by platform and creator, from the postings to its escrow.
SELECT cost.platform, cost.creator_id, count(*)::bigint AS clips, sum(cost.views)::bigint AS views,
       sum(cost.cost_minor)::bigint AS cost_minor, sum(cost.back_minor)::bigint AS back_minor
  FROM (SELECT clip.platform, clip.creator_id, clip.id, max(accrual.credited_views_after) AS views,
               coalesce(sum(posting.amount_minor) FILTER (WHERE entry.reverses IS NULL), 0) AS cost_minor,
               coalesce(-sum(posting.amount_minor) FILTER (WHERE entry.reverses IS NOT NULL), 0) AS back_minor
          FROM ledger_accounts AS escrow
          JOIN postings AS posting ON posting.account_id = escrow.id AND posting.currency = @currency::text
          JOIN journal_entries AS entry ON entry.id = posting.entry_id
          JOIN accruals AS accrual ON accrual.entry_id = coalesce(entry.reverses, entry.id)
          JOIN clips AS clip ON clip.id = accrual.clip_id
         WHERE escrow.code = @escrow_code::text
         GROUP BY clip.platform, clip.creator_id, clip.id) AS cost
 GROUP BY 1, 2 ORDER BY 1, 2;

-- name: ListCampaignDisputes :many
-- Those over its own payment, and what open ones over deposits freeze of it.
SELECT known.dispute_id, known.payment_intent_id, known.status, known.amount_minor, known.frozen_minor, known.opened_at, known.closed_at
  FROM (SELECT dispute_id, payment_intent_id, status, amount_minor, frozen_minor, opened_at, closed_at
          FROM funding_disputes WHERE campaign_id = @campaign_id::uuid
         UNION ALL
        SELECT dispute.dispute_id, dispute.payment_intent_id, dispute.status, held.amount_minor, held.frozen_minor, dispute.opened_at, dispute.closed_at
          FROM disputed_budgets AS held JOIN funding_disputes AS dispute ON dispute.dispute_id = held.dispute_id
         WHERE held.campaign_id = @campaign_id::uuid AND held.released_at IS NULL) AS known
 ORDER BY known.opened_at, known.dispute_id;
