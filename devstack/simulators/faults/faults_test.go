package faults

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type bundle struct {
	script  *Script
	journal *Journal
	effects *atomic.Int64
	url     string
}

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{script: NewScript(nil), journal: NewJournal(time.Now), effects: &atomic.Int64{}}
	work := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rule, ok := Inside(r.Context()); ok {
			http.Error(w, rule.Code, rule.AnswerStatus())
			return
		}
		b.effects.Add(1)
		body, _ := io.ReadAll(r.Body)
		b.journal.Append(Entry{Kind: "thing.applied", ObjectID: string(body)})
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(body)
	})
	mux := http.NewServeMux()
	mux.Handle("/_sim/", Control("/_sim", b.script, b.journal))
	mux.Handle("/", b.script.Middleware(b.journal, work))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Cleanup(func() { b.script.Remove("") })
	b.url = server.URL
	return b
}

func (b *bundle) add(t *testing.T, rule Rule) Rule {
	t.Helper()
	added, err := b.script.Add(rule)
	require.NoError(t, err)
	return added
}

func (b *bundle) post(ctx context.Context, path, body string) (int, string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Idempotency-Key", "key")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, string(answer), err
}

func TestScript(t *testing.T) {
	t.Parallel()

	t.Run("lets requests through when no rule matches", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.add(t, Rule{Path: "/other", Action: ServerError})

		status, body, err := b.post(t.Context(), "/things", "a")

		require.NoError(t, err)
		require.Equal(t, http.StatusCreated, status)
		require.Equal(t, "a", body)
	})

	t.Run("refuses with the status and code of the rule and has no effect", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.add(t, Rule{Action: Refuse, Status: 402, Code: "no_money"})

		status, body, err := b.post(t.Context(), "/things", "a")

		require.NoError(t, err)
		require.Equal(t, 402, status)
		require.Contains(t, body, "no_money")
		require.Zero(t, b.effects.Load())
	})

	t.Run("applies from the nth request on, and only count times", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.add(t, Rule{Path: "/things/*", Action: ServerError, Nth: 2, Count: 2})

		var statuses []int
		for range 4 {
			status, _, err := b.post(t.Context(), "/things/1", "a")
			require.NoError(t, err)
			statuses = append(statuses, status)
		}

		require.Equal(t, []int{201, 500, 500, 201}, statuses)
	})

	t.Run("applies only to requests that contain the given text", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.add(t, Rule{Contains: "poison", Action: RateLimit, RetryAfterSeconds: 7, Count: Forever})

		clean, _, err := b.post(t.Context(), "/things", "water")
		require.NoError(t, err)
		spoilt, _, err := b.post(t.Context(), "/things", "poison")
		require.NoError(t, err)

		require.Equal(t, http.StatusCreated, clean)
		require.Equal(t, http.StatusTooManyRequests, spoilt)
	})

	t.Run("closes the connection before the effect", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.add(t, Rule{Action: ResetBefore})

		_, _, err := b.post(t.Context(), "/things", "a")

		require.Error(t, err)
		require.Zero(t, b.effects.Load())
	})

	t.Run("closes the connection after the effect, and the client does not resend by itself", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		_, _, err := b.post(t.Context(), "/things", "warms the connection")
		require.NoError(t, err)
		b.add(t, Rule{Action: ResetAfter})

		_, _, err = b.post(t.Context(), "/things", "a")

		require.Error(t, err)
		require.Equal(t, int64(2), b.effects.Load())
	})

	t.Run("spoils the answer of an effect that stays", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.add(t, Rule{Action: Garbage, AfterEffect: true})

		status, body, err := b.post(t.Context(), "/things", "a")

		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status)
		require.False(t, json.Valid([]byte(body)))
		require.Equal(t, int64(1), b.effects.Load())
	})

	t.Run("holds a request until it is released", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		rule := b.add(t, Rule{Action: Hang})
		statuses := make(chan int, 1)
		go func() {
			status, _, _ := b.post(context.WithoutCancel(t.Context()), "/things", "a")
			statuses <- status
		}()
		_, err := b.journal.Wait(t.Context(), 0, func(e Entry) bool { return e.Fault == Hang })
		require.NoError(t, err)
		require.Zero(t, b.effects.Load())

		b.script.Release(rule.ID)

		require.Equal(t, http.StatusCreated, <-statuses)
		require.Equal(t, int64(1), b.effects.Load())
	})

	t.Run("a caller that disconnects from a held request causes no effect", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.add(t, Rule{Action: Hang})
		ctx, disconnect := context.WithCancel(t.Context())
		failed := make(chan error, 1)
		go func() {
			_, _, err := b.post(ctx, "/things", "a")
			failed <- err
		}()
		_, err := b.journal.Wait(t.Context(), 0, func(e Entry) bool { return e.Fault == Hang })
		require.NoError(t, err)

		disconnect()

		require.ErrorIs(t, <-failed, context.Canceled)
		_, err = b.journal.Wait(t.Context(), 0, func(e Entry) bool { return e.Kind == KindAnswer })
		require.NoError(t, err)
		require.Zero(t, b.effects.Load())
	})

	t.Run("goes on after a delay", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.add(t, Rule{Action: Delay, DurationMs: 1})

		status, _, err := b.post(t.Context(), "/things", "a")

		require.NoError(t, err)
		require.Equal(t, http.StatusCreated, status)
	})

	t.Run("leaves a rule marked inside to the handler", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.add(t, Rule{Action: Refuse, Inside: true, Status: 409, Code: "handled inside"})

		status, body, err := b.post(t.Context(), "/things", "a")

		require.NoError(t, err)
		require.Equal(t, 409, status)
		require.Contains(t, body, "handled inside")
	})

	t.Run("refuses rules that make no sense", func(t *testing.T) {
		t.Parallel()
		for _, rule := range []Rule{{Action: "explode"}, {Action: Delay}, {Action: Refuse, Path: "[", Status: 400}, {Action: Refuse, Status: 42}} {
			_, err := NewScript(nil).Add(rule)

			require.Error(t, err, "%+v", rule)
		}
	})
}

