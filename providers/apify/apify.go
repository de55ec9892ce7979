// Package apify reads clips through Apify's TikTok and Instagram scrapers, run
// synchronously. Wire format: https://docs.apify.com/api/v2 (run Actor synchronously and
// get dataset items) and the actors' own descriptions.
package apify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/providers"
)

const (
	name = "apify"
	// urlsMax clips share the price of one actor start and still finish well within the
	// 300 seconds that Apify keeps a synchronous run's connection.
	urlsMax = 25

	baseURLDefault   = "https://api.apify.com"
	timeoutDefault   = 310 * time.Second
	bodyBytesDefault = 16 << 20
)

// Config holds the settings of the client; all but Token have defaults.
type Config struct {
	// BaseURL is scheme and host of the API.
	BaseURL string
	Token   string
	Timeout time.Duration
	// BodyBytesMax is how long an answer may be.
	BodyBytesMax int64
	// StartCostMicros and ItemCostMicros are the prices of a run and of each of its
	// results, in millionths of a US dollar. They depend on the plan; the default is zero.
	StartCostMicros int64
	ItemCostMicros  int64
	// Now is the clock that dates readings.
	Now func() time.Time
	// Transport replaces net/http's own, for instrumentation.
	Transport http.RoundTripper
}

// Client reads TikTok and Instagram clips. It is safe for concurrent use.
type Client struct {
	endpoint *providers.Endpoint
	config   Config
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
	if config.StartCostMicros < 0 || config.ItemCostMicros < 0 {
		return nil, fault.New(fault.Invalid, "bad_price", "the prices of Apify are below zero: correct the setting")
	}
	endpoint, err := providers.NewEndpoint(providers.EndpointConfig{
		Provider: name, BaseURL: config.BaseURL, Secret: config.Token,
		Timeout: config.Timeout, BodyBytesMax: config.BodyBytesMax, Transport: config.Transport,
	})
	if err != nil {
		return nil, err
	}
	return &Client{endpoint: endpoint, config: config}, nil
}

// Name returns "apify".
func (c *Client) Name() string { return name }

// Platforms returns TikTok and Instagram.
func (c *Client) Platforms() []clip.Platform { return []clip.Platform{clip.TikTok, clip.Instagram} }

// MaxBatch returns 25 for TikTok and Instagram, and zero for every other platform.
func (c *Client) MaxBatch(platform clip.Platform) int {
	if _, ok := actors[platform]; !ok {
		return 0
	}
	return urlsMax
}

// Fetch reads clips as providers.Client says. A clip that the run reports as gone is
// missing as "not_found"; one on which it is silent, or restricted, as "error". A run that
// outlives the connection goes on and is billed, so its price counts although it failed.
func (c *Client) Fetch(ctx context.Context, platform clip.Platform, externalIDs []string) (providers.Batch, error) {
	if err := providers.CheckRequest(c, platform, externalIDs); err != nil {
		return providers.Batch{}, err
	}
	actor := actors[platform]
	input, err := json.Marshal(actor.input(canonicalURLs(platform, externalIDs)))
	if err != nil {
		return providers.Batch{}, fmt.Errorf("write actor input: %w", err)
	}

	answer, err := c.endpoint.Do(ctx, providers.Request{
		Method: http.MethodPost,
		Path:   "/v2/acts/" + actor.name + "/run-sync-get-dataset-items",
		Header: http.Header{
			"Authorization": {"Bearer " + c.config.Token},
			"Content-Type":  {"application/json"},
			"Accept":        {"application/json"},
		},
		Body: input,
	})
	if err != nil {
		return providers.Batch{}, err
	}
	if answer.Status != http.StatusOK && answer.Status != http.StatusCreated {
		return providers.Batch{CostMicros: c.costOfFailure(answer, len(externalIDs))}, faultOf(answer, c.config.Now())
	}
	batch, itemsCount, err := readItems(actor, platform, answer.Body, externalIDs, c.config.Now())
	batch.CostMicros = c.cost(itemsCount)
	return batch, err
}

func (c *Client) cost(itemsCount int) int64 {
	return c.config.StartCostMicros + int64(itemsCount)*c.config.ItemCostMicros
}

// costOfFailure takes a run that goes on without us to deliver one item for each clip.
func (c *Client) costOfFailure(answer providers.Answer, clipsCount int) int64 {
	if answer.Status == http.StatusRequestTimeout || errorType(answer.Body) == runTimeout {
		return c.cost(clipsCount)
	}
	return 0
}

func canonicalURLs(platform clip.Platform, externalIDs []string) []string {
	urls := make([]string, 0, len(externalIDs))
	for _, id := range externalIDs {
		urls = append(urls, clip.CanonicalURL(platform, id))
	}
	return urls
}
