package x_test

import (
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	simulator "github.com/creditroll/creditroll/devstack/simulators/x"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
	"github.com/creditroll/creditroll/providers/providertest"
	"github.com/creditroll/creditroll/providers/x"
)

var postID = providertest.ExternalID(clip.X, 1)

func TestConformance(t *testing.T) {
	t.Parallel()
	providertest.Run(t, providertest.Subject{
		Registration: x.Registration(),
		NewSimulator: func() *catalog.Simulator {
			return simulator.New(simulator.Options{Token: providertest.Credential}).Simulator
		},
		Limits:       []providertest.Limit{providertest.ResetAt("x-rate-limit-reset"), capped},
		SilenceMeans: views.Unreadable,
		Counters:     map[clip.Platform]providertest.Counters{clip.X: {Views: "impression_count", Likes: "like_count", Comments: "reply_count"}},
		Kinds:        map[clip.Platform]map[string]clip.Counterless{clip.X: {catalog.ViewsHidden: clip.ViewsHidden}},
	})
}

// capped is the answer of a cap of a day, whose reset is not that of the window.
var capped = providertest.Limit{
	Status: http.StatusTooManyRequests, Body: `{"title":"UsageCapExceeded","period":"Daily","type":"https://api.x.com/2/problems/usage-capped"}`,
	Headers: func(now, reset time.Time) map[string]string {
		return map[string]string{"x-app-limit-24hour-reset": strconv.FormatInt(reset.Unix(), 10), "x-rate-limit-reset": strconv.FormatInt(now.Unix()+9, 10)}
	},
}

// TestSample reads an answer in the form of the public documentation.
func TestSample(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile("testdata/posts.json")
	require.NoError(t, err)
	ids := []string{"1990000000000000001", "1990000000000000002", "1990000000000000003", "1990000000000000004", "1990000000000000005"}

	batch := fetchCanned(t, string(body), ids...)

	read := batch.Readings[ids[0]]
	read.ObservedAt = time.Time{}
	require.Equal(t, views.Reading{
		Platform: clip.X, ExternalID: ids[0], AuthorID: "made_up_account", Caption: "An example & a second one",
		PublishedAt: time.Date(2026, 11, 3, 8, 15, 30, 0, time.UTC), Views: 5310, Likes: 214, Comments: 17, Shares: 33 + 4,
	}, read)
	require.Equal(t, map[string]string{ids[1]: views.NotFound, ids[2]: views.Private, ids[3]: views.Removed, ids[4]: views.Removed}, batch.Missing)
}

