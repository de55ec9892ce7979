-- name: ListRefundEntries :many
-- What the books know of refunds: that they succeeded, and that they failed after all.
SELECT kind, reference FROM journal_entries
 WHERE kind = ANY (@kinds::text[]) AND reference = ANY (@refund_ids::text[]);

-- name: FindCampaignByPayment :many
-- The campaign that a payment funds, and whether the payment is in the books yet.
SELECT campaign.id, campaign.currency, (budget.funded_minor > 0)::boolean AS funded
  FROM campaigns AS campaign JOIN campaign_budgets AS budget ON budget.campaign_id = campaign.id
 WHERE campaign.payment_intent_id = @payment_intent_id::text;
