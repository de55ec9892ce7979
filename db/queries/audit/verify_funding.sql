-- name: ListDepositDifferences :many
-- Every deposit that has arrived, compared with its entry. An imported journal has no deposits. What was
-- moved from a campaign is at most what its entry returned to the balance.
WITH booked AS (
    SELECT entry.reference, entry.currency, min(split_part(account.code, '/', 2)) AS organization_id, -sum(posting.amount_minor) AS amount_minor
      FROM journal_entries AS entry
      JOIN LATERAL (SELECT account_id, amount_minor FROM known_postings WHERE entry_id = entry.id OFFSET 0) AS posting ON true
      JOIN ledger_accounts AS account ON account.id = posting.account_id AND account.code LIKE 'organization/%/balance'
     WHERE entry.kind = 'deposit_received' OR entry.kind = 'budget_returned' AND entry.reference IN (SELECT moved_by FROM deposits)
     GROUP BY entry.reference, entry.currency
)
SELECT coalesce(deposit.id::text, '')::text AS id, coalesce(deposit.payment_intent_id, booked.reference, '')::text AS payment_intent_id,
       coalesce(deposit.organization_id::text, '')::text AS organization_id, coalesce(deposit.amount_minor, 0)::bigint AS amount_minor, coalesce(deposit.currency, '')::text AS currency,
       coalesce(booked.organization_id, '')::text AS journal_organization_id, coalesce(booked.amount_minor, 0)::bigint AS journal_amount_minor, coalesce(booked.currency, '')::text AS journal_currency
  FROM (SELECT id, payment_intent_id, organization_id, currency, amount_minor, campaign_id, coalesce(moved_by, payment_intent_id) AS reference FROM deposits WHERE status = 'received') AS deposit
  FULL JOIN booked ON booked.reference = deposit.reference
 WHERE deposit.id IS NULL AND EXISTS (SELECT FROM organizations)
    OR deposit.id IS NOT NULL AND ((deposit.organization_id::text, deposit.currency) IS DISTINCT FROM (booked.organization_id, booked.currency)
        OR deposit.campaign_id IS NULL AND deposit.amount_minor <> booked.amount_minor OR deposit.amount_minor > booked.amount_minor)
 ORDER BY 1, 2 LIMIT 100;

-- name: ListDepositRefundDifferences :many
-- Every refund of a deposit, compared with its entries.
WITH booked AS (
    SELECT entry.reference, sum(posting.amount_minor) FILTER (WHERE entry.kind = 'deposit_refunded') AS amount_minor,
           bool_or(entry.kind = 'deposit_refund_failed') AS failed,
           bool_or(account.code LIKE '%/withdrawing') AS by_withdrawal, min(split_part(account.code, '/', 2)) AS organization_id
      FROM journal_entries AS entry
      JOIN LATERAL (SELECT account_id, amount_minor FROM known_postings WHERE entry_id = entry.id OFFSET 0) AS posting ON true
      JOIN ledger_accounts AS account ON account.id = posting.account_id AND account.code LIKE 'organization/%'
     WHERE entry.kind IN ('deposit_refunded', 'deposit_refund_failed')
     GROUP BY entry.reference
)
SELECT coalesce(refund.refund_id, booked.reference)::text AS refund_id, coalesce(refund.status, '')::text AS status, coalesce(refund.amount_minor, 0)::bigint AS amount_minor,
       coalesce(refund.organization_id::text, '')::text AS organization_id, (refund.withdrawal_id IS NOT NULL)::boolean AS by_withdrawal,
       coalesce(booked.amount_minor, 0)::bigint AS journal_amount_minor, coalesce(booked.failed, false)::boolean AS journal_failed,
       coalesce(booked.organization_id, '')::text AS journal_organization_id, coalesce(booked.by_withdrawal, false)::boolean AS journal_by_withdrawal
  FROM (SELECT made.refund_id, made.status, made.amount_minor, made.withdrawal_id, deposit.organization_id
          FROM deposit_refunds AS made JOIN deposits AS deposit ON deposit.id = made.deposit_id WHERE made.refund_id IS NOT NULL) AS refund
  FULL JOIN booked ON booked.reference = refund.refund_id
 WHERE refund.refund_id IS NULL AND EXISTS (SELECT FROM organizations)
    OR refund.refund_id IS NOT NULL AND (refund.amount_minor, refund.status = 'failed', refund.organization_id::text, refund.withdrawal_id IS NOT NULL)
       IS DISTINCT FROM (booked.amount_minor, booked.failed, booked.organization_id, booked.by_withdrawal)
 ORDER BY 1 LIMIT 100;

