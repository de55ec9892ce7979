-- name: InsertDepositDispute :exec
INSERT INTO funding_disputes (dispute_id, deposit_id, payment_intent_id, currency, amount_minor, fee_minor, frozen_minor, opened_at)
VALUES ($1, $2, $3, $4, $5, $6, $5, $7);

-- name: FindMovedDeposit :many
-- The newest part of a campaign's disputed payment that was moved to the balance.
SELECT moved.id FROM deposits AS moved JOIN funding_disputes AS dispute ON dispute.campaign_id = moved.campaign_id
 WHERE dispute.dispute_id = @dispute_id ORDER BY moved.created_at DESC, moved.id DESC LIMIT 1;
