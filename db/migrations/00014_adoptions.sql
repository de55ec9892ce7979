-- +goose Up
-- Proposals to take up payouts whose transfers the payment processor has and the books do not, as
-- after a restore of an older copy of the database. One person proposes and another decides. A
-- decision is final.
CREATE TABLE adoptions (
    id              uuid NOT NULL,
    status          text NOT NULL DEFAULT 'proposed',
    proposed_by     text NOT NULL,
    proposed_at     timestamptz NOT NULL,
    reason          text NOT NULL,
    decided_by      text,
    decided_at      timestamptz,
    decision_reason text,
    CONSTRAINT adoptions_pkey PRIMARY KEY (id),
    CONSTRAINT adoptions_status_check CHECK (status IN ('proposed', 'approved', 'rejected')),
    CONSTRAINT adoptions_reason_check CHECK (reason <> '' AND btrim(proposed_by) <> ''),
    -- An id that differs only in case or in blanks around it is the same person.
    CONSTRAINT adoptions_two_people_check CHECK (two_people(proposed_by, decided_by)),
    CONSTRAINT adoptions_decided_check CHECK ((status = 'proposed') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL))
);

-- What was proposed never changes, and is decided once.
-- +goose StatementBegin
CREATE FUNCTION check_adoption_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'proposed' OR (to_jsonb(OLD) - '{status,decided_by,decided_at,decision_reason}'::text[])
            <> (to_jsonb(NEW) - '{status,decided_by,decided_at,decision_reason}'::text[]) THEN
        RAISE EXCEPTION 'adoption % was %: it can no longer change', OLD.id, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER adoptions_decided_once BEFORE UPDATE ON adoptions
    FOR EACH ROW EXECUTE FUNCTION check_adoption_decided_once();
CREATE TRIGGER adoptions_kept BEFORE DELETE OR TRUNCATE ON adoptions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The transfers of a proposal, as they were when it was made. period and run_number are the run
-- that the payout belongs to. outcome is waiting, then booked, then adopted once its workflow was started, or
-- refused, or left if the adoption was cancelled first. advanced_minor is what the creator owes by it.
-- A payout whose try failed is set aside: failed_at is when, and the other two columns say why.
CREATE TABLE adoption_items (
    adoption_id    uuid NOT NULL,
    payout_id      uuid NOT NULL,
    transfer_id    text NOT NULL,
    generation     integer NOT NULL,
    account        text NOT NULL,
    creator_id     uuid NOT NULL,
    period         text NOT NULL,
    -- 0 is a run of the payout's own: its id shows no run, and period is the week of its transfer.
    run_number     integer NOT NULL,
    currency       text NOT NULL,
    amount_minor   bigint NOT NULL,
    transferred_at timestamptz NOT NULL,
    outcome        text NOT NULL DEFAULT 'waiting',
    refusal        text,
    advanced_minor bigint NOT NULL DEFAULT 0,
    failure_code   text,
    failure_detail text,
    failed_at      timestamptz,
    CONSTRAINT adoption_items_pkey PRIMARY KEY (adoption_id, payout_id),
    CONSTRAINT adoption_items_adoption_fkey FOREIGN KEY (adoption_id) REFERENCES adoptions (id),
    CONSTRAINT adoption_items_creator_fkey FOREIGN KEY (creator_id) REFERENCES creators (id),
    CONSTRAINT adoption_items_amount_check CHECK (amount_minor > 0 AND advanced_minor BETWEEN 0 AND amount_minor),
    CONSTRAINT adoption_items_outcome_check CHECK (outcome IN ('waiting', 'booked', 'adopted', 'refused', 'left') AND (outcome = 'refused') = (refusal IS NOT NULL)),
    CONSTRAINT adoption_items_failure_check CHECK ((failed_at IS NULL) = (failure_code IS NULL) AND (failed_at IS NULL OR outcome IN ('waiting', 'booked', 'left')))
);
CREATE INDEX adoption_items_open_idx ON adoption_items (adoption_id, failed_at NULLS FIRST, payout_id) WHERE outcome IN ('waiting', 'booked');
CREATE TRIGGER adoption_items_kept BEFORE DELETE OR TRUNCATE ON adoption_items
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- When the database was restored from an older copy. What was sent between the copy and the restore
-- is not in the books, so it is looked up before it is sent again.
CREATE TABLE restores (
    id          uuid NOT NULL,
    restored_at timestamptz NOT NULL,
    actor       text NOT NULL,
    reason      text NOT NULL,
    CONSTRAINT restores_pkey PRIMARY KEY (id),
    CONSTRAINT restores_reason_check CHECK (reason <> '' AND btrim(actor) <> '')
);
CREATE TRIGGER restores_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON restores
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT ON adoptions, adoption_items, restores TO creditroll_app;
GRANT UPDATE (status, decided_by, decided_at, decision_reason) ON adoptions TO creditroll_app;
GRANT UPDATE (outcome, refusal, advanced_minor, failure_code, failure_detail, failed_at) ON adoption_items TO creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
