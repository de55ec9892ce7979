-- name: AreBooksEmpty :one
SELECT NOT EXISTS (SELECT FROM journal_entries) AND NOT EXISTS (SELECT FROM postings)
       AND NOT EXISTS (SELECT FROM seals) AND NOT EXISTS (SELECT FROM balance_checkpoints) AS empty;

-- name: LockJournal :exec
LOCK TABLE journal_entries IN EXCLUSIVE MODE;

-- name: ReplayEntries :exec
-- Entries with all their legs, under their former numbers and times.
WITH entry AS (
    INSERT INTO journal_entries (id, seq, kind, reference, currency, request_hash, effective_at, recorded_at, reverses) OVERRIDING SYSTEM VALUE
    SELECT unnest(@ids::uuid[]), unnest(@seqs::bigint[]), unnest(@kinds::text[]), unnest(@refs::text[]), unnest(@currencies::text[]),
           unnest(@request_hashes::bytea[]), unnest(@effective_ats::timestamptz[]), unnest(@recorded_ats::timestamptz[]),
           nullif(unnest(@reverses::text[]), '')::uuid
    RETURNING id, seq, currency
)
INSERT INTO postings (entry_id, seq, line, account_id, currency, amount_minor)
SELECT entry.id, entry.seq, posted.line, posted.account_id, entry.currency, posted.amount_minor
  FROM (SELECT unnest(@entry_ids::uuid[]) AS entry_id, unnest(@lines::smallint[]) AS line,
               unnest(@account_ids::bigint[]) AS account_id, unnest(@amounts_minor::bigint[]) AS amount_minor) AS posted
  JOIN entry ON entry.id = posted.entry_id;

-- name: SetLastDrawnSeq :exec
SELECT setval('public.journal_entries_seq_seq', @seq::bigint);
