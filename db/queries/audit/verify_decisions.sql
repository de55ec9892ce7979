-- name: ListUnsoundDecisions :many
-- Decisions that take two people, and lack the second one, their entries or their booking.
SELECT 'correction'::text AS subject, correction.id::text AS id, correction.proposed_by, coalesce(correction.decided_by, '')::text AS decided_by,
       (CASE WHEN two_people(correction.proposed_by, correction.decided_by) THEN 'no_entry' ELSE 'one_person' END)::text AS problem
  FROM corrections AS correction
 WHERE correction.status = 'approved'
   AND (two_people(correction.proposed_by, correction.decided_by) IS NOT TRUE
        OR NOT EXISTS (SELECT FROM correction_entries AS decided WHERE decided.correction_id = correction.id))
UNION ALL
SELECT 'entry', entry.id::text, '', '', 'no_correction'
  FROM journal_entries AS entry
 WHERE entry.kind = ANY (kinds_with('payout_step', 'settlement', 'loss')) AND EXISTS (SELECT FROM payouts)
   AND NOT EXISTS (SELECT FROM correction_entries AS decided JOIN corrections AS correction ON correction.id = decided.correction_id
                    WHERE decided.entry_id = entry.id AND correction.status = 'approved')
UNION ALL
SELECT 'difference', difference.id::text, coalesce(difference.proposed_by, ''), coalesce(difference.acknowledged_by, ''),
       CASE WHEN two_people(nullif(btrim(difference.proposed_by), ''), difference.acknowledged_by) THEN 'no_booking' ELSE 'one_person' END
  FROM reconciliation_differences AS difference
 WHERE (difference.acknowledged_at IS NOT NULL OR difference.acknowledged_by IS NOT NULL)
   AND (two_people(nullif(btrim(difference.proposed_by), ''), difference.acknowledged_by) IS NOT TRUE
        OR coalesce(difference.booking, '') IN ('', 'none_needed') AND (difference.needs_booking OR difference.booking IS NULL)
        OR difference.booking <> 'none_needed'
           AND NOT EXISTS (SELECT FROM correction_entries AS decided WHERE decided.correction_id::text = difference.booking)
           AND NOT EXISTS (SELECT FROM journal_entries AS entry WHERE entry.id::text = difference.booking))
 ORDER BY 1, 2 LIMIT 100;
