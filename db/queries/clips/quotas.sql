-- name: LockProviderQuotas :many
-- The state of quotas, which are locked in the order of their names. A quota whose limits have changed is not blocked any
-- more: a person has raised it.
INSERT INTO provider_quotas AS known (provider, name, rate_units, rate_millis, day_units, time_zone)
SELECT @provider::text, quota.name, quota.rate_units, quota.rate_millis, quota.day_units, quota.time_zone
  FROM (SELECT unnest(@names::text[]) AS name, unnest(@rate_units::bigint[]) AS rate_units, unnest(@rate_millis::bigint[]) AS rate_millis,
               unnest(@day_units::bigint[]) AS day_units, unnest(@time_zones::text[]) AS time_zone) AS quota
 ORDER BY quota.name
ON CONFLICT ON CONSTRAINT provider_quotas_pkey DO UPDATE
   SET rate_units = excluded.rate_units, rate_millis = excluded.rate_millis, day_units = excluded.day_units, time_zone = excluded.time_zone,
       blocked_until = CASE WHEN (known.rate_units, known.rate_millis, known.day_units) = (excluded.rate_units, excluded.rate_millis, excluded.day_units)
                            THEN known.blocked_until END
RETURNING name, free_at, day, day_used, blocked_until;

-- name: SetProviderQuota :exec
UPDATE provider_quotas SET free_at = @free_at, day = @day, day_used = @day_used WHERE provider = @provider AND name = @name;

-- name: BlockProviderQuotas :exec
UPDATE provider_quotas SET blocked_until = greatest(blocked_until, @blocked_until::timestamptz)
 WHERE provider = @provider AND name = ANY (@names::text[]);

-- name: ListProviderQuotas :many
SELECT provider, name, rate_units, rate_millis, day_units, time_zone, free_at, day, day_used, blocked_until
  FROM provider_quotas
 ORDER BY provider, name;
