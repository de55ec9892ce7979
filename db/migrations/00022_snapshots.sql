-- +goose Up
-- Jobs of view providers that take minutes. A row is written before the provider is asked, so that its notification,
-- which names the row, always finds the calls that wait. snapshot_id is the provider's. next_look_at is when the provider
-- is asked without a notification, or when answers are still to be given; NULL once nothing is left to do.
CREATE TABLE view_snapshots (
    id           uuid NOT NULL,
    provider     text NOT NULL,
    platform     text NOT NULL,
    snapshot_id  text,
    status       text NOT NULL DEFAULT 'triggering',
    started_at   timestamptz NOT NULL,
    next_look_at timestamptz,
    looks        integer NOT NULL DEFAULT 0,
    ended_at     timestamptz,
    CONSTRAINT view_snapshots_pkey PRIMARY KEY (id),
    CONSTRAINT view_snapshots_status_check CHECK (status IN ('triggering', 'refused', 'running', 'collected', 'failed', 'expired')),
    CONSTRAINT view_snapshots_ended_check CHECK ((ended_at IS NOT NULL) = (status IN ('collected', 'failed', 'expired')))
);
CREATE INDEX view_snapshots_due_idx ON view_snapshots (next_look_at) WHERE next_look_at IS NOT NULL;
CREATE INDEX view_snapshots_started_idx ON view_snapshots (started_at);

-- The calls that wait for a snapshot. The campaign of the first call for a post pays for its reading. task_token is how Temporal knows a call. answer has no personal data: authors are
-- digests. outcome is what became of the call.
CREATE TABLE view_snapshot_clips (
    view_snapshot_id uuid NOT NULL,
    external_id      text NOT NULL,
    place            integer NOT NULL,
    campaign_id      text NOT NULL,
    workflow_id      text NOT NULL,
    task_token       bytea NOT NULL,
    answer           jsonb,
    outcome          text,
    CONSTRAINT view_snapshot_clips_pkey PRIMARY KEY (view_snapshot_id, external_id, place),
    CONSTRAINT view_snapshot_clips_snapshot_fkey FOREIGN KEY (view_snapshot_id) REFERENCES view_snapshots (id) ON DELETE CASCADE,
    CONSTRAINT view_snapshot_clips_outcome_check CHECK (outcome IN ('answered', 'failed_over', 'late', 'too_old', 'no_workflow'))
);

GRANT SELECT, INSERT, UPDATE, DELETE ON view_snapshots, view_snapshot_clips TO creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
