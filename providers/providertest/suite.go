// Package providertest holds the conformance suite for providers. Every client passes it
// against the simulator of its API, so that the tracking workflow sees one behaviour for all
// of them.
//
// The code "stale_profile" shows the text before the latest change of a profile.
//
// A provider's tests call [Run] with its registration and its simulator; a test in
// cmd/creditroll fails for a registered provider whose tests do not. The suite scripts faults
// at the simulator. For it the simulator has to know two faults that are marked inside, with
// the codes "partial" (every second clip is left out, or the only one), "spoilt_counts" (the counts of one
// clip are nonsense) and "spoilt_reactions" (only its likes and comments are). It also has to show the kinds of
// clips without a counter that Subject.Kinds names.
package providertest

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// Subject is a provider under test.
type Subject struct {
	Registration providers.Registration
	// NewSimulator returns a simulator without clips that accepts Credential and nothing else.
	NewSimulator func() *catalog.Simulator
	// SilenceMeans is the reason for a clip that an answer leaves out.
	SilenceMeans string
	// LeavesOut are the platforms on which the provider leaves out what does not exist, so that it never says so.
	LeavesOut []clip.Platform
	// Counters are the names of the counters in an answer about clips.
	Counters map[clip.Platform]Counters
	// WithoutShares are the platforms for which the provider reports no shares.
	WithoutShares []clip.Platform
	// Kinds are the posts without a counter that the provider tells apart, by the kind that the simulator
	// shows.
	Kinds map[clip.Platform]map[string]clip.Counterless
	// Limits are the answers in which the provider says that there were too many requests, each in its own form, with
	// the time of the reset. They are given at midnight Pacific time less some hours, and reset at midnight.
	Limits []Limit
}

// Limit is an answer that refuses a request because there were too many.
type Limit struct {
	Status int
	// Headers may name the reset. They may be nil.
	Headers func(now, reset time.Time) map[string]string
	Body    string
}

// RetryAfter is the limit of a provider that names the seconds until its reset in a header.
func RetryAfter(name string) Limit {
	return Limit{Status: http.StatusTooManyRequests, Headers: func(now, reset time.Time) map[string]string {
		return map[string]string{name: strconv.Itoa(int(reset.Sub(now).Seconds()))}
	}}
}

// ResetAt is the limit of a provider that names the time of its reset, in unix seconds.
func ResetAt(name string) Limit {
	return Limit{Status: http.StatusTooManyRequests, Headers: func(_, reset time.Time) map[string]string {
		return map[string]string{name: strconv.FormatInt(reset.Unix(), 10)}
	}}
}

// Run runs the suite once for every platform that the provider serves.
func Run(t *testing.T, subject Subject) {
	t.Helper()
	for _, platform := range slices.Sorted(maps.Keys(subject.Registration.Places)) {
		t.Run("on "+string(platform), func(t *testing.T) {
			t.Parallel()
			runOn(t, subject, platform)
		})
	}
}

func runOn(t *testing.T, subject Subject, platform clip.Platform) {
	for name, test := range map[string]func(*testing.T, *fixture){
		"reads the counters of a clip":                                               readsOneClip,
		"reads a batch of the largest size in one request":                           readsLargestBatch,
		"reports which clips do not exist":                                           reportsMissing,
		"answers for every clip when the provider leaves some out":                   survivesPartial,
		"loses only the clip whose counts make no sense":                             losesOnlySpoilt,
		"keeps the views of a clip whose likes and comments make no sense":           keepsViewsBesideNonsense,
		"tells posts without a counter apart from failures":                          tellsCounterless,
		"reads a number in each form in which JSON is written":                       readsNumberForms,
		"keeps the views next to likes and comments of each bad form":                keepsViewsBesideForms,
		"takes no views from a count that makes no sense":                            refusesViewsForms,
		"reads an answer that begins with a byte order mark":                         readsByteOrderMark,
		"reports an answer that is empty or cut off as an unavailable provider":      refusesBrokenAnswers,
		"takes the right one of two items about a clip":                              takesRightItem,
		"takes no clip of another author for the one it asked for":                   takesNoOtherClip,
		"refuses a batch that is empty, too large, malformed or of another platform": refusesBadRequests,
		"stops when its caller does":                                                 stopsWithCaller,
		"gives up on a provider that does not answer":                                givesUpOnSilence,
		"refuses an answer that is too large":                                        refusesOversized,
		"does not follow a redirect to another host":                                 staysOnHost,
		"shows its credential in no error":                                           leaksNothing,
		"is denied with a wrong credential":                                          isDenied,
		"cannot be made without a credential":                                        needsCredential,
		"waits as long as a rate limit asks for":                                     honoursRetryAfter,
		"waits until the reset that the provider names in its own form":              honoursResets,
		"reports nonsense as an unavailable provider, never as missing clips":        reportsNonsenseAsUnavailable,
		"reads the text of a post":                                                   readsCaption,
		"reads the text of a profile":                                                readsProfile,
		"reads an empty text of a profile":                                           readsEmptyProfile,
		"reports a profile that does not exist":                                      reportsMissingProfile,
		"reads the text that a provider shows, if it is not the latest":              readsStaleProfile,
		"never takes another's profile for the author's":                             readsNoForeignProfile,
		"refuses to ask for a profile that cannot exist":                             refusesBadProfiles,
		"classifies failures of a profile as those of clips":                         classifiesProfiles,
		"shows its credential in no error about a profile":                           leaksNothingOfProfiles,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newFixture(t, subject, platform))
		})
	}
	t.Run("classifies", func(t *testing.T) {
		t.Parallel()
		classifies(t, subject, platform)
	})
}

