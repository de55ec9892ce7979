// Package x reads posts through the X API v2.
// Wire format: https://docs.x.com/x-api/posts/get-posts-by-ids
package x

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

const (
	name = "x"
	// idsMax is the API's own limit on ids in a request.
	idsMax = 100
	// idLengthMax is that on the digits of an id. A longer one would have the whole request refused.
	idLengthMax = 19
	// An app may send so many requests for posts, and for profiles, in each window.
	// https://docs.x.com/x-api/fundamentals/rate-limits
	postsPerWindow, profilesPerWindow = 3_500, 300
	window                            = 15 * time.Minute
)

var defaults = providers.Config{
	BaseURL: "https://api.x.com",
	Timeout: 15 * time.Second,
	// A hundred of the longest posts, of 25,000 characters each, stay below 8 MiB.
	BodyBytesMax: 16 << 20,
}

// Registration registers the client, with the public prices.
func Registration() providers.Registration {
	return providers.Registration{ //nolint:gosec // the name of a variable is not a credential
		Name: name, Title: "X",
		Places:             map[clip.Platform]int{clip.X: 1},
		CredentialVariable: "X_BEARER_TOKEN", BaseURLVariable: "X_API_BASE",
		Help: "X API v2; without a token, X is read by RapidAPI alone",
		Quotas: []providers.Quota{
			{Name: "posts", PostUnits: 1, Limits: views.Limits{Rate: views.Rate{Units: postsPerWindow, Per: window}}},
			{Name: "profiles", ProfileUnits: 1, Limits: views.Limits{Rate: views.Rate{Units: profilesPerWindow, Per: window}}},
		},
		New: func(config providers.Config) (providers.Client, error) { return New(config, PublicPrices()) },
	}
}

// Prices are those of a post and of a profile in an answer, in millionths of a US dollar.
type Prices struct {
	PostMicros    int64
	ProfileMicros int64
}

// PublicPrices are those of the pay-per-use plan in November 2026: 0.005 dollars for each post and 0.010 for each
// profile that an answer holds. The authors that come with posts are not counted, because the price list does not
// say that they cost. Source: https://docs.x.com/x-api/getting-started/pricing
func PublicPrices() Prices { return Prices{PostMicros: 5_000, ProfileMicros: 10_000} }

// Client reads posts on X. It is safe for concurrent use.
type Client struct {
	endpoint *providers.Endpoint
	token    string
	prices   Prices
	now      func() time.Time
}

// New returns a client whose credential is an app's bearer token, or fault.Invalid for a config or prices that
// cannot work.
func New(config providers.Config, prices Prices) (*Client, error) {
	if prices.PostMicros < 0 || prices.ProfileMicros < 0 {
		return nil, fault.New(fault.Invalid, "bad_price", "the prices of X are below zero: correct the setting")
	}
	config = config.WithDefaults(defaults)
	endpoint, err := providers.NewEndpoint(name, config)
	if err != nil {
		return nil, err
	}
	return &Client{endpoint: endpoint, token: config.Credential, prices: prices, now: config.Now}, nil
}

// Name returns "x".
func (c *Client) Name() string { return name }

// Platforms returns X only.
func (c *Client) Platforms() []clip.Platform { return []clip.Platform{clip.X} }

// MaxBatch returns 100 for X and zero for every other platform.
func (c *Client) MaxBatch(platform clip.Platform) int {
	if platform != clip.X {
		return 0
	}
	return idsMax
}

// Fetch reads posts as described at providers.Client. The API names every post that it does not show, with the
// reason. A post that it leaves out is therefore missing as "error". An id that is too long for X is not asked for:
// there is no such post.
func (c *Client) Fetch(ctx context.Context, platform clip.Platform, externalIDs []string) (providers.Batch, error) {
	if err := providers.CheckRequest(c, platform, externalIDs); err != nil {
		return providers.Batch{}, err
	}
	asked := slices.DeleteFunc(slices.Clone(externalIDs), func(id string) bool { return len(id) > idLengthMax })
	if len(asked) == 0 {
		return providers.NewAnswers(externalIDs, views.NotFound).Batch(), nil
	}
	answer, err := c.get(ctx, "/2/tweets", url.Values{
		"ids":          {strings.Join(asked, ",")},
		"tweet.fields": {"public_metrics,created_at,author_id,referenced_tweets,note_tweet"},
		"expansions":   {"author_id"},
		"user.fields":  {"username"},
	})
	if err != nil {
		return providers.Batch{}, err
	}
	batch, postsCount, err := readPosts(answer.Body, externalIDs, c.now())
	batch.CostMicros = int64(postsCount) * c.prices.PostMicros
	return batch, err
}

// ReadProfile reads the description of an account as described at providers.Client. Wire format:
// https://docs.x.com/x-api/users/get-user-by-username
func (c *Client) ReadProfile(ctx context.Context, platform clip.Platform, authorID string) (providers.Profile, error) {
	if err := providers.CheckProfileRequest(c, platform, authorID); err != nil {
		return providers.Profile{}, err
	}
	answer, err := c.get(ctx, "/2/users/by/username/"+authorID, url.Values{"user.fields": {"description"}})
	if err != nil {
		return providers.Profile{}, err
	}
	profile, found, err := readProfile(answer.Body, authorID)
	if found {
		profile.CostMicros = c.prices.ProfileMicros
	}
	return profile, err
}

// get returns an answer with a status of success.
func (c *Client) get(ctx context.Context, path string, query url.Values) (providers.Answer, error) {
	answer, err := c.endpoint.Do(ctx, providers.Request{
		Method: http.MethodGet, Path: path, Query: query,
		Header: http.Header{"Authorization": {"Bearer " + c.token}, "Accept": {"application/json"}},
	})
	if err == nil && answer.Status != http.StatusOK {
		err = faultOf(answer, c.now())
	}
	return answer, err
}
