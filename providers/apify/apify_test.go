package apify_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	simulator "github.com/creditroll/creditroll/devstack/simulators/apify"
	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/providers"
	"github.com/creditroll/creditroll/providers/apify"
	"github.com/creditroll/creditroll/providers/providertest"
)

const handle = "Some.One_1"

func TestConformance(t *testing.T) {
	t.Parallel()
	for _, platform := range []clip.Platform{clip.TikTok, clip.Instagram} {
		t.Run(string(platform), func(t *testing.T) {
			t.Parallel()
			providertest.Run(t, func(t *testing.T) providertest.Subject { return subject(t, platform) })
		})
	}
}

func subject(t *testing.T, platform clip.Platform) providertest.Subject {
	sim, baseURL := startSimulator(t, simulator.Options{})
	return providertest.Subject{
		Platform:   platform,
		BaseURL:    baseURL,
		AuthorID:   handle,
		ExternalID: func(n int) string { return externalID(platform, n) },
		NewClient: func(config providertest.ClientConfig) (providers.Client, error) {
			return apify.New(apify.Config{
				BaseURL: config.BaseURL, Token: config.Credential, Timeout: config.Timeout, BodyBytesMax: config.BodyBytesMax,
			})
		},
		Put: func(t *testing.T, c providertest.Clip) { put(t, sim, platform, c.ExternalID, c.PublishedAt) },
		Counts: func(t *testing.T, id string) (viewed, likes, comments, shares int64) {
			shown, ok := sim.Clips.Show(string(platform), id)
			require.True(t, ok)
			if platform == clip.Instagram {
				shown.Counts.Shares = 0 // the actor does not tell them
			}
			return shown.Counts.Views, shown.Counts.Likes, shown.Counts.Comments, shown.Counts.Shares
		},
		Trouble:      func(t *testing.T, trouble providertest.Trouble) { script(t, sim.Faults, trouble) },
		SilenceMeans: providers.Unreadable,
	}
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
		t.Run(fmt.Sprintf("takes %s as %s", kind, test.kind), func(t *testing.T) {
			t.Parallel()
			sim, baseURL := startSimulator(t, simulator.Options{})
			_, err := sim.Faults.Add(faults.Rule{Action: faults.Refuse, Status: test.status, Type: kind})
			require.NoError(t, err)

			_, err = newClient(t, baseURL).Fetch(t.Context(), clip.TikTok, []string{externalID(clip.TikTok, 1)})

			require.Equal(t, test.kind, fault.KindOf(err), "%v", err)
		})
	}
}

