-- name: InsertWebhook :execrows
-- An event that concerns no workflow has an outcome already, and is stored as finished.
INSERT INTO webhook_inbox (provider, event_id, event_type, account, object_id, payout_id, campaign_id, deposit_id, withdrawal_id, payload, money, next_try_at, processed_at, outcome)
VALUES (@provider, @event_id, @event_type, @account, @object_id, sqlc.narg(payout_id), sqlc.narg(campaign_id), sqlc.narg(deposit_id), sqlc.narg(withdrawal_id), @payload, @money,
        sqlc.narg(next_try_at)::timestamptz, CASE WHEN sqlc.narg(outcome)::text IS NOT NULL THEN now() END, sqlc.narg(outcome)::text)
ON CONFLICT (provider, event_id) DO NOTHING;

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
