package rapidapi_test

import (
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	simulator "github.com/creditroll/creditroll/devstack/simulators/rapidapi"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
	"github.com/creditroll/creditroll/providers/providertest"
	"github.com/creditroll/creditroll/providers/rapidapi"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	providertest.Run(t, providertest.Subject{
		Registration: rapidapi.Registration(),
		NewSimulator: func() *catalog.Simulator {
			return simulator.New(simulator.Options{Key: providertest.Credential}).Simulator
		},
		Limits:        []providertest.Limit{providertest.RetryAfter("x-ratelimit-reset"), providertest.ResetAt("x-ratelimit-reset"), planUsedUp},
		SilenceMeans:  views.Unreadable,
		WithoutShares: []clip.Platform{clip.Instagram}, // Instagram's page does not have them
		Counters: map[clip.Platform]providertest.Counters{
			clip.TikTok:    {Views: "play_count", Likes: "digg_count", Comments: "comment_count"},
			clip.Instagram: {Views: "video_play_count", Likes: "count", Comments: "count"},
			clip.X:         {Views: "views", Likes: "likes", Comments: "replies"},
		},
		Kinds: map[clip.Platform]map[string]clip.Counterless{
			clip.TikTok:    {catalog.ViewsHidden: clip.ViewsHidden},
			clip.Instagram: {catalog.ViewsHidden: clip.ViewsHidden, catalog.Photo: clip.Photo, catalog.Carousel: clip.Carousel},
			clip.X:         {catalog.ViewsHidden: clip.ViewsHidden},
		},
	})
}

// planUsedUp is the answer when the requests of the plan are used up. The window begins again much sooner.
var planUsedUp = providertest.Limit{Status: http.StatusTooManyRequests, Headers: func(now, reset time.Time) map[string]string {
	return map[string]string{
		"x-ratelimit-requests-remaining": "0", "x-ratelimit-requests-reset": strconv.Itoa(int(reset.Sub(now).Seconds())), "x-ratelimit-reset": "9",
	}
}}

// TestSamples reads answers in the form that public users of the APIs describe.
func TestSamples(t *testing.T) {
	t.Parallel()
	for platform, want := range map[clip.Platform]views.Reading{
		clip.TikTok:    {ExternalID: "7390000000000000001", AuthorID: "made.up_account", Shares: 37},
		clip.Instagram: {ExternalID: "Ma-deUp_001", AuthorID: "made.up_account", OtherAuthors: []string{"second_account"}},
		clip.X:         {ExternalID: "1990000000000000001", AuthorID: "made_up_account", Shares: 33 + 4},
	} {
		t.Run("on "+string(platform), func(t *testing.T) {
			t.Parallel()
			body, err := os.ReadFile("testdata/" + string(platform) + ".json")
			require.NoError(t, err)
			want.Platform, want.Caption, want.PublishedAt = platform, "An example #made_up", time.Date(2026, 11, 3, 8, 15, 30, 0, time.UTC)
			want.Views, want.Likes, want.Comments = 5310, 214, 17

			batch := fetchCanned(t, platform, want.ExternalID, http.StatusOK, string(body))

			require.Empty(t, batch.Missing)
			want.ObservedAt = batch.Readings[want.ExternalID].ObservedAt
			require.Equal(t, want, batch.Readings[want.ExternalID])
		})
	}
}

