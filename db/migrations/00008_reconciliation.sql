-- +goose Up
-- The latest state of each object of the payment processor that concerns the books. It has no
-- personal data. Our ids come from metadata, where any user of the account may write, so they are
-- text.
CREATE TABLE processor_objects (
    object_type    text NOT NULL,
    object_id      text NOT NULL,
    account        text NOT NULL DEFAULT '',
    amount_minor   bigint NOT NULL,
    currency       text NOT NULL,
    status         text NOT NULL,
    reversed_minor bigint NOT NULL DEFAULT 0,
    payout_id      text NOT NULL DEFAULT '',
    campaign_id    text NOT NULL DEFAULT '',
    generation     integer NOT NULL DEFAULT 0,
    source_type    text NOT NULL DEFAULT '',
    source_id      text NOT NULL DEFAULT '',
    parent_id      text NOT NULL DEFAULT '',
    created_at     timestamptz NOT NULL,
    changed_at     timestamptz NOT NULL,
    first_seen_at  timestamptz NOT NULL,
    last_seen_at   timestamptz NOT NULL,
    CONSTRAINT processor_objects_pkey PRIMARY KEY (object_type, object_id),
    CONSTRAINT processor_objects_type_check CHECK (object_type IN
        ('payment_intent', 'refund', 'transfer', 'transfer_reversal', 'payout', 'dispute', 'balance_transaction'))
);
-- What a pass has seen and what it has not. The comparison reads only that.
CREATE INDEX processor_objects_seen_idx ON processor_objects (last_seen_at);
-- Objects that were too fresh to be judged when they were last seen.
CREATE INDEX processor_objects_fresh_idx ON processor_objects ((last_seen_at - changed_at));
-- Movements of the balance whose source is to be requested by its id.
CREATE INDEX processor_objects_source_idx ON processor_objects (source_type, source_id);
-- Refunds and disputes that are under way or changed lately, whatever their age.
CREATE INDEX processor_objects_pending_idx ON processor_objects (changed_at, status) WHERE object_type IN ('refund', 'dispute');
-- The transfers and bank payouts of a payout, whether or not the books have it.
CREATE INDEX processor_objects_payout_idx ON processor_objects (payout_id) WHERE payout_id <> '' AND object_type IN ('transfer', 'payout');
-- A second refund of a campaign is a duplicate.
CREATE INDEX processor_objects_campaign_idx ON processor_objects (campaign_id) WHERE object_type = 'refund';

CREATE TABLE reconciliation_passes (
    id          uuid NOT NULL,
    started_at  timestamptz NOT NULL,
    since       timestamptz NOT NULL,
    -- True if the pass goes through the whole window, and not only through what is recent.
    whole       boolean NOT NULL,
    finished_at timestamptz,
    objects     integer NOT NULL DEFAULT 0,
    unreadable  integer NOT NULL DEFAULT 0,
    found       integer NOT NULL DEFAULT 0,
    cleared     integer NOT NULL DEFAULT 0,
    still_open  integer NOT NULL DEFAULT 0,
    blocking    integer NOT NULL DEFAULT 0,
    CONSTRAINT reconciliation_passes_pkey PRIMARY KEY (id)
);
CREATE INDEX reconciliation_passes_started_idx ON reconciliation_passes (started_at, id);

-- A difference is open until a pass clears it or a person acknowledges it. A person may only
-- acknowledge an unknown object, or the amount of a movement, which never changes. A difference
-- is never deleted.
CREATE TABLE reconciliation_differences (
    id              uuid NOT NULL,
    class           text NOT NULL,
    object_type     text NOT NULL,
    object_id       text NOT NULL,
    account         text NOT NULL DEFAULT '',
    parent_id       text NOT NULL DEFAULT '',
    subject         text NOT NULL DEFAULT '',
    ours            text NOT NULL,
    theirs          text NOT NULL,
    currency        text NOT NULL,
    detail          text NOT NULL,
    blocking        boolean NOT NULL,
    found_at        timestamptz NOT NULL,
    found_by        uuid NOT NULL,
    last_seen_at    timestamptz NOT NULL,
    cleared_at      timestamptz,
    cleared_by      uuid,
    acknowledged_at timestamptz,
    acknowledged_by text,
    CONSTRAINT reconciliation_differences_pkey PRIMARY KEY (id),
    CONSTRAINT reconciliation_differences_found_fkey FOREIGN KEY (found_by) REFERENCES reconciliation_passes (id),
    CONSTRAINT reconciliation_differences_cleared_fkey FOREIGN KEY (cleared_by) REFERENCES reconciliation_passes (id),
    CONSTRAINT reconciliation_differences_class_check CHECK (class IN
        ('missing_here', 'missing_there', 'amount', 'currency', 'state', 'duplicate', 'unknown')),
    CONSTRAINT reconciliation_differences_acknowledged_check CHECK
        (acknowledged_at IS NULL OR class = 'unknown' OR class = 'amount' AND object_type = 'balance_transaction')
);
CREATE UNIQUE INDEX reconciliation_differences_standing_key ON reconciliation_differences (object_type, object_id, class) WHERE cleared_at IS NULL;
CREATE INDEX reconciliation_differences_found_idx ON reconciliation_differences (found_by);
CREATE INDEX reconciliation_differences_cleared_idx ON reconciliation_differences (cleared_by) WHERE cleared_by IS NOT NULL;

GRANT SELECT, INSERT, UPDATE ON processor_objects TO creditroll_app;
GRANT SELECT, INSERT ON reconciliation_passes, reconciliation_differences TO creditroll_app;
GRANT UPDATE (finished_at, objects, unreadable, found, cleared, still_open, blocking) ON reconciliation_passes TO creditroll_app;
GRANT UPDATE (subject, ours, theirs, currency, detail, blocking, last_seen_at, cleared_at, cleared_by, acknowledged_at, acknowledged_by)
    ON reconciliation_differences TO creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
