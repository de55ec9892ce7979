-- name: LockDueHolds :many
SELECT entry_id, creator_id, currency, amount_minor FROM holds
 WHERE release_entry_id IS NULL AND available_at <= @due_at
 ORDER BY available_at, entry_id, creator_id LIMIT @batch
   FOR UPDATE SKIP LOCKED;

-- name: UpdateHoldsReleased :exec
UPDATE holds SET release_entry_id = released.release_entry_id
  FROM (SELECT unnest(@entry_ids::uuid[]) AS entry_id, unnest(@creator_ids::uuid[]) AS creator_id,
               unnest(@release_entry_ids::uuid[]) AS release_entry_id) AS released
 WHERE holds.entry_id = released.entry_id AND holds.creator_id = released.creator_id;

-- name: ListDueCreators :many
SELECT DISTINCT creator_id FROM
    (SELECT creator_id FROM holds WHERE release_entry_id IS NULL AND available_at <= @due_at
      ORDER BY available_at, entry_id, creator_id LIMIT @batch) AS due;
