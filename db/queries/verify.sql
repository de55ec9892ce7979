-- name: ListUnbalancedEntries :many
SELECT entry_id, sum(amount_minor)::bigint AS total_minor FROM postings
 GROUP BY entry_id HAVING sum(amount_minor) <> 0 ORDER BY entry_id LIMIT 100;

-- name: ListEmptyEntries :many
SELECT id FROM journal_entries AS entry
 WHERE NOT EXISTS (SELECT FROM postings WHERE entry_id = entry.id) ORDER BY seq LIMIT 100;

-- name: ListBudgetDifferences :many
-- The guard row against the ledger: escrow is what is funded, less spent and refunded; spent
-- is what accruals credited.
SELECT budget.campaign_id,
       (budget.funded_minor - budget.spent_minor - budget.refunded_minor)::bigint AS guard_escrow_minor,
       (-coalesce(escrow.sum_minor, 0))::bigint AS ledger_escrow_minor,
       budget.spent_minor, coalesce(accrued.gross_minor, 0)::bigint AS accrued_minor
  FROM campaign_budgets AS budget
  LEFT JOIN LATERAL (SELECT sum(posting.amount_minor) AS sum_minor FROM postings AS posting
                       JOIN ledger_accounts AS account ON account.id = posting.account_id
                      WHERE account.code = 'campaign/' || budget.campaign_id || '/escrow') AS escrow ON true
  LEFT JOIN LATERAL (SELECT sum(gross_minor) AS gross_minor FROM accruals
                      WHERE campaign_id = budget.campaign_id) AS accrued ON true
 WHERE budget.funded_minor - budget.spent_minor - budget.refunded_minor <> -coalesce(escrow.sum_minor, 0)
    OR budget.spent_minor <> coalesce(accrued.gross_minor, 0)
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
SELECT account.code, posting.currency, sum(posting.amount_minor)::bigint AS sum_minor
  FROM postings AS posting JOIN ledger_accounts AS account ON account.id = posting.account_id
 WHERE account.code LIKE 'creator/%' OR account.code LIKE 'campaign/%'
 GROUP BY account.code, posting.currency HAVING sum(posting.amount_minor) > 0
 ORDER BY account.code LIMIT 100;

-- name: CountLedger :one
SELECT (SELECT count(*) FROM journal_entries) AS entries, (SELECT count(*) FROM postings) AS postings,
       (SELECT count(*) FROM campaign_budgets) AS campaigns, (SELECT count(*) FROM payouts) AS payouts;
