-- +goose Up
-- The guard of a brand's balance in one currency. Every transaction that changes the balance locks its
-- row first. The balance itself follows from postings.
CREATE TABLE organization_balances (
    organization_id uuid NOT NULL,
    currency        text NOT NULL,
    CONSTRAINT organization_balances_pkey PRIMARY KEY (organization_id, currency),
    CONSTRAINT organization_balances_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id)
);

-- A brand's payments into its balance. generation and asked_at are stored before the payment is
-- requested, so that one without an answer can be found. The brand pays amount and surcharge. method is
-- the processor's word for how it paid, such as card, and is empty if it is not known.
--
-- One with a campaign is a part of that campaign's payment, which moved to the balance when the budget was
-- lowered. moved_by is the reference of the entry. It is stored as received, and has the payment's method
-- and time. Withdrawals refund it like any deposit.
CREATE TABLE deposits (
    id                uuid NOT NULL,
    organization_id   uuid NOT NULL,
    currency          text NOT NULL,
    amount_minor      bigint NOT NULL,
    surcharge_minor   bigint NOT NULL,
    status            text NOT NULL DEFAULT 'pending',
    generation        integer NOT NULL DEFAULT 0,
    asked_at          timestamptz,
    payment_intent_id text,
    method            text NOT NULL DEFAULT '',
    paid_at           timestamptz,
    failure_code      text NOT NULL DEFAULT '',
    campaign_id       uuid,
    moved_by          text,
    requested_by      text NOT NULL,
    created_at        timestamptz NOT NULL,
    ended_at          timestamptz,
    CONSTRAINT deposits_pkey PRIMARY KEY (id),
    CONSTRAINT deposits_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT deposits_campaign_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns (id),
    CONSTRAINT deposits_moved_by_key UNIQUE (moved_by),
    CONSTRAINT deposits_moved_check CHECK ((campaign_id IS NULL) = (moved_by IS NULL) AND (campaign_id IS NULL OR status = 'received')),
    CONSTRAINT deposits_status_check CHECK (status IN ('pending', 'received', 'declined', 'cancelled')),
    CONSTRAINT deposits_ended_check CHECK ((status = 'pending') = (ended_at IS NULL)),
    CONSTRAINT deposits_received_check CHECK ((status = 'received') = (paid_at IS NOT NULL) AND (status <> 'received' OR payment_intent_id IS NOT NULL)),
    CONSTRAINT deposits_generation_check CHECK (generation >= 0 AND (generation = 0) = (asked_at IS NULL)),
    CONSTRAINT deposits_amounts_check CHECK (amount_minor > 0 AND surcharge_minor >= 0)
);
CREATE UNIQUE INDEX deposits_payment_intent_key ON deposits (payment_intent_id) WHERE campaign_id IS NULL;
CREATE INDEX deposits_campaign_idx ON deposits (campaign_id) WHERE campaign_id IS NOT NULL;
CREATE INDEX deposits_organization_idx ON deposits (organization_id, currency, created_at, id);
CREATE TRIGGER deposits_kept BEFORE DELETE OR TRUNCATE ON deposits
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What brands take out of their balances. The amount is reserved in the books at once. sent is what
-- refunds have sent back or people have settled outside, and returned what is in the balance again. cancelled stays
-- true when the withdrawal has ended: what fails later returns to the balance.
CREATE TABLE withdrawals (
    id              uuid NOT NULL,
    organization_id uuid NOT NULL,
    currency        text NOT NULL,
    amount_minor    bigint NOT NULL,
    sent_minor      bigint NOT NULL DEFAULT 0,
    returned_minor  bigint NOT NULL DEFAULT 0,
    status          text NOT NULL DEFAULT 'sending',
    cancelled       boolean NOT NULL DEFAULT false,
    requested_by    text NOT NULL,
    created_at      timestamptz NOT NULL,
    ended_at        timestamptz,
    CONSTRAINT withdrawals_pkey PRIMARY KEY (id),
    CONSTRAINT withdrawals_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT withdrawals_status_check CHECK (status IN ('sending', 'cancelling', 'completed', 'cancelled')),
    CONSTRAINT withdrawals_ended_check CHECK ((status IN ('completed', 'cancelled')) = (ended_at IS NOT NULL)
        AND (status IN ('completed', 'cancelled')) = (sent_minor + returned_minor = amount_minor)),
    CONSTRAINT withdrawals_never_exceeded CHECK (amount_minor > 0 AND sent_minor >= 0 AND returned_minor >= 0 AND sent_minor + returned_minor <= amount_minor)
);
CREATE INDEX withdrawals_organization_idx ON withdrawals (organization_id, id);
ALTER TABLE corrections ADD CONSTRAINT corrections_withdrawal_fkey FOREIGN KEY (withdrawal_id) REFERENCES withdrawals (id);
CREATE TRIGGER withdrawals_kept BEFORE DELETE OR TRUNCATE ON withdrawals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Refunds of deposits. A withdrawal stores each one before it is requested: its number identifies it at
-- the payment processor, and the amount never changes. One without a withdrawal was made by hand, and
-- is stored when it is booked. closes_deposit takes the deposit out of what the withdrawal refunds.
CREATE TABLE deposit_refunds (
    id             uuid NOT NULL,
    deposit_id     uuid NOT NULL,
    withdrawal_id  uuid,
    number         integer,
    amount_minor   bigint NOT NULL,
    status         text NOT NULL DEFAULT 'requested',
    refund_id      text,
    failure_code   text NOT NULL DEFAULT '',
    closes_deposit boolean NOT NULL DEFAULT false,
    requested_at   timestamptz NOT NULL,
    ended_at       timestamptz,
    CONSTRAINT deposit_refunds_pkey PRIMARY KEY (id),
    CONSTRAINT deposit_refunds_deposit_fkey FOREIGN KEY (deposit_id) REFERENCES deposits (id),
    CONSTRAINT deposit_refunds_withdrawal_fkey FOREIGN KEY (withdrawal_id) REFERENCES withdrawals (id),
    CONSTRAINT deposit_refunds_number_key UNIQUE (withdrawal_id, number),
    CONSTRAINT deposit_refunds_refund_key UNIQUE (refund_id),
    CONSTRAINT deposit_refunds_status_check CHECK (status IN ('requested', 'succeeded', 'failed', 'refused')),
    CONSTRAINT deposit_refunds_number_check CHECK ((withdrawal_id IS NULL) = (number IS NULL) AND number > 0),
    CONSTRAINT deposit_refunds_refund_check CHECK ((status = 'succeeded' OR withdrawal_id IS NULL) <= (refund_id IS NOT NULL)),
    CONSTRAINT deposit_refunds_ended_check CHECK ((status = 'requested') = (ended_at IS NULL)),
    CONSTRAINT deposit_refunds_amount_check CHECK (amount_minor > 0)
);
CREATE INDEX deposit_refunds_deposit_idx ON deposit_refunds (deposit_id);
-- A withdrawal requests one refund after the other.
CREATE UNIQUE INDEX deposit_refunds_one_requested_key ON deposit_refunds (withdrawal_id) WHERE status = 'requested';
CREATE TRIGGER deposit_refunds_kept BEFORE DELETE OR TRUNCATE ON deposit_refunds
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A disputed payment is that of a campaign, or a deposit. The whole amount of a disputed deposit is held
-- back from the balance, and frozen_minor is that amount.
ALTER TABLE funding_disputes ALTER COLUMN campaign_id DROP NOT NULL;
ALTER TABLE funding_disputes ADD COLUMN deposit_id uuid;
ALTER TABLE funding_disputes ADD CONSTRAINT funding_disputes_deposit_fkey FOREIGN KEY (deposit_id) REFERENCES deposits (id);
ALTER TABLE funding_disputes ADD CONSTRAINT funding_disputes_owner_check CHECK (num_nonnulls(campaign_id, deposit_id) = 1);
CREATE INDEX funding_disputes_deposit_idx ON funding_disputes (deposit_id) WHERE deposit_id IS NOT NULL;

