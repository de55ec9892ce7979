-- name: InsertWebhooks :many
-- Returns the new ones. Rows of one statement keep their order in received_at. An event that concerns no
-- workflow has an outcome already, and is stored as finished.
INSERT INTO webhook_inbox (provider, event_id, event_type, account, object_id, payout_id, campaign_id, deposit_id, withdrawal_id, payload, money, received_at, next_try_at, processed_at, outcome)
SELECT provider, event_id, event_type, account, object_id, nullif(payout_id, '')::uuid, nullif(campaign_id, '')::uuid, nullif(deposit_id, '')::uuid, nullif(withdrawal_id, '')::uuid,
       payload, money, now() + place * interval '1 microsecond', nullif(next_try_at, '0001-01-01 00:00:00Z'), CASE WHEN outcome <> '' THEN now() END, nullif(outcome, '')
  FROM (SELECT unnest(@providers::text[]) AS provider, unnest(@event_ids::text[]) AS event_id, unnest(@event_types::text[]) AS event_type,
               unnest(@accounts::text[]) AS account, unnest(@object_ids::text[]) AS object_id, unnest(@payout_ids::text[]) AS payout_id,
               unnest(@campaign_ids::text[]) AS campaign_id, unnest(@deposit_ids::text[]) AS deposit_id, unnest(@withdrawal_ids::text[]) AS withdrawal_id,
               unnest(@payloads::bytea[]) AS payload, unnest(@money::boolean[]) AS money, unnest(@next_tries_at::timestamptz[]) AS next_try_at,
               unnest(@outcomes::text[]) AS outcome, generate_series(0, cardinality(@providers::text[]) - 1) AS place) AS event
ON CONFLICT (provider, event_id) DO NOTHING
RETURNING provider, event_id;

-- name: ListPendingWebhooks :many
SELECT provider, event_id, event_type, account, object_id, payout_id, campaign_id, deposit_id, withdrawal_id, tries, received_at
  FROM webhook_inbox
 WHERE processed_at IS NULL AND (next_try_at IS NULL OR next_try_at <= @now::timestamptz)
 ORDER BY money DESC, received_at
 LIMIT @page_size;

-- name: FinishWebhooks :exec
-- An event without an outcome was not delivered: it is counted, and due again later.
UPDATE webhook_inbox AS inbox
   SET processed_at = CASE WHEN receipt.outcome <> '' THEN now() END,
       outcome = nullif(receipt.outcome, ''),
       tries = inbox.tries + CASE WHEN receipt.outcome <> '' THEN 0 ELSE 1 END,
       next_try_at = CASE WHEN receipt.outcome = '' THEN receipt.next_try_at END
  FROM (SELECT unnest(@providers::text[]) AS provider, unnest(@event_ids::text[]) AS event_id, unnest(@outcomes::text[]) AS outcome,
               unnest(@next_tries_at::timestamptz[]) AS next_try_at) AS receipt
 WHERE inbox.provider = receipt.provider AND inbox.event_id = receipt.event_id AND inbox.processed_at IS NULL;
