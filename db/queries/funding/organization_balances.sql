-- name: InsertOrganizationBalance :exec
INSERT INTO organization_balances (organization_id, currency) VALUES ($1, $2) ON CONFLICT (organization_id, currency) DO NOTHING;

-- name: LockOrganizationBalance :many
SELECT organization_id FROM organization_balances WHERE organization_id = $1 AND currency = $2 FOR UPDATE;

-- name: GetOrganizationBalance :one
-- What the postings say. It must be a statement after that which locks the guard, because a statement
-- does not see what is committed while it waits.
SELECT coalesce((SELECT -sum_minor FROM balances WHERE code = @balance_code::text AND currency = @currency::text), 0)::bigint AS balance_minor,
       coalesce((SELECT -sum_minor FROM balances WHERE code = @withdrawing_code::text AND currency = @currency), 0)::bigint AS withdrawing_minor,
       coalesce((SELECT sum(disputed.amount_minor) FROM disputed_balances AS disputed
                  WHERE disputed.organization_id = @organization_id AND disputed.currency = @currency), 0)::bigint AS at_risk_minor;

-- name: ListOrganizationBalances :many
-- Every currency in which the organization has asked for a deposit or has a balance.
SELECT held.currency::text AS currency,
       coalesce((SELECT -sum_minor FROM balances WHERE code = @balance_code::text AND balances.currency = held.currency), 0)::bigint AS balance_minor,
       coalesce((SELECT -sum_minor FROM balances WHERE code = @withdrawing_code::text AND balances.currency = held.currency), 0)::bigint AS withdrawing_minor,
       coalesce((SELECT sum(disputed.amount_minor) FROM disputed_balances AS disputed
                  WHERE disputed.organization_id = @organization_id AND disputed.currency = held.currency), 0)::bigint AS at_risk_minor
  FROM (SELECT currency FROM organization_balances WHERE organization_balances.organization_id = @organization_id
        UNION SELECT currency FROM deposits WHERE deposits.organization_id = @organization_id) AS held
 ORDER BY held.currency;
