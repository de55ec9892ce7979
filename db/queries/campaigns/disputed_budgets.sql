-- name: ListDisputedBudgets :many
-- What disputes over money of the balance freeze of a campaign now.
SELECT dispute_id, campaign_id, amount_minor, frozen_minor, taken_minor, released_at
  FROM disputed_budgets WHERE campaign_id = @campaign_id AND released_at IS NULL ORDER BY dispute_id;

-- name: ListBudgetsOfDispute :many
-- What a dispute over money of the balance freezes now.
SELECT dispute_id, campaign_id, amount_minor, frozen_minor, taken_minor, released_at
  FROM disputed_budgets WHERE dispute_id = @dispute_id AND released_at IS NULL ORDER BY campaign_id;

-- name: ListCampaignsOfDispute :many
-- The campaigns in which a dispute has frozen money of the balance, now or before.
SELECT campaign_id FROM disputed_budgets WHERE dispute_id = @dispute_id ORDER BY campaign_id;

-- name: GetDisputedBalance :one
-- What a dispute holds back of which balance. It is nothing once the dispute is decided.
SELECT coalesce(deposit.organization_id, campaign.organization_id)::uuid AS organization_id, dispute.currency,
       coalesce(held.amount_minor, 0)::bigint AS at_risk_minor
  FROM funding_disputes AS dispute
  LEFT JOIN deposits AS deposit ON deposit.id = dispute.deposit_id
  LEFT JOIN campaigns AS campaign ON campaign.id = dispute.campaign_id
  LEFT JOIN disputed_balances AS held ON held.dispute_id = dispute.dispute_id
 WHERE dispute.dispute_id = @dispute_id;

-- name: FindFreezableCampaign :many
-- The newest campaign that has unspent money of the balance which no dispute freezes.
SELECT campaign.id FROM campaigns AS campaign JOIN campaign_budgets AS budget ON budget.campaign_id = campaign.id
 WHERE campaign.organization_id = @organization_id AND budget.currency = @currency
   AND budget.allocated_minor > budget.returned_minor
   AND budget.funded_minor - budget.spent_minor - budget.refunded_minor > budget.disputed_minor
   AND budget.allocated_minor - budget.returned_minor
       > (SELECT coalesce(sum(held.frozen_minor), 0) FROM disputed_budgets AS held WHERE held.campaign_id = campaign.id)
 ORDER BY campaign.created_at DESC, campaign.id DESC LIMIT 1;

-- name: UpsertDisputedBudget :exec
-- One that was released is frozen again if the decision is not booked and the process starts over.
INSERT INTO disputed_budgets AS held (dispute_id, campaign_id, amount_minor) VALUES (@dispute_id, @campaign_id, @amount_minor)
ON CONFLICT (dispute_id, campaign_id) DO UPDATE SET amount_minor = held.frozen_minor + excluded.amount_minor, released_at = NULL;

-- name: UpdateDisputedBudgetFrozen :exec
UPDATE disputed_budgets SET frozen_minor = @frozen_minor WHERE dispute_id = @dispute_id AND campaign_id = @campaign_id;

-- name: UpdateDisputedBudgetReleased :exec
UPDATE disputed_budgets SET frozen_minor = 0, taken_minor = taken_minor + @taken_minor, released_at = @released_at::timestamptz
 WHERE dispute_id = @dispute_id AND campaign_id = @campaign_id;
