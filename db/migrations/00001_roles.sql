-- +goose Up
-- Roles belong to the whole cluster, so another database may have made them already.
-- +goose StatementBegin
DO $$
BEGIN
    BEGIN
        CREATE ROLE creditroll_app NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
    END;
    BEGIN
        CREATE ROLE creditroll_audit NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
    END;
END
$$;
-- +goose StatementEnd
CREATE SCHEMA audit;
-- Before PostgreSQL 15, every role may create tables here.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO creditroll_app;
GRANT USAGE ON SCHEMA audit TO creditroll_app, creditroll_audit;

-- Whether a decision has a second person. Names that differ only in case, or in blanks around them,
-- are the same person. It is null before a decision, so a constraint lets that pass.
-- +goose StatementBegin
CREATE FUNCTION two_people(proposed_by text, decided_by text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT lower(btrim(decided_by, E' \t\r\n')) NOT IN (lower(btrim(proposed_by, E' \t\r\n')), '')
$$;
-- +goose StatementEnd

-- For every table whose rows are facts. It refuses the owner too.
-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are immutable: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation',
              HINT = 'Correct a ledger entry with a new entry that reverses it.';
END
$$;
-- +goose StatementEnd

-- +goose Down
SELECT 'migrations go forward only';
