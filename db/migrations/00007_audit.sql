-- +goose Up
-- The stable face of the books for auditors and tools: columns are added, never changed. More
-- of it is made where its tables are: campaigns and clips with corrections and disputes.
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
           payout.status, payout.attention_reason, payout.transfer_id, payout.bank_payout_id
      FROM public.payouts AS payout
      JOIN public.payout_runs AS run ON run.id = payout.run_id;

CREATE VIEW audit.provider_attempts AS
    SELECT provider, platform, clips, outcome, cost_micros, started_at, latency_ms FROM public.provider_attempts;

GRANT SELECT ON ALL TABLES IN SCHEMA audit TO creditroll_audit, creditroll_app;

-- +goose Down
SELECT 'migrations go forward only';
