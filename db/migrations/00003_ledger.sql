-- +goose Up
CREATE TABLE ledger_accounts (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    code        text NOT NULL,
    CONSTRAINT ledger_accounts_pkey PRIMARY KEY (id),
    CONSTRAINT ledger_accounts_code_key UNIQUE (code),
    CONSTRAINT ledger_accounts_code_check CHECK (code ~ '^[a-z_]+(/[a-z0-9_-]+)+$')
);

-- A row closes its month and every month before it. No entry may be dated there after that.
CREATE TABLE accounting_periods (
    period    text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at   timestamptz NOT NULL,
    closed_by text NOT NULL,
    closed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT accounting_periods_pkey PRIMARY KEY (period),
    CONSTRAINT accounting_periods_period_check CHECK (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    CONSTRAINT accounting_periods_month_check CHECK (
        starts_at AT TIME ZONE 'UTC' = make_timestamp(left(period, 4)::integer, right(period, 2)::integer, 1, 0, 0, 0)
        AND ends_at AT TIME ZONE 'UTC' = make_timestamp(left(period, 4)::integer, right(period, 2)::integer, 1, 0, 0, 0) + interval '1 month')
);
CREATE UNIQUE INDEX accounting_periods_ends_key ON accounting_periods (ends_at);

-- What the kinds of entries mean: a copy of ledger.Kinds in domain/ledger/kinds.go, where the
-- columns are described. "creditroll migrate" writes it after the migrations, so a release that
-- adds a kind needs no migration.
CREATE TABLE ledger_kinds (
    kind            text NOT NULL,
    reverses        text NOT NULL,
    budget          text NOT NULL,
    dispute         text NOT NULL,
    payout_step     text NOT NULL,
    hold            text NOT NULL,
    object_type     text NOT NULL,
    reversal_object_type text NOT NULL,
    named_by_object boolean NOT NULL,
    bulk            boolean NOT NULL,
    CONSTRAINT ledger_kinds_pkey PRIMARY KEY (kind),
    CONSTRAINT ledger_kinds_budget_check CHECK (budget IN ('', 'funded', 'spent', 'refunded', 'shortfall')),
    CONSTRAINT ledger_kinds_dispute_check CHECK (dispute IN ('', 'open', 'won', 'lost')),
    CONSTRAINT ledger_kinds_payout_step_check CHECK (payout_step IN ('', 'reservation', 'cancellation', 'transfer', 'reversal', 'bank_payout', 'conversion', 'settlement', 'loss')),
    CONSTRAINT ledger_kinds_hold_check CHECK (hold IN ('', 'accrual', 'remainder', 'credit'))
);

-- The kinds that have a trait, or only those where the trait has one of some values. To select
-- entries by kind, use kind = ANY (kinds_with(...)). The planner evaluates a stable function
-- while it estimates, so its statistics show how few such entries there are. With a join, it
-- would expect an equal number of every kind and read the whole journal. The high cost keeps
-- the function out of filters, where it would run for every row. To read the traits of entries
-- that are already selected, join ledger_kinds.
-- +goose StatementBegin
CREATE FUNCTION kinds_with(trait text, VARIADIC wanted text[] DEFAULT '{}') RETURNS text[] LANGUAGE sql STABLE COST 100000 AS $$
    SELECT coalesce(array_agg(known.kind), '{}') FROM public.ledger_kinds AS known
     WHERE CASE WHEN cardinality(wanted) = 0 THEN to_jsonb(known) ->> trait <> '' ELSE to_jsonb(known) ->> trait = ANY (wanted) END
$$;
-- +goose StatementEnd

-- recorded_xact is the transaction that wrote the entry. Another one may not add a leg. The
-- column comes before seq, so that a transaction has its id before it draws a number.
CREATE TABLE journal_entries (
    id            uuid NOT NULL,
    recorded_xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
    seq           bigint GENERATED ALWAYS AS IDENTITY,
    kind          text NOT NULL,
    reference     text NOT NULL,
    currency      text NOT NULL,
    request_hash  bytea NOT NULL,
    effective_at  timestamptz NOT NULL,
    recorded_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    reverses      uuid,
    CONSTRAINT journal_entries_pkey PRIMARY KEY (id),
    CONSTRAINT journal_entries_seq_key UNIQUE (seq),
    CONSTRAINT journal_entries_reference_key UNIQUE (kind, reference),
    CONSTRAINT journal_entries_seq_check CHECK (seq > 0),
    CONSTRAINT journal_entries_effective_check CHECK (isfinite(effective_at)),
    CONSTRAINT journal_entries_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT journal_entries_hash_check CHECK (octet_length(request_hash) = 32)
);
-- An entry is reversed at most once. The index is partial because few entries reverse another.
CREATE UNIQUE INDEX journal_entries_reverses_key ON journal_entries (reverses) WHERE reverses IS NOT NULL;
-- For balances as of a moment. Entries lie on disk in the order of recording, which is nearly
-- that of their dates. So a summary of each block is enough, and costs little to keep.
CREATE INDEX journal_entries_times_idx ON journal_entries USING brin (recorded_at, effective_at) WITH (pages_per_range = 16);

-- Debits are positive and credits are negative. seq and currency repeat those of the entry, so
-- that one index answers for a balance. Partitions are months of the entry's id, whose first 48
-- bits are milliseconds, so old months can be detached (docs/guides/months.md).
CREATE TABLE postings (
    entry_id     uuid NOT NULL,
    seq          bigint NOT NULL,
    account_id   bigint NOT NULL,
    amount_minor bigint NOT NULL,
    line         smallint NOT NULL,
    currency     text NOT NULL,
    CONSTRAINT postings_pkey PRIMARY KEY (entry_id, line),
    CONSTRAINT postings_seq_check CHECK (seq > 0),
    CONSTRAINT postings_line_check CHECK (line > 0),
    CONSTRAINT postings_amount_check CHECK (amount_minor <> 0)
) PARTITION BY RANGE (entry_id);
-- For balances: the checkpoint and the range after it, from the index alone.
CREATE INDEX postings_account_idx ON postings (account_id, currency, seq) INCLUDE (amount_minor);
-- For seals and verification: whole blocks in order.
CREATE INDEX postings_seq_idx ON postings USING brin (seq) WITH (pages_per_range = 16);

-- Runs before the first row of a statement. A transaction that draws a seq has its id by then.
-- So the list of running transactions covers every number that may still appear. While the
-- transaction runs, the lock keeps a period from being closed.
-- +goose StatementBegin
CREATE FUNCTION begin_posting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    posting boolean;
BEGIN
    -- An assignment costs less than PERFORM, which runs a query of its own.
    posting := pg_current_xact_id() IS NOT NULL AND pg_advisory_xact_lock_shared(hashtext('creditroll accounting periods')) IS NOT NULL;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER journal_entries_begin BEFORE INSERT ON journal_entries
    FOR EACH STATEMENT EXECUTE FUNCTION begin_posting();

-- Waits for the transactions that are posting. Later ones see that the period is closed.
-- +goose StatementBegin
CREATE FUNCTION begin_closing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('creditroll accounting periods'));
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER accounting_periods_begin BEFORE INSERT ON accounting_periods
    FOR EACH STATEMENT EXECUTE FUNCTION begin_closing();

