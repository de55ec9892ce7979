-- +goose Up
-- Verified webhooks, stored before they are acknowledged. The payload is the signed body, byte by
-- byte: jsonb refuses the character NUL and would lose the form that was signed.
CREATE TABLE webhook_inbox (
    provider     text NOT NULL,
    event_id     text NOT NULL,
    event_type   text NOT NULL,
    account      text NOT NULL DEFAULT '',
    object_id    text NOT NULL DEFAULT '',
    payout_id    uuid,
    campaign_id  uuid,
    deposit_id   uuid,
    withdrawal_id uuid,
    payload      bytea NOT NULL,
    -- Events about money are delivered first.
    money        boolean NOT NULL,
    received_at  timestamptz NOT NULL DEFAULT now(),
    -- How often the delivery failed, and when it is due. Without a time it is due at once.
    tries        integer NOT NULL DEFAULT 0,
    next_try_at  timestamptz,
    processed_at timestamptz,
    outcome      text,
    CONSTRAINT webhook_inbox_pkey PRIMARY KEY (provider, event_id)
);
CREATE INDEX webhook_inbox_pending_idx ON webhook_inbox (money DESC, received_at) WHERE processed_at IS NULL;

-- Answers of POST requests. The same caller receives them again for the same Idempotency-Key.
CREATE TABLE idempotency_records (
    actor        text NOT NULL,
    key          text NOT NULL,
    request_hash bytea NOT NULL,
    status       integer,
    content_type text,
    body         bytea,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT idempotency_records_pkey PRIMARY KEY (actor, key)
);

-- What a person has stopped at once. A switch without a row is on. operator_actions has each change.
CREATE TABLE kill_switches (
    name       text NOT NULL,
    is_off     boolean NOT NULL,
    reason     text NOT NULL,
    actor      text NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT kill_switches_pkey PRIMARY KEY (name),
    CONSTRAINT kill_switches_name_check CHECK (name IN ('payouts', 'tracking'))
);

GRANT SELECT, INSERT, UPDATE ON kill_switches TO creditroll_app;
GRANT SELECT, INSERT ON webhook_inbox, idempotency_records TO creditroll_app;
GRANT UPDATE (processed_at, outcome, tries, next_try_at) ON webhook_inbox TO creditroll_app;
GRANT UPDATE (status, content_type, body), DELETE ON idempotency_records TO creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
