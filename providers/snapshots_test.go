package providers_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// shelf remembers what is stored of snapshots. What happens over a real database is tested in package temporal.
type shelf struct {
	mu                sync.Mutex
	fails             error
	started           []views.NewSnapshot
	triggered         map[string]string
	refused           []string
	attempts          []views.Attempt
	startedAtTriggers int
}

func (s *shelf) StartSnapshot(_ context.Context, snapshot views.NewSnapshot) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails != nil {
		return s.fails
	}
	s.started = append(s.started, snapshot)
	return nil
}

func (s *shelf) RecordTriggered(_ context.Context, id, snapshotID string, _ time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.triggered[id] = snapshotID
	return nil
}

func (s *shelf) RecordRefused(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = append(s.refused, id)
	return nil
}

func (s *shelf) RecordAttempt(_ context.Context, attempt views.Attempt) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attempts = append(s.attempts, attempt)
	return nil
}

func (s *shelf) LastReads(context.Context, string, clip.Platform, []string) (map[string]time.Time, error) {
	return nil, nil //nolint:nilnil // nothing was read before
}

func (s *shelf) GetSnapshot(context.Context, string) (views.Snapshot, error) {
	return views.Snapshot{}, nil
}
func (s *shelf) PostponeSnapshot(context.Context, string, time.Time) error { return nil }
func (s *shelf) EndSnapshot(context.Context, views.Attempt, views.SnapshotStatus, map[string]json.RawMessage, time.Time) error {
	return nil
}

// starter starts snapshots, or fails.
type starter struct {
	providers.Client
	shelf    *shelf
	fails    error
	mu       sync.Mutex
	triggers [][]string
}

func (s *starter) Name() string                  { return "slow" }
func (s *starter) Platforms() []clip.Platform    { return []clip.Platform{clip.TikTok} }
func (s *starter) MaxSnapshot(clip.Platform) int { return 3 }
func (s *starter) MaxBatch(clip.Platform) int    { return 1 }
func (s *starter) Price(int) int64               { return 0 }
func (s *starter) Progress(context.Context, string) (providers.SnapshotState, error) {
	return providers.SnapshotRunning, nil
}

func (s *starter) Collect(context.Context, clip.Platform, []string, string) (providers.Batch, error) {
	return providers.Batch{}, nil
}

func (s *starter) Trigger(_ context.Context, _ string, _ clip.Platform, ids []string) (string, error) {
	s.shelf.mu.Lock()
	s.shelf.startedAtTriggers = len(s.shelf.started)
	s.shelf.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.triggers = append(s.triggers, ids)
	return "s_1", s.fails
}

func setupSnapshots(t *testing.T, wait time.Duration) (*providers.Snapshots, *starter, *shelf) {
	t.Helper()
	store := &shelf{triggered: map[string]string{}}
	client := &starter{shelf: store}
	reader := providers.NewSnapshots(client, store, true, providers.Options{Wait: wait})
	t.Cleanup(func() { require.NoError(t, reader.Close(context.Background())) })
	return reader, client, store
}

func tiktokPost(id string) providers.Post {
	return providers.Post{Platform: clip.TikTok, ExternalID: id, CampaignID: "campaign"}
}

func TestSnapshots(t *testing.T) {
	t.Parallel()

	t.Run("are stored with all of their calls before they are triggered", func(t *testing.T) {
		t.Parallel()
		reader, client, store := setupSnapshots(t, time.Hour)
		var calls sync.WaitGroup
		for _, id := range []string{"7301", "7302", "7303"} { // a full one
			calls.Go(func() {
				err := reader.Start(t.Context(), tiktokPost(id), providers.Waiter{WorkflowID: "clip/" + id, Token: []byte(id)})
				if err != nil {
					t.Error(err)
				}
			})
		}
		calls.Wait()

		require.Len(t, client.triggers, 1)
		require.Equal(t, 1, store.startedAtTriggers)
		require.Len(t, store.started[0].Clips, 3)
		for _, each := range store.started[0].Clips {
			require.Equal(t, views.SnapshotClip{ExternalID: each.ExternalID, CampaignID: "campaign", WorkflowID: "clip/" + each.ExternalID, Token: []byte(each.ExternalID)}, each)
		}
		require.Equal(t, "s_1", store.triggered[store.started[0].ID])
		require.Empty(t, store.attempts, "the attempt is recorded when the snapshot ends")
	})

	t.Run("are not triggered if they cannot be stored", func(t *testing.T) {
		t.Parallel()
		reader, client, store := setupSnapshots(t, time.Millisecond)
		store.fails = errors.New("database down")

		err := reader.Start(t.Context(), tiktokPost("7301"), providers.Waiter{})

		require.Equal(t, fault.Unavailable, fault.KindOf(err))
		require.Empty(t, client.triggers)
	})

	t.Run("that are refused fail their calls, and are recorded as an attempt without a price", func(t *testing.T) {
		t.Parallel()
		reader, client, store := setupSnapshots(t, time.Millisecond)
		client.fails = fault.New(fault.RateLimited, "provider_rate_limited", "too many").After(time.Minute)

		err := reader.Start(t.Context(), tiktokPost("7301"), providers.Waiter{})

		found, ok := fault.As(err)
		require.True(t, ok)
		require.Equal(t, fault.RateLimited, found.Kind)
		require.Equal(t, time.Minute, found.RetryAfter)
		require.Equal(t, []string{store.started[0].ID}, store.refused)
		require.Len(t, store.attempts, 1)
		require.Equal(t, views.OutcomeRateLimited, store.attempts[0].Outcome)
		require.Zero(t, store.attempts[0].CostMicros)
	})

	t.Run("leave out a call that has left before", func(t *testing.T) {
		t.Parallel()
		reader, client, store := setupSnapshots(t, time.Hour)
		left, leave := context.WithCancel(t.Context())
		leave()

		err := reader.Start(left, tiktokPost("7301"), providers.Waiter{WorkflowID: "clip/left"})
		require.ErrorIs(t, err, context.Canceled)
		var calls sync.WaitGroup
		for _, id := range []string{"7301", "7302", "7303"} {
			calls.Go(func() { _ = reader.Start(t.Context(), tiktokPost(id), providers.Waiter{WorkflowID: "clip/" + id}) })
		}
		calls.Wait()

		require.Len(t, client.triggers, 1)
		for _, each := range store.started[0].Clips {
			require.NotEqual(t, "clip/left", each.WorkflowID)
			require.Zero(t, each.Place)
		}
	})
}
