-- +goose Up
CREATE TABLE payout_runs (
    id                     uuid NOT NULL,
    period                 text NOT NULL,
    -- 1 is the weekly run. Another run of the same week has a number up to 99 that a person gave. The
    -- run of an instant payout takes the next number above 1000.
    number                 integer NOT NULL DEFAULT 1,
    status                 text NOT NULL,
    blocked_reason         text,
    payouts                integer NOT NULL DEFAULT 0,
    at_bank                integer NOT NULL DEFAULT 0,
    -- Open blocking differences that concern no known creator and no campaign. They stop no one.
    unassigned_differences integer NOT NULL DEFAULT 0,
    started_by             text NOT NULL,
    approved_by            text,
    cancelled_by           text,
    cancel_reason          text,
    started_at             timestamptz NOT NULL DEFAULT now(),
    finished_at            timestamptz,
    CONSTRAINT payout_runs_pkey PRIMARY KEY (id),
    CONSTRAINT payout_runs_period_key UNIQUE (period, number),
    -- The year must have that ISO week. December 28 is always in the last one.
    CONSTRAINT payout_runs_period_check CHECK (CASE WHEN period ~ '^[1-9][0-9]{3}-W[0-9]{2}$'
        THEN right(period, 2)::integer BETWEEN 1 AND extract(week FROM make_date(left(period, 4)::integer, 12, 28)) ELSE false END),
    CONSTRAINT payout_runs_number_check CHECK (number BETWEEN 1 AND 99 OR number > 1000),
    CONSTRAINT payout_runs_status_check CHECK (status IN ('running', 'awaiting_approval', 'blocked', 'finished', 'cancelled')),
    -- An id that differs only in case or in blanks around it is the same person.
    CONSTRAINT payout_runs_two_people_check CHECK (two_people(started_by, approved_by))
);

-- One sequence for all weeks, so that two instant payouts never wait for each other's number.
CREATE SEQUENCE instant_run_numbers AS integer START 1001;

-- The reservation freezes the amount and the lines. payout_account is empty until the creator has
-- one. Until a transfer is sent it follows the creator; reserved_account is what it was first.
-- adopted_at is set if the payout was taken up from the payment processor, which had its transfer
-- when the books did not.
CREATE TABLE payouts (
    id                uuid NOT NULL,
    run_id            uuid NOT NULL,
    creator_id        uuid NOT NULL,
    currency          text NOT NULL,
    amount_minor      bigint NOT NULL,
    payout_account    text NOT NULL,
    reserved_account  text NOT NULL,
    status            text NOT NULL,
    attention_reason  text,
    transfer_id       text,
    bank_payout_id    text,
    failure_code      text,
    -- When the bank payout was last booked as paid. The bank may return it for some days.
    paid_at           timestamptz,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    adopted_at        timestamptz,
    -- The method that was asked for, and what the creator pays for it in addition to the amount. If
    -- the bank payout could not be instant, fallback_code says why, and the fee was returned.
    method            text NOT NULL DEFAULT 'standard',
    fee_minor         bigint NOT NULL DEFAULT 0,
    fallback_code     text,
    CONSTRAINT payouts_pkey PRIMARY KEY (id),
    CONSTRAINT payouts_run_fkey FOREIGN KEY (run_id) REFERENCES payout_runs (id),
    CONSTRAINT payouts_creator_fkey FOREIGN KEY (creator_id) REFERENCES creators (id),
    CONSTRAINT payouts_amount_check CHECK (amount_minor > 0),
    CONSTRAINT payouts_method_check CHECK (method IN ('standard', 'instant')),
    CONSTRAINT payouts_fee_check CHECK (fee_minor >= 0 AND (method = 'instant' OR fee_minor = 0 AND fallback_code IS NULL)),
    CONSTRAINT payouts_status_check CHECK (status IN
        ('reserved', 'transferring', 'transferred', 'paying_out', 'paid', 'needs_attention', 'reversing', 'cancelled', 'returned', 'settled'))
);
-- The id of an adopted payout may not show its run. Such a payout is filed under the week of its
-- transfer, where the creator may have another one.
CREATE UNIQUE INDEX payouts_once_a_run_key ON payouts (run_id, creator_id, currency) WHERE adopted_at IS NULL;
CREATE INDEX payouts_creator_idx ON payouts (creator_id, id);
CREATE INDEX payouts_account_idx ON payouts (payout_account, id);
CREATE INDEX payouts_paying_out_idx ON payouts (id) WHERE status = 'paying_out';
CREATE INDEX payouts_attention_idx ON payouts (id) WHERE status = 'needs_attention';
-- For the watch over workflows: payouts whose workflow must run.
CREATE INDEX payouts_open_idx ON payouts (id) WHERE status NOT IN ('paid', 'cancelled', 'returned', 'settled');
CREATE INDEX payouts_paid_idx ON payouts (paid_at) WHERE status = 'paid';

-- Creators who could be paid in a currency, but are left out of a run. detail is the id of the
-- difference, or what the person wrote who excluded the creator.
CREATE TABLE payout_run_exclusions (
    run_id       uuid NOT NULL,
    creator_id   uuid NOT NULL,
    currency     text NOT NULL,
    amount_minor bigint NOT NULL,
    reason       text NOT NULL,
    detail       text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT payout_run_exclusions_pkey PRIMARY KEY (run_id, creator_id, currency),
    CONSTRAINT payout_run_exclusions_run_fkey FOREIGN KEY (run_id) REFERENCES payout_runs (id),
    CONSTRAINT payout_run_exclusions_creator_fkey FOREIGN KEY (creator_id) REFERENCES creators (id),
    CONSTRAINT payout_run_exclusions_reason_check CHECK (reason IN ('stripe_differs', 'excluded_by_person'))
);

