package db_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// BenchmarkVerifyBooks seals and verifies a journal like that of a campaign with a thousand
// creators, 300,000 postings or as many as POSTINGS says:
//
//	POSTINGS=10000000 go test ./db -run '^$' -bench VerifyBooks -benchtime 1x -timeout 1h
func BenchmarkVerifyBooks(b *testing.B) {
	postings, err := strconv.Atoi(os.Getenv("POSTINGS"))
	if err != nil {
		postings = 300_000
	}
	url := dbtest.URL(b)
	store := dbtest.Open(b, url)
	_, err = store.Journal.Post(b.Context(), ledger.CampaignFunded(ledger.Funding{CampaignID: "k1", PaymentIntentID: "pi_1", Currency: "USD", GrossMinor: int64(postings) * 100, At: now}))
	require.NoError(b, err)
	generate(b, url, postings/3)
	began := time.Now()
	sealAll(b, b.Context(), store, seal.DefaultLimits())
	b.ReportMetric(float64(postings)/time.Since(began).Seconds(), "sealed/s")
	_, err = store.Journal.GetBalance(b.Context(), "platform/fees", "USD")
	require.NoError(b, err)

	for b.Loop() {
		began := time.Now()
		verified, err := store.Audit.Verify(b.Context())
		require.NoError(b, err)
		require.Empty(b, verified.Findings)
		b.ReportMetric(float64(verified.Checked.Postings)/time.Since(began).Seconds(), "postings/s")
		for range 100 {
			_, err = store.Journal.GetBalance(b.Context(), "platform/fees", "USD")
			require.NoError(b, err)
		}
		began = time.Now()
		for range 1000 {
			_, err = store.Journal.GetBalance(b.Context(), "platform/fees", "USD")
			require.NoError(b, err)
		}
		b.ReportMetric(float64(time.Since(began).Microseconds())/1000, "µs/balance")
		began = time.Now()
		_, err = store.Audit.Check(b.Context())
		require.NoError(b, err)
		b.ReportMetric(time.Since(began).Seconds(), "s/check")
	}
}

// generate writes accruals as the journal has them, past the triggers, which would take most
// of the time.
func generate(b *testing.B, url string, entries int) {
	b.Helper()
	owner, err := pgx.Connect(b.Context(), url)
	require.NoError(b, err)
	defer func() { _ = owner.Close(b.Context()) }()
	for _, statement := range []string{
		"SET session_replication_role = replica",
		"SET synchronous_commit = off",
		"INSERT INTO ledger_accounts (code) VALUES ('platform/fees')",
		"INSERT INTO ledger_accounts (code) SELECT 'creator/' || n || '/pending' FROM generate_series(1, 1000) AS n",
		`CREATE FUNCTION pg_temp.field(content text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT int4send(length(content)) || content::bytea $$`,
	} {
		_, err := owner.Exec(b.Context(), statement)
		require.NoError(b, err, statement)
	}
	const batch = 100_000
	for from := 0; from < entries; from += batch {
		_, err := owner.Exec(b.Context(), `
			WITH entry AS (
				INSERT INTO journal_entries (id, kind, reference, currency, request_hash, effective_at)
				SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 19))::uuid,
				       'earnings_accrued', 'clip/' || n, 'USD',
				       sha256(pg_temp.field('earnings_accrued') || pg_temp.field('clip/' || n) || pg_temp.field('USD') || pg_temp.field('') || pg_temp.field('')
				              || pg_temp.field('campaign/k1/escrow') || int8send(100)
				              || pg_temp.field('creator/' || n % 1000 + 1 || '/pending') || int8send(-80) || pg_temp.field('platform/fees') || int8send(-20)), now()
				  FROM generate_series($1::int, $2::int - 1) AS n
				RETURNING id, seq, reference)
			INSERT INTO postings (entry_id, seq, line, account_id, currency, amount_minor)
			SELECT entry.id, entry.seq, leg.line, account.id, 'USD', leg.amount_minor
			  FROM entry CROSS JOIN LATERAL (VALUES (1, 'campaign/k1/escrow', 100), (3, 'platform/fees', -20),
			       (2, 'creator/' || split_part(reference, '/', 2)::int % 1000 + 1 || '/pending', -80)) AS leg (line, code, amount_minor)
			  JOIN ledger_accounts AS account ON account.code = leg.code`, from, min(from+batch, entries))
		require.NoError(b, err)
	}
	_, err = owner.Exec(b.Context(), "ANALYZE")
	require.NoError(b, err)
}