-- Entries whose INSERT brought no legs, until the end of their transaction.
CREATE TABLE journal_entries_without_postings (
    entry_id uuid NOT NULL,
    CONSTRAINT journal_entries_without_postings_pkey PRIMARY KEY (entry_id)
);

-- The checks below look at all rows of a statement at once. Foreign keys look at each row, and
-- would take most of the time of a batch. The check of the kind, for example, adds 2 % to an
-- insert of 1,000 entries with three legs. A foreign key added 12 %, and every transaction that
-- posts would lock the same row of ledger_kinds. Nothing that the checks look up is ever deleted.
--
-- A session keeps the plan of its first batch, which must also suit a batch of another size. So
-- joins other than nested loops are off, and the look-ups are subqueries that cannot become
-- joins. Such a plan looks expensive to the planner, which would compile it, so jit is off too.
-- Triggers name the schema of every table, because a session could have a temporary table of
-- the same name.
-- +goose StatementBegin
CREATE FUNCTION check_entries() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    found record;
    -- No entry may take a number in a sealed block, or one that is not drawn yet.
    drawn bigint := pg_sequence_last_value('public.journal_entries_seq_seq');
BEGIN
    SELECT max(closed.through) AS closed_through, min(entry.seq) AS first_seq, max(entry.seq) AS last_seq,
           (SELECT max(last_seq) FROM public.seals) AS sealed,
           min(entry.effective_at) FILTER (WHERE entry.effective_at < closed.through) AS dated,
           min(entry.reverses::text) FILTER (WHERE entry.reverses IS NOT NULL AND (SELECT true FROM public.journal_entries AS original WHERE original.id = entry.reverses) IS NULL) AS dangling,
           min(entry.kind) FILTER (WHERE (SELECT true FROM public.ledger_kinds AS known WHERE known.kind = entry.kind) IS NULL) AS unknown_kind,
           array_agg(entry.id) FILTER (WHERE (SELECT true FROM public.postings AS leg WHERE leg.entry_id = entry.id AND leg.line = 1) IS NULL) AS waiting
      INTO found
      FROM new_entries AS entry, (SELECT max(ends_at) AS through FROM public.accounting_periods) AS closed;
    IF found.dated IS NOT NULL THEN
        RAISE EXCEPTION 'journal entry dated %, in an accounting period that is closed until %', found.dated, found.closed_through
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entries_period_open';
    ELSIF found.dangling IS NOT NULL THEN
        RAISE EXCEPTION 'journal entry reverses %, which does not exist', found.dangling
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'journal_entries_reverses_fkey';
    ELSIF found.unknown_kind IS NOT NULL THEN
        RAISE EXCEPTION 'journal entry of the kind %, which is not in ledger_kinds', found.unknown_kind
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'journal_entries_kind_fkey';
    ELSIF found.first_seq <= found.sealed OR found.last_seq > drawn THEN
        RAISE EXCEPTION 'journal entries % to % refused: sealed through %, drawn through %', found.first_seq, found.last_seq, found.sealed, drawn
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entries_seq_drawn';
    ELSIF found.waiting IS NOT NULL THEN
        PERFORM public.await_postings(found.waiting);
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION await_postings(entry_ids uuid[]) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.journal_entries_without_postings (entry_id) SELECT unnest(entry_ids)
$$;
-- +goose StatementEnd
CREATE TRIGGER journal_entries_check AFTER INSERT ON journal_entries
    REFERENCING NEW TABLE AS new_entries
    FOR EACH STATEMENT EXECUTE FUNCTION check_entries();

