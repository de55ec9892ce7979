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
	"github.com/creditroll/creditroll/db/dbtest/world"
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
		other := world.In(t, w.URL, w.Books, 0, rich)
		for _, creatorID := range w.CreatorIDs {
			other.AddClip(t, creatorID)
		}
		second, err := books.Open(t.Context(), w.URL, db.Options{})
		require.NoError(t, err)
		t.Cleanup(second.DB.Close)
		other.Books, other.CreatorIDs = second, w.CreatorIDs

		var storm sync.WaitGroup
		for _, each := range []*world.World{w, other} {
			earned := make(chan struct{})
			for i := range each.ClipIDs {
				hasEarned := func() {}
				if i == 0 {
					hasEarned = sync.OnceFunc(func() { close(earned) })
				}
				storm.Go(func() { keepReading(t, each, i, hasEarned) })
			}
			// A clawback needs earnings: without the wait, all of them could come before the first.
			storm.Go(func() { <-earned; keepCorrecting(t, each) })
			storm.Go(func() { keepDisputing(t, each) })
			storm.Go(func() { keepKeeping(t, each) })
		}
		storm.Go(func() { closePeriods(t, w) })
		storm.Wait()
		// Whether a clawback in the storm came after a release is chance: this one does.
		for _, each := range []*world.World{w, other} {
			each.Read(t, 0, stormRounds+1, (stormRounds+1)*1000)
			require.NoError(t, world.ReleaseAll(t.Context(), each.Books, world.Now.Add(2*time.Hour)))
			each.Correct(t, each.Clawback(0, 100))
		}

		sealed, err := w.Journal.SealEntries(t.Context(), seal.DefaultLimits())
		require.NoError(t, err)
		require.False(t, sealed.Held, "no transaction is open any more")
		w.RequireBooksInOrder(t)
		conn := dbtest.Connect(t, w.URL)
		for _, table := range []string{"accruals", "payout_lines", "earning_deductions", "funding_disputes", "seals", "accounting_periods"} {
			var rows int
			require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&rows))
			require.Positive(t, rows, table)
		}
		require.Empty(t, log.deadlocks())
	})
}

const stormRounds = 30

// calm takes an answer that the rules give, and fails on one that no caller should get.
func calm(t *testing.T, err error) {
	t.Helper()
	if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Invalid) {
		t.Errorf("in the storm: %v", err)
	}
}

// keepReading reads a clip again and again, and pays all creators from time to time. It calls
// hasEarned once the clip has earned something, and at the latest when it ends.
func keepReading(t *testing.T, w *world.World, clipIndex int, hasEarned func()) {
	defer hasEarned()
	for poll := 1; poll <= stormRounds; poll++ {
		recorded, err := w.Earnings.RecordReading(t.Context(), w.Reading(clipIndex, poll, int64(poll)*1000))
		calm(t, err)
		if recorded.GrossMinor > 0 {
			hasEarned()
		}
		if poll%10 == 0 {
			_, err = w.Earnings.ReleaseHolds(t.Context(), world.Now.Add(2*time.Hour), 20)
			calm(t, err)
			payAll(t, w)
		}
	}
}

func payAll(t *testing.T, w *world.World) {
	runID, err := w.Payouts.OpenRun(t.Context(), uuid.NewString(), dbtest.Week(), world.Now)
	calm(t, err)
	for _, creatorID := range w.CreatorIDs {
		_, err = w.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: runID, CreatorID: creatorID, Currency: "USD", MinimumMinor: 1, Now: world.Now})
		calm(t, err)
	}
}

func keepCorrecting(t *testing.T, w *world.World) {
	for i := range stormRounds {
		correction := w.Clawback(i%len(w.ClipIDs), 100)
		_, err := w.Corrections.Propose(t.Context(), correction)
		calm(t, err)
		if err == nil {
			_, err = w.Corrections.Decide(t.Context(), world.Approve(correction.ID))
			calm(t, err)
		}
	}
}

func keepDisputing(t *testing.T, w *world.World) {
	for i := range stormRounds / 3 {
		dispute := w.Dispute(1000)
		dispute.DisputeID = fmt.Sprintf("dp_%d_%s", i, w.CampaignID)
		calm(t, w.Campaigns.RecordDisputeOpened(t.Context(), dispute))
		decide := w.Campaigns.RecordDisputeWon
		if i%2 == 1 {
			decide = w.Campaigns.RecordDisputeLost
		}
		calm(t, decide(t.Context(), dispute.DisputeID, world.Now))
	}
}

// keepKeeping is what schedules and auditors do at the same time.
func keepKeeping(t *testing.T, w *world.World) {
	for i := range stormRounds / 2 {
		_, err := w.Journal.SealEntries(t.Context(), seal.DefaultLimits())
		calm(t, err)
		// It gives way to those who use the tables.
		if _, err := w.DB.EnsurePartitions(t.Context(), time.Now().AddDate(0, 3*i, 0)); !fault.Is(err, fault.Unavailable) {
			calm(t, err)
		}
		verified, err := w.Audit.Verify(t.Context())
		calm(t, err)
		if len(verified.Findings) > 0 {
			t.Errorf("in the storm: %v", verified.Findings)
		}
	}
}

func closePeriods(t *testing.T, w *world.World) {
	for month := 1; month <= 12; month++ {
		period, err := ledger.ParsePeriod(fmt.Sprintf("2025-%02d", month))
		calm(t, err)
		calm(t, w.Journal.ClosePeriod(t.Context(), period, "ann", "audited", world.Now))
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
func setupLogged(t *testing.T, log *serverLog) *world.World {
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
	return world.In(t, server.URL(), store, 4, func(terms *campaign.Terms) { terms.BudgetMinor = 1_000_000 })
}