func TestCost(t *testing.T) {
	t.Parallel()
	one, gone := externalID(clip.TikTok, 1), externalID(clip.TikTok, 2)

	t.Run("bills the start and every item, errors included", func(t *testing.T) {
		t.Parallel()
		sim, baseURL := startSimulator(t, simulator.Options{})
		put(t, sim, clip.TikTok, one, time.Now().Add(-time.Hour))

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
		"reads an item":                                                     {`{"id":"` + id + `",` + about + `,"playCount":9}`, ""},
		"finds the clip by its address":                                     {`{"webVideoUrl":"https://www.tiktok.com/@x/video/` + id + `?lang=en",` + about + `,"playCount":9}`, ""},
		"tells a clip that is gone":                                         {`{"url":"https://www.tiktok.com/@_/video/` + id + `","error":"Post not found or private.","errorCode":"NOT_FOUND"}`, providers.NotFound},
		"does not believe another error":                                    {`{"url":"https://www.tiktok.com/@_/video/` + id + `","error":"Blocked"}`, providers.Unreadable},
		"has no data in an error with counts":                               {`{"id":"` + id + `",` + about + `,"playCount":9,"error":"Blocked"}`, providers.Unreadable},
		"has no data without plays":                                         {`{"id":"` + id + `",` + about + `,"diggCount":9}`, providers.Unreadable},
		"has no data with null plays":                                       {`{"id":"` + id + `",` + about + `,"playCount":null}`, providers.Unreadable},
		"has no data with negative plays":                                   {`{"id":"` + id + `",` + about + `,"playCount":-1}`, providers.Unreadable},
		"has no data with half a play":                                      {`{"id":"` + id + `",` + about + `,"playCount":9.5}`, providers.Unreadable},
		"has no data with negative likes":                                   {`{"id":"` + id + `",` + about + `,"playCount":9,"diggCount":-1}`, providers.Unreadable},
		"has no data without an author":                                     {`{"id":"` + id + `","createTimeISO":"2026-01-02T03:04:05.000Z","playCount":9}`, providers.Unreadable},
		"has no data without a time":                                        {`{"id":"` + id + `","authorMeta":{"name":"x"},"playCount":9}`, providers.Unreadable},
		"has no data in an item that is a word":                             {`"nothing"`, providers.Unreadable},
		"has no data in an item of another clip":                            {`{"id":"1",` + about + `,"playCount":9}`, providers.Unreadable},
		"is not confused by a null":                                         {`null`, providers.Unreadable},
		"is not confused by an item of the wrong kind beside the right one": {`{"id":5},{"id":"` + id + `",` + about + `,"playCount":9}`, ""},
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
		"reads plays rather than views":                        {`{"shortCode":"` + id + `",` + about + `,"videoPlayCount":9,"videoViewCount":5,"likesCount":3}`, "", 3},
		"reads views where there are no plays":                 {`{"shortCode":"` + id + `",` + about + `,"videoViewCount":9}`, "", 0},
		"finds a clip asked for as a reel and given as a post": {`{"url":"https://www.instagram.com/p/` + id + `/","inputUrl":"https://www.instagram.com/reel/` + id + `/",` + about + `,"videoPlayCount":9}`, "", 0},
		"finds a clip by the address asked for alone":          {`{"inputUrl":"https://www.instagram.com/reel/` + id + `/",` + about + `,"videoPlayCount":9}`, "", 0},
		"counts hidden likes as none":                          {`{"shortCode":"` + id + `",` + about + `,"videoPlayCount":9,"likesCount":-1}`, "", 0},
		"has no data with other negative likes":                {`{"shortCode":"` + id + `",` + about + `,"videoPlayCount":9,"likesCount":-2}`, providers.Unreadable, 0},
		"has no data in a photo":                               {`{"shortCode":"` + id + `",` + about + `,"type":"Image","likesCount":3}`, providers.Unreadable, 0},
		"does not fall back from plays that are words":         {`{"shortCode":"` + id + `",` + about + `,"videoPlayCount":"plenty","videoViewCount":9}`, providers.Unreadable, 0},
		"tells a clip that is gone":                            {`{"inputUrl":"https://www.instagram.com/p/` + id + `/","error":"not_found","errorDescription":"Post does not exist"}`, providers.NotFound, 0},
		"does not take a restricted clip for gone":             {`{"url":"https://www.instagram.com/p/` + id + `/","error":"restricted_page"}`, providers.Unreadable, 0},
		"tells codes apart by case":                            {`{"shortCode":"` + strings.ToLower(id) + `",` + about + `,"videoPlayCount":9}`, providers.Unreadable, 0},
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

func fetchCanned(t *testing.T, platform clip.Platform, id, items string) providers.Batch {
	t.Helper()
	sim, baseURL := startSimulator(t, simulator.Options{})
	script(t, sim.Faults, providertest.Trouble{Status: http.StatusCreated, Body: "[" + items + "]"})
	batch, err := newClient(t, baseURL).Fetch(t.Context(), platform, []string{id})
	require.NoError(t, err)
	return batch
}

func startSimulator(t *testing.T, options simulator.Options) (*simulator.Simulator, string) {
	t.Helper()
	options.Token = providertest.Credential
	sim := simulator.New(options)
	baseURL, err := sim.Start("127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, sim.Close()) })
	return sim, baseURL
}

func newClient(t *testing.T, baseURL string) *apify.Client {
	t.Helper()
	client, err := apify.New(apify.Config{BaseURL: baseURL, Token: providertest.Credential, StartCostMicros: 1000, ItemCostMicros: 50})
	require.NoError(t, err)
	return client
}

// put publishes a clip whose views have stopped growing, so that no test races its clock.
func put(t *testing.T, sim *simulator.Simulator, platform clip.Platform, id string, publishedAt time.Time) {
	t.Helper()
	curve := curves.Generated(string(platform), id)
	require.NoError(t, sim.Clips.Put(catalog.Clip{
		Platform: string(platform), ExternalID: id, AuthorID: handle, PublishedAt: publishedAt,
		Curve: curves.Spec{Parametric: &curve, Events: []curves.Event{{Kind: curves.Freezes, AtSeconds: 3600}}},
	}))
}

func externalID(platform clip.Platform, n int) string {
	if platform == clip.TikTok {
		return fmt.Sprintf("73%017d", n)
	}
	return fmt.Sprintf("Re_-l%06d", n)
}

func script(t *testing.T, faultScript *faults.Script, trouble providertest.Trouble) {
	t.Helper()
	rule := faults.Rule{Action: faults.Refuse, Status: trouble.Status, Headers: trouble.Headers, Body: trouble.Body}
	switch {
	case trouble.Reset:
		rule = faults.Rule{Action: faults.ResetBefore}
	case trouble.Hang:
		rule = faults.Rule{Action: faults.Hang}
	case trouble.Partial:
		rule = faults.Rule{Action: faults.Refuse, Inside: true, Code: "partial"}
	case trouble.Spoilt:
		rule = faults.Rule{Action: faults.Refuse, Inside: true, Code: "spoilt_counts"}
	}
	_, err := faultScript.Add(rule)
	require.NoError(t, err)
}
