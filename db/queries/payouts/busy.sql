-- name: CheckCreator :one
-- Why a payout must not begin. Money of the same currency is on the account, or on its way there,
-- while a transfer is alive and no bank payout has taken it. A payout whose own transfer is alive
-- waits for no other, so two never wait for each other. What was converted, or is going to be, shares
-- the account with payouts in the other currency too.
SELECT payout.payout_account, (creator.payouts_frozen_at IS NOT NULL)::boolean AS frozen,
       (NOT EXISTS (SELECT FROM payout_attempts AS own
                     WHERE own.payout_id = payout.id AND own.phase = 'transfer' AND own.outcome IN ('unknown', 'applied'))
        AND EXISTS (SELECT FROM payouts AS other
                     WHERE other.payout_account = payout.payout_account AND other.id <> payout.id
                       AND (other.currency IN (payout.currency, @converts_into::text)
                            OR EXISTS (SELECT FROM payout_attempts AS converted
                                        WHERE converted.payout_id = other.id AND converted.phase = 'transfer' AND converted.outcome IN ('unknown', 'applied')
                                          AND converted.converts_into IN (payout.currency, @converts_into)))
                       AND other.status NOT IN ('reserved', 'paid', 'cancelled', 'returned', 'settled')
                       AND EXISTS (SELECT FROM payout_attempts AS sent
                                    WHERE sent.payout_id = other.id AND sent.phase = 'transfer' AND sent.outcome IN ('unknown', 'applied'))
                       AND NOT EXISTS (SELECT FROM payout_attempts AS gone
                                        WHERE gone.payout_id = other.id AND gone.phase = 'bank_payout' AND gone.outcome = 'applied')))::boolean AS busy,
       EXISTS (SELECT FROM payout_conversions AS made WHERE made.account = payout.payout_account) AS has_conversions
  FROM payouts AS payout JOIN creators AS creator ON creator.id = payout.creator_id
 WHERE payout.id = @id;