func TestPosts(t *testing.T) {
	t.Parallel()
	const tiktok = `"id":"12345","create_time":1790000000,"author":{"unique_id":"SomeOne"}`
	const instagram = `"shortcode":"Ab-9_xYz123","taken_at_timestamp":1790000000,"owner":{"username":"SomeOne"}`
	const x = `"id":"12345","created_at":"Tue Nov 03 08:15:30 +0000 2026","author":{"screen_name":"SomeOne"}`
	ids := map[clip.Platform]string{clip.TikTok: "12345", clip.Instagram: "Ab-9_xYz123", clip.X: "12345"}

	for name, test := range map[string]struct {
		platform        clip.Platform
		answer, missing string
	}{
		"reads a code and a time that are text":                {clip.TikTok, `{"code":"0","data":{"id":"12345","create_time":"1790000000","author":{"unique_id":"@SomeOne"},"play_count":"9"}}`, ""},
		"finds the post by its other id":                       {clip.TikTok, `{"code":0,"data":{"id":"v09044g4","video_id":"12345","create_time":1790000000,"author":{"unique_id":"x"},"play_count":9}}`, ""},
		"counts a slideshow":                                   {clip.TikTok, `{"code":0,"data":{` + tiktok + `,"images":["a"],"play_count":9}}`, ""},
		"is a photo in a slideshow without plays":              {clip.TikTok, `{"code":0,"data":{` + tiktok + `,"images":["a"],"play_count":null}}`, string(clip.Photo)},
		"is not found on TikTok":                               {clip.TikTok, `{"code":-1,"msg":"Url parsing is failed! Please check url.","processed_time":0.3}`, views.NotFound},
		"is unreadable for another failure on TikTok":          {clip.TikTok, `{"code":-1,"msg":"Video is being processed"}`, views.Unreadable},
		"is unreadable if the data are a list":                 {clip.TikTok, `{"code":0,"data":[]}`, views.Unreadable},
		"has no data without an author":                        {clip.TikTok, `{"code":0,"data":{"id":"12345","create_time":1790000000,"play_count":9}}`, views.Unreadable},
		"has no data without a time":                           {clip.TikTok, `{"code":0,"data":{"id":"12345","author":{"unique_id":"x"},"play_count":9}}`, views.Unreadable},
		"takes no reason of another post":                      {clip.TikTok, `{"code":0,"data":{"id":"777","create_time":1790000000,"author":{"unique_id":"x"}}}`, views.Unreadable},
		"reads plays rather than views":                        {clip.Instagram, `{` + instagram + `,"video_play_count":9,"video_view_count":5}`, ""},
		"reads views where there are no plays":                 {clip.Instagram, `{` + instagram + `,"video_play_count":null,"video_view_count":9}`, ""},
		"does not fall back from plays that are words":         {clip.Instagram, `{` + instagram + `,"video_play_count":"plenty","video_view_count":9}`, views.Unreadable},
		"is a photo by the older name of its type":             {clip.Instagram, `{` + instagram + `,"__typename":"GraphImage"}`, string(clip.Photo)},
		"is not found on Instagram":                            {clip.Instagram, `{"status":false,"errorMessage":"Media not found or unavailable"}`, views.NotFound},
		"is unreadable for another failure on Instagram":       {clip.Instagram, `{"status":false,"errorMessage":"Please wait a few minutes"}`, views.Unreadable},
		"is unreadable with an owner that is a list":           {clip.Instagram, `{"shortcode":"Ab-9_xYz123","owner":[],"video_play_count":9}`, views.Unreadable},
		"distinguishes codes by case":                          {clip.Instagram, `{"shortcode":"ab-9_xyz123","taken_at_timestamp":1790000000,"owner":{"username":"x"},"video_play_count":9}`, views.Unreadable},
		"reads a post on X without a status":                   {clip.X, `{` + x + `,"views":"9","retweeted":false}`, ""},
		"takes no views and no text from a repost":             {clip.X, `{` + x + `,"views":"9","retweeted_tweet":{"tweet_id":"5"}}`, string(clip.ViewsHidden)},
		"takes no views and no text from a repost in its name": {clip.X, `{` + x + `,"views":"9","retweeted":{"id":"5"}}`, string(clip.ViewsHidden)},
		"hides its views with null views":                      {clip.X, `{` + x + `,"views":null,"likes":3}`, string(clip.ViewsHidden)},
		"is not found on X":                                    {clip.X, `{"status":"notfound"}`, views.NotFound},
		"is of a suspended account":                            {clip.X, `{"status":"suspended"}`, views.Removed},
		"is unreadable for another status":                     {clip.X, `{"status":"error"}`, views.Unreadable},
		"has no data with a time that is not one":              {clip.X, `{"id":"12345","created_at":"lately","author":{"screen_name":"x"},"views":"9"}`, views.Unreadable},
		"has no data with an author that is text":              {clip.X, `{"id":"12345","author":"x","views":"9"}`, views.Unreadable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := ids[test.platform]

			batch := fetchCanned(t, test.platform, id, http.StatusOK, test.answer)

			require.Equal(t, test.missing, batch.Missing[id])
			if test.missing == "" {
				require.Equal(t, int64(9), batch.Readings[id].Views)
			}
		})
	}

	t.Run("is not found if the API itself says so", func(t *testing.T) {
		t.Parallel()
		batch := fetchCanned(t, clip.Instagram, ids[clip.Instagram], http.StatusNotFound, `{"status":false}`)
		require.Equal(t, views.NotFound, batch.Missing[ids[clip.Instagram]])
	})
}

