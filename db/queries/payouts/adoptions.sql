-- name: ListUnbookedTransfers :many
-- Transfers with a payout id of ours that is no payout of the books, and whose money is not back in
-- full. A twin is another such transfer of the same payout. An advance belongs to the campaign in
-- which the creator earned last, or else to the one of the newest clip or participation.
SELECT said.object_id, said.account, said.amount_minor, said.reversed_minor, said.currency, said.status, said.payout_id, said.generation, said.created_at,
       said.last_seen_at, coalesce(creator.id::text, '')::text AS creator_id, coalesce(earned.campaign_id::text, '')::text AS campaign_id,
       coalesce((SELECT twin.object_id FROM processor_objects AS twin
                  WHERE twin.payout_id = said.payout_id AND twin.object_type = 'transfer' AND twin.object_id <> said.object_id
                    AND twin.status <> 'absent' AND twin.reversed_minor < twin.amount_minor LIMIT 1), '')::text AS twin_id
  FROM processor_objects AS said
  LEFT JOIN creators AS creator ON creator.payout_account = said.account
  LEFT JOIN LATERAL (SELECT part.campaign_id
                       FROM (SELECT hold.campaign_id, 1 AS rank, hold.available_at AS at FROM holds AS hold
                              WHERE hold.creator_id = creator.id AND hold.currency = said.currency
                             UNION ALL
                             SELECT clip.campaign_id, 2, clip.submitted_at FROM clips AS clip JOIN campaigns AS campaign ON campaign.id = clip.campaign_id
                              WHERE clip.creator_id = creator.id AND campaign.currency = said.currency
                             UNION ALL
                             SELECT applied.campaign_id, 3, applied.created_at FROM participations AS applied JOIN campaigns AS campaign ON campaign.id = applied.campaign_id
                              WHERE applied.creator_id = creator.id AND campaign.currency = said.currency) AS part
                      ORDER BY part.rank, part.at DESC, part.campaign_id LIMIT 1) AS earned ON true
 WHERE said.object_type = 'transfer' AND said.payout_id ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
   AND said.status <> 'absent' AND said.reversed_minor < said.amount_minor
   AND (sqlc.narg(payout_id)::text IS NULL OR said.payout_id = sqlc.narg(payout_id))
   AND NOT EXISTS (SELECT FROM payouts AS payout WHERE payout.id::text = said.payout_id)
 ORDER BY said.created_at, said.object_id
 LIMIT @batch;

-- name: ListBankPayoutsSeen :many
SELECT said.object_id, said.account, said.amount_minor, said.currency, said.status, said.payout_id, said.generation, said.created_at
  FROM processor_objects AS said
 WHERE said.object_type = 'payout' AND said.status <> 'absent' AND said.payout_id = ANY (@payout_ids::text[])
 ORDER BY said.payout_id, said.generation, said.object_id;

-- name: ListAvailable :many
SELECT code, currency::text AS currency, sum_minor::bigint AS sum_minor FROM balances WHERE code = ANY (@codes::text[]);

-- name: GetProcessorObject :many
SELECT object_id, account, amount_minor, reversed_minor, currency, status, payout_id, generation, created_at, last_seen_at
  FROM processor_objects WHERE object_type = $1 AND object_id = $2;

-- name: InsertAdoption :execrows
INSERT INTO adoptions (id, proposed_by, proposed_at, reason) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING;

-- name: InsertAdoptionItems :exec
INSERT INTO adoption_items (adoption_id, payout_id, transfer_id, generation, account, creator_id, period, run_number, currency, amount_minor, transferred_at)
SELECT @adoption_id, unnest(@payout_ids::text[])::uuid, unnest(@transfer_ids::text[]), unnest(@generations::integer[]), unnest(@accounts::text[]),
       unnest(@creator_ids::text[])::uuid, unnest(@periods::text[]), unnest(@run_numbers::integer[]), unnest(@currencies::text[]), unnest(@amounts_minor::bigint[]), unnest(@transferred_ats::timestamptz[]);

-- name: FindAdoption :many
SELECT adoption.id, adoption.status, adoption.proposed_by, adoption.proposed_at, adoption.reason,
       adoption.decided_by, adoption.decided_at, adoption.decision_reason
  FROM adoptions AS adoption WHERE adoption.id = $1;

-- name: ListAdoptionCounts :many
SELECT item.currency, item.outcome, count(*) AS payouts, sum(item.amount_minor)::bigint AS amount_minor,
       count(item.failed_at) FILTER (WHERE item.outcome IN ('waiting', 'booked')) AS failed
  FROM adoption_items AS item WHERE item.adoption_id = $1
 GROUP BY item.currency, item.outcome ORDER BY item.currency, item.outcome;