-- +goose StatementBegin
CREATE FUNCTION check_entry_has_postings() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.postings WHERE entry_id = NEW.entry_id) THEN
        RAISE EXCEPTION 'journal entry % has no postings', NEW.entry_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entries_have_postings';
    END IF;
    DELETE FROM public.journal_entries_without_postings WHERE entry_id = NEW.entry_id;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER journal_entries_have_postings AFTER INSERT ON journal_entries_without_postings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_entry_has_postings();

-- For legs that a person inserts without a seq.
-- +goose StatementBegin
CREATE FUNCTION find_entry_seq() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.seq := (SELECT seq FROM public.journal_entries WHERE id = NEW.entry_id);
    IF NEW.seq IS NULL THEN
        RAISE EXCEPTION 'posting to journal entry %, which does not exist', NEW.entry_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'postings_entry_fkey';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER postings_seq BEFORE INSERT ON postings
    FOR EACH ROW WHEN (NEW.seq IS NULL) EXECUTE FUNCTION find_entry_seq();

-- All legs of an entry are inserted by one statement, with lines 1..n. They are on known accounts,
-- have the number and currency of the entry, belong to its transaction, and sum to zero.
-- +goose StatementBegin
CREATE FUNCTION check_postings() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    offender record;
BEGIN
    SELECT legs.entry_id, legs.total, legs.lines, legs.last_line, legs.currency AS posted, entry.id IS NULL AS unknown,
           entry.currency AS declared, entry.recorded_xact = pg_current_xact_id() AS own_transaction
      INTO offender
      FROM (SELECT entry_id, sum(amount_minor) AS total, count(*) AS lines, max(line) AS last_line, min(seq) AS seq, max(seq) AS last_seq,
                   min(currency) AS currency, max(currency) AS last_currency
              FROM new_postings GROUP BY entry_id) AS legs
      LEFT JOIN public.journal_entries AS entry ON entry.id = legs.entry_id
     WHERE entry.id IS NULL OR legs.total <> 0 OR legs.lines < 2 OR legs.last_line <> legs.lines OR legs.currency <> legs.last_currency
        OR legs.currency <> entry.currency OR legs.seq <> entry.seq OR legs.last_seq <> entry.seq OR entry.recorded_xact <> pg_current_xact_id()
     LIMIT 1;
    IF FOUND AND offender.unknown THEN
        RAISE EXCEPTION 'posting to journal entry %, which does not exist', offender.entry_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'postings_entry_fkey';
    ELSIF FOUND THEN
        RAISE EXCEPTION 'journal entry % refused: total %, % lines, last line %, posted in %, declared in %, own transaction: %',
            offender.entry_id, offender.total, offender.lines, offender.last_line, offender.posted, offender.declared, offender.own_transaction
            USING ERRCODE = 'check_violation', CONSTRAINT = 'postings_balance',
                  HINT = 'Insert all legs of an entry in one statement, lines 1..n, with its seq and currency, summing to zero.';
    END IF;
    SELECT posted.account_id INTO offender FROM (SELECT DISTINCT account_id FROM new_postings) AS posted
     WHERE (SELECT true FROM public.ledger_accounts WHERE id = posted.account_id) IS NULL LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'posting to account %, which does not exist', offender.account_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'postings_account_fkey';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER postings_balance AFTER INSERT ON postings
    REFERENCING NEW TABLE AS new_postings
    FOR EACH STATEMENT EXECUTE FUNCTION check_postings();

