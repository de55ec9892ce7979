package db_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/views"
)

const patience = 30 * time.Second

// answer is what one caller of RecordReading was told.
type answer struct {
	earnings.Credit
	err error
}

// inOneBatch hands readings to the store in such a way that they are committed together:
// while somebody else holds the budget's lock, the first of them leads and waits, and all
// others gather behind it.
func (w *world) inOneBatch(t *testing.T, readings ...views.Observation) []answer {
	t.Helper()
	unlock := w.lockBudget(t)
	leader := w.reading(0, 1_000_000, 0)
	answers := make([]answer, len(readings))
	var callers sync.WaitGroup
	callers.Go(func() { _, _ = w.store.Earnings.RecordReading(t.Context(), leader) })
	w.awaitBlocked(t)
	for i, reading := range readings {
		callers.Go(func() { answers[i].Credit, answers[i].err = w.store.Earnings.RecordReading(t.Context(), reading) })
		require.Eventually(t, func() bool { return w.store.Earnings.WaitingReadings(w.campaignID) == i+1 }, patience, time.Millisecond)
	}
	unlock()
	callers.Wait()
	return answers
}

func (w *world) lockBudget(t *testing.T) (unlock func()) {
	t.Helper()
	tx, err := connect(t, w.url).Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "SELECT FROM campaign_budgets WHERE campaign_id = $1 FOR UPDATE", w.campaignID)
	require.NoError(t, err)
	return func() { require.NoError(t, tx.Rollback(t.Context())) }
}

// failFirstPosting lets the server refuse the first batch of entries from now on.
func (w *world) failFirstPosting(t *testing.T, code string) {
	t.Helper()
	_, err := connect(t, w.url).Exec(t.Context(), fmt.Sprintf(`CREATE SEQUENCE postings_begun;
		CREATE FUNCTION fail_first() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
			IF nextval('public.postings_begun') = 1 THEN RAISE EXCEPTION 'as if' USING ERRCODE = '%s'; END IF;
			RETURN NULL;
		END $$;
		CREATE TRIGGER fail_first BEFORE INSERT ON journal_entries FOR EACH STATEMENT EXECUTE FUNCTION fail_first()`, code))
	require.NoError(t, err)
}

// awaitBlocked waits until somebody waits for a lock of this database.
func (w *world) awaitBlocked(t *testing.T) {
	t.Helper()
	w.awaitWaiting(t, 1)
}

func (w *world) awaitWaiting(t *testing.T, sessions int) {
	t.Helper()
	watch := connect(t, w.url)
	require.Eventually(t, func() bool {
		var blocked int
		err := watch.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&blocked)
		return err == nil && blocked >= sessions
	}, patience, 5*time.Millisecond)
}

