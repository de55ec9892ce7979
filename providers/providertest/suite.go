// Package providertest holds the tests that every provider's client has to pass against
// its simulator, so that the tracking workflow can rely on one behaviour behind
// providers.Client whoever provides.
package providertest

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// Credential is the one that a Subject's simulator accepts. Characters that have to be
// escaped in a query must not help it to slip through.
const Credential = "secret/+token=1234"

// ClientConfig is what the suite varies in a client.
type ClientConfig struct {
	BaseURL      string
	Credential   string
	BodyBytesMax int64
	Timeout      time.Duration
}

// Clip is a clip that a Subject's simulator shows.
type Clip struct {
	ExternalID  string
	AuthorID    string
	PublishedAt time.Time
}

// Trouble is what a Subject's simulator does to the next request.
type Trouble struct {
	// Status, Headers and Body make the answer; an empty Body stands for the provider's
	// usual words for the status.
	Status  int
	Headers map[string]string
	Body    string
	// Reset closes the connection instead, and Hang holds it until the test is over.
	Reset bool
	Hang  bool
	// Partial leaves out every second clip, and Spoilt makes nonsense of one clip's counts.
	Partial bool
	Spoilt  bool
}

// Subject is a client with its simulator, which starts empty and accepts Credential.
type Subject struct {
	Platform clip.Platform
	BaseURL  string
	// ExternalID returns the n-th of many different ids of the platform.
	ExternalID func(n int) string
	AuthorID   string
	// NewClient returns a client; zero fields of the config stand for its defaults.
	NewClient func(config ClientConfig) (providers.Client, error)
	// Put makes the simulator show a clip, and Counts tells what it shows of it.
	Put    func(t *testing.T, clip Clip)
	Counts func(t *testing.T, externalID string) (viewed, likes, comments, shares int64)
	// Trouble scripts the next request to the simulator.
	Trouble func(t *testing.T, trouble Trouble)
	// SilenceMeans is the reason for a clip that the answer leaves out.
	SilenceMeans string
}

// Run runs the suite; setup is called for each test and returns a subject of its own.
func Run(t *testing.T, setup func(t *testing.T) Subject) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Subject){
		"reads the counters of a clip":                                        readsOneClip,
		"reads a batch of the largest size in one request":                    readsLargestBatch,
		"tells which clips do not exist":                                      tellsMissing,
		"answers for every clip when the provider leaves some out":            survivesPartial,
		"loses only the clip whose counts make no sense":                      losesOnlySpoilt,
		"refuses a batch that is empty, too large, malformed or of others":    refusesBadRequests,
		"stops when its caller does":                                          stopsWithCaller,
		"gives up on a provider that does not answer":                         givesUpOnSilence,
		"refuses an answer that is too large":                                 refusesOversized,
		"does not follow a redirect to another host":                          staysOnHost,
		"shows its credential in no error":                                    leaksNothing,
		"is denied with a wrong credential":                                   isDenied,
		"cannot be made without a credential":                                 needsCredential,
		"honours the wait that a rate limit asks for":                         honoursRetryAfter,
		"takes nonsense for an unavailable provider, never for missing clips": takesNonsenseForUnavailable,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, setup(t))
		})
	}
	t.Run("classifies", func(t *testing.T) {
		t.Parallel()
		classifies(t, setup)
	})
}

func readsOneClip(t *testing.T, subject Subject) {
	published := time.Now().Add(-30 * time.Hour).Truncate(time.Second).UTC()
	id := subject.ExternalID(1)
	subject.Put(t, Clip{ExternalID: id, AuthorID: subject.AuthorID, PublishedAt: published})
	earliest := time.Now()

	batch, err := subject.client(t, ClientConfig{}).Fetch(t.Context(), subject.Platform, []string{id})

	require.NoError(t, err)
	require.Empty(t, batch.Missing)
	reading := batch.Readings[id]
	require.WithinRange(t, reading.ObservedAt, earliest, time.Now())
	viewed, likes, comments, shares := subject.Counts(t, id)
	require.Positive(t, viewed)
	require.Equal(t, views.Reading{
		Platform: subject.Platform, ExternalID: id, AuthorID: strings.ToLower(reading.AuthorID), PublishedAt: published,
		Views: viewed, Likes: likes, Comments: comments, Shares: shares, ObservedAt: reading.ObservedAt,
	}, withLowerAuthor(reading))
	requireAuthor(t, subject, reading)
}

func withLowerAuthor(reading views.Reading) views.Reading {
	reading.AuthorID = strings.ToLower(reading.AuthorID)
	return reading
}

// requireAuthor: channel ids keep their case, handles lose it.
func requireAuthor(t *testing.T, subject Subject, reading views.Reading) {
	want := subject.AuthorID
	if subject.Platform != clip.YouTube {
		want = strings.ToLower(want)
	}
	require.Equal(t, want, reading.AuthorID)
}

func readsLargestBatch(t *testing.T, subject Subject) {
	client := subject.client(t, ClientConfig{})
	ids := subject.putMany(t, client.MaxBatch(subject.Platform))

	batch, err := client.Fetch(t.Context(), subject.Platform, ids)

	require.NoError(t, err)
	require.Empty(t, batch.Missing)
	require.Len(t, batch.Readings, len(ids))
	for _, id := range ids {
		viewed, _, _, _ := subject.Counts(t, id)
		require.Equal(t, id, batch.Readings[id].ExternalID)
		require.Equal(t, viewed, batch.Readings[id].Views, "matched by id, whatever the order")
	}
}