-- Which object of the payment processor an entry stands for. An object has one entry.
CREATE TABLE external_objects (
    provider    text NOT NULL,
    object_type text NOT NULL,
    object_id   text NOT NULL,
    entry_id    uuid NOT NULL,
    CONSTRAINT external_objects_pkey PRIMARY KEY (provider, object_type, object_id),
    CONSTRAINT external_objects_entry_fkey FOREIGN KEY (entry_id) REFERENCES journal_entries (id)
);
CREATE INDEX external_objects_entry_idx ON external_objects (entry_id);

REVOKE EXECUTE ON FUNCTION await_postings, check_entry_has_postings FROM PUBLIC;

CREATE TRIGGER ledger_accounts_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_accounts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- A release may change the traits of a kind. A kind itself stays, because entries have it.
CREATE TRIGGER ledger_kinds_kept BEFORE UPDATE OF kind OR DELETE OR TRUNCATE ON ledger_kinds
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER accounting_periods_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON accounting_periods
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_entries_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER postings_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON postings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER external_objects_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON external_objects
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Rows without a month of their own: those whose id has no time, and those of a month for which
-- no partition was made.
CREATE TABLE postings_default PARTITION OF postings DEFAULT;
SELECT guard_partition('postings', 'postings_default');
SELECT ensure_partitions('postings', now() + interval '2 months');

-- The application may not choose numbers and times of recording.
GRANT SELECT ON ledger_accounts, ledger_kinds, accounting_periods, journal_entries, postings, external_objects TO creditroll_app;
GRANT INSERT ON ledger_accounts, postings, external_objects TO creditroll_app;
GRANT INSERT (id, kind, reference, currency, request_hash, effective_at, reverses) ON journal_entries TO creditroll_app;
GRANT INSERT (period, starts_at, ends_at, closed_by) ON accounting_periods TO creditroll_app;
GRANT SELECT ON SEQUENCE journal_entries_seq_seq TO creditroll_app;
GRANT EXECUTE ON FUNCTION await_postings TO creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
