-- +goose Up

-- A proof of a channel: a code that the creator puts into the text of their profile, or of one post of the
-- channel. post_external_id is empty if the code is looked for in the profile. A creator has a proof to
-- themselves, so the code is no secret: it proves only that the owner of the account has put it there.
-- proven_by is a person who has proven the channel by hand.
CREATE TABLE channel_proofs (
    id               uuid NOT NULL,
    channel_id       uuid NOT NULL,
    code             text NOT NULL,
    post_external_id text NOT NULL DEFAULT '',
    issued_at        timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    -- The latest look: when, and what it saw.
    looked_at        timestamptz,
    seen             text NOT NULL DEFAULT '',
    looks            integer NOT NULL DEFAULT 0,
    ended_at         timestamptz,
    -- How it ended; empty while it is under way.
    outcome          text NOT NULL DEFAULT '',
    -- The provider that has shown the code, and its request.
    provider         text,
    attempt_id       uuid,
    CONSTRAINT channel_proofs_pkey PRIMARY KEY (id),
    CONSTRAINT channel_proofs_channel_fkey FOREIGN KEY (channel_id) REFERENCES channels (id),
    CONSTRAINT channel_proofs_outcome_check CHECK (outcome IN ('', 'proven', 'expired', 'cancelled', 'superseded', 'replaced')),
    CONSTRAINT channel_proofs_ended_check CHECK ((outcome = '') = (ended_at IS NULL)),
    CONSTRAINT channel_proofs_evidence_check CHECK ((outcome = 'proven') <= (provider IS NOT NULL AND attempt_id IS NOT NULL))
);
CREATE INDEX channel_proofs_channel_idx ON channel_proofs (channel_id, issued_at);
CREATE UNIQUE INDEX channel_proofs_open_key ON channel_proofs (channel_id) WHERE outcome = '';
CREATE TRIGGER channel_proofs_kept BEFORE DELETE OR TRUNCATE ON channel_proofs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT ON channel_proofs TO creditroll_app;
GRANT UPDATE (looked_at, seen, looks, ended_at, outcome, provider, attempt_id) ON channel_proofs TO creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