-- What an open dispute over money of a balance freezes of the unspent budgets of campaigns that were funded
-- from the balance, because the balance lacks it. amount is what it claims, and frozen the part of that in escrow now.
-- taken is what a lost dispute returned from the escrow to the balance, which bears the loss.
CREATE TABLE disputed_budgets (
    dispute_id   text NOT NULL,
    campaign_id  uuid NOT NULL,
    amount_minor bigint NOT NULL,
    frozen_minor bigint NOT NULL DEFAULT 0,
    taken_minor  bigint NOT NULL DEFAULT 0,
    released_at  timestamptz,
    CONSTRAINT disputed_budgets_pkey PRIMARY KEY (dispute_id, campaign_id),
    CONSTRAINT disputed_budgets_dispute_fkey FOREIGN KEY (dispute_id) REFERENCES funding_disputes (dispute_id),
    CONSTRAINT disputed_budgets_campaign_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns (id),
    CONSTRAINT disputed_budgets_amounts_check CHECK (amount_minor > 0 AND frozen_minor BETWEEN 0 AND amount_minor AND taken_minor >= 0),
    CONSTRAINT disputed_budgets_released_check CHECK (released_at IS NULL OR frozen_minor = 0)
);
CREATE INDEX disputed_budgets_campaign_idx ON disputed_budgets (campaign_id);
CREATE TRIGGER disputed_budgets_kept BEFORE DELETE OR TRUNCATE ON disputed_budgets
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What refunds by withdrawals have sent back of campaigns' payments, or are about to.
CREATE VIEW withdrawn_payments AS
    SELECT moved.campaign_id, sum(refund.amount_minor)::bigint AS amount_minor
      FROM deposits AS moved JOIN deposit_refunds AS refund ON refund.deposit_id = moved.id
     WHERE moved.campaign_id IS NOT NULL AND refund.status IN ('requested', 'succeeded')
     GROUP BY moved.campaign_id;

