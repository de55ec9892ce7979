package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// bareTables take the rows of accruals without keys, constraints or triggers.
type bareTables struct {
	pool *pgxpool.Pool
}

const bareBatchSize = 1000

func newBareTables(ctx context.Context, url string, connections int) (*bareTables, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(connections)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	b := &bareTables{pool: pool}
	if _, err := pool.Exec(ctx, "CREATE SCHEMA bare"); err != nil {
		b.close()
		return nil, err
	}
	for _, table := range []string{"observations", "journal_entries", "postings", "accruals", "holds"} {
		// LIKE copies columns and NOT NULL, and nothing else unless it is asked to.
		if _, err := pool.Exec(ctx, fmt.Sprintf("CREATE TABLE bare.%s (LIKE public.%s INCLUDING DEFAULTS INCLUDING IDENTITY)", table, table)); err != nil {
			b.close()
			return nil, err
		}
	}
	return b, nil
}

func (b *bareTables) close() { b.pool.Close() }

// insertTwoRows is a debit and a credit in a transaction of their own.
func (b *bareTables) insertTwoRows(ctx context.Context, _ int) (int, error) {
	id := uuid.NewString()
	_, err := b.pool.Exec(ctx, `INSERT INTO bare.postings (entry_id, seq, line, account_id, currency, amount_minor)
		VALUES ($1, 1, 1, 1, 'USD', 100), ($1, 1, 2, 2, 'USD', -100)`, id)
	return 1, err
}

// insertBatch writes what group commit writes for a full batch: the same columns from the
// same kind of arrays, in one transaction.
func (b *bareTables) insertBatch(ctx context.Context, _ int) (int, error) {
	ids, hashes, times := make([]string, bareBatchSize), make([][]byte, bareBatchSize), make([]time.Time, bareBatchSize)
	amounts, hash, now := make([]int64, bareBatchSize), make([]byte, 32), time.Now()
	for i := range ids {
		ids[i], hashes[i], times[i], amounts[i] = uuid.Must(uuid.NewV7()).String(), hash, now, 100
	}
	var legIDs []string
	var lines []int16
	var legAmounts []int64
	for _, id := range ids {
		legIDs, lines, legAmounts = append(legIDs, id, id, id), append(lines, 1, 2, 3), append(legAmounts, 100, -90, -10)
	}
	err := pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue(`INSERT INTO bare.observations (clip_id, poll, provider, attempt_id, views, likes, comments, shares, high_water_views, excluded_views, observed_at)
			SELECT id, 1, 'bench', id, views, 0, 0, 0, views, 0, at FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) AS row (id, views, at)`, ids, amounts, times)
		batch.Queue(`INSERT INTO bare.journal_entries (id, kind, reference, currency, request_hash, effective_at)
			SELECT id, 'earnings_accrued', id::text, 'USD', hash, at FROM unnest($1::uuid[], $2::bytea[], $3::timestamptz[]) AS row (id, hash, at)`, ids, hashes, times)
		batch.Queue(`INSERT INTO bare.postings (entry_id, seq, line, account_id, currency, amount_minor)
			SELECT id, amount, line, 1, 'USD', amount FROM unnest($1::uuid[], $2::smallint[], $3::bigint[]) AS row (id, line, amount)`, legIDs, lines, legAmounts)
		batch.Queue(`INSERT INTO bare.accruals (entry_id, clip_id, poll, campaign_id, creator_id, currency, gross_minor, creator_minor, fee_minor, affiliate_minor,
				credited_views_after, clip_gross_after_minor, creator_gross_after_minor, limited_by, accrued_at)
			SELECT id, id, 1, id, id, 'USD', amount, amount, 0, 0, amount, amount, amount, 'none', at
			  FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) AS row (id, amount, at)`, ids, amounts, times)
		batch.Queue(`INSERT INTO bare.holds (entry_id, campaign_id, creator_id, currency, amount_minor, available_at)
			SELECT id, id, id, 'USD', amount, at FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) AS row (id, amount, at)`, ids, amounts, times)
		return tx.SendBatch(ctx, batch).Close()
	})
	return bareBatchSize, err
}
