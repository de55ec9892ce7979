-- name: ListObjectDifferences :many
-- Every entry that stands for an object of the payment processor, compared with that object. The
-- object of an entry of a payout is the one that its attempt made. The processor does not always
-- name the balance transaction that brought money back. An entry without an object is a difference
-- only if there are records next to the journal, because an imported journal has no objects.
WITH entry_of AS (
    SELECT entry.id, entry.kind, entry.reference, kind.payout_step AS phase, kind.named_by_object,
           CASE WHEN entry.reverses IS NULL THEN kind.object_type ELSE kind.reversal_object_type END AS object_type
      FROM journal_entries AS entry JOIN ledger_kinds AS kind ON kind.kind = entry.kind
     WHERE entry.kind = ANY (kinds_with('object_type'))
), tied AS (
    SELECT entry_of.id, entry_of.kind, entry_of.reference, entry_of.phase, entry_of.named_by_object, entry_of.object_type, count(object.object_id) AS objects,
           coalesce(min(object.provider), '') AS provider, coalesce(min(object.object_type), '') AS found_type, coalesce(min(object.object_id), '') AS object_id
      FROM entry_of LEFT JOIN external_objects AS object ON object.entry_id = entry_of.id
     GROUP BY entry_of.id, entry_of.kind, entry_of.reference, entry_of.phase, entry_of.named_by_object, entry_of.object_type
)
SELECT tied.kind, tied.reference, tied.object_type::text AS object_type, tied.objects,
       tied.provider::text AS provider, tied.found_type::text AS found_type, tied.object_id::text AS object_id
  FROM tied
  LEFT JOIN payout_attempts AS attempt ON tied.phase <> '' AND tied.object_type <> 'balance_transaction' AND attempt.phase = tied.phase
   AND attempt.external_id = tied.object_id AND attempt.payout_id::text = split_part(tied.reference, '/', 1)
   AND (tied.phase = 'reversal' OR 'g' || attempt.generation = split_part(tied.reference, '/', 2))
 WHERE tied.objects = 0 AND tied.object_type <> 'balance_transaction' AND (EXISTS (SELECT FROM campaigns) OR EXISTS (SELECT FROM creators))
    OR tied.objects > 1
    OR tied.objects = 1 AND (tied.provider <> @provider::text OR tied.found_type <> tied.object_type
       OR tied.named_by_object AND tied.object_id <> tied.reference
       OR tied.phase <> '' AND tied.object_type <> 'balance_transaction' AND attempt.payout_id IS NULL)
 LIMIT 100;

-- name: ListObjectsOfOtherKinds :many
-- Objects that are tied to an entry of a kind that stands for none.
SELECT object.provider, object.object_type, object.object_id, entry.kind
  FROM external_objects AS object
  JOIN journal_entries AS entry ON entry.id = object.entry_id
  JOIN ledger_kinds AS kind ON kind.kind = entry.kind
 WHERE kind.object_type = ''
 LIMIT 100;

-- name: ListRepeatedEntries :many
-- Events that were recorded more than once.
SELECT kind, reference, count(*) AS entries
  FROM journal_entries GROUP BY kind, reference HAVING count(*) > 1 LIMIT 100;

-- name: ListRepeatedReversals :many
SELECT reverses::text AS entry_id, count(*) AS entries
  FROM journal_entries WHERE reverses IS NOT NULL GROUP BY reverses HAVING count(*) > 1 LIMIT 100;

-- name: ListUnknownKinds :many
-- Kinds of entries that ledger_kinds does not have.
SELECT entry.kind, count(*) AS entries, min(entry.seq)::bigint AS first_seq FROM journal_entries AS entry
 WHERE NOT EXISTS (SELECT FROM ledger_kinds AS known WHERE known.kind = entry.kind)
 GROUP BY entry.kind ORDER BY 1 LIMIT 100;

-- name: ListObjectsWithoutEntry :many
SELECT object.provider, object.object_type, object.object_id, object.entry_id
  FROM external_objects AS object
 WHERE NOT EXISTS (SELECT FROM journal_entries AS entry WHERE entry.id = object.entry_id) LIMIT 100;

-- name: ListAccrualsWithoutEntry :many
SELECT accrual.entry_id
  FROM accruals AS accrual
 WHERE NOT EXISTS (SELECT FROM journal_entries AS entry JOIN ledger_kinds AS kind ON kind.kind = entry.kind
                    WHERE entry.id = accrual.entry_id AND kind.hold = 'accrual') LIMIT 100;

-- name: ListHoldsWithoutEarning :many
-- Holds whose entry does not exist, or is of a kind that has no holds.
SELECT hold.entry_id
  FROM holds AS hold
 WHERE NOT EXISTS (SELECT FROM journal_entries AS entry JOIN ledger_kinds AS kind ON kind.kind = entry.kind
                    WHERE entry.id = hold.entry_id AND kind.hold <> '') LIMIT 100;

-- name: ListAdvancesWithoutPayout :many
-- Advances for a payout that was not adopted, or of another amount than the adoption's. An imported
-- journal has no payouts.
SELECT entry.reference
  FROM journal_entries AS entry
 WHERE entry.kind = 'payout_advanced' AND (EXISTS (SELECT FROM campaigns) OR EXISTS (SELECT FROM creators))
   AND NOT EXISTS (SELECT FROM payouts AS payout JOIN adoption_items AS item ON item.payout_id = payout.id
                    WHERE payout.id::text = entry.reference AND payout.adopted_at IS NOT NULL AND item.outcome IN ('booked', 'adopted')
                      AND item.advanced_minor = (SELECT sum(posting.amount_minor) FROM known_postings AS posting
                                                  WHERE posting.entry_id = entry.id AND posting.amount_minor > 0)) LIMIT 100;

-- name: ListHoldsWithoutRelease :many
SELECT hold.entry_id, hold.release_entry_id::text AS release_entry_id
  FROM holds AS hold
 WHERE hold.release_entry_id IS NOT NULL AND NOT EXISTS (SELECT FROM journal_entries AS entry WHERE entry.id = hold.release_entry_id) LIMIT 100;

-- name: ListPayoutsOfOtherAccounts :many
-- Payouts whose account is neither that of their reservation nor one that the creator got since: the
-- first one, or one that a second person approved.
SELECT payout.id, payout.reserved_account, payout.payout_account FROM payouts AS payout
 WHERE payout.payout_account <> payout.reserved_account
   AND NOT EXISTS (SELECT FROM payout_account_changes AS change
                     JOIN payout_account_applications AS applied ON applied.change_id = change.id
                     LEFT JOIN payout_account_approvals AS approval ON approval.change_id = change.id
                    WHERE change.creator_id = payout.creator_id AND change.to_account = payout.payout_account
                      AND (change.from_account = '' OR approval.effective_at <= applied.applied_at))
 ORDER BY payout.id LIMIT 100;