-- name: LockAdoption :one
SELECT status, proposed_by FROM adoptions WHERE id = $1 FOR NO KEY UPDATE;

-- name: UpdateAdoptionDecided :exec
UPDATE adoptions SET status = @status, decided_by = @decided_by, decided_at = @decided_at, decision_reason = @decision_reason WHERE id = @id;

-- name: ListAdoptionItems :many
SELECT payout_id, transfer_id, generation, account, creator_id, period, run_number, currency, amount_minor, transferred_at, outcome, refusal, advanced_minor, failure_code, failure_detail
  FROM adoption_items
 WHERE adoption_id = @adoption_id AND (sqlc.narg(after_payout)::uuid IS NULL OR payout_id > sqlc.narg(after_payout))
   AND (NOT @is_failed::boolean OR failed_at IS NOT NULL AND outcome IN ('waiting', 'booked'))
 ORDER BY payout_id LIMIT @page_size;

-- name: ListOpenAdoptionItems :many
-- Those that were never tried come first, then those whose last try is the oldest.
SELECT payout_id, transfer_id, generation, account, creator_id, period, run_number, currency, amount_minor, transferred_at, outcome, refusal, advanced_minor, failure_code, failure_detail
  FROM adoption_items
 WHERE adoption_id = @adoption_id AND outcome IN ('waiting', 'booked') AND (failed_at IS NULL OR failed_at < @failed_before::timestamptz)
 ORDER BY failed_at NULLS FIRST, payout_id LIMIT @page_size;

-- name: LockAdoptionItem :many
SELECT payout_id, transfer_id, generation, account, creator_id, period, run_number, currency, amount_minor, transferred_at, outcome, refusal, advanced_minor, failure_code, failure_detail
  FROM adoption_items WHERE adoption_id = $1 AND payout_id = $2 FOR NO KEY UPDATE;

-- name: UpdateAdoptionItem :exec
UPDATE adoption_items SET outcome = @outcome, refusal = sqlc.narg(refusal), advanced_minor = @advanced_minor, failure_code = NULL, failure_detail = NULL, failed_at = NULL
 WHERE adoption_id = @adoption_id AND payout_id = @payout_id;

-- name: UpdateAdoptionItemsAdopted :exec
UPDATE adoption_items SET outcome = 'adopted', failure_code = NULL, failure_detail = NULL, failed_at = NULL
 WHERE adoption_id = @adoption_id AND payout_id = ANY (@payout_ids::uuid[]) AND outcome = 'booked';

-- name: UpdateAdoptionItemsFailed :exec
UPDATE adoption_items AS item SET failure_code = failed.code, failure_detail = failed.detail, failed_at = @failed_at::timestamptz
  FROM (SELECT unnest(@payout_ids::uuid[]) AS payout_id, unnest(@codes::text[]) AS code, unnest(@details::text[]) AS detail) AS failed
 WHERE item.adoption_id = @adoption_id AND item.payout_id = failed.payout_id AND item.outcome IN ('waiting', 'booked');

-- name: UpdateAdoptionItemsLeft :exec
-- A booked payout is in the books, so it is not left.
UPDATE adoption_items SET outcome = 'left' WHERE adoption_id = $1 AND outcome = 'waiting';

-- name: InsertAdoptedRun :exec
-- A run that the restored books do not have. Its payouts are taken up, so it is over.
INSERT INTO payout_runs (id, period, number, status, started_by, started_at, finished_at)
VALUES (@id, @period, @number, 'finished', @started_by, @started_at::timestamptz, @now::timestamptz) ON CONFLICT (period, number) DO NOTHING;

-- name: InsertAdoptedOwnRun :exec
-- The run of an adopted payout that belongs to no run of its week, numbered as an instant one.
INSERT INTO payout_runs (id, period, number, status, started_by, started_at, finished_at)
VALUES (@id, @period, nextval('instant_run_numbers'), 'finished', @started_by, @started_at::timestamptz, @now::timestamptz);

-- name: CountAdoptedPayout :exec
UPDATE payout_runs SET payouts = greatest(payouts, (SELECT count(*) FROM payouts WHERE payouts.run_id = payout_runs.id)) WHERE payout_runs.id = $1;

-- name: InsertAdoptedPayout :exec
INSERT INTO payouts (id, run_id, creator_id, currency, amount_minor, payout_account, reserved_account, status, adopted_at)
VALUES (@id, @run_id, @creator_id, @currency, @amount_minor, @payout_account, @payout_account, 'reserved', @adopted_at::timestamptz);

-- name: InsertRestore :exec
INSERT INTO restores (id, restored_at, actor, reason) VALUES ($1, $2, $3, $4);
