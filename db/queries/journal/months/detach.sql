-- name: LimitLockWait :exec
-- For the rest of the transaction. The limit is below deadlock_timeout. So this transaction, which
-- locks a busy table, gives up before PostgreSQL cancels another one.
SELECT set_config('lock_timeout', '500ms', true);

-- name: ListOpenCampaignsOfMonth :many
-- Campaigns of a month that may still receive clips, and those with a clip that is still tracked.
SELECT campaign.id FROM campaigns AS campaign
 WHERE campaign.created_at >= @starts_at AND campaign.created_at < @ends_at AND campaign.status IN ('draft', 'reviewing', 'approved', 'funded', 'live', 'paused')
UNION
SELECT clip.campaign_id FROM clips AS clip
 WHERE clip.id >= first_id_at(@starts_at) AND clip.id < first_id_at(@ends_at) AND clip.status IN ('verifying', 'in_review', 'tracking')
 ORDER BY id LIMIT 100;

-- name: GetLastSeqOfMonth :one
SELECT coalesce(max(seq), 0)::bigint AS last_seq, count(DISTINCT entry_id) AS entries
  FROM postings WHERE entry_id >= first_id_at(@starts_at) AND entry_id < first_id_at(@ends_at);

-- name: CountReadingsOfMonth :one
SELECT count(*) FROM observations WHERE clip_id >= first_id_at(@starts_at) AND clip_id < first_id_at(@ends_at);

-- name: FindArchivedRows :many
SELECT entries FROM archived_months WHERE parent = @parent AND month = @month;

-- name: InsertBoundaryCheckpoints :execrows
-- A checkpoint at the boundary for every account with postings since its last checkpoint.
INSERT INTO balance_checkpoints (account_id, currency, through_seq, balance_minor)
SELECT account.id, held.currency, @through_seq::bigint, (coalesce(checkpoint.balance_minor, 0) + tail.sum_minor)::bigint
  FROM ledger_accounts AS account
 CROSS JOIN LATERAL (SELECT code::text AS currency FROM currencies_of(account.id) AS code) AS held
  LEFT JOIN LATERAL (SELECT through_seq, balance_minor FROM balance_checkpoints
                      WHERE account_id = account.id AND currency = held.currency AND through_seq <= @through_seq::bigint
                      ORDER BY through_seq DESC LIMIT 1) AS checkpoint ON true
 CROSS JOIN LATERAL (SELECT sum(amount_minor) AS sum_minor, count(*) AS postings FROM postings
                      WHERE account_id = account.id AND currency = held.currency
                        AND seq > coalesce(checkpoint.through_seq, 0) AND seq <= @through_seq::bigint) AS tail
 WHERE tail.postings > 0;

-- name: InsertArchivedMonth :exec
INSERT INTO archived_months (parent, month, table_name, first_id, next_id, through_seq, entries, last_effective_at, last_recorded_at, balances_hash, archived_by, reason)
SELECT @parent, @month, @table_name, first_id_at(@starts_at), first_id_at(@ends_at), @through_seq, @entries, posted.last_effective_at, posted.last_recorded_at,
       @balances_hash, @archived_by, @reason
  FROM (SELECT max(effective_at) AS last_effective_at, max(recorded_at) AS last_recorded_at FROM journal_entries
         WHERE @parent = 'postings' AND id >= first_id_at(@starts_at) AND id < first_id_at(@ends_at)) AS posted
ON CONFLICT (parent, month) DO NOTHING;

-- name: InsertArchivedTotals :exec
INSERT INTO archived_totals (month, currency, debit_minor, credit_minor, postings)
SELECT @month, currency, coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0), coalesce(-sum(amount_minor) FILTER (WHERE amount_minor < 0), 0), count(*)
  FROM postings WHERE entry_id >= first_id_at(@starts_at) AND entry_id < first_id_at(@ends_at)
 GROUP BY currency
ON CONFLICT (month, currency) DO NOTHING;

-- name: InsertArchivedPostings :exec
INSERT INTO archived_postings (month, entry_id, line, account_id, currency, amount_minor)
SELECT @month, posting.entry_id, posting.line, posting.account_id, posting.currency, posting.amount_minor
  FROM postings AS posting
  JOIN journal_entries AS entry ON entry.id = posting.entry_id
  JOIN ledger_kinds AS kind ON kind.kind = entry.kind
 WHERE posting.entry_id >= first_id_at(@starts_at) AND posting.entry_id < first_id_at(@ends_at)
   AND NOT kind.bulk
ON CONFLICT (entry_id, line) DO NOTHING;

-- name: InsertArchivedReadings :exec
INSERT INTO archived_readings (clip_id, poll, views, accepted_views, claimed_views)
SELECT DISTINCT ON (clip_id) clip_id, poll, views, high_water_views, claimed_views FROM observations
 WHERE clip_id >= first_id_at(@starts_at) AND clip_id < first_id_at(@ends_at)
 ORDER BY clip_id, poll DESC
ON CONFLICT (clip_id) DO NOTHING;
