package providers_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

var sixPosts = []string{"1", "2", "3", "4", "5", "6"}

// failing is a provider that fails with err, if it is set, and is otherwise as vanishing is.
type failing struct {
	vanishing
	err error
}

func (f *failing) fetch(ids []string) (providers.Batch, error) {
	if f.err != nil {
		return providers.Batch{}, f.err
	}
	return f.vanishing.fetch(ids)
}

// outcomeOf asks for a post, and returns "read", why it is missing, or the code of the fault.
func (b *batcherBundle) outcomeOf(t *testing.T, id string) string {
	t.Helper()
	b.ask(t.Context(), clip.TikTok, id)
	got := b.collect(1)[id]
	switch {
	case got.err != nil:
		return fault.CodeOf(got.err)
	case got.observation.Reading != nil:
		return "read"
	}
	return got.observation.Missing
}

// failTimes has the provider fail as often as told, one request after the other.
func (b *batcherBundle) failTimes(t *testing.T, provider *failing, err *fault.Error, times int) {
	t.Helper()
	provider.err = err
	for range times {
		require.Equal(t, err.Code, b.outcomeOf(t, "1"))
	}
}

func TestCircuit(t *testing.T) {
	t.Parallel()
	down := fault.New(fault.Unavailable, "down", "down")
	limited := fault.New(fault.RateLimited, "limited", "limited")

	inBubble := func(name string, test func(t *testing.T, b *batcherBundle, provider *failing)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				provider := &failing{}
				b := newBundle(t, &scriptedClient{fetch: provider.fetch, maxBatch: 10}, providers.Options{Wait: time.Millisecond})
				test(t, b, provider)
			})
		})
	}

	for kind, code := range map[fault.Kind]string{fault.Unavailable: "down", fault.Denied: "denied", fault.Invalid: "changed"} {
		inBubble("opens after five requests in a row that are "+string(kind)+", and then asks nothing", func(t *testing.T, b *batcherBundle, provider *failing) {
			b.failTimes(t, provider, fault.New(kind, code, "no"), 5)
			start := time.Now()

			require.Equal(t, views.CircuitOpen, b.outcomeOf(t, "1"))

			require.Zero(t, time.Since(start), "on the bubble's clock")
			require.Len(t, b.client.requests, 5)
			require.Len(t, b.recorder.attempts, 5)
		})
	}

	inBubble("stays closed while some requests succeed, and while they are rate-limited", func(t *testing.T, b *batcherBundle, provider *failing) {
		b.failTimes(t, provider, down, 4)
		b.failTimes(t, provider, limited, 10)
		provider.err = nil
		require.Equal(t, "read", b.outcomeOf(t, "1"))
		b.failTimes(t, provider, down, 4)
		provider.err = nil

		require.Equal(t, "read", b.outcomeOf(t, "1"))
	})

	inBubble("says since when, why, and when the next try is", func(t *testing.T, b *batcherBundle, provider *failing) {
		b.failTimes(t, provider, down, 5)

		_, err := b.Observe(t.Context(), providers.Post{Platform: clip.TikTok, ExternalID: "1"})

		require.Equal(t, fault.Unavailable, fault.KindOf(err))
		require.EqualError(t, err, "scripted is not asked about tiktok since 2000-01-01 00:00:00 UTC, because its latest requests have failed (unavailable): it is tried again at 2000-01-01 00:01:00 UTC")
	})

	inBubble("refuses profiles too, and neither another platform nor another worker", func(t *testing.T, b *batcherBundle, provider *failing) {
		b.failTimes(t, provider, down, 5)
		provider.err = nil
		other := newBundle(t, &scriptedClient{fetch: provider.fetch}, providers.Options{})

		_, err := b.ReadProfile(t.Context(), clip.TikTok, "some.one")
		_, elsewhere := b.ReadProfile(t.Context(), clip.X, "some_one")

		require.Equal(t, views.CircuitOpen, fault.CodeOf(err))
		require.NoError(t, elsewhere)
		require.Equal(t, "read", other.outcomeOf(t, "1"))
	})

	inBubble("closes after a minute if the probe succeeds", func(t *testing.T, b *batcherBundle, provider *failing) {
		b.failTimes(t, provider, down, 5)
		provider.err = nil
		elapse(59 * time.Second)
		require.Equal(t, views.CircuitOpen, b.outcomeOf(t, "1"))
		elapse(2 * time.Second)

		require.Equal(t, "read", b.outcomeOf(t, "1"))

		b.failTimes(t, provider, down, 4)
		provider.err = nil
		require.Equal(t, "read", b.outcomeOf(t, "1"), "failures count from the start again")
	})

	inBubble("is open for twice as long after each failed probe, up to 15 minutes", func(t *testing.T, b *batcherBundle, provider *failing) {
		b.failTimes(t, provider, down, 5)

		for _, minutes := range []time.Duration{1, 2, 4, 8, 15, 15} {
			elapse(minutes*time.Minute - time.Second)
			require.Equal(t, views.CircuitOpen, b.outcomeOf(t, "1"), "before %d minutes", minutes)
			elapse(2 * time.Second)
			require.Equal(t, "down", b.outcomeOf(t, "1"), "after %d minutes", minutes)
		}
		provider.err = nil
		elapse(16 * time.Minute)
		require.Equal(t, "read", b.outcomeOf(t, "1"))
		b.failTimes(t, provider, down, 5)
		elapse(61 * time.Second)
		require.Equal(t, "down", b.outcomeOf(t, "1"), "it begins with a minute again")
	})

	inBubble("lets one probe through at a time", func(t *testing.T, b *batcherBundle, provider *failing) {
		b.failTimes(t, provider, down, 5)
		provider.err = nil
		elapse(61 * time.Second)
		b.client.hold = make(chan struct{})
		b.ask(t.Context(), clip.TikTok, "1")
		elapse(time.Second)

		start := time.Now()

		require.Equal(t, views.CircuitOpen, b.outcomeOf(t, "2"))

		require.Zero(t, time.Since(start), "on the bubble's clock")
		close(b.client.hold)
		require.NoError(t, b.collect(1)["1"].err)
		require.Equal(t, "read", b.outcomeOf(t, "2"))
	})

	inBubble("has one request for a probe if more clips are queued than it takes", func(t *testing.T, b *batcherBundle, provider *failing) {
		b.failTimes(t, provider, down, 5)
		provider.err = nil
		elapse(61 * time.Second)
		b.client.maxBatch = 10
		b.client.hold = make(chan struct{})
		for id := range 15 {
			b.ask(t.Context(), clip.TikTok, strconv.Itoa(100+id))
		}
		elapse(time.Second)
		close(b.client.hold)

		refused := 0
		for _, got := range b.collect(15) {
			if fault.CodeOf(got.err) == views.CircuitOpen {
				refused++
			}
		}
		require.Equal(t, 5, refused)
		require.Len(t, b.client.requests, 6)
	})

	inBubble("closes although all callers of the probe have left", func(t *testing.T, b *batcherBundle, provider *failing) {
		b.failTimes(t, provider, down, 5)
		provider.err = nil
		elapse(61 * time.Second)
		b.client.hold = make(chan struct{})
		leaving, leave := context.WithCancel(t.Context())
		b.ask(leaving, clip.TikTok, "1")
		elapse(time.Second)
		leave()
		require.ErrorIs(t, b.collect(1)["1"].err, context.Canceled)
		close(b.client.hold)
		synctest.Wait()

		require.Equal(t, "read", b.outcomeOf(t, "2"))
	})

	inBubble("takes another probe if the callers of one leave before it is sent", func(t *testing.T, b *batcherBundle, provider *failing) {
		b.failTimes(t, provider, down, 5)
		provider.err = nil
		elapse(61 * time.Second)
		leaving, leave := context.WithCancel(t.Context())
		b.ask(leaving, clip.TikTok, "1")
		leave()
		b.collect(1)

		require.Equal(t, "read", b.outcomeOf(t, "2"))
	})

	inBubble("takes another probe if the caller of a profile leaves", func(t *testing.T, b *batcherBundle, provider *failing) {
		b.failTimes(t, provider, down, 5)
		elapse(61 * time.Second)
		provider.err = nil
		leaving, leave := context.WithCancel(t.Context())
		b.client.profile = func(string) (providers.Profile, error) {
			leave()
			return providers.Profile{}, down
		}

		_, err := b.ReadProfile(leaving, clip.TikTok, "some.one")

		require.Error(t, err)
		require.Equal(t, "read", b.outcomeOf(t, "1"))
	})

	inBubble("answers the caller of a probe that a shutdown aborts", func(t *testing.T, b *batcherBundle, provider *failing) {
		b.failTimes(t, provider, down, 5)
		elapse(61 * time.Second)
		b.client.hold = make(chan struct{})
		b.ask(t.Context(), clip.TikTok, "1")
		elapse(time.Second)
		limited, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()

		require.ErrorIs(t, b.Close(limited), context.DeadlineExceeded)

		require.Equal(t, fault.Unavailable, fault.KindOf(b.collect(1)["1"].err))
		require.Equal(t, "shutting_down", b.outcomeOf(t, "2"))
	})
}