-- name: ListOrganizationBalanceDifferences :many
-- The balance of each organization, and what its withdrawals have reserved, as the records make them and
-- as the journal has them. Entries of other kinds, such as what campaigns got, count as the journal has
-- them.
WITH records AS (
    SELECT part.organization_id::text AS organization_id, part.currency, sum(part.balance_minor) AS balance_minor, sum(part.withdrawing_minor) AS withdrawing_minor
      FROM (SELECT organization_id, currency, amount_minor AS balance_minor, 0::bigint AS withdrawing_minor FROM deposits WHERE status = 'received' AND campaign_id IS NULL
            UNION ALL
            SELECT deposit.organization_id, deposit.currency, -refund.amount_minor, 0
              FROM deposit_refunds AS refund JOIN deposits AS deposit ON deposit.id = refund.deposit_id
             WHERE refund.withdrawal_id IS NULL AND refund.status = 'succeeded'
            UNION ALL
            SELECT deposit.organization_id, deposit.currency, -dispute.amount_minor, 0
              FROM funding_disputes AS dispute JOIN deposits AS deposit ON deposit.id = dispute.deposit_id WHERE dispute.status = 'lost'
            UNION ALL
            SELECT organization_id, currency, returned_minor - amount_minor, amount_minor - sent_minor - returned_minor FROM withdrawals) AS part
     GROUP BY part.organization_id, part.currency
), others AS (
    SELECT split_part(account.code, '/', 2) AS organization_id, posting.currency, -sum(posting.amount_minor) AS balance_minor
      FROM ledger_accounts AS account
      JOIN known_postings AS posting ON posting.account_id = account.id
      JOIN journal_entries AS entry ON entry.id = posting.entry_id
     WHERE account.code LIKE 'organization/%/balance'
       AND entry.kind NOT IN ('deposit_received', 'deposit_refunded', 'deposit_refund_failed', 'withdrawal_reserved', 'withdrawal_returned', 'dispute_lost')
     GROUP BY account.code, posting.currency
), books AS (
    SELECT split_part(code, '/', 2) AS organization_id, currency::text AS currency,
           coalesce(-sum(sum_minor) FILTER (WHERE code LIKE '%/balance'), 0) AS balance_minor, coalesce(-sum(sum_minor) FILTER (WHERE code LIKE '%/withdrawing'), 0) AS withdrawing_minor
      FROM balances WHERE code LIKE 'organization/%/balance' OR code LIKE 'organization/%/withdrawing'
     GROUP BY 1, 2
)
SELECT coalesce(books.organization_id, records.organization_id)::text AS organization_id, coalesce(books.currency, records.currency)::text AS currency,
       (coalesce(records.balance_minor, 0) + coalesce(others.balance_minor, 0))::bigint AS balance_minor, coalesce(records.withdrawing_minor, 0)::bigint AS withdrawing_minor,
       coalesce(books.balance_minor, 0)::bigint AS journal_balance_minor, coalesce(books.withdrawing_minor, 0)::bigint AS journal_withdrawing_minor
  FROM books
  FULL JOIN records ON records.organization_id = books.organization_id AND records.currency = books.currency
  LEFT JOIN others ON others.organization_id = books.organization_id AND others.currency = books.currency
 WHERE EXISTS (SELECT FROM organizations)
   AND (coalesce(books.balance_minor, 0) <> coalesce(records.balance_minor, 0) + coalesce(others.balance_minor, 0)
        OR coalesce(books.withdrawing_minor, 0) <> coalesce(records.withdrawing_minor, 0))
 ORDER BY 1, 2 LIMIT 100;
