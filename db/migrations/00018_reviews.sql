-- +goose Up
-- A clip in review waits from review_since to review_deadline. review_closed_at is when the end of its campaign
-- has read it for the last time. The last decision on a clip is with it; operator_actions has all of them.
ALTER TABLE clips
    ADD COLUMN review_since     timestamptz,
    ADD COLUMN review_deadline  timestamptz,
    ADD COLUMN review_closed_at timestamptz,
    ADD COLUMN decision         text,
    ADD COLUMN decided_kind     text,
    ADD COLUMN decided_by       text,
    ADD COLUMN decision_code    text,
    ADD COLUMN decision_note_id uuid,
    ADD COLUMN decided_at       timestamptz,
    ADD CONSTRAINT clips_review_check CHECK ((review_since IS NULL) = (review_deadline IS NULL)),
    ADD CONSTRAINT clips_decided_check CHECK (decided_kind IN ('person', 'rule') AND decision IS NOT NULL AND decided_by IS NOT NULL AND decided_at IS NOT NULL
        OR num_nonnulls(decision, decided_kind, decided_by, decided_at) = 0);
CREATE INDEX clips_review_idx ON clips (campaign_id, submitted_at, id) WHERE status = 'in_review';

-- What people write about a decision. It can name persons, so it is here alone: workflows and actions have the id.
CREATE TABLE notes (
    id         uuid NOT NULL,
    subject    text NOT NULL,
    author     text NOT NULL,
    body       text NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT notes_pkey PRIMARY KEY (id),
    CONSTRAINT notes_body_check CHECK (body <> '')
);

-- kept_minor counts as unspent, and is kept for the clips of kept_reviews. reviews counts the moves of clips into
-- review and out of it, and other changes that the next credit of a clip depends on: as readings and clawbacks do, it shows that what
-- a process remembers of the clips is outdated.
ALTER TABLE campaign_budgets
    ADD COLUMN kept_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN reviews    bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT campaign_budgets_reviews_check CHECK (kept_minor >= 0 AND spent_minor + refunded_minor + kept_minor <= funded_minor);

-- A clip that was in review when its campaign ended, what was kept for it first, and what is kept now. wanted_minor is
-- what its approval would have paid out of an endless budget, and claimed_minor the same if its unconfirmed count were
-- true. Clips have the budget in the order of their submission, and unconfirmed counts what is left then. After a rejection
-- the money stays until release_after, or until an appeal is decided.
CREATE TABLE kept_reviews (
    clip_id       uuid NOT NULL,
    campaign_id   uuid NOT NULL,
    submitted_at  timestamptz NOT NULL,
    first_minor   bigint NOT NULL,
    wanted_minor  bigint NOT NULL,
    claimed_minor bigint NOT NULL,
    kept_minor    bigint NOT NULL,
    kept_at       timestamptz NOT NULL,
    release_after timestamptz,
    CONSTRAINT kept_reviews_pkey PRIMARY KEY (clip_id),
    CONSTRAINT kept_reviews_clip_fkey FOREIGN KEY (clip_id) REFERENCES clips (id),
    CONSTRAINT kept_reviews_campaign_fkey FOREIGN KEY (campaign_id) REFERENCES campaign_budgets (campaign_id),
    CONSTRAINT kept_reviews_amount_check CHECK (kept_minor >= 0 AND kept_minor <= claimed_minor AND wanted_minor <= claimed_minor)
);
CREATE INDEX kept_reviews_campaign_idx ON kept_reviews (campaign_id, submitted_at, clip_id) INCLUDE (kept_minor) WHERE kept_minor > 0;

-- An objection to a decision of a person, which another person decides. A subject has one at most.
CREATE TABLE appeals (
    id              uuid NOT NULL,
    subject_kind    text NOT NULL,
    subject_id      uuid NOT NULL,
    campaign_id     uuid NOT NULL,
    creator_id      uuid NOT NULL,
    -- The decision that is appealed.
    appealed        text NOT NULL,
    appealed_code   text NOT NULL,
    appealed_by     text NOT NULL,
    appealed_at     timestamptz NOT NULL,
    statement       text NOT NULL,
    filed_by        text NOT NULL,
    filed_at        timestamptz NOT NULL,
    status          text NOT NULL DEFAULT 'open',
    decided_by      text,
    decided_at      timestamptz,
    decision_note_id uuid,
    CONSTRAINT appeals_pkey PRIMARY KEY (id),
    CONSTRAINT appeals_subject_key UNIQUE (subject_kind, subject_id),
    CONSTRAINT appeals_campaign_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns (id),
    CONSTRAINT appeals_creator_fkey FOREIGN KEY (creator_id) REFERENCES creators (id),
    CONSTRAINT appeals_kind_check CHECK (subject_kind IN ('clip')),
    CONSTRAINT appeals_statement_check CHECK (statement <> ''),
    CONSTRAINT appeals_status_check CHECK (status IN ('open', 'upheld', 'overturned')),
    CONSTRAINT appeals_decided_check CHECK ((status = 'open') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
    CONSTRAINT appeals_two_people_check CHECK (decided_by IS NULL OR two_people(appealed_by, decided_by) AND two_people(filed_by, decided_by))
);
CREATE INDEX appeals_open_idx ON appeals (filed_at, id) WHERE status = 'open';
CREATE INDEX appeals_campaign_idx ON appeals (campaign_id);

-- What was appealed never changes, and an appeal is decided once.
-- +goose StatementBegin
CREATE FUNCTION check_appeal_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'open' OR (to_jsonb(OLD) - '{status,decided_by,decided_at,decision_note_id}'::text[])
            <> (to_jsonb(NEW) - '{status,decided_by,decided_at,decision_note_id}'::text[]) THEN
        RAISE EXCEPTION 'an appeal is decided once' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'appeals_decided_once';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER appeals_decided_once BEFORE UPDATE ON appeals FOR EACH ROW EXECUTE FUNCTION check_appeal_decided_once();
CREATE TRIGGER appeals_kept BEFORE DELETE OR TRUNCATE ON appeals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER kept_reviews_kept BEFORE DELETE OR TRUNCATE ON kept_reviews FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Every clip that has or had money kept for it, and every appeal without its texts.
CREATE VIEW audit.kept_reviews AS
    SELECT clip_id, campaign_id, submitted_at, first_minor, wanted_minor, claimed_minor, kept_minor, kept_at, release_after FROM public.kept_reviews;
CREATE VIEW audit.appeals AS
    SELECT id AS appeal_id, subject_kind, subject_id, campaign_id, creator_id, appealed, appealed_code, appealed_by, appealed_at,
           filed_by, filed_at, status, decided_by, decided_at
      FROM public.appeals;
GRANT SELECT ON audit.kept_reviews, audit.appeals TO creditroll_audit, creditroll_app;

GRANT SELECT, INSERT ON notes, kept_reviews, appeals TO creditroll_app;
GRANT UPDATE (kept_minor, release_after) ON kept_reviews TO creditroll_app;
GRANT UPDATE (status, decided_by, decided_at, decision_note_id) ON appeals TO creditroll_app;
GRANT UPDATE (kept_minor, reviews) ON campaign_budgets TO creditroll_app;
GRANT UPDATE (review_since, review_deadline, review_closed_at, decision, decided_kind, decided_by, decision_code, decision_note_id, decided_at) ON clips TO creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
