package apify_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	simulator "github.com/creditroll/creditroll/devstack/simulators/apify"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
	"github.com/creditroll/creditroll/providers/apify"
	"github.com/creditroll/creditroll/providers/providertest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	providertest.Run(t, providertest.Subject{
		Registration: apify.Registration(),
		NewSimulator: func() *catalog.Simulator {
			return simulator.New(simulator.Options{Token: providertest.Credential}).Simulator
		},
		Limits:       []providertest.Limit{providertest.RetryAfter("Retry-After")},
		SilenceMeans: views.Unreadable,
		Counters: map[clip.Platform]providertest.Counters{
			clip.TikTok:    {Views: "playCount", Likes: "diggCount", Comments: "commentCount"},
			clip.Instagram: {Views: "videoPlayCount", Likes: "likesCount", Comments: "commentsCount"},
			clip.YouTube:   {Views: "viewCount", Likes: "likes", Comments: "commentsCount"},
		},
		LeavesOut:     []clip.Platform{clip.YouTube},
		WithoutShares: []clip.Platform{clip.Instagram, clip.YouTube}, // the actors do not report them
		Kinds: map[clip.Platform]map[string]clip.Counterless{
			clip.TikTok:  {catalog.ViewsHidden: clip.ViewsHidden},
			clip.YouTube: {catalog.ViewsHidden: clip.ViewsHidden},
			clip.Instagram: {
				catalog.ViewsHidden: clip.ViewsHidden, catalog.Photo: clip.Photo, catalog.Carousel: clip.Carousel, catalog.Restricted: clip.Restricted,
			},
		},
	})
}

func TestFailures(t *testing.T) {
	t.Parallel()
	for kind, test := range map[string]struct {
		status int
		kind   fault.Kind
	}{
		"run-timeout-exceeded":               {http.StatusRequestTimeout, fault.Unavailable},
		"run-failed":                         {http.StatusBadRequest, fault.Unavailable},
		"invalid-input":                      {http.StatusBadRequest, fault.Invalid},
		"record-not-found":                   {http.StatusNotFound, fault.Denied},
		"not-enough-usage-to-run-paid-actor": {http.StatusPaymentRequired, fault.Denied},
		"platform-feature-disabled":          {http.StatusForbidden, fault.Denied},
		"rate-limit-exceeded":                {http.StatusTooManyRequests, fault.RateLimited},
	} {
		t.Run(fmt.Sprintf("classifies %s as %s", kind, test.kind), func(t *testing.T) {
			t.Parallel()
			sim, baseURL := startSimulator(t, simulator.Options{})
			_, err := sim.Faults.Add(faults.Rule{Action: faults.Refuse, Status: test.status, Type: kind})
			require.NoError(t, err)

			_, err = newClient(t, baseURL).Fetch(t.Context(), clip.TikTok, []string{providertest.ExternalID(clip.TikTok, 1)})

			require.Equal(t, test.kind, fault.KindOf(err), "%v", err)
		})
	}
}

