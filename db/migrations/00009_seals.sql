-- +goose Up
-- Blocks of the journal, each chained to the one before (domain/ledger/seal). leaves has, for each
-- entry of the block, its seq (8 bytes, big-endian) and the hash of its content.
CREATE TABLE seals (
    number        bigint NOT NULL,
    first_seq     bigint NOT NULL,
    last_seq      bigint NOT NULL,
    entries       bigint NOT NULL,
    postings      bigint NOT NULL,
    previous_hash bytea NOT NULL,
    hash          bytea NOT NULL,
    leaves        bytea NOT NULL,
    sealed_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT seals_pkey PRIMARY KEY (number),
    CONSTRAINT seals_last_seq_key UNIQUE (last_seq),
    CONSTRAINT seals_bounds_check CHECK (number > 0 AND first_seq > 0 AND last_seq >= first_seq AND entries > 0 AND postings >= 0),
    CONSTRAINT seals_hashes_check CHECK (octet_length(previous_hash) = 32 AND octet_length(hash) = 32 AND octet_length(leaves) = 40 * entries)
);
-- Hashes cannot be compressed.
ALTER TABLE seals ALTER COLUMN leaves SET STORAGE EXTERNAL;

-- What an account held in one currency after a sealed entry: the sum of its postings up to
-- through_seq, debits positive.
CREATE TABLE balance_checkpoints (
    account_id    bigint NOT NULL,
    through_seq   bigint NOT NULL,
    balance_minor bigint NOT NULL,
    currency      text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT balance_checkpoints_pkey PRIMARY KEY (account_id, currency, through_seq)
);
-- Verification compares checkpoints with running sums, in the order of the journal.
CREATE INDEX balance_checkpoints_seq_idx ON balance_checkpoints (through_seq);

CREATE TRIGGER seals_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON seals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER balance_checkpoints_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON balance_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A seal follows the last one. It covers every entry after that, up to its own last entry.
-- +goose StatementBegin
CREATE FUNCTION check_seal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    previous record;
BEGIN
    SELECT coalesce(max(number), 0) AS number, coalesce(max(last_seq), 0) AS last_seq INTO previous FROM public.seals WHERE number < NEW.number;
    IF NEW.number <> previous.number + 1
       OR NEW.previous_hash <> coalesce((SELECT hash FROM public.seals WHERE number = previous.number), decode(repeat('00', 32), 'hex'))
       OR NOT EXISTS (SELECT FROM public.journal_entries WHERE seq > previous.last_seq AND seq <= NEW.last_seq
                      HAVING min(seq) = NEW.first_seq AND max(seq) = NEW.last_seq AND count(*) = NEW.entries) THEN
        RAISE EXCEPTION 'seal % of % entries % to % does not follow seal %, which ends at %',
            NEW.number, NEW.entries, NEW.first_seq, NEW.last_seq, previous.number, previous.last_seq
            USING ERRCODE = 'check_violation', CONSTRAINT = 'seals_chain';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER seals_chain AFTER INSERT ON seals
    FOR EACH ROW EXECUTE FUNCTION check_seal();

-- The one way to write checkpoints. The caller names accounts, and does not choose the balances.
-- An account with more than threshold postings since its last checkpoint gets one at the last
-- seal. An account without a new posting needs none, so the accounts of each block are enough.
-- +goose StatementBegin
CREATE FUNCTION write_checkpoints(account_ids bigint[], currencies text[], threshold bigint) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH sealed AS (SELECT max(last_seq) AS through_seq FROM public.seals), written AS (
        INSERT INTO public.balance_checkpoints (account_id, currency, through_seq, balance_minor)
        SELECT touched.account_id, touched.currency, sealed.through_seq, (coalesce(checkpoint.balance_minor, 0) + tail.sum_minor)::bigint
          FROM sealed
         CROSS JOIN (SELECT DISTINCT account_id, currency FROM unnest(account_ids, currencies) AS named (account_id, currency)) AS touched
          LEFT JOIN LATERAL (SELECT through_seq, balance_minor FROM public.balance_checkpoints
                              WHERE account_id = touched.account_id AND currency = touched.currency
                              ORDER BY through_seq DESC LIMIT 1) AS checkpoint ON true
         CROSS JOIN LATERAL (SELECT sum(amount_minor) AS sum_minor, count(*) AS postings FROM public.postings
                              WHERE account_id = touched.account_id AND currency = touched.currency
                                AND seq > coalesce(checkpoint.through_seq, 0) AND seq <= sealed.through_seq) AS tail
         WHERE tail.postings > greatest(threshold, 0)
        RETURNING 1)
    SELECT count(*) FROM written
