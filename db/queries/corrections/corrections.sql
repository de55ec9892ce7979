-- name: InsertCorrection :exec
INSERT INTO corrections (id, kind, currency, clip_id, creator_id, campaign_id, payout_id, withdrawal_id, payment_intent_id, how, amount_minor, postings, effective_at,
                         proposed_by, proposed_at, reason, evidence, reference, request_hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
ON CONFLICT (id) DO NOTHING;

-- name: FindCorrections :many
SELECT id, kind, status, currency, clip_id, creator_id, campaign_id, payout_id, withdrawal_id, payment_intent_id, how, amount_minor, postings, effective_at, proposed_by, proposed_at,
       reason, evidence, reference, request_hash, decided_by, decided_at, decision_reason, corrected_minor
  FROM corrections WHERE id = $1;

-- name: LockCorrection :one
SELECT id, kind, status, currency, clip_id, creator_id, campaign_id, payout_id, withdrawal_id, payment_intent_id, how, amount_minor, postings, effective_at, proposed_by, proposed_at,
       reason, evidence, reference, request_hash, decided_by, decided_at, decision_reason, corrected_minor
  FROM corrections WHERE id = $1 FOR NO KEY UPDATE;

-- name: ListCorrections :many
SELECT id, kind, status, currency, clip_id, creator_id, campaign_id, payout_id, withdrawal_id, payment_intent_id, how, amount_minor, postings, effective_at, proposed_by, proposed_at,
       reason, evidence, reference, request_hash, decided_by, decided_at, decision_reason, corrected_minor
  FROM corrections
 WHERE (sqlc.narg(status)::text IS NULL OR status = sqlc.narg(status))
   AND (sqlc.narg(after_id)::uuid IS NULL OR id > sqlc.narg(after_id))
 ORDER BY id LIMIT @page_size;

-- name: UpdateCorrectionDecided :exec
UPDATE corrections
   SET status = @status, decided_by = @decided_by, decided_at = @decided_at, decision_reason = @decision_reason,
       corrected_minor = @corrected_minor
 WHERE id = @id;

-- name: InsertCorrectionEntries :exec
INSERT INTO correction_entries (entry_id, correction_id) SELECT unnest(@entry_ids::uuid[]), @correction_id;

-- name: ListCorrectionEntries :many
SELECT correction.entry_id FROM correction_entries AS correction
  JOIN journal_entries AS entry ON entry.id = correction.entry_id
 WHERE correction.correction_id = $1 ORDER BY entry.seq;

-- name: IsPeriodClosed :one
SELECT EXISTS (SELECT FROM accounting_periods WHERE ends_at > @effective_at::timestamptz);

-- name: FindClipForClawback :many
SELECT clip.campaign_id, clip.creator_id, campaign.currency
  FROM clips AS clip JOIN campaigns AS campaign ON campaign.id = clip.campaign_id
 WHERE clip.id = $1;

-- name: ListClawable :many
-- A clip's accruals that were not taken back before, newest first.
SELECT accrual.entry_id, accrual.poll, accrual.creator_id, accrual.affiliate_id,
       accrual.gross_minor, accrual.creator_minor, accrual.fee_minor, accrual.affiliate_minor
  FROM accruals AS accrual
 WHERE accrual.clip_id = $1
   AND NOT EXISTS (SELECT FROM journal_entries WHERE reverses = accrual.entry_id)
 ORDER BY accrual.poll DESC;

-- name: GetClawableMinor :one
SELECT coalesce(sum(gross_minor), 0)::bigint FROM accruals
 WHERE accruals.clip_id = $1 AND NOT EXISTS (SELECT FROM journal_entries WHERE reverses = accruals.entry_id);

-- name: GetClipNetMinor :one
-- What a clip has earned, less what was clawed back. The caller has locked the budget guard.
SELECT (coalesce((SELECT clip_gross_after_minor FROM accruals WHERE accruals.clip_id = @clip_id ORDER BY poll DESC LIMIT 1), 0)
        - coalesce((SELECT sum(corrected_minor) FROM corrections WHERE corrections.clip_id = @clip_id AND kind = 'clawback'), 0))::bigint;

-- name: CountClawback :exec
-- Makes those who have read the state of a clip before read it again.
UPDATE campaign_budgets SET clawbacks = clawbacks + 1 WHERE campaign_id = @campaign_id;

-- name: ListExistingCreators :many
SELECT id FROM creators WHERE id = ANY (@ids::uuid[]);