func TestPosts(t *testing.T) {
	t.Parallel()
	const users = `"includes":{"users":[{"id":"7","username":"SomeOne"}]}`
	const about = `"id":"123","author_id":"7","created_at":"2026-01-02T03:04:05.000Z","text":"code"`
	const counted = `"public_metrics":{"impression_count":9,"like_count":3}`

	for name, test := range map[string]struct{ answer, missing, caption string }{
		"reads a post":                                   {`{"data":[{` + about + `,` + counted + `}],` + users + `}`, "", "code"},
		"reads the whole of a long text":                 {`{"data":[{` + about + `,` + counted + `,"note_tweet":{"text":"the whole &lt;code&gt;"}}],` + users + `}`, "", "the whole <code>"},
		"reads a quote of another post":                  {`{"data":[{` + about + `,` + counted + `,"referenced_tweets":[{"type":"quoted","id":"5"}]}],` + users + `}`, "", "code"},
		"takes no views and no text from a repost":       {`{"data":[{` + about + `,` + counted + `,"referenced_tweets":[{"type":"retweeted","id":"5"}]}],` + users + `}`, string(clip.ViewsHidden), ""},
		"hides its views without impressions":            {`{"data":[{` + about + `,"public_metrics":{"like_count":3}}],` + users + `}`, string(clip.ViewsHidden), ""},
		"has no counter if it is older than the counter": {`{"data":[{"id":"123","author_id":"7","created_at":"2022-12-01T00:00:00.000Z","public_metrics":{"impression_count":0}}],` + users + `}`, string(clip.ViewsHidden), ""},
		"has no data without metrics":                    {`{"data":[{` + about + `}],` + users + `}`, views.Unreadable, ""},
		"has no data without its author":                 {`{"data":[{` + about + `,` + counted + `}]}`, views.Unreadable, ""},
		"has no data without a time":                     {`{"data":[{"id":"123","author_id":"7",` + counted + `}],` + users + `}`, views.Unreadable, ""},
		"has no data with a time that is not one":        {`{"data":[{"id":"123","author_id":"7","created_at":"lately",` + counted + `}],` + users + `}`, views.Unreadable, ""},
		"is not confused by a null and a number":         {`{"data":[null,7,{` + about + `,` + counted + `}],` + users + `}`, "", "code"},
		"is unreadable if it is left out":                {`{"data":[],` + users + `}`, views.Unreadable, ""},
		"is read next to an error of its author":         {`{"data":[{` + about + `,` + counted + `}],` + users + `,"errors":[{"resource_type":"user","resource_id":"7","title":"Forbidden"}]}`, "", "code"},
		"is not found by the id that was asked for":      {`{"errors":[{"resource_type":"tweet","value":"123","title":"Not Found Error","type":"https://api.x.com/2/problems/resource-not-found"}]}`, views.NotFound, ""},
		"is unreadable for an unknown problem":           {`{"errors":[{"resource_type":"tweet","resource_id":"123","title":"Odd","type":"https://api.x.com/2/problems/resource-unavailable"}]}`, views.Unreadable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batch := fetchCanned(t, test.answer, "123")

			require.Equal(t, test.missing, batch.Missing["123"])
			require.Equal(t, test.caption, batch.Readings["123"].Caption)
			if test.missing == "" {
				require.Equal(t, int64(9), batch.Readings["123"].Views)
				require.Equal(t, "someone", batch.Readings["123"].AuthorID)
			}
		})
	}

	t.Run("counts a zero of a post that has a counter", func(t *testing.T) {
		t.Parallel()
		batch := fetchCanned(t, `{"data":[{`+about+`,"public_metrics":{"impression_count":0}}],`+users+`}`, "123")
		require.Contains(t, batch.Readings, "123")
	})

	t.Run("does not ask for an id that is too long for X", func(t *testing.T) {
		t.Parallel()
		tooLong := strings.Repeat("9", 20)
		sim, baseURL := startSimulator(t, simulator.Options{})
		providertest.Publish(t, sim.Simulator, clip.X, postID, time.Now().Add(-time.Hour))

		batch, err := newClient(t, baseURL, time.Now()).Fetch(t.Context(), clip.X, []string{tooLong, postID})
		require.NoError(t, err)
		require.Contains(t, batch.Readings, postID)
		require.Equal(t, map[string]string{tooLong: views.NotFound}, batch.Missing)

		batch, err = newClient(t, "http://127.0.0.1:1", time.Now()).Fetch(t.Context(), clip.X, []string{tooLong})
		require.NoError(t, err)
		require.Equal(t, map[string]string{tooLong: views.NotFound}, batch.Missing)
	})
}

func TestLimits(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC)

	t.Run("waits until the window's reset, and is answered then", func(t *testing.T) {
		t.Parallel()
		clock := catalog.NewClock(now, 0)
		_, baseURL := startSimulator(t, simulator.Options{RequestsPerWindow: 1, Options: catalog.Options{Clock: clock}})
		client := newClient(t, baseURL, now)
		_, err := client.Fetch(t.Context(), clip.X, []string{postID})
		require.NoError(t, err)

		_, err = client.Fetch(t.Context(), clip.X, []string{postID})

		found, ok := fault.As(err)
		require.True(t, ok)
		require.Equal(t, fault.RateLimited, found.Kind)
		require.Equal(t, 15*time.Minute, found.RetryAfter)

		clock.Advance(found.RetryAfter)
		_, err = client.Fetch(t.Context(), clip.X, []string{postID})
		require.NoError(t, err)
	})

	t.Run("waits a day if the month's cap is used up", func(t *testing.T) {
		t.Parallel()
		sim, baseURL := startSimulator(t, simulator.Options{PostsPerMonth: 1, Options: catalog.Options{Clock: catalog.NewClock(now, 0)}})
		providertest.Publish(t, sim.Simulator, clip.X, postID, now.Add(-time.Hour))
		client := newClient(t, baseURL, now)
		_, err := client.Fetch(t.Context(), clip.X, []string{postID})
		require.NoError(t, err)

		_, err = client.Fetch(t.Context(), clip.X, []string{postID})

		requireCapped(t, err, 24*time.Hour)
	})

	t.Run("waits until the cap's own reset", func(t *testing.T) {
		t.Parallel()
		for _, header := range []string{"x-app-limit-24hour-reset", "x-user-limit-24hour-reset"} {
			sim, baseURL := startSimulator(t, simulator.Options{})
			_, err := sim.Faults.Add(faults.Rule{
				Action: faults.Refuse, Status: http.StatusTooManyRequests, Type: "UsageCapExceeded", Code: "usage-capped",
				Headers: map[string]string{header: strconv.FormatInt(now.Add(5*time.Hour).Unix(), 10), "x-rate-limit-reset": strconv.FormatInt(now.Add(time.Minute).Unix(), 10)},
				Body:    `{"title":"UsageCapExceeded","period":"Daily","type":"https://api.x.com/2/problems/usage-capped"}`,
			})
			require.NoError(t, err)

			_, err = newClient(t, baseURL, now).Fetch(t.Context(), clip.X, []string{postID})

			requireCapped(t, err, 5*time.Hour)
		}
	})

	t.Run("is denied without credits", func(t *testing.T) {
		t.Parallel()
		sim, baseURL := startSimulator(t, simulator.Options{})
		_, err := sim.Faults.Add(faults.Rule{Action: faults.Refuse, Status: http.StatusPaymentRequired, Type: "CreditsDepleted", Code: "credits"})
		require.NoError(t, err)

		_, err = newClient(t, baseURL, now).Fetch(t.Context(), clip.X, []string{postID})

		require.Equal(t, fault.Denied, fault.KindOf(err))
		require.ErrorContains(t, err, "(credits)")
	})
}

