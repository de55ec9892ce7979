package providers_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// memoryCounter is what workers share.
type memoryCounter struct {
	mu     sync.Mutex
	states map[string]views.QuotaState
	asked  int
	err    error
}

func (c *memoryCounter) TakeQuota(_ context.Context, _ string, uses []views.QuotaUse, now time.Time) (views.QuotaRefusal, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	if c.err != nil {
		return views.QuotaRefusal{}, c.err
	}
	return views.TakeQuotas(c.states, uses, now), nil
}

func (c *memoryCounter) BlockQuota(_ context.Context, _ string, uses []views.QuotaUse, until time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, use := range uses {
		state := c.states[use.Name]
		state.BlockedUntil = until
		c.states[use.Name] = state
	}
	return c.err
}

func TestBatcherAndQuotas(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	inBubble := func(name string, test func(t *testing.T)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, test)
		})
	}
	// worker is one of several with the same counter. A request for posts and one for a profile cost a unit each.
	worker := func(t *testing.T, counter *memoryCounter, client *scriptedClient, limits views.Limits) *batcherBundle {
		return newBundle(t, client, providers.Options{
			Counter: counter, Quotas: []providers.Quota{{Name: "units", PostUnits: 1, ProfileUnits: 1, Limits: limits}},
		})
	}
	newCounter := func() *memoryCounter { return &memoryCounter{states: map[string]views.QuotaState{}} }
	tiktok := func(id string) providers.Post { return providers.Post{Platform: clip.TikTok, ExternalID: id} }
	requireRefused := func(t *testing.T, err error, code string, after time.Duration) {
		t.Helper()
		found, ok := fault.As(err)
		require.True(t, ok)
		require.Equal(t, fault.RateLimited, found.Kind)
		require.Equal(t, code, found.Code)
		require.Equal(t, after, found.RetryAfter)
	}

	inBubble("asks nothing beyond a quota, for posts and profiles of all workers together", func(t *testing.T) {
		counter, limits := newCounter(), views.Limits{Day: views.DayQuota{Units: 3}}
		one, two := worker(t, counter, &scriptedClient{}, limits), worker(t, counter, &scriptedClient{}, limits)

		_, err := one.Observe(ctx, tiktok("11"))
		require.NoError(t, err)
		_, err = two.ReadProfile(ctx, clip.TikTok, "ann")
		require.NoError(t, err)
		_, err = two.Observe(ctx, tiktok("11"))
		require.NoError(t, err)
		start := time.Now()
		midnight := start.Truncate(24 * time.Hour).Add(24 * time.Hour)
		_, err = one.Observe(ctx, tiktok("12"))

		requireRefused(t, err, views.QuotaExhausted, time.Until(midnight))
		require.Len(t, one.client.requests, 1)
		require.Len(t, one.recorder.attempts, 1, "nothing was sent, so nothing is recorded")
		_, err = two.ReadProfile(ctx, clip.TikTok, "ann")
		requireRefused(t, err, views.QuotaExhausted, time.Until(midnight))
		elapse(time.Until(midnight))
		_, err = one.Observe(ctx, tiktok("12"))
		require.NoError(t, err)
	})

	inBubble("believes a refusal for a minute", func(t *testing.T) {
		counter := newCounter()
		b := worker(t, counter, &scriptedClient{}, views.Limits{Day: views.DayQuota{Units: 1}})
		_, err := b.Observe(ctx, tiktok("11"))
		require.NoError(t, err)

		for range 5 {
			_, err := b.Observe(ctx, tiktok("12"))
			require.Equal(t, views.QuotaExhausted, fault.CodeOf(err))
		}
		require.Equal(t, 2, counter.asked)
		delete(counter.states, "units") // a person has raised it
		elapse(time.Minute)
		_, err = b.Observe(ctx, tiktok("12"))
		require.NoError(t, err)
	})

	inBubble("waits for a rate that is free in a moment", func(t *testing.T) {
		b := worker(t, newCounter(), &scriptedClient{maxBatch: 2}, views.Limits{Rate: views.Rate{Units: 1, Per: 5 * time.Second}})
		start := time.Now()

		b.ask(ctx, clip.TikTok, "11")
		elapse(wait)
		b.ask(ctx, clip.TikTok, "12", "13")
		for _, got := range b.collect(3) {
			require.NoError(t, got.err)
		}

		require.Equal(t, [][]string{{"11"}, {"12", "13"}}, b.client.requests)
		require.Equal(t, wait+5*time.Second, time.Since(start))
	})

	inBubble("blocks a provider for all workers until the reset that it names", func(t *testing.T) {
		counter, limited := newCounter(), fault.New(fault.RateLimited, views.ProviderQuotaExceeded, "later").After(3*time.Hour)
		one := worker(t, counter, &scriptedClient{fetch: func([]string) (providers.Batch, error) { return providers.Batch{}, limited }}, views.Limits{})
		two := worker(t, counter, &scriptedClient{}, views.Limits{})

		_, err := one.Observe(ctx, tiktok("11"))
		requireRefused(t, err, views.ProviderQuotaExceeded, 3*time.Hour)
		_, err = one.Observe(ctx, tiktok("11"))
		requireRefused(t, err, views.ProviderLimited, 3*time.Hour)
		elapse(time.Hour)
		_, err = two.Observe(ctx, tiktok("11"))

		requireRefused(t, err, views.ProviderLimited, 2*time.Hour-wait)
		require.Len(t, one.client.requests, 1)
		require.Empty(t, two.client.requests)
		require.Equal(t, views.OutcomeRateLimited, one.recorder.attempts[0].Outcome)
		elapse(2 * time.Hour)
		_, err = two.Observe(ctx, tiktok("11"))
		require.NoError(t, err)
	})

	inBubble("blocks a provider for a minute that names no reset, and no circuit opens", func(t *testing.T) {
		counter, limited := newCounter(), true
		b := worker(t, counter, &scriptedClient{fetch: func(ids []string) (providers.Batch, error) {
			if limited {
				return providers.Batch{}, fault.New(fault.RateLimited, views.ProviderLimited, "later")
			}
			return providers.Batch{Readings: map[string]views.Reading{ids[0]: {Views: 1}}}, nil
		}}, views.Limits{})

		for range 10 {
			_, err := b.Observe(ctx, tiktok("11"))
			requireRefused(t, err, views.ProviderLimited, time.Minute)
			elapse(time.Minute)
		}
		limited = false
		_, err := b.Observe(ctx, tiktok("11"))

		require.NoError(t, err)
		require.Len(t, b.client.requests, 11)
	})

	inBubble("blocks for a profile too", func(t *testing.T) {
		counter := newCounter()
		b := worker(t, counter, &scriptedClient{profile: func(string) (providers.Profile, error) {
			return providers.Profile{}, fault.New(fault.RateLimited, views.ProviderLimited, "later").After(time.Hour)
		}}, views.Limits{})

		_, err := b.ReadProfile(ctx, clip.TikTok, "ann")
		requireRefused(t, err, views.ProviderLimited, time.Hour)
		_, err = b.Observe(ctx, tiktok("11"))

		requireRefused(t, err, views.ProviderLimited, time.Hour-wait)
	})

	inBubble("asks nothing while the count is not known", func(t *testing.T) {
		counter := newCounter()
		counter.err = errors.New("the database does not answer")
		b := worker(t, counter, &scriptedClient{}, views.Limits{})

		_, err := b.Observe(ctx, tiktok("11"))
		_, profileErr := b.ReadProfile(ctx, clip.TikTok, "ann")

		for _, err := range []error{err, profileErr} {
			require.Equal(t, fault.Unavailable, fault.KindOf(err))
			require.Equal(t, "quota_unknown", fault.CodeOf(err))
		}
		require.Empty(t, b.client.requests)
		require.Empty(t, b.recorder.attempts)
	})
}

