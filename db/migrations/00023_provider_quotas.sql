-- +goose Up
-- What requests to view providers have used of the quotas that all workers share. One row is one quota, with the limits by which
-- it was counted last. A request locks the rows of its quotas, so that no unit is given twice. free_at is when all of
-- the rate is free again. day is the day, in time_zone, to which day_used belongs. A provider that has refused a request for their number is not asked before blocked_until.
CREATE TABLE provider_quotas (
    provider      text NOT NULL,
    name          text NOT NULL,
    rate_units    bigint NOT NULL,
    rate_millis   bigint NOT NULL,
    day_units     bigint NOT NULL,
    time_zone     text NOT NULL,
    free_at       timestamptz,
    day           date,
    day_used      bigint NOT NULL DEFAULT 0,
    blocked_until timestamptz,
    CONSTRAINT provider_quotas_pkey PRIMARY KEY (provider, name),
    CONSTRAINT provider_quotas_units_check CHECK (rate_units >= 0 AND rate_millis >= 0 AND day_units >= 0 AND day_used >= 0)
);

GRANT SELECT, INSERT, UPDATE (rate_units, rate_millis, day_units, time_zone, free_at, day, day_used, blocked_until) ON provider_quotas TO creditroll_app;