$$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION write_checkpoints FROM PUBLIC;

-- The currencies that an account ever had. Each step finds the next currency in two indexes: that
-- of postings, and that of checkpoints, for postings that are archived.
-- +goose StatementBegin
CREATE FUNCTION currencies_of(account bigint) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    WITH RECURSIVE leap (currency) AS (
        SELECT least((SELECT posting.currency FROM public.postings AS posting WHERE posting.account_id = account ORDER BY posting.currency LIMIT 1),
                     (SELECT stored.currency FROM public.balance_checkpoints AS stored WHERE stored.account_id = account ORDER BY stored.currency LIMIT 1))
        UNION ALL
        SELECT least((SELECT posting.currency FROM public.postings AS posting
                       WHERE posting.account_id = account AND posting.currency > leap.currency ORDER BY posting.currency LIMIT 1),
                     (SELECT stored.currency FROM public.balance_checkpoints AS stored
                       WHERE stored.account_id = account AND stored.currency > leap.currency ORDER BY stored.currency LIMIT 1))
          FROM leap WHERE leap.currency IS NOT NULL)
    SELECT leap.currency FROM leap WHERE leap.currency IS NOT NULL
$$;
-- +goose StatementEnd

-- The one definition of a balance: the last checkpoint and what was posted after it. An account
-- has a row for each currency that it ever had. The time does not grow with the number of
-- postings.
CREATE VIEW balances AS
    SELECT account.id AS account_id, account.code, held.currency,
           (coalesce(checkpoint.balance_minor, 0) + coalesce(tail.sum_minor, 0))::bigint AS sum_minor
      FROM ledger_accounts AS account
     CROSS JOIN LATERAL (SELECT code::text AS currency FROM currencies_of(account.id) AS code) AS held
      LEFT JOIN LATERAL (
           SELECT through_seq, balance_minor FROM balance_checkpoints
            WHERE account_id = account.id AND currency = held.currency
            ORDER BY through_seq DESC LIMIT 1) AS checkpoint ON true
     CROSS JOIN LATERAL (
           SELECT sum(amount_minor) AS sum_minor FROM postings
            WHERE account_id = account.id AND currency = held.currency AND seq > coalesce(checkpoint.through_seq, 0)) AS tail;

-- What each creator could be paid, by currency: released earnings that no deduction and no payout
-- has taken, as in ListPayableLines, less the creator's debt, which a payout pays first.
-- difference_id names one of the differences because of which the creator is not paid, or is empty.
CREATE VIEW payable_creators AS
    SELECT balance.creator_id, balance.currency, balance.amount_minor,
           coalesce(wholly.difference_id, partly.difference_id, '')::text AS difference_id
      FROM (SELECT creator_id, currency,
                   greatest(0, sum(amount_minor)
                    - coalesce((SELECT sum(deduction.amount_minor) FROM earning_deductions AS deduction
                       WHERE deduction.creator_id = holds.creator_id AND deduction.currency = holds.currency), 0)
                    - coalesce((SELECT sum(payout.amount_minor) FROM payouts AS payout
                       WHERE payout.creator_id = holds.creator_id AND payout.currency = holds.currency
                         AND payout.status NOT IN ('cancelled', 'returned')), 0)
                    - coalesce((SELECT greatest(0, debt.sum_minor) FROM balances AS debt
                       WHERE debt.code = 'creator/' || holds.creator_id || '/receivable' AND debt.currency = holds.currency), 0))::bigint AS amount_minor
              FROM holds
             WHERE release_entry_id IS NOT NULL
             GROUP BY creator_id, currency) AS balance
      LEFT JOIN (SELECT creator_id, min(difference_id::text) AS difference_id FROM blocked_creators WHERE currency = ''
                  GROUP BY creator_id) AS wholly ON wholly.creator_id = balance.creator_id
      LEFT JOIN (SELECT creator_id, currency, min(difference_id::text) AS difference_id FROM blocked_creators WHERE currency <> ''
                  GROUP BY creator_id, currency) AS partly ON partly.creator_id = balance.creator_id AND partly.currency = balance.currency;