func TestControl(t *testing.T) {
	t.Parallel()

	t.Run("rules are added, counted and deleted over HTTP", func(t *testing.T) {
		t.Parallel()
		b := setup(t)

		status, _, err := b.post(t.Context(), "/_sim/faults", `{"path":"/things","action":"5xx","status":503}`)
		require.NoError(t, err)
		require.Equal(t, http.StatusCreated, status)
		status, _, err = b.post(t.Context(), "/things", "a")
		require.NoError(t, err)
		require.Equal(t, http.StatusServiceUnavailable, status)

		require.Equal(t, 1, b.script.Rules()[0].Fired)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, b.url+"/_sim/faults", nil)
		require.NoError(t, err)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Empty(t, b.script.Rules())
	})

	t.Run("a list with one bad rule adds none", func(t *testing.T) {
		t.Parallel()
		b := setup(t)

		status, _, err := b.post(t.Context(), "/_sim/faults", `{"rules":[{"action":"5xx"},{"action":"explode"}]}`)

		require.NoError(t, err)
		require.Equal(t, http.StatusBadRequest, status)
		require.Empty(t, b.script.Rules())
	})

	t.Run("the journal numbers requests, effects and answers, and can be read from a number on", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		_, _, err := b.post(t.Context(), "/things", "a")
		require.NoError(t, err)

		response, err := http.Get(b.url + "/_sim/journal?after=1&kind=thing.applied&kind=answer")
		require.NoError(t, err)
		defer func() { _ = response.Body.Close() }()
		var got struct {
			Entries []Entry `json:"entries"`
		}
		require.NoError(t, json.NewDecoder(response.Body).Decode(&got))

		require.Len(t, got.Entries, 2)
		require.Equal(t, "thing.applied", got.Entries[0].Kind)
		require.Equal(t, "a", got.Entries[0].ObjectID)
		require.Equal(t, int64(1), got.Entries[1].Request)
		require.Equal(t, http.StatusCreated, got.Entries[1].Status)
	})
}

func TestJournal(t *testing.T) {
	t.Parallel()

	t.Run("keeps its numbers when it is restored from its effects", func(t *testing.T) {
		t.Parallel()
		journal := NewJournal(time.Now)
		for _, kind := range []string{KindRequest, "thing.applied", KindAnswer, KindRequest, "thing.removed"} {
			journal.Append(Entry{Kind: kind})
		}

		restored := NewJournal(time.Now)
		restored.Replace(journal.Effects())
		next := restored.Append(Entry{Kind: "thing.applied"})

		require.Equal(t, int64(6), next.Seq)
		after := restored.Entries(2)
		require.Len(t, after, 2)
		require.Equal(t, "thing.removed", after[0].Kind)
		require.Len(t, restored.Entries(0, "thing.applied"), 2)
		require.Equal(t, 2, restored.Count("thing.applied"))
	})

	t.Run("counts the lines that it no longer keeps", func(t *testing.T) {
		t.Parallel()
		journal := NewJournal(time.Now)
		journal.Append(Entry{Kind: "thing.applied"})
		for range maxJournalEntries {
			journal.Append(Entry{Kind: KindRequest})
		}

		require.Empty(t, journal.Entries(0, "thing.applied"))
		require.Equal(t, 1, journal.Count("thing.applied"))
		require.Equal(t, maxJournalEntries, journal.Count(KindRequest))
	})

	t.Run("waits for a line that is not there yet", func(t *testing.T) {
		t.Parallel()
		journal := NewJournal(time.Now)
		go journal.Append(Entry{Kind: "thing.applied", ObjectID: "a"})

		found, err := journal.Wait(t.Context(), 0, func(e Entry) bool { return e.Kind == "thing.applied" })

		require.NoError(t, err)
		require.Equal(t, "a", found.ObjectID)
	})

	t.Run("stops waiting when its context ends", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()

		_, err := NewJournal(time.Now).Wait(ctx, 0, func(Entry) bool { return true })

		require.ErrorIs(t, err, context.Canceled)
	})
}