func TestLimits(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC)
	id := providertest.ExternalID(clip.TikTok, 1)

	for name, test := range map[string]struct {
		options simulator.Options
		code    string
		wait    time.Duration
	}{
		"the plan's quota is renewed": {simulator.Options{RequestsPerMonth: 1}, "provider_quota_exceeded", 30 * 24 * time.Hour},
		"the window has ended":        {simulator.Options{RequestsPerMinute: 1}, "provider_rate_limited", time.Minute},
	} {
		t.Run("waits until "+name+", and is answered then", func(t *testing.T) {
			t.Parallel()
			clock := catalog.NewClock(now, 0)
			test.options.Clock = clock
			_, baseURL := startSimulator(t, test.options)
			client := newClient(t, baseURL, now)
			_, err := client.Fetch(t.Context(), clip.TikTok, []string{id})
			require.NoError(t, err)

			_, err = client.Fetch(t.Context(), clip.TikTok, []string{id})

			requireLimited(t, err, test.code, test.wait)
			_, err = client.Fetch(t.Context(), clip.X, []string{id})
			require.NoError(t, err, "each API has limits of its own")
			clock.Advance(test.wait)
			_, err = client.Fetch(t.Context(), clip.TikTok, []string{id})
			require.NoError(t, err)
		})
	}

	for name, test := range map[string]struct {
		headers map[string]string
		code    string
		wait    time.Duration
	}{
		"a reset that is a time":           {map[string]string{"x-ratelimit-reset": strconv.FormatInt(now.Add(9*time.Minute).Unix(), 10)}, "provider_rate_limited", 9 * time.Minute},
		"an hour for a quota of no reset":  {map[string]string{"x-ratelimit-requests-remaining": "-3"}, "provider_quota_exceeded", time.Hour},
		"the window while there is quota":  {map[string]string{"x-ratelimit-requests-remaining": "3", "x-ratelimit-requests-reset": "99", "x-ratelimit-reset": "7"}, "provider_rate_limited", 7 * time.Second},
		"nothing if nothing says how long": {nil, "provider_rate_limited", 0},
	} {
		t.Run("waits for "+name, func(t *testing.T) {
			t.Parallel()
			sim, baseURL := startSimulator(t, simulator.Options{})
			_, err := sim.Faults.Add(faults.Rule{Action: faults.Refuse, Status: http.StatusTooManyRequests, Headers: test.headers})
			require.NoError(t, err)

			_, err = newClient(t, baseURL, now).Fetch(t.Context(), clip.TikTok, []string{id})

			requireLimited(t, err, test.code, test.wait)
		})
	}

	t.Run("knows the limit that an API tells with a success", func(t *testing.T) {
		t.Parallel()
		sim, baseURL := startSimulator(t, simulator.Options{})
		_, err := sim.Faults.Add(faults.Rule{Action: faults.Refuse, Status: http.StatusOK, Body: `{"code":-1,"msg":"Free Api Limit: 1 request/second."}`})
		require.NoError(t, err)

		_, err = newClient(t, baseURL, now).Fetch(t.Context(), clip.TikTok, []string{id})

		requireLimited(t, err, "provider_rate_limited", time.Second)
	})
}

func requireLimited(t *testing.T, err error, code string, wait time.Duration) {
	t.Helper()
	found, ok := fault.As(err)
	require.True(t, ok)
	require.Equal(t, fault.RateLimited, found.Kind)
	require.Equal(t, code, found.Code)
	require.Equal(t, wait, found.RetryAfter)
}

