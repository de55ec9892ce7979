-- name: GetBalance :one
SELECT coalesce((SELECT sum_minor FROM balances WHERE code = $1 AND currency = $2), 0)::bigint;

-- name: ListBalancePage :many
-- A page has a number of accounts, each with all its currencies.
SELECT balance.code, balance.currency, balance.sum_minor
  FROM balances AS balance
 WHERE balance.account_id IN (SELECT id FROM ledger_accounts
                               WHERE starts_with(code, @prefix::text) AND code > @after_code::text
                               ORDER BY code LIMIT @page_size)
 ORDER BY balance.code, balance.currency;

-- name: FindLedgerAccount :many
SELECT id FROM ledger_accounts WHERE code = $1;

-- name: ListBalancesAsOf :many
-- What the accounts hold now, less what was dated or recorded after the moments.
WITH page AS (SELECT id, code FROM ledger_accounts WHERE id = ANY (@account_ids::bigint[])),
     later AS (
    SELECT posting.account_id, posting.currency, sum(posting.amount_minor) AS sum_minor
      FROM journal_entries AS entry JOIN postings AS posting ON posting.seq = entry.seq
     WHERE (entry.effective_at > coalesce(sqlc.narg(effective_at)::timestamptz, 'infinity')
            OR entry.recorded_at > coalesce(sqlc.narg(recorded_at)::timestamptz, 'infinity'))
       AND posting.account_id = ANY (@account_ids::bigint[])
     GROUP BY posting.account_id, posting.currency)
SELECT balance.code, balance.currency, (balance.sum_minor - coalesce(later.sum_minor, 0))::bigint AS sum_minor
  FROM balances AS balance
  LEFT JOIN later ON later.account_id = balance.account_id AND later.currency = balance.currency
 WHERE balance.account_id = ANY (@account_ids::bigint[])
 ORDER BY balance.code, balance.currency;

-- name: ListAccountPage :many
SELECT id FROM ledger_accounts
 WHERE starts_with(code, @prefix::text) AND code > @after_code::text
 ORDER BY code LIMIT @page_size;

-- name: ListTrialBalance :many
-- All postings. Those of archived months count by their sums.
SELECT part.currency::text AS currency, sum(part.debit_minor - part.credit_minor)::bigint AS total_minor,
       sum(part.debit_minor)::bigint AS debit_minor, sum(part.credit_minor)::bigint AS credit_minor, sum(part.postings)::bigint AS postings
  FROM (SELECT currency, coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0) AS debit_minor,
               coalesce(-sum(amount_minor) FILTER (WHERE amount_minor < 0), 0) AS credit_minor, count(*) AS postings
          FROM postings GROUP BY currency
        UNION ALL
        SELECT totals.currency, totals.debit_minor, totals.credit_minor, totals.postings
          FROM archived_totals AS totals JOIN detached_months AS detached ON detached.parent = 'postings' AND detached.month = totals.month) AS part
 GROUP BY part.currency ORDER BY part.currency;

-- name: ListTrialBalanceAsOf :many
-- As of a moment after all archived months.
SELECT part.currency::text AS currency, sum(part.debit_minor - part.credit_minor)::bigint AS total_minor,
       sum(part.debit_minor)::bigint AS debit_minor, sum(part.credit_minor)::bigint AS credit_minor, sum(part.postings)::bigint AS postings
  FROM (SELECT posting.currency, coalesce(sum(posting.amount_minor) FILTER (WHERE posting.amount_minor > 0), 0) AS debit_minor,
               coalesce(-sum(posting.amount_minor) FILTER (WHERE posting.amount_minor < 0), 0) AS credit_minor, count(*) AS postings
          FROM journal_entries AS entry JOIN postings AS posting ON posting.seq = entry.seq
         WHERE entry.effective_at <= coalesce(sqlc.narg(effective_at)::timestamptz, 'infinity')
           AND entry.recorded_at <= coalesce(sqlc.narg(recorded_at)::timestamptz, 'infinity')
         GROUP BY posting.currency
        UNION ALL
        SELECT totals.currency, totals.debit_minor, totals.credit_minor, totals.postings
          FROM archived_totals AS totals JOIN detached_months AS detached ON detached.parent = 'postings' AND detached.month = totals.month) AS part
 GROUP BY part.currency ORDER BY part.currency;