func requireCapped(t *testing.T, err error, wait time.Duration) {
	t.Helper()
	found, ok := fault.As(err)
	require.True(t, ok)
	require.Equal(t, fault.RateLimited, found.Kind)
	require.Equal(t, "provider_quota_exceeded", found.Code)
	require.Equal(t, wait, found.RetryAfter)
}

func TestCost(t *testing.T) {
	t.Parallel()
	gone := providertest.ExternalID(clip.X, 2)

	t.Run("bills each post that is shown, and no error", func(t *testing.T) {
		t.Parallel()
		sim, baseURL := startSimulator(t, simulator.Options{})
		providertest.Publish(t, sim.Simulator, clip.X, postID, time.Now().Add(-time.Hour))

		batch, err := newClient(t, baseURL, time.Now()).Fetch(t.Context(), clip.X, []string{postID, gone})

		require.NoError(t, err)
		require.Equal(t, x.PublicPrices().PostMicros, batch.CostMicros)
	})

	t.Run("bills a profile that is shown, and none that does not exist", func(t *testing.T) {
		t.Parallel()
		sim, baseURL := startSimulator(t, simulator.Options{})
		require.NoError(t, sim.Clips.PutProfile(catalog.Profile{Platform: "x", AuthorID: "Someone"}))
		client := newClient(t, baseURL, time.Now())

		profile, err := client.ReadProfile(t.Context(), clip.X, "someone")
		require.NoError(t, err)
		require.Equal(t, x.PublicPrices().ProfileMicros, profile.CostMicros)

		profile, err = client.ReadProfile(t.Context(), clip.X, "another")
		require.NoError(t, err)
		require.Zero(t, profile.CostMicros)
	})

	t.Run("refuses prices below zero", func(t *testing.T) {
		t.Parallel()
		_, err := x.New(providers.Config{Credential: "token"}, x.Prices{PostMicros: -1})
		require.Equal(t, "bad_price", fault.CodeOf(err))
	})
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	t.Run("says of a suspended account that X has removed it", func(t *testing.T) {
		t.Parallel()
		sim, baseURL := startSimulator(t, simulator.Options{})
		_, err := sim.Faults.Add(faults.Rule{Action: faults.Refuse, Status: http.StatusOK, Body: `{"errors":[{"resource_type":"user","parameter":"username",
			"resource_id":"SomeOne","title":"Forbidden","type":"https://api.twitter.com/2/problems/resource-not-found"}]}`})
		require.NoError(t, err)

		profile, err := newClient(t, baseURL, time.Now()).ReadProfile(t.Context(), clip.X, "someone")

		require.NoError(t, err)
		require.Equal(t, views.Removed, profile.Missing)
	})
}

func fetchCanned(t *testing.T, answer string, ids ...string) providers.Batch {
	t.Helper()
	sim, baseURL := startSimulator(t, simulator.Options{})
	_, err := sim.Faults.Add(faults.Rule{Action: faults.Refuse, Status: http.StatusOK, Body: answer})
	require.NoError(t, err)
	batch, err := newClient(t, baseURL, time.Now()).Fetch(t.Context(), clip.X, ids)
	require.NoError(t, err)
	return batch
}

func startSimulator(t *testing.T, options simulator.Options) (*simulator.Simulator, string) {
	t.Helper()
	options.Token = providertest.Credential
	sim := simulator.New(options)
	return sim, providertest.Serve(t, sim.Simulator)
}

func newClient(t *testing.T, baseURL string, now time.Time) *x.Client {
	t.Helper()
	client, err := x.New(providers.Config{BaseURL: baseURL, Credential: providertest.Credential, Now: func() time.Time { return now }}, x.PublicPrices())
	require.NoError(t, err)
	return client
}