-- Which part of what we owe and hold at the processor an account belongs to; none for most accounts.
-- +goose StatementBegin
CREATE FUNCTION cover_item(code text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN code = 'stripe/platform' THEN 'booked'
                WHEN code LIKE 'campaign/%/escrow' THEN 'escrow'
                WHEN code LIKE 'creator/%/pending' THEN 'pending'
                WHEN code LIKE 'creator/%/available' THEN 'available'
                WHEN code LIKE 'creator/%/in_transit' THEN 'in_transit' END
$$;
-- +goose StatementEnd

-- What the accounts of an item held together after a sealed entry, debits positive. Each checkpoint has
-- a row for every item and currency that there was until then. So what is owed can be read without the
-- balance of every account.
CREATE TABLE cover_checkpoints (
    through_seq bigint NOT NULL,
    currency    text NOT NULL,
    item        text NOT NULL,
    sum_minor   bigint NOT NULL,
    CONSTRAINT cover_checkpoints_pkey PRIMARY KEY (through_seq, currency, item)
);
CREATE TRIGGER cover_checkpoints_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON cover_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What entries after a seq, up to another one, add to each item. It reads their postings only. The
-- settings keep the planner from a guess that would read them all.
-- +goose StatementBegin
CREATE FUNCTION cover_changes(after_seq bigint, up_to_seq bigint) RETURNS TABLE (currency text, item text, sum_minor bigint, postings bigint)
    LANGUAGE plpgsql STABLE SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    RETURN QUERY SELECT tail.currency, public.cover_item(account.code), sum(tail.sum_minor)::bigint, sum(tail.postings)::bigint
      FROM (SELECT posting.account_id, posting.currency, sum(posting.amount_minor) AS sum_minor, count(*) AS postings
              FROM public.postings AS posting WHERE posting.seq > after_seq AND posting.seq <= up_to_seq
             GROUP BY posting.account_id, posting.currency) AS tail
      JOIN public.ledger_accounts AS account ON account.id = tail.account_id
     WHERE public.cover_item(account.code) IS NOT NULL
     GROUP BY tail.currency, public.cover_item(account.code);
END
$$;
-- +goose StatementEnd

-- The one way to write a cover checkpoint: at the last seal, if more than threshold postings of the
-- items follow the checkpoint before.
-- +goose StatementBegin
CREATE FUNCTION write_cover_checkpoint(threshold bigint) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH bounds AS (SELECT coalesce((SELECT max(through_seq) FROM public.cover_checkpoints), 0) AS after_seq,
                           coalesce((SELECT max(last_seq) FROM public.seals), 0) AS up_to_seq),
         added AS MATERIALIZED (SELECT changes.currency, changes.item, changes.sum_minor, changes.postings
                     FROM bounds CROSS JOIN LATERAL public.cover_changes(bounds.after_seq, bounds.up_to_seq) AS changes),
         written AS (
        INSERT INTO public.cover_checkpoints (through_seq, currency, item, sum_minor)
        SELECT bounds.up_to_seq, part.currency, part.item, sum(part.sum_minor)::bigint
          FROM bounds
         CROSS JOIN LATERAL (SELECT stored.currency, stored.item, stored.sum_minor FROM public.cover_checkpoints AS stored WHERE stored.through_seq = bounds.after_seq
                             UNION ALL SELECT added.currency, added.item, added.sum_minor FROM added) AS part
         WHERE (SELECT coalesce(sum(added.postings), 0) FROM added) > greatest(threshold, 0)
         GROUP BY bounds.up_to_seq, part.currency, part.item
        RETURNING 1)
    SELECT count(*) FROM written
$$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION write_cover_checkpoint FROM PUBLIC;

GRANT SELECT ON payable_creators TO creditroll_app;
GRANT SELECT ON seals, balance_checkpoints, cover_checkpoints TO creditroll_app;
GRANT EXECUTE ON FUNCTION write_cover_checkpoint TO creditroll_app;
GRANT INSERT (number, first_seq, last_seq, entries, postings, previous_hash, hash, leaves) ON seals TO creditroll_app;
GRANT EXECUTE ON FUNCTION write_checkpoints TO creditroll_app;
GRANT SELECT ON balances TO creditroll_app;
-- Sealing starts from the last number that was drawn.
GRANT SELECT ON SEQUENCE journal_entries_seq_seq TO creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
