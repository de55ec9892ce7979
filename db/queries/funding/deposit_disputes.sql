-- name: InsertDepositDispute :exec
INSERT INTO funding_disputes (dispute_id, deposit_id, payment_intent_id, currency, amount_minor, fee_minor, frozen_minor, opened_at)
VALUES ($1, $2, $3, $4, $5, $6, $5, $7);
