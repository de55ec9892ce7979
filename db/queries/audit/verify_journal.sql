-- name: AllowSorting :exec
-- For the rest of the transaction, so that a sort of the whole journal stays in memory.
SELECT set_config('work_mem', '128MB', true);

-- name: CountJournal :one
-- All rows, whatever their numbers. The sum is text, because tampered rows may exceed a bigint.
SELECT (SELECT count(*) FROM journal_entries) AS entries, postings.rows AS postings, postings.posted_minor,
       (SELECT count(*) FROM seals) AS seals, (SELECT count(*) FROM balance_checkpoints) AS checkpoints
  FROM (SELECT count(*) AS rows, coalesce(sum(amount_minor), 0)::text AS posted_minor FROM postings) AS postings;

-- name: CountChecked :one
SELECT (SELECT count(*) FROM campaign_budgets) AS campaigns, (SELECT count(*) FROM payouts) AS payouts;

-- name: GetVerificationStart :one
-- Whether there are records next to the journal, which an imported journal does not have, and the
-- time by the clock of seals and entries.
SELECT (EXISTS (SELECT FROM campaigns) OR EXISTS (SELECT FROM accruals))::boolean AS kept, clock_timestamp()::timestamptz AS moment;

-- name: ListCampaignHolds :many
-- For how long each campaign holds earnings back, as its terms have it.
SELECT id, coalesce(terms->>'hold', '0s')::text AS hold FROM campaigns;

-- name: ListAccrualsOf :many
-- The accruals of entries, and whether the clip is that of the creator and campaign.
SELECT accrual.entry_id, accrual.clip_id, accrual.poll, accrual.campaign_id, accrual.creator_id, accrual.affiliate_id, accrual.currency,
       accrual.creator_minor, accrual.fee_minor, accrual.affiliate_minor, accrual.accrued_at,
       coalesce(clip.creator_id = accrual.creator_id AND clip.campaign_id = accrual.campaign_id, false)::boolean AS own_clip
  FROM accruals AS accrual LEFT JOIN clips AS clip ON clip.id = accrual.clip_id
 WHERE accrual.entry_id = ANY (@entry_ids::uuid[]);

-- name: ListHoldsBy :many
SELECT entry_id, creator_id, campaign_id, currency, amount_minor, available_at FROM holds WHERE entry_id = ANY (@entry_ids::uuid[]);
