package clips_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

func startSnapshot(t *testing.T, store *books.Books) views.NewSnapshot {
	t.Helper()
	snapshot := views.NewSnapshot{
		ID: uuid.NewString(), Provider: "brightdata", Platform: clip.TikTok, StartedAt: world.Now,
		Clips: []views.SnapshotClip{
			{ExternalID: "1", WorkflowID: "clip/a", Token: []byte("token-a")},
			{ExternalID: "1", Place: 1, WorkflowID: "clip/b", Token: []byte("token-b")},
			{ExternalID: "2", WorkflowID: "clip/c", Token: []byte("token-c")},
		},
	}
	require.NoError(t, store.Clips.StartSnapshot(t.Context(), snapshot))
	return snapshot
}

func endSnapshot(t *testing.T, store *books.Books, id string, status views.SnapshotStatus, costMicros int64, answers map[string]json.RawMessage) {
	t.Helper()
	attempt := views.Attempt{ID: id, Provider: "brightdata", Platform: clip.TikTok, Clips: 2, Outcome: views.OutcomeOK, CostMicros: costMicros, StartedAt: world.Now}
	require.NoError(t, store.Clips.EndSnapshot(t.Context(), attempt, status, answers, world.Now.Add(time.Minute)))
}

func due(t *testing.T, store *books.Books, after time.Duration) bool {
	t.Helper()
	listed, err := store.Clips.ListDueSnapshots(t.Context(), world.Now.Add(after), 10)
	require.NoError(t, err)
	return len(listed) > 0
}

func status(t *testing.T, store *books.Books, id string) views.SnapshotStatus {
	t.Helper()
	snapshot, err := store.Clips.GetSnapshot(t.Context(), id)
	require.NoError(t, err)
	return snapshot.Status
}

