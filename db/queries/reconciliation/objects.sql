-- name: UpsertProcessorObjects :exec
-- Passes overlap, so the answer to an earlier request never replaces a later one.
INSERT INTO processor_objects (object_type, object_id, account, amount_minor, fee_minor, currency, status, reversed_minor, payout_id, campaign_id, deposit_id,
                            generation, source_type, source_id, parent_id, created_at, changed_at, first_seen_at, last_seen_at)
SELECT unnest(@object_types::text[]), unnest(@object_ids::text[]), unnest(@accounts::text[]), unnest(@amounts_minor::bigint[]), unnest(@fees_minor::bigint[]),
       unnest(@currencies::text[]), unnest(@statuses::text[]), unnest(@reversed_minors::bigint[]), unnest(@payout_ids::text[]),
       unnest(@campaign_ids::text[]), unnest(@deposit_ids::text[]), unnest(@generations::integer[]), unnest(@source_types::text[]), unnest(@source_ids::text[]),
       unnest(@parent_ids::text[]), unnest(@created_ats::timestamptz[]), unnest(@created_ats::timestamptz[]),
       @seen_at::timestamptz, @seen_at::timestamptz
ON CONFLICT (object_type, object_id) DO UPDATE
   SET account = excluded.account, amount_minor = excluded.amount_minor, fee_minor = excluded.fee_minor, currency = excluded.currency, status = excluded.status,
       reversed_minor = excluded.reversed_minor, payout_id = excluded.payout_id, campaign_id = excluded.campaign_id, deposit_id = excluded.deposit_id,
       generation = excluded.generation, source_type = excluded.source_type, source_id = excluded.source_id,
       parent_id = excluded.parent_id, created_at = excluded.created_at, last_seen_at = excluded.last_seen_at,
       changed_at = CASE WHEN processor_objects.status = excluded.status AND processor_objects.amount_minor = excluded.amount_minor
                          AND processor_objects.reversed_minor = excluded.reversed_minor
                         THEN processor_objects.changed_at ELSE excluded.last_seen_at END
 WHERE processor_objects.last_seen_at <= excluded.last_seen_at;

-- name: ListAccountsPaid :many
-- Connected accounts with a payment in the window, by keyset.
SELECT DISTINCT payout.payout_account
  FROM payout_attempts AS attempt JOIN payouts AS payout ON payout.id = attempt.payout_id
 WHERE attempt.intended_at >= @since::timestamptz AND payout.payout_account > @after::text
 ORDER BY payout.payout_account LIMIT @batch;

-- name: ListAccountsPaidLately :many
-- Those with a bank payout that no pass has seen yet or whose outcome is unknown. What was sent
-- just now waits for the next pass, because it would have to be requested twice.
SELECT DISTINCT payout.payout_account
  FROM payout_attempts AS attempt JOIN payouts AS payout ON payout.id = attempt.payout_id
 WHERE attempt.phase = 'bank_payout' AND (attempt.intended_at >= @since::timestamptz OR attempt.outcome = 'unknown')
   AND attempt.intended_at < @before::timestamptz AND payout.payout_account > @after::text
   AND NOT EXISTS (SELECT FROM processor_objects AS seen WHERE seen.object_type = 'payout' AND seen.object_id = attempt.external_id)
 ORDER BY payout.payout_account LIMIT @batch;