-- left_minor stays available, because a bank takes no such fraction of the currency. The amount
-- of the line is what the campaign owed without it.
CREATE TABLE payout_lines (
    payout_id    uuid NOT NULL,
    campaign_id  uuid NOT NULL,
    amount_minor bigint NOT NULL,
    left_minor   bigint NOT NULL,
    CONSTRAINT payout_lines_pkey PRIMARY KEY (payout_id, campaign_id),
    CONSTRAINT payout_lines_payout_fkey FOREIGN KEY (payout_id) REFERENCES payouts (id),
    CONSTRAINT payout_lines_campaign_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns (id),
    CONSTRAINT payout_lines_amount_check CHECK (amount_minor > 0),
    CONSTRAINT payout_lines_left_check CHECK (left_minor >= 0)
);
CREATE INDEX payout_lines_campaign_idx ON payout_lines (campaign_id);

-- One row for each intent to move money, written before the call. outcome stays 'unknown' until
-- an answer or a look-up settles it. It is 'settled' if people settled the payout outside. The unique index below allows a payout only one applied
-- transfer, and only one applied bank payout at a time.
CREATE TABLE payout_attempts (
    payout_id       uuid NOT NULL,
    phase           text NOT NULL,
    generation      integer NOT NULL,
    idempotency_key text NOT NULL,
    -- The amount of the request. It belongs to the key, so it never changes.
    amount_minor    bigint NOT NULL,
    outcome         text NOT NULL,
    external_id     text,
    failure_code    text,
    -- What the rail said about a refusal, in its own words but for the message.
    failure_remark  jsonb,
    -- The method of a bank payout. It belongs to the key, so it never changes.
    method          text NOT NULL DEFAULT 'standard',
    -- The currency of the amount of a bank payout, if the payout was converted.
    currency        text,
    -- The currency that a transfer was expected to become when it was sent.
    converts_into   text,
    -- The rail's id of the bank account or card that a bank payout went to, or that refused it.
    bank_account    text,
    intended_at     timestamptz NOT NULL DEFAULT now(),
    settled_at      timestamptz,
    CONSTRAINT payout_attempts_pkey PRIMARY KEY (payout_id, phase, generation),
    CONSTRAINT payout_attempts_payout_fkey FOREIGN KEY (payout_id) REFERENCES payouts (id),
    CONSTRAINT payout_attempts_key_key UNIQUE (idempotency_key),
    CONSTRAINT payout_attempts_phase_check CHECK (phase IN ('transfer', 'bank_payout', 'reversal')),
    CONSTRAINT payout_attempts_outcome_check CHECK (outcome IN ('unknown', 'applied', 'refused', 'undone', 'settled')),
    CONSTRAINT payout_attempts_method_check CHECK (method = 'standard' OR method = 'instant' AND phase = 'bank_payout'),
    CONSTRAINT payout_attempts_currency_check CHECK (currency IS NULL OR phase = 'bank_payout'),
    CONSTRAINT payout_attempts_into_check CHECK (converts_into IS NULL OR phase = 'transfer'),
    CONSTRAINT payout_attempts_bank_check CHECK (bank_account IS NULL OR phase = 'bank_payout'),
    CONSTRAINT payout_attempts_amount_check CHECK (amount_minor > 0),
    CONSTRAINT payout_attempts_generation_check CHECK (generation > 0)
);
-- A phase has at most one attempt that moved money or may have moved it.
CREATE UNIQUE INDEX payout_attempts_one_applied_key ON payout_attempts (payout_id, phase) WHERE outcome IN ('unknown', 'applied');
-- For reconciliation: the attempt of an object, and the attempts of a window.
CREATE INDEX payout_attempts_external_idx ON payout_attempts (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX payout_attempts_intended_idx ON payout_attempts (intended_at);
CREATE INDEX payout_attempts_unknown_idx ON payout_attempts (payout_id) WHERE outcome = 'unknown';

CREATE TABLE operator_actions (
    id          uuid NOT NULL,
    subject     text NOT NULL,
    action      text NOT NULL,
    actor       text NOT NULL,
    reason      text NOT NULL,
    evidence    text NOT NULL DEFAULT '',
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT operator_actions_pkey PRIMARY KEY (id)
);
CREATE INDEX operator_actions_subject_idx ON operator_actions (subject, recorded_at);
CREATE TRIGGER operator_actions_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON operator_actions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payout_lines_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON payout_lines
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT ON payout_runs, payouts, payout_attempts TO creditroll_app;
GRANT UPDATE ON payout_runs TO creditroll_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON payout_run_exclusions TO creditroll_app;
GRANT UPDATE (status, attention_reason, transfer_id, bank_payout_id, failure_code, paid_at, fallback_code, updated_at) ON payouts TO creditroll_app;
GRANT USAGE ON SEQUENCE instant_run_numbers TO creditroll_app;
GRANT UPDATE (outcome, external_id, failure_code, failure_remark, bank_account, settled_at) ON payout_attempts TO creditroll_app;
GRANT SELECT, INSERT ON payout_lines, operator_actions TO creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
