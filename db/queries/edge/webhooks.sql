-- name: InsertWebhook :execrows
INSERT INTO webhook_inbox (provider, event_id, event_type, account, object_id, payout_id, campaign_id, payload)
VALUES (@provider, @event_id, @event_type, @account, @object_id, sqlc.narg(payout_id), sqlc.narg(campaign_id), @payload)
ON CONFLICT (provider, event_id) DO NOTHING;

-- name: ListPendingWebhooks :many
SELECT provider, event_id, event_type, account, object_id, payout_id, campaign_id, payload, received_at
  FROM webhook_inbox
 WHERE processed_at IS NULL AND received_at <= now() - make_interval(secs => @waiting_seconds::double precision)
 ORDER BY received_at
 LIMIT @page_size;

-- name: FinishWebhook :exec
UPDATE webhook_inbox SET processed_at = now(), outcome = @outcome
 WHERE provider = @provider AND event_id = @event_id AND processed_at IS NULL;