-- name: ListUnseenObjects :many
-- Objects that the lists of a pass did not have and that are requested by their ids:
--   - what was booked in the window, and what is under way on either side
--   - refunds and disputes that changed in the window, because the pass that saw the change may
--     have found it too fresh to be judged
--   - what was too fresh when it was last seen
--   - what moved the balance, and what differed before. A recent pass leaves out differences that
--     people have acknowledged
--
-- There are as many bank payouts as creators, and each costs a request. So a recent pass leaves
-- out those that are too fresh and those that it has seen since they were booked. Of those under
-- way, it leaves out what it saw a short time ago.
SELECT DISTINCT ON (wanted.object_type, wanted.object_id)
       wanted.object_type::text AS object_type, wanted.object_id::text AS object_id,
       wanted.account::text AS account, wanted.parent_id::text AS parent_id
  FROM (SELECT tie.object_type, tie.object_id, coalesce(payout.payout_account, '') AS account, coalesce(parent.object_id, '') AS parent_id,
               entry.recorded_at AS booked_at
          FROM external_objects AS tie
          JOIN journal_entries AS entry ON entry.id = tie.entry_id
          LEFT JOIN payout_attempts AS attempt ON attempt.external_id = tie.object_id
          LEFT JOIN payouts AS payout ON payout.id = attempt.payout_id
          LEFT JOIN external_objects AS parent ON parent.entry_id = entry.reverses AND parent.object_type = 'transfer'
         WHERE tie.provider = 'stripe' AND tie.entry_id >= @booked_since::uuid AND tie.object_type <> 'balance_transaction'
        UNION ALL
        SELECT tie.object_type, tie.object_id, coalesce(payout.payout_account, ''), '', 'infinity'
          FROM journal_entries AS undoing
          JOIN external_objects AS tie ON tie.provider = 'stripe' AND tie.entry_id = undoing.reverses
          LEFT JOIN payout_attempts AS attempt ON attempt.external_id = tie.object_id
          LEFT JOIN payouts AS payout ON payout.id = attempt.payout_id
         WHERE undoing.id >= @booked_since AND undoing.reverses IS NOT NULL AND tie.object_type IN ('payment_intent', 'refund', 'transfer', 'payout')
        UNION ALL
        SELECT 'payout', attempt.external_id, payout.payout_account, '', '-infinity'::timestamptz
          FROM payouts AS payout JOIN payout_attempts AS attempt ON attempt.payout_id = payout.id
         WHERE payout.status = 'paying_out' AND attempt.phase = 'bank_payout' AND attempt.outcome = 'applied' AND attempt.external_id IS NOT NULL
           AND (NOT @recent::boolean OR attempt.intended_at < @booked_before::timestamptz)
        UNION ALL
        SELECT 'payment_intent', campaign.payment_intent_id, '', '', 'infinity'
          FROM campaigns AS campaign WHERE campaign.status = 'approved' AND campaign.payment_intent_id IS NOT NULL
        UNION ALL
        SELECT 'payment_intent', deposit.payment_intent_id, '', '', 'infinity'
          FROM deposits AS deposit WHERE deposit.status = 'pending' AND deposit.payment_intent_id IS NOT NULL
        UNION ALL
        SELECT 'dispute', dispute.dispute_id, '', '', 'infinity'
          FROM funding_disputes AS dispute WHERE dispute.status = 'open' OR dispute.closed_at >= @since::timestamptz
        UNION ALL
        SELECT fresh.object_type, fresh.object_id, fresh.account, CASE fresh.object_type WHEN 'transfer_reversal' THEN fresh.source_id ELSE '' END, 'infinity'
          FROM processor_objects AS fresh
         WHERE fresh.last_seen_at - fresh.changed_at < make_interval(0, 0, 0, 0, 0, 0, @grace_seconds::float8) AND fresh.changed_at >= @since
           AND fresh.object_type <> 'balance_transaction'
        UNION ALL
        SELECT pending.object_type, pending.object_id, pending.account, '', 'infinity'
          FROM processor_objects AS pending
         WHERE pending.object_type IN ('refund', 'dispute')
           AND (pending.status = ANY (@pending_statuses::text[]) OR pending.changed_at >= @since)
        UNION ALL
        SELECT movement.source_type, movement.source_id, '', movement.parent_id, 'infinity'
          FROM processor_objects AS movement
         WHERE movement.last_seen_at >= @started_at::timestamptz AND movement.object_type = 'balance_transaction' AND movement.source_type <> ''
        UNION ALL
        SELECT difference.object_type, difference.object_id, difference.account, difference.parent_id, 'infinity'
          FROM reconciliation_differences AS difference
         WHERE difference.cleared_at IS NULL AND (difference.acknowledged_at IS NULL OR NOT @recent) AND difference.object_type <> 'balance_transaction') AS wanted
 WHERE (wanted.object_type, wanted.object_id) > (@after_type::text, @after_id::text)
   AND NOT (@recent AND wanted.object_type = 'payout' AND isfinite(wanted.booked_at) AND wanted.booked_at > @booked_before)
   AND NOT EXISTS (SELECT FROM processor_objects AS seen
                    WHERE seen.object_type = wanted.object_type AND seen.object_id = wanted.object_id
                      AND (seen.last_seen_at >= @started_at
                           OR @recent AND seen.object_type = 'payout' AND seen.last_seen_at >= wanted.booked_at
                              AND (isfinite(wanted.booked_at) OR seen.last_seen_at >= @under_way_since::timestamptz)))
 ORDER BY wanted.object_type, wanted.object_id, wanted.account DESC, wanted.parent_id DESC
 LIMIT @batch;

