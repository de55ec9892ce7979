-- +goose Up
CREATE TABLE ledger_accounts (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    code        text NOT NULL,
    CONSTRAINT ledger_accounts_pkey PRIMARY KEY (id),
    CONSTRAINT ledger_accounts_code_key UNIQUE (code),
    CONSTRAINT ledger_accounts_code_check CHECK (code ~ '^[a-z_]+(/[a-z0-9_-]+)+$')
);

-- recorded_xact is the transaction that wrote the entry: no leg may be added later, and
-- a seal may only cover transactions that can no longer commit.
CREATE TABLE journal_entries (
    id            uuid NOT NULL,
    seq           bigint GENERATED ALWAYS AS IDENTITY,
    kind          text NOT NULL,
    reference     text NOT NULL,
    currency      text NOT NULL,
    request_hash  bytea NOT NULL,
    effective_at  timestamptz NOT NULL,
    recorded_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
    reverses      uuid,
    CONSTRAINT journal_entries_pkey PRIMARY KEY (id),
    CONSTRAINT journal_entries_seq_key UNIQUE (seq),
    CONSTRAINT journal_entries_reference_key UNIQUE (kind, reference),
    CONSTRAINT journal_entries_reverses_fkey FOREIGN KEY (reverses) REFERENCES journal_entries (id),
    CONSTRAINT journal_entries_reverses_key UNIQUE (reverses),
    CONSTRAINT journal_entries_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT journal_entries_hash_check CHECK (octet_length(request_hash) = 32)
);

-- Debits are positive, credits negative.
CREATE TABLE postings (
    entry_id     uuid NOT NULL,
    line         smallint NOT NULL,
    account_id   bigint NOT NULL,
    currency     text NOT NULL,
    amount_minor bigint NOT NULL,
    CONSTRAINT postings_pkey PRIMARY KEY (entry_id, line),
    CONSTRAINT postings_entry_fkey FOREIGN KEY (entry_id) REFERENCES journal_entries (id),
    CONSTRAINT postings_account_fkey FOREIGN KEY (account_id) REFERENCES ledger_accounts (id),
    CONSTRAINT postings_line_check CHECK (line > 0),
    CONSTRAINT postings_amount_check CHECK (amount_minor <> 0)
);
-- Derived balances: one index-only range per account and currency.
CREATE INDEX postings_account_idx ON postings (account_id, currency) INCLUDE (amount_minor);

CREATE TRIGGER ledger_accounts_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_accounts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_entries_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER postings_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON postings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Checks whole entries at once, over the rows of one INSERT: all legs of an entry come in
-- one statement (lines 1..n), in the entry's own currency, in the entry's own
-- transaction, and sum to zero. Triggers name the schema of every table: a session could
-- put a temporary table of the same name before it.
-- +goose StatementBegin
CREATE FUNCTION check_postings_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    offender record;
BEGIN
    SELECT legs.entry_id, legs.total, legs.lines, legs.last_line, legs.currencies,
           legs.currency AS posted, entry.currency AS declared,
           entry.recorded_xact = pg_current_xact_id() AS own_transaction
      INTO offender
      FROM (SELECT entry_id, sum(amount_minor) AS total, count(*) AS lines, max(line) AS last_line,
                   count(DISTINCT currency) AS currencies, min(currency) AS currency
              FROM new_postings GROUP BY entry_id) AS legs
      JOIN public.journal_entries AS entry ON entry.id = legs.entry_id
     WHERE legs.total <> 0 OR legs.lines < 2 OR legs.last_line <> legs.lines OR legs.currencies <> 1
        OR legs.currency <> entry.currency OR entry.recorded_xact <> pg_current_xact_id()
     LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'journal entry % refused: total %, % lines, last line %, % currencies (% posted, % declared), own transaction: %',
        offender.entry_id, offender.total, offender.lines, offender.last_line, offender.currencies,
        offender.posted, offender.declared, offender.own_transaction
        USING ERRCODE = 'check_violation', CONSTRAINT = 'postings_balance',
              HINT = 'Insert all legs of an entry in one statement, lines 1..n, in one currency, summing to zero.';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER postings_balance AFTER INSERT ON postings
    REFERENCING NEW TABLE AS new_postings
    FOR EACH STATEMENT EXECUTE FUNCTION check_postings_balance();

-- An entry without legs would hide from the trigger above, so it is checked at commit.
-- +goose StatementBegin
CREATE FUNCTION check_entry_has_postings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.postings WHERE entry_id = NEW.id) THEN
        RAISE EXCEPTION 'journal entry % has no postings', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entries_have_postings';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER journal_entries_have_postings AFTER INSERT ON journal_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_entry_has_postings();

-- Which outside object an entry stands for; one entry an object.
CREATE TABLE external_objects (
    provider    text NOT NULL,
    object_type text NOT NULL,
    object_id   text NOT NULL,
    entry_id    uuid NOT NULL,
    CONSTRAINT external_objects_pkey PRIMARY KEY (provider, object_type, object_id),
    CONSTRAINT external_objects_entry_fkey FOREIGN KEY (entry_id) REFERENCES journal_entries (id)
);
CREATE INDEX external_objects_entry_idx ON external_objects (entry_id);
CREATE TRIGGER external_objects_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON external_objects
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT ON ledger_accounts, journal_entries, postings, external_objects TO creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
