-- +goose Up
-- A row for each month that was ever detached from a partitioned table (docs/guides/months.md).
-- Up to through_seq, the balance of an account is its last checkpoint. balances_hash covers all of
-- these. The tables below keep what else is needed of detached postings.
CREATE TABLE archived_months (
    parent            text NOT NULL,
    month             text NOT NULL,
    table_name        text NOT NULL,
    first_id          uuid NOT NULL,
    next_id           uuid NOT NULL,
    through_seq       bigint NOT NULL,
    entries           bigint NOT NULL,
    last_effective_at timestamptz,
    last_recorded_at  timestamptz,
    balances_hash     bytea NOT NULL,
    archived_by       text NOT NULL,
    reason            text NOT NULL,
    archived_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT archived_months_pkey PRIMARY KEY (parent, month),
    CONSTRAINT archived_months_parent_check CHECK (parent IN ('postings', 'observations')),
    CONSTRAINT archived_months_hash_check CHECK (octet_length(balances_hash) = 32)
);
-- The part of detached postings in a trial balance.
CREATE TABLE archived_totals (
    month        text NOT NULL,
    currency     text NOT NULL,
    debit_minor  bigint NOT NULL,
    credit_minor bigint NOT NULL,
    postings     bigint NOT NULL,
    CONSTRAINT archived_totals_pkey PRIMARY KEY (month, currency)
);
-- The legs of entries that checks and reconciliation read one by one: those of all kinds that are
-- not bulk (ledger_kinds).
CREATE TABLE archived_postings (
    entry_id     uuid NOT NULL,
    account_id   bigint NOT NULL,
    amount_minor bigint NOT NULL,
    line         smallint NOT NULL,
    currency     text NOT NULL,
    month        text NOT NULL,
    CONSTRAINT archived_postings_pkey PRIMARY KEY (entry_id, line)
);
-- The last reading of clips whose month is archived.
CREATE TABLE archived_readings (
    clip_id        uuid NOT NULL,
    poll           integer NOT NULL,
    views          bigint NOT NULL,
    accepted_views bigint NOT NULL,
    claimed_views  bigint NOT NULL,
    CONSTRAINT archived_readings_pkey PRIMARY KEY (clip_id)
);

-- The months that are detached now. A month that was attached again is not one of them.
CREATE VIEW detached_months AS
    SELECT archived.parent, archived.month, archived.table_name, archived.first_id, archived.next_id, archived.through_seq, archived.entries,
           archived.last_effective_at, archived.last_recorded_at, archived.balances_hash, archived.archived_by, archived.reason, archived.archived_at
      FROM archived_months AS archived
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_inherits AS inherits JOIN pg_catalog.pg_class AS child ON child.oid = inherits.inhrelid
                        WHERE inherits.inhparent = ('public.' || archived.parent)::regclass AND child.relname = archived.table_name);
-- For looking up the legs of single entries, also of archived ones.
CREATE VIEW known_postings AS
    SELECT entry_id, account_id, amount_minor, currency FROM postings
    UNION ALL
    SELECT kept.entry_id, kept.account_id, kept.amount_minor, kept.currency FROM archived_postings AS kept
     WHERE kept.month IN (SELECT detached.month FROM detached_months AS detached WHERE detached.parent = 'postings');
CREATE TRIGGER archived_months_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON archived_months
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER archived_totals_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON archived_totals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER archived_postings_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON archived_postings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER archived_readings_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON archived_readings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT ON archived_months, archived_totals, archived_postings, archived_readings, detached_months, known_postings TO creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
