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
    clips_read  integer NOT NULL,
    CONSTRAINT provider_attempts_pkey PRIMARY KEY (id),
    CONSTRAINT provider_attempts_read_check CHECK (clips_read BETWEEN 0 AND clips)
);
-- Finds the latest attempts of a provider on a platform.
CREATE INDEX provider_attempts_latest_idx ON provider_attempts (provider, platform, started_at);

-- A reading is identified by its clip and its number. high_water_views and excluded_views are
-- the state of the clip after it. Their difference is the creditable views. limited_by says what
-- kept the reading from earning more. campaign_status is the status of the campaign at that time.
-- The final reading of a clip earns what pacing had deferred.
--
-- accepted_views is how much of the reading counts, and decision says why. trusted_views is the last
-- count that was plausible or confirmed. claimed_views is a count that waits for confirmation: the
-- provider that reported it, and the part of it that was gained in a pause. signals are the oddities of the
-- reading. A reading that must not be used is refused: its row has the counts of the one before.
--
-- Partitions are months of the clip's id. Its first 48 bits are the milliseconds at which the
-- campaign was created (domain/clip/submission.go). So the readings of a campaign are together,
-- and are detached together.
CREATE TABLE observations (
    clip_id          uuid NOT NULL,
    attempt_id       uuid NOT NULL,
    views            bigint NOT NULL,
    likes            bigint NOT NULL,
    comments         bigint NOT NULL,
    shares           bigint NOT NULL,
    high_water_views bigint NOT NULL,
    excluded_views   bigint NOT NULL,
    accepted_views   bigint NOT NULL,
    trusted_views    bigint NOT NULL,
    claimed_views    bigint NOT NULL,
    claimed_excluded_views bigint NOT NULL,
    observed_at      timestamptz NOT NULL,
    recorded_at      timestamptz NOT NULL DEFAULT now(),
    poll             integer NOT NULL,
    provider         text NOT NULL,
    limited_by       text NOT NULL,
    campaign_status  text NOT NULL,
    is_final         boolean NOT NULL DEFAULT false,
    claimed_by       text NOT NULL,
    decision         text NOT NULL,
    signals          jsonb,
    CONSTRAINT observations_pkey PRIMARY KEY (clip_id, poll),
    CONSTRAINT observations_poll_check CHECK (poll >= 0),
    CONSTRAINT observations_counts_check CHECK (views >= 0 AND likes >= 0 AND comments >= 0 AND shares >= 0),
    CONSTRAINT observations_state_check CHECK (high_water_views >= excluded_views AND excluded_views >= 0),
    CONSTRAINT observations_accepted_check CHECK (accepted_views BETWEEN 0 AND high_water_views AND trusted_views BETWEEN 0 AND high_water_views
        AND (claimed_views = 0) = (claimed_by = '') AND (claimed_views = 0 OR claimed_views > 0))
) PARTITION BY RANGE (clip_id);

