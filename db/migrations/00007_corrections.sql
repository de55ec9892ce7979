-- +goose Up
-- Corrections of the books by people. One person proposes and another decides. An approval posts
-- its entries in the transaction that decides. A decision is final. amount_minor is the gross of
-- a clawback, where zero stands for all of the clip, the debt of a write-off, or what is settled
-- outside. postings are those of an adjustment. how says what became of money that is settled
-- outside, and reference identifies it at a bank or the payment processor.
CREATE TABLE corrections (
    id              uuid NOT NULL,
    kind            text NOT NULL,
    status          text NOT NULL DEFAULT 'proposed',
    currency        text NOT NULL,
    clip_id         uuid,
    creator_id      uuid,
    campaign_id     uuid,
    payout_id       uuid,
    withdrawal_id   uuid,
    payment_intent_id text,
    how             text,
    amount_minor    bigint NOT NULL,
    postings        jsonb NOT NULL,
    effective_at    timestamptz,
    proposed_by     text NOT NULL,
    proposed_at     timestamptz NOT NULL,
    reason          text NOT NULL,
    evidence        text NOT NULL,
    reference       text NOT NULL,
    request_hash    bytea NOT NULL,
    decided_by      text,
    decided_at      timestamptz,
    decision_reason text,
    corrected_minor bigint NOT NULL DEFAULT 0,
    CONSTRAINT corrections_pkey PRIMARY KEY (id),
    CONSTRAINT corrections_clip_fkey FOREIGN KEY (clip_id) REFERENCES clips (id),
    CONSTRAINT corrections_creator_fkey FOREIGN KEY (creator_id) REFERENCES creators (id),
    CONSTRAINT corrections_campaign_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns (id),
    CONSTRAINT corrections_payout_fkey FOREIGN KEY (payout_id) REFERENCES payouts (id),
    CONSTRAINT corrections_kind_check CHECK (kind IN ('adjustment', 'clawback', 'write_off', 'settle_payout', 'settle_refund', 'settle_withdrawal', 'settle_converted_payment', 'settle_balance')),
    CONSTRAINT corrections_settled_check CHECK (kind NOT LIKE 'settle%' OR btrim(evidence) <> '' AND btrim(reference) <> ''),
    CONSTRAINT corrections_payout_check CHECK ((kind = 'settle_payout') = (payout_id IS NOT NULL)),
    CONSTRAINT corrections_withdrawal_check CHECK ((kind = 'settle_withdrawal') = (withdrawal_id IS NOT NULL)),
    CONSTRAINT corrections_payment_check CHECK ((kind = 'settle_converted_payment') = (payment_intent_id IS NOT NULL)),
    CONSTRAINT corrections_how_check CHECK (CASE kind WHEN 'settle_payout' THEN how IS NOT NULL AND how IN ('paid_to_creator', 'lost')
        WHEN 'settle_balance' THEN how IS NOT NULL AND how IN ('found', 'gone') ELSE how IS NULL END),
    CONSTRAINT corrections_status_check CHECK (status IN ('proposed', 'approved', 'rejected')),
    CONSTRAINT corrections_amount_check CHECK (amount_minor >= 0 AND corrected_minor >= 0),
    CONSTRAINT corrections_reason_check CHECK (reason <> '' AND btrim(proposed_by) <> ''),
    -- An id that differs only in case or in blanks around it is the same person.
    CONSTRAINT corrections_two_people_check CHECK (two_people(proposed_by, decided_by)),
    CONSTRAINT corrections_decided_check CHECK ((status = 'proposed') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL))
);
CREATE INDEX corrections_clip_idx ON corrections (clip_id) WHERE kind = 'clawback';
CREATE INDEX corrections_payout_idx ON corrections (payout_id) WHERE payout_id IS NOT NULL;
CREATE INDEX corrections_proposed_idx ON corrections (id) WHERE status = 'proposed';

-- What was proposed never changes, and is decided once.
-- +goose StatementBegin
CREATE FUNCTION check_correction_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'proposed' OR (to_jsonb(OLD) - '{status,decided_by,decided_at,decision_reason,corrected_minor}'::text[])
            <> (to_jsonb(NEW) - '{status,decided_by,decided_at,decision_reason,corrected_minor}'::text[]) THEN
        RAISE EXCEPTION 'correction % was %: it can no longer change', OLD.id, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER corrections_decided_once BEFORE UPDATE ON corrections
    FOR EACH ROW EXECUTE FUNCTION check_correction_decided_once();
CREATE TRIGGER corrections_kept BEFORE DELETE OR TRUNCATE ON corrections
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The entries that an approval posted. An entry belongs to one correction.
CREATE TABLE correction_entries (
    entry_id      uuid NOT NULL,
    correction_id uuid NOT NULL,
    CONSTRAINT correction_entries_pkey PRIMARY KEY (entry_id),
    CONSTRAINT correction_entries_entry_fkey FOREIGN KEY (entry_id) REFERENCES journal_entries (id),
    CONSTRAINT correction_entries_correction_fkey FOREIGN KEY (correction_id) REFERENCES corrections (id)
);
CREATE INDEX correction_entries_correction_idx ON correction_entries (correction_id);
CREATE TRIGGER correction_entries_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON correction_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Payments that a brand's bank has taken back. frozen is the part of the amount that the campaign
-- had left. While the dispute is open, it is part of the campaign's disputed_minor. Of a lost
-- dispute, it is what came out of escrow.
CREATE TABLE funding_disputes (
    dispute_id        text NOT NULL,
    campaign_id       uuid NOT NULL,
    payment_intent_id text NOT NULL,
    currency          text NOT NULL,
    amount_minor      bigint NOT NULL,
    fee_minor         bigint NOT NULL,
    frozen_minor      bigint NOT NULL,
    status            text NOT NULL DEFAULT 'open',
    opened_at         timestamptz NOT NULL,
    closed_at         timestamptz,
    CONSTRAINT funding_disputes_pkey PRIMARY KEY (dispute_id),
    CONSTRAINT funding_disputes_campaign_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns (id),
    CONSTRAINT funding_disputes_status_check CHECK (status IN ('open', 'won', 'lost')),
    CONSTRAINT funding_disputes_closed_check CHECK ((status = 'open') = (closed_at IS NULL)),
    CONSTRAINT funding_disputes_amounts_check CHECK (amount_minor > 0 AND fee_minor >= 0 AND frozen_minor BETWEEN 0 AND amount_minor)
);
CREATE INDEX funding_disputes_campaign_idx ON funding_disputes (campaign_id, dispute_id);
CREATE TRIGGER funding_disputes_kept BEFORE DELETE OR TRUNCATE ON funding_disputes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT ON corrections, correction_entries, funding_disputes TO creditroll_app;
GRANT UPDATE (status, decided_by, decided_at, decision_reason, corrected_minor) ON corrections TO creditroll_app;
GRANT UPDATE (frozen_minor, status, closed_at) ON funding_disputes TO creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