func readsOneClip(t *testing.T, f *fixture) {
	published := time.Now().Add(-30 * time.Hour).Truncate(time.Second).UTC()
	id := ExternalID(f.platform, 1)
	Publish(t, f.simulator, f.platform, id, published)
	earliest := time.Now()

	batch, err := f.client(t, providers.Config{}).Fetch(t.Context(), f.platform, []string{id})

	require.NoError(t, err)
	require.Empty(t, batch.Missing)
	reading := batch.Readings[id]
	require.WithinRange(t, reading.ObservedAt, earliest.Truncate(time.Millisecond), time.Now()) // some providers date what they read, to the millisecond
	shown := f.shown(t, id)
	require.Positive(t, shown.Views)
	require.Equal(t, views.Reading{
		Platform: f.platform, ExternalID: id, AuthorID: reportedAuthor(f.platform), PublishedAt: published, Caption: reading.Caption,
		Views: shown.Views, Likes: shown.Likes, Comments: shown.Comments, Shares: shown.Shares, ObservedAt: reading.ObservedAt,
	}, reading)
}

// reportedAuthor is how a client reports the author: channel ids keep their case, handles
// are in lower case.
func reportedAuthor(platform clip.Platform) string {
	if platform == clip.YouTube {
		return authorID(platform)
	}
	return strings.ToLower(authorID(platform))
}

func readsLargestBatch(t *testing.T, f *fixture) {
	client := f.client(t, providers.Config{})
	ids := f.publishMany(t, client.MaxBatch(f.platform))

	batch, err := client.Fetch(t.Context(), f.platform, ids)

	require.NoError(t, err)
	require.Empty(t, batch.Missing)
	require.Len(t, batch.Readings, len(ids))
	for _, id := range ids {
		require.Equal(t, id, batch.Readings[id].ExternalID)
		require.Equal(t, f.shown(t, id).Views, batch.Readings[id].Views, "matched by id, in any order")
	}
}

func reportsMissing(t *testing.T, f *fixture) {
	ids := append(f.publishMany(t, 2), ExternalID(f.platform, 77), ExternalID(f.platform, 78))

	batch := f.fetchAll(t, ids)

	require.Len(t, batch.Readings, 2)
	require.Equal(t, map[string]string{ids[2]: f.absence(), ids[3]: f.absence()}, batch.Missing)
}

func survivesPartial(t *testing.T, f *fixture) {
	ids := f.publishMany(t, 4)
	if f.client(t, providers.Config{}).MaxBatch(f.platform) == 1 {
		f.script(t, faults.Rule{Action: faults.Refuse, Inside: true, Code: "partial", Nth: 2, Count: 2})
	} else {
		f.script(t, faults.Rule{Action: faults.Refuse, Inside: true, Code: "partial"})
	}

	batch := f.fetchAll(t, ids)

	require.Len(t, batch.Readings, 2)
	require.Len(t, batch.Missing, 2)
	for id, reason := range batch.Missing {
		require.Equal(t, f.SilenceMeans, reason)
		require.NotContains(t, batch.Readings, id)
	}
}

