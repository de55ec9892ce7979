package edge_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/db/edge"
	"github.com/creditroll/creditroll/domain/rail"
)

func newWebhook(id string, concern rail.Concern) edge.NewWebhook {
	return edge.NewWebhook{Provider: "stripe", Event: rail.Event{ID: id, Type: "a.type", ObjectID: "obj_" + id}, Concern: concern, Payload: []byte(`{}`)}
}

func store(t *testing.T, books *books.Books, webhooks ...edge.NewWebhook) {
	t.Helper()
	for _, webhook := range webhooks {
		fresh, err := books.Edge.RecordWebhook(t.Context(), webhook)
		require.NoError(t, err)
		require.True(t, fresh)
	}
}

func pending(t *testing.T, books *books.Books, now time.Time) []string {
	t.Helper()
	listed, err := books.Edge.ListPendingWebhooks(t.Context(), now, 100)
	require.NoError(t, err)
	var ids []string
	for _, webhook := range listed {
		ids = append(ids, webhook.Event.ID)
	}
	return ids
}

func TestInbox(t *testing.T) {
	t.Parallel()

	t.Run("lists events about money first, and then in the order of their arrival", func(t *testing.T) {
		t.Parallel()
		books := dbtest.New(t)
		store(t, books, newWebhook("account_1", rail.ConcernPayoutAccount), newWebhook("bank", rail.ConcernBankAccountAdded),
			newWebhook("refund", rail.ConcernRefundChanged), newWebhook("account_2", rail.ConcernPayoutAccount), newWebhook("payout", rail.ConcernPayout))

		require.Equal(t, []string{"refund", "payout", "account_1", "bank", "account_2"}, pending(t, books, world.Now))
	})

	t.Run("stores an event of no concern as finished", func(t *testing.T) {
		t.Parallel()
		books := dbtest.New(t)

		store(t, books, newWebhook("none", rail.ConcernNone))

		require.Empty(t, pending(t, books, world.Now))
		var outcome string
		require.NoError(t, books.DB.Pool.QueryRow(t.Context(), "SELECT outcome FROM webhook_inbox WHERE processed_at IS NOT NULL").Scan(&outcome))
		require.Equal(t, "ignored", outcome)
	})

	t.Run("keeps the first form of an event, byte by byte, with the character NUL in any field", func(t *testing.T) {
		t.Parallel()
		books := dbtest.New(t)
		webhook := edge.NewWebhook{
			Provider: "stripe", Event: rail.Event{ID: "e\x00", Type: "t\x00", Account: "a\x00", ObjectID: "o\x00", PayoutID: uuid.NewString()},
			Concern: rail.ConcernPayout, Payload: []byte("{\"a\":\"\\u0000\"}\x00 \n"),
		}
		store(t, books, webhook)
		changed := webhook
		changed.Payload = []byte(`{}`)

		fresh, err := books.Edge.RecordWebhook(t.Context(), changed)

		require.NoError(t, err)
		require.False(t, fresh)
		listed, err := books.Edge.ListPendingWebhooks(t.Context(), world.Now, 10)
		require.NoError(t, err)
		require.Equal(t, rail.Event{ID: "e\uFFFD", Type: "t\uFFFD", Account: "a\uFFFD", ObjectID: "o\uFFFD", PayoutID: webhook.Event.PayoutID}, listed[0].Event)
		var payload []byte
		require.NoError(t, books.DB.Pool.QueryRow(t.Context(), "SELECT payload FROM webhook_inbox").Scan(&payload))
		require.Equal(t, webhook.Payload, payload)
		require.NoError(t, books.Edge.FinishWebhooks(t.Context(), []rail.Receipt{{Provider: "stripe", EventID: "e\x00", Outcome: rail.Signalled}}))
		require.Empty(t, pending(t, books, world.Now))
	})

	t.Run("does not list an event before its claim ends", func(t *testing.T) {
		t.Parallel()
		books := dbtest.New(t)
		claimed := newWebhook("claimed", rail.ConcernPayout)
		claimed.ClaimedUntil = world.Now.Add(time.Second)
		store(t, books, claimed)

		require.Empty(t, pending(t, books, world.Now))
		require.Equal(t, []string{"claimed"}, pending(t, books, world.Now.Add(time.Second)))
	})

	t.Run("finishes some and leaves others for later in one statement, and changes nothing that is finished", func(t *testing.T) {
		t.Parallel()
		books := dbtest.New(t)
		store(t, books, newWebhook("done", rail.ConcernPayout), newWebhook("later", rail.ConcernPayout), newWebhook("other", rail.ConcernPayout))
		later := world.Now.Add(time.Minute)

		err := books.Edge.FinishWebhooks(t.Context(), []rail.Receipt{
			{Provider: "stripe", EventID: "done", Outcome: rail.Signalled},
			{Provider: "stripe", EventID: "later", NextTryAt: later},
			{Provider: "another", EventID: "other", Outcome: rail.Signalled},
		})
		require.NoError(t, err)
		again := books.Edge.FinishWebhooks(t.Context(), []rail.Receipt{{Provider: "stripe", EventID: "done", NextTryAt: later}})

		require.NoError(t, again)
		require.Equal(t, []string{"other"}, pending(t, books, world.Now))
		listed, err := books.Edge.ListPendingWebhooks(t.Context(), later, 10)
		require.NoError(t, err)
		require.Len(t, listed, 2)
		require.Equal(t, "later", listed[0].Event.ID)
		require.Equal(t, 1, listed[0].Tries)
		require.Zero(t, listed[1].Tries)
	})

	t.Run("takes no receipts as nothing to do", func(t *testing.T) {
		t.Parallel()

		require.NoError(t, dbtest.New(t).Edge.FinishWebhooks(t.Context(), nil))
	})
}
