package workflows_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/db/edge"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/workflows"
)

// snapshot stores a snapshot that is due at a time.
func (w *world) snapshot(t *testing.T, dueAt time.Time) string {
	t.Helper()
	id := uuid.NewString()
	require.NoError(t, w.store.Clips.StartSnapshot(t.Context(), views.NewSnapshot{
		ID: id, Provider: "brightdata", Platform: clip.TikTok, StartedAt: dueAt.Add(-views.SnapshotLostAfter),
		Clips: []views.SnapshotClip{{ExternalID: "1", WorkflowID: "clip/a", Token: []byte("t")}},
	}))
	return id
}

// looks stands for the worker of a provider. A look puts the snapshot off for an hour, and fails for those in fails.
func (h *history) looks(fails map[string]bool) func() []string {
	var mu sync.Mutex
	var looked []string
	h.OnActivity(activities.LookAtSnapshot.Name, mock.Anything, mock.Anything).Return(func(ctx context.Context, in activities.SnapshotLook) (activities.SnapshotSeen, error) {
		mu.Lock()
		defer mu.Unlock()
		if looked = append(looked, in.ID); fails[in.ID] {
			return activities.SnapshotSeen{}, activities.Failure(fault.New(fault.Unavailable, "database_down", "down"))
		}
		return activities.SnapshotSeen{}, h.world.store.Clips.PostponeSnapshot(ctx, in.ID, h.world.clock.Now().Add(time.Hour))
	}).Maybe()
	h.OnActivity(activities.AnswerSnapshot.Name, mock.Anything, mock.Anything).Return(activities.SnapshotSeen{Answered: 2}, nil).Maybe()
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(looked)
	}
}

func TestSnapshotSweep(t *testing.T) {
	t.Parallel()

	t.Run("looks at every snapshot that is due, once, and counts the answers", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		var due []string
		for range 120 { // more than a page
			due = append(due, w.snapshot(t, start))
		}
		w.snapshot(t, start.Add(hour))
		h := w.begin(t)
		looked := h.looks(nil)

		answered := completed[int](h, workflows.SnapshotSweep, workflows.SnapshotInput{})

		require.Equal(t, 240, answered)
		require.ElementsMatch(t, due, looked())
	})

	t.Run("leaves a snapshot whose look fails to the next pass, and looks at the others", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		failing, good := w.snapshot(t, start.Add(-hour)), w.snapshot(t, start)
		h := w.begin(t)
		looked := h.looks(map[string]bool{failing: true})

		completed[int](h, workflows.SnapshotSweep, workflows.SnapshotInput{})

		require.Contains(t, looked(), good)
		left, err := w.store.Clips.ListDueSnapshots(t.Context(), start, 10)
		require.NoError(t, err)
		require.Equal(t, []views.DueSnapshot{{ID: failing, Provider: "brightdata"}}, left)
	})

	t.Run("lists again when it is woken during a pass", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		first := w.snapshot(t, start)
		h := w.begin(t)
		looked := h.looks(map[string]bool{first: true}) // it is tried again a second later
		var second string
		h.at(500*time.Millisecond, func() {
			second = w.snapshot(t, start)
			h.SignalWorkflow(workflows.SignalWake, nil)
		})

		completed[int](h, workflows.SnapshotSweep, workflows.SnapshotInput{})

		require.Contains(t, looked(), second)
	})
}

func TestInboxSweepOfSnapshots(t *testing.T) {
	t.Parallel()

	notified := func(t *testing.T, w *world, job string) {
		t.Helper()
		_, err := w.store.Edge.RecordWebhook(t.Context(), edge.NewWebhook{Provider: "brightdata", Event: rail.SnapshotEvent(job, "s_"+job[:8]), Concern: rail.ConcernSnapshot, Payload: []byte(`{}`)})
		require.NoError(t, err)
	}

	t.Run("has a snapshot looked at whose notification the API could not deliver", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		job := w.snapshot(t, start.Add(days))
		notified(t, w, job)
		h := w.begin(t)
		looked := h.looks(nil)

		finished := completed[int](h, workflows.InboxSweep, workflows.InboxInput{})

		require.Equal(t, 1, finished)
		require.Equal(t, []string{job}, looked())
		require.Equal(t, map[string]string{"s_" + job[:8]: "started"}, w.outcomes(t))
	})

	t.Run("ignores a snapshot of another installation", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		job := uuid.NewString()
		notified(t, w, job)
		h := w.begin(t)
		looked := h.looks(nil)

		completed[int](h, workflows.InboxSweep, workflows.InboxInput{})

		require.Empty(t, looked())
		require.Equal(t, map[string]string{"s_" + job[:8]: "ignored"}, w.outcomes(t))
	})
}
