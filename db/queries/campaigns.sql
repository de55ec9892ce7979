-- name: InsertCampaign :exec
INSERT INTO campaigns (id, organization_id, name, status, currency, budget_minor, terms)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO NOTHING;

-- name: InsertCampaignBudget :exec
INSERT INTO campaign_budgets (campaign_id, currency) VALUES ($1, $2) ON CONFLICT (campaign_id) DO NOTHING;

-- name: LockCampaignBudget :one
SELECT campaign_id, currency, funded_minor, spent_minor, refunded_minor, pacing_day, pacing_day_spent_minor
  FROM campaign_budgets WHERE campaign_id = $1 FOR UPDATE;

-- name: GetCampaignForDecision :one
SELECT organization_id, name, status, currency, terms, closing_at FROM campaigns WHERE id = $1;

-- name: GetCampaignFacts :one
SELECT campaign.status, campaign.payment_intent_id, campaign.budget_minor, budget.funded_minor, budget.spent_minor, budget.refunded_minor,
       (SELECT coalesce(sum(amount_minor), 0) FROM holds
         WHERE holds.campaign_id = campaign.id AND release_entry_id IS NULL)::bigint AS held_minor,
       (SELECT coalesce(sum(line.amount_minor), 0) FROM payout_lines AS line JOIN payouts AS payout ON payout.id = line.payout_id
         WHERE line.campaign_id = campaign.id AND payout.status NOT IN ('paid', 'cancelled', 'returned'))::bigint AS in_flight_minor,
       (SELECT count(*) FROM clips
         WHERE clips.campaign_id = campaign.id AND clips.status IN ('verifying', 'in_review', 'tracking')) AS open_clips
  FROM campaigns AS campaign JOIN campaign_budgets AS budget ON budget.campaign_id = campaign.id
 WHERE campaign.id = $1;

-- name: UpdateCampaignStatus :exec
UPDATE campaigns SET status = $2, updated_at = now() WHERE id = $1;

-- name: UpdateCampaignClosing :exec
UPDATE campaigns SET closing_at = coalesce(closing_at, now()), updated_at = now() WHERE id = $1;

-- name: UpdateCampaignPaymentIntent :exec
UPDATE campaigns SET payment_intent_id = $2, updated_at = now() WHERE id = $1;

-- name: AddCampaignFunding :exec
UPDATE campaign_budgets SET funded_minor = funded_minor + @amount_minor WHERE campaign_id = @campaign_id;

-- name: AddCampaignRefund :exec
UPDATE campaign_budgets SET refunded_minor = refunded_minor + @amount_minor WHERE campaign_id = @campaign_id;

-- name: UpdateCampaignSpending :exec
UPDATE campaign_budgets
   SET spent_minor = spent_minor + @gross_minor::bigint,
       pacing_day = @pacing_day::date, pacing_day_spent_minor = @pacing_day_spent_minor
 WHERE campaign_id = @campaign_id;