func TestSnapshots(t *testing.T) {
	t.Parallel()
	answers := map[string]json.RawMessage{"1": json.RawMessage(`{"provider": "brightdata"}`), "2": json.RawMessage(`{"missing": "error"}`)}

	t.Run("are stored with their calls, each post once", func(t *testing.T) {
		t.Parallel()
		store := dbtest.New(t)
		started := startSnapshot(t, store)

		snapshot, err := store.Clips.GetSnapshot(t.Context(), started.ID)
		require.NoError(t, err)
		waiting, err := store.Clips.ListWaitingForSnapshot(t.Context(), started.ID)
		require.NoError(t, err)
		_, unknown := store.Clips.GetSnapshot(t.Context(), uuid.NewString())

		require.Equal(t, []string{"1", "2"}, snapshot.ExternalIDs)
		require.Equal(t, views.SnapshotTriggering, snapshot.Status)
		require.Equal(t, started.Clips, waiting)
		require.Equal(t, "snapshot_not_found", fault.CodeOf(unknown))
	})

	t.Run("end once, with their attempt and their answers", func(t *testing.T) {
		t.Parallel()
		store := dbtest.New(t)
		id := startSnapshot(t, store).ID

		endSnapshot(t, store, id, views.SnapshotCollected, 3000, answers)
		endSnapshot(t, store, id, views.SnapshotExpired, 9999, nil)

		var attempts int
		var cost int64
		require.NoError(t, store.DB.Pool.QueryRow(t.Context(), "SELECT count(*), sum(cost_micros) FROM provider_attempts").Scan(&attempts, &cost))
		require.Equal(t, 1, attempts)
		require.Equal(t, int64(3000), cost)
		require.Equal(t, views.SnapshotCollected, status(t, store, id))
		waiting, err := store.Clips.ListWaitingForSnapshot(t.Context(), id)
		require.NoError(t, err)
		require.Len(t, waiting, 3)
		for _, each := range waiting {
			require.JSONEq(t, string(answers[each.ExternalID]), string(each.Answer))
		}
		require.True(t, due(t, store, time.Minute), "the answers are to be given")
	})

	t.Run("are done once every call has its outcome", func(t *testing.T) {
		t.Parallel()
		store := dbtest.New(t)
		id := startSnapshot(t, store).ID
		endSnapshot(t, store, id, views.SnapshotCollected, 0, answers)
		waiting, err := store.Clips.ListWaitingForSnapshot(t.Context(), id)
		require.NoError(t, err)
		for i := range waiting {
			waiting[i].Outcome = views.SnapshotAnswered
		}

		require.NoError(t, store.Clips.RecordSnapshotOutcomes(t.Context(), id, waiting))

		left, err := store.Clips.ListWaitingForSnapshot(t.Context(), id)
		require.NoError(t, err)
		require.Empty(t, left)
		require.False(t, due(t, store, 100*24*time.Hour))
	})

	t.Run("are due when they are looked for, and at once when they are notified", func(t *testing.T) {
		t.Parallel()
		store := dbtest.New(t)
		id := startSnapshot(t, store).ID
		require.False(t, due(t, store, views.SnapshotLostAfter-time.Second))
		require.True(t, due(t, store, views.SnapshotLostAfter))
		require.NoError(t, store.Clips.RecordTriggered(t.Context(), id, "s_1", world.Now.Add(2*time.Minute)))
		require.False(t, due(t, store, 2*time.Minute-time.Second))
		require.NoError(t, store.Clips.PostponeSnapshot(t.Context(), id, world.Now.Add(time.Hour)))
		require.False(t, due(t, store, time.Hour-time.Second))

		known, err := store.Clips.RecordNotified(t.Context(), id, "s_1", world.Now)

		require.NoError(t, err)
		require.True(t, known)
		require.True(t, due(t, store, 0))
	})

	t.Run("that are notified before their id is stored keep the id of the notification", func(t *testing.T) {
		t.Parallel()
		store := dbtest.New(t)
		id := startSnapshot(t, store).ID
		_, err := store.Clips.RecordNotified(t.Context(), id, "s_1", world.Now)
		require.NoError(t, err)

		require.NoError(t, store.Clips.RecordTriggered(t.Context(), id, "s_1", world.Now.Add(time.Hour)))

		snapshot, err := store.Clips.GetSnapshot(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, "s_1", snapshot.SnapshotID)
		require.Equal(t, views.SnapshotRunning, snapshot.Status)
		require.True(t, due(t, store, 0))
	})

	t.Run("that were given up are asked for again when they are notified, and those that are collected are not", func(t *testing.T) {
		t.Parallel()
		store := dbtest.New(t)
		refused, expired, failed, collected := startSnapshot(t, store).ID, startSnapshot(t, store).ID, startSnapshot(t, store).ID, startSnapshot(t, store).ID
		require.NoError(t, store.Clips.RecordRefused(t.Context(), refused))
		require.NoError(t, store.Clips.RecordTriggered(t.Context(), failed, "s_3", world.Now))
		endSnapshot(t, store, expired, views.SnapshotExpired, 0, nil)
		endSnapshot(t, store, failed, views.SnapshotFailed, 0, nil)
		endSnapshot(t, store, collected, views.SnapshotCollected, 0, answers)
		nameless, err := store.Clips.RecordNotified(t.Context(), expired, "", world.Now)
		require.NoError(t, err)
		require.True(t, nameless)
		require.Equal(t, views.SnapshotExpired, status(t, store, expired), "nothing can be asked without its name")

		for _, id := range []string{refused, expired, failed, collected} {
			_, err := store.Clips.RecordNotified(t.Context(), id, "s_9", world.Now)
			require.NoError(t, err)
		}

		for _, id := range []string{refused, expired, failed} {
			require.Equal(t, views.SnapshotRunning, status(t, store, id))
		}
		require.Equal(t, views.SnapshotCollected, status(t, store, collected))
		waiting, err := store.Clips.ListWaitingForSnapshot(t.Context(), refused)
		require.NoError(t, err)
		require.Empty(t, waiting, "their calls have ended, and there is no answer yet")
		endSnapshot(t, store, refused, views.SnapshotCollected, 0, answers)
		waiting, err = store.Clips.ListWaitingForSnapshot(t.Context(), refused)
		require.NoError(t, err)
		require.Len(t, waiting, 3, "a late answer is still given")
	})

	t.Run("of another installation are not known", func(t *testing.T) {
		t.Parallel()
		known, err := dbtest.New(t).Clips.RecordNotified(t.Context(), uuid.NewString(), "s_1", world.Now)
		require.NoError(t, err)
		require.False(t, known)
	})

	t.Run("are forgotten once they have ended, and not while something is left to do", func(t *testing.T) {
		t.Parallel()
		store := dbtest.New(t)
		done, open := startSnapshot(t, store).ID, startSnapshot(t, store).ID
		require.NoError(t, store.Clips.RecordRefused(t.Context(), done))

		early, err := store.Clips.ForgetSnapshots(t.Context(), world.Now)
		require.NoError(t, err)
		deleted, err := store.Clips.ForgetSnapshots(t.Context(), world.Now.Add(time.Second))
		require.NoError(t, err)

		require.Zero(t, early)
		require.Equal(t, int64(1), deleted)
		require.Equal(t, views.SnapshotTriggering, status(t, store, open))
	})
}
