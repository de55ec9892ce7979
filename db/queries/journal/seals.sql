-- name: GetLastDrawnSeq :one
-- The last number that any transaction has drawn, whether it has committed or not.
SELECT coalesce(pg_sequence_last_value('public.journal_entries_seq_seq'), 0)::bigint;

-- name: DrawTransactionID :one
-- Takes a transaction id. Every id that was assigned before is lower.
SELECT pg_current_xact_id()::text::bigint;

-- name: HaveAllEnded :one
-- Whether every transaction with a lower id has ended.
SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= @transaction_id::bigint)::boolean;

-- name: LockSealing :exec
SELECT pg_advisory_xact_lock(hashtext('creditroll seals'));

-- name: TryLockSealing :one
SELECT pg_try_advisory_xact_lock(hashtext('creditroll seals'))::boolean;

-- name: GetLastSeal :one
SELECT number, last_seq, hash FROM seals ORDER BY number DESC LIMIT 1;

-- name: InsertSeal :exec
INSERT INTO seals (number, first_seq, last_seq, entries, postings, previous_hash, hash, leaves)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: WriteCheckpoints :one
SELECT write_checkpoints(@account_ids::bigint[], @currencies::text[], @threshold::bigint)::bigint AS written;

-- name: WriteCoverCheckpoint :one
SELECT write_cover_checkpoint(@threshold::bigint)::bigint AS written;

-- name: ListSealsAfter :many
-- The next seals that together cover a number of entries: at least one, if there is one.
SELECT seal.number, seal.first_seq, seal.last_seq, seal.postings, seal.previous_hash, seal.hash, seal.leaves, seal.sealed_at FROM seals AS seal
 WHERE seal.number > @after_number
   AND seal.number <= (SELECT coalesce(max(counted.number), 0) FROM
         (SELECT next.number, sum(next.entries) OVER (ORDER BY next.number) - next.entries AS entries_before FROM
            (SELECT later.number, later.entries FROM seals AS later WHERE later.number > @after_number ORDER BY later.number LIMIT 1000) AS next) AS counted
        WHERE counted.entries_before < @entries::bigint)
 ORDER BY seal.number;

-- name: ListCheckpointsAfter :many
SELECT account_id, currency, through_seq, balance_minor
  FROM balance_checkpoints WHERE through_seq > @after_seq AND through_seq <= @through_seq ORDER BY through_seq, account_id, currency;

-- name: ListSealBounds :many
SELECT number, last_seq FROM seals WHERE last_seq > @after_seq AND first_seq <= @through_seq ORDER BY number;
