-- name: UpsertDifferences :exec
-- A difference that has changed ends its acknowledgement.
INSERT INTO reconciliation_differences AS known (id, class, object_type, object_id, account, parent_id, subject, ours, theirs, currency, detail,
                                        blocking, creator_id, shift_minor, shift_currency, needs_booking, found_at, found_by, last_seen_at)
SELECT unnest(@ids::text[])::uuid, unnest(@classes::text[]), unnest(@object_types::text[]), unnest(@object_ids::text[]),
       unnest(@accounts::text[]), unnest(@parent_ids::text[]), unnest(@subjects::text[]), unnest(@ours::text[]), unnest(@theirs::text[]),
       unnest(@currencies::text[]), unnest(@details::text[]), unnest(@blocking::boolean[]),
       unnest(@creator_ids::text[]), unnest(@shifts_minor::bigint[]), unnest(@shift_currencies::text[]), unnest(@need_bookings::boolean[]), @now::timestamptz, @pass_id::uuid, @now::timestamptz
ON CONFLICT (object_type, object_id, class) WHERE cleared_at IS NULL DO UPDATE
   SET subject = excluded.subject, ours = excluded.ours, theirs = excluded.theirs, currency = excluded.currency, detail = excluded.detail,
       blocking = excluded.blocking, creator_id = excluded.creator_id, shift_minor = excluded.shift_minor, shift_currency = excluded.shift_currency,
       needs_booking = excluded.needs_booking, last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at),
       acknowledged_at = CASE WHEN (known.ours, known.theirs, known.shift_minor, known.needs_booking) = (excluded.ours, excluded.theirs, excluded.shift_minor, excluded.needs_booking) THEN known.acknowledged_at END, acknowledged_by = CASE WHEN (known.ours, known.theirs, known.shift_minor, known.needs_booking) = (excluded.ours, excluded.theirs, excluded.shift_minor, excluded.needs_booking) THEN known.acknowledged_by END,
       proposed_at = CASE WHEN (known.ours, known.theirs, known.shift_minor, known.needs_booking) = (excluded.ours, excluded.theirs, excluded.shift_minor, excluded.needs_booking) THEN known.proposed_at END, proposed_by = CASE WHEN (known.ours, known.theirs, known.shift_minor, known.needs_booking) = (excluded.ours, excluded.theirs, excluded.shift_minor, excluded.needs_booking) THEN known.proposed_by END,
       reason = CASE WHEN (known.ours, known.theirs, known.shift_minor, known.needs_booking) = (excluded.ours, excluded.theirs, excluded.shift_minor, excluded.needs_booking) THEN known.reason END, booking = CASE WHEN (known.ours, known.theirs, known.shift_minor, known.needs_booking) = (excluded.ours, excluded.theirs, excluded.shift_minor, excluded.needs_booking) THEN known.booking END;

-- name: ClearDifferences :exec
-- Clears what the pass did not find again of the objects that it decided.
UPDATE reconciliation_differences AS difference
   SET cleared_at = @now, cleared_by = @pass_id
  FROM (SELECT unnest(@object_types::text[]) AS object_type, unnest(@object_ids::text[]) AS object_id) AS decided
 WHERE difference.object_type = decided.object_type AND difference.object_id = decided.object_id AND difference.cleared_at IS NULL
   AND NOT EXISTS (SELECT FROM (SELECT unnest(@found_types::text[]) AS object_type, unnest(@found_ids::text[]) AS object_id, unnest(@found_classes::text[]) AS class) AS found
                    WHERE found.object_type = difference.object_type AND found.object_id = difference.object_id AND found.class = difference.class);

