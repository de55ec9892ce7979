-- name: InsertLedgerAccounts :exec
-- Sorted by the caller, so that two transactions wait for each other in one order.
INSERT INTO ledger_accounts (code) SELECT unnest(@codes::text[]) ON CONFLICT (code) DO NOTHING;

-- name: ListLedgerAccounts :many
SELECT id, code FROM ledger_accounts WHERE code = ANY (@codes::text[]);

-- name: InsertJournalEntries :many
INSERT INTO journal_entries (id, kind, reference, currency, request_hash, effective_at, reverses)
SELECT unnest(@ids::text[])::uuid, unnest(@kinds::text[]), unnest(@refs::text[]), unnest(@currencies::text[]),
       unnest(@request_hashes::bytea[]), unnest(@effective_ats::timestamptz[]), nullif(unnest(@reverses::text[]), '')::uuid
ON CONFLICT (kind, reference) DO NOTHING
RETURNING id;

-- name: InsertPostings :exec
INSERT INTO postings (entry_id, line, account_id, currency, amount_minor)
SELECT unnest(@entry_ids::text[])::uuid, unnest(@lines::smallint[]), unnest(@account_ids::bigint[]),
       unnest(@currencies::text[]), unnest(@amounts_minor::bigint[]);

-- name: GetJournalEntry :one
SELECT id, request_hash FROM journal_entries WHERE kind = $1 AND reference = $2;

-- name: InsertExternalObject :exec
INSERT INTO external_objects (provider, object_type, object_id, entry_id) VALUES ($1, $2, $3, $4);

-- name: GetBalance :one
SELECT coalesce(sum(posting.amount_minor), 0)::bigint
  FROM postings AS posting JOIN ledger_accounts AS account ON account.id = posting.account_id
 WHERE account.code = $1 AND posting.currency = $2;

-- name: ListTrialBalance :many
SELECT currency, sum(amount_minor)::bigint AS total_minor,
       coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0)::bigint AS debit_minor,
       coalesce(-sum(amount_minor) FILTER (WHERE amount_minor < 0), 0)::bigint AS credit_minor,
       count(*) AS postings
  FROM postings GROUP BY currency ORDER BY currency;
