-- name: UpsertPayoutAccount :exec
-- An empty country keeps the one on record: workflows do not carry it.
INSERT INTO payout_accounts (account, creator_id, country, connected, transfers_active, payouts_enabled, disabled, disabled_reason, payout_interval,
    currently_due, past_due, pending_verification, updated_at)
VALUES (@account, @creator_id, @country, @connected, @transfers_active, @payouts_enabled, @disabled, @disabled_reason, @payout_interval,
    @currently_due, @past_due, @pending_verification, now())
ON CONFLICT (account) DO UPDATE
   SET creator_id = excluded.creator_id, country = coalesce(nullif(excluded.country, ''), payout_accounts.country), connected = excluded.connected, transfers_active = excluded.transfers_active, payouts_enabled = excluded.payouts_enabled,
       disabled = excluded.disabled, disabled_reason = excluded.disabled_reason, payout_interval = excluded.payout_interval,
       currently_due = excluded.currently_due, past_due = excluded.past_due, pending_verification = excluded.pending_verification,
       updated_at = excluded.updated_at;

-- name: ReadPayoutAccount :one
SELECT account, connected, transfers_active, payouts_enabled, disabled, disabled_reason, payout_interval, currently_due, past_due,
       pending_verification, updated_at
  FROM payout_accounts WHERE account = @account;

-- name: FindCreatorOfAccount :many
SELECT id FROM creators WHERE payout_account = @account::text;

-- name: ListPayoutAccountNames :many
-- Connected accounts in use, by keyset.
SELECT payout_account::text AS account FROM creators
 WHERE payout_account > @after::text ORDER BY payout_account LIMIT @batch;

-- name: UpdateCreatorVerification :exec
UPDATE creators SET verification = @verification WHERE id = @id AND verification <> @verification;

-- name: UpdateCreatorAccount :execrows
-- Only one creator can have an account, so one that is taken changes nothing.
UPDATE creators SET payout_account = @account::text, verification = 'unverified'
 WHERE creators.id = @id AND coalesce(creators.payout_account, '') = @before::text
   AND NOT EXISTS (SELECT FROM creators AS other WHERE other.payout_account = @account);

-- name: UpdateOpenPayoutAccounts :execrows
-- Payouts that have sent nothing follow their creator to another account.
UPDATE payouts SET payout_account = @account, updated_at = now()
 WHERE payouts.creator_id = @creator_id AND payouts.payout_account <> @account AND payouts.status NOT IN ('paid', 'cancelled', 'returned', 'settled')
   AND NOT EXISTS (SELECT FROM payout_attempts AS attempt
                    WHERE attempt.payout_id = payouts.id AND attempt.phase = 'transfer' AND attempt.outcome IN ('unknown', 'applied'));

-- name: InsertAccountChange :exec
INSERT INTO payout_account_changes (id, creator_id, from_account, to_account, country, proposed_by, reason, proposed_at)
VALUES (@id, @creator_id, @from_account, @to_account, @country, @proposed_by, @reason, @proposed_at)
ON CONFLICT (id) DO NOTHING;

-- name: InsertAccountApproval :exec
INSERT INTO payout_account_approvals (change_id, approved_by, reason, approved_at, effective_at)
VALUES (@change_id, @approved_by, @reason, @approved_at, @effective_at);

-- name: InsertAccountApplication :exec
INSERT INTO payout_account_applications (change_id, applied_at) VALUES (@change_id, @applied_at);

-- name: FindOpenAccountChange :many
-- The latest proposal of a creator that did not take effect.
SELECT change.id, change.creator_id, change.from_account, change.to_account, change.proposed_by, change.reason, change.proposed_at,
       approval.approved_by, approval.approved_at, approval.effective_at
  FROM payout_account_changes AS change
  LEFT JOIN payout_account_approvals AS approval ON approval.change_id = change.id
 WHERE change.creator_id = @creator_id
   AND NOT EXISTS (SELECT FROM payout_account_applications AS applied WHERE applied.change_id = change.id)
   AND NOT EXISTS (SELECT FROM payout_account_changes AS later
                    WHERE later.creator_id = change.creator_id AND (later.proposed_at, later.id) > (change.proposed_at, change.id));