-- One accrual is one journal entry. The *_after columns are running totals that include it, so
-- the next accrual reads one row instead of a history. gross = creator + fee + affiliate.
--
-- clip_net_after is clip_gross_after less what had been clawed back of the clip by then. Fee and
-- commission of the clip are the floors of it, so an accrual has their differences. The creator's
-- part is the rest. It is -1 if both roundings are due and the accrual does not contain them.
CREATE TABLE accruals (
    entry_id                   uuid NOT NULL,
    clip_id                    uuid NOT NULL,
    campaign_id                uuid NOT NULL,
    creator_id                 uuid NOT NULL,
    affiliate_id               uuid,
    gross_minor                bigint NOT NULL,
    creator_minor              bigint NOT NULL,
    fee_minor                  bigint NOT NULL,
    affiliate_minor            bigint NOT NULL,
    credited_views_after       bigint NOT NULL,
    clip_gross_after_minor     bigint NOT NULL,
    clip_net_after_minor       bigint NOT NULL,
    creator_gross_after_minor  bigint NOT NULL,
    accrued_at                 timestamptz NOT NULL,
    poll                       integer NOT NULL,
    currency                   text NOT NULL,
    CONSTRAINT accruals_pkey PRIMARY KEY (entry_id),
    CONSTRAINT accruals_split_check CHECK (gross_minor > 0 AND creator_minor >= -1 AND fee_minor >= 0 AND affiliate_minor >= 0
        AND gross_minor = creator_minor + fee_minor + affiliate_minor),
    CONSTRAINT accruals_net_check CHECK (clip_net_after_minor > 0),
    CONSTRAINT accruals_affiliate_check CHECK (affiliate_minor = 0 OR affiliate_id IS NOT NULL)
);
-- A reading has at most one accrual. Also finds the last accrual of a clip.
CREATE UNIQUE INDEX accruals_observation_key ON accruals (clip_id, poll);
-- Finds the last accrual of a creator in a campaign, because totals only grow.
CREATE UNIQUE INDEX accruals_creator_total_key ON accruals (campaign_id, creator_id, creator_gross_after_minor);

-- Earnings that are not available yet. An entry has a row for each creator who earns by it: the
-- creator of the clip, and the affiliate.
CREATE TABLE holds (
    entry_id         uuid NOT NULL,
    creator_id       uuid NOT NULL,
    campaign_id      uuid NOT NULL,
    amount_minor     bigint NOT NULL,
    available_at     timestamptz NOT NULL,
    release_entry_id uuid,
    currency         text NOT NULL,
    CONSTRAINT holds_pkey PRIMARY KEY (entry_id, creator_id),
    CONSTRAINT holds_release_fkey FOREIGN KEY (release_entry_id) REFERENCES journal_entries (id),
    CONSTRAINT holds_amount_check CHECK (amount_minor > 0)
);
CREATE INDEX holds_due_idx ON holds (available_at, entry_id, creator_id) WHERE release_entry_id IS NULL;
CREATE INDEX holds_creator_idx ON holds (creator_id, currency, campaign_id) INCLUDE (amount_minor, release_entry_id);
CREATE INDEX holds_campaign_idx ON holds (campaign_id) INCLUDE (amount_minor, release_entry_id);

-- What a clawback, the recovery of a receivable, an adjustment or the fee of an instant payout took out of released
-- earnings. The line of the campaign in the next payout is smaller by that. A fee that is returned is a row below zero.
CREATE TABLE earning_deductions (
    entry_id     uuid NOT NULL,
    creator_id   uuid NOT NULL,
    campaign_id  uuid NOT NULL,
    amount_minor bigint NOT NULL,
    currency     text NOT NULL,
    CONSTRAINT earning_deductions_pkey PRIMARY KEY (entry_id, creator_id, campaign_id),
    CONSTRAINT earning_deductions_entry_fkey FOREIGN KEY (entry_id) REFERENCES journal_entries (id),
    CONSTRAINT earning_deductions_amount_check CHECK (amount_minor <> 0)
);
CREATE INDEX earning_deductions_creator_idx ON earning_deductions (creator_id, currency, campaign_id) INCLUDE (amount_minor);
CREATE INDEX earning_deductions_campaign_idx ON earning_deductions (campaign_id) INCLUDE (amount_minor);

-- In place of foreign keys, for all rows of a statement at once (see check_entries).
-- +goose StatementBegin
CREATE FUNCTION check_observations() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET jit = off AS $$
DECLARE
    missing record;
