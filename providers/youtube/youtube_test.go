package youtube_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	simulator "github.com/creditroll/creditroll/devstack/simulators/youtube"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
	"github.com/creditroll/creditroll/providers/providertest"
	"github.com/creditroll/creditroll/providers/youtube"
)

var videoID = providertest.ExternalID(clip.YouTube, 1)

func TestConformance(t *testing.T) {
	t.Parallel()
	providertest.Run(t, providertest.Subject{
		Registration: youtube.Registration(),
		NewSimulator: func() *catalog.Simulator {
			return simulator.New(simulator.Options{APIKey: providertest.Credential}).Simulator
		},
		Limits: []providertest.Limit{
			{Status: http.StatusForbidden, Body: `{"error":{"code":403,"errors":[{"domain":"youtube.quota","reason":"quotaExceeded"}]}}`},
			providertest.RetryAfter("Retry-After"),
		},
		SilenceMeans:  views.NotFound,
		Counters:      map[clip.Platform]providertest.Counters{clip.YouTube: {Views: "viewCount", Likes: "likeCount", Comments: "commentCount"}},
		WithoutShares: []clip.Platform{clip.YouTube},
		Kinds: map[clip.Platform]map[string]clip.Counterless{clip.YouTube: {
			catalog.ViewsHidden: clip.ViewsHidden, catalog.MembersOnly: clip.MembersOnly, catalog.Premiere: clip.Premiere,
			catalog.Unlisted: clip.Unlisted, catalog.RegionBlocked: clip.RegionBlocked,
		}},
	})
}

func TestQuota(t *testing.T) {
	t.Parallel()

	t.Run("asks to wait until midnight Pacific when the quota is used up", func(t *testing.T) {
		t.Parallel()
		for now, want := range map[string]time.Duration{
			"2026-01-15T12:00:00Z": 20 * time.Hour,
			"2026-07-15T12:00:00Z": 19 * time.Hour,
			"2026-07-15T06:59:59Z": time.Second,
			"2026-03-08T08:30:00Z": 22*time.Hour + 30*time.Minute, // the day with 23 hours
			"2026-11-01T07:30:00Z": 24*time.Hour + 30*time.Minute, // the day with 25 hours
		} {
			at, err := time.Parse(time.RFC3339, now)
			require.NoError(t, err)
			_, baseURL := startSimulator(t, simulator.Options{
				QuotaUnitsPerDay: 1, Options: catalog.Options{Clock: catalog.NewClock(at, 0)},
			})
			client := newClient(t, baseURL, at)
			_, err = client.Fetch(t.Context(), clip.YouTube, []string{videoID})
			require.NoError(t, err)

			_, err = client.Fetch(t.Context(), clip.YouTube, []string{videoID})

			found, ok := fault.As(err)
			require.True(t, ok)
			require.Equal(t, fault.RateLimited, found.Kind)
			require.Equal(t, "provider_quota_exceeded", found.Code)
			require.Equal(t, want, found.RetryAfter, now)
		}
	})

	t.Run("is answered again after that wait", func(t *testing.T) {
		t.Parallel()
		clock := catalog.NewClock(time.Date(2026, 11, 1, 7, 30, 0, 0, time.UTC), 0)
		_, baseURL := startSimulator(t, simulator.Options{QuotaUnitsPerDay: 1, Options: catalog.Options{Clock: clock}})
		client := newClient(t, baseURL, clock.Now())
		_, err := client.Fetch(t.Context(), clip.YouTube, []string{videoID})
		require.NoError(t, err)
		_, err = client.Fetch(t.Context(), clip.YouTube, []string{videoID})
		found, _ := fault.As(err)
		require.NotNil(t, found)

		clock.Advance(found.RetryAfter)
		_, err = client.Fetch(t.Context(), clip.YouTube, []string{videoID})

		require.NoError(t, err)
	})
}

func TestReasons(t *testing.T) {
	t.Parallel()
	for reason, test := range map[string]struct {
		status int
		kind   fault.Kind
	}{
		"rateLimitExceeded":     {http.StatusForbidden, fault.RateLimited},
		"userRateLimitExceeded": {http.StatusForbidden, fault.RateLimited},
		"dailyLimitExceeded":    {http.StatusForbidden, fault.RateLimited},
		"keyInvalid":            {http.StatusBadRequest, fault.Denied},
		"keyExpired":            {http.StatusBadRequest, fault.Denied},
		"accessNotConfigured":   {http.StatusForbidden, fault.Denied},
		"invalidFilters":        {http.StatusBadRequest, fault.Invalid},
		"backendError":          {http.StatusServiceUnavailable, fault.Unavailable},
	} {
		t.Run(fmt.Sprintf("classifies %s as %s", reason, test.kind), func(t *testing.T) {
			t.Parallel()
			sim, baseURL := startSimulator(t, simulator.Options{})
			_, err := sim.Faults.Add(faults.Rule{Action: faults.Refuse, Status: test.status, Code: reason})
			require.NoError(t, err)

			_, err = newClient(t, baseURL, time.Now()).Fetch(t.Context(), clip.YouTube, []string{videoID})

			require.Equal(t, test.kind, fault.KindOf(err), "%v", err)
		})
	}
}

