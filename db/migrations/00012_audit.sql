-- +goose Up
-- Stable views of the books for auditors and tools. Columns may be added, but never change.
CREATE VIEW audit.postings AS
    SELECT posting.entry_id, posting.seq, entry.kind, entry.reference, account.code AS account,
           posting.currency, posting.amount_minor, entry.effective_at, entry.recorded_at
      FROM public.postings AS posting
      JOIN public.journal_entries AS entry ON entry.id = posting.entry_id
      JOIN public.ledger_accounts AS account ON account.id = posting.account_id;

CREATE VIEW audit.external_objects AS
    SELECT provider, object_type, object_id, entry_id FROM public.external_objects;

CREATE VIEW audit.payouts AS
    SELECT payout.id AS payout_id, run.period AS run, payout.creator_id, payout.currency, payout.amount_minor,
           payout.status, payout.attention_reason, payout.transfer_id, payout.bank_payout_id, run.number AS run_number, payout.adopted_at,
           payout.method, payout.fee_minor, payout.fallback_code
      FROM public.payouts AS payout
      JOIN public.payout_runs AS run ON run.id = payout.run_id;

CREATE VIEW audit.provider_attempts AS
    SELECT provider, platform, clips, outcome, cost_micros, started_at, latency_ms, clips_read FROM public.provider_attempts;

-- refunded_minor is what left the escrow for the brand, by refunds and by lost disputes.
-- shortfall_minor is what the brand received beyond that, which is the platform's loss.
-- charged_back_minor is what the lost disputes took. allocated_minor came from the organization's
-- balance, and returned_minor went back to it.
--
--     funded - allocated                             = the payments for the campaign alone, less surcharges
--     refunded + shortfall - charged_back - returned = the refunds that the payment processor made
--     funded - spent - refunded                      = the escrow, of which disputed_minor is frozen
CREATE VIEW audit.campaigns AS
    SELECT campaign.id AS campaign_id, campaign.status, campaign.currency, campaign.budget_minor,
           budget.funded_minor, budget.spent_minor, budget.refunded_minor, budget.disputed_minor, budget.shortfall_minor,
           budget.allocated_minor, budget.returned_minor,
           coalesce((SELECT sum(amount_minor) FROM public.funding_disputes AS dispute
                      WHERE dispute.campaign_id = campaign.id AND dispute.status = 'lost'), 0)::bigint AS charged_back_minor
      FROM public.campaigns AS campaign
      JOIN public.campaign_budgets AS budget ON budget.campaign_id = campaign.id;

-- earned_minor is what was credited for credited_views, less clawed_back_minor. Its sum over the
-- clips of a campaign is what the campaign has spent. accepted_views is the highest count that was plausible
-- or confirmed, and held_views are those above it that wait for confirmation.
CREATE VIEW audit.clips AS
    SELECT clip.id AS clip_id, clip.campaign_id, clip.creator_id, clip.platform, clip.external_id, clip.status,
           coalesce(observed.views, archived.views, 0) AS observed_views,
           coalesce(earned.credited_views_after, 0) AS credited_views,
           coalesce(earned.clip_gross_after_minor, 0) - clawed.back_minor AS earned_minor,
           clawed.back_minor AS clawed_back_minor,
           coalesce(observed.high_water_views, archived.accepted_views, 0) AS accepted_views,
           greatest(coalesce(observed.claimed_views - observed.high_water_views, archived.claimed_views - archived.accepted_views, 0), 0) AS held_views
      FROM public.clips AS clip
      LEFT JOIN LATERAL (SELECT views, high_water_views, claimed_views FROM public.observations
                          WHERE clip_id = clip.id ORDER BY poll DESC LIMIT 1) AS observed ON true
      LEFT JOIN public.archived_readings AS archived ON archived.clip_id = clip.id
      LEFT JOIN LATERAL (SELECT credited_views_after, clip_gross_after_minor FROM public.accruals
                          WHERE clip_id = clip.id ORDER BY poll DESC LIMIT 1) AS earned ON true
     CROSS JOIN LATERAL (SELECT coalesce(sum(corrected_minor), 0)::bigint AS back_minor FROM public.corrections
                          WHERE clip_id = clip.id AND kind = 'clawback') AS clawed;

-- Every reading of clips, with what it counts for and its oddities.
CREATE VIEW audit.observations AS
    SELECT clip_id, poll, provider, attempt_id, views, likes, comments, shares, observed_at, recorded_at, decision, accepted_views,
           high_water_views, excluded_views, claimed_views, claimed_by, coalesce(signals, '[]') AS signals
      FROM public.observations;

CREATE VIEW audit.differences AS
    SELECT id AS difference_id, class, object_type, object_id, subject, ours, theirs, currency, detail, blocking,
           found_at, last_seen_at, cleared_at, acknowledged_at, acknowledged_by, proposed_at, proposed_by, reason, booking
      FROM public.reconciliation_differences;

CREATE VIEW audit.seals AS
    SELECT number, first_seq, last_seq, entries, postings, encode(previous_hash, 'hex') AS previous_hash, encode(hash, 'hex') AS hash, sealed_at
      FROM public.seals;

CREATE VIEW audit.detached_months AS
    SELECT parent, month, first_id, next_id, through_seq, entries, archived_by, reason, archived_at FROM public.detached_months;

GRANT SELECT ON ALL TABLES IN SCHEMA audit TO creditroll_audit, creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
