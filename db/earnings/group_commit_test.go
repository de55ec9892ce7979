package earnings_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
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
// while another session holds the budget's lock, the first of them leads and waits, and all
// others gather behind it.
func inOneBatch(t *testing.T, w *world.World, readings ...views.Observation) []answer {
	t.Helper()
	unlock := lockBudget(t, w)
	leader := w.Reading(0, 1_000_000, 0)
	answers := make([]answer, len(readings))
	var callers sync.WaitGroup
	callers.Go(func() { _, _ = w.Earnings.RecordReading(t.Context(), leader) })
	dbtest.AwaitBlocked(t, w.URL, 1)
	for i, reading := range readings {
		callers.Go(func() { answers[i].Credit, answers[i].err = w.Earnings.RecordReading(t.Context(), reading) })
		require.Eventually(t, func() bool { return w.Earnings.WaitingReadings(w.CampaignID) == i+1 }, patience, time.Millisecond)
	}
	unlock()
	callers.Wait()
	return answers
}

func lockBudget(t *testing.T, w *world.World) (unlock func()) {
	t.Helper()
	tx, err := dbtest.Connect(t, w.URL).Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "SELECT FROM campaign_budgets WHERE campaign_id = $1 FOR UPDATE", w.CampaignID)
	require.NoError(t, err)
	return func() { require.NoError(t, tx.Rollback(t.Context())) }
}

// failFirstPosting lets the server refuse the first batch of entries from now on.
func failFirstPosting(t *testing.T, w *world.World, code string) {
	t.Helper()
	_, err := dbtest.Connect(t, w.URL).Exec(t.Context(), fmt.Sprintf(`CREATE SEQUENCE postings_begun;
		CREATE FUNCTION fail_first() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
			IF nextval('public.postings_begun') = 1 THEN RAISE EXCEPTION 'as if' USING ERRCODE = '%s'; END IF;
			RETURN NULL;
		END $$;
		CREATE TRIGGER fail_first BEFORE INSERT ON journal_entries FOR EACH STATEMENT EXECUTE FUNCTION fail_first()`, code))
	require.NoError(t, err)
}

