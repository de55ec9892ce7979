// Package youtube reads clips through the YouTube Data API v3.
// Wire format: https://developers.google.com/youtube/v3/docs/videos/list
package youtube

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

const (
	name = "youtube"
	// idsMax is the API's own limit on ids in a request.
	idsMax = 50
	// A project may use dayUnits a day unless Google grants it more, and a list of any kind costs listUnits.
	// https://developers.google.com/youtube/v3/determine_quota_cost
	dayUnits, listUnits = 10_000, 1
)

var defaults = providers.Config{
	BaseURL: "https://www.googleapis.com",
	Timeout: 15 * time.Second,
	// Fifty items with the longest descriptions in several languages stay below 4 MiB.
	BodyBytesMax: 8 << 20,
}

// Registration registers the client.
func Registration() providers.Registration {
	return providers.Registration{ //nolint:gosec // the name of a variable is not a credential
		Name: name, Title: "YouTube",
		Places:             map[clip.Platform]int{clip.YouTube: 1},
		CredentialVariable: "YOUTUBE_API_KEY", BaseURLVariable: "YOUTUBE_API_BASE",
		Help:   "YouTube Data API v3; without a key, YouTube is read by Apify alone",
		Quotas: []providers.Quota{{Name: "units", PostUnits: listUnits, ProfileUnits: listUnits, Limits: views.Limits{Day: views.DayQuota{Units: dayUnits, Zone: "America/Los_Angeles"}}}},
		New:    func(config providers.Config) (providers.Client, error) { return New(config) },
	}
}

// Client reads YouTube clips. It is safe for concurrent use.
type Client struct {
	endpoint *providers.Endpoint
	apiKey   string
	now      func() time.Time
}

// New returns a client whose credential is an API key, or fault.Invalid for a config that
// cannot work.
func New(config providers.Config) (*Client, error) {
	config = config.WithDefaults(defaults)
	endpoint, err := providers.NewEndpoint(name, config)
	if err != nil {
		return nil, err
	}
	return &Client{endpoint: endpoint, apiKey: config.Credential, now: config.Now}, nil
}

// Name returns "youtube".
func (c *Client) Name() string { return name }

// Platforms returns YouTube only.
func (c *Client) Platforms() []clip.Platform { return []clip.Platform{clip.YouTube} }

// MaxBatch returns 50 for YouTube and zero for every other platform.
func (c *Client) MaxBatch(platform clip.Platform) int {
	if platform != clip.YouTube {
		return 0
	}
	return idsMax
}

// Fetch reads clips as described at providers.Client. A clip that the API leaves out is missing
// as "not_found": the API shows no difference between deleted and private clips. A request
// costs no money, only a unit of the day's quota.
func (c *Client) Fetch(ctx context.Context, platform clip.Platform, externalIDs []string) (providers.Batch, error) {
	if err := providers.CheckRequest(c, platform, externalIDs); err != nil {
		return providers.Batch{}, err
	}
	answer, err := c.endpoint.Do(ctx, providers.Request{
		Method: http.MethodGet,
		Path:   "/youtube/v3/videos",
		Query: url.Values{
			"part": {"statistics,snippet,status,contentDetails"},
			"id":   {strings.Join(externalIDs, ",")},
			"key":  {c.apiKey},
		},
		Header: http.Header{"Accept": {"application/json"}},
	})
	if err != nil {
		return providers.Batch{}, err
	}
	if answer.Status != http.StatusOK {
		return providers.Batch{}, faultOf(answer, c.now())
	}
	return readList(answer.Body, externalIDs, c.now())
}