BEGIN
    SELECT bool_or((SELECT true FROM public.clips WHERE id = reading.clip_id) IS NULL) AS clip,
           (SELECT bool_or((SELECT true FROM public.provider_attempts WHERE id = used.attempt_id) IS NULL)
              FROM (SELECT DISTINCT attempt_id FROM new_observations) AS used) AS attempt
      INTO missing FROM new_observations AS reading;
    IF missing.clip THEN
        RAISE EXCEPTION 'reading of a clip that does not exist' USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'observations_clip_fkey';
    ELSIF missing.attempt THEN
        RAISE EXCEPTION 'reading by an attempt that does not exist' USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'observations_attempt_fkey';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER observations_check AFTER INSERT ON observations
    REFERENCING NEW TABLE AS new_observations
    FOR EACH STATEMENT EXECUTE FUNCTION check_observations();

-- +goose StatementBegin
CREATE FUNCTION check_accruals() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET jit = off AS $$
DECLARE
    missing record;
BEGIN
    SELECT bool_or((SELECT kind FROM public.journal_entries WHERE id = accrual.entry_id) IS DISTINCT FROM 'earnings_accrued') AS entry,
           bool_or((SELECT true FROM public.observations WHERE clip_id = accrual.clip_id AND poll = accrual.poll) IS NULL) AS observation
      INTO missing FROM new_accruals AS accrual;
    IF missing.entry THEN
        RAISE EXCEPTION 'accrual without its journal entry' USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'accruals_entry_fkey';
    ELSIF missing.observation THEN
        RAISE EXCEPTION 'accrual without its reading' USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'accruals_observation_fkey';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER accruals_check AFTER INSERT ON accruals
    REFERENCING NEW TABLE AS new_accruals
    FOR EACH STATEMENT EXECUTE FUNCTION check_accruals();

-- +goose StatementBegin
CREATE FUNCTION check_holds() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET jit = off AS $$
BEGIN
    IF EXISTS (SELECT FROM new_holds AS hold WHERE (SELECT true FROM public.journal_entries WHERE id = hold.entry_id) IS NULL) THEN
        RAISE EXCEPTION 'hold without its journal entry' USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'holds_entry_fkey';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER holds_check AFTER INSERT ON holds
    REFERENCING NEW TABLE AS new_holds
    FOR EACH STATEMENT EXECUTE FUNCTION check_holds();

CREATE TRIGGER provider_attempts_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON provider_attempts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER observations_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON observations
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER accruals_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON accruals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER earning_deductions_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON earning_deductions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE observations_default PARTITION OF observations DEFAULT;
SELECT guard_partition('observations', 'observations_default');
SELECT ensure_partitions('observations', now() + interval '2 months');

-- The claim of a clip that another provider has contradicted last. It is there until a claim is confirmed, or the
-- provider that made it shows less. Then no reviewer can confirm it any more.
CREATE VIEW clip_contests AS
    SELECT clip.id AS clip_id, contest.claimed_views
      FROM clips AS clip
      JOIN LATERAL (SELECT contradicting.poll, contradicting.provider, claiming.claimed_views, claiming.claimed_by
                      FROM observations AS contradicting
                      JOIN LATERAL (SELECT claimed_views, claimed_by FROM observations AS earlier
                                     WHERE earlier.clip_id = contradicting.clip_id AND earlier.poll < contradicting.poll
                                     ORDER BY earlier.poll DESC LIMIT 1) AS claiming
                        ON claiming.claimed_views > 0 AND claiming.claimed_by <> contradicting.provider
                     WHERE contradicting.clip_id = clip.id AND contradicting.decision = 'contradicted'
                     ORDER BY contradicting.poll DESC LIMIT 1) AS contest ON true
     WHERE NOT EXISTS (SELECT FROM observations AS later
                        WHERE later.clip_id = clip.id AND later.poll > contest.poll
                          AND (later.decision = 'confirmed' OR later.provider = contest.claimed_by
                               AND later.claimed_views = 0 AND later.decision NOT IN ('refused', 'repeated')));

GRANT SELECT ON clip_contests TO creditroll_app;
GRANT SELECT, INSERT ON provider_attempts, observations, accruals, holds, earning_deductions TO creditroll_app;
GRANT UPDATE (release_entry_id) ON holds TO creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
