-- name: UpsertSettledCurrencies :exec
-- A later reading stays.
INSERT INTO settled_currencies (currencies, read_at) VALUES (@currencies::text[], @read_at)
ON CONFLICT (singleton) DO UPDATE SET currencies = excluded.currencies, read_at = excluded.read_at
 WHERE settled_currencies.read_at <= excluded.read_at;

-- name: FindSettledCurrencies :many
SELECT currencies, read_at FROM settled_currencies;
