-- +goose Up
CREATE TABLE organizations (
    id         uuid NOT NULL,
    name       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT organizations_pkey PRIMARY KEY (id),
    CONSTRAINT organizations_name_check CHECK (name <> '')
);

-- Attempts of a brand to be verified at the payment processor, which keeps what the person
-- supplies. A brand is verified if one of its sessions is; that one never changes again.
CREATE TABLE organization_verifications (
    session_id      text NOT NULL,
    organization_id uuid NOT NULL,
    status          text NOT NULL,
    -- The processor's word for why it asks again.
    error_code      text NOT NULL DEFAULT '',
    requested_by    text NOT NULL,
    requested_at    timestamptz NOT NULL,
    changed_at      timestamptz NOT NULL,
    CONSTRAINT organization_verifications_pkey PRIMARY KEY (session_id),
    CONSTRAINT organization_verifications_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT organization_verifications_status_check CHECK (status IN ('pending', 'requires_input', 'verified', 'canceled'))
);
CREATE INDEX organization_verifications_organization_idx ON organization_verifications (organization_id, requested_at);

-- handle is for people. The workflow engine and the ledger see only the id. payout_account is
-- the account at the payment processor through which the creator is paid.
CREATE TABLE creators (
    id                uuid NOT NULL,
    handle            text NOT NULL,
    -- Empty until there is a connected account.
    payout_account    text,
    -- The account's state as the payment rail showed it last.
    verification      text NOT NULL DEFAULT 'unverified',
    -- A person's decision that stops payouts before their transfer.
    payouts_frozen_at     timestamptz,
    payouts_frozen_by     text,
    payouts_frozen_reason text,
    created_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT creators_pkey PRIMARY KEY (id),
    CONSTRAINT creators_handle_key UNIQUE (handle),
    CONSTRAINT creators_payout_account_key UNIQUE (payout_account),
    CONSTRAINT creators_verification_check CHECK (verification IN ('unverified', 'pending', 'verified')),
    CONSTRAINT creators_frozen_check CHECK ((payouts_frozen_at IS NULL) = (payouts_frozen_by IS NULL)
        AND (payouts_frozen_at IS NULL) = (payouts_frozen_reason IS NULL))
);

-- A channel is a creator's claim on an account of a platform. Several creators may claim one account,
-- and one of them may prove the claim (channel_proofs). author_id is personal data, so workflows compare
-- author_digest.
CREATE TABLE channels (
    id            uuid NOT NULL,
    creator_id    uuid NOT NULL,
    platform      text NOT NULL,
    author_id     text NOT NULL,
    author_digest text NOT NULL,
    status        text NOT NULL DEFAULT 'unproven',
    proven_at     timestamptz,
    -- Why a person revoked the proof.
    revoked_reason text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT channels_pkey PRIMARY KEY (id),
    CONSTRAINT channels_creator_fkey FOREIGN KEY (creator_id) REFERENCES creators (id),
    CONSTRAINT channels_author_key UNIQUE (creator_id, platform, author_digest),
    CONSTRAINT channels_status_check CHECK (status IN ('unproven', 'proving', 'proven', 'expired', 'superseded', 'revoked')),
    CONSTRAINT channels_proven_check CHECK ((status = 'proven') <= (proven_at IS NOT NULL))
);
CREATE INDEX channels_author_idx ON channels (platform, author_digest);
-- An account of a platform belongs to one creator.
CREATE UNIQUE INDEX channels_proven_key ON channels (platform, author_digest) WHERE status = 'proven';

-- terms are frozen when the campaign is created. budget_minor and ends_at are what amendments have
-- made of the two values in them. closing_at is the moment from which no new clip
-- is accepted, before the final sweep. payment_generation and payment_asked_at are stored before a payment
-- is requested, so that one without an answer can be found.
CREATE TABLE campaigns (
    id                uuid NOT NULL,
    organization_id   uuid NOT NULL,
    name              text NOT NULL,
    status            text NOT NULL,
    currency          text NOT NULL,
    budget_minor      bigint NOT NULL,
    ends_at           timestamptz NOT NULL,
    terms             jsonb NOT NULL,
    payment_intent_id text,
    payment_generation integer NOT NULL DEFAULT 0,
    payment_asked_at  timestamptz,
    closing_at        timestamptz,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT campaigns_pkey PRIMARY KEY (id),
    CONSTRAINT campaigns_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT campaigns_payment_intent_key UNIQUE (payment_intent_id),
    CONSTRAINT campaigns_budget_check CHECK (budget_minor > 0),
    CONSTRAINT campaigns_payment_generation_check CHECK (payment_generation >= 0 AND (payment_generation = 0) = (payment_asked_at IS NULL)),
    CONSTRAINT campaigns_status_check CHECK (status IN
        ('draft', 'reviewing', 'approved', 'funded', 'live', 'paused', 'completed', 'paid_out', 'closed', 'cancelled'))
);
CREATE INDEX campaigns_organization_idx ON campaigns (organization_id, id);

