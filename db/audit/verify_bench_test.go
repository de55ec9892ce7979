package audit_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/bulk"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// BenchmarkVerifyBooks seals and verifies a journal like that of a campaign with a thousand
// creators, 300,000 postings or as many as POSTINGS says:
//
//	POSTINGS=10000000 go test ./db/audit -run '^$' -bench VerifyBooks -benchtime 1x -timeout 1h
func BenchmarkVerifyBooks(b *testing.B) {
	postings, err := strconv.Atoi(os.Getenv("POSTINGS"))
	if err != nil {
		postings = 300_000
	}
	url := dbtest.URL(b)
	store := dbtest.Open(b, url)
	journal, err := bulk.Create(b.Context(), url, store)
	require.NoError(b, err)
	defer journal.Close()
	require.NoError(b, journal.Grow(b.Context(), postings))
	require.NoError(b, journal.Vacuum(b.Context()))
	began := time.Now()
	dbtest.SealAll(b, store, seal.DefaultLimits())
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
