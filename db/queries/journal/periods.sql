-- name: InsertAccountingPeriod :exec
INSERT INTO accounting_periods (period, starts_at, ends_at, closed_by) VALUES ($1, $2, $3, $4);

-- name: GetClosedThrough :one
SELECT coalesce(max(ends_at), '-infinity')::timestamptz > @ends_at::timestamptz AS closed FROM accounting_periods;

-- name: ListAccountingPeriods :many
SELECT period, starts_at, ends_at, closed_by, closed_at FROM accounting_periods ORDER BY period DESC;
