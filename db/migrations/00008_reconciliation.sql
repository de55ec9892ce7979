-- +goose Up
-- The latest state of each object of the payment processor that concerns the books. It has no
-- personal data. Our ids come from metadata, where any user of the account may write, so they are
-- text.
CREATE TABLE processor_objects (
    object_type    text NOT NULL,
    object_id      text NOT NULL,
    account        text NOT NULL DEFAULT '',
    amount_minor   bigint NOT NULL,
    -- What the processor kept of a balance transaction for no object of ours. amount_minor is without it.
    fee_minor      bigint NOT NULL DEFAULT 0,
    currency       text NOT NULL,
    status         text NOT NULL,
    reversed_minor bigint NOT NULL DEFAULT 0,
    payout_id      text NOT NULL DEFAULT '',
    campaign_id    text NOT NULL DEFAULT '',
    deposit_id     text NOT NULL DEFAULT '',
    generation     integer NOT NULL DEFAULT 0,
    source_type    text NOT NULL DEFAULT '',
    source_id      text NOT NULL DEFAULT '',
    parent_id      text NOT NULL DEFAULT '',
    created_at     timestamptz NOT NULL,
    changed_at     timestamptz NOT NULL,
    first_seen_at  timestamptz NOT NULL,
    last_seen_at   timestamptz NOT NULL,
    CONSTRAINT processor_objects_pkey PRIMARY KEY (object_type, object_id),
    CONSTRAINT processor_objects_type_check CHECK (object_type IN
        ('payment_intent', 'refund', 'transfer', 'transfer_reversal', 'payout', 'dispute', 'balance_transaction'))
);
-- What a pass has seen and what it has not. The comparison reads only that.
CREATE INDEX processor_objects_seen_idx ON processor_objects (last_seen_at);
-- Objects that were too fresh to be judged when they were last seen.
CREATE INDEX processor_objects_fresh_idx ON processor_objects ((last_seen_at - changed_at));
-- Movements of the balance whose source is to be requested by its id.
CREATE INDEX processor_objects_source_idx ON processor_objects (source_type, source_id);
-- Refunds and disputes that are under way or changed lately, whatever their age.
CREATE INDEX processor_objects_pending_idx ON processor_objects (changed_at, status) WHERE object_type IN ('refund', 'dispute');
-- Refunds that have not arrived, for the check of solvency.
CREATE INDEX processor_objects_refunding_idx ON processor_objects (currency) WHERE object_type = 'refund' AND status IN ('pending', 'requires_action');
-- The transfers and bank payouts of a payout, whether or not the books have it.
CREATE INDEX processor_objects_payout_idx ON processor_objects (payout_id) WHERE payout_id <> '' AND object_type IN ('transfer', 'payout');
-- A second refund of a campaign is a duplicate.
CREATE INDEX processor_objects_campaign_idx ON processor_objects (campaign_id) WHERE object_type = 'refund';

-- The platform's balance at the payment processor as it was last read, by currency.
CREATE TABLE processor_balances (
    currency        text NOT NULL,
    available_minor bigint NOT NULL,
    pending_minor   bigint NOT NULL,
    read_at         timestamptz NOT NULL,
    CONSTRAINT processor_balances_pkey PRIMARY KEY (currency)
);

CREATE TABLE reconciliation_passes (
    id          uuid NOT NULL,
    started_at  timestamptz NOT NULL,
    since       timestamptz NOT NULL,
    -- True if the pass goes through the whole window, and not only through what is recent.
    whole       boolean NOT NULL,
    finished_at timestamptz,
    objects     integer NOT NULL DEFAULT 0,
    unreadable  integer NOT NULL DEFAULT 0,
    found       integer NOT NULL DEFAULT 0,
    cleared     integer NOT NULL DEFAULT 0,
    still_open  integer NOT NULL DEFAULT 0,
    blocking    integer NOT NULL DEFAULT 0,
    CONSTRAINT reconciliation_passes_pkey PRIMARY KEY (id)
);
CREATE INDEX reconciliation_passes_started_idx ON reconciliation_passes (started_at, id);