func TestSubscriptions(t *testing.T) {
	t.Parallel()
	t.Run("is denied only for the API without one", func(t *testing.T) {
		t.Parallel()
		_, baseURL := startSimulator(t, simulator.Options{Unsubscribed: []string{simulator.InstagramHost}})
		client := newClient(t, baseURL, time.Now())

		_, err := client.Fetch(t.Context(), clip.Instagram, []string{providertest.ExternalID(clip.Instagram, 1)})
		require.Equal(t, fault.Denied, fault.KindOf(err))
		require.ErrorContains(t, err, simulator.InstagramHost)

		_, err = client.Fetch(t.Context(), clip.TikTok, []string{providertest.ExternalID(clip.TikTok, 1)})
		require.NoError(t, err)
	})

	t.Run("is denied for an API that RapidAPI does not know", func(t *testing.T) {
		t.Parallel()
		sim, baseURL := startSimulator(t, simulator.Options{})
		_, err := sim.Faults.Add(faults.Rule{Action: faults.Refuse, Status: http.StatusNotFound})
		require.NoError(t, err)

		_, err = newClient(t, baseURL, time.Now()).Fetch(t.Context(), clip.TikTok, []string{providertest.ExternalID(clip.TikTok, 1)})

		require.Equal(t, fault.Denied, fault.KindOf(err))
	})
}

func TestCost(t *testing.T) {
	t.Parallel()
	id := providertest.ExternalID(clip.X, 1)

	t.Run("bills an answer, also that there is no post", func(t *testing.T) {
		t.Parallel()
		_, baseURL := startSimulator(t, simulator.Options{})
		batch, err := newClient(t, baseURL, time.Now()).Fetch(t.Context(), clip.X, []string{id})
		require.NoError(t, err)
		require.Equal(t, rapidapi.EstimatedPrices().RequestMicros, batch.CostMicros)
	})

	t.Run("bills nothing for a request that was refused", func(t *testing.T) {
		t.Parallel()
		sim, baseURL := startSimulator(t, simulator.Options{})
		_, err := sim.Faults.Add(faults.Rule{Action: faults.RateLimit})
		require.NoError(t, err)

		batch, err := newClient(t, baseURL, time.Now()).Fetch(t.Context(), clip.X, []string{id})

		require.Error(t, err)
		require.Zero(t, batch.CostMicros)
	})

	t.Run("refuses a price below zero", func(t *testing.T) {
		t.Parallel()
		_, err := rapidapi.New(providers.Config{Credential: "key"}, rapidapi.Prices{RequestMicros: -1})
		require.Equal(t, "bad_price", fault.CodeOf(err))
	})
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	t.Run("asks each API at its own host", func(t *testing.T) {
		t.Parallel()
		asked := map[string]string{}
		transport := roundTripper(func(request *http.Request) (*http.Response, error) {
			require.Equal(t, request.URL.Host, request.Header.Get("X-RapidAPI-Host"))
			asked[request.URL.Scheme+"://"+request.URL.Host] = request.URL.Path
			return nil, http.ErrHandlerTimeout
		})
		client, err := rapidapi.New(providers.Config{Credential: "key", Transport: transport}, rapidapi.Prices{})
		require.NoError(t, err)

		for _, platform := range client.Platforms() {
			_, err := client.Fetch(t.Context(), platform, []string{providertest.ExternalID(platform, 1)})
			require.Equal(t, fault.Unavailable, fault.KindOf(err))
		}

		require.Equal(t, map[string]string{
			"https://" + simulator.TikTokHost: "/", "https://" + simulator.InstagramHost: "/post", "https://" + simulator.XHost: "/tweet.php",
		}, asked)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (r roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }

func fetchCanned(t *testing.T, platform clip.Platform, id string, status int, answer string) providers.Batch {
	t.Helper()
	sim, baseURL := startSimulator(t, simulator.Options{})
	_, err := sim.Faults.Add(faults.Rule{Action: faults.Refuse, Status: status, Body: answer})
	require.NoError(t, err)
	batch, err := newClient(t, baseURL, time.Now()).Fetch(t.Context(), platform, []string{id})
	require.NoError(t, err)
	return batch
}

func startSimulator(t *testing.T, options simulator.Options) (*simulator.Simulator, string) {
	t.Helper()
	options.Key = providertest.Credential
	sim := simulator.New(options)
	return sim, providertest.Serve(t, sim.Simulator)
}

func newClient(t *testing.T, baseURL string, now time.Time) *rapidapi.Client {
	t.Helper()
	client, err := rapidapi.New(providers.Config{BaseURL: baseURL, Credential: providertest.Credential, Now: func() time.Time { return now }}, rapidapi.EstimatedPrices())
	require.NoError(t, err)
	return client
}
