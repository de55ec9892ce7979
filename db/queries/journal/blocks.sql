-- name: ListEntriesAfter :many
SELECT seq::bigint AS seq, id, kind, reference, currency, request_hash, effective_at, recorded_at, reverses
  FROM journal_entries WHERE seq > @after_seq::bigint AND seq <= @through_seq::bigint ORDER BY seq LIMIT @batch;

-- name: ListPostingsAfter :many
-- In the order on disk, which is nearly that of seq. The caller assigns them to their entries.
SELECT seq, uuid_send(entry_id)::bytea AS entry_id, line, account_id, currency, amount_minor
  FROM postings WHERE seq > @after_seq AND seq <= @through_seq;

-- name: ListAccountCodes :many
SELECT id, code FROM ledger_accounts WHERE id = ANY (@ids::bigint[]);

-- name: ListEntriesByID :many
SELECT seq::bigint AS seq, id, kind, reference, currency, request_hash, effective_at, recorded_at, reverses
  FROM journal_entries WHERE id = ANY (@ids::uuid[]) ORDER BY seq;

-- name: ListPostingsByEntry :many
SELECT seq, uuid_send(entry_id)::bytea AS entry_id, line, account_id, currency, amount_minor
  FROM postings WHERE entry_id = ANY (@ids::uuid[]);
