// Package apify reads clips through Apify's TikTok, Instagram and YouTube scrapers, run
// synchronously. Wire format: https://docs.apify.com/api/v2 (run Actor synchronously and
// get dataset items) and the actors' own descriptions.
package apify

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/providers"
)

const (
	name = "apify"
	// urlsMax clips share the price of one actor start. A run with as many still finishes
	// well within the 300 seconds for which Apify keeps a synchronous run's connection open.
	urlsMax = 25
)

var defaults = providers.Config{
	BaseURL:      "https://api.apify.com",
	Timeout:      310 * time.Second,
	BodyBytesMax: 16 << 20,
}

// Registration registers the client.
func Registration() providers.Registration {
	return providers.Registration{
		Name: name, Title: "Apify",
		Places:             map[clip.Platform]int{clip.TikTok: 1, clip.Instagram: 1, clip.YouTube: 2},
		CredentialVariable: "APIFY_TOKEN", BaseURLVariable: "APIFY_API_BASE",
		Help:      "TikTok and Instagram, and YouTube after its own API; without a token, the first two are read by Bright Data or RapidAPI alone",
		Variables: []providers.Variable{{Name: startMicros, Default: "0"}, {Name: itemMicros, Default: "2000"}},
		New: func(config providers.Config) (providers.Client, error) {
			prices, err := pricesOf(config)
			if err != nil {
				return nil, err
			}
			return New(config, prices)
		},
	}
}

// The provider's own settings. Actors of this kind are offered for 1.30 to 5.00 USD for a thousand results, by plan. The
// default is an estimate.
const (
	startMicros = "APIFY_START_MICROS"
	itemMicros  = "APIFY_ITEM_MICROS"
)

func pricesOf(config providers.Config) (prices Prices, err error) {
	for _, variable := range Registration().Variables {
		micros, err := strconv.ParseInt(cmp.Or(config.Settings[variable.Name], variable.Default), 10, 64)
		if err != nil || micros < 0 {
			return prices, fault.Field(variable.Name, "bad_price", "%s must be a price in millionths of a US dollar, from zero up", variable.Name)
		}
		if variable.Name == startMicros {
			prices.StartMicros = micros
		} else {
			prices.ItemMicros = micros
		}
	}
	return prices, nil
}

// Prices are those of a run and of each of its results, in millionths of a US dollar. They
// depend on the plan.
type Prices struct {
	StartMicros int64
	ItemMicros  int64
}

// Client reads TikTok, Instagram and YouTube clips. It is safe for concurrent use.
type Client struct {
	endpoint *providers.Endpoint
	token    string
	prices   Prices
	now      func() time.Time
}

// New returns a client whose credential is an API token, or fault.Invalid for a config or
// prices that cannot work.
func New(config providers.Config, prices Prices) (*Client, error) {
	if prices.StartMicros < 0 || prices.ItemMicros < 0 {
		return nil, fault.New(fault.Invalid, "bad_price", "the prices of Apify are below zero: correct the setting")
	}
	config = config.WithDefaults(defaults)
	endpoint, err := providers.NewEndpoint(name, config)
	if err != nil {
		return nil, err
	}
	return &Client{endpoint: endpoint, token: config.Credential, prices: prices, now: config.Now}, nil
}

// Name returns "apify".
func (c *Client) Name() string { return name }

// Platforms returns TikTok, Instagram and YouTube.
func (c *Client) Platforms() []clip.Platform {
	return []clip.Platform{clip.TikTok, clip.Instagram, clip.YouTube}
}

// MaxBatch returns 25 for TikTok, Instagram and YouTube, and zero for every other platform.
func (c *Client) MaxBatch(platform clip.Platform) int {
	if _, ok := actors[platform]; !ok {
		return 0
	}
	return urlsMax
}

// Fetch reads clips as described at providers.Client. A clip that the run reports as not found
// is missing as "not_found", one without a count of views as its kind, and one that it leaves out as
// "error". A run that outlives the connection goes on and is billed, so its price counts
// although the request failed.
func (c *Client) Fetch(ctx context.Context, platform clip.Platform, externalIDs []string) (providers.Batch, error) {
	if err := providers.CheckRequest(c, platform, externalIDs); err != nil {
		return providers.Batch{}, err
	}
	actor := actors[platform]
	input, err := json.Marshal(actor.input(canonicalURLs(platform, externalIDs)))
	if err != nil {
		return providers.Batch{}, fmt.Errorf("write actor input: %w", err)
	}

	answer, err := c.run(ctx, actor.name, input)
	if err != nil {
		return providers.Batch{}, err
	}
	if answer.Status != http.StatusOK && answer.Status != http.StatusCreated {
		return providers.Batch{CostMicros: c.costOfFailure(answer, len(externalIDs))}, faultOf(answer, c.now())
	}
	batch, itemsCount, err := readItems(actor, platform, answer.Body, externalIDs, c.now())
	batch.CostMicros = c.cost(itemsCount)
	return batch, err
}

// run runs an actor, and returns the answer once the run has ended.
func (c *Client) run(ctx context.Context, actorName string, input []byte) (providers.Answer, error) {
	return c.endpoint.Do(ctx, providers.Request{
		Method: http.MethodPost,
		Path:   "/v2/acts/" + actorName + "/run-sync-get-dataset-items",
		Header: http.Header{
			"Authorization": {"Bearer " + c.token},
			"Content-Type":  {"application/json"},
			"Accept":        {"application/json"},
		},
		Body: input,
	})
}

func (c *Client) cost(itemsCount int) int64 {
	return c.prices.StartMicros + int64(itemsCount)*c.prices.ItemMicros
}

// costOfFailure assumes that a run that goes on without us delivers one item for each clip.
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
