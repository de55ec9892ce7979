package db_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/edge"
	"github.com/creditroll/creditroll/domain/fault"
)

func TestIdempotentRequests(t *testing.T) {
	t.Parallel()
	first := edge.IdempotentRequest{Actor: "user-1", Key: "k", Hash: []byte("h"), At: now, Lease: time.Minute}
	later := first
	later.At = now.Add(time.Minute)

	t.Run("are taken over only after their lease, and then the slow first try stores nothing", func(t *testing.T) {
		t.Parallel()
		store := dbtest.New(t)
		_, err := store.Edge.BeginIdempotent(t.Context(), first)
		require.NoError(t, err)
		early := first
		early.At = now.Add(time.Minute - time.Microsecond)

		_, refused := store.Edge.BeginIdempotent(t.Context(), early)
		answer, err := store.Edge.BeginIdempotent(t.Context(), later)
		require.NoError(t, err)
		require.NoError(t, store.Edge.FinishIdempotent(t.Context(), first, edge.Answer{Status: 500, Body: []byte("slow")}))
		require.NoError(t, store.Edge.AbandonIdempotent(t.Context(), first))
		require.NoError(t, store.Edge.FinishIdempotent(t.Context(), later, edge.Answer{Status: 201, ContentType: "text/plain", Body: []byte("second")}))
		replayed, err := store.Edge.BeginIdempotent(t.Context(), first)

		require.NoError(t, err)
		require.Equal(t, "idempotency_key_in_use", fault.CodeOf(refused))
		require.Nil(t, answer)
		require.Equal(t, &edge.Answer{Status: 201, ContentType: "text/plain", Body: []byte("second")}, replayed)
	})

	t.Run("keep an empty answer that is one", func(t *testing.T) {
		t.Parallel()
		store := dbtest.New(t)
		_, err := store.Edge.BeginIdempotent(t.Context(), first)
		require.NoError(t, err)
		require.NoError(t, store.Edge.FinishIdempotent(t.Context(), first, edge.Answer{Status: 204, Body: []byte{}}))

		replayed, err := store.Edge.BeginIdempotent(t.Context(), later)

		require.NoError(t, err)
		require.Equal(t, 204, replayed.Status)
	})

	t.Run("are freed when they are abandoned", func(t *testing.T) {
		t.Parallel()
		store := dbtest.New(t)
		_, err := store.Edge.BeginIdempotent(t.Context(), first)
		require.NoError(t, err)
		require.NoError(t, store.Edge.AbandonIdempotent(t.Context(), first))

		answer, err := store.Edge.BeginIdempotent(t.Context(), first)

		require.NoError(t, err)
		require.Nil(t, answer)
	})
}
