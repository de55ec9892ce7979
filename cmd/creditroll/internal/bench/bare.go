package bench

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// bareTables store the rows of accruals without locks, triggers, checks or foreign keys. The
// tables in schema "bare" have the same indexes as the real ones. Those in schema "heap" have no
// indexes.
type bareTables struct {
	pool *pgxpool.Pool
	of   *world
	poll int
}

const bareBatchSize = 1000

func newBareTables(ctx context.Context, url string, connections int, of *world) (*bareTables, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(connections)
	// The default of the store, so that the comparison does not measure statement preparation.
	config.ConnConfig.RuntimeParams["jit"] = "off"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	b := &bareTables{pool: pool, of: of}
	for schema, like := range map[string]string{"bare": " INCLUDING INDEXES", "heap": ""} {
		if err := b.create(ctx, schema, like); err != nil {
			b.close()
			return nil, err
		}
	}
	return b, nil
}

func (b *bareTables) create(ctx context.Context, schema, like string) error {
	if _, err := b.pool.Exec(ctx, "CREATE SCHEMA "+schema); err != nil {
		return err
	}
	for _, table := range []string{"observations", "journal_entries", "postings", "accruals", "holds"} {
		// By default, LIKE copies only columns and NOT NULL.
		if _, err := b.pool.Exec(ctx, fmt.Sprintf("CREATE TABLE %s.%s (LIKE public.%s INCLUDING DEFAULTS INCLUDING IDENTITY%s)", schema, table, table, like)); err != nil {
			return err
		}
	}
	_, err := b.pool.Exec(ctx, fmt.Sprintf("CREATE TABLE %s.campaign_budgets AS SELECT * FROM public.campaign_budgets", schema))
	return err
}

func (b *bareTables) close() { b.pool.Close() }

