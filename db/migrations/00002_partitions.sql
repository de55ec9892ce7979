-- +goose Up
-- The first id of a moment. The first 48 bits of an id are milliseconds, so ids fall into months.
-- +goose StatementBegin
CREATE FUNCTION first_id_at(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
-- +goose StatementEnd

-- Makes the missing partitions of a table, from this month until a moment. It returns how many
-- it made. A month with rows in the default partition is left out, with a warning: those rows
-- would have to move, and rows do not change.
--
-- Other transactions do not wait long for this. The new table is made first and then attached,
-- so only the default partition is locked. If another transaction holds that one, the lock
-- timeout ends the attempt before PostgreSQL looks for a deadlock. Attaching reads the default
-- partition under that lock. It is empty unless a month came for which no partition was made.
-- +goose StatementBegin
CREATE FUNCTION ensure_partitions(parent text, until timestamptz) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' SET lock_timeout = '500ms' AS $$
DECLARE
    month timestamptz := date_trunc('month', now());
    made integer := 0;
BEGIN
    IF parent IS NULL OR parent NOT IN ('postings', 'observations') THEN
        RAISE EXCEPTION 'table % has no monthly partitions', parent USING ERRCODE = 'invalid_parameter_value';
    ELSIF until IS NULL OR until > now() + interval '5 years' THEN
        RAISE EXCEPTION 'no partitions are made for %', until USING ERRCODE = 'invalid_parameter_value', HINT = 'Ask for at most five years.';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('creditroll partitions'));
    WHILE month <= until LOOP
        IF to_regclass(format('public.%I', parent || to_char(month, '_YYYY_MM'))) IS NULL THEN
            BEGIN
                PERFORM public.make_partition(parent, month);
                made := made + 1;
            EXCEPTION WHEN check_violation THEN
                RAISE WARNING '% has no partition of its own for %: %_default holds rows of that month', parent, to_char(month, 'YYYY-MM'), parent;
            END;
        END IF;
        month := month + interval '1 month';
    END LOOP;
    RETURN made;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION make_partition(parent text, month timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    partition text := parent || to_char(month, '_YYYY_MM');
    first_id uuid := public.first_id_at(month);
    next_id uuid := public.first_id_at(month + interval '1 month');
    held boolean;
BEGIN
    -- The index answers without a lock, so a month that has to be left out makes no one wait.
    -- For other months, attaching reads the default partition once more.
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%1$I WHERE %2$I >= $1 AND %2$I < $2)',
        parent || '_default', CASE parent WHEN 'postings' THEN 'entry_id' ELSE 'clip_id' END) INTO held USING first_id, next_id;
    IF held THEN
        RAISE check_violation;
    END IF;
    EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING ALL)', partition, parent);
    PERFORM public.guard_partition(parent, partition);
    EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', parent, partition, first_id, next_id);
END
$$;
-- +goose StatementEnd
-- A statement may name a partition directly. Then only the statement triggers of the partition
-- fire, so each partition has those of its table. PostgreSQL adds the row triggers itself.
-- +goose StatementBegin
CREATE FUNCTION guard_partition(parent text, partition text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    definition text;
BEGIN
    FOR definition IN SELECT pg_get_triggerdef(oid) FROM pg_trigger
                       WHERE tgrelid = format('public.%I', parent)::regclass AND NOT tgisinternal AND tgtype & 1 = 0 LOOP
        EXECUTE replace(definition, ' ON public.' || quote_ident(parent) || ' ', ' ON public.' || quote_ident(partition) || ' ');
    END LOOP;
END
$$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION ensure_partitions, make_partition, guard_partition FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_partitions TO creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