func TestGroupCommit(t *testing.T) {
	t.Parallel()

	t.Run("answers the same observation from two callers at once alike, and credits it once", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 2, nil)

		answers := w.inOneBatch(t, w.reading(1, 1, 10_000), w.reading(1, 1, 10_000))

		require.NoError(t, answers[0].err)
		require.NoError(t, answers[1].err)
		require.False(t, answers[0].Replayed)
		require.True(t, answers[1].Replayed)
		answers[1].Replayed = false
		require.Equal(t, answers[0], answers[1])
		require.Equal(t, int64(5000), w.facts(t).SpentMinor)
		w.requireBooksInOrder(t)
	})

	t.Run("refuses the second of two counts under one observation in a batch", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 2, nil)

		answers := w.inOneBatch(t, w.reading(1, 1, 10_000), w.reading(1, 1, 20_000))

		require.NoError(t, answers[0].err)
		require.Equal(t, "observation_reused", fault.CodeOf(answers[1].err))
		require.Equal(t, int64(5000), w.facts(t).SpentMinor)
	})

	t.Run("lets one bad reading fail without its neighbours, whatever is bad about it", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 6, nil)
		unknownClip, unknownAttempt, malformed := w.reading(1, 1, 1000), w.reading(2, 1, 1000), w.reading(3, 1, 1000)
		unknownClip.ClipID, unknownAttempt.AttemptID, malformed.AttemptID = uuid.NewString(), uuid.NewString(), "nope"

		answers := w.inOneBatch(t, w.reading(4, 1, 1000), unknownClip, unknownAttempt, malformed, w.reading(5, 1, 1000))

		require.NoError(t, answers[0].err)
		require.Equal(t, "clip_not_found", fault.CodeOf(answers[1].err))
		require.Equal(t, "attempt_not_found", fault.CodeOf(answers[2].err))
		require.Equal(t, "malformed_id", fault.CodeOf(answers[3].err))
		require.NoError(t, answers[4].err)
		require.Equal(t, int64(1000), w.facts(t).SpentMinor)
		w.requireBooksInOrder(t)
	})

	t.Run("begins again with what is on record after a deadlock, whatever was recorded elsewhere meanwhile", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 2, nil)
		elsewhere, err := books.Open(t.Context(), w.url, db.Options{})
		require.NoError(t, err)
		t.Cleanup(elsewhere.DB.Close)
		w.failFirstPosting(t, "40P01")
		unlock := w.lockBudget(t)
		answers := make([]answer, 3)
		var callers sync.WaitGroup
		record := func(i int, store *books.Books, reading views.Observation) {
			callers.Go(func() { answers[i].Credit, answers[i].err = store.Earnings.RecordReading(t.Context(), reading) })
		}

		// The first is the victim. The second waits behind it and commits one reading, as many as
		// the victim would have. The third is decided by the leader that had the deadlock.
		record(0, w.store, w.reading(0, 1, 10_000))
		w.awaitWaiting(t, 1)
		record(1, elsewhere, w.reading(1, 1, 10_000))
		w.awaitWaiting(t, 2)
		record(2, w.store, w.reading(0, 2, 20_000))
		require.Eventually(t, func() bool { return w.store.Earnings.WaitingReadings(w.campaignID) == 1 }, patience, time.Millisecond)
		unlock()
		callers.Wait()

		for _, answer := range answers {
			require.NoError(t, answer.err)
			require.Equal(t, int64(5000), answer.GrossMinor)
			require.False(t, answer.Replayed)
		}
		w.requireBooksInOrder(t)
	})

	t.Run("gives up on a campaign that is in conflict four times", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		owner := connect(t, w.url)
		_, err := owner.Exec(t.Context(), `CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$;
			CREATE TRIGGER conflict BEFORE INSERT ON journal_entries FOR EACH STATEMENT EXECUTE FUNCTION conflict()`)
		require.NoError(t, err)

		_, refused := w.store.Earnings.RecordReading(t.Context(), w.reading(0, 1, 10_000))
		_, err = owner.Exec(t.Context(), "DROP TRIGGER conflict ON journal_entries")
		require.NoError(t, err)
		recorded, err := w.store.Earnings.RecordReading(t.Context(), w.reading(0, 1, 10_000))

		require.Equal(t, "database_busy", fault.CodeOf(refused))
		require.NoError(t, err)
		require.False(t, recorded.Replayed)
	})

	t.Run("keeps the reading of a caller that gives up, and answers it when it comes back", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		unlock := w.lockBudget(t)
		ctx, giveUp := context.WithCancel(t.Context())
		told := make(chan error)
		go func() {
			_, err := w.store.Earnings.RecordReading(ctx, w.reading(0, 1, 10_000))
			told <- err
		}()
		w.awaitBlocked(t)

		giveUp()
		err := <-told
		unlock()
		again, againErr := w.store.Earnings.RecordReading(t.Context(), w.reading(0, 1, 10_000))

		require.Equal(t, fault.UnknownOutcome, fault.KindOf(err))
		require.NoError(t, againErr)
		require.True(t, again.Replayed)
		require.Equal(t, int64(5000), again.GrossMinor)
		require.Equal(t, int64(5000), w.facts(t).SpentMinor)
	})

	t.Run("tells everybody when the campaign does not exist", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		reading := w.reading(0, 1, 1000)
		reading.CampaignID = uuid.NewString()

		_, err := w.store.Earnings.RecordReading(t.Context(), reading)

		require.Equal(t, "campaign_not_found", fault.CodeOf(err))
	})

	t.Run("credits campaigns in different currencies side by side, each creator in both", func(t *testing.T) {
		t.Parallel()
		first := setup(t, 4, nil)
		worlds := []*world{first}
		for _, currency := range []money.Currency{"EUR", "JPY"} {
			other := setupIn(t, t.Context(), first.url, first.store, 0, func(terms *campaign.Terms) { terms.Currency = currency })
			for _, creatorID := range first.creators {
				other.addClip(t, t.Context(), creatorID)
			}
			worlds = append(worlds, other)
		}

		var callers sync.WaitGroup
		for _, w := range worlds {
			for i := range w.clips {
				callers.Go(func() {
					for poll := 1; poll <= 5; poll++ {
						_, err := w.store.Earnings.RecordReading(t.Context(), w.reading(i, poll, int64(poll)*1000))
						errorsNil(t, err)
					}
				})
			}
		}
		callers.Wait()

		for _, w := range worlds {
			require.Equal(t, int64(4*5*500), w.facts(t).SpentMinor, w.terms.Currency)
		}
		first.requireBooksInOrder(t)
	})
}

