package statements_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/domain/statement"
)

// BenchmarkMonth exports the statements of a month in which each creator has one clip with ten
// readings and four payouts, after another month like that. There are 1,000 creators, or as many as
// CREATORS says:
//
//	CREATORS=10000 go test ./db/statements -run '^$' -bench Month -benchtime 1x -timeout 1h
func BenchmarkMonth(b *testing.B) {
	creators, err := strconv.Atoi(os.Getenv("CREATORS"))
	if err != nil {
		creators = 1000
	}
	url := dbtest.URL(b)
	store := dbtest.Open(b, url)
	writeMonths(b, url, creators)

	for b.Loop() {
		began := time.Now()
		count, err := store.Statements.ExportMonth(b.Context(), "2026-04", later, func(read statement.Creator) error {
			if read.DifferenceMinor() != 0 || read.OpeningMinor != 0 || read.EarnedMinor != 800 || read.PaidMinor != -400 || len(read.Payouts) != 4 || read.PlatformFeesMinor != 200 {
				b.Fatalf("unexpected statement %+v", read)
			}
			return nil
		})
		require.NoError(b, err)
		require.Equal(b, creators, count)
		b.ReportMetric(float64(creators)/time.Since(began).Seconds(), "creators/s")
		began = time.Now()
		_, err = store.Statements.ExportTax(b.Context(), "2026", later, func(statement.Tax) error { return nil })
		require.NoError(b, err)
		b.ReportMetric(float64(creators)/time.Since(began).Seconds(), "creators/s/tax")
	}
}

// writeMonths writes March and April without the triggers that check each statement, which would
// take most of the time. In March a creator is paid everything, and in April half of it.
func writeMonths(b testing.TB, url string, creators int) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), url)
	require.NoError(b, err)
	defer func() { _ = conn.Close(b.Context()) }()
	for _, sql := range []string{
		"SET session_replication_role = replica; SET synchronous_commit = off; SET timezone = 'UTC'",
		`CREATE TEMP TABLE made AS SELECT n, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS creator_id, ('00000001-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS clip_id,
			('00000002-0000-7000-8000-' || lpad(to_hex(n % 20), 12, '0'))::uuid AS campaign_id FROM generate_series(1, ` + strconv.Itoa(creators) + `) AS n`,
		"INSERT INTO creators (id, handle) SELECT creator_id, 'bench' || n FROM made",
		"INSERT INTO clips (id, campaign_id, creator_id, platform, external_id, url, status) SELECT clip_id, campaign_id, creator_id, 'tiktok', n, 'https://example.test', 'tracking' FROM made",
		`INSERT INTO ledger_accounts (code) SELECT 'creator/' || creator_id || '/' || part FROM made, unnest('{pending,available,in_transit,connected}'::text[]) AS part
			UNION ALL SELECT 'stripe/connected/' || creator_id FROM made UNION ALL SELECT DISTINCT 'campaign/' || campaign_id || '/escrow' FROM made UNION ALL SELECT unnest('{stripe/platform,platform/fees}'::text[])`,
		// A reading every third day and its release, and a payout each week in three steps.
		`CREATE TEMP TABLE happened AS
			SELECT made.*, month, number, step, day, gen_random_uuid() AS payout_id FROM made, generate_series(0, 1) AS month,
			       (SELECT number, step, number * 2.5 + CASE step WHEN 'release' THEN 1 ELSE 0 END AS day FROM generate_series(1, 10) AS number, unnest('{accrual,release}'::text[]) AS step) AS earned
			UNION ALL
			SELECT made.*, month, number, step, number * 7 + place / 10.0, md5('payout' || n || '/' || month || '/' || number)::uuid FROM made, generate_series(0, 1) AS month,
			       generate_series(1, 4) AS number, unnest('{reserve,transfer,bank}'::text[]) WITH ORDINALITY AS steps (step, place)`,
		`CREATE TEMP TABLE numbered AS SELECT *, row_number() OVER (ORDER BY month, day, n, number) AS seq,
			timestamptz '2026-03-01' + month * interval '1 month' + day * interval '1 day' AS at,
			(left(replace(first_id_at(now())::text, '-', ''), 12) || substr(md5(n || '/' || month || '/' || number || '/' || step), 1, 20))::uuid AS id,
			CASE step WHEN 'accrual' THEN 'earnings_accrued' WHEN 'release' THEN 'hold_released' WHEN 'reserve' THEN 'payout_reserved' WHEN 'transfer' THEN 'transfer_settled' ELSE 'bank_payout_settled' END AS kind,
			CASE month WHEN 0 THEN 200 ELSE 100 END AS paid_minor
			FROM happened`,
		`INSERT INTO journal_entries (id, seq, kind, reference, currency, request_hash, effective_at) OVERRIDING SYSTEM VALUE
			SELECT id, seq, kind, CASE WHEN step IN ('accrual', 'release') THEN clip_id || '/' || month || '/' || number WHEN step = 'reserve' THEN payout_id::text ELSE payout_id || '/g1' END, 'USD', sha256('bench'), at FROM numbered`,
		`INSERT INTO postings (entry_id, seq, line, account_id, currency, amount_minor)
			SELECT numbered.id, numbered.seq, legs.line, account.id, 'USD', legs.amount_minor FROM numbered
			 CROSS JOIN LATERAL (SELECT line, code, amount_minor FROM (VALUES
				('accrual', 1, 'campaign/' || campaign_id || '/escrow', 100), ('accrual', 2, 'creator/' || creator_id || '/pending', -80), ('accrual', 3, 'platform/fees', -20),
				('release', 1, 'creator/' || creator_id || '/pending', 80), ('release', 2, 'creator/' || creator_id || '/available', -80),
				('reserve', 1, 'creator/' || creator_id || '/available', paid_minor), ('reserve', 2, 'creator/' || creator_id || '/in_transit', -paid_minor),
				('transfer', 1, 'creator/' || creator_id || '/in_transit', paid_minor), ('transfer', 2, 'stripe/platform', -paid_minor),
				('transfer', 3, 'stripe/connected/' || creator_id, paid_minor), ('transfer', 4, 'creator/' || creator_id || '/connected', -paid_minor),
				('bank', 1, 'creator/' || creator_id || '/connected', paid_minor), ('bank', 2, 'stripe/connected/' || creator_id, -paid_minor)) AS leg (of, line, code, amount_minor) WHERE leg.of = numbered.step) AS legs
			  JOIN ledger_accounts AS account ON account.code = legs.code`,
		`INSERT INTO accruals (entry_id, clip_id, campaign_id, creator_id, gross_minor, creator_minor, fee_minor, affiliate_minor, credited_views_after, clip_gross_after_minor, creator_gross_after_minor, accrued_at, poll, currency)
			SELECT id, clip_id, campaign_id, creator_id, 100, 80, 20, 0, 1000 * (month * 10 + number), 100 * (month * 10 + number), 100 * (month * 10 + number), at, month * 10 + number, 'USD' FROM numbered WHERE step = 'accrual'`,
		`INSERT INTO payouts (id, run_id, creator_id, currency, amount_minor, payout_account, reserved_account, status)
			SELECT payout_id, ('00000003-0000-7000-8000-' || lpad(to_hex(month * 4 + number), 12, '0'))::uuid, creator_id, 'USD', paid_minor, '', '', 'paid' FROM numbered WHERE step = 'reserve'`,
		"SELECT setval('journal_entries_seq_seq', (SELECT max(seq) FROM numbered))",
		"VACUUM ANALYZE",
	} {
		_, err := conn.Exec(b.Context(), sql)
		require.NoError(b, err, sql)
	}
}
