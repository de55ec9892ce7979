-- name: ListBalanceTotals :many
-- Currencies in which the balances of all accounts do not cancel out.
SELECT currency::text AS currency, sum(sum_minor)::bigint AS total_minor
  FROM balances GROUP BY currency HAVING sum(sum_minor) <> 0 ORDER BY currency;

-- name: ListCoverDifferences :many
-- Items whose last checkpoint and what was posted after it are not the sum of the balances.
WITH base AS (
    SELECT coalesce(max(through_seq), 0) AS through_seq FROM cover_checkpoints
), part AS (
    SELECT stored.currency, stored.item, stored.sum_minor AS read_minor, 0 AS balance_minor FROM cover_checkpoints AS stored WHERE stored.through_seq = (SELECT through_seq FROM base)
    UNION ALL
    SELECT changes.currency, changes.item, changes.sum_minor, 0 FROM base CROSS JOIN LATERAL cover_changes(base.through_seq, 9223372036854775807) AS changes
    UNION ALL
    SELECT balance.currency, cover_item(balance.code), 0, balance.sum_minor FROM balances AS balance WHERE cover_item(balance.code) IS NOT NULL
)
SELECT part.currency::text AS currency, part.item::text AS item, sum(part.read_minor)::bigint AS read_minor, sum(part.balance_minor)::bigint AS balance_minor
  FROM part GROUP BY part.currency, part.item HAVING sum(part.read_minor) <> sum(part.balance_minor) ORDER BY 1, 2;