-- When a campaign was paused. Views of a pause never earn.
CREATE TABLE campaign_pauses (
    campaign_id uuid NOT NULL,
    paused_at   timestamptz NOT NULL,
    resumed_at  timestamptz,
    CONSTRAINT campaign_pauses_pkey PRIMARY KEY (campaign_id, paused_at),
    CONSTRAINT campaign_pauses_campaign_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns (id),
    CONSTRAINT campaign_pauses_order_check CHECK (resumed_at >= paused_at)
);

-- Each change of a campaign's budget and end, with the values before and after it.
CREATE TABLE campaign_amendments (
    id                  uuid NOT NULL,
    campaign_id         uuid NOT NULL,
    number              integer NOT NULL,
    budget_before_minor bigint NOT NULL,
    budget_after_minor  bigint NOT NULL,
    ends_before         timestamptz NOT NULL,
    ends_after          timestamptz NOT NULL,
    actor               text NOT NULL,
    reason              text NOT NULL,
    amended_at          timestamptz NOT NULL,
    CONSTRAINT campaign_amendments_pkey PRIMARY KEY (id),
    CONSTRAINT campaign_amendments_campaign_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns (id),
    CONSTRAINT campaign_amendments_number_key UNIQUE (campaign_id, number),
    CONSTRAINT campaign_amendments_change_check CHECK (budget_after_minor > 0 AND ends_after >= ends_before
        AND (budget_after_minor <> budget_before_minor OR ends_after <> ends_before))
);

-- The one stored balance: a projection that makes overspending impossible. It must equal the
-- ledger at all times. Every transaction that spends locks its row first.
--
-- refunded is what left the escrow for the brand, by refunds and by lost disputes. shortfall is
-- what the brand received beyond that, which is our loss. disputed is unspent escrow that the
-- brand's bank has taken back until it decides. readings counts the readings of the campaign's
-- clips, clawbacks the clawbacks, and ownerships how often clips have gained or lost their post: if none
-- has changed, no clip was credited, clawed back, or given to another creator.
-- allocated is the part of funded that came from the organization's balance, and returned is what went
-- to it. returned exceeds allocated if a part of the campaign's own payment was moved to the balance.
-- allocations counts the entries of both. pacing_hour and pacing_day are the latest UTC hour and day of a reading, with what they spent.
CREATE TABLE campaign_budgets (
    campaign_id              uuid NOT NULL,
    currency                 text NOT NULL,
    funded_minor             bigint NOT NULL DEFAULT 0,
    spent_minor              bigint NOT NULL DEFAULT 0,
    refunded_minor           bigint NOT NULL DEFAULT 0,
    disputed_minor           bigint NOT NULL DEFAULT 0,
    shortfall_minor          bigint NOT NULL DEFAULT 0,
    allocated_minor          bigint NOT NULL DEFAULT 0,
    returned_minor           bigint NOT NULL DEFAULT 0,
    allocations              integer NOT NULL DEFAULT 0,
    readings                 bigint NOT NULL DEFAULT 0,
    clawbacks                bigint NOT NULL DEFAULT 0,
    ownerships               bigint NOT NULL DEFAULT 0,
    pacing_day               date,
    pacing_day_spent_minor   bigint NOT NULL DEFAULT 0,
    pacing_hour              timestamptz,
    pacing_hour_spent_minor  bigint NOT NULL DEFAULT 0,
    CONSTRAINT campaign_budgets_pkey PRIMARY KEY (campaign_id),
    CONSTRAINT campaign_budgets_campaign_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns (id),
    CONSTRAINT campaign_budgets_never_exceeded CHECK (spent_minor + refunded_minor + disputed_minor <= funded_minor),
    CONSTRAINT campaign_budgets_returned_check CHECK (returned_minor <= refunded_minor + shortfall_minor AND allocated_minor <= funded_minor),
    CONSTRAINT campaign_budgets_signs_check CHECK (spent_minor >= 0 AND refunded_minor >= 0 AND disputed_minor >= 0 AND shortfall_minor >= 0 AND funded_minor >= 0 AND allocated_minor >= 0 AND returned_minor >= 0 AND pacing_day_spent_minor >= 0
        AND pacing_hour_spent_minor >= 0)
) WITH (fillfactor = 50);
-- What disputes froze, without reading every campaign.
CREATE INDEX campaign_budgets_disputed_idx ON campaign_budgets (currency) INCLUDE (disputed_minor) WHERE disputed_minor > 0;