func TestGroupCommit(t *testing.T) {
	t.Parallel()

	t.Run("answers the same observation from two callers at once alike, and credits it once", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 2, nil)

		answers := inOneBatch(t, w, w.Reading(1, 1, 10_000), w.Reading(1, 1, 10_000))

		require.NoError(t, answers[0].err)
		require.NoError(t, answers[1].err)
		require.False(t, answers[0].Replayed)
		require.True(t, answers[1].Replayed)
		answers[1].Replayed = false
		require.Equal(t, answers[0], answers[1])
		require.Equal(t, int64(5000), w.Facts(t).SpentMinor)
		w.RequireBooksInOrder(t)
	})

	t.Run("refuses the second of two counts under one observation in a batch", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 2, nil)

		answers := inOneBatch(t, w, w.Reading(1, 1, 10_000), w.Reading(1, 1, 20_000))

		require.NoError(t, answers[0].err)
		require.Equal(t, "observation_reused", fault.CodeOf(answers[1].err))
		require.Equal(t, int64(5000), w.Facts(t).SpentMinor)
	})

	t.Run("lets one bad reading fail without its neighbours, whatever is bad about it", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 6, nil)
		unknownClip, unknownAttempt, malformed := w.Reading(1, 1, 1000), w.Reading(2, 1, 1000), w.Reading(3, 1, 1000)
		unknownClip.ClipID, unknownAttempt.AttemptID, malformed.AttemptID = uuid.NewString(), uuid.NewString(), "nope"

		answers := inOneBatch(t, w, w.Reading(4, 1, 1000), unknownClip, unknownAttempt, malformed, w.Reading(5, 1, 1000))

		require.NoError(t, answers[0].err)
		require.Equal(t, "clip_not_found", fault.CodeOf(answers[1].err))
		require.Equal(t, "attempt_not_found", fault.CodeOf(answers[2].err))
		require.Equal(t, "malformed_id", fault.CodeOf(answers[3].err))
		require.NoError(t, answers[4].err)
		require.Equal(t, int64(1000), w.Facts(t).SpentMinor)
		w.RequireBooksInOrder(t)
	})

	t.Run("begins again with what is on record after a deadlock, whatever was recorded elsewhere in that time", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 2, nil)
		elsewhere, err := books.Open(t.Context(), w.URL, db.Options{})
		require.NoError(t, err)
		t.Cleanup(elsewhere.DB.Close)
		failFirstPosting(t, w, "40P01")
		unlock := lockBudget(t, w)
		answers := make([]answer, 3)
		var callers sync.WaitGroup
		record := func(i int, store *books.Books, reading views.Observation) {
			callers.Go(func() { answers[i].Credit, answers[i].err = store.Earnings.RecordReading(t.Context(), reading) })
		}

		// The first is the victim. The second waits behind it and commits one reading, as many as
		// the victim would have. The third is decided by the leader that had the deadlock.
		record(0, w.Books, w.Reading(0, 1, 10_000))
		dbtest.AwaitBlocked(t, w.URL, 1)
		record(1, elsewhere, w.Reading(1, 1, 10_000))
		dbtest.AwaitBlocked(t, w.URL, 2)
		record(2, w.Books, w.Reading(0, 2, 20_000))
		require.Eventually(t, func() bool { return w.Earnings.WaitingReadings(w.CampaignID) == 1 }, patience, time.Millisecond)
		unlock()
		callers.Wait()

		for _, answer := range answers {
			require.NoError(t, answer.err)
			require.Equal(t, int64(5000), answer.GrossMinor)
			require.False(t, answer.Replayed)
		}
		w.RequireBooksInOrder(t)
	})

	t.Run("gives up on a campaign that is in conflict four times", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		owner := dbtest.Connect(t, w.URL)
		_, err := owner.Exec(t.Context(), `CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$;
			CREATE TRIGGER conflict BEFORE INSERT ON journal_entries FOR EACH STATEMENT EXECUTE FUNCTION conflict()`)
		require.NoError(t, err)

		_, refused := w.Earnings.RecordReading(t.Context(), w.Reading(0, 1, 10_000))
		_, err = owner.Exec(t.Context(), "DROP TRIGGER conflict ON journal_entries")
		require.NoError(t, err)
		recorded, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 1, 10_000))

		require.Equal(t, "database_busy", fault.CodeOf(refused))
		require.NoError(t, err)
		require.False(t, recorded.Replayed)
	})

	t.Run("keeps the reading of a caller that gives up, and answers it when it comes back", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		unlock := lockBudget(t, w)
		ctx, giveUp := context.WithCancel(t.Context())
		told := make(chan error)
		go func() {
			_, err := w.Earnings.RecordReading(ctx, w.Reading(0, 1, 10_000))
			told <- err
		}()
		dbtest.AwaitBlocked(t, w.URL, 1)

		giveUp()
		err := <-told
		unlock()
		again, againErr := w.Earnings.RecordReading(t.Context(), w.Reading(0, 1, 10_000))

		require.Equal(t, fault.UnknownOutcome, fault.KindOf(err))
		require.NoError(t, againErr)
		require.True(t, again.Replayed)
		require.Equal(t, int64(5000), again.GrossMinor)
		require.Equal(t, int64(5000), w.Facts(t).SpentMinor)
	})

	t.Run("answers every caller when the campaign does not exist", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		reading := w.Reading(0, 1, 1000)
		reading.CampaignID = uuid.NewString()

		_, err := w.Earnings.RecordReading(t.Context(), reading)

		require.Equal(t, "campaign_not_found", fault.CodeOf(err))
	})

	t.Run("credits campaigns in different currencies side by side, each creator in both", func(t *testing.T) {
		t.Parallel()
		first := world.New(t, 4, nil)
		worlds := []*world.World{first}
		for _, currency := range []money.Currency{"EUR", "JPY"} {
			other := world.In(t, first.URL, first.Books, 0, func(terms *campaign.Terms) { terms.Currency = currency })
			for _, creatorID := range first.CreatorIDs {
				other.AddClip(t, creatorID)
			}
			worlds = append(worlds, other)
		}

		var callers sync.WaitGroup
		for _, w := range worlds {
			for i := range w.ClipIDs {
				callers.Go(func() {
					for poll := 1; poll <= 5; poll++ {
						_, err := w.Earnings.RecordReading(t.Context(), w.Reading(i, poll, int64(poll)*1000))
						assert.NoError(t, err)
					}
				})
			}
		}
		callers.Wait()

		for _, w := range worlds {
			require.Equal(t, int64(4*5*500), w.Facts(t).SpentMinor, w.Terms.Currency)
		}
		first.RequireBooksInOrder(t)
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
	w := world.New(t, 64, func(terms *campaign.Terms) { terms.FeeBasisPoints = 777 })
	stores := make([]*books.Books, processes)
	for i := range stores {
		var err error
		stores[i], err = books.Open(t.Context(), w.URL, db.Options{MaxConnections: max(1, int32(8/processes))})
		require.NoError(t, err)
		t.Cleanup(stores[i].DB.Close)
	}
	var toldMinor, timesExhausted atomic.Int64
	stopSampling := sample(t, w)

	// Each writer's clip reaches 15,660 views, worth 7,830: together five times the budget.
	var writers sync.WaitGroup
	for i := range 64 {
		store := stores[i%processes]
		writers.Go(func() {
			for poll := 1; poll <= 20; poll++ {
				recorded, err := store.Earnings.RecordReading(t.Context(), w.Reading(i, poll, int64(poll)*783))
				if !assert.NoError(t, err) {
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
	require.Equal(t, w.Terms.BudgetMinor, w.Facts(t).SpentMinor)
	require.Equal(t, w.Terms.BudgetMinor, toldMinor.Load())
	w.RequireBooksInOrder(t)
	require.Zero(t, dbtest.Deadlocks(t, w.URL, append(stores, w.Books)...))
}

// sample looks ten times a second, each time in one snapshot, until it is stopped.
func sample(t *testing.T, w *world.World) (stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	conn := dbtest.Connect(t, w.URL)
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
			assert.NoError(t, look())
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
