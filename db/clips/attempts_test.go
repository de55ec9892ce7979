package clips_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

// attempt records a request of apify for tiktok, some minutes after the start of the test.
func (s *scene) attempt(t *testing.T, minute int, outcome string, change func(*views.Attempt)) {
	t.Helper()
	attempt := views.Attempt{
		ID: uuid.NewString(), Provider: "apify", Platform: clip.TikTok, Clips: 5, Outcome: outcome,
		StartedAt: world.Now.Add(time.Duration(minute) * time.Minute),
	}
	if change != nil {
		change(&attempt)
	}
	require.NoError(t, s.Clips.RecordAttempt(t.Context(), attempt))
}

func read(many int) func(*views.Attempt) { return func(a *views.Attempt) { a.Read = many } }

func TestLastReads(t *testing.T) {
	t.Parallel()

	t.Run("are those of the provider, over all clips of a post", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 2)
		for creator := range 2 {
			s.claim(t, creator, author)
			id := s.submit(t, creator, "71")
			s.verify(t, id, author)
			s.read(t, id, int64(100+creator))
		}
		unread := s.submit(t, 0, "72")
		s.verify(t, unread, author)

		reads, err := s.Clips.LastReads(t.Context(), "apify", clip.TikTok, []string{"71", "72", "73"})
		require.NoError(t, err)
		byAnother, err := s.Clips.LastReads(t.Context(), "rapidapi", clip.TikTok, []string{"71"})
		require.NoError(t, err)
		elsewhere, err := s.Clips.LastReads(t.Context(), "apify", clip.X, []string{"71"})
		require.NoError(t, err)

		require.Len(t, reads, 1)
		require.WithinDuration(t, world.Now, reads["71"], 0)
		require.Empty(t, byAnother)
		require.Empty(t, elsewhere)
	})
}

func TestProviderTroubles(t *testing.T) {
	t.Parallel()
	at := func(minute int) time.Time { return world.Now.Add(time.Duration(minute) * time.Minute) }
	of := func(t *testing.T, s *scene, minute int) []views.Trouble {
		t.Helper()
		troubles, err := s.Clips.ListTroubles(t.Context(), at(minute))
		require.NoError(t, err)
		return troubles
	}

	for name, tc := range map[string]struct {
		record func(t *testing.T, s *scene)
		want   []views.Trouble
	}{
		"are none after a good answer": {func(t *testing.T, s *scene) {
			s.attempt(t, 1, views.OutcomeUnavailable, nil)
			s.attempt(t, 2, views.OutcomeManyMissing, nil)
			s.attempt(t, 3, views.OutcomePartial, read(1))
		}, []views.Trouble{}},
		"are none if the provider only limits the rate": {func(t *testing.T, s *scene) {
			s.attempt(t, 1, views.OutcomeOK, read(5))
			s.attempt(t, 2, views.OutcomeRateLimited, nil)
		}, []views.Trouble{}},
		"are the failures since the last answer, whatever was read": {func(t *testing.T, s *scene) {
			s.attempt(t, 1, views.OutcomeDenied, nil)
			s.attempt(t, 2, views.OutcomeOK, nil)
			s.attempt(t, 3, views.OutcomeUnavailable, nil)
			s.attempt(t, 4, views.OutcomeRateLimited, nil)
			s.attempt(t, 5, views.OutcomeDenied, nil)
		}, []views.Trouble{{Provider: "apify", Platform: clip.TikTok, AskedAt: at(5), Failed: 2, FailingSince: at(3), Failures: []string{"denied", "unavailable"}}}},
		"are the posts that vanished since a post was read": {func(t *testing.T, s *scene) {
			s.attempt(t, 1, views.OutcomeOK, read(5))
			s.attempt(t, 2, views.OutcomeManyMissing, read(2))
			s.attempt(t, 3, views.OutcomeOK, nil)
			s.attempt(t, 4, views.OutcomeManyMissing, nil)
		}, []views.Trouble{{Provider: "apify", Platform: clip.TikTok, AskedAt: at(4), Vanished: 2, VanishedSince: at(2), Failures: []string{}}}},
		"are of one platform, whatever the other one answers": {func(t *testing.T, s *scene) {
			s.attempt(t, 1, views.OutcomeManyMissing, nil)
			s.attempt(t, 2, views.OutcomeOK, func(a *views.Attempt) { a.Platform, a.Read = clip.Instagram, 5 })
			s.attempt(t, 3, views.OutcomeOK, func(a *views.Attempt) { a.Provider, a.Read = "rapidapi", 5 })
		}, []views.Trouble{{Provider: "apify", Platform: clip.TikTok, AskedAt: at(1), Vanished: 1, VanishedSince: at(1), Failures: []string{}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup(t, 0)
			tc.record(t, s)

			require.Equal(t, tc.want, of(t, s, 10))
		})
	}

	t.Run("end a day after the provider was last asked", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 0)
		s.attempt(t, 1, views.OutcomeDenied, nil)

		require.Len(t, of(t, s, 24*60), 1)
		require.Empty(t, of(t, s, 24*60+2))
	})

	t.Run("need no more clips read than asked for", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 0)

		err := s.Clips.RecordAttempt(t.Context(), views.Attempt{ID: uuid.NewString(), Provider: "apify", Platform: clip.TikTok, Clips: 1, Read: 2, Outcome: views.OutcomeOK, StartedAt: world.Now})

		require.Equal(t, fault.Invalid, fault.KindOf(err))
	})
}

