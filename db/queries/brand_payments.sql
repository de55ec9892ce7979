-- name: ListRefundEntries :many
-- What the books know of refunds: that they succeeded, and that they failed after all.
SELECT kind, reference FROM journal_entries
 WHERE kind = ANY (@kinds::text[]) AND reference = ANY (@refund_ids::text[]);

-- name: FindCampaignByPayment :many
-- The campaign that a payment funds, and whether the payment is in the books yet.
SELECT campaign.id, campaign.currency, (budget.funded_minor > 0)::boolean AS funded
  FROM campaigns AS campaign JOIN campaign_budgets AS budget ON budget.campaign_id = campaign.id
 WHERE campaign.payment_intent_id = @payment_intent_id::text;

-- name: ListDisputePage :many
SELECT dispute_id, campaign_id, payment_intent_id, currency, amount_minor, fee_minor, frozen_minor, status, opened_at, closed_at
  FROM funding_disputes
 WHERE (sqlc.narg(campaign_id)::uuid IS NULL OR campaign_id = sqlc.narg(campaign_id))
   AND (sqlc.narg(status)::text IS NULL OR status = sqlc.narg(status))
   AND (sqlc.narg(after_id)::text IS NULL OR dispute_id > sqlc.narg(after_id))
 ORDER BY dispute_id
 LIMIT @page_size;
