-- name: ReadCampaign :one
SELECT campaign.id, campaign.organization_id, campaign.name, campaign.status, campaign.terms, campaign.budget_minor, campaign.ends_at,
       campaign.payment_intent_id, campaign.closing_at, campaign.created_at,
       budget.funded_minor, budget.spent_minor, budget.refunded_minor, greatest(0, budget.allocated_minor - budget.returned_minor)::bigint AS allocated_minor
  FROM campaigns AS campaign JOIN campaign_budgets AS budget ON budget.campaign_id = campaign.id
 WHERE campaign.id = @id;

-- name: SumHeld :one
SELECT coalesce(sum(amount_minor), 0)::bigint FROM holds WHERE campaign_id = @campaign_id AND release_entry_id IS NULL;

-- name: CountClipsByStatus :many
SELECT status, count(*) AS clips FROM clips WHERE campaign_id = @campaign_id GROUP BY status;

-- name: ListCampaignPage :many
SELECT campaign.id, campaign.organization_id, campaign.name, campaign.status, campaign.terms, campaign.budget_minor, campaign.ends_at,
       campaign.payment_intent_id, campaign.closing_at, campaign.created_at,
       budget.funded_minor, budget.spent_minor, budget.refunded_minor, greatest(0, budget.allocated_minor - budget.returned_minor)::bigint AS allocated_minor
  FROM campaigns AS campaign JOIN campaign_budgets AS budget ON budget.campaign_id = campaign.id
 WHERE (sqlc.narg(organization_id)::uuid IS NULL OR campaign.organization_id = sqlc.narg(organization_id))
   AND (sqlc.narg(status)::text IS NULL OR campaign.status = sqlc.narg(status))
   AND (sqlc.narg(visible_to_creator)::uuid IS NULL OR campaign.status = ANY (@open_statuses::text[])
        OR EXISTS (SELECT FROM participations
                    WHERE participations.campaign_id = campaign.id AND participations.creator_id = sqlc.narg(visible_to_creator)))
   AND (sqlc.narg(after_id)::uuid IS NULL OR campaign.id > sqlc.narg(after_id))
 ORDER BY campaign.id
 LIMIT @page_size;
