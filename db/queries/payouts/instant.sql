-- name: InsertInstantRun :exec
-- The run of an instant payout starts no other one, so it is finished from the start.
INSERT INTO payout_runs (id, period, number, status, payouts, started_by, finished_at)
VALUES (@id, @period, nextval('instant_run_numbers'), 'finished', 1, @started_by, now());

-- name: ReadInstantFacts :one
-- What decides whether a creator can be paid at once. The account is busy while money of the same
-- currency is on it, or on its way there, and no bank payout has taken it.
SELECT coalesce(creator.payout_account, '')::text AS account, (creator.payouts_frozen_at IS NOT NULL)::boolean AS frozen,
       EXISTS (SELECT FROM blocked_creators AS blocked
                WHERE blocked.creator_id = creator.id AND blocked.currency IN ('', @currency::text))::boolean AS differs,
       EXISTS (SELECT FROM payouts AS other
                WHERE other.payout_account = creator.payout_account AND other.currency = @currency
                  AND other.status NOT IN ('paid', 'cancelled', 'returned', 'settled')
                  AND NOT EXISTS (SELECT FROM payout_attempts AS gone
                                   WHERE gone.payout_id = other.id AND gone.phase = 'bank_payout' AND gone.outcome = 'applied'))::boolean AS busy,
       coalesce((SELECT payable.amount_minor FROM payable_creators AS payable
                  WHERE payable.creator_id = creator.id AND payable.currency = @currency), 0)::bigint AS available_minor
  FROM creators AS creator WHERE creator.id = @creator_id;

-- name: ListFeeDeductions :many
-- What the fee of an instant payout took of each campaign.
SELECT deduction.campaign_id, deduction.amount_minor
  FROM earning_deductions AS deduction JOIN journal_entries AS entry ON entry.id = deduction.entry_id
 WHERE entry.kind = 'instant_fee_charged' AND entry.reference = @payout_id::text
 ORDER BY deduction.campaign_id;
