package providertest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// Credential is the one that a Subject's simulator accepts. It has characters that are
// escaped in a query, so that the suite also finds an escaped credential in an error.
const Credential = "secret/+token=1234"

// fixture is a subject on one platform, with a simulator of its own.
type fixture struct {
	Subject
	platform  clip.Platform
	simulator *catalog.Simulator
	baseURL   string
}

func newFixture(t *testing.T, subject Subject, platform clip.Platform) *fixture {
	t.Helper()
	f := &fixture{Subject: subject, platform: platform, simulator: subject.NewSimulator()}
	f.baseURL = Serve(t, f.simulator)
	return f
}

// Serve starts a simulator for the time of a test, and returns its address.
func Serve(t *testing.T, simulator *catalog.Simulator) (baseURL string) {
	t.Helper()
	baseURL, err := simulator.Start("127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, simulator.Close()) })
	return baseURL
}

// client returns a client of the simulator with its credential, unless the config has
// another address or credential.
func (f *fixture) client(t *testing.T, config providers.Config) providers.Client {
	t.Helper()
	if config.BaseURL == "" {
		config.BaseURL = f.baseURL
	}
	if config.Credential == "" {
		config.Credential = Credential
	}
	client, err := f.Registration.New(config)
	require.NoError(t, err)
	return client
}

func (f *fixture) fetchOne(ctx context.Context, client providers.Client) (providers.Batch, error) {
	return client.Fetch(ctx, f.platform, []string{ExternalID(f.platform, 1)})
}

// fetchAll reads clips in requests of the largest size, one after the other.
func (f *fixture) fetchAll(t *testing.T, ids []string) providers.Batch {
	t.Helper()
	client := f.client(t, providers.Config{})
	all := providers.Batch{Readings: map[string]views.Reading{}, Missing: map[string]string{}}
	for request := range slices.Chunk(ids, client.MaxBatch(f.platform)) {
		batch, err := client.Fetch(t.Context(), f.platform, request)
		require.NoError(t, err)
		maps.Copy(all.Readings, batch.Readings)
		maps.Copy(all.Missing, batch.Missing)
	}
	return all
}

func (f *fixture) script(t *testing.T, rule faults.Rule) {
	t.Helper()
	_, err := f.simulator.Faults.Add(rule)
	require.NoError(t, err)
}

func (f *fixture) publishMany(t *testing.T, count int) []string {
	t.Helper()
	ids := make([]string, 0, count)
	for n := range count {
		id := ExternalID(f.platform, n)
		Publish(t, f.simulator, f.platform, id, time.Now().Add(-time.Duration(n+1)*time.Hour))
		ids = append(ids, id)
	}
	return ids
}

// absence is the reason for a clip or profile that does not exist.
func (f *fixture) absence() string {
	if slices.Contains(f.LeavesOut, f.platform) {
		return f.SilenceMeans
	}
	return views.NotFound
}

// shown returns what a client should read of a clip.
func (f *fixture) shown(t *testing.T, id string) curves.Counts {
	t.Helper()
	shown, ok := f.simulator.Clips.Show(string(f.platform), id)
	require.True(t, ok)
	if slices.Contains(f.WithoutShares, f.platform) {
		shown.Counts.Shares = 0
	}
	return shown.Counts
}

// Publish has a simulator show a clip. Its views have stopped growing, so that no test races
// the simulator's clock.
func Publish(t *testing.T, simulator *catalog.Simulator, platform clip.Platform, id string, publishedAt time.Time) {
	t.Helper()
	publish(t, simulator, platform, id, publishedAt, "")
}

func publish(t *testing.T, simulator *catalog.Simulator, platform clip.Platform, id string, publishedAt time.Time, kind string) {
	t.Helper()
	shown := clipOf(platform, id, authorID(platform))
	shown.PublishedAt, shown.Kind = publishedAt, kind
	require.NoError(t, simulator.Clips.Put(shown))
}

// clipOf is an author's clip that was published a day ago.
func clipOf(platform clip.Platform, id, author string) catalog.Clip {
	curve := curves.Generated(string(platform), id)
	return catalog.Clip{
		Platform: string(platform), ExternalID: id, AuthorID: author, PublishedAt: time.Now().Add(-24 * time.Hour).Truncate(time.Second).UTC(),
		Curve: curves.Spec{Parametric: &curve, Events: []curves.Event{{Kind: curves.Freezes, AtSeconds: 3600}}},
	}
}

// authorID has the form of the author's id on the platform.
func authorID(platform clip.Platform) string {
	switch platform {
	case clip.YouTube:
		return "UCabcdefGHIJKLmnop_-1234"
	case clip.X:
		return "Some_One_1"
	default:
		return "Some.One_1"
	}
}

// anotherAuthor is an author other than authorID.
func anotherAuthor(platform clip.Platform) string {
	if platform == clip.YouTube {
		return "UCanother_channel_000000"
	}
	return "another_1"
}

// ExternalID returns the n-th of many different clip ids of the platform.
func ExternalID(platform clip.Platform, n int) string {
	switch platform {
	case clip.YouTube:
		return fmt.Sprintf("vid_-%06d", n)
	case clip.Instagram:
		return fmt.Sprintf("Re_-l%06d", n)
	default:
		return fmt.Sprintf("73%017d", n)
	}
}
