-- name: FindHeldConversion :many
SELECT payout_id, generation, account, transfer_id, source_minor, source_currency, amount_minor, fee_minor, received_minor, currency, rate, transaction_id,
       available_on, carried_minor, left_minor, outcome, taken_minor, back_minor, recorded_at
  FROM payout_conversions WHERE payout_id = @payout_id AND outcome = 'held';

-- name: ListConversions :many
SELECT payout_id, generation, account, transfer_id, source_minor, source_currency, amount_minor, fee_minor, received_minor, currency, rate, transaction_id,
       available_on, carried_minor, left_minor, outcome, taken_minor, back_minor, recorded_at
  FROM payout_conversions WHERE payout_id = ANY (@payout_ids::uuid[]) ORDER BY payout_id, generation;

-- name: InsertConversion :exec
INSERT INTO payout_conversions (payout_id, generation, account, transfer_id, source_minor, source_currency, amount_minor, fee_minor, received_minor,
                                currency, rate, transaction_id, available_on, carried_minor, left_minor)
VALUES (@payout_id, @generation, @account, @transfer_id, @source_minor, @source_currency, @amount_minor, @fee_minor, @received_minor,
        @currency, @rate, @transaction_id, @available_on, @carried_minor, @left_minor);

-- name: UpdateConversionOutcome :execrows
UPDATE payout_conversions SET outcome = @outcome, taken_minor = sqlc.narg(taken_minor), back_minor = sqlc.narg(back_minor)
 WHERE payout_id = @payout_id AND generation = @generation AND outcome = 'held';

-- name: SumConversionRests :one
-- What payouts have left on an account in a currency and no other one has taken along, and the country
-- of the account.
SELECT coalesce(sum(left_minor - carried_minor), 0)::bigint AS rest_minor,
       coalesce((SELECT known.country FROM payout_accounts AS known WHERE known.account = @account), '')::text AS country
  FROM payout_conversions WHERE account = @account AND currency = @currency AND outcome = 'held';

-- name: FindLastRate :many
-- What a transfer to the account of a payout, in the payout's currency, became last.
SELECT made.currency, made.source_minor, made.received_minor
  FROM payout_conversions AS made JOIN payouts AS payout ON payout.payout_account = made.account AND payout.currency = made.source_currency
 WHERE payout.id = @payout_id ORDER BY made.recorded_at DESC LIMIT 1;

-- name: SumConvertedOnAccount :one
-- What the connected account of a creator has in a currency for converted payouts, and what was sent from
-- it in a currency and has not reached the bank in another one.
SELECT coalesce(sum(CASE WHEN made.currency <> @currency THEN 0 WHEN payout.paid_at IS NULL THEN made.received_minor
                         ELSE made.left_minor - made.carried_minor END), 0)::bigint AS received_minor,
       coalesce(sum(made.source_minor) FILTER (WHERE made.source_currency = @currency AND payout.paid_at IS NULL), 0)::bigint AS sent_minor
  FROM payout_conversions AS made JOIN payouts AS payout ON payout.id = made.payout_id
 WHERE payout.creator_id = @creator_id AND made.outcome = 'held';
