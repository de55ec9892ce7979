-- name: InsertLedgerAccounts :exec
-- The caller sorts the codes, so that two transactions cannot wait for each other in a circle.
INSERT INTO ledger_accounts (code) SELECT unnest(@codes::text[]) ON CONFLICT (code) DO NOTHING;

-- name: ListLedgerAccounts :many
SELECT id, code FROM ledger_accounts WHERE code = ANY (@codes::text[]);

-- name: InsertEntries :many
-- Entries with all their legs. A late entry of the engine that is dated in a closed period is moved
-- to the first open moment. An entry that exists already, with its legs, is left out of the answer.
WITH entry AS (
    INSERT INTO journal_entries (id, kind, reference, currency, request_hash, effective_at, reverses)
    SELECT asked.id, asked.kind, asked.reference, asked.currency, asked.request_hash,
           CASE WHEN asked.exact_date THEN asked.effective_at ELSE greatest(asked.effective_at, (SELECT max(ends_at) FROM accounting_periods)) END,
           nullif(asked.reverses, '00000000-0000-0000-0000-000000000000')
      FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@kinds::text[]) AS kind, unnest(@refs::text[]) AS reference,
                   unnest(@currencies::text[]) AS currency, unnest(@request_hashes::bytea[]) AS request_hash,
                   unnest(@exact_dates::boolean[]) AS exact_date, unnest(@effective_ats::timestamptz[]) AS effective_at,
                   unnest(@reverses::uuid[]) AS reverses) AS asked
    ON CONFLICT (kind, reference) DO NOTHING
    RETURNING id, seq, currency
), leg AS (
    INSERT INTO postings (entry_id, seq, line, account_id, currency, amount_minor)
    SELECT entry.id, entry.seq, posted.line, posted.account_id, entry.currency, posted.amount_minor
      FROM (SELECT unnest(@entry_ids::uuid[]) AS entry_id, unnest(@lines::smallint[]) AS line,
                   unnest(@account_ids::bigint[]) AS account_id, unnest(@amounts_minor::bigint[]) AS amount_minor) AS posted
      JOIN entry ON entry.id = posted.entry_id
)
SELECT id FROM entry;

-- name: GetJournalEntry :one
SELECT id, request_hash FROM journal_entries WHERE kind = $1 AND reference = $2;

-- name: InsertExternalObject :exec
INSERT INTO external_objects (provider, object_type, object_id, entry_id) VALUES ($1, $2, $3, $4);
