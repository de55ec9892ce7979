-- name: EnsurePartitions :one
SELECT ensure_partitions(@parent::text, @until::timestamptz)::integer AS made;

-- name: LockPartitions :exec
SELECT pg_advisory_xact_lock(hashtext('creditroll partitions'));

-- name: KeepPartitions :exec
-- Called before a transaction takes its snapshot. Otherwise a month that the snapshot shows could be
-- detached before its table is read.
LOCK TABLE postings, observations IN ACCESS SHARE MODE;

-- name: ListPartitions :many
-- The attached months without the default partition, the oldest first.
SELECT child.relname::text AS table_name
  FROM pg_catalog.pg_inherits AS inherits JOIN pg_catalog.pg_class AS child ON child.oid = inherits.inhrelid
 WHERE inherits.inhparent = ('public.' || @parent::text)::regclass AND child.relname <> @parent || '_default'
 ORDER BY child.relname;

-- name: GetMonthBounds :one
SELECT first_id_at(@starts_at)::text AS first_id, first_id_at(@ends_at)::text AS next_id;