// settle runs the maintenance that the server would otherwise run in the background for minutes
// after a high load. A system with pending maintenance is not idle.
func (b *bareTables) settle(ctx context.Context) error {
	for _, statement := range []string{"VACUUM ANALYZE", "CHECKPOINT"} {
		if _, err := b.pool.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// measureSizes reads how many bytes an accrual takes in the real tables, with its reading, entry
// and hold.
func (b *bareTables) measureSizes(ctx context.Context, result *Result) error {
	return b.pool.QueryRow(ctx, `SELECT round(sum(pg_table_size(oid)) / (SELECT count(*) FROM accruals)), round(sum(pg_indexes_size(oid)) / (SELECT count(*) FROM accruals))
		FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname ~ '^(journal_entries|accruals|holds|(postings|observations)_.*)$'`,
	).Scan(&result.TableBytesPerAccrual, &result.IndexBytesPerAccrual)
}

// insertTwoRows writes a debit and a credit in one transaction.
func (b *bareTables) insertTwoRows(ctx context.Context, _ int) (int, error) {
	id := uuid.Must(uuid.NewV7()).String()
	_, err := b.pool.Exec(ctx, `INSERT INTO bare.postings (entry_id, seq, line, account_id, currency, amount_minor)
		VALUES ($1, 1, 1, 1, 'USD', 100), ($1, 1, 2, 2, 'USD', -100)`, id)
	return 1, err
}

// insertBatch writes the rows of a full batch of group commit.
func (b *bareTables) insertBatch(schema string) func(context.Context, int) (int, error) {
	return func(ctx context.Context, _ int) (int, error) { return b.insertRows(ctx, schema, bareBatchSize) }
}

// insertRows writes the rows of one accrual per clip to the tables of a schema. Like the product,
// it writes all columns from arrays in one transaction.
func (b *bareTables) insertRows(ctx context.Context, schema string, accruals int) (int, error) {
	b.poll++
	rows := b.rows(accruals)
	statements := &pgx.Batch{}
	statements.Queue(`INSERT INTO `+schema+`.observations (clip_id, poll, provider, attempt_id, views, likes, comments, shares, high_water_views, excluded_views,
				accepted_views, trusted_views, claimed_views, claimed_excluded_views, claimed_by, decision, observed_at, limited_by, campaign_status)
			SELECT clip, $2, 'bench', $3, views, 0, 0, 0, views, 0, views, views, 0, 0, '', 'plausible', at, 'none', 'live' FROM unnest($1::uuid[], $4::bigint[], $5::timestamptz[]) AS row (clip, views, at)`,
		rows.clips, b.poll, b.of.attemptID, rows.amounts, rows.times)
	statements.Queue(`INSERT INTO `+schema+`.journal_entries (id, kind, reference, currency, request_hash, effective_at)
			SELECT id, 'earnings_accrued', reference, 'USD', hash, at FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::timestamptz[]) AS row (id, reference, hash, at)`,
		rows.ids, rows.references, rows.hashes, rows.times)
	statements.Queue(`INSERT INTO `+schema+`.postings (entry_id, seq, line, account_id, currency, amount_minor)
			SELECT id, $5, line, account, 'USD', amount FROM unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::bigint[]) AS row (id, line, account, amount)`,
		rows.legIDs, rows.lines, rows.accounts, rows.legAmounts, b.poll)
	statements.Queue(`INSERT INTO `+schema+`.accruals (entry_id, clip_id, poll, campaign_id, creator_id, currency, gross_minor, creator_minor, fee_minor, affiliate_minor,
				credited_views_after, clip_gross_after_minor, clip_net_after_minor, creator_gross_after_minor, accrued_at)
			SELECT id, clip, $3, $4, creator, 'USD', amount, amount, 0, 0, amount, amount, amount, total, at
			  FROM unnest($1::uuid[], $2::uuid[], $5::uuid[], $6::bigint[], $7::bigint[], $8::timestamptz[]) AS row (id, clip, creator, amount, total, at)`,
		rows.ids, rows.clips, b.poll, b.of.campaignID, rows.creators, rows.amounts, rows.totals, rows.times)
	statements.Queue(`INSERT INTO `+schema+`.holds (entry_id, campaign_id, creator_id, currency, amount_minor, available_at)
			SELECT id, $2, creator, 'USD', amount, at FROM unnest($1::uuid[], $3::uuid[], $4::bigint[], $5::timestamptz[]) AS row (id, creator, amount, at)`,
		rows.ids, b.of.campaignID, rows.creators, rows.amounts, rows.times)
	statements.Queue(`UPDATE `+schema+`.campaign_budgets SET spent_minor = spent_minor + $2, readings = readings + $3 WHERE campaign_id = $1`,
		b.of.campaignID, 100*len(rows.ids), len(rows.ids))
	// A batch is one transaction.
	err := b.pool.SendBatch(ctx, statements).Close()
	return len(rows.ids), err
}

// insertPlainly writes the rows of one accrual in the usual way: begin, one statement per table,
// commit.
func (b *bareTables) insertPlainly(ctx context.Context) error {
	b.poll++
	rows := b.rows(1)
	id, clip, creator, at := rows.ids[0], rows.clips[0], rows.creators[0], rows.times[0]
	return pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		for _, statement := range []struct {
			sql  string
			args []any
		}{
			{
				`UPDATE bare.campaign_budgets SET spent_minor = spent_minor + $2, readings = readings + 1 WHERE campaign_id = $1`,
				[]any{b.of.campaignID, rows.amounts[0]},
			},
			{`INSERT INTO bare.observations (clip_id, poll, provider, attempt_id, views, likes, comments, shares, high_water_views, excluded_views,
				accepted_views, trusted_views, claimed_views, claimed_excluded_views, claimed_by, decision, observed_at, limited_by, campaign_status)
				VALUES ($1, $2, 'bench', $3, $4, 0, 0, 0, $4, 0, $4, $4, 0, 0, '', 'plausible', $5, 'none', 'live')`, []any{clip, b.poll, b.of.attemptID, rows.amounts[0], at}},
			{`INSERT INTO bare.journal_entries (id, kind, reference, currency, request_hash, effective_at)
				VALUES ($1, 'earnings_accrued', $2, 'USD', $3, $4)`, []any{id, rows.references[0], rows.hashes[0], at}},
			{
				`INSERT INTO bare.postings (entry_id, seq, line, account_id, currency, amount_minor)
				VALUES ($1, $2, 1, $3, 'USD', $4), ($1, $2, 2, $5, 'USD', $6), ($1, $2, 3, $7, 'USD', $8)`,
				[]any{id, b.poll, rows.accounts[0], rows.legAmounts[0], rows.accounts[1], rows.legAmounts[1], rows.accounts[2], rows.legAmounts[2]},
			},
			{
				`INSERT INTO bare.accruals (entry_id, clip_id, poll, campaign_id, creator_id, currency, gross_minor, creator_minor, fee_minor, affiliate_minor,
					credited_views_after, clip_gross_after_minor, clip_net_after_minor, creator_gross_after_minor, accrued_at)
				VALUES ($1, $2, $3, $4, $5, 'USD', $6, $6, 0, 0, $6, $6, $6, $7, $8)`,
				[]any{id, clip, b.poll, b.of.campaignID, creator, rows.amounts[0], rows.totals[0], at},
			},
			{`INSERT INTO bare.holds (entry_id, campaign_id, creator_id, currency, amount_minor, available_at)
				VALUES ($1, $2, $3, 'USD', $4, $5)`, []any{id, b.of.campaignID, creator, rows.amounts[0], at}},
		} {
			if _, err := tx.Exec(ctx, statement.sql, statement.args...); err != nil {
				return err
			}
		}
		return nil
	})
}

type bareRows struct {
	ids, clips, creators []uuid.UUID
	references           []string
	hashes               [][]byte
	amounts, totals      []int64
	times                []time.Time
	legIDs               []uuid.UUID
	lines                []int16
	accounts, legAmounts []int64
}

// rows returns three postings per accrual: escrow, the creator's pending account, and fees.
func (b *bareTables) rows(accruals int) bareRows {
	var r bareRows
	hash, now := make([]byte, 32), time.Now()
	for i, each := range b.of.clips[:min(len(b.of.clips), accruals)] {
		id := uuid.Must(uuid.NewV7())
		r.ids, r.clips, r.creators = append(r.ids, id), append(r.clips, uuid.MustParse(each.id)), append(r.creators, uuid.MustParse(each.creatorID))
		r.references, r.hashes = append(r.references, each.id+"/"+strconv.Itoa(b.poll)), append(r.hashes, hash)
		r.amounts, r.totals, r.times = append(r.amounts, 100), append(r.totals, int64(b.poll*bareBatchSize+i)), append(r.times, now)
		r.legIDs, r.lines = append(r.legIDs, id, id, id), append(r.lines, 1, 2, 3)
		r.accounts = append(r.accounts, 1, int64(10+i/clipsACreator), 2)
		r.legAmounts = append(r.legAmounts, 100, -90, -10)
	}
	return r
}