-- name: ListUnbookedMovements :many
-- Balance transactions for no object of ours that a pass has seen, or that differ, and that have no
-- entry. What people have acknowledged, or propose to, is theirs.
SELECT movement.object_id, movement.status, movement.amount_minor, movement.fee_minor, movement.currency, movement.created_at
  FROM (SELECT object_id FROM processor_objects WHERE last_seen_at >= @started_at::timestamptz AND object_type = 'balance_transaction'
        UNION
        SELECT object_id FROM reconciliation_differences
         WHERE cleared_at IS NULL AND acknowledged_at IS NULL AND object_type = 'balance_transaction') AS seen
  JOIN processor_objects AS movement ON movement.object_type = 'balance_transaction' AND movement.object_id = seen.object_id
 WHERE movement.source_type = '' AND (movement.amount_minor <> 0 OR movement.fee_minor <> 0) AND movement.status = ANY (@types::text[]) AND movement.object_id > @after::text
   AND NOT EXISTS (SELECT FROM external_objects AS tie
                    WHERE tie.provider = @provider::text AND tie.object_type = 'balance_transaction' AND tie.object_id = movement.object_id)
   AND NOT EXISTS (SELECT FROM reconciliation_differences AS settled
                    WHERE settled.object_type = 'balance_transaction' AND settled.object_id = movement.object_id
                      AND settled.cleared_at IS NULL AND settled.proposed_at IS NOT NULL)
 ORDER BY movement.object_id LIMIT @batch;

