// Package rapidapi reads posts through three scrapers that RapidAPI sells, one for each platform:
//
//	TikTok     tiktok-scraper7    https://rapidapi.com/tikwm-tikwm-default/api/tiktok-scraper7
//	Instagram  instagram-looter2  https://rapidapi.com/irrors-apis/api/instagram-looter2
//	X          twitter-api45      https://rapidapi.com/alexanderxbx/api/twitter-api45
//
// All of them answer about one post at a time. RapidAPI's own part is described at
// https://docs.rapidapi.com/docs/response-headers. An account subscribes to each API by itself.
package rapidapi

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

const name = "rapidapi"

var defaults = providers.Config{
	// A scraper that reads the platform during the request takes up to ten seconds.
	Timeout: 30 * time.Second,
	// A carousel on Instagram with all its formats and comments stays below 2 MiB.
	BodyBytesMax: 8 << 20,
}

// api is one scraper: what it is asked, and how it answers.
type api struct {
	host    string
	post    func(externalID string) (path string, query url.Values)
	profile func(handle string) (path string, query url.Values)
	// readPost returns the reading of a post, or the reason why it has none. An answer that says neither is an error.
	readPost func(body []byte) (reading views.Reading, reason string, err error)
	// readProfile returns who an answer is about, with the text, which is nil without one.
	readProfile func(body []byte) (scrapedProfile, error)
}

// scrapedProfile is a profile as a scraper reports it.
type scrapedProfile struct {
	handle string
	text   *string
	// missing is the reason why there is no profile, if the scraper says it.
	missing string
}

var apis = map[clip.Platform]api{clip.TikTok: tiktokScraper7, clip.Instagram: instagramLooter2, clip.X: twitterAPI45}

// Registration registers the client, with an estimate of the price.
func Registration() providers.Registration {
	return providers.Registration{ //nolint:gosec // the name of a variable is not a credential
		Name: name, Title: "RapidAPI",
		Places:             map[clip.Platform]int{clip.TikTok: 3, clip.Instagram: 3, clip.X: 2},
		CredentialVariable: "RAPIDAPI_KEY", BaseURLVariable: "RAPIDAPI_API_BASE",
		Help:   "the last source for TikTok, Instagram and X: a key of an account that subscribes to [three scrapers](docs/reference/settings.md#view-providers)",
		Quotas: quotas(),
		New:    func(config providers.Config) (providers.Client, error) { return New(config, EstimatedPrices()) },
	}
}

// quotas returns one for each API, which has a plan of its own. Plans differ, so only settings know their limits.
func quotas() []providers.Quota {
	var all []providers.Quota
	for _, platform := range slices.Sorted(maps.Keys(apis)) {
		all = append(all, providers.Quota{Name: string(platform), Platforms: []clip.Platform{platform}, PostUnits: 1, ProfileUnits: 1})
	}
	return all
}

// Prices are those of a request that an API answers, in millionths of a US dollar. They depend on the plan.
type Prices struct {
	RequestMicros int64
}

// EstimatedPrices are those of the plan of instagram-looter2 with 15,000 requests a month for 9.90 dollars, seen in
// November 2025. The other APIs name no price in public, so theirs are taken to be the same.
func EstimatedPrices() Prices { return Prices{RequestMicros: 660} }

// Client reads posts on TikTok, Instagram and X. It is safe for concurrent use.
type Client struct {
	endpoints map[clip.Platform]*providers.Endpoint
	key       string
	prices    Prices
	now       func() time.Time
}

// New returns a client whose credential is an application's key, or fault.Invalid for a config or prices that cannot
// work. Each API has an address of its own, which the config's address replaces for all of them.
func New(config providers.Config, prices Prices) (*Client, error) {
	if prices.RequestMicros < 0 {
		return nil, fault.New(fault.Invalid, "bad_price", "the price of RapidAPI is below zero: correct the setting")
	}
	config = config.WithDefaults(defaults)
	client := &Client{endpoints: map[clip.Platform]*providers.Endpoint{}, key: config.Credential, prices: prices, now: config.Now}
	for platform, each := range apis {
		own := config
		if own.BaseURL == "" {
			own.BaseURL = "https://" + each.host
		}
		endpoint, err := providers.NewEndpoint(name, own)
		if err != nil {
			return nil, err
		}
		client.endpoints[platform] = endpoint
	}
	return client, nil
}

