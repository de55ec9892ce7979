package providers_test

import (
	"context"
	"errors"
	"math"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

func TestBatcher(t *testing.T) {
	t.Parallel()
	ctx := context.Background()

	inBubble := func(name string, test func(t *testing.T)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, test)
		})
	}

	inBubble("makes one request out of calls within the wait", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{}, providers.Options{})

		b.ask(ctx, clip.TikTok, "11", "22", "33")
		answers := b.collect(3)

		require.Equal(t, [][]string{{"11", "22", "33"}}, b.client.requests)
		for id, got := range answers {
			require.NoError(t, got.err)
			require.Equal(t, viewsOf(id), got.observation.Reading.Views)
			require.Equal(t, "scripted", got.observation.Provider)
			require.Equal(t, []string{got.observation.AttemptID}, b.recorder.ids())
		}
	})

	inBubble("answers a single call after the wait", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{}, providers.Options{})
		start := time.Now()

		observation, err := b.Observe(ctx, providers.Post{Platform: clip.TikTok, ExternalID: "11"})

		require.NoError(t, err)
		require.Equal(t, int64(11), observation.Reading.Views)
		require.Equal(t, wait, time.Since(start), "on the bubble's clock")
	})

	inBubble("sends a full batch without waiting", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{maxBatch: 2}, providers.Options{Wait: time.Hour})
		start := time.Now()

		b.ask(ctx, clip.TikTok, "11", "22")
		b.collect(2)

		require.Zero(t, time.Since(start), "on the bubble's clock")
	})

	inBubble("lets a stream of clips fill its batches", func(t *testing.T) {
		const due = 1000
		b := newBundle(t, &scriptedClient{maxBatch: 50}, providers.Options{Wait: 250 * time.Millisecond})
		for i := range due { // in the same minute, in bursts
			b.ask(ctx, clip.TikTok, strconv.Itoa(1000+i))
			if i%3 == 2 {
				elapse(3 * time.Minute / due)
			}
		}
		elapse(10 * time.Second)
		b.collect(due)

		require.LessOrEqual(t, len(b.client.requests), due*10/(50*8), "batches are at least 80 % full")
	})

	inBubble("sends a stream that ends before the batch is full", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{maxBatch: 50}, providers.Options{Wait: 250 * time.Millisecond})
		start := time.Now()
		for i := range 60 {
			b.ask(ctx, clip.TikTok, strconv.Itoa(1000+i))
			elapse(40 * time.Millisecond)
		}
		b.collect(60)

		require.Len(t, b.client.requests, 2)
		require.LessOrEqual(t, time.Since(start), 60*40*time.Millisecond+40*250*time.Millisecond)
	})

	inBubble("does not let a clip wait for others that are not coming", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{}, providers.Options{})
		for range 5 {
			start := time.Now()
			b.ask(ctx, clip.TikTok, "11")
			b.collect(1)
			require.Equal(t, wait, time.Since(start), "on the bubble's clock")
			elapse(30 * wait)
		}
	})

	inBubble("makes a request for each platform", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{}, providers.Options{})

		b.ask(ctx, clip.TikTok, "11")
		b.ask(ctx, clip.X, "22")
		b.collect(2)

		require.ElementsMatch(t, [][]string{{"11"}, {"22"}}, b.client.requests)
	})

	inBubble("asks once for a clip with several callers, and gives each a reading of its own", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{}, providers.Options{})

		b.ask(ctx, clip.TikTok, "11", "11", "11")
		first, second := <-b.answers, <-b.answers
		<-b.answers
		first.observation.Reading.Views = 0

		require.Equal(t, [][]string{{"11"}}, b.client.requests)
		require.Equal(t, int64(11), second.observation.Reading.Views)
	})

	inBubble("asks again for a clip whose request is already running, because its answer may be older", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{hold: make(chan struct{})}, providers.Options{})

		b.ask(ctx, clip.TikTok, "11")
		elapse(wait)
		b.ask(ctx, clip.TikTok, "11")
		close(b.client.hold)
		b.collect(2)

		require.Len(t, b.client.requests, 2)
	})

	inBubble("lets one caller leave without an effect on the others", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{hold: make(chan struct{})}, providers.Options{})
		leaving, leave := context.WithCancel(ctx)

		b.ask(leaving, clip.TikTok, "11")
		b.ask(ctx, clip.TikTok, "11", "22")
		elapse(wait)
		leave()
		gone := <-b.answers
		close(b.client.hold)
		stayed := b.collect(2)

		require.ErrorIs(t, gone.err, context.Canceled)
		require.NoError(t, stayed["11"].err)
		require.NoError(t, stayed["22"].err)
	})

	inBubble("does not ask for a clip whose callers have all left", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{}, providers.Options{})
		leaving, leave := context.WithCancel(ctx)

		b.ask(leaving, clip.TikTok, "11", "22")
		b.ask(ctx, clip.TikTok, "33")
		leave()
		b.collect(3)

		require.Equal(t, [][]string{{"33"}}, b.client.requests)
	})

	inBubble("makes no request when all callers have left", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{}, providers.Options{})
		leaving, leave := context.WithCancel(ctx)

		b.ask(leaving, clip.TikTok, "11")
		leave()
		<-b.answers
		elapse(2 * wait)

		require.Empty(t, b.client.requests)
		require.Empty(t, b.recorder.attempts)
	})

	inBubble("gives a new batch its full wait after one whose callers have left", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{}, providers.Options{})
		leaving, leave := context.WithCancel(ctx)
		b.ask(leaving, clip.TikTok, "11")
		elapse(wait / 2)
		leave()
		<-b.answers
		start := time.Now()

		_, err := b.Observe(ctx, providers.Post{Platform: clip.TikTok, ExternalID: "22"})

		require.NoError(t, err)
		require.Equal(t, wait, time.Since(start), "on the bubble's clock")
	})

	inBubble("runs no more requests than allowed, and lets batches fill until then", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{hold: make(chan struct{})}, providers.Options{MaxInFlight: 2})

		for _, id := range []string{"11", "22", "33", "44", "55"} {
			b.ask(ctx, clip.TikTok, id)
			elapse(2 * wait)
		}
		close(b.client.hold)
		b.collect(5)

		require.Equal(t, 2, b.client.openMax)
		require.Equal(t, [][]string{{"11"}, {"22"}, {"33", "44", "55"}}, b.client.requests)
	})

	inBubble("fails all callers of a failed request with its fault, and records it once", func(t *testing.T) {
		limited := fault.New(fault.RateLimited, "provider_rate_limited", "later").After(time.Minute)
		b := newBundle(t, &scriptedClient{fetch: func([]string) (providers.Batch, error) {
			return providers.Batch{CostMicros: 5}, limited
		}}, providers.Options{})

		b.ask(ctx, clip.TikTok, "11", "22")

		for _, got := range b.collect(2) {
			require.ErrorIs(t, got.err, limited)
		}
		require.Len(t, b.recorder.attempts, 1)
		require.Equal(t, views.OutcomeRateLimited, b.recorder.attempts[0].Outcome)
		require.Equal(t, int64(5), b.recorder.attempts[0].CostMicros)
	})

	inBubble("records a price that cannot be right as the nearest one that can", func(t *testing.T) {
		for claimed, recorded := range map[int64]int64{-5: 0, math.MaxInt64: 1_000_000_000_000} {
			b := newBundle(t, &scriptedClient{fetch: func([]string) (providers.Batch, error) { return providers.Batch{CostMicros: claimed}, nil }}, providers.Options{})

			b.ask(ctx, clip.TikTok, "1")
			b.collect(1)

			require.Equal(t, recorded, b.recorder.attempts[0].CostMicros)
		}
	})

	inBubble("gives no reading whose attempt could not be recorded", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{}, providers.Options{})
		b.recorder.err = errors.New("the database does not answer")

		_, err := b.Observe(ctx, providers.Post{Platform: clip.TikTok, ExternalID: "11"})

		require.Equal(t, fault.Unavailable, fault.KindOf(err))
		require.Equal(t, "attempt_not_recorded", fault.CodeOf(err))
	})

	inBubble("records which provider was asked for what, when, and how long it took", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{hold: make(chan struct{})}, providers.Options{})
		start := time.Now()

		b.ask(ctx, clip.TikTok, "11", "22")
		elapse(wait + 1500*time.Millisecond)
		close(b.client.hold)
		b.collect(2)

		attempt := b.recorder.attempts[0]
		parsed, err := uuid.Parse(attempt.ID)
		require.NoError(t, err)
		require.Equal(t, uuid.Version(7), parsed.Version())
		attempt.ID = ""
		require.Equal(t, views.Attempt{
			Provider: "scripted", Platform: clip.TikTok, Clips: 2, Outcome: views.OutcomeOK, CostMicros: 2, Read: 2,
			StartedAt: start.Add(wait).UTC(), LatencyMillis: 1500, ClipsOf: map[string]int{"": 2},
		}, attempt)
	})

	inBubble("counts the clips of each campaign in a request, and a clip once however many ask for it", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{}, providers.Options{})
		for _, post := range []providers.Post{
			{Platform: clip.TikTok, ExternalID: "11", CampaignID: "a"},
			{Platform: clip.TikTok, ExternalID: "22", CampaignID: "b"},
			{Platform: clip.TikTok, ExternalID: "33", CampaignID: "a"},
			{Platform: clip.TikTok, ExternalID: "11", CampaignID: "b"},
		} {
			go func() {
				observation, err := b.Observe(ctx, post)
				b.answers <- answer{post.ExternalID, observation, err}
			}()
			synctest.Wait()
		}
		b.collect(4)

		require.Equal(t, map[string]int{"a": 2, "b": 1}, b.recorder.attempts[0].ClipsOf)
	})

	inBubble("survives a client that panics", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{fetch: func([]string) (providers.Batch, error) { panic("unexpected answer") }}, providers.Options{})

		_, err := b.Observe(ctx, providers.Post{Platform: clip.TikTok, ExternalID: "11"})

		require.Equal(t, fault.Internal, fault.KindOf(err))
		require.Equal(t, views.OutcomeUnavailable, b.recorder.attempts[0].Outcome)
	})

	inBubble("refuses without a request what the provider cannot read", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{}, providers.Options{})

		_, platformErr := b.Observe(ctx, providers.Post{Platform: clip.YouTube, ExternalID: "dQw4w9WgXcQ"})
		_, idErr := b.Observe(ctx, providers.Post{Platform: clip.TikTok, ExternalID: "../11"})

		require.Equal(t, "platform_not_supported", fault.CodeOf(platformErr))
		require.Equal(t, "bad_external_id", fault.CodeOf(idErr))
		require.Empty(t, b.client.requests)
	})

	inBubble("answers all callers when it is closed, without further wait, and none after it", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{}, providers.Options{Wait: time.Hour, MaxInFlight: 1})
		b.ask(ctx, clip.TikTok, "11")
		b.ask(ctx, clip.X, "22")
		start := time.Now()

		require.NoError(t, b.Close(ctx))

		for _, got := range b.collect(2) {
			require.NoError(t, got.err)
		}
		require.Zero(t, time.Since(start), "on the bubble's clock")
		_, err := b.Observe(ctx, providers.Post{Platform: clip.TikTok, ExternalID: "33"})
		require.Equal(t, "shutting_down", fault.CodeOf(err))
	})

	inBubble("aborts requests that run longer than Close may wait, and records them", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{hold: make(chan struct{})}, providers.Options{})
		b.ask(ctx, clip.TikTok, "11")
		limited, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()

		err := b.Close(limited)

		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, fault.Unavailable, fault.KindOf((<-b.answers).err))
		require.Len(t, b.recorder.attempts, 1)
	})

	for name, test := range map[string]struct {
		missing map[string]string
		outcome string
		reason  string
	}{
		"a clip that does not exist is an answer":              {map[string]string{"11": views.NotFound}, views.OutcomeOK, views.NotFound},
		"a private clip is an answer":                          {map[string]string{"11": views.Private}, views.OutcomeOK, views.Private},
		"an unreadable clip makes the attempt partial":         {map[string]string{"11": views.Unreadable}, views.OutcomePartial, views.Unreadable},
		"a clip that the client left out counts as unreadable": {nil, views.OutcomePartial, views.Unreadable},
	} {
		inBubble(name, func(t *testing.T) {
			b := newBundle(t, &scriptedClient{fetch: func([]string) (providers.Batch, error) {
				return providers.Batch{Missing: test.missing}, nil
			}}, providers.Options{})

			observation, err := b.Observe(ctx, providers.Post{Platform: clip.TikTok, ExternalID: "11"})

			require.NoError(t, err)
			require.Nil(t, observation.Reading)
			require.Equal(t, test.reason, observation.Missing)
			require.Equal(t, test.outcome, b.recorder.attempts[0].Outcome)
		})
	}

	for kind, outcome := range map[fault.Kind]string{
		fault.RateLimited: views.OutcomeRateLimited, fault.Unavailable: views.OutcomeUnavailable,
		fault.Denied: views.OutcomeDenied, fault.Invalid: views.OutcomeInvalid, fault.Internal: views.OutcomeUnavailable,
	} {
		inBubble("records the outcome of a fault that is "+string(kind), func(t *testing.T) {
			b := newBundle(t, &scriptedClient{fetch: func([]string) (providers.Batch, error) {
				return providers.Batch{}, fault.New(kind, "code", "message")
			}}, providers.Options{})

			_, err := b.Observe(ctx, providers.Post{Platform: clip.TikTok, ExternalID: "11"})

			require.Equal(t, kind, fault.KindOf(err))
			require.Equal(t, outcome, b.recorder.attempts[0].Outcome)
		})
	}
}
