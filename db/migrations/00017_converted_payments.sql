-- +goose Up
-- Payments of brands that the payment processor converted into another currency. They fund nothing and are
-- refunded. refund_number and refund_minor are stored before a refund is requested, so that the request can
-- be sent again. refund_ended is the last number whose refund cannot move money any more.
CREATE TABLE converted_payments (
    payment_intent_id   text NOT NULL,
    campaign_id         uuid,
    deposit_id          uuid,
    amount_minor        bigint NOT NULL,
    currency            text NOT NULL,
    -- What the platform's balance received and what the processor kept, in settlement_currency.
    net_minor           bigint NOT NULL,
    fee_minor           bigint NOT NULL,
    settlement_currency text NOT NULL,
    refund_number       integer NOT NULL DEFAULT 0,
    refund_minor        bigint NOT NULL DEFAULT 0,
    refund_ended        integer NOT NULL DEFAULT 0,
    recorded_at         timestamptz NOT NULL,
    CONSTRAINT converted_payments_pkey PRIMARY KEY (payment_intent_id),
    CONSTRAINT converted_payments_campaign_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns (id),
    CONSTRAINT converted_payments_deposit_fkey FOREIGN KEY (deposit_id) REFERENCES deposits (id),
    CONSTRAINT converted_payments_owner_check CHECK (num_nonnulls(campaign_id, deposit_id) = 1),
    CONSTRAINT converted_payments_currencies_check CHECK (currency <> settlement_currency),
    CONSTRAINT converted_payments_amounts_check CHECK (amount_minor > 0 AND net_minor + fee_minor > 0),
    CONSTRAINT converted_payments_refund_check CHECK (refund_number >= 0 AND (refund_number = 0) = (refund_minor = 0) AND refund_ended BETWEEN 0 AND refund_number)
);
CREATE INDEX converted_payments_campaign_idx ON converted_payments (campaign_id) WHERE campaign_id IS NOT NULL;
CREATE TRIGGER converted_payments_kept BEFORE DELETE OR TRUNCATE ON converted_payments
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE corrections ADD CONSTRAINT corrections_payment_fkey FOREIGN KEY (payment_intent_id) REFERENCES converted_payments (payment_intent_id);

-- What gives a converted payment back to the brand: refunds, disputes, and what people have settled outside,
-- under the id of the correction. amount is in the currency of the payment. All else is in the currency in which it settled: taken is what left the balance, closed the same
-- share of what the payment had brought, lost what the brand has beyond its payment, and returned what came
-- back by a refund that failed or a dispute that was won.
CREATE TABLE converted_payment_returns (
    object_type       text NOT NULL,
    object_id         text NOT NULL,
    payment_intent_id text NOT NULL,
    amount_minor      bigint NOT NULL,
    taken_minor       bigint NOT NULL,
    closed_minor      bigint NOT NULL DEFAULT 0,
    lost_minor        bigint NOT NULL DEFAULT 0,
    returned_minor    bigint,
    -- open: a dispute that is not decided. made: the brand has the money. back: it came back.
    outcome           text NOT NULL,
    recorded_at       timestamptz NOT NULL,
    CONSTRAINT converted_payment_returns_pkey PRIMARY KEY (object_id),
    CONSTRAINT converted_payment_returns_payment_fkey FOREIGN KEY (payment_intent_id) REFERENCES converted_payments (payment_intent_id),
    CONSTRAINT converted_payment_returns_type_check CHECK (object_type IN ('refund', 'dispute', 'outside')),
    CONSTRAINT converted_payment_returns_outcome_check CHECK (outcome IN ('open', 'made', 'back') AND (object_type = 'dispute' OR outcome <> 'open') AND (object_type <> 'outside' OR outcome = 'made')),
    CONSTRAINT converted_payment_returns_back_check CHECK ((outcome = 'back') = (returned_minor IS NOT NULL)),
    CONSTRAINT converted_payment_returns_amounts_check CHECK (amount_minor > 0 AND taken_minor >= 0 AND closed_minor >= 0 AND lost_minor >= 0)
);
CREATE INDEX converted_payment_returns_payment_idx ON converted_payment_returns (payment_intent_id);
CREATE TRIGGER converted_payment_returns_kept BEFORE DELETE OR TRUNCATE ON converted_payment_returns
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A dispute over a converted payment freezes nothing, because the payment funds nothing. Its amount is in
-- the currency in which the payment settled.
ALTER TABLE funding_disputes ADD COLUMN converted boolean NOT NULL DEFAULT false;
ALTER TABLE funding_disputes DROP CONSTRAINT funding_disputes_owner_check;
ALTER TABLE funding_disputes ADD CONSTRAINT funding_disputes_owner_check CHECK (num_nonnulls(campaign_id, deposit_id) = CASE WHEN converted THEN 0 ELSE 1 END);

-- The currencies in which payments settle, as a comparison with the payment processor read them last. A
-- payment in another one is refused before it is made. One row, and empty if the processor does not show them.
CREATE TABLE settled_currencies (
    singleton  boolean NOT NULL DEFAULT true,
    currencies text[] NOT NULL,
    read_at    timestamptz NOT NULL,
    CONSTRAINT settled_currencies_pkey PRIMARY KEY (singleton),
    CONSTRAINT settled_currencies_singleton_check CHECK (singleton)
);

GRANT SELECT, INSERT, UPDATE ON settled_currencies TO creditroll_app;
GRANT SELECT, INSERT ON converted_payments, converted_payment_returns TO creditroll_app;
GRANT UPDATE (refund_number, refund_minor, refund_ended) ON converted_payments TO creditroll_app;
GRANT UPDATE (closed_minor, lost_minor, returned_minor, outcome) ON converted_payment_returns TO creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
