-- +goose Up
CREATE TABLE provider_attempts (
    id          uuid NOT NULL,
    provider    text NOT NULL,
    platform    text NOT NULL,
    clips       integer NOT NULL,
    outcome     text NOT NULL,
    cost_micros bigint NOT NULL,
    started_at  timestamptz NOT NULL,
    latency_ms  bigint NOT NULL,
    CONSTRAINT provider_attempts_pkey PRIMARY KEY (id)
);

-- high_water_views and excluded_views are the clip's running state after this reading:
-- creditable views are their difference.
CREATE TABLE observations (
    id               uuid NOT NULL,
    clip_id          uuid NOT NULL,
    poll             integer NOT NULL,
    provider         text NOT NULL,
    attempt_id       uuid NOT NULL,
    views            bigint NOT NULL,
    likes            bigint NOT NULL,
    comments         bigint NOT NULL,
    shares           bigint NOT NULL,
    high_water_views bigint NOT NULL,
    excluded_views   bigint NOT NULL,
    observed_at      timestamptz NOT NULL,
    recorded_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT observations_pkey PRIMARY KEY (id),
    CONSTRAINT observations_clip_fkey FOREIGN KEY (clip_id) REFERENCES clips (id),
    CONSTRAINT observations_attempt_fkey FOREIGN KEY (attempt_id) REFERENCES provider_attempts (id),
    CONSTRAINT observations_poll_key UNIQUE (clip_id, poll),
    CONSTRAINT observations_counts_check CHECK (views >= 0 AND likes >= 0 AND comments >= 0 AND shares >= 0),
    CONSTRAINT observations_state_check CHECK (high_water_views >= excluded_views AND excluded_views >= 0)
);

-- The *_after columns are running totals behind this accrual, so that the next one reads
-- one row instead of a history. gross = creator + fee.
CREATE TABLE accruals (
    id                         uuid NOT NULL,
    clip_id                    uuid NOT NULL,
    campaign_id                uuid NOT NULL,
    creator_id                 uuid NOT NULL,
    observation_id             uuid NOT NULL,
    entry_id                   uuid NOT NULL,
    currency                   text NOT NULL,
    gross_minor                bigint NOT NULL,
    creator_minor              bigint NOT NULL,
    fee_minor                  bigint NOT NULL,
    credited_views_after       bigint NOT NULL,
    clip_gross_after_minor     bigint NOT NULL,
    creator_gross_after_minor  bigint NOT NULL,
    limited_by                 text NOT NULL,
    accrued_at                 timestamptz NOT NULL,
    CONSTRAINT accruals_pkey PRIMARY KEY (id),
    CONSTRAINT accruals_clip_fkey FOREIGN KEY (clip_id) REFERENCES clips (id),
    CONSTRAINT accruals_observation_fkey FOREIGN KEY (observation_id) REFERENCES observations (id),
    CONSTRAINT accruals_observation_key UNIQUE (observation_id),
    CONSTRAINT accruals_entry_fkey FOREIGN KEY (entry_id) REFERENCES journal_entries (id),
    CONSTRAINT accruals_split_check CHECK (gross_minor > 0 AND creator_minor >= 0 AND fee_minor >= 0 AND gross_minor = creator_minor + fee_minor)
);
-- "The last accrual of a clip" and "of a creator in a campaign": totals only grow.
CREATE UNIQUE INDEX accruals_clip_total_key ON accruals (clip_id, clip_gross_after_minor DESC);
CREATE UNIQUE INDEX accruals_creator_total_key ON accruals (campaign_id, creator_id, creator_gross_after_minor DESC);

-- The queue of accruals on their way to "available".
CREATE TABLE holds (
    accrual_id       uuid NOT NULL,
    campaign_id      uuid NOT NULL,
    creator_id       uuid NOT NULL,
    currency         text NOT NULL,
    amount_minor     bigint NOT NULL,
    available_at     timestamptz NOT NULL,
    release_entry_id uuid,
    CONSTRAINT holds_pkey PRIMARY KEY (accrual_id),
    CONSTRAINT holds_accrual_fkey FOREIGN KEY (accrual_id) REFERENCES accruals (id),
    CONSTRAINT holds_release_fkey FOREIGN KEY (release_entry_id) REFERENCES journal_entries (id),
    CONSTRAINT holds_amount_check CHECK (amount_minor > 0)
);
CREATE INDEX holds_due_idx ON holds (available_at, accrual_id) WHERE release_entry_id IS NULL;
CREATE INDEX holds_creator_idx ON holds (creator_id, currency, campaign_id) INCLUDE (amount_minor, release_entry_id);
CREATE INDEX holds_campaign_idx ON holds (campaign_id) INCLUDE (amount_minor, release_entry_id);

CREATE TRIGGER provider_attempts_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON provider_attempts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER observations_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON observations
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER accruals_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON accruals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT ON provider_attempts, observations, accruals, holds TO creditroll_app;
GRANT UPDATE (release_entry_id) ON holds TO creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
