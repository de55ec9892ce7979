-- name: ListDetachedMonths :many
SELECT parent, month, table_name, first_id, next_id, through_seq, entries, last_effective_at, last_recorded_at, balances_hash
  FROM detached_months ORDER BY parent, month;

-- name: ListArchivedBalances :many
-- The balances after the last archived posting.
SELECT DISTINCT ON (account_id, currency) account_id, currency, balance_minor
  FROM balance_checkpoints WHERE through_seq <= @through_seq
 ORDER BY account_id, currency, through_seq DESC;

-- name: IsCreatorArchived :one
-- Whether a creator has earnings or clips of a detached month.
SELECT (EXISTS (SELECT FROM detached_months AS detached JOIN holds ON holds.entry_id >= detached.first_id AND holds.entry_id < detached.next_id
                WHERE detached.parent = 'postings' AND holds.creator_id = @creator_id)
    OR EXISTS (SELECT FROM clips JOIN detached_months AS detached ON detached.parent = 'observations' AND clips.id >= detached.first_id AND clips.id < detached.next_id
                WHERE clips.creator_id = @creator_id))::boolean AS archived;

-- name: IsCampaignArchived :one
-- Whether a campaign has funding, earnings or clips of a detached month.
SELECT (EXISTS (SELECT FROM detached_months AS detached JOIN accruals ON accruals.entry_id >= detached.first_id AND accruals.entry_id < detached.next_id
                WHERE detached.parent = 'postings' AND accruals.campaign_id = @campaign_id)
    OR EXISTS (SELECT FROM campaigns AS campaign
                 JOIN ledger_kinds AS kind ON kind.budget = 'funded'
                 JOIN journal_entries AS entry ON entry.kind = kind.kind AND entry.reference = campaign.payment_intent_id
                 JOIN detached_months AS detached ON detached.parent = 'postings' AND entry.id >= detached.first_id AND entry.id < detached.next_id
                WHERE campaign.id = @campaign_id)
    OR EXISTS (SELECT FROM clips JOIN detached_months AS detached ON detached.parent = 'observations' AND clips.id >= detached.first_id AND clips.id < detached.next_id
                WHERE clips.campaign_id = @campaign_id))::boolean AS archived;

-- name: FindArchivedClip :many
SELECT month FROM detached_months WHERE parent = 'observations' AND @clip_id::uuid >= first_id AND @clip_id::uuid < next_id;
