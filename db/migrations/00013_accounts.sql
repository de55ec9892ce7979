-- +goose Up
-- What the payment rail showed last of each creator's connected account. It names fields that are
-- asked for, never their contents.
CREATE TABLE payout_accounts (
    account              text NOT NULL,
    creator_id           uuid NOT NULL,
    -- ISO 3166-1 alpha-2, for tax reports. Empty while the rail has not shown it to the API.
    country              text NOT NULL DEFAULT '',
    connected            boolean NOT NULL,
    transfers_active     boolean NOT NULL,
    payouts_enabled      boolean NOT NULL,
    disabled             boolean NOT NULL,
    disabled_reason      text NOT NULL,
    payout_interval      text NOT NULL,
    currently_due        text[] NOT NULL,
    past_due             text[] NOT NULL,
    pending_verification text[] NOT NULL,
    updated_at           timestamptz NOT NULL,
    CONSTRAINT payout_accounts_pkey PRIMARY KEY (account),
    CONSTRAINT payout_accounts_creator_fkey FOREIGN KEY (creator_id) REFERENCES creators (id)
);
CREATE INDEX payout_accounts_creator_idx ON payout_accounts (creator_id);

-- Each account that a creator got or is to get. The first one needs no approval, because the
-- creator had none: from_account is empty.
CREATE TABLE payout_account_changes (
    id           uuid NOT NULL,
    creator_id   uuid NOT NULL,
    from_account text NOT NULL,
    to_account   text NOT NULL,
    -- As in payout_accounts, for an account that no creator has yet.
    country      text NOT NULL DEFAULT '',
    proposed_by  text NOT NULL,
    reason       text NOT NULL,
    proposed_at  timestamptz NOT NULL,
    CONSTRAINT payout_account_changes_pkey PRIMARY KEY (id),
    CONSTRAINT payout_account_changes_creator_fkey FOREIGN KEY (creator_id) REFERENCES creators (id),
    CONSTRAINT payout_account_changes_differ_check CHECK (to_account <> '' AND to_account <> from_account)
);
CREATE INDEX payout_account_changes_creator_idx ON payout_account_changes (creator_id, proposed_at);

CREATE TABLE payout_account_approvals (
    change_id    uuid NOT NULL,
    approved_by  text NOT NULL,
    reason       text NOT NULL,
    approved_at  timestamptz NOT NULL,
    effective_at timestamptz NOT NULL,
    CONSTRAINT payout_account_approvals_pkey PRIMARY KEY (change_id),
    CONSTRAINT payout_account_approvals_change_fkey FOREIGN KEY (change_id) REFERENCES payout_account_changes (id),
    CONSTRAINT payout_account_approvals_order_check CHECK (effective_at >= approved_at)
);

-- When a change took effect.
CREATE TABLE payout_account_applications (
    change_id  uuid NOT NULL,
    applied_at timestamptz NOT NULL,
    CONSTRAINT payout_account_applications_pkey PRIMARY KEY (change_id),
    CONSTRAINT payout_account_applications_change_fkey FOREIGN KEY (change_id) REFERENCES payout_account_changes (id)
);

CREATE TRIGGER payout_account_changes_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON payout_account_changes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payout_account_approvals_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON payout_account_approvals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payout_account_applications_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON payout_account_applications
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A second person approves: not the one who proposed.
-- +goose StatementBegin
CREATE FUNCTION check_account_approval() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM payout_account_changes AS change
                WHERE change.id = NEW.change_id AND two_people(change.proposed_by, NEW.approved_by) IS NOT TRUE) THEN
        RAISE EXCEPTION 'the person who proposed an account cannot approve it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payout_account_approvals_two_people_check';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER payout_account_approvals_two_people BEFORE INSERT ON payout_account_approvals
    FOR EACH ROW EXECUTE FUNCTION check_account_approval();

-- The account of a payout is frozen while a transfer went there, or may have.
-- +goose StatementBegin
CREATE FUNCTION check_payout_account() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.payout_account <> OLD.payout_account AND EXISTS (SELECT FROM payout_attempts AS attempt
        WHERE attempt.payout_id = OLD.id AND attempt.phase = 'transfer' AND attempt.outcome IN ('unknown', 'applied')) THEN
        RAISE EXCEPTION 'the account of a payout cannot change after its transfer'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payouts_account_frozen_check';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER payouts_account_frozen BEFORE UPDATE OF payout_account ON payouts
    FOR EACH ROW EXECUTE FUNCTION check_payout_account();

GRANT SELECT, INSERT ON payout_accounts, payout_account_changes, payout_account_approvals, payout_account_applications TO creditroll_app;
GRANT UPDATE (creator_id, country, connected, transfers_active, payouts_enabled, disabled, disabled_reason, payout_interval, currently_due, past_due,
    pending_verification, updated_at) ON payout_accounts TO creditroll_app;
GRANT UPDATE (payout_account) ON payouts TO creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
