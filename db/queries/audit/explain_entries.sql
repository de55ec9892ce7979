-- name: ListPayoutEntries :many
SELECT entry.id, entry.seq::bigint AS seq, entry.kind, entry.reference, entry.currency, entry.effective_at, entry.recorded_at, entry.reverses,
       coalesce((SELECT seal.number FROM seals AS seal WHERE seal.last_seq >= entry.seq AND seal.first_seq <= entry.seq
                  ORDER BY seal.last_seq LIMIT 1), 0)::bigint AS seal
  FROM journal_entries AS entry
 WHERE entry.kind = ANY (kinds_with('payout_step'))
   AND entry.reference IN (SELECT payout.id::text FROM payouts AS payout WHERE payout.id = @payout_id
                           UNION SELECT attempt.payout_id || '/g' || attempt.generation FROM payout_attempts AS attempt WHERE attempt.payout_id = @payout_id)
 ORDER BY entry.seq;

-- name: ListConvertedPaymentEntries :many
SELECT entry.id, entry.seq::bigint AS seq, entry.kind, entry.reference, entry.currency, entry.effective_at, entry.recorded_at, entry.reverses,
       coalesce((SELECT seal.number FROM seals AS seal WHERE seal.last_seq >= entry.seq AND seal.first_seq <= entry.seq
                  ORDER BY seal.last_seq LIMIT 1), 0)::bigint AS seal
  FROM journal_entries AS entry
 WHERE entry.kind IN ('converted_payment_received', 'converted_payment_refunded', 'converted_refund_failed', 'converted_payment_settled_outside',
                      'funding_disputed', 'dispute_won', 'dispute_lost')
   AND entry.reference IN (SELECT @payment_intent_id::text
                           UNION SELECT back.object_id FROM converted_payment_returns AS back WHERE back.payment_intent_id = @payment_intent_id::text)
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
-- What the entries of each kind posted to accounts.
SELECT account.code, posting.currency, entry.kind, count(DISTINCT entry.id) AS entries, sum(posting.amount_minor)::bigint AS amount_minor
  FROM ledger_accounts AS account
  JOIN postings AS posting ON posting.account_id = account.id
  JOIN journal_entries AS entry ON entry.id = posting.entry_id
 WHERE account.code = ANY (@codes::text[])
 GROUP BY account.code, posting.currency, entry.kind
 ORDER BY account.code, posting.currency, min(entry.seq);
