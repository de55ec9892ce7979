-- name: ListPendingByCampaign :many
-- With when the first of the holds ends by its terms, and the newest payment that can keep them.
SELECT hold.currency, hold.campaign_id, sum(hold.amount_minor)::bigint AS amount_minor, min(hold.available_at)::timestamptz AS available_at,
       coalesce((SELECT payment.paid_at FROM campaign_payments AS payment
                  WHERE payment.campaign_id = hold.campaign_id AND payment.method = ANY (@kept_methods::text[])
                  ORDER BY payment.paid_at DESC LIMIT 1), 'epoch')::timestamptz AS kept_payment_at
  FROM holds AS hold
 WHERE hold.creator_id = @creator_id AND hold.release_entry_id IS NULL
 GROUP BY hold.currency, hold.campaign_id ORDER BY hold.currency, hold.campaign_id;

-- name: ListEarningCampaigns :many
SELECT holds.currency, holds.campaign_id FROM holds WHERE holds.creator_id = @creator_id AND holds.release_entry_id IS NOT NULL GROUP BY holds.currency, holds.campaign_id
UNION
SELECT earning_deductions.currency, earning_deductions.campaign_id FROM earning_deductions WHERE earning_deductions.creator_id = @creator_id
 ORDER BY 1, 2;

-- name: ListPayoutPositions :many
-- The payouts that have money on one of the creator's accounts, and how much.
SELECT account.code, posting.currency, split_part(entry.reference, '/', 1)::text AS payout_id, (-sum(posting.amount_minor))::bigint AS amount_minor
  FROM ledger_accounts AS account
  JOIN postings AS posting ON posting.account_id = account.id
  JOIN journal_entries AS entry ON entry.id = posting.entry_id
 WHERE account.code = ANY (@codes::text[])
 GROUP BY account.code, posting.currency, split_part(entry.reference, '/', 1) HAVING sum(posting.amount_minor) <> 0
 ORDER BY account.code, posting.currency, payout_id;

-- name: ListLinesOfPayouts :many
SELECT line.payout_id, line.campaign_id, line.amount_minor FROM payout_lines AS line
 WHERE line.payout_id = ANY (@payout_ids::uuid[])
 ORDER BY line.payout_id, line.campaign_id;