-- name: ListBudgetDifferences :many
-- Every campaign's guard row, compared with the journal. The kinds of entries say what was funded
-- and refunded. All else that left escrow is spent, and must equal accruals less clawbacks. Those
-- are summed only when all of history is verified.
--
-- What disputes froze is still in escrow, as far as escrow reaches. The shortfall is what lost
-- disputes and refunds took beyond what was left. Escrow without a campaign is a difference only
-- if there are campaigns, because an imported journal has none.
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
               FROM (SELECT campaign_id, status, amount_minor, frozen_minor FROM funding_disputes WHERE campaign_id IS NOT NULL
                     UNION ALL SELECT campaign_id, 'open', amount_minor, frozen_minor FROM disputed_budgets WHERE released_at IS NULL) AS held
              GROUP BY campaign_id) AS disputed ON disputed.campaign_id = guards.id
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
-- Every dispute, compared with its entries and with the payment that it is about.
WITH recorded AS (
    SELECT entry.reference, max(entry.currency) AS currency,
           sum(posting.amount_minor) FILTER (WHERE kind.dispute = 'open' AND account.code = 'stripe/disputed') AS amount_minor,
           coalesce(max(kind.dispute) FILTER (WHERE kind.dispute <> 'open'), 'open') AS status,
           coalesce(sum(posting.amount_minor) FILTER (WHERE account.code LIKE 'campaign/%/escrow' OR account.code LIKE 'organization/%/balance'), 0) AS frozen_minor
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
SELECT coalesce(dispute.dispute_id, recorded.reference)::text AS dispute_id,
       coalesce(dispute.status, '')::text AS status, coalesce(dispute.amount_minor, 0)::bigint AS amount_minor,
       coalesce(dispute.currency, '')::text AS currency, coalesce(dispute.campaign_id::text, '')::text AS campaign_id,
       coalesce(recorded.status, '')::text AS journal_status, coalesce(recorded.amount_minor, 0)::bigint AS journal_amount_minor,
       coalesce(recorded.currency, '')::text AS journal_currency, coalesce(funded.campaign_id, '')::text AS journal_campaign_id
  FROM funding_disputes AS dispute
  FULL JOIN recorded ON recorded.reference = dispute.dispute_id
  LEFT JOIN funded ON funded.reference = dispute.payment_intent_id
 WHERE dispute.dispute_id IS NULL AND EXISTS (SELECT FROM campaigns)
    OR dispute.dispute_id IS NOT NULL AND (
       (dispute.amount_minor, dispute.currency, dispute.status) IS DISTINCT FROM (recorded.amount_minor, recorded.currency, recorded.status)
       OR dispute.campaign_id::text IS DISTINCT FROM coalesce(funded.campaign_id, dispute.campaign_id::text)
       OR dispute.deposit_id IS NOT NULL AND NOT EXISTS (SELECT FROM deposits AS deposit
            WHERE deposit.id = dispute.deposit_id AND deposit.payment_intent_id = dispute.payment_intent_id AND deposit.status = 'received')
       OR dispute.status = 'lost' AND dispute.frozen_minor <> recorded.frozen_minor)
 LIMIT 100;

-- name: ListDisputedBalanceDifferences :many
-- What the open disputes took, compared with the account that holds it.
SELECT coalesce(open.currency, taken.currency)::text AS currency,
       coalesce(taken.sum_minor, 0)::bigint AS held_minor, coalesce(open.amount_minor, 0)::bigint AS disputed_minor
  FROM (SELECT currency, sum(amount_minor) AS amount_minor FROM funding_disputes WHERE status = 'open' GROUP BY currency) AS open
  FULL JOIN (SELECT currency::text AS currency, sum_minor FROM balances WHERE code = 'stripe/disputed') AS taken ON taken.currency = open.currency
 WHERE coalesce(taken.sum_minor, 0) <> coalesce(open.amount_minor, 0) AND EXISTS (SELECT FROM campaigns)
 LIMIT 100;

-- name: ListPayoutDifferences :many
-- The lines, attempts and status of each payout, compared with each other and with its entries.
-- The entries show where the money is: in transit, on the connected account, or in the bank. A
-- paid payout that becomes active again still has its money in the bank.
--
-- The ledger is read once for all payouts. This also runs before every payout run, so payouts that
-- ended long ago are then left out before their legs are read.
WITH settled AS (
    SELECT id, id::text AS payout_id FROM payouts
     WHERE NOT @whole::boolean AND status IN ('paid', 'cancelled', 'returned', 'settled') AND updated_at < now() - interval '35 days'
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
           coalesce(sum(posting.amount_minor) FILTER (WHERE kind.payout_step = 'settlement'), 0) AS settled_minor,
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
           (array_agg(external_id ORDER BY generation DESC) FILTER (WHERE phase = 'bank_payout' AND (outcome IN ('applied', 'undone') OR outcome = 'settled' AND external_id IS NOT NULL)))[1] AS bank_payout_id
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
       coalesce(moved.connected_minor, 0)::bigint AS connected_minor, coalesce(moved.banked_minor, 0)::bigint AS banked_minor,
       coalesce(moved.settled_minor, 0)::bigint AS settled_minor
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
               WHEN payout.status = 'settled' THEN moved.in_transit_minor <> 0 OR moved.connected_minor <> 0 OR moved.banked_minor <> 0 OR moved.settled_minor <> payout.amount_minor
               ELSE moved.in_transit_minor + moved.connected_minor + moved.banked_minor <> payout.amount_minor END)
 ORDER BY 1 LIMIT 100;

-- name: ListFeeDifferences :many
-- The fee of each instant payout, compared with its entries and with what they took of campaigns. It
-- is returned if the payout has ended without arriving, or was sent by the standard method. An
-- imported journal has no payouts.
WITH posted AS (
    SELECT entry.reference AS payout_id, entry.kind,
           (SELECT -sum(posting.amount_minor) FROM known_postings AS posting JOIN ledger_accounts AS account ON account.id = posting.account_id
             WHERE posting.entry_id = entry.id AND account.code = 'platform/fees') AS fee_minor,
           (SELECT coalesce(sum(deduction.amount_minor), 0) FROM earning_deductions AS deduction WHERE deduction.entry_id = entry.id) AS deducted_minor
      FROM journal_entries AS entry WHERE entry.kind IN ('instant_fee_charged', 'instant_fee_returned')
), booked AS (
    SELECT payout_id, coalesce(sum(fee_minor) FILTER (WHERE kind = 'instant_fee_charged'), 0) AS charged_minor,
           coalesce(-sum(fee_minor) FILTER (WHERE kind = 'instant_fee_returned'), 0) AS returned_minor,
           bool_and(fee_minor = deducted_minor) AS is_deducted
      FROM posted GROUP BY payout_id
)
SELECT coalesce(payout.id::text, booked.payout_id)::text AS id, coalesce(payout.status, '')::text AS status,
       coalesce(payout.fee_minor, 0)::bigint AS fee_minor, (payout.fallback_code IS NOT NULL)::boolean AS fell_back,
       coalesce(booked.charged_minor, 0)::bigint AS charged_minor, coalesce(booked.returned_minor, 0)::bigint AS returned_minor
  FROM (SELECT id, status, fee_minor, fallback_code FROM payouts WHERE method = 'instant') AS payout
  FULL JOIN booked ON booked.payout_id = payout.id::text
 WHERE payout.id IS NULL AND (EXISTS (SELECT FROM campaigns) OR EXISTS (SELECT FROM creators))
    OR payout.id IS NOT NULL AND (payout.fee_minor <> coalesce(booked.charged_minor, 0) OR NOT coalesce(booked.is_deducted, true)
       OR coalesce(booked.returned_minor, 0) <> CASE WHEN payout.fallback_code IS NOT NULL OR payout.status IN ('cancelled', 'returned', 'settled')
                                                     THEN payout.fee_minor ELSE 0 END)
 ORDER BY 1 LIMIT 100;

-- name: ListAllocationDifferences :many
-- What each campaign got from its organization's balance and gave back to it, compared with the
-- entries that post to both, and its budget and end, compared with its amendments.
WITH moved AS (
    SELECT split_part(escrow.code, '/', 2) AS campaign_id,
           sum(greatest(leg.amount_minor, 0)) AS allocated_minor, sum(greatest(-leg.amount_minor, 0)) AS returned_minor, count(*) AS entries
      FROM ledger_accounts AS brand
      JOIN known_postings AS leg ON leg.account_id = brand.id
      JOIN known_postings AS other ON other.entry_id = leg.entry_id
      JOIN ledger_accounts AS escrow ON escrow.id = other.account_id AND escrow.code LIKE 'campaign/%/escrow'
     WHERE brand.code LIKE 'organization/%/balance'
     GROUP BY escrow.code
), agreed AS (
    SELECT campaign.id, campaign.budget_minor, campaign.ends_at,
           coalesce(last.budget_after_minor, (campaign.terms ->> 'budget_minor')::bigint) AS agreed_minor,
           coalesce(last.ends_after, (campaign.terms ->> 'ends_at')::timestamptz) AS agreed_end
      FROM campaigns AS campaign
      LEFT JOIN LATERAL (SELECT budget_after_minor, ends_after FROM campaign_amendments
                          WHERE campaign_id = campaign.id ORDER BY number DESC LIMIT 1) AS last ON true
)
SELECT agreed.id AS campaign_id, budget.allocated_minor AS guard_allocated_minor, budget.returned_minor AS guard_returned_minor,
       coalesce(moved.allocated_minor, 0)::bigint AS allocated_minor, coalesce(moved.returned_minor, 0)::bigint AS returned_minor,
       agreed.budget_minor, agreed.agreed_minor::bigint AS agreed_minor, agreed.ends_at, agreed.agreed_end::timestamptz AS agreed_end
  FROM agreed
  JOIN campaign_budgets AS budget ON budget.campaign_id = agreed.id
  LEFT JOIN moved ON moved.campaign_id = agreed.id::text
 WHERE budget.allocated_minor <> coalesce(moved.allocated_minor, 0) OR budget.returned_minor <> coalesce(moved.returned_minor, 0)
    OR budget.allocations <> coalesce(moved.entries, 0)
    OR agreed.budget_minor <> agreed.agreed_minor OR abs(extract(epoch FROM agreed.ends_at - agreed.agreed_end)) > 0.001
 ORDER BY agreed.id LIMIT 100;

-- name: ListTrackingCostDifferences :many
-- What campaigns have paid for readings equals what the requests have cost, by day, provider and platform.
WITH attempts AS (
    SELECT (started_at AT TIME ZONE 'UTC')::date AS day, provider, platform, sum(cost_micros)::bigint AS cost_micros
      FROM provider_attempts GROUP BY 1, 2, 3
), costs AS (
    SELECT day, provider, platform, sum(cost_micros)::bigint AS cost_micros FROM tracking_costs GROUP BY 1, 2, 3
)
SELECT coalesce(attempts.day, costs.day)::text AS day, coalesce(attempts.provider, costs.provider)::text AS provider,
       coalesce(attempts.platform, costs.platform)::text AS platform,
       coalesce(attempts.cost_micros, 0)::bigint AS attempt_micros, coalesce(costs.cost_micros, 0)::bigint AS campaign_micros
  FROM attempts FULL JOIN costs ON costs.day = attempts.day AND costs.provider = attempts.provider AND costs.platform = attempts.platform
 WHERE coalesce(attempts.cost_micros, 0) <> coalesce(costs.cost_micros, 0)
 ORDER BY 1, 2, 3;

-- name: ListKeptDifferences :many
-- What each campaign keeps for clips that were in review at its end, compared with the records of those clips.
SELECT budget.campaign_id, budget.kept_minor AS guard_kept_minor, coalesce(sum(kept.kept_minor), 0)::bigint AS kept_minor
  FROM campaign_budgets AS budget LEFT JOIN kept_reviews AS kept ON kept.campaign_id = budget.campaign_id
 GROUP BY budget.campaign_id, budget.kept_minor
HAVING budget.kept_minor <> coalesce(sum(kept.kept_minor), 0)
 ORDER BY budget.campaign_id LIMIT 100;

-- name: ListClearingDifferences :many
-- What lies between two currencies: the account for it, compared with the payouts that were converted and
-- have not ended, with what banks' steps have left on accounts, and with what is to go back of converted
-- payments. An imported journal has neither.
SELECT coalesce(owed.currency, cleared.currency)::text AS currency,
       coalesce(cleared.sum_minor, 0)::bigint AS clearing_minor, coalesce(owed.amount_minor, 0)::bigint AS conversions_minor
  FROM (SELECT part.currency, sum(part.amount_minor) AS amount_minor
          FROM (SELECT sent.source_currency AS currency, sent.source_minor AS amount_minor
                  FROM payout_conversions AS sent JOIN payouts AS unpaid ON unpaid.id = sent.payout_id AND unpaid.paid_at IS NULL
                 WHERE sent.outcome = 'held'
                UNION ALL
                SELECT made.currency, CASE WHEN payout.paid_at IS NULL THEN -made.received_minor ELSE made.carried_minor - made.left_minor END
                  FROM payout_conversions AS made JOIN payouts AS payout ON payout.id = made.payout_id
                 WHERE made.outcome = 'held'
                UNION ALL
                SELECT payment.settlement_currency, -payment.net_minor - payment.fee_minor FROM converted_payments AS payment
                UNION ALL
                SELECT payment.settlement_currency, back.closed_minor
                  FROM converted_payment_returns AS back JOIN converted_payments AS payment ON payment.payment_intent_id = back.payment_intent_id
                 WHERE back.outcome = 'made') AS part
         GROUP BY part.currency) AS owed
  FULL JOIN (SELECT currency::text AS currency, sum_minor FROM balances WHERE code = 'fx/clearing') AS cleared ON cleared.currency = owed.currency
 WHERE coalesce(cleared.sum_minor, 0) <> coalesce(owed.amount_minor, 0) AND EXISTS (SELECT FROM campaigns)
 ORDER BY 1 LIMIT 100;

-- name: ListConvertedPaymentDifferences :many
-- Every converted payment and what gave it back, compared with the entries: what the balance, the account
-- between the currencies and our losses have of each. A dispute is compared once it is decided.
WITH posted AS (
    SELECT entry.reference, entry.currency, CASE entry.kind WHEN 'converted_refund_failed' THEN 'converted_payment_refunded' WHEN 'dispute_won' THEN 'dispute' WHEN 'dispute_lost' THEN 'dispute' ELSE entry.kind END AS kind,
           coalesce(sum(posting.amount_minor) FILTER (WHERE account.code = 'stripe/platform'), 0) AS platform_minor,
           coalesce(sum(posting.amount_minor) FILTER (WHERE account.code = 'fx/clearing'), 0) AS clearing_minor,
           coalesce(sum(posting.amount_minor) FILTER (WHERE account.code = 'platform/losses'), 0) AS lost_minor
      FROM journal_entries AS entry
      JOIN LATERAL (SELECT account_id, amount_minor FROM known_postings WHERE entry_id = entry.id OFFSET 0) AS posting ON true
      JOIN ledger_accounts AS account ON account.id = posting.account_id
     WHERE entry.kind IN ('converted_payment_received', 'converted_payment_refunded', 'converted_refund_failed', 'converted_payment_settled_outside')
        OR entry.kind IN ('dispute_won', 'dispute_lost') AND EXISTS (SELECT FROM converted_payment_returns AS back WHERE back.object_id = entry.reference)
     GROUP BY 1, 2, 3
), recorded AS (
    SELECT payment.payment_intent_id AS reference, 'converted_payment_received' AS kind, payment.settlement_currency AS currency,
           payment.net_minor AS platform_minor, -payment.net_minor - payment.fee_minor AS clearing_minor, 0::bigint AS lost_minor
      FROM converted_payments AS payment
    UNION ALL
    SELECT back.object_id, CASE back.object_type WHEN 'refund' THEN 'converted_payment_refunded' WHEN 'outside' THEN 'converted_payment_settled_outside' ELSE 'dispute' END, payment.settlement_currency,
           CASE back.object_type WHEN 'refund' THEN coalesce(back.returned_minor, 0) - back.taken_minor ELSE coalesce(back.returned_minor, 0) END,
           CASE back.outcome WHEN 'made' THEN back.closed_minor ELSE 0 END, CASE back.outcome WHEN 'made' THEN back.lost_minor ELSE 0 END
      FROM converted_payment_returns AS back JOIN converted_payments AS payment ON payment.payment_intent_id = back.payment_intent_id
     WHERE back.outcome <> 'open'
)
SELECT coalesce(recorded.reference, posted.reference)::text AS reference, coalesce(recorded.kind, posted.kind)::text AS kind, coalesce(recorded.currency, '')::text AS currency,
       coalesce(recorded.platform_minor, 0)::bigint AS platform_minor, coalesce(recorded.clearing_minor, 0)::bigint AS clearing_minor, coalesce(recorded.lost_minor, 0)::bigint AS lost_minor,
       coalesce(posted.currency, '')::text AS journal_currency, coalesce(posted.platform_minor, 0)::bigint AS journal_platform_minor,
       coalesce(posted.clearing_minor, 0)::bigint AS journal_clearing_minor, coalesce(posted.lost_minor, 0)::bigint AS journal_lost_minor
  FROM recorded FULL JOIN posted ON posted.reference = recorded.reference AND posted.kind = recorded.kind AND posted.currency = recorded.currency
 WHERE EXISTS (SELECT FROM campaigns)
   AND (recorded.platform_minor, recorded.clearing_minor, recorded.lost_minor) IS DISTINCT FROM (posted.platform_minor, posted.clearing_minor, posted.lost_minor)
 ORDER BY 1 LIMIT 100;

-- name: ListConversionDifferences :many
-- Every conversion, compared with its entries: what was sent, what arrived, and what went back.
WITH posted AS (
    SELECT entry.reference, entry.kind, entry.currency,
           coalesce(sum(posting.amount_minor) FILTER (WHERE account.code LIKE 'stripe/connected/%'), 0) AS connected_minor,
           coalesce(sum(posting.amount_minor) FILTER (WHERE account.code = 'stripe/platform'), 0) AS platform_minor
      FROM journal_entries AS entry
      JOIN LATERAL (SELECT account_id, amount_minor FROM known_postings WHERE entry_id = entry.id OFFSET 0) AS posting ON true
      JOIN ledger_accounts AS account ON account.id = posting.account_id
     WHERE entry.kind = ANY (kinds_with('payout_step', 'conversion') || kinds_with('payout_step', 'reversal'))
     GROUP BY entry.reference, entry.kind, entry.currency
)
SELECT coalesce(made.reference, sent.reference)::text AS reference, (made.reference IS NOT NULL)::boolean AS on_record, coalesce(made.outcome, '')::text AS outcome,
       coalesce(made.source_minor, 0)::bigint AS source_minor, coalesce(made.source_currency, '')::text AS source_currency,
       coalesce(made.received_minor, 0)::bigint AS received_minor, coalesce(made.currency, '')::text AS currency,
       coalesce(made.taken_minor, 0)::bigint AS taken_minor, coalesce(made.back_minor, 0)::bigint AS back_minor,
       coalesce(-sent.connected_minor, 0)::bigint AS sent_minor, coalesce(arrived.connected_minor, 0)::bigint AS arrived_minor,
       coalesce(-closed.connected_minor, 0)::bigint AS closed_minor, coalesce(reversed.platform_minor, 0)::bigint AS reversed_minor
  FROM (SELECT payout_id || '/g' || generation AS reference, outcome, source_minor, source_currency, received_minor, currency, taken_minor, back_minor
          FROM payout_conversions) AS made
  FULL JOIN (SELECT reference, currency, connected_minor FROM posted WHERE kind = 'conversion_sent') AS sent ON sent.reference = made.reference
  LEFT JOIN posted AS arrived ON arrived.kind = 'conversion_received' AND arrived.reference = made.reference
  LEFT JOIN posted AS undone ON undone.kind = 'conversion_undone' AND undone.reference = made.reference
  LEFT JOIN posted AS closed ON closed.kind = 'conversion_closed' AND closed.reference = made.reference
  LEFT JOIN posted AS reversed ON reversed.kind = 'transfer_reversed' AND reversed.reference = made.reference
 WHERE made.reference IS NULL AND (EXISTS (SELECT FROM campaigns) OR EXISTS (SELECT FROM creators))
    OR made.reference IS NOT NULL AND (
       (made.source_minor, made.source_currency, made.received_minor, made.currency)
         IS DISTINCT FROM (-sent.connected_minor, sent.currency, arrived.connected_minor, arrived.currency)
       OR (made.outcome = 'held') <> (closed.reference IS NULL) OR (made.outcome = 'held') <> (undone.reference IS NULL)
       OR made.outcome = 'settled' AND -closed.connected_minor <> made.received_minor
       OR made.outcome = 'returned' AND (-closed.connected_minor, reversed.platform_minor) IS DISTINCT FROM (made.taken_minor, made.back_minor))
 ORDER BY 1 LIMIT 100;
