-- name: ListBalanceAccounts :many
-- What the accounts of an organization hold now.
SELECT split_part(balance.code, '/', 3)::text AS part, balance.currency, balance.sum_minor::bigint AS sum_minor
  FROM balances AS balance
 WHERE balance.account_id IN (SELECT account.id FROM ledger_accounts AS account WHERE account.code = ANY (@codes::text[]));

-- name: ListBalanceLater :many
-- What was posted to the accounts of an organization after a period.
SELECT split_part(account.code, '/', 3)::text AS part, posting.currency, sum(posting.amount_minor)::bigint AS sum_minor
  FROM ledger_accounts AS account
  JOIN postings AS posting ON posting.account_id = account.id AND posting.seq >= @first_seq::bigint
  JOIN journal_entries AS entry ON entry.id = posting.entry_id
 WHERE account.code = ANY (@codes::text[]) AND entry.effective_at >= @ends_at::timestamptz
 GROUP BY 1, 2;

-- name: ListBalanceLines :many
-- What was posted to the accounts of an organization in a period. The reference of an entry says which
-- deposit it is about: it is the payment, a refund or a dispute. A correction has a reason.
SELECT entry.id AS entry_id, entry.kind, entry.reference, entry.effective_at, posting.currency, split_part(account.code, '/', 3)::text AS part,
       posting.amount_minor::bigint AS sum_minor,
       coalesce(deposit.id::text, '')::text AS deposit_id, coalesce(deposit.payment_intent_id, '')::text AS payment_id,
       coalesce(deposit.campaign_id::text, '')::text AS campaign_id,
       coalesce(refund.withdrawal_id::text, correction.withdrawal_id::text, '')::text AS withdrawal_id, coalesce(correction.reason, '')::text AS reason
  FROM ledger_accounts AS account
  JOIN postings AS posting ON posting.account_id = account.id AND posting.seq >= @first_seq::bigint
  JOIN journal_entries AS entry ON entry.id = posting.entry_id
  LEFT JOIN deposits AS paid ON paid.payment_intent_id = entry.reference AND paid.campaign_id IS NULL
  LEFT JOIN deposit_refunds AS refund ON refund.refund_id = entry.reference
  LEFT JOIN funding_disputes AS dispute ON dispute.dispute_id = entry.reference
  LEFT JOIN deposits AS deposit ON deposit.id = coalesce(paid.id, refund.deposit_id, dispute.deposit_id)
  LEFT JOIN correction_entries AS corrected ON corrected.entry_id = entry.id
  LEFT JOIN corrections AS correction ON correction.id = corrected.correction_id
 WHERE account.code = ANY (@codes::text[]) AND entry.effective_at >= @starts_at::timestamptz AND entry.effective_at < @ends_at::timestamptz
 ORDER BY entry.effective_at, entry.seq, posting.line;

-- name: ListBalanceDisputes :many
-- The disputes over deposits of an organization that were open in a period.
SELECT dispute.dispute_id, dispute.payment_intent_id, dispute.currency, dispute.status, dispute.amount_minor, dispute.opened_at, dispute.closed_at
  FROM deposits AS deposit
  JOIN funding_disputes AS dispute ON dispute.deposit_id = deposit.id
 WHERE deposit.organization_id = @organization_id AND dispute.opened_at < @ends_at::timestamptz
   AND (dispute.closed_at IS NULL OR dispute.closed_at >= @starts_at::timestamptz)
 ORDER BY dispute.opened_at, dispute.dispute_id;

-- name: ListCampaignNames :many
SELECT id, name FROM campaigns WHERE id = ANY (@campaign_ids::uuid[]) ORDER BY id;

-- name: FindReceiptDeposits :many
-- The received deposits of an organization with a payment, and when its entry is dated. Those with a
-- campaign are parts of the campaign's payment, and come last.
SELECT deposit.id, deposit.currency, deposit.method, deposit.paid_at::timestamptz AS paid_at, deposit.campaign_id,
       coalesce((SELECT min(entry.effective_at) FROM journal_entries AS entry
                  WHERE entry.kind IN (SELECT kind FROM ledger_kinds WHERE object_type = 'payment_intent') AND entry.reference = deposit.payment_intent_id),
                deposit.ended_at)::timestamptz AS booked_at
  FROM deposits AS deposit
 WHERE deposit.organization_id = @organization_id AND deposit.payment_intent_id = @payment_id::text AND deposit.status = 'received'
 ORDER BY deposit.campaign_id IS NOT NULL, deposit.created_at, deposit.id;

-- name: ListDepositReturns :many
-- What refunds of a deposit and disputes over it posted to the accounts of its organization. Entries are
-- found by kind and reference, and any kind may be about them.
SELECT entry.id AS entry_id, entry.kind, entry.reference, entry.effective_at, split_part(account.code, '/', 3)::text AS part,
       posting.amount_minor::bigint AS sum_minor, about.withdrawal_id
  FROM (SELECT refund.refund_id AS reference, coalesce(refund.withdrawal_id::text, '')::text AS withdrawal_id
          FROM deposit_refunds AS refund WHERE refund.deposit_id = @deposit_id::uuid
        UNION ALL
        SELECT dispute.dispute_id, '' FROM funding_disputes AS dispute WHERE dispute.deposit_id = @deposit_id) AS about
 CROSS JOIN ledger_kinds AS kind
  JOIN journal_entries AS entry ON entry.kind = kind.kind AND entry.reference = about.reference
  JOIN postings AS posting ON posting.entry_id = entry.id
  JOIN ledger_accounts AS account ON account.id = posting.account_id AND account.code = ANY (@codes::text[])
 ORDER BY entry.effective_at, entry.seq, posting.line;

-- name: ListDepositDisputes :many
SELECT dispute_id, payment_intent_id, status, amount_minor, opened_at, closed_at
  FROM funding_disputes WHERE deposit_id = @deposit_id::uuid ORDER BY opened_at, dispute_id;