func TestBudgetEndsExactly(t *testing.T) {
	t.Parallel()

	for name, processes := range map[string]int{"in two processes": 2, "with a process each": 64} {
		t.Run("under 64 writers "+name+" that offer five times as much, in every snapshot", func(t *testing.T) {
			t.Parallel()
			requireExactEnd(t, processes)
		})
	}
}

func requireExactEnd(t *testing.T, processes int) {
	t.Helper()
	w := setup(t, 64, func(terms *campaign.Terms) { terms.FeeBasisPoints = 777 })
	stores := make([]*books.Books, processes)
	for i := range stores {
		var err error
		stores[i], err = books.Open(t.Context(), w.url, db.Options{MaxConnections: max(1, int32(8/processes))})
		require.NoError(t, err)
		t.Cleanup(stores[i].DB.Close)
	}
	var toldMinor, timesExhausted atomic.Int64
	stopSampling := w.sample(t)

	// Each writer's clip reaches 15,660 views, worth 7,830: together five times the budget.
	var writers sync.WaitGroup
	for i := range 64 {
		store := stores[i%processes]
		writers.Go(func() {
			for poll := 1; poll <= 20; poll++ {
				recorded, err := store.Earnings.RecordReading(t.Context(), w.reading(i, poll, int64(poll)*783))
				if !errorsNil(t, err) {
					return
				}
				toldMinor.Add(recorded.GrossMinor)
				if recorded.ExhaustedBudget {
					timesExhausted.Add(1)
				}
			}
		})
	}
	writers.Wait()
	samples := stopSampling()

	require.Positive(t, samples)
	require.Equal(t, int64(1), timesExhausted.Load(), "the end is reported once")
	require.Equal(t, w.terms.BudgetMinor, w.facts(t).SpentMinor)
	require.Equal(t, w.terms.BudgetMinor, toldMinor.Load())
	w.requireBooksInOrder(t)
	require.Zero(t, w.deadlocks(t, stores...))
}

// sample looks ten times a second, each time in one snapshot, until it is stopped.
func (w *world) sample(t *testing.T) (stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	conn := connect(t, w.url)
	samples := make(chan int)
	look := func() error {
		var spentMinor, creditedMinor, fundedMinor, totalMinor int64
		err := conn.QueryRow(t.Context(), `SELECT spent_minor, (SELECT coalesce(sum(gross_minor), 0) FROM accruals), funded_minor,
			(SELECT sum(amount_minor) FROM postings) FROM campaign_budgets`).Scan(&spentMinor, &creditedMinor, &fundedMinor, &totalMinor)
		if err == nil && (spentMinor > fundedMinor || creditedMinor != spentMinor || totalMinor != 0) {
			err = fmt.Errorf("spent %d, credited %d of %d, trial balance %d", spentMinor, creditedMinor, fundedMinor, totalMinor)
		}
		return err
	}
	go func() {
		ticks := time.NewTicker(100 * time.Millisecond)
		defer ticks.Stop()
		for taken := 0; ; taken++ {
			errorsNil(t, look())
			select {
			case <-ctx.Done():
				samples <- taken + 1
				return
			case <-ticks.C:
			}
		}
	}()
	return func() int { cancel(); return <-samples }
}

// deadlocks asks the server how many this database has seen, after all sessions of the
// stores have ended and told it.
func (w *world) deadlocks(t *testing.T, stores ...*books.Books) int {
	t.Helper()
	for _, store := range append(stores, w.store) {
		store.DB.Close()
	}
	watch := connect(t, w.url)
	var sessions, deadlocks int
	require.Eventually(t, func() bool {
		err := watch.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND application_name <> $1", testName).Scan(&sessions)
		return err == nil && sessions == 0
	}, patience, 10*time.Millisecond)
	err := watch.QueryRow(t.Context(), "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()", pgx.QueryExecModeExec).Scan(&deadlocks)
	require.NoError(t, err)
	return deadlocks
}