-- A difference is open until a pass clears it, or until one person has proposed to acknowledge it and
-- another one has approved that. booking is the correction or the entry that books it, or
-- 'none_needed'. shift is what a booking has to post, and needs_booking says that it must not be
-- missing. If the difference changes, its acknowledgement ends. A difference is never deleted.
CREATE TABLE reconciliation_differences (
    id              uuid NOT NULL,
    class           text NOT NULL,
    object_type     text NOT NULL,
    object_id       text NOT NULL,
    account         text NOT NULL DEFAULT '',
    parent_id       text NOT NULL DEFAULT '',
    subject         text NOT NULL DEFAULT '',
    ours            text NOT NULL,
    theirs          text NOT NULL,
    currency        text NOT NULL,
    detail          text NOT NULL,
    blocking        boolean NOT NULL,
    found_at        timestamptz NOT NULL,
    found_by        uuid NOT NULL,
    last_seen_at    timestamptz NOT NULL,
    cleared_at      timestamptz,
    cleared_by      uuid,
    acknowledged_at timestamptz,
    acknowledged_by text,
    creator_id      text NOT NULL DEFAULT '',
    shift_minor     bigint NOT NULL DEFAULT 0,
    shift_currency  text NOT NULL DEFAULT '',
    needs_booking   boolean NOT NULL DEFAULT false,
    proposed_at     timestamptz,
    proposed_by     text,
    reason          text,
    booking         text,
    CONSTRAINT reconciliation_differences_pkey PRIMARY KEY (id),
    CONSTRAINT reconciliation_differences_found_fkey FOREIGN KEY (found_by) REFERENCES reconciliation_passes (id),
    CONSTRAINT reconciliation_differences_cleared_fkey FOREIGN KEY (cleared_by) REFERENCES reconciliation_passes (id),
    CONSTRAINT reconciliation_differences_class_check CHECK (class IN
        ('missing_here', 'missing_there', 'amount', 'currency', 'state', 'duplicate', 'unknown')),
    CONSTRAINT differences_proposed_check CHECK (num_nonnulls(proposed_at, proposed_by, reason, booking) IN (0, 4)
        AND btrim(proposed_by) <> '' AND btrim(reason) <> ''),
    CONSTRAINT differences_acknowledged_check CHECK
        ((acknowledged_at IS NULL) = (acknowledged_by IS NULL) AND (acknowledged_at IS NULL OR proposed_at IS NOT NULL)),
    -- An id that differs only in case or in blanks around it is the same person.
    CONSTRAINT differences_two_people_check CHECK (two_people(proposed_by, acknowledged_by)),
    CONSTRAINT differences_booking_check CHECK (booking IS NULL OR booking = 'none_needed' AND NOT needs_booking
        OR booking ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$')
);
CREATE UNIQUE INDEX reconciliation_differences_standing_key ON reconciliation_differences (object_type, object_id, class) WHERE cleared_at IS NULL;
CREATE INDEX reconciliation_differences_booking_idx ON reconciliation_differences (booking) WHERE booking <> 'none_needed';
CREATE INDEX reconciliation_differences_found_idx ON reconciliation_differences (found_by);
CREATE INDEX reconciliation_differences_cleared_idx ON reconciliation_differences (cleared_by) WHERE cleared_by IS NOT NULL;

-- For payout runs, which read the few that are open.
CREATE INDEX reconciliation_differences_blocking_idx ON reconciliation_differences (id)
    WHERE blocking AND cleared_at IS NULL AND acknowledged_at IS NULL;

-- Whom an open blocking difference concerns: the creator of its payout, the creators who use or
-- used its connected account, and the creators who would be paid from its campaign. An empty
-- currency stands for all currencies.
CREATE VIEW blocked_creators AS
    WITH open_difference AS (
        SELECT id AS difference_id, account,
               CASE WHEN subject ~ '^payout/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN substr(subject, 8)::uuid END AS payout_id,
               CASE WHEN subject ~ '^campaign/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN substr(subject, 10)::uuid END AS campaign_id
          FROM reconciliation_differences
         WHERE blocking AND cleared_at IS NULL AND acknowledged_at IS NULL
    )
    SELECT difference.difference_id, payout.creator_id, ''::text AS currency
      FROM open_difference AS difference JOIN payouts AS payout ON payout.id = difference.payout_id
    UNION
    SELECT difference.difference_id, creator.id, ''
      FROM open_difference AS difference JOIN creators AS creator ON creator.payout_account = difference.account
     WHERE difference.account <> ''
    UNION
    SELECT difference.difference_id, payout.creator_id, ''
      FROM open_difference AS difference JOIN payouts AS payout ON payout.payout_account = difference.account
     WHERE difference.account <> ''
    UNION
    SELECT difference.difference_id, earned.creator_id, earned.currency
      FROM open_difference AS difference
      JOIN LATERAL (SELECT hold.creator_id, hold.currency, sum(hold.amount_minor) AS amount_minor
                      FROM holds AS hold
                     WHERE hold.campaign_id = difference.campaign_id AND hold.release_entry_id IS NOT NULL
                     GROUP BY hold.creator_id, hold.currency) AS earned ON true
     WHERE earned.amount_minor
         > coalesce((SELECT sum(deduction.amount_minor) FROM earning_deductions AS deduction
                      WHERE deduction.creator_id = earned.creator_id AND deduction.currency = earned.currency
                        AND deduction.campaign_id = difference.campaign_id), 0)
         + coalesce((SELECT sum(line.amount_minor) FROM payouts AS payout JOIN payout_lines AS line ON line.payout_id = payout.id
                      WHERE payout.creator_id = earned.creator_id AND payout.currency = earned.currency
                        AND line.campaign_id = difference.campaign_id AND payout.status NOT IN ('cancelled', 'returned')), 0);

GRANT SELECT ON blocked_creators TO creditroll_app;
GRANT SELECT, INSERT, UPDATE ON processor_objects, processor_balances TO creditroll_app;
GRANT SELECT, INSERT ON reconciliation_passes, reconciliation_differences TO creditroll_app;
GRANT UPDATE (finished_at, objects, unreadable, found, cleared, still_open, blocking) ON reconciliation_passes TO creditroll_app;
GRANT UPDATE (subject, ours, theirs, currency, detail, blocking, last_seen_at, cleared_at, cleared_by, acknowledged_at, acknowledged_by,
              creator_id, shift_minor, shift_currency, needs_booking, proposed_at, proposed_by, reason, booking)
    ON reconciliation_differences TO creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
