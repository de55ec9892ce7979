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
	"github.com/creditroll/creditroll/providers"
)

const (
	name = "youtube"
	// idsMax is the API's own limit on ids in a request.
	idsMax = 50

	baseURLDefault = "https://www.googleapis.com"
	timeoutDefault = 15 * time.Second
	// Fifty items with the longest descriptions in several languages stay below 4 MiB.
	bodyBytesDefault = 8 << 20
)

// Config holds the settings of the client; all but APIKey have defaults.
type Config struct {
	// BaseURL is scheme and host of the API.
	BaseURL string
	APIKey  string
	Timeout time.Duration
	// BodyBytesMax is how long an answer may be.
	BodyBytesMax int64
	// Now is the clock that dates readings and counts the time to the quota's reset.
	Now func() time.Time
	// Transport replaces net/http's own, for instrumentation.
	Transport http.RoundTripper
}

// Client reads YouTube clips. It is safe for concurrent use.
type Client struct {
	endpoint *providers.Endpoint
	apiKey   string
	now      func() time.Time
}

// New returns a client, or fault.Invalid for a setting that cannot work.
func New(config Config) (*Client, error) {
	if config.BaseURL == "" {
		config.BaseURL = baseURLDefault
	}
	if config.Timeout == 0 {
		config.Timeout = timeoutDefault
	}
	if config.BodyBytesMax == 0 {
		config.BodyBytesMax = bodyBytesDefault
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	endpoint, err := providers.NewEndpoint(providers.EndpointConfig{
		Provider: name, BaseURL: config.BaseURL, Secret: config.APIKey,
		Timeout: config.Timeout, BodyBytesMax: config.BodyBytesMax, Transport: config.Transport,
	})
	if err != nil {
		return nil, err
	}
	return &Client{endpoint: endpoint, apiKey: config.APIKey, now: config.Now}, nil
}

// Name returns "youtube".
func (c *Client) Name() string { return name }

// Platforms returns YouTube alone.
func (c *Client) Platforms() []clip.Platform { return []clip.Platform{clip.YouTube} }

// MaxBatch returns 50 for YouTube and zero for every other platform.
func (c *Client) MaxBatch(platform clip.Platform) int {
	if platform != clip.YouTube {
		return 0
	}
	return idsMax
}

// Fetch reads clips as providers.Client says. A clip that the API leaves out is missing as
// "not_found": deleted and private clips cannot be told apart. A request costs no money,
// only a unit of the day's quota.
func (c *Client) Fetch(ctx context.Context, platform clip.Platform, externalIDs []string) (providers.Batch, error) {
	if err := providers.CheckRequest(c, platform, externalIDs); err != nil {
		return providers.Batch{}, err
	}
	answer, err := c.endpoint.Do(ctx, providers.Request{
		Method: http.MethodGet,
		Path:   "/youtube/v3/videos",
		Query: url.Values{
			"part": {"statistics,snippet,status"},
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