func tellsMissing(t *testing.T, subject Subject) {
	ids := append(subject.putMany(t, 2), subject.ExternalID(77), subject.ExternalID(78))

	batch, err := subject.client(t, ClientConfig{}).Fetch(t.Context(), subject.Platform, ids)

	require.NoError(t, err)
	require.Len(t, batch.Readings, 2)
	require.Equal(t, map[string]string{ids[2]: providers.NotFound, ids[3]: providers.NotFound}, batch.Missing)
}

func survivesPartial(t *testing.T, subject Subject) {
	ids := subject.putMany(t, 4)
	subject.Trouble(t, Trouble{Partial: true})

	batch, err := subject.client(t, ClientConfig{}).Fetch(t.Context(), subject.Platform, ids)

	require.NoError(t, err)
	require.Len(t, batch.Readings, 2)
	require.Len(t, batch.Missing, 2)
	for id, reason := range batch.Missing {
		require.Equal(t, subject.SilenceMeans, reason)
		require.NotContains(t, batch.Readings, id)
	}
}

func losesOnlySpoilt(t *testing.T, subject Subject) {
	ids := subject.putMany(t, 3)
	subject.Trouble(t, Trouble{Spoilt: true})

	batch, err := subject.client(t, ClientConfig{}).Fetch(t.Context(), subject.Platform, ids)

	require.NoError(t, err)
	require.Len(t, batch.Readings, 2)
	require.Len(t, batch.Missing, 1)
	for id, reason := range batch.Missing {
		require.Contains(t, ids, id)
		require.Equal(t, providers.Unreadable, reason)
	}
}

func refusesBadRequests(t *testing.T, subject Subject) {
	client := subject.client(t, ClientConfig{})
	tooMany := make([]string, client.MaxBatch(subject.Platform)+1)
	for i := range tooMany {
		tooMany[i] = subject.ExternalID(i)
	}

	for _, ids := range [][]string{nil, tooMany, {subject.ExternalID(1), "../../etc"}, {""}} {
		_, err := client.Fetch(t.Context(), subject.Platform, ids)
		require.Equal(t, fault.Invalid, fault.KindOf(err))
	}
	_, err := client.Fetch(t.Context(), clip.X, []string{"1"})
	require.Equal(t, fault.Invalid, fault.KindOf(err))
	require.Zero(t, client.MaxBatch(clip.X))
	require.Contains(t, client.Platforms(), subject.Platform)
}

func stopsWithCaller(t *testing.T, subject Subject) {
	subject.Trouble(t, Trouble{Hang: true})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	_, err := subject.client(t, ClientConfig{}).Fetch(ctx, subject.Platform, []string{subject.ExternalID(1)})

	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
}

func givesUpOnSilence(t *testing.T, subject Subject) {
	subject.Trouble(t, Trouble{Hang: true})

	_, err := subject.client(t, ClientConfig{Timeout: 50 * time.Millisecond}).Fetch(t.Context(), subject.Platform, []string{subject.ExternalID(1)})

	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
}

func refusesOversized(t *testing.T, subject Subject) {
	subject.Trouble(t, Trouble{Status: http.StatusOK, Body: strings.Repeat(" ", 5000) + "[]"})

	_, err := subject.client(t, ClientConfig{BodyBytesMax: 4096}).Fetch(t.Context(), subject.Platform, []string{subject.ExternalID(1)})

	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	require.Equal(t, "provider_answer_too_large", fault.CodeOf(err))
}

func staysOnHost(t *testing.T, subject Subject) {
	subject.Trouble(t, Trouble{Status: http.StatusTemporaryRedirect, Headers: map[string]string{"Location": "http://other.invalid/"}, Body: "{}"})

	_, err := subject.client(t, ClientConfig{}).Fetch(t.Context(), subject.Platform, []string{subject.ExternalID(1)})

	require.Equal(t, "provider_redirects", fault.CodeOf(err))
}

func isDenied(t *testing.T, subject Subject) {
	_, err := subject.client(t, ClientConfig{Credential: "another"}).Fetch(t.Context(), subject.Platform, []string{subject.ExternalID(1)})

	require.Equal(t, fault.Denied, fault.KindOf(err))
}

func needsCredential(t *testing.T, subject Subject) {
	_, err := subject.NewClient(ClientConfig{BaseURL: subject.BaseURL})

	require.Equal(t, "missing_credential", fault.CodeOf(err))
}

// client returns a client of the subject's simulator with its credential, unless the
// config says otherwise.
func (s Subject) client(t *testing.T, config ClientConfig) providers.Client {
	t.Helper()
	if config.BaseURL == "" {
		config.BaseURL = s.BaseURL
	}
	if config.Credential == "" {
		config.Credential = Credential
	}
	client, err := s.NewClient(config)
	require.NoError(t, err)
	return client
}

func (s Subject) putMany(t *testing.T, count int) []string {
	t.Helper()
	ids := make([]string, 0, count)
	for n := range count {
		id := s.ExternalID(n)
		s.Put(t, Clip{ExternalID: id, AuthorID: s.AuthorID, PublishedAt: time.Now().Add(-time.Duration(n+1) * time.Hour)})
		ids = append(ids, id)
	}
	return ids
}
