-- name: GetLastDrawnSeq :one
-- How far numbers have been drawn, by whichever transaction, committed or not.
SELECT coalesce(pg_sequence_last_value('public.journal_entries_seq_seq'), 0)::bigint;

-- name: DrawTransactionID :one
-- Takes a transaction id of its own: every id given out before is below it.
SELECT pg_current_xact_id()::text::bigint;

-- name: HaveAllEnded :one
-- Whether every transaction with a lower id has ended.
SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= @transaction_id::bigint)::boolean;

-- name: TryLockSealing :one
SELECT pg_try_advisory_xact_lock(hashtext('creditroll seals'))::boolean;

-- name: GetLastSeal :one
SELECT number, last_seq, hash FROM seals ORDER BY number DESC LIMIT 1;

-- name: InsertSeal :exec
INSERT INTO seals (number, first_seq, last_seq, entries, postings, previous_hash, hash, leaves)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: WriteCheckpoints :one
SELECT write_checkpoints(@account_ids::bigint[], @currencies::text[], @threshold::bigint)::bigint AS written;

-- name: ListEntriesBehind :many
SELECT seq::bigint AS seq, id, kind, reference, currency, request_hash, effective_at, recorded_at, reverses
  FROM journal_entries WHERE seq > @after_seq::bigint AND seq <= @through_seq::bigint ORDER BY seq LIMIT @batch;

-- name: ListPostingsBehind :many
-- In the order in which they lie on disk, which is nearly that of seq: the caller sorts them
-- into their entries.
SELECT seq, uuid_send(entry_id)::bytea AS entry_id, line, account_id, currency, amount_minor
  FROM postings WHERE seq > @after_seq AND seq <= @through_seq;

-- name: ListAccountCodes :many
SELECT id, code FROM ledger_accounts WHERE id = ANY (@ids::bigint[]);

-- name: ListSealsBehind :many
-- The next seals, as many as cover a number of entries, and at least one if there is one.
SELECT seal.number, seal.first_seq, seal.last_seq, seal.postings, seal.previous_hash, seal.hash, seal.leaves, seal.sealed_at FROM seals AS seal
 WHERE seal.number > @after_number
   AND seal.number <= (SELECT coalesce(max(counted.number), 0) FROM
         (SELECT next.number, sum(next.entries) OVER (ORDER BY next.number) - next.entries AS entries_before FROM
            (SELECT later.number, later.entries FROM seals AS later WHERE later.number > @after_number ORDER BY later.number LIMIT 1000) AS next) AS counted
        WHERE counted.entries_before < @entries::bigint)
 ORDER BY seal.number;

-- name: ListCheckpointsBehind :many
SELECT account_id, currency, through_seq, balance_minor
  FROM balance_checkpoints WHERE through_seq > @after_seq AND through_seq <= @through_seq ORDER BY through_seq, account_id, currency;

-- name: ListEntriesByID :many
SELECT seq::bigint AS seq, id, kind, reference, currency, request_hash, effective_at, recorded_at, reverses
  FROM journal_entries WHERE id = ANY (@ids::uuid[]) ORDER BY seq;

-- name: ListPostingsByEntry :many
SELECT seq, uuid_send(entry_id)::bytea AS entry_id, line, account_id, currency, amount_minor
  FROM postings WHERE entry_id = ANY (@ids::uuid[]);