// question returns the text of a query with values in the place of its parameters.
func question(t *testing.T, name string, values ...string) string {
	t.Helper()
	text, err := os.ReadFile("../queries/clips/providers.sql")
	require.NoError(t, err)
	_, after, found := strings.Cut(string(text), "-- name: "+name+" :many\n")
	require.True(t, found)
	query, _, _ := strings.Cut(after, ";")
	return strings.NewReplacer(values...).Replace(query)
}

// planNode is what a test wants to know of a plan.
type planNode struct {
	Type  string     `json:"Node Type"`
	Rows  float64    `json:"Actual Rows"`
	Loops float64    `json:"Actual Loops"`
	Plans []planNode `json:"Plans"`
}

func (n planNode) walk(visit func(planNode)) {
	visit(n)
	for _, child := range n.Plans {
		child.walk(visit)
	}
}

// The tables have millions of rows, and callers wait for one of the answers.
func TestProviderQuestionsUseIndexes(t *testing.T) {
	t.Parallel()
	explain := func(t *testing.T, s *scene, settings, query string) (types []string, rows float64) {
		t.Helper()
		owner := dbtest.Connect(t, s.URL)
		_, err := owner.Exec(t.Context(), settings)
		require.NoError(t, err)
		var plan []struct {
			Plan planNode `json:"Plan"`
		}
		require.NoError(t, owner.QueryRow(t.Context(), "EXPLAIN (ANALYZE, FORMAT JSON) "+query).Scan(&plan))
		plan[0].Plan.walk(func(n planNode) { types, rows = append(types, n.Type), rows+n.Rows*n.Loops })
		return types, rows
	}

	t.Run("for the last readings of posts", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 0)

		types, _ := explain(t, s, "SET enable_seqscan = off", question(t, "ListLastReads", "@provider", "'apify'", "@platform", "'tiktok'", "@external_ids", "'{71,72}'"))

		require.NotContains(t, types, "Seq Scan")
	})

	t.Run("for the troubles of providers, however many attempts there are", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 0)
		owner := dbtest.Connect(t, s.URL)
		_, err := owner.Exec(t.Context(), `INSERT INTO provider_attempts (id, provider, platform, clips, outcome, cost_micros, started_at, latency_ms, clips_read)
			SELECT gen_random_uuid(), provider, 'tiktok', 1, 'ok', 0, $1::timestamptz + n * interval '1 second', 1, 1
			  FROM generate_series(1, 10000) AS n, unnest('{apify,rapidapi}'::text[]) AS provider`, world.Now)
		require.NoError(t, err)
		_, err = owner.Exec(t.Context(), "ANALYZE provider_attempts")
		require.NoError(t, err)

		types, rows := explain(t, s, "SET jit = off", question(t, "ListProviderTroubles", "@since", "'2020-01-01'", "@asked_after", "'2020-01-01'"))

		require.NotContains(t, types, "Seq Scan")
		require.Less(t, rows, 100.0)
	})
}
