package db_test

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/devstack/postgres"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
	"github.com/creditroll/creditroll/domain/payout"
)

// Two campaigns of the same creators, in two processes, with everything that locks
// something going on at once.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()

	t.Run("leaves the books in order and no deadlock in the server's log", func(t *testing.T) {
		t.Parallel()
		log := &serverLog{}
		w := setupLogged(t, log)
		rich := func(terms *campaign.Terms) { terms.BudgetMinor = 1_000_000 }
		other := setupIn(t, t.Context(), w.url, w.store, 0, rich)
		for _, creatorID := range w.creators {
			other.addClip(t, t.Context(), creatorID)
		}
		second, err := books.Open(t.Context(), w.url, db.Options{})
		require.NoError(t, err)
		t.Cleanup(second.DB.Close)
		other.store, other.creators = second, w.creators

		var everybody sync.WaitGroup
		for _, each := range []*world{w, other} {
			earned := make(chan struct{})
			for i := range each.clips {
				hasEarned := func() {}
				if i == 0 {
					hasEarned = sync.OnceFunc(func() { close(earned) })
				}
				everybody.Go(func() { each.keepReading(t, i, hasEarned) })
			}
			// A clawback needs earnings: without the wait, all of them could come before the first.
			everybody.Go(func() { <-earned; each.keepCorrecting(t) })
			everybody.Go(func() { each.keepDisputing(t) })
			everybody.Go(func() { each.keepKeeping(t) })
		}
		everybody.Go(func() { w.closePeriods(t) })
		everybody.Wait()

		sealed, err := w.store.Journal.SealEntries(t.Context(), seal.DefaultLimits())
		require.NoError(t, err)
		require.False(t, sealed.Held, "no transaction is open any more")
		w.requireBooksInOrder(t)
		conn := connect(t, w.url)
		for _, table := range []string{"accruals", "payout_lines", "earning_deductions", "funding_disputes", "seals", "accounting_periods"} {
			var rows int
			require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&rows))
			require.Positive(t, rows, table)
		}
		require.Empty(t, log.deadlocks())
	})
}

const stormRounds = 30

// calm takes an answer that the rules give, and fails on one that nobody should see.
func calm(t *testing.T, err error) {
	t.Helper()
	if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Invalid) {
		t.Errorf("in the storm: %v", err)
	}
}

// keepReading reads a clip again and again, and pays all creators from time to time. It calls
// hasEarned once the clip has earned something, and at the latest when it ends.
func (w *world) keepReading(t *testing.T, clipIndex int, hasEarned func()) {
	defer hasEarned()
	for poll := 1; poll <= stormRounds; poll++ {
		recorded, err := w.store.Earnings.RecordReading(t.Context(), w.reading(clipIndex, poll, int64(poll)*1000))
		calm(t, err)
		if recorded.GrossMinor > 0 {
			hasEarned()
		}
		if poll%10 == 0 {
			_, err = w.store.Earnings.ReleaseHolds(t.Context(), now.Add(2*time.Hour), 20)
			calm(t, err)
			w.payEverybody(t)
		}
	}
}

func (w *world) payEverybody(t *testing.T) {
	runID, err := w.store.Payouts.OpenRun(t.Context(), uuid.NewString(), dbtest.Week(), now)
	calm(t, err)
	for _, creatorID := range w.creators {
		_, err = w.store.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: runID, CreatorID: creatorID, Currency: "USD", MinimumMinor: 1, Now: now})
		calm(t, err)
	}
}

func (w *world) keepCorrecting(t *testing.T) {
	for i := range stormRounds {
		correction := w.clawback(i%len(w.clips), 100)
		_, err := w.store.Corrections.Propose(t.Context(), correction)
		calm(t, err)
		if err == nil {
			_, err = w.store.Corrections.Decide(t.Context(), approve(correction.ID))
			calm(t, err)
		}
	}
}

func (w *world) keepDisputing(t *testing.T) {
	for i := range stormRounds / 3 {
		dispute := w.disputed(1000)
		dispute.DisputeID = fmt.Sprintf("dp_%d_%s", i, w.campaignID)
		calm(t, w.store.Campaigns.RecordDisputeOpened(t.Context(), dispute))
		decide := w.store.Campaigns.RecordDisputeWon
		if i%2 == 1 {
			decide = w.store.Campaigns.RecordDisputeLost
		}
		calm(t, decide(t.Context(), dispute.DisputeID, now))
	}
}

// keepKeeping is what schedules and auditors do beside.
func (w *world) keepKeeping(t *testing.T) {
	for i := range stormRounds / 2 {
		_, err := w.store.Journal.SealEntries(t.Context(), seal.DefaultLimits())
		calm(t, err)
		// It gives way to whoever uses the tables.
		if _, err := w.store.DB.EnsurePartitions(t.Context(), time.Now().AddDate(0, 3*i, 0)); !fault.Is(err, fault.Unavailable) {
			calm(t, err)
		}
		verified, err := w.store.Audit.Verify(t.Context())
		calm(t, err)
		if len(verified.Findings) > 0 {
			t.Errorf("in the storm: %v", verified.Findings)
		}
	}
}

func (w *world) closePeriods(t *testing.T) {
	for month := 1; month <= 12; month++ {
		period, err := ledger.ParsePeriod(fmt.Sprintf("2025-%02d", month))
		calm(t, err)
		calm(t, w.store.Journal.ClosePeriod(t.Context(), period, "ann", "audited", now))
	}
}

type serverLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *serverLog) Write(printed []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(printed)
}

// deadlocks are what the server says of each.
func (l *serverLog) deadlocks() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return regexp.MustCompile(`(?s)deadlock detected.{0,400}`).FindAllString(l.text.String(), -1)
}

// setupLogged is a world of four creators on a server of its own.
func setupLogged(t *testing.T, log *serverLog) *world {
	t.Helper()
	server, err := postgres.Start(t.Context(), postgres.Options{Log: log})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_ = server.Stop(ctx)
	})
	require.NoError(t, db.Migrate(t.Context(), server.URL()))
	store, err := books.Open(t.Context(), server.URL(), db.Options{})
	require.NoError(t, err)
	t.Cleanup(store.DB.Close)
	return setupIn(t, t.Context(), server.URL(), store, 4, func(terms *campaign.Terms) { terms.BudgetMinor = 1_000_000 })
}
