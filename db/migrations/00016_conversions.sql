-- +goose Up
-- What a transfer became on the connected account, if that is another currency. The payout itself stays
-- in its own currency. generation is that of the transfer.
CREATE TABLE payout_conversions (
    payout_id       uuid NOT NULL,
    generation      integer NOT NULL,
    account         text NOT NULL,
    transfer_id     text NOT NULL,
    source_minor    bigint NOT NULL,
    source_currency text NOT NULL,
    -- amount_minor is the converted amount before the fee, received_minor what the account received.
    amount_minor    bigint NOT NULL,
    fee_minor       bigint NOT NULL,
    received_minor  bigint NOT NULL,
    currency        text NOT NULL,
    rate            text NOT NULL,
    transaction_id  text NOT NULL,
    available_on    timestamptz NOT NULL,
    -- What earlier payouts have left on the account, and what this one leaves there, because banks take
    -- the currency in steps. The bank payout is received + carried - left.
    carried_minor   bigint NOT NULL,
    left_minor      bigint NOT NULL,
    -- held: the account has it, or the bank. returned: the transfer was reversed. settled: people settled
    -- the payout outside.
    outcome         text NOT NULL DEFAULT 'held',
    -- What left the account for it, if the transfer was reversed, and what came back to the platform.
    taken_minor     bigint,
    back_minor      bigint,
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT payout_conversions_pkey PRIMARY KEY (payout_id, generation),
    CONSTRAINT payout_conversions_payout_fkey FOREIGN KEY (payout_id) REFERENCES payouts (id),
    CONSTRAINT payout_conversions_transfer_key UNIQUE (transfer_id),
    CONSTRAINT payout_conversions_currencies_check CHECK (currency <> source_currency),
    CONSTRAINT payout_conversions_amounts_check CHECK (source_minor > 0 AND received_minor > 0 AND received_minor = amount_minor - fee_minor),
    CONSTRAINT payout_conversions_outcome_check CHECK (outcome IN ('held', 'returned', 'settled')),
    CONSTRAINT payout_conversions_taken_check CHECK ((outcome = 'returned') = (taken_minor IS NOT NULL AND back_minor IS NOT NULL))
);
-- A payout has at most one transfer that is not taken back.
CREATE UNIQUE INDEX payout_conversions_held_key ON payout_conversions (payout_id) WHERE outcome = 'held';
CREATE INDEX payout_conversions_account_idx ON payout_conversions (account, currency);

GRANT SELECT, INSERT ON payout_conversions TO creditroll_app;
GRANT UPDATE (outcome, taken_minor, back_minor) ON payout_conversions TO creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
