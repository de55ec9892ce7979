package edge_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/db/edge"
	"github.com/creditroll/creditroll/domain/rail"
)

func TestIntakeAtOnce(t *testing.T) {
	t.Parallel()

	t.Run("stores each event once, and is new to one caller", func(t *testing.T) {
		t.Parallel()
		books := dbtest.New(t)
		const events, senders = 120, 3
		var fresh [events]atomic.Int32
		var running sync.WaitGroup
		for sender := range senders {
			for n := range events {
				if sender == 1 { // in another order, so that batches meet
					n = events - 1 - n
				}
				running.Go(func() {
					isNew, err := books.Edge.RecordWebhook(t.Context(), newWebhook(fmt.Sprint("evt_", n), rail.ConcernPayout))
					assert.NoError(t, err)
					if isNew {
						fresh[n].Add(1)
					}
				})
			}
		}
		running.Wait()

		for n := range fresh {
			require.EqualValues(t, 1, fresh[n].Load(), n)
		}
		require.Len(t, pendingUpTo(t, books, 2*events), events)
	})

	t.Run("refuses a row that cannot be stored, and no other", func(t *testing.T) {
		t.Parallel()
		books := dbtest.New(t)
		const events = 60
		var refused, stored atomic.Int32
		var running sync.WaitGroup
		for n := range events {
			running.Go(func() {
				webhook := newWebhook(fmt.Sprint("evt_", n), rail.ConcernPayout)
				webhook.Event.PayoutID = uuid.NewString()
				if n%20 == 0 {
					webhook.Event.PayoutID = "not an id"
				}
				_, err := books.Edge.RecordWebhook(t.Context(), webhook)
				if n%20 == 0 {
					assert.Error(t, err)
					refused.Add(1)
					return
				}
				assert.NoError(t, err)
				stored.Add(1)
			})
		}
		running.Wait()

		require.EqualValues(t, 3, refused.Load())
		require.Len(t, pendingUpTo(t, books, 2*events), int(stored.Load()))
	})

	t.Run("keeps the order in which the events of one caller came", func(t *testing.T) {
		t.Parallel()
		books := dbtest.New(t)
		var sent []string
		for n := range 20 {
			sent = append(sent, fmt.Sprintf("evt_%02d", n))
			store(t, books, newWebhook(sent[n], rail.ConcernPayout))
		}

		require.Equal(t, sent, pending(t, books, world.Now))
	})

	t.Run("does not wait longer than its caller", func(t *testing.T) {
		t.Parallel()
		books := dbtest.New(t)
		ended, cancel := context.WithCancel(t.Context())
		cancel()

		_, err := books.Edge.RecordWebhook(ended, newWebhook("evt_1", rail.ConcernPayout))

		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, pending(t, books, world.Now))
	})

	t.Run("fails all that wait while the database is away", func(t *testing.T) {
		t.Parallel()
		books := dbtest.New(t)
		books.DB.Close()
		var running sync.WaitGroup
		for n := range 30 {
			running.Go(func() {
				_, err := books.Edge.RecordWebhook(t.Context(), newWebhook(fmt.Sprint("evt_", n), rail.ConcernPayout))
				assert.Error(t, err)
			})
		}
		running.Wait()
	})
}

func pendingUpTo(t *testing.T, books *books.Books, limit int) []edge.Webhook {
	t.Helper()
	listed, err := books.Edge.ListPendingWebhooks(t.Context(), world.Now, limit)
	require.NoError(t, err)
	return listed
}
