-- name: InsertCampaign :exec
INSERT INTO campaigns (id, organization_id, name, status, currency, budget_minor, ends_at, terms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (id) DO NOTHING;

-- name: InsertCampaignBudget :exec
INSERT INTO campaign_budgets (campaign_id, currency) VALUES ($1, $2) ON CONFLICT (campaign_id) DO NOTHING;

-- name: LockCampaignBudget :one
SELECT campaign_id, currency, funded_minor, spent_minor, refunded_minor, disputed_minor, shortfall_minor, allocated_minor, returned_minor, allocations, readings, clawbacks, ownerships, pacing_day, pacing_day_spent_minor,
       pacing_hour, pacing_hour_spent_minor, kept_minor, reviews
  FROM campaign_budgets WHERE campaign_id = $1 FOR UPDATE;

-- name: GetCampaignForDecision :one
SELECT organization_id, name, status, currency, terms, budget_minor, ends_at, closing_at FROM campaigns WHERE id = $1;

-- name: GetCampaignCurrency :one
SELECT currency FROM campaigns WHERE id = $1;

-- name: GetCampaignFacts :one
-- unpaid_minor is released, not deducted, and not in a payout. It counts only creators who have
-- enough for a payout after their debt: what the others have is paid together with later earnings.
-- credits_withheld: a dispute has held back what final readings would have credited. It is over, or some budget is
-- free for them by now, apart from what is kept for reviews of other clips. Of kept money, earlier clips come first.
SELECT campaign.status, campaign.payment_intent_id, campaign.budget_minor, campaign.ends_at, budget.funded_minor, budget.spent_minor,
       budget.refunded_minor, budget.disputed_minor, budget.kept_minor, (budget.allocated_minor - budget.returned_minor)::bigint AS allocated_minor,
       coalesce((SELECT withdrawn.amount_minor FROM withdrawn_payments AS withdrawn WHERE withdrawn.campaign_id = campaign.id), 0)::bigint AS withdrawn_minor,
       coalesce(brand.session_id, '')::text AS verification_id, coalesce(brand.status, 'unverified')::text AS verification,
       EXISTS (SELECT FROM kill_switches WHERE name = 'tracking' AND is_off) AS tracking_off,
       ((SELECT count(*) FROM funding_disputes AS dispute WHERE dispute.campaign_id = campaign.id AND dispute.status = 'open')
        + (SELECT count(*) FROM disputed_budgets AS held WHERE held.campaign_id = campaign.id AND held.released_at IS NULL))::bigint AS open_disputes,
       (SELECT coalesce(sum(amount_minor), 0) FROM holds
         WHERE holds.campaign_id = campaign.id AND release_entry_id IS NULL)::bigint AS held_minor,
       (SELECT coalesce(sum(line.amount_minor), 0) FROM payout_lines AS line JOIN payouts AS payout ON payout.id = line.payout_id
         WHERE line.campaign_id = campaign.id AND payout.status NOT IN ('paid', 'cancelled', 'returned', 'settled'))::bigint AS in_flight_minor,
       (SELECT coalesce(sum(owed.amount_minor - owed.taken_minor), 0)
          FROM (SELECT hold.creator_id, sum(hold.amount_minor) FILTER (WHERE hold.campaign_id = campaign.id) AS amount_minor,
                       (SELECT coalesce(sum(line.amount_minor), 0) FROM payouts AS payout JOIN payout_lines AS line ON line.payout_id = payout.id
                         WHERE payout.creator_id = hold.creator_id AND payout.currency = campaign.currency
                           AND payout.status NOT IN ('cancelled', 'returned') AND line.campaign_id = campaign.id)
                       + (SELECT coalesce(sum(deduction.amount_minor), 0) FROM earning_deductions AS deduction
                           WHERE deduction.creator_id = hold.creator_id AND deduction.currency = campaign.currency
                             AND deduction.campaign_id = campaign.id) AS taken_minor,
                       sum(hold.amount_minor) - (SELECT coalesce(sum(payout.amount_minor), 0) FROM payouts AS payout
                         WHERE payout.creator_id = hold.creator_id AND payout.currency = campaign.currency
                           AND payout.status NOT IN ('cancelled', 'returned'))
                       - (SELECT coalesce(sum(deduction.amount_minor), 0) FROM earning_deductions AS deduction
                           WHERE deduction.creator_id = hold.creator_id AND deduction.currency = campaign.currency)
                       - coalesce((SELECT greatest(0, debt.sum_minor) FROM balances AS debt
                           WHERE debt.code = 'creator/' || hold.creator_id || '/receivable' AND debt.currency = campaign.currency), 0) AS payable_minor
                  FROM holds AS hold
                 WHERE hold.currency = campaign.currency AND hold.release_entry_id IS NOT NULL
                   AND hold.creator_id IN (SELECT holds.creator_id FROM holds WHERE holds.campaign_id = campaign.id)
                 GROUP BY hold.creator_id) AS owed
         WHERE owed.payable_minor >= @payout_minimum_minor::bigint)::bigint AS unpaid_minor,
       (SELECT count(*) FROM clips
         WHERE clips.campaign_id = campaign.id AND clips.status IN ('verifying', 'in_review', 'tracking')
           AND (clips.status <> 'in_review' OR clips.review_closed_at IS NULL)) AS open_clips,
       EXISTS (SELECT FROM withheld_clips AS withheld
                 LEFT JOIN kept_reviews AS kept ON kept.clip_id = withheld.id AND kept.kept_minor > 0
                WHERE withheld.campaign_id = campaign.id
                  AND (budget.disputed_minor = 0 OR budget.funded_minor - budget.spent_minor - budget.refunded_minor - budget.disputed_minor
                       > CASE WHEN kept.clip_id IS NULL THEN budget.kept_minor
                              ELSE (SELECT coalesce(sum(earlier.kept_minor), 0) FROM kept_reviews AS earlier
                                     WHERE earlier.campaign_id = campaign.id AND earlier.kept_minor > 0
                                       AND (earlier.submitted_at, earlier.clip_id) < (kept.submitted_at, kept.clip_id)) END))::boolean AS credits_withheld
  FROM campaigns AS campaign JOIN campaign_budgets AS budget ON budget.campaign_id = campaign.id
  LEFT JOIN LATERAL (SELECT session_id, status FROM organization_verifications AS attempt
                      WHERE attempt.organization_id = campaign.organization_id
                      ORDER BY attempt.status = 'verified' DESC, attempt.requested_at DESC, attempt.session_id DESC LIMIT 1) AS brand ON true
 WHERE campaign.id = @id;

-- name: UpdateCampaignStatus :exec
UPDATE campaigns SET status = $2, updated_at = now() WHERE id = $1;

-- name: InsertCampaignPause :exec
INSERT INTO campaign_pauses (campaign_id, paused_at) VALUES (@campaign_id, @paused_at)
ON CONFLICT (campaign_id, paused_at) DO UPDATE SET resumed_at = NULL;

-- name: EndCampaignPause :exec
UPDATE campaign_pauses SET resumed_at = greatest(paused_at, @resumed_at::timestamptz)
 WHERE campaign_id = @campaign_id AND resumed_at IS NULL;

-- name: UpdateCampaignClosing :exec
UPDATE campaigns SET closing_at = coalesce(closing_at, now()), updated_at = now() WHERE id = $1;

-- name: UpdateCampaignPaymentIntent :exec
UPDATE campaigns SET payment_intent_id = $2, updated_at = now() WHERE id = $1;

-- name: UpdateCampaignAsked :exec
-- Freezes a generation of the payment before it is requested. One that was frozen before keeps its moment.
UPDATE campaigns SET payment_generation = @generation, payment_asked_at = @asked_at::timestamptz, updated_at = now()
 WHERE id = @id AND payment_generation < @generation;

-- name: ListCampaignAsked :many
SELECT payment_generation, coalesce(payment_asked_at, 'epoch')::timestamptz AS asked_at
  FROM campaigns WHERE id = $1 AND payment_asked_at IS NOT NULL;

-- name: InsertCampaignPayment :exec
INSERT INTO campaign_payments (payment_intent_id, campaign_id, method, paid_at) VALUES ($1, $2, $3, $4);

-- name: InsertAllocatedPayments :exec
-- The payments that an allocation counts as: of each method, the newest deposit that is not wholly refunded.
-- A refund that is only requested may not arrive.
INSERT INTO campaign_payments (payment_intent_id, campaign_id, method, paid_at)
SELECT DISTINCT ON (deposit.method) deposit.payment_intent_id, @campaign_id::uuid, deposit.method, deposit.paid_at
  FROM deposits AS deposit
 WHERE deposit.organization_id = @organization_id AND deposit.currency = @currency AND deposit.status = 'received'
   AND deposit.amount_minor > (SELECT coalesce(sum(refund.amount_minor), 0) FROM deposit_refunds AS refund
                                WHERE refund.deposit_id = deposit.id AND refund.status = 'succeeded')
 ORDER BY deposit.method, deposit.paid_at DESC, deposit.id DESC
ON CONFLICT (campaign_id, payment_intent_id) DO NOTHING;

-- name: UpdateCampaignFunds :exec
UPDATE campaign_budgets
   SET funded_minor = @funded_minor, spent_minor = @spent_minor, refunded_minor = @refunded_minor, disputed_minor = @disputed_minor,
       shortfall_minor = @shortfall_minor
 WHERE campaign_id = @campaign_id;

-- name: FindCampaignByPayment :many
-- The campaign that a payment funds, and whether the payment is in the books yet.
SELECT campaign.id, campaign.currency, (budget.funded_minor > 0)::boolean AS funded
  FROM campaigns AS campaign JOIN campaign_budgets AS budget ON budget.campaign_id = campaign.id
 WHERE campaign.payment_intent_id = @payment_intent_id::text;

-- name: ListRefundEntries :many
-- Which refunds are booked, and which are booked as failed after that.
SELECT kind, reference FROM journal_entries
 WHERE kind = ANY (@kinds::text[]) AND reference = ANY (@refund_ids::text[]);