-- name: ListReconciliationPairs :many
-- Everything that a pass has seen, with what the books have about it. A balance transaction is
-- compared with the entry of the object that it moved money for, or with its own entry if it moved
-- money for none. If it brings money back
-- (isReturn in domain/reconcile/object.go), it is compared with the entry that books the return. Balance
-- transactions never change, so those that differ are taken as they were seen. A converted payment, its
-- refunds and its disputes are compared in the currency of the payment, which their records have. Their
-- balance transactions are in the currency of the entries.
--
-- The page is selected before anything is looked up. Reading all objects in their order for each
-- page would be slow once there are many old ones.
WITH page AS MATERIALIZED (
    SELECT seen.object_type, seen.object_id FROM processor_objects AS seen
     WHERE seen.last_seen_at >= @started_at::timestamptz AND (seen.object_type, seen.object_id) > (@after_type::text, @after_id::text)
    UNION
    SELECT difference.object_type, difference.object_id FROM reconciliation_differences AS difference
     WHERE difference.cleared_at IS NULL AND difference.acknowledged_at IS NULL AND difference.object_type = 'balance_transaction'
       AND (difference.object_type, difference.object_id) > (@after_type::text, @after_id::text)
     ORDER BY object_type, object_id LIMIT @batch
), theirs AS MATERIALIZED (
    SELECT said.object_type, said.object_id, said.account, said.amount_minor, said.currency, said.status, said.reversed_minor, said.payout_id,
           said.campaign_id, said.deposit_id, said.generation, said.source_type, said.source_id, said.parent_id, said.created_at, said.changed_at, said.last_seen_at,
           (said.object_type = 'balance_transaction' AND said.amount_minor > 0 AND said.source_type IN ('refund', 'transfer', 'dispute')) AS comes_back,
           CASE WHEN said.payout_id ~ '^[0-9a-f-]{36}$' THEN said.payout_id::uuid END AS payout_uuid,
           CASE WHEN said.campaign_id ~ '^[0-9a-f-]{36}$' THEN said.campaign_id::uuid END AS campaign_uuid
      FROM page JOIN processor_objects AS said ON said.object_type = page.object_type AND said.object_id = page.object_id
)
SELECT theirs.object_type, theirs.object_id, theirs.account, theirs.amount_minor, theirs.currency, theirs.status, theirs.reversed_minor,
       theirs.payout_id, theirs.campaign_id, theirs.deposit_id, theirs.generation, theirs.source_type, theirs.source_id, theirs.parent_id,
       theirs.created_at, theirs.changed_at, theirs.last_seen_at,
       coalesce(CASE WHEN booking.id IS NOT NULL THEN entry.kind END, '')::text AS entry_kind, coalesce(turned.currency, entry.currency, '')::text AS entry_currency,
       coalesce(greatest(entry.effective_at, undoing.effective_at, ended.effective_at), attempt.intended_at, 'epoch')::timestamptz AS known_at,
       coalesce(turned.amount_minor, legs.gross_minor, 0)::bigint AS gross_minor, coalesce(legs.platform_minor, 0)::bigint AS platform_minor,
       coalesce(turned.amount_minor, legs.disputed_minor, 0)::bigint AS disputed_minor,
       coalesce(attempt.outcome, '')::text AS attempt_outcome, coalesce(attempt.amount_minor, 0)::bigint AS payout_minor,
       coalesce(attempt.currency, '')::text AS payout_currency,
       coalesce(attempt.payout_id::text, parent.payout_id::text, nullif(theirs.payout_id, ''), '')::text AS of_payout,
       coalesce(funded.id::text, owner.id::text, turned.campaign_id::text, nullif(theirs.campaign_id, ''), '')::text AS of_campaign,
       coalesce(deposited.id::text, nullif(theirs.deposit_id, ''), '')::text AS of_deposit,
       coalesce(funded.budget_minor, deposited.amount_minor, 0)::bigint AS budget_minor,
       coalesce(funded.currency, CASE WHEN theirs.object_type = 'payment_intent' THEN deposited.currency END, '')::text AS budget_currency,
       coalesce(ended.outcome, '')::text AS dispute_outcome, (undoing.id IS NOT NULL)::boolean AS is_undone,
       coalesce(rival_payout.external_id, rival_payment.payment_intent_id, rival_refund.object_id, '')::text AS rival_id,
       (theirs.object_type = 'transfer_reversal' AND parent.payout_id IS NULL)::boolean AS source_unbooked,
       coalesce(parent.is_undone, false)::boolean AS cancelled_out, coalesce(outside.how, '')::text AS settled_outside,
       coalesce(receiver.creator_id::text, holder.id::text, '')::text AS creator_id
  FROM theirs
  LEFT JOIN external_objects AS tie ON tie.provider = 'stripe'
   AND tie.object_type = CASE WHEN theirs.object_type = 'balance_transaction' AND theirs.source_type <> '' THEN theirs.source_type ELSE theirs.object_type END
   AND tie.object_id = CASE WHEN theirs.object_type = 'balance_transaction' AND theirs.source_type <> '' THEN theirs.source_id ELSE theirs.object_id END
  LEFT JOIN LATERAL (SELECT opening.id
                       FROM ledger_kinds AS kind JOIN journal_entries AS opening ON opening.kind = kind.kind
                      WHERE kind.dispute = 'open' AND theirs.object_type = 'dispute' AND opening.reference = theirs.object_id) AS disputing ON true
  LEFT JOIN journal_entries AS entry ON entry.id = coalesce(disputing.id, tie.entry_id)
  LEFT JOIN journal_entries AS undoing ON undoing.reverses = entry.id
  LEFT JOIN LATERAL (SELECT ending.id, kind.dispute AS outcome, ending.effective_at
                       FROM ledger_kinds AS kind JOIN journal_entries AS ending ON ending.kind = kind.kind
                      WHERE kind.dispute IN ('won', 'lost')
                        AND ending.reference = CASE 'dispute' WHEN theirs.object_type THEN theirs.object_id WHEN theirs.source_type THEN theirs.source_id END) AS ended ON true
 CROSS JOIN LATERAL (SELECT CASE WHEN NOT theirs.comes_back THEN entry.id WHEN ended.outcome = 'won' THEN ended.id ELSE undoing.id END AS id) AS booking
  LEFT JOIN LATERAL (SELECT CASE theirs.object_type WHEN 'payment_intent' THEN sum(posting.amount_minor) FILTER (WHERE posting.amount_minor > 0)
                                 WHEN 'transfer_reversal' THEN sum(posting.amount_minor) FILTER (WHERE account.code = 'stripe/platform')
                                 ELSE max(abs(posting.amount_minor)) END AS gross_minor,
                            sum(posting.amount_minor) FILTER (WHERE account.code = 'stripe/platform') AS platform_minor,
                            max(abs(posting.amount_minor)) FILTER (WHERE account.code = 'stripe/disputed') AS disputed_minor
                       FROM known_postings AS posting JOIN ledger_accounts AS account ON account.id = posting.account_id
                      WHERE posting.entry_id = booking.id) AS legs ON true
  LEFT JOIN LATERAL (SELECT made.payout_id, made.outcome, made.intended_at, coalesce(made.currency, payout.currency) AS currency,
                            CASE WHEN made.currency IS NULL THEN payout.amount_minor ELSE made.amount_minor END AS amount_minor
                       FROM payout_attempts AS made JOIN payouts AS payout ON payout.id = made.payout_id
                      WHERE made.external_id = theirs.object_id LIMIT 1) AS attempt ON true
  LEFT JOIN LATERAL (SELECT made.payout_id, made.outcome = 'undone' AND sent.reversed_minor >= sent.amount_minor AS is_undone
                       FROM payout_attempts AS made
                       LEFT JOIN processor_objects AS sent ON sent.object_type = 'transfer' AND sent.object_id = made.external_id
                      WHERE made.phase = 'transfer'
                        AND made.external_id = CASE WHEN 'transfer_reversal' IN (theirs.object_type, theirs.source_type) THEN coalesce(nullif(theirs.parent_id, ''), theirs.source_id)
                                                    WHEN theirs.object_type = 'balance_transaction' THEN theirs.source_id END
                      LIMIT 1) AS parent ON true
  LEFT JOIN LATERAL (SELECT correction.how
                       FROM payout_attempts AS made JOIN corrections AS correction ON correction.payout_id = made.payout_id AND correction.status = 'approved'
                      WHERE theirs.object_type = 'payout' AND made.phase = 'bank_payout' AND made.outcome = 'settled'
                        AND (made.external_id = theirs.object_id
                             OR made.external_id IS NULL AND made.payout_id = theirs.payout_uuid AND made.generation = theirs.generation)
                      LIMIT 1) AS outside ON true
  LEFT JOIN payouts AS receiver ON receiver.id = coalesce(attempt.payout_id, parent.payout_id, theirs.payout_uuid)
  LEFT JOIN creators AS holder ON theirs.account <> '' AND holder.payout_account = theirs.account
  LEFT JOIN LATERAL (SELECT payment.amount_minor, payment.currency, payment.campaign_id
                       FROM converted_payments AS payment WHERE theirs.object_type = 'payment_intent' AND payment.payment_intent_id = theirs.object_id
                     UNION ALL
                     SELECT back.amount_minor, payment.currency, payment.campaign_id
                       FROM converted_payment_returns AS back JOIN converted_payments AS payment ON payment.payment_intent_id = back.payment_intent_id
                      WHERE theirs.object_type IN ('refund', 'dispute') AND back.object_id = theirs.object_id) AS turned ON true
  LEFT JOIN campaigns AS funded ON theirs.object_type = 'payment_intent' AND funded.payment_intent_id = theirs.object_id
  LEFT JOIN campaigns AS owner ON theirs.object_type IN ('refund', 'dispute') AND owner.payment_intent_id = theirs.source_id
  LEFT JOIN deposits AS deposited ON deposited.campaign_id IS NULL AND deposited.payment_intent_id = CASE theirs.object_type WHEN 'payment_intent' THEN theirs.object_id WHEN 'refund' THEN theirs.source_id WHEN 'dispute' THEN theirs.source_id END
  LEFT JOIN LATERAL (SELECT other.external_id FROM payout_attempts AS other
                      WHERE other.payout_id = theirs.payout_uuid AND other.outcome IN ('applied', 'settled') AND other.external_id <> theirs.object_id
                        AND other.phase = CASE theirs.object_type WHEN 'transfer' THEN 'transfer' WHEN 'payout' THEN 'bank_payout' END
                      LIMIT 1) AS rival_payout ON true
  LEFT JOIN LATERAL (SELECT other.payment_intent_id
                       FROM campaigns AS other JOIN external_objects AS held ON held.provider = 'stripe' AND held.object_type = 'payment_intent' AND held.object_id = other.payment_intent_id
                      WHERE theirs.object_type = 'payment_intent' AND other.id = theirs.campaign_uuid AND other.payment_intent_id <> theirs.object_id
                      LIMIT 1) AS rival_payment ON true
  LEFT JOIN LATERAL (SELECT other.object_id
                       FROM processor_objects AS other JOIN external_objects AS held ON held.provider = 'stripe' AND held.object_type = 'refund' AND held.object_id = other.object_id
                      WHERE theirs.object_type = 'refund' AND theirs.campaign_id <> '' AND other.object_type = 'refund'
                        AND other.campaign_id = theirs.campaign_id AND other.object_id <> theirs.object_id AND other.source_id = theirs.source_id
                        AND NOT EXISTS (SELECT FROM journal_entries AS returned WHERE returned.reverses = held.entry_id)
                      LIMIT 1) AS rival_refund ON true
 ORDER BY theirs.object_type, theirs.object_id;