-- name: ListDifferences :many
SELECT id, class, object_type, object_id, account, subject, ours, theirs, currency, detail, blocking, found_at, last_seen_at,
       cleared_at, acknowledged_at, acknowledged_by, creator_id, shift_minor, shift_currency, needs_booking, proposed_at, proposed_by, reason, booking
  FROM reconciliation_differences
 WHERE (sqlc.narg(class)::text IS NULL OR class = sqlc.narg(class))
   AND (sqlc.narg(open)::boolean IS NULL OR (cleared_at IS NULL AND acknowledged_at IS NULL) = sqlc.narg(open))
   AND (sqlc.narg(blocking)::boolean IS NULL OR blocking = sqlc.narg(blocking))
   AND (sqlc.narg(before_id)::uuid IS NULL OR id < sqlc.narg(before_id))
 ORDER BY id DESC
 LIMIT @page_size;

-- name: ListMissedDifferences :many
-- Open differences, found since a moment, that a process can resolve by looking at the payment
-- processor: disputes that are booked otherwise, refunds that failed after they were booked,
-- refunds that are not booked, such as one made by hand, and the objects of payouts. A deposit is the
-- same as a campaign here.
SELECT difference.object_type, difference.object_id, difference.subject, coalesce(turned.payment_intent_id, '')::text AS converted_payment_id
  FROM reconciliation_differences AS difference
  LEFT JOIN processor_objects AS said ON said.object_type = difference.object_type AND said.object_id = difference.object_id
  LEFT JOIN converted_payments AS turned ON difference.object_type = 'refund' AND turned.payment_intent_id = said.source_id
 WHERE difference.cleared_at IS NULL AND difference.acknowledged_at IS NULL AND difference.found_at >= @found_since::timestamptz
   AND ((turned.payment_intent_id IS NOT NULL OR difference.subject LIKE 'campaign/%' OR difference.subject LIKE 'deposit/%')
        AND (difference.object_type = 'dispute' AND difference.class IN ('missing_here', 'state')
             OR difference.object_type = 'refund' AND (difference.class = 'missing_here' OR difference.class = 'state' AND said.status IN ('failed', 'canceled')))
        OR difference.subject LIKE 'payout/%' AND difference.class IN ('missing_here', 'missing_there', 'state'))
 ORDER BY difference.id DESC
 LIMIT @batch;

-- name: GetDifferenceForUpdate :one
SELECT id, class, object_type, object_id, account, subject, ours, theirs, currency, detail, blocking, found_at, last_seen_at,
       cleared_at, acknowledged_at, acknowledged_by, creator_id, shift_minor, shift_currency, needs_booking, proposed_at, proposed_by, reason, booking
  FROM reconciliation_differences WHERE id = $1 FOR UPDATE;

-- name: UpdateDifferenceProposed :exec
UPDATE reconciliation_differences
   SET proposed_at = sqlc.narg(now), proposed_by = sqlc.narg(actor), reason = sqlc.narg(reason), booking = sqlc.narg(booking)
 WHERE id = @id;

-- name: UpdateDifferenceAcknowledged :exec
UPDATE reconciliation_differences SET acknowledged_at = @now::timestamptz, acknowledged_by = @actor::text WHERE id = @id;

-- name: ListBookedPostings :many
-- What an approved correction or an entry posted, by account and currency. An entry that stands for
-- an object of the payment processor is compared with it, so it is no booking of a difference.
SELECT account.code, posting.currency::text AS currency, sum(posting.amount_minor)::bigint AS amount_minor
  FROM (SELECT decided.entry_id AS id FROM correction_entries AS decided
          JOIN corrections AS correction ON correction.id = decided.correction_id AND correction.status = 'approved'
         WHERE decided.correction_id = @booking::uuid
        UNION SELECT entry.id FROM journal_entries AS entry
         WHERE entry.id = @booking::uuid AND NOT EXISTS (SELECT FROM external_objects AS tie WHERE tie.entry_id = entry.id)) AS booked
  JOIN known_postings AS posting ON posting.entry_id = booked.id
  JOIN ledger_accounts AS account ON account.id = posting.account_id
 GROUP BY account.code, posting.currency
 ORDER BY account.code, posting.currency;

-- name: CountOtherBooked :one
-- Standing differences of something else that the same correction or entry books.
SELECT count(*) FROM reconciliation_differences
 WHERE booking = @booking::text AND id <> @id AND cleared_at IS NULL AND (subject = '' OR subject <> @subject::text);
