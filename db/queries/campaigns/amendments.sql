-- name: FindAmendment :many
SELECT campaign_id, number, budget_after_minor, ends_after FROM campaign_amendments WHERE id = $1;

-- name: CountAmendments :one
SELECT count(*) FROM campaign_amendments WHERE campaign_id = $1;

-- name: InsertAmendment :exec
INSERT INTO campaign_amendments (id, campaign_id, number, budget_before_minor, budget_after_minor, ends_before, ends_after, actor, reason, amended_at)
VALUES (@id, @campaign_id, @number, @budget_before_minor, @budget_after_minor, @ends_before, @ends_after, @actor, @reason, @amended_at);

-- name: UpdateCampaignTerms :exec
UPDATE campaigns SET budget_minor = @budget_minor, ends_at = @ends_at, updated_at = now() WHERE id = @id;

-- name: ListAmendments :many
SELECT id, campaign_id, number, budget_before_minor, budget_after_minor, ends_before, ends_after, actor, reason, amended_at
  FROM campaign_amendments
 WHERE campaign_id = @campaign_id AND (sqlc.narg(after_number)::int IS NULL OR number > sqlc.narg(after_number))
 ORDER BY number
 LIMIT @page_size;

-- name: UpdateAllocated :exec
UPDATE campaign_budgets
   SET allocated_minor = allocated_minor + @allocated_minor, returned_minor = returned_minor + @returned_minor, allocations = allocations + 1
 WHERE campaign_id = @campaign_id;