func losesOnlySpoilt(t *testing.T, f *fixture) {
	ids := f.publishMany(t, 3)
	f.script(t, faults.Rule{Action: faults.Refuse, Inside: true, Code: "spoilt_counts"})

	batch := f.fetchAll(t, ids)

	require.Len(t, batch.Readings, 2)
	require.Len(t, batch.Missing, 1)
	for id, reason := range batch.Missing {
		require.Contains(t, ids, id)
		require.Equal(t, views.Unreadable, reason)
	}
}

func keepsViewsBesideNonsense(t *testing.T, f *fixture) {
	ids := f.publishMany(t, 3)
	f.script(t, faults.Rule{Action: faults.Refuse, Inside: true, Code: "spoilt_reactions"})

	batch := f.fetchAll(t, ids)

	require.Empty(t, batch.Missing)
	without := 0
	for _, id := range ids {
		require.Equal(t, f.shown(t, id).Views, batch.Readings[id].Views)
		if batch.Readings[id].Likes == 0 && batch.Readings[id].Comments == 0 {
			without++
		}
	}
	require.Equal(t, 1, without, "what makes no sense counts as hidden")
}

func tellsCounterless(t *testing.T, f *fixture) {
	ids := f.publishMany(t, 1)
	want := map[string]string{}
	require.NotEmpty(t, f.Kinds[f.platform])
	for shown, kind := range f.Kinds[f.platform] {
		id := ExternalID(f.platform, 100+len(want))
		ids, want[id] = append(ids, id), string(kind)
		publish(t, f.simulator, f.platform, id, time.Now().Add(-time.Hour), shown)
	}

	batch := f.fetchAll(t, ids)

	require.Equal(t, want, batch.Missing)
	require.Len(t, batch.Readings, 1)
	for _, kind := range batch.Missing {
		require.True(t, clip.IsCounterless(kind))
	}
}

func refusesBadRequests(t *testing.T, f *fixture) {
	client := f.client(t, providers.Config{})
	tooMany := make([]string, client.MaxBatch(f.platform)+1)
	for i := range tooMany {
		tooMany[i] = ExternalID(f.platform, i)
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(f.Registration.Places)), client.Platforms())

	for _, ids := range [][]string{nil, tooMany, {ExternalID(f.platform, 1), "../../etc"}, {"../../etc"}, {""}} {
		_, err := client.Fetch(t.Context(), f.platform, ids)
		require.Equal(t, fault.Invalid, fault.KindOf(err))
	}
	for _, other := range append(clip.Platforms(), "myspace") {
		if slices.Contains(client.Platforms(), other) {
			continue
		}
		_, err := client.Fetch(t.Context(), other, []string{ExternalID(other, 1)})
		require.Equal(t, fault.Invalid, fault.KindOf(err))
		require.Zero(t, client.MaxBatch(other))
	}
}

func stopsWithCaller(t *testing.T, f *fixture) {
	f.script(t, faults.Rule{Action: faults.Hang})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	_, err := f.fetchOne(ctx, f.client(t, providers.Config{}))

	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
}

func givesUpOnSilence(t *testing.T, f *fixture) {
	f.script(t, faults.Rule{Action: faults.Hang})

	_, err := f.fetchOne(t.Context(), f.client(t, providers.Config{Timeout: 50 * time.Millisecond}))

	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
}

func refusesOversized(t *testing.T, f *fixture) {
	f.script(t, faults.Rule{Action: faults.Refuse, Status: http.StatusOK, Body: strings.Repeat(" ", 5000) + "[]"})

	_, err := f.fetchOne(t.Context(), f.client(t, providers.Config{BodyBytesMax: 4096}))

	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	require.Equal(t, "provider_answer_too_large", fault.CodeOf(err))
}

func staysOnHost(t *testing.T, f *fixture) {
	f.script(t, redirectTo("http://other.invalid/"))

	_, err := f.fetchOne(t.Context(), f.client(t, providers.Config{}))

	require.Equal(t, "provider_redirects", fault.CodeOf(err))
}

func redirectTo(location string) faults.Rule {
	return faults.Rule{Action: faults.Refuse, Status: http.StatusTemporaryRedirect, Headers: map[string]string{"Location": location}, Body: "{}"}
}

func isDenied(t *testing.T, f *fixture) {
	_, err := f.fetchOne(t.Context(), f.client(t, providers.Config{Credential: "another"}))

	require.Equal(t, fault.Denied, fault.KindOf(err))
}

func needsCredential(t *testing.T, f *fixture) {
	_, err := f.Registration.New(providers.Config{BaseURL: f.baseURL})

	require.Equal(t, "missing_credential", fault.CodeOf(err))
}
