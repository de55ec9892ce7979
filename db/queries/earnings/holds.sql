-- name: ListDueCreators :many
-- Creators with holds that ListDueHolds returns.
SELECT DISTINCT creator_id FROM
    (SELECT hold.creator_id FROM holds AS hold WHERE hold.release_entry_id IS NULL AND hold.available_at <= @due_at
        AND NOT EXISTS (SELECT FROM campaign_payments AS payment
                         WHERE payment.campaign_id = hold.campaign_id AND payment.method = ANY (@kept_methods::text[]) AND payment.paid_at > @kept_since)
      ORDER BY hold.available_at, hold.entry_id, hold.creator_id LIMIT @batch) AS due;

-- name: LockCreators :many
-- In the order of ids. Every transaction locks creators in that order.
SELECT id FROM creators WHERE id = ANY (@ids::uuid[]) ORDER BY id FOR NO KEY UPDATE;

-- name: ListDueHolds :many
-- The caller has locked the creators, so no other transaction releases these or takes them back.
-- Earnings stay on hold while the campaign has a payment by one of the kept methods that was made
-- after kept_since.
SELECT hold.entry_id, hold.creator_id, hold.campaign_id, hold.currency, hold.amount_minor FROM holds AS hold
 WHERE hold.release_entry_id IS NULL AND hold.available_at <= @due_at AND hold.creator_id = ANY (@creator_ids::uuid[])
   AND NOT EXISTS (SELECT FROM campaign_payments AS payment
                    WHERE payment.campaign_id = hold.campaign_id AND payment.method = ANY (@kept_methods::text[]) AND payment.paid_at > @kept_since)
 ORDER BY hold.available_at, hold.entry_id, hold.creator_id LIMIT @batch;

-- name: ListHoldsOf :many
-- What beneficiaries have by entries, released or not.
SELECT entry_id, creator_id, amount_minor, available_at, release_entry_id FROM holds
 WHERE entry_id = ANY (@entry_ids::uuid[]);

-- name: InsertHolds :exec
INSERT INTO holds (entry_id, creator_id, campaign_id, currency, amount_minor, available_at, release_entry_id)
SELECT unnest(@entry_ids::uuid[]), unnest(@creator_ids::uuid[]), @campaign_id, @currency, unnest(@amounts_minor::bigint[]),
       unnest(@available_ats::timestamptz[]), nullif(unnest(@release_entry_ids::uuid[]), '00000000-0000-0000-0000-000000000000');

-- name: UpdateHoldsReleased :exec
UPDATE holds SET release_entry_id = released.release_entry_id
  FROM (SELECT unnest(@entry_ids::uuid[]) AS entry_id, unnest(@creator_ids::uuid[]) AS creator_id,
               unnest(@release_entry_ids::uuid[]) AS release_entry_id) AS released
 WHERE holds.entry_id = released.entry_id AND holds.creator_id = released.creator_id;

-- name: InsertEarningDeductions :exec
INSERT INTO earning_deductions (entry_id, creator_id, campaign_id, currency, amount_minor)
SELECT unnest(@entry_ids::uuid[]), unnest(@creator_ids::uuid[]), unnest(@campaign_ids::uuid[]), unnest(@currencies::text[]), unnest(@amounts_minor::bigint[]);

-- name: ListReceivables :many
-- What creators owe us, by account.
SELECT account_id AS id, code, currency::text AS currency, sum_minor::bigint AS amount_minor FROM balances
 WHERE code = ANY (@codes::text[]) AND sum_minor > 0;

-- name: ListPayableLines :many
-- What can be paid, by campaign: what was released, less deductions and payouts.
SELECT earned.campaign_id, (earned.amount_minor - coalesce(deducted.amount_minor, 0) - coalesce(taken.amount_minor, 0))::bigint AS amount_minor
  FROM (SELECT campaign_id, sum(amount_minor) AS amount_minor FROM holds
         WHERE holds.creator_id = @creator_id AND holds.currency = @currency AND release_entry_id IS NOT NULL
         GROUP BY campaign_id) AS earned
  LEFT JOIN (SELECT campaign_id, sum(amount_minor) AS amount_minor FROM earning_deductions
              WHERE earning_deductions.creator_id = @creator_id AND earning_deductions.currency = @currency
              GROUP BY campaign_id) AS deducted ON deducted.campaign_id = earned.campaign_id
  LEFT JOIN (SELECT line.campaign_id, sum(line.amount_minor) AS amount_minor
               FROM payouts AS payout JOIN payout_lines AS line ON line.payout_id = payout.id
              WHERE payout.creator_id = @creator_id AND payout.currency = @currency
                AND payout.status NOT IN ('cancelled', 'returned')
              GROUP BY line.campaign_id) AS taken ON taken.campaign_id = earned.campaign_id
 WHERE earned.amount_minor > coalesce(deducted.amount_minor, 0) + coalesce(taken.amount_minor, 0)
 ORDER BY earned.campaign_id;
