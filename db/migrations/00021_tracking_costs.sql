-- +goose Up
-- What the readings of a campaign have cost, by UTC day, provider and platform. Each attempt adds its price in the transaction that
-- records it, divided by the clips of each campaign. So the sums equal those of provider_attempts. What no campaign
-- has asked for has the id of zeros. Amounts are millionths of a US dollar.
CREATE TABLE tracking_costs (
    campaign_id uuid NOT NULL,
    day         date NOT NULL,
    provider    text NOT NULL,
    platform    text NOT NULL,
    clips       bigint NOT NULL,
    cost_micros bigint NOT NULL,
    CONSTRAINT tracking_costs_pkey PRIMARY KEY (campaign_id, day, provider, platform),
    CONSTRAINT tracking_costs_clips_check CHECK (clips >= 0),
    CONSTRAINT tracking_costs_cost_micros_check CHECK (cost_micros >= 0)
);
CREATE INDEX tracking_costs_day_idx ON tracking_costs (day);

GRANT SELECT, INSERT, UPDATE (clips, cost_micros) ON tracking_costs TO creditroll_app;