-- What each open dispute holds back of a balance: all of a disputed deposit, and of a campaign's payment what
-- was moved to the balance, as far as the campaign's escrow does not cover the dispute. What is frozen in
-- budgets that were funded from the balance is not counted again.
CREATE VIEW disputed_balances AS
    WITH frozen AS (
        SELECT dispute_id, sum(frozen_minor)::bigint AS amount_minor FROM disputed_budgets GROUP BY dispute_id
    )
    SELECT dispute.dispute_id, deposit.organization_id, deposit.currency,
           greatest(0, dispute.amount_minor - coalesce(frozen.amount_minor, 0)) AS amount_minor
      FROM funding_disputes AS dispute JOIN deposits AS deposit ON deposit.id = dispute.deposit_id
      LEFT JOIN frozen ON frozen.dispute_id = dispute.dispute_id
     WHERE dispute.status = 'open'
    UNION ALL
    SELECT dispute.dispute_id, campaign.organization_id, budget.currency,
           greatest(0, least(dispute.amount_minor - dispute.frozen_minor,
                             budget.returned_minor - budget.allocated_minor - coalesce(withdrawn.amount_minor, 0))
                       - coalesce(frozen.amount_minor, 0)) AS amount_minor
      FROM funding_disputes AS dispute
      JOIN campaigns AS campaign ON campaign.id = dispute.campaign_id
      JOIN campaign_budgets AS budget ON budget.campaign_id = campaign.id AND budget.returned_minor > budget.allocated_minor
      LEFT JOIN withdrawn_payments AS withdrawn ON withdrawn.campaign_id = campaign.id
      LEFT JOIN frozen ON frozen.dispute_id = dispute.dispute_id
     WHERE dispute.status = 'open';