func TestCost(t *testing.T) {
	t.Parallel()
	one, gone := providertest.ExternalID(clip.TikTok, 1), providertest.ExternalID(clip.TikTok, 2)

	t.Run("bills the start and every item, errors included", func(t *testing.T) {
		t.Parallel()
		sim, baseURL := startSimulator(t, simulator.Options{})
		providertest.Publish(t, sim.Simulator, clip.TikTok, one, time.Now().Add(-time.Hour))

		batch, err := newClient(t, baseURL).Fetch(t.Context(), clip.TikTok, []string{one, gone})

		require.NoError(t, err)
		require.Equal(t, int64(1000+2*50), batch.CostMicros)
	})

	t.Run("bills a run that goes on after the connection has ended", func(t *testing.T) {
		t.Parallel()
		sim, baseURL := startSimulator(t, simulator.Options{})
		_, err := sim.Faults.Add(faults.Rule{Action: faults.Refuse, Status: http.StatusRequestTimeout, AfterEffect: true})
		require.NoError(t, err)

		batch, err := newClient(t, baseURL).Fetch(t.Context(), clip.TikTok, []string{one, gone})

		require.Equal(t, fault.Unavailable, fault.KindOf(err))
		require.Equal(t, int64(1000+2*50), batch.CostMicros)
	})

	t.Run("has prices by setting, and refuses one below zero", func(t *testing.T) {
		t.Parallel()
		sim, baseURL := startSimulator(t, simulator.Options{})
		providertest.Publish(t, sim.Simulator, clip.TikTok, one, time.Now().Add(-time.Hour))
		config := providers.Config{BaseURL: baseURL, Credential: providertest.Credential, Settings: map[string]string{"APIFY_START_MICROS": "70"}}
		client, err := apify.Registration().New(config)
		require.NoError(t, err)

		batch, err := client.Fetch(t.Context(), clip.TikTok, []string{one})
		config.Settings["APIFY_ITEM_MICROS"] = "-1"
		_, refused := apify.Registration().New(config)

		require.NoError(t, err)
		require.Equal(t, int64(70+2000), batch.CostMicros)
		require.Equal(t, "bad_price", fault.CodeOf(refused))
	})

	t.Run("bills nothing for a request that was refused", func(t *testing.T) {
		t.Parallel()
		sim, baseURL := startSimulator(t, simulator.Options{})
		_, err := sim.Faults.Add(faults.Rule{Action: faults.RateLimit})
		require.NoError(t, err)

		batch, err := newClient(t, baseURL).Fetch(t.Context(), clip.TikTok, []string{one})

		require.Equal(t, fault.RateLimited, fault.KindOf(err))
		require.Zero(t, batch.CostMicros)
	})
}