-- How and when the payments were made that a campaign's money can be from: those booked into its escrow,
-- and deposits into the organization's balance. method is the processor's word, such as card, and is
-- empty if it is not known. What a card paid can be disputed, so it can be kept on hold.
CREATE TABLE campaign_payments (
    payment_intent_id text NOT NULL,
    campaign_id       uuid NOT NULL,
    method            text NOT NULL,
    paid_at           timestamptz NOT NULL,
    CONSTRAINT campaign_payments_pkey PRIMARY KEY (campaign_id, payment_intent_id),
    CONSTRAINT campaign_payments_campaign_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns (id)
);
CREATE INDEX campaign_payments_campaign_idx ON campaign_payments (campaign_id, paid_at);
CREATE TRIGGER campaign_payments_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON campaign_payments
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The affiliate is the creator who referred this one. The affiliate earns a commission.
CREATE TABLE participations (
    id          uuid NOT NULL,
    campaign_id uuid NOT NULL,
    creator_id  uuid NOT NULL,
    status      text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    decided_at  timestamptz,
    affiliate_id uuid,
    CONSTRAINT participations_pkey PRIMARY KEY (id),
    CONSTRAINT participations_campaign_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns (id),
    CONSTRAINT participations_creator_fkey FOREIGN KEY (creator_id) REFERENCES creators (id),
    CONSTRAINT participations_affiliate_fkey FOREIGN KEY (affiliate_id) REFERENCES creators (id),
    CONSTRAINT participations_affiliate_check CHECK (affiliate_id <> creator_id),
    CONSTRAINT participations_once_key UNIQUE (campaign_id, creator_id),
    CONSTRAINT participations_status_check CHECK (status IN ('applied', 'accepted', 'rejected'))
);
CREATE INDEX participations_creator_idx ON participations (creator_id);

-- channel_id is the creator's channel that the post is of, once the post was read. holds_post: that channel
-- is proven, and no other clip has the post. Without it a clip earns nothing.
CREATE TABLE clips (
    id               uuid NOT NULL,
    campaign_id      uuid NOT NULL,
    creator_id       uuid NOT NULL,
    platform         text NOT NULL,
    external_id      text NOT NULL,
    url              text NOT NULL,
    channel_id       uuid,
    holds_post       boolean NOT NULL DEFAULT false,
    status           text NOT NULL,
    status_reason    text,
    waiting_for      text,
    published_at     timestamptz,
    submitted_at     timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT clips_pkey PRIMARY KEY (id),
    CONSTRAINT clips_campaign_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns (id),
    CONSTRAINT clips_creator_fkey FOREIGN KEY (creator_id) REFERENCES creators (id),
    CONSTRAINT clips_channel_fkey FOREIGN KEY (channel_id) REFERENCES channels (id),
    CONSTRAINT clips_holds_post_check CHECK (NOT holds_post OR channel_id IS NOT NULL),
    CONSTRAINT clips_status_check CHECK (status IN ('verifying', 'in_review', 'tracking', 'finished', 'rejected', 'removed'))
);
-- A post earns once, in one campaign, for one creator who has proven the channel. A rejected clip does not
-- block another one.
CREATE UNIQUE INDEX clips_post_key ON clips (platform, external_id) WHERE holds_post AND status <> 'rejected';
CREATE INDEX clips_post_idx ON clips (platform, external_id);
CREATE INDEX clips_channel_idx ON clips (channel_id, id);
CREATE INDEX clips_campaign_idx ON clips (campaign_id, id);
CREATE INDEX clips_creator_idx ON clips (creator_id, id);

-- Clips are never deleted, because readings and earnings refer to them.
CREATE TRIGGER clips_kept BEFORE DELETE OR TRUNCATE ON clips
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT ON organizations, organization_verifications, creators, channels TO creditroll_app;
GRANT UPDATE (status, error_code, changed_at) ON organization_verifications TO creditroll_app;
GRANT UPDATE (payout_account, verification, payouts_frozen_at, payouts_frozen_by, payouts_frozen_reason) ON creators TO creditroll_app;
GRANT SELECT, INSERT ON campaigns, campaign_pauses, campaign_amendments, campaign_budgets, campaign_payments, participations, clips TO creditroll_app;
-- The terms of a campaign and the creator of a clip never change.
GRANT UPDATE (resumed_at) ON campaign_pauses TO creditroll_app;
GRANT UPDATE (status, budget_minor, ends_at, payment_intent_id, payment_generation, payment_asked_at, closing_at, updated_at) ON campaigns TO creditroll_app;
GRANT UPDATE (funded_minor, spent_minor, refunded_minor, disputed_minor, shortfall_minor, allocated_minor, returned_minor, allocations, readings, clawbacks, ownerships, pacing_day, pacing_day_spent_minor, pacing_hour, pacing_hour_spent_minor)
    ON campaign_budgets TO creditroll_app;
GRANT UPDATE (status, decided_at) ON participations TO creditroll_app;
GRANT UPDATE (status, proven_at, revoked_reason) ON channels TO creditroll_app;
GRANT UPDATE (status, status_reason, waiting_for, published_at, channel_id, holds_post, updated_at) ON clips TO creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
