-- +goose Up
-- What people add to a clip to prove something. A row is written before its file, which is complete once
-- stored_at is set. So no file exists without a row, whenever the process dies.
CREATE TABLE evidence (
    id           uuid NOT NULL,
    clip_id      uuid NOT NULL,
    kind         text NOT NULL,
    content_type text,
    size_bytes   bigint,
    digest       text,
    url          text,
    added_by     text NOT NULL,
    added_at     timestamptz NOT NULL,
    stored_at    timestamptz,
    CONSTRAINT evidence_pkey PRIMARY KEY (id),
    CONSTRAINT evidence_clip_fkey FOREIGN KEY (clip_id) REFERENCES clips (id),
    CONSTRAINT evidence_kind_check CHECK (
        kind = 'file' AND content_type IS NOT NULL AND size_bytes > 0 AND digest IS NOT NULL AND url IS NULL
        OR kind = 'link' AND url IS NOT NULL AND stored_at IS NOT NULL AND content_type IS NULL AND size_bytes IS NULL AND digest IS NULL)
);
CREATE INDEX evidence_clip_idx ON evidence (clip_id, added_at, id);
CREATE INDEX evidence_unfinished_idx ON evidence (added_at) WHERE stored_at IS NULL;

GRANT SELECT, INSERT, DELETE ON evidence TO creditroll_app;
GRANT UPDATE (stored_at) ON evidence TO creditroll_app;