// Name returns "rapidapi".
func (c *Client) Name() string { return name }

// Platforms returns TikTok, Instagram and X.
func (c *Client) Platforms() []clip.Platform {
	return []clip.Platform{clip.TikTok, clip.Instagram, clip.X}
}

// MaxBatch returns one for TikTok, Instagram and X, and zero for every other platform.
func (c *Client) MaxBatch(platform clip.Platform) int {
	if _, ok := apis[platform]; !ok {
		return 0
	}
	return 1
}

// Fetch reads a post as described at providers.Client. A post is missing as "not_found" only if the API says so. An
// answer about another post, or without a post, is "error".
func (c *Client) Fetch(ctx context.Context, platform clip.Platform, externalIDs []string) (providers.Batch, error) {
	if err := providers.CheckRequest(c, platform, externalIDs); err != nil {
		return providers.Batch{}, err
	}
	path, query := apis[platform].post(externalIDs[0])
	answer, found, err := c.get(ctx, platform, path, query)
	if err != nil {
		return providers.Batch{}, err
	}
	batch, err := c.read(platform, answer, found, externalIDs)
	batch.CostMicros = c.prices.RequestMicros
	return batch, err
}

func (c *Client) read(platform clip.Platform, answer providers.Answer, found bool, externalIDs []string) (providers.Batch, error) {
	answers := providers.NewAnswers(externalIDs, views.Unreadable)
	if !found {
		answers.Miss(externalIDs[0], views.NotFound)
		return answers.Batch(), nil
	}
	reading, reason, err := apis[platform].readPost(answer.Body)
	switch {
	case err != nil:
		return providers.Batch{}, err
	case reason != "" && (reading.ExternalID == "" || reading.ExternalID == externalIDs[0]):
		answers.Miss(externalIDs[0], reason)
	case reason == "":
		reading.Platform, reading.ObservedAt = platform, c.now().UTC()
		answers.Read(reading)
	}
	return answers.Batch(), nil
}

// ReadProfile reads the text of a profile as described at providers.Client.
func (c *Client) ReadProfile(ctx context.Context, platform clip.Platform, authorID string) (providers.Profile, error) {
	if err := providers.CheckProfileRequest(c, platform, authorID); err != nil {
		return providers.Profile{}, err
	}
	path, query := apis[platform].profile(authorID)
	answer, found, err := c.get(ctx, platform, path, query)
	if err != nil {
		return providers.Profile{}, err
	}
	profile := providers.Profile{CostMicros: c.prices.RequestMicros}
	if !found {
		profile.Missing = views.NotFound
		return profile, nil
	}
	scraped, err := apis[platform].readProfile(answer.Body)
	switch {
	case err != nil:
		return profile, err
	case scraped.missing != "":
		profile.Missing = scraped.missing
	case handle(scraped.handle) != authorID || scraped.text == nil:
		profile.Missing = views.Unreadable
	default:
		profile.AuthorID, profile.Text = authorID, *scraped.text
	}
	return profile, nil
}

// get asks an API. found is false if the API itself, not RapidAPI in front of it, says that there is no such thing.
func (c *Client) get(ctx context.Context, platform clip.Platform, path string, query url.Values) (answer providers.Answer, found bool, err error) {
	host := apis[platform].host
	answer, err = c.endpoints[platform].Do(ctx, providers.Request{
		Method: http.MethodGet, Path: path, Query: query,
		Header: http.Header{"X-Rapidapi-Key": {c.key}, "X-Rapidapi-Host": {host}, "Accept": {"application/json"}},
	})
	switch {
	case err != nil:
		return answer, false, err
	case answer.Status == http.StatusNotFound && answer.Header.Get(proxyHeader) == "":
		return answer, false, nil
	case answer.Status != http.StatusOK:
		return answer, false, faultOf(answer, host, c.now())
	}
	return answer, true, nil
}
