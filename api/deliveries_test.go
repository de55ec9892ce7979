package api_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

// gate holds calls of the engine until it opens.
type gate struct {
	reached chan struct{}
	opened  chan struct{}
}

// block holds the notices that match.
func (w *world) block(matches func(rail.Notice) bool) *gate {
	g := &gate{reached: make(chan struct{}, 1000), opened: make(chan struct{})}
	w.engine.onNotify = func(ctx context.Context, notice rail.Notice) (rail.Delivery, error) {
		if !matches(notice) {
			return rail.Signalled, nil
		}
		g.reached <- struct{}{}
		select {
		case <-g.opened:
			return rail.Signalled, nil
		case <-ctx.Done():
			return rail.Undelivered, ctx.Err()
		}
	}
	return g
}

func everyNotice(rail.Notice) bool { return true }

// finished waits until an event is on record as finished, while the API runs.
func (w *world) finished(t *testing.T, eventID string) {
	t.Helper()
	require.Eventually(t, func() bool { return w.inbox(t)[eventID].finished }, time.Minute, 5*time.Millisecond)
}

func TestDeliveries(t *testing.T) {
	t.Parallel()

	t.Run("leave to the sweep at once what only a sweep can deliver", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.engine.onNotify = func(context.Context, rail.Notice) (rail.Delivery, error) { return rail.Undelivered, nil }

		w.accept(t, payoutPaid("evt_1", uuid.NewString()))

		stored := w.delivered(t)["evt_1"]
		require.False(t, stored.finished)
		require.Equal(t, w.clock.Now().Unix(), stored.nextTryAt.Unix(), "due without waiting for the claim to end")
		require.Equal(t, 1, w.engine.woken())
	})

	t.Run("keep the order of one payout's events", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID := uuid.NewString()
		g := w.block(everyNotice)
		for i := range 20 {
			w.accept(t, payoutPaid(fmt.Sprint("evt_", i), payoutID))
		}

		<-g.reached

		require.Len(t, w.engine.notified(), 1, "the others wait for the first one")
		close(g.opened)
		for id, row := range w.delivered(t) {
			require.True(t, row.finished, id)
		}
		require.Len(t, w.engine.notified(), 20)
	})

	t.Run("signal the payouts that wait for an account, and finish at once where none waits", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID, account := w.parked(t)

		w.accept(t, balanceAvailable("evt_1", account))
		w.accept(t, balanceAvailable("evt_2", "acct_of_no_payout"))

		stored := w.delivered(t)
		require.Equal(t, "signalled", stored["evt_1"].outcome)
		require.Equal(t, "no_workflow", stored["evt_2"].outcome)
		require.Equal(t, []rail.Notice{{Concern: rail.ConcernPayoutAccount, Account: account, PayoutID: payoutID}}, w.engine.notified())
	})

	t.Run("leave the state of an account to the sweep, which reads the account", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.engine.onNotify = func(context.Context, rail.Notice) (rail.Delivery, error) { return rail.Undelivered, nil }

		w.accept(t, `{"id":"evt_1","type":"account.updated","account":"acct_1","object":"acct_1"}`)

		require.False(t, w.delivered(t)["evt_1"].finished)
		require.Equal(t, []rail.Notice{{Concern: rail.ConcernAccountState, Account: "acct_1"}}, w.engine.notified())
		require.Equal(t, 1, w.engine.woken())
	})

	t.Run("of money never wait for those of accounts", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		_, account := w.parked(t)
		g := w.block(func(notice rail.Notice) bool { return notice.Account != "" })
		for i := range 300 {
			w.accept(t, balanceAvailable(fmt.Sprint("evt_", i), account))
		}
		<-g.reached

		w.accept(t, payoutPaid("evt_paid", uuid.NewString()))

		w.finished(t, "evt_paid")
		close(g.opened)
	})

	t.Run("acknowledge while the engine does not answer, and leave to the sweep what has no room", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.block(everyNotice)
		payoutID := uuid.NewString()
		for i := range 300 {
			w.accept(t, payoutPaid(fmt.Sprint("evt_", i), payoutID))
		}
		stopped, cancel := context.WithCancel(t.Context())
		cancel()

		w.server.Stop(stopped)

		stored := w.inbox(t)
		require.Len(t, stored, 300)
		for id, row := range stored {
			require.False(t, row.finished, id)
		}
		require.Contains(t, w.log.String(), "too many webhooks wait for delivery")
	})

	t.Run("go to the sweep when the API has stopped", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.server.Stop(t.Context())

		w.accept(t, payoutPaid("evt_1", uuid.NewString()))

		require.False(t, w.inbox(t)["evt_1"].finished)
		require.Empty(t, w.engine.notified())
	})
}

// parked is a payout that waits for its connected account.
func (w *world) parked(t *testing.T) (payoutID, account string) {
	t.Helper()
	payoutID, _ = w.reserved(t)
	require.NoError(t, w.store.Payouts.Park(t.Context(), payoutID, payout.NeedsAttention, payout.AccountNotVerified, ""))
	return payoutID, "acct_" + w.creatorID[:8]
}
