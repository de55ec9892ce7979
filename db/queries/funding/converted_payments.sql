-- name: InsertConvertedPayment :exec
INSERT INTO converted_payments (payment_intent_id, campaign_id, deposit_id, amount_minor, currency, net_minor, fee_minor, settlement_currency, recorded_at)
VALUES (@payment_intent_id, @campaign_id, @deposit_id, @amount_minor, @currency, @net_minor, @fee_minor, @settlement_currency, @recorded_at);

-- name: ClearConvertedPayment :exec
-- The campaign can be paid for again, by another payment.
UPDATE campaigns SET payment_intent_id = NULL, updated_at = now() WHERE payment_intent_id = @payment_intent_id::text;

-- name: FindConvertedPayment :many
SELECT payment_intent_id, campaign_id, deposit_id, amount_minor, currency, net_minor, fee_minor, settlement_currency, refund_number, refund_minor, refund_ended, recorded_at
  FROM converted_payments WHERE payment_intent_id = @payment_intent_id;

-- name: LockConvertedPayment :many
SELECT payment_intent_id, campaign_id, deposit_id, amount_minor, currency, net_minor, fee_minor, settlement_currency, refund_number, refund_minor, refund_ended, recorded_at
  FROM converted_payments WHERE payment_intent_id = @payment_intent_id FOR UPDATE;

-- name: UpdateConvertedRefundAsked :exec
-- Freezes a refund before it is requested.
UPDATE converted_payments SET refund_number = refund_number + 1, refund_minor = @refund_minor
 WHERE payment_intent_id = @payment_intent_id AND refund_number = @previous;

-- name: UpdateConvertedRefundEnded :exec
UPDATE converted_payments SET refund_ended = greatest(refund_ended, @number::integer)
 WHERE payment_intent_id = @payment_intent_id AND refund_number >= @number::integer;

-- name: ListConvertedReturns :many
SELECT object_type, object_id, payment_intent_id, amount_minor, taken_minor, closed_minor, lost_minor, returned_minor, outcome, recorded_at
  FROM converted_payment_returns WHERE payment_intent_id = @payment_intent_id ORDER BY recorded_at, object_id;

-- name: FindConvertedReturn :many
SELECT object_type, object_id, payment_intent_id, amount_minor, taken_minor, closed_minor, lost_minor, returned_minor, outcome, recorded_at
  FROM converted_payment_returns WHERE object_id = @object_id;

-- name: InsertConvertedReturn :exec
INSERT INTO converted_payment_returns (object_type, object_id, payment_intent_id, amount_minor, taken_minor, closed_minor, lost_minor, outcome, recorded_at)
VALUES (@object_type, @object_id, @payment_intent_id, @amount_minor, @taken_minor, @closed_minor, @lost_minor, @outcome, @recorded_at);

-- name: UpdateConvertedReturn :exec
UPDATE converted_payment_returns SET closed_minor = @closed_minor, lost_minor = @lost_minor, returned_minor = sqlc.narg(returned_minor), outcome = @outcome
 WHERE object_id = @object_id;

-- name: InsertConvertedDispute :exec
INSERT INTO funding_disputes (dispute_id, converted, payment_intent_id, currency, amount_minor, fee_minor, frozen_minor, opened_at)
VALUES (@dispute_id, true, @payment_intent_id, @currency, @amount_minor, @fee_minor, 0, @opened_at);

-- name: ListUnreturnedPayments :many
-- Converted payments of which the brand does not have all, without an open dispute.
SELECT payment.payment_intent_id
  FROM converted_payments AS payment
  LEFT JOIN converted_payment_returns AS made ON made.payment_intent_id = payment.payment_intent_id
 GROUP BY payment.payment_intent_id
HAVING coalesce(sum(made.amount_minor) FILTER (WHERE made.outcome = 'made'), 0) < payment.amount_minor
   AND count(*) FILTER (WHERE made.outcome = 'open') = 0
 ORDER BY payment.payment_intent_id LIMIT @batch;