func TestQuotaSettings(t *testing.T) {
	t.Parallel()
	registered := []providers.Registration{
		{Name: "youtube", Quotas: []providers.Quota{{Name: "units", PostUnits: 1, ProfileUnits: 1, Limits: views.Limits{Day: views.DayQuota{Units: 10_000, Zone: "America/Los_Angeles"}}}}},
		{Name: "x", Quotas: []providers.Quota{{Name: "posts", PostUnits: 1}, {Name: "profiles", ProfileUnits: 1}}},
		{Name: "apify"},
	}

	t.Run("change limits, and keep the provider's time zone", func(t *testing.T) {
		t.Parallel()
		all, err := providers.Quotas(registered, "youtube=50000/d, x/posts=1000/15m, apify=30/1s,apify=9000/30d")

		require.NoError(t, err)
		require.Equal(t, views.DayQuota{Units: 50_000, Zone: "America/Los_Angeles"}, all["youtube"][0].Limits.Day)
		require.Equal(t, views.Rate{Units: 1_000, Per: 15 * time.Minute}, all["x"][0].Limits.Rate)
		require.Zero(t, all["x"][1].Limits)
		require.Equal(t, views.Rate{Units: 9_000, Per: 720 * time.Hour}, all["apify"][0].Limits.Rate)
		require.Equal(t, int64(10_000), registered[0].Quotas[0].Limits.Day.Units, "the registration is as it was")
	})

	for name, setting := range map[string]string{
		"no limit":                 "youtube",
		"an unknown provider":      "vimeo=1/d",
		"an unknown quota":         "youtube/days=1/d",
		"no quota where are two":   "x=1/d",
		"no time":                  "apify=5",
		"a time that is not one":   "apify=5/day",
		"days that are no number":  "apify=5/xd",
		"units that are no number": "apify=many/d",
		"no units":                 "apify=0/d",
		"a time that is too long":  "apify=5/999d",
	} {
		t.Run("are refused with "+name, func(t *testing.T) {
			t.Parallel()
			_, err := providers.Quotas(registered, setting)

			require.Equal(t, fault.Invalid, fault.KindOf(err))
			require.Equal(t, "invalid_quota", fault.CodeOf(err))
			require.NotContains(t, err.Error(), "\n")
		})
	}
}