-- Refunds that have not arrived, by whom they are owed to. The processor took them from the platform's
-- balance when they were made, before that balance was read, and the books have each when it has arrived.
-- A person can refund more by hand than a campaign or a brand has left: that part is not owed to anyone.
CREATE VIEW refunds_under_way AS
    WITH made AS (
        SELECT refund.currency, campaign.id AS campaign_id, coalesce(named.organization_id, paid.organization_id) AS organization_id, sum(refund.amount_minor) AS amount_minor
          FROM processor_objects AS refund
          JOIN processor_balances AS held ON held.currency = refund.currency AND held.read_at >= refund.first_seen_at
          LEFT JOIN deposits AS named ON named.currency = refund.currency AND named.status = 'received'
               AND named.id = CASE WHEN refund.deposit_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN refund.deposit_id::uuid END
          LEFT JOIN deposits AS paid ON named.id IS NULL AND paid.campaign_id IS NULL AND paid.payment_intent_id = refund.source_id
               AND paid.currency = refund.currency AND paid.status = 'received'
          LEFT JOIN campaigns AS campaign ON named.id IS NULL AND campaign.payment_intent_id = refund.source_id AND campaign.currency = refund.currency
         WHERE refund.object_type = 'refund' AND refund.status IN ('pending', 'requires_action')
           AND num_nonnulls(named.id, paid.id, campaign.id) > 0
           AND NOT EXISTS (SELECT FROM external_objects AS booked
                            WHERE booked.provider = 'stripe' AND booked.object_type = 'refund' AND booked.object_id = refund.object_id)
         GROUP BY 1, 2, 3
    )
    SELECT made.currency, made.campaign_id, NULL::uuid AS organization_id,
           least(made.amount_minor, greatest(0, budget.funded_minor - budget.spent_minor - budget.refunded_minor - budget.disputed_minor)
                                    + greatest(0, budget.returned_minor - budget.allocated_minor
                                                  - coalesce((SELECT withdrawn.amount_minor FROM withdrawn_payments AS withdrawn WHERE withdrawn.campaign_id = made.campaign_id), 0)))::bigint AS amount_minor
      FROM made JOIN campaign_budgets AS budget ON budget.campaign_id = made.campaign_id
    UNION ALL
    SELECT made.currency, NULL, made.organization_id,
           least(made.amount_minor,
                 coalesce((SELECT -balance.sum_minor FROM balances AS balance
                            WHERE balance.code = 'organization/' || made.organization_id || '/withdrawing' AND balance.currency = made.currency), 0)
                 + greatest(0, coalesce((SELECT -balance.sum_minor FROM balances AS balance
                                          WHERE balance.code = 'organization/' || made.organization_id || '/balance' AND balance.currency = made.currency), 0)
                               - coalesce((SELECT sum(disputed.amount_minor) FROM disputed_balances AS disputed
                                            WHERE disputed.organization_id = made.organization_id AND disputed.currency = made.currency), 0)))::bigint
      FROM made WHERE made.campaign_id IS NULL;

-- Clips that have had their final reading, of which a dispute has limited what it credits. One with a clawback gets
-- nothing more.
CREATE VIEW withheld_clips AS
    SELECT clip.id, clip.campaign_id, clip.submitted_at, last.poll, last.provider, last.attempt_id,
           last.views, last.likes, last.comments, last.shares, last.observed_at
      FROM observations AS last JOIN clips AS clip ON clip.id = last.clip_id
     WHERE last.is_final AND last.limited_by = 'dispute' AND clip.status IN ('finished', 'removed')
       AND NOT EXISTS (SELECT FROM observations AS later WHERE later.clip_id = last.clip_id AND later.poll > last.poll)
       AND NOT EXISTS (SELECT FROM corrections WHERE corrections.clip_id = clip.id AND corrections.kind = 'clawback' AND corrections.corrected_minor > 0);
CREATE INDEX observations_withheld_idx ON observations (clip_id) WHERE is_final AND limited_by = 'dispute';

GRANT SELECT ON withdrawn_payments, disputed_balances, refunds_under_way, withheld_clips TO creditroll_app;
GRANT SELECT, INSERT ON organization_balances, deposits, withdrawals, deposit_refunds TO creditroll_app;
-- FOR UPDATE needs the right to change a row.
GRANT UPDATE (currency) ON organization_balances TO creditroll_app;
GRANT UPDATE (status, generation, asked_at, payment_intent_id, method, paid_at, failure_code, ended_at) ON deposits TO creditroll_app;
GRANT UPDATE (sent_minor, returned_minor, status, cancelled, ended_at) ON withdrawals TO creditroll_app;
GRANT SELECT, INSERT ON disputed_budgets TO creditroll_app;
GRANT UPDATE (amount_minor, frozen_minor, taken_minor, released_at) ON disputed_budgets TO creditroll_app;
GRANT UPDATE (status, refund_id, failure_code, closes_deposit, ended_at) ON deposit_refunds TO creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