func TestTikTokItems(t *testing.T) {
	t.Parallel()
	const id = "7300000000000000001"
	const about = `"authorMeta":{"name":"@SomeOne"},"createTimeISO":"2026-01-02T03:04:05.000Z"`

	for name, test := range map[string]struct{ item, missing string }{
		"reads an item":                                                      {`{"id":"` + id + `",` + about + `,"playCount":9}`, ""},
		"finds the clip by its address":                                      {`{"webVideoUrl":"https://www.tiktok.com/@x/video/` + id + `?lang=en",` + about + `,"playCount":9}`, ""},
		"reports a clip that does not exist":                                 {`{"url":"https://www.tiktok.com/@_/video/` + id + `","error":"Post not found or private.","errorCode":"NOT_FOUND"}`, views.NotFound},
		"does not report a clip as missing for another error":                {`{"url":"https://www.tiktok.com/@_/video/` + id + `","error":"Blocked"}`, views.Unreadable},
		"has no data in an error with counts":                                {`{"id":"` + id + `",` + about + `,"playCount":9,"error":"Blocked"}`, views.Unreadable},
		"hides its views without plays":                                      {`{"id":"` + id + `",` + about + `,"diggCount":9}`, string(clip.ViewsHidden)},
		"hides its views with null plays":                                    {`{"id":"` + id + `",` + about + `,"playCount":null}`, string(clip.ViewsHidden)},
		"is a photo with null plays in a slideshow":                          {`{"id":"` + id + `",` + about + `,"playCount":null,"isSlideshow":true}`, string(clip.Photo)},
		"counts a slideshow of photos":                                       {`{"id":"` + id + `",` + about + `,"playCount":9,"isSlideshow":true}`, ""},
		"has no data without plays and author":                               {`{"id":"` + id + `","diggCount":9}`, views.Unreadable},
		"has no data with negative plays":                                    {`{"id":"` + id + `",` + about + `,"playCount":-1}`, views.Unreadable},
		"has no data with half a play":                                       {`{"id":"` + id + `",` + about + `,"playCount":9.5}`, views.Unreadable},
		"reads plays next to negative likes":                                 {`{"id":"` + id + `",` + about + `,"playCount":9,"diggCount":-1,"commentCount":"12K"}`, ""},
		"has no data without an author":                                      {`{"id":"` + id + `","createTimeISO":"2026-01-02T03:04:05.000Z","playCount":9}`, views.Unreadable},
		"has no data without a time":                                         {`{"id":"` + id + `","authorMeta":{"name":"x"},"playCount":9}`, views.Unreadable},
		"has no data in an item that is a string":                            {`"nothing"`, views.Unreadable},
		"has no data in an item of another clip":                             {`{"id":"1",` + about + `,"playCount":9}`, views.Unreadable},
		"is not confused by a null":                                          {`null`, views.Unreadable},
		"is not confused by an item of the wrong type next to the right one": {`{"id":5},{"id":"` + id + `",` + about + `,"playCount":9}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batch := fetchCanned(t, clip.TikTok, id, test.item)

			require.Equal(t, test.missing, batch.Missing[id])
			if test.missing == "" {
				require.Equal(t, int64(9), batch.Readings[id].Views)
				require.Equal(t, "someone", batch.Readings[id].AuthorID)
			}
		})
	}
}

func TestInstagramItems(t *testing.T) {
	t.Parallel()
	const id = "Ab-9_xYz123"
	const about = `"ownerUsername":"SomeOne","timestamp":"2026-01-02T03:04:05.000Z"`

	for name, test := range map[string]struct {
		item, missing string
		likes         int64
	}{
		"reads plays rather than views":                                    {`{"shortCode":"` + id + `",` + about + `,"videoPlayCount":9,"videoViewCount":5,"likesCount":3}`, "", 3},
		"reads views where there are no plays":                             {`{"shortCode":"` + id + `",` + about + `,"videoViewCount":9}`, "", 0},
		"finds a clip that was requested as a reel and returned as a post": {`{"url":"https://www.instagram.com/p/` + id + `/","inputUrl":"https://www.instagram.com/reel/` + id + `/",` + about + `,"videoPlayCount":9}`, "", 0},
		"finds a clip by the requested address alone":                      {`{"inputUrl":"https://www.instagram.com/reel/` + id + `/",` + about + `,"videoPlayCount":9}`, "", 0},
		"counts hidden likes as zero":                                      {`{"shortCode":"` + id + `",` + about + `,"videoPlayCount":9,"likesCount":-1}`, "", 0},
		"counts likes that make no sense as zero":                          {`{"shortCode":"` + id + `",` + about + `,"videoPlayCount":9,"likesCount":-2,"commentsCount":"12K"}`, "", 0},
		"is a photo":                                                 {`{"shortCode":"` + id + `",` + about + `,"type":"Image","likesCount":3}`, string(clip.Photo), 0},
		"is a carousel":                                              {`{"shortCode":"` + id + `",` + about + `,"type":"Sidecar","videoPlayCount":null,"likesCount":3}`, string(clip.Carousel), 0},
		"counts a carousel that has plays":                           {`{"shortCode":"` + id + `",` + about + `,"type":"Sidecar","videoPlayCount":9}`, "", 0},
		"hides its views with null plays":                            {`{"shortCode":"` + id + `",` + about + `,"type":"Video","videoPlayCount":null,"likesCount":3}`, string(clip.ViewsHidden), 0},
		"hides its views with plays of minus one":                    {`{"shortCode":"` + id + `",` + about + `,"type":"Video","videoPlayCount":-1}`, string(clip.ViewsHidden), 0},
		"has no data with other negative plays":                      {`{"shortCode":"` + id + `",` + about + `,"type":"Video","videoPlayCount":-2}`, views.Unreadable, 0},
		"does not fall back from plays that are words":               {`{"shortCode":"` + id + `",` + about + `,"videoPlayCount":"plenty","videoViewCount":9}`, views.Unreadable, 0},
		"reports a clip that does not exist":                         {`{"inputUrl":"https://www.instagram.com/p/` + id + `/","error":"not_found","errorDescription":"Post does not exist"}`, views.NotFound, 0},
		"reports a clip that is deleted or private":                  {`{"inputUrl":"https://www.instagram.com/p/` + id + `/","requestErrorMessages":[],"error":"no_items","errorDescription":"Empty or private data for provided input"}`, views.NotFound, 0},
		"does not report a clip as missing if requests were blocked": {`{"inputUrl":"https://www.instagram.com/p/` + id + `/","requestErrorMessages":["Request blocked, retrying it again with different session"],"error":"no_items","errorDescription":"Empty or private data for provided input"}`, views.Unreadable, 0},
		"reports a restricted clip":                                  {`{"url":"https://www.instagram.com/p/` + id + `/","error":"restricted_page"}`, string(clip.Restricted), 0},
		"does not report a clip as missing for another error":        {`{"url":"https://www.instagram.com/p/` + id + `/","error":"blocked"}`, views.Unreadable, 0},
		"distinguishes codes by case":                                {`{"shortCode":"` + strings.ToLower(id) + `",` + about + `,"videoPlayCount":9}`, views.Unreadable, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batch := fetchCanned(t, clip.Instagram, id, test.item)

			require.Equal(t, test.missing, batch.Missing[id])
			if test.missing == "" {
				require.Equal(t, int64(9), batch.Readings[id].Views)
				require.Equal(t, test.likes, batch.Readings[id].Likes)
			}
		})
	}
}

func TestYouTubeItems(t *testing.T) {
	t.Parallel()
	const id = "aaaaaaaaaaa"
	const about = `"channelId":"UCabcdefGHIJKLmnop_-1234","date":"2026-01-02T03:04:05.000Z"`

	for name, test := range map[string]struct{ item, missing string }{
		"reads an item":                               {`{"id":"` + id + `",` + about + `,"viewCount":9,"likes":null}`, ""},
		"finds the clip by its address":               {`{"url":"https://www.youtube.com/shorts/` + id + `",` + about + `,"viewCount":9}`, ""},
		"hides its views without a count":             {`{"id":"` + id + `",` + about + `,"viewCount":null,"likes":3}`, string(clip.ViewsHidden)},
		"has no data without a channel":               {`{"id":"` + id + `","date":"2026-01-02T03:04:05.000Z","viewCount":9}`, views.Unreadable},
		"has no data with a date that is not one":     {`{"id":"` + id + `","channelId":"UCx","date":"2 days ago","viewCount":9}`, views.Unreadable},
		"is unreadable if it is left out":             {``, views.Unreadable},
		"is unreadable for a note about its comments": {`{"url":"https://www.youtube.com/watch?v=` + id + `","error":"NO_COMMENTS","note":"No comments found"}`, views.Unreadable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batch := fetchCanned(t, clip.YouTube, id, test.item)

			require.Equal(t, test.missing, batch.Missing[id])
			if test.missing == "" {
				require.Equal(t, int64(9), batch.Readings[id].Views)
				require.Equal(t, "UCabcdefGHIJKLmnop_-1234", batch.Readings[id].AuthorID, "a channel id keeps its case")
			}
		})
	}
}

func TestYouTubeProfiles(t *testing.T) {
	t.Parallel()
	const channel = "UCabcdefGHIJKLmnop_-1234"
	for name, item := range map[string]string{
		"next to the video":    `{"channelId":"` + channel + `","channelDescription":"about"}`,
		"in a part of its own": `{"channelId":"UCanother_channel_000000","aboutChannelInfo":{"channelId":"` + channel + `","channelDescription":"about"}}`,
	} {
		t.Run("reads a description "+name, func(t *testing.T) {
			t.Parallel()
			sim, baseURL := startSimulator(t, simulator.Options{})
			_, err := sim.Faults.Add(faults.Rule{Action: faults.Refuse, Status: http.StatusCreated, Body: "[" + item + "]"})
			require.NoError(t, err)

			profile, err := newClient(t, baseURL).ReadProfile(t.Context(), clip.YouTube, channel)

			require.NoError(t, err)
			require.Equal(t, "about", profile.Text)
		})
	}
}

func fetchCanned(t *testing.T, platform clip.Platform, id, items string) providers.Batch {
	t.Helper()
	sim, baseURL := startSimulator(t, simulator.Options{})
	_, err := sim.Faults.Add(faults.Rule{Action: faults.Refuse, Status: http.StatusCreated, Body: "[" + items + "]"})
	require.NoError(t, err)
	batch, err := newClient(t, baseURL).Fetch(t.Context(), platform, []string{id})
	require.NoError(t, err)
	return batch
}

func startSimulator(t *testing.T, options simulator.Options) (*simulator.Simulator, string) {
	t.Helper()
	options.Token = providertest.Credential
	sim := simulator.New(options)
	return sim, providertest.Serve(t, sim.Simulator)
}

func newClient(t *testing.T, baseURL string) *apify.Client {
	t.Helper()
	client, err := apify.New(
		providers.Config{BaseURL: baseURL, Credential: providertest.Credential},
		apify.Prices{StartMicros: 1000, ItemMicros: 50},
	)
	require.NoError(t, err)
	return client
}
