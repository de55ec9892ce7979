package providers_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// vanishing is a provider that finds all posts but the named ones.
type vanishing struct{ missing map[string]string }

func (v *vanishing) fetch(ids []string) (providers.Batch, error) {
	batch := providers.Batch{Readings: map[string]views.Reading{}, Missing: map[string]string{}}
	for _, id := range ids {
		if reason := v.missing[id]; reason != "" {
			batch.Missing[id] = reason
			continue
		}
		batch.Readings[id] = views.Reading{Platform: clip.TikTok, ExternalID: id, Views: viewsOf(id)}
	}
	return batch, nil
}

// gone makes posts missing.
func gone(ids ...string) map[string]string {
	missing := map[string]string{}
	for _, id := range ids {
		missing[id] = views.NotFound
	}
	return missing
}

// readAll reads posts in one request, and returns why each is missing, or "" for one that was read.
func (b *batcherBundle) readAll(t *testing.T, platform clip.Platform, ids []string) map[string]string {
	t.Helper()
	b.ask(t.Context(), platform, ids...)
	reasons := map[string]string{}
	for id, got := range b.collect(len(ids)) {
		require.NoError(t, got.err)
		reasons[id] = got.observation.Missing
	}
	return reasons
}

func TestPostsThatVanishAtOnce(t *testing.T) {
	t.Parallel()

	all := []string{"1", "2", "3", "4", "5", "6"}
	for name, tc := range map[string]struct {
		missing map[string]string
		// later is how long after they were found they are missing.
		later   time.Duration
		want    map[string]string
		outcome string
	}{
		"are doubted": {
			gone("1", "2", "3", "4"), time.Hour,
			map[string]string{"1": views.Unreadable, "2": views.Unreadable, "3": views.Unreadable, "4": views.Unreadable, "5": "", "6": ""},
			views.OutcomeManyMissing,
		},
		"are doubted although they are old, and were read three days before": {
			gone("1", "2", "3", "4"), 73 * time.Hour,
			map[string]string{"1": views.Unreadable, "2": views.Unreadable, "3": views.Unreadable, "4": views.Unreadable, "5": "", "6": ""},
			views.OutcomeManyMissing,
		},
		"are doubted if all of them do": {
			gone(all...), time.Hour,
			map[string]string{"1": views.Unreadable, "2": views.Unreadable, "3": views.Unreadable, "4": views.Unreadable, "5": views.Unreadable, "6": views.Unreadable},
			views.OutcomeManyMissing,
		},
		"are believed if they are few": {
			gone("1", "2"), time.Hour,
			map[string]string{"1": views.NotFound, "2": views.NotFound, "3": "", "4": "", "5": "", "6": ""},
			views.OutcomeOK,
		},
		"are believed if they were found long ago": {
			gone("1", "2", "3", "4"), 81 * time.Hour,
			map[string]string{"1": views.NotFound, "2": views.NotFound, "3": views.NotFound, "4": views.NotFound, "5": "", "6": ""},
			views.OutcomeOK,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				provider := &vanishing{}
				b := newBundle(t, &scriptedClient{fetch: provider.fetch, maxBatch: len(all)}, providers.Options{})
				b.readAll(t, clip.TikTok, all)

				time.Sleep(tc.later)
				provider.missing = tc.missing
				got := b.readAll(t, clip.TikTok, all)

				require.Equal(t, tc.want, got)
				require.Equal(t, tc.outcome, b.recorder.attempts[1].Outcome)
			})
		})
	}

	t.Run("are believed if they were never found", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			provider := &vanishing{missing: gone(all...)}
			b := newBundle(t, &scriptedClient{fetch: provider.fetch, maxBatch: len(all)}, providers.Options{})

			got := b.readAll(t, clip.TikTok, all)

			require.Equal(t, gone(all...), got)
		})
	})

	t.Run("are believed after a day of doubt", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			provider := &vanishing{}
			b := newBundle(t, &scriptedClient{fetch: provider.fetch, maxBatch: len(all)}, providers.Options{})
			b.readAll(t, clip.TikTok, all)
			provider.missing = gone(all...)

			for range 24 {
				time.Sleep(50 * time.Minute)
				for _, reason := range b.readAll(t, clip.TikTok, all) {
					require.Equal(t, views.Unreadable, reason)
				}
			}
			time.Sleep(5 * time.Hour)

			require.Equal(t, gone(all...), b.readAll(t, clip.TikTok, all))
		})
	})

	t.Run("of another platform do not matter", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			provider := &vanishing{}
			b := newBundle(t, &scriptedClient{fetch: provider.fetch, maxBatch: len(all)}, providers.Options{})
			b.readAll(t, clip.TikTok, all)
			provider.missing = gone(all...)

			require.Equal(t, gone(all...), b.readAll(t, clip.X, all))
		})
	})
}

func TestUnreadablePosts(t *testing.T) {
	t.Parallel()

	for name, tc := range map[string]struct {
		ids   []string
		lost  map[string]string
		later time.Duration
		alone bool
	}{
		"are alone if the same request reads others": {[]string{"1", "2"}, map[string]string{"1": views.Unreadable}, 2 * time.Hour, true},
		"are alone if the provider reads others":     {[]string{"1"}, map[string]string{"1": views.Unreadable}, 10 * time.Minute, true},
		"are not alone if it has read none lately":   {[]string{"1"}, map[string]string{"1": views.Unreadable}, 2 * time.Hour, false},
		"are not alone if many have vanished":        {[]string{"1", "2", "3", "4"}, gone("1", "2", "3", "4"), 10 * time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				provider := &vanishing{}
				b := newBundle(t, &scriptedClient{fetch: provider.fetch}, providers.Options{})
				b.readAll(t, clip.TikTok, []string{"1", "2", "3", "4"})
				time.Sleep(tc.later)
				provider.missing = tc.lost

				b.ask(t.Context(), clip.TikTok, tc.ids...)
				got := b.collect(len(tc.ids))

				require.Equal(t, views.Unreadable, got["1"].observation.Missing)
				require.Equal(t, tc.alone, got["1"].observation.Alone)
			})
		})
	}
}