func TestItems(t *testing.T) {
	t.Parallel()
	const id = "aaaaaaaaaaa"
	const snippet = `"snippet":{"publishedAt":"2026-01-02T03:04:05Z","channelId":"UCx"}`

	for name, test := range map[string]struct {
		item    string
		missing string
		likes   int64
	}{
		"counts hidden likes and comments as zero": {`{"id":"` + id + `",` + snippet + `,"statistics":{"viewCount":"9"}}`, "", 0},
		"reads likes": {`{"id":"` + id + `",` + snippet + `,"statistics":{"viewCount":"9","likeCount":"3"}}`, "", 3},
		"is for members without views next to likes":                      {`{"id":"` + id + `",` + snippet + `,"statistics":{"likeCount":"3"}}`, string(clip.MembersOnly), 0},
		"hides its views without any count":                               {`{"id":"` + id + `",` + snippet + `,"statistics":{"favoriteCount":"0"}}`, string(clip.ViewsHidden), 0},
		"has no data without statistics":                                  {`{"id":"` + id + `",` + snippet + `}`, views.Unreadable, 0},
		"is blocked where no country is allowed":                          {`{"id":"` + id + `",` + snippet + `,"contentDetails":{"regionRestriction":{"allowed":[]}},"statistics":{"viewCount":"9"}}`, string(clip.RegionBlocked), 0},
		"is counted where some countries are blocked":                     {`{"id":"` + id + `",` + snippet + `,"contentDetails":{"regionRestriction":{"blocked":["DE"]}},"statistics":{"viewCount":"9"}}`, "", 0},
		"is blocked where the count is missing with the country":          {`{"id":"` + id + `",` + snippet + `,"contentDetails":{"regionRestriction":{"blocked":["DE"]}},"statistics":{"likeCount":"3"}}`, string(clip.RegionBlocked), 0},
		"is unlisted, although it has views":                              {`{"id":"` + id + `",` + snippet + `,"status":{"privacyStatus":"unlisted"},"statistics":{"viewCount":"9"}}`, string(clip.Unlisted), 0},
		"is a premiere until it has begun":                                {`{"id":"` + id + `","snippet":{"publishedAt":"2026-01-02T03:04:05Z","channelId":"UCx","liveBroadcastContent":"upcoming"},"statistics":{"viewCount":"0"}}`, string(clip.Premiere), 0},
		"is counted while it is live":                                     {`{"id":"` + id + `","snippet":{"publishedAt":"2026-01-02T03:04:05Z","channelId":"UCx","liveBroadcastContent":"live"},"statistics":{"viewCount":"9"}}`, "", 0},
		"has no data with empty views":                                    {`{"id":"` + id + `",` + snippet + `,"statistics":{"viewCount":""}}`, views.Unreadable, 0},
		"has no data with views of minus one":                             {`{"id":"` + id + `",` + snippet + `,"statistics":{"viewCount":"-1"}}`, views.Unreadable, 0},
		"has no data with views that are words":                           {`{"id":"` + id + `",` + snippet + `,"statistics":{"viewCount":"1.2K"}}`, views.Unreadable, 0},
		"has no data with views beyond any number":                        {`{"id":"` + id + `",` + snippet + `,"statistics":{"viewCount":"9223372036854775808"}}`, views.Unreadable, 0},
		"counts likes that are a list as zero":                            {`{"id":"` + id + `",` + snippet + `,"statistics":{"viewCount":"9","likeCount":[],"commentCount":"12K"}}`, "", 0},
		"has no data without a channel":                                   {`{"id":"` + id + `","snippet":{"publishedAt":"2026-01-02T03:04:05Z"},"statistics":{"viewCount":"9"}}`, views.Unreadable, 0},
		"has no data without a time of publication":                       {`{"id":"` + id + `","snippet":{"channelId":"UCx"},"statistics":{"viewCount":"9"}}`, views.Unreadable, 0},
		"has no data with a time that is not one":                         {`{"id":"` + id + `","snippet":{"channelId":"UCx","publishedAt":"lately"},"statistics":{"viewCount":"9"}}`, views.Unreadable, 0},
		"reports a private clip":                                          {`{"id":"` + id + `",` + snippet + `,"status":{"privacyStatus":"private"},"statistics":{"viewCount":"9"}}`, views.Private, 0},
		"reports a removed clip":                                          {`{"id":"` + id + `",` + snippet + `,"status":{"uploadStatus":"rejected"},"statistics":{"viewCount":"9"}}`, views.Removed, 0},
		"does not report a clip as missing next to an item without an id": {`{"kind":"youtube#video"}`, views.Unreadable, 0},
		"reports a clip as missing next to one that was not requested":    {`{"id":"bbbbbbbbbbb"}`, views.NotFound, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, baseURL := startSimulator(t, simulator.Options{})
			_, err := sim.Faults.Add(faults.Rule{Action: faults.Refuse, Status: http.StatusOK, Body: `{"items":[` + test.item + `]}`})
			require.NoError(t, err)

			batch, err := newClient(t, baseURL, time.Now()).Fetch(t.Context(), clip.YouTube, []string{id})

			require.NoError(t, err)
			require.Equal(t, test.missing, batch.Missing[id])
			if test.missing == "" {
				require.Equal(t, int64(9), batch.Readings[id].Views)
				require.Equal(t, test.likes, batch.Readings[id].Likes)
			}
		})
	}
}

func startSimulator(t *testing.T, options simulator.Options) (*simulator.Simulator, string) {
	t.Helper()
	options.APIKey = providertest.Credential
	sim := simulator.New(options)
	return sim, providertest.Serve(t, sim.Simulator)
}

func newClient(t *testing.T, baseURL string, now time.Time) *youtube.Client {
	t.Helper()
	client, err := youtube.New(providers.Config{BaseURL: baseURL, Credential: providertest.Credential, Now: func() time.Time { return now }})
	require.NoError(t, err)
	return client
}
