package providers_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

func TestBatcherProperty(t *testing.T) {
	t.Parallel()

	t.Run("answers every caller with its own clip, at any order of arrivals and departures", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(rt *rapid.T) { checkAnySchedule(t, rt) })
	})
}

// scheduledCall asks for a clip some time after the start, and leaves some time later.
type scheduledCall struct {
	id          string
	afterMillis int
	staysMillis int
	observation providers.Observation
	err         error
}

const forever = 1_000_000

func checkAnySchedule(t *testing.T, rt *rapid.T) {
	client := &scriptedClient{maxBatch: rapid.IntRange(1, 5).Draw(rt, "max_batch")}
	recorder := &memoryRecorder{}
	inFlightMax := rapid.IntRange(1, 3).Draw(rt, "max_in_flight")
	calls := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) *scheduledCall {
		return &scheduledCall{
			id:          fmt.Sprint(rapid.IntRange(1, 8).Draw(rt, "id")),
			afterMillis: rapid.IntRange(0, 4000).Draw(rt, "after"),
			staysMillis: rapid.SampledFrom([]int{1, 700, 1500, forever}).Draw(rt, "stays"),
		}
	}), 1, 30).Draw(rt, "calls")

	synctest.Test(t, func(*testing.T) {
		playSchedule(providers.NewBatcher(client, recorder, providers.Options{Wait: wait, MaxInFlight: inFlightMax}), client, calls)
	})

	recorded := recorder.ids()
	require.Len(rt, recorded, len(client.requests))
	require.Len(rt, unique(recorded), len(recorded), "each attempt is recorded once")
	require.LessOrEqual(rt, client.openMax, inFlightMax)
	for _, request := range client.requests {
		require.LessOrEqual(rt, len(request), client.maxBatch)
		require.Len(rt, unique(request), len(request), "no clip is twice in a request")
	}
	for _, call := range calls {
		if call.err != nil {
			require.ErrorIs(rt, call.err, context.DeadlineExceeded)
			require.NotEqual(rt, forever, call.staysMillis, "a caller that stays is served")
			continue
		}
		require.Equal(rt, viewsOf(call.id), call.observation.Reading.Views)
		require.Contains(rt, recorded, call.observation.AttemptID)
	}
}

// playSchedule sleeps on the clock of the bubble in which it runs.
func playSchedule(batcher *providers.Batcher, client *scriptedClient, calls []*scheduledCall) {
	client.fetch = func(ids []string) (providers.Batch, error) {
		time.Sleep(time.Second)
		batch := providers.Batch{Readings: map[string]views.Reading{}}
		for _, id := range ids {
			batch.Readings[id] = views.Reading{ExternalID: id, Views: viewsOf(id)}
		}
		return batch, nil
	}
	var running sync.WaitGroup
	for _, call := range calls {
		running.Go(func() {
			time.Sleep(time.Duration(call.afterMillis) * time.Millisecond)
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(call.staysMillis)*time.Millisecond)
			defer cancel()
			call.observation, call.err = batcher.Observe(ctx, providers.Post{Platform: clip.TikTok, ExternalID: call.id})
		})
	}
	running.Wait()
	_ = batcher.Close(context.Background())
}

func unique(list []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(list)))
}
