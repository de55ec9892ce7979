package db_test

import (
	"context"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/devstack/postgres"
	"github.com/creditroll/creditroll/domain/campaign"
)

// acknowledged is a reading whose caller was told that it is recorded.
type acknowledged struct {
	name       string
	grossMinor int64
}

func TestKilledServer(t *testing.T) {
	t.Parallel()

	t.Run("keeps every reading that it acknowledged, once, and none by half", func(t *testing.T) {
		t.Parallel()
		dir := filepath.Join(t.TempDir(), "data")
		w, server := setupDurable(t, dir)

		told := w.storm(t, server)

		again := startDurable(t, dir)
		store, err := books.Open(t.Context(), again.URL(), db.Options{})
		require.NoError(t, err)
		defer store.DB.Close()
		w.store, w.url = store, again.URL()
		require.NotEmpty(t, told)
		w.requireRecorded(t, told)
		w.requireBooksInOrder(t)
		// A caller that got no answer asks again, and is answered as if nothing had happened.
		for i, clipID := range w.clips {
			recorded, err := store.Earnings.RecordReading(t.Context(), w.reading(i, 1, 1000))
			require.NoError(t, err, clipID)
			require.True(t, recorded.Replayed)
		}
	})
}

func setupDurable(t *testing.T, dir string) (*world, *postgres.Server) {
	t.Helper()
	server := startDurable(t, dir)
	require.NoError(t, db.Migrate(t.Context(), server.URL()))
	store, err := books.Open(t.Context(), server.URL(), db.Options{})
	require.NoError(t, err)
	t.Cleanup(store.DB.Close)
	w := setupIn(t, t.Context(), server.URL(), store, 32, func(terms *campaign.Terms) { terms.BudgetMinor = 1_000_000_000 })
	w.url = server.URL()
	return w, server
}

func startDurable(t *testing.T, dir string) *postgres.Server {
	t.Helper()
	server, err := postgres.Start(t.Context(), postgres.Options{Dir: dir, Durable: true})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_ = server.Stop(ctx)
	})
	return server
}

// storm has every clip read again and again by two processes until the server is killed in
// the middle of it, and returns what the callers were told by then.
func (w *world) storm(t *testing.T, server *postgres.Server) []acknowledged {
	t.Helper()
	second, err := books.Open(t.Context(), w.url, db.Options{})
	require.NoError(t, err)
	defer second.DB.Close()
	var mu sync.Mutex
	var told []acknowledged
	var writers sync.WaitGroup
	var count atomic.Int64
	enough := make(chan struct{})
	const before = 500
	for i := range w.clips {
		store := []*books.Books{w.store, second}[i%2]
		writers.Go(func() {
			for poll := 1; ; poll++ {
				reading := w.reading(i, poll, int64(poll)*1000)
				recorded, err := store.Earnings.RecordReading(context.Background(), reading)
				if err != nil {
					return // the server is gone
				}
				mu.Lock()
				told = append(told, acknowledged{reading.ClipID + "/" + strconv.Itoa(reading.Poll), recorded.GrossMinor})
				mu.Unlock()
				if count.Add(1) == before {
					close(enough)
				}
			}
		})
	}
	<-enough
	require.NoError(t, server.Kill())
	writers.Wait()
	return told
}

func (w *world) requireRecorded(t *testing.T, told []acknowledged) {
	t.Helper()
	conn := connect(t, w.url)
	recorded := map[string]int64{}
	rows, err := conn.Query(t.Context(), `SELECT clip_id || '/' || poll, gross_minor FROM accruals`)
	require.NoError(t, err)
	for rows.Next() {
		var name string
		var grossMinor int64
		require.NoError(t, rows.Scan(&name, &grossMinor))
		recorded[name] = grossMinor
	}
	require.NoError(t, rows.Err())
	for _, reading := range told {
		if reading.grossMinor > 0 {
			require.Equal(t, reading.grossMinor, recorded[reading.name], reading.name)
		}
	}
	var halves int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*)
		  FROM (SELECT clip_id || '/' || poll AS name FROM observations) AS reading
		  FULL JOIN (SELECT clip_id || '/' || poll AS name, entry_id FROM accruals) AS accrual USING (name)
		  FULL JOIN (SELECT reference AS name, id FROM journal_entries WHERE kind = 'earnings_accrued') AS entry USING (name)
		  LEFT JOIN holds AS hold ON hold.entry_id = entry.id
		 WHERE entry.id IS DISTINCT FROM accrual.entry_id OR hold.entry_id IS NULL
		    OR (SELECT count(*) FROM postings WHERE entry_id = entry.id) <> 2`).Scan(&halves))
	require.Zero(t, halves)
}