// requireHalfOpen says that the circuit lets one request for a post through, and another one not.
func (b *batcherBundle) requireHalfOpen(t *testing.T, first, second string) {
	t.Helper()
	b.client.hold = make(chan struct{})
	b.ask(t.Context(), clip.TikTok, first)
	elapse(time.Second)
	require.Equal(t, views.CircuitOpen, b.outcomeOf(t, second))
	close(b.client.hold)
	require.NotEqual(t, views.CircuitOpen, fault.CodeOf(b.collect(1)[first].err))
}

func TestCircuitOfVanishedPosts(t *testing.T) {
	t.Parallel()

	inBubble := func(name string, test func(t *testing.T, b *batcherBundle, provider *failing)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				provider := &failing{}
				b := newBundle(t, &scriptedClient{fetch: provider.fetch, maxBatch: 10}, providers.Options{Wait: time.Millisecond})
				b.readAll(t, clip.TikTok, append([]string{"20", "21"}, sixPosts...))
				elapse(time.Hour)
				test(t, b, provider)
			})
		})
	}
	// vanish has posts vanish at once, which opens the circuit.
	vanish := func(t *testing.T, b *batcherBundle, provider *failing, ids ...string) {
		t.Helper()
		provider.missing = gone(ids...)
		for _, reason := range b.readAll(t, clip.TikTok, ids) {
			require.Equal(t, views.Unreadable, reason)
		}
		require.Equal(t, views.CircuitOpen, b.outcomeOf(t, "20"))
	}

	inBubble("opens at once, and the answer counts as none", func(t *testing.T, b *batcherBundle, provider *failing) {
		vanish(t, b, provider, "1", "2", "3")

		last := b.recorder.attempts[len(b.recorder.attempts)-1]
		require.Equal(t, views.OutcomeManyMissing, last.Outcome)
		require.Zero(t, last.Read)
		_, err := b.Observe(t.Context(), providers.Post{Platform: clip.TikTok, ExternalID: "1"})
		require.ErrorContains(t, err, "many posts that it had read before are missing at once")
	})

	inBubble("opens although the same answer reads a few others", func(t *testing.T, b *batcherBundle, provider *failing) {
		provider.missing = gone("1", "2", "3", "4")
		b.readAll(t, clip.TikTok, sixPosts)

		require.Equal(t, views.CircuitOpen, b.outcomeOf(t, "5"))
	})

	inBubble("opens by posts that are missed one after another, with nothing read between", func(t *testing.T, b *batcherBundle, provider *failing) {
		provider.missing = gone(sixPosts...)

		require.Equal(t, views.NotFound, b.outcomeOf(t, "1"))
		require.Equal(t, views.NotFound, b.outcomeOf(t, "2"))
		require.Equal(t, views.Unreadable, b.outcomeOf(t, "3"))
		require.Equal(t, views.CircuitOpen, b.outcomeOf(t, "4"))
		elapse(61 * time.Second)
		require.Equal(t, views.Unreadable, b.outcomeOf(t, "5"), "a probe believes not even one")
		elapse(20 * time.Minute)
		require.Equal(t, views.Unreadable, b.outcomeOf(t, "1"), "and the first ones are doubted by now")
	})

	inBubble("stays closed for posts that are missed while others are read", func(t *testing.T, b *batcherBundle, provider *failing) {
		provider.missing = gone("1", "2", "3", "4")

		for _, id := range []string{"1", "2", "3", "4"} {
			require.Equal(t, views.NotFound, b.outcomeOf(t, id))
			require.Equal(t, "read", b.outcomeOf(t, "20"))
		}
		require.Zero(t, b.recorder.asked)
	})

	inBubble("stays open if a probe reads nothing", func(t *testing.T, b *batcherBundle, provider *failing) {
		vanish(t, b, provider, "1", "2", "3")
		elapse(61 * time.Second)

		require.Equal(t, views.Unreadable, b.outcomeOf(t, "1"))

		require.Equal(t, views.OutcomeManyMissing, b.recorder.attempts[len(b.recorder.attempts)-1].Outcome)
		require.Equal(t, views.CircuitOpen, b.outcomeOf(t, "20"))
		elapse(61 * time.Second)
		require.Equal(t, views.CircuitOpen, b.outcomeOf(t, "1"), "doubted posts wait for longer each time")
		require.Equal(t, "read", b.outcomeOf(t, "20"), "others do not")
	})

	inBubble("closes if a probe reads one post, and is not opened by the same posts again", func(t *testing.T, b *batcherBundle, provider *failing) {
		vanish(t, b, provider, "1", "2", "3")
		elapse(61 * time.Second)
		require.Equal(t, map[string]string{"1": views.Unreadable, "2": views.Unreadable, "3": views.Unreadable, "20": ""}, b.readAll(t, clip.TikTok, []string{"1", "2", "3", "20"}))

		for range 3 {
			elapse(time.Hour)
			require.Equal(t, views.Unreadable, b.outcomeOf(t, "1"))
			require.Equal(t, "read", b.outcomeOf(t, "20"))
		}
	})

	inBubble("lets other clips go on when a whole channel has really vanished, and believes it after a day", func(t *testing.T, b *batcherBundle, provider *failing) {
		vanish(t, b, provider, sixPosts...)

		refused := 0
		for range 25 {
			elapse(30 * time.Minute)
			b.ask(t.Context(), clip.TikTok, sixPosts...)
			b.collect(len(sixPosts))
			elapse(30 * time.Minute)
			if b.outcomeOf(t, "20") != "read" {
				refused++
			}
		}
		require.Zero(t, refused)
		require.Equal(t, gone(sixPosts...), b.readAll(t, clip.TikTok, sixPosts))
	})

	inBubble("is opened by the same posts again after a restart, by what is on record", func(t *testing.T, b *batcherBundle, provider *failing) {
		vanish(t, b, provider, "1", "2", "3")
		restarted := newBundle(t, &scriptedClient{fetch: provider.fetch}, providers.Options{Wait: time.Millisecond})
		restarted.recorder.reads = b.recorder.reads

		for _, reason := range restarted.readAll(t, clip.TikTok, []string{"1", "2", "3"}) {
			require.Equal(t, views.Unreadable, reason)
		}
		require.Equal(t, views.CircuitOpen, restarted.outcomeOf(t, "1"))
	})

	inBubble("stays closed if the database does not say what was read, and the posts are not believed to be gone", func(t *testing.T, b *batcherBundle, provider *failing) {
		b.recorder.unread = errors.New("the database does not answer")
		provider.missing = gone("1", "2", "3")

		for _, reason := range b.readAll(t, clip.TikTok, []string{"1", "2", "3"}) {
			require.Equal(t, views.Unreadable, reason)
		}
		require.Equal(t, views.OutcomePartial, b.recorder.attempts[1].Outcome)
		require.Equal(t, "read", b.outcomeOf(t, "20"))
	})

	inBubble("is neither closed nor opened by a probe while the database does not say what was read", func(t *testing.T, b *batcherBundle, provider *failing) {
		vanish(t, b, provider, sixPosts...)
		provider.missing = gone("1", "2", "3", "4", "5", "6", "20")
		b.recorder.unread = errors.New("the database does not answer")
		elapse(61 * time.Second)
		require.Equal(t, views.Unreadable, b.outcomeOf(t, "20"))

		b.requireHalfOpen(t, "20", "21")
	})

	inBubble("is not closed by a profile that is not found, and by one that is read", func(t *testing.T, b *batcherBundle, provider *failing) {
		vanish(t, b, provider, "1", "2", "3")
		elapse(61 * time.Second)
		b.client.profile = func(id string) (providers.Profile, error) {
			return providers.Profile{AuthorID: id, Missing: views.NotFound}, nil
		}
		_, err := b.ReadProfile(t.Context(), clip.TikTok, "some.one")
		require.NoError(t, err)
		b.requireHalfOpen(t, "1", "20")
		elapse(3 * time.Minute)
		b.client.profile = nil

		_, err = b.ReadProfile(t.Context(), clip.TikTok, "some.one")

		require.NoError(t, err)
		require.Equal(t, "read", b.outcomeOf(t, "20"))
	})
}
