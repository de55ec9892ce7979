package brightdata

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/providers"
)

const (
	name = "brightdata"
	// scrapedMax is how many addresses a request takes whose answer is awaited.
	scrapedMax = 20
	// snapshotMax keeps a snapshot small, so that it is ready soon and is read at once.
	snapshotMax = 100
)

var defaults = providers.Config{
	BaseURL: "https://api.brightdata.com",
	// A request whose answer is awaited ends after a minute, at their side.
	Timeout:      90 * time.Second,
	BodyBytesMax: 32 << 20,
}

// The provider's own settings, with their public defaults.
const (
	tiktokPosts       = "BRIGHTDATA_TIKTOK_POSTS"
	instagramPosts    = "BRIGHTDATA_INSTAGRAM_POSTS"
	tiktokProfiles    = "BRIGHTDATA_TIKTOK_PROFILES"
	instagramProfiles = "BRIGHTDATA_INSTAGRAM_PROFILES"
	recordMicros      = "BRIGHTDATA_RECORD_MICROS"
)

// Registration registers the client.
func Registration() providers.Registration {
	return providers.Registration{
		Name: name, Title: "Bright Data",
		Places:             map[clip.Platform]int{clip.TikTok: 2, clip.Instagram: 2},
		CredentialVariable: "BRIGHTDATA_TOKEN", BaseURLVariable: "BRIGHTDATA_API_BASE",
		Help: "TikTok and Instagram, asked after Apify; without a token it is not asked",
		Variables: []providers.Variable{
			{Name: tiktokPosts, Default: "gd_lu702nij2f790tmv9h"},
			{Name: instagramPosts, Default: "gd_lk5ns7kz21pck8jpis"},
			{Name: tiktokProfiles, Default: "gd_l1villgoiiidt09ci"},
			{Name: instagramProfiles, Default: "gd_l1vikfch901nx3by4"},
			{Name: recordMicros, Default: "1500"},
		},
		Callback: &providers.Callback{SecretVariable: "BRIGHTDATA_WEBHOOK_SECRET", Parse: ParseNotification}, //nolint:gosec // the name of a variable
		New:      func(config providers.Config) (providers.Client, error) { return New(config) },
	}
}

// Client reads TikTok and Instagram clips, at once or by snapshots. It is safe for concurrent use.
type Client struct {
	endpoint *providers.Endpoint
	token    string
	callback providers.CallbackTarget
	datasets map[clip.Platform]dataset
	profiles map[clip.Platform]profileDataset
	// recordMicros is the price of a record in millionths of a US dollar. Records with an error cost as much.
	recordMicros int64
	now          func() time.Time
}

var _ providers.AsyncClient = (*Client)(nil)

// New returns a client whose credential is an API token, or fault.Invalid for a config that cannot work.
func New(config providers.Config) (*Client, error) {
	config = config.WithDefaults(defaults)
	settings := settingsOf(config)
	micros, err := strconv.ParseInt(settings[recordMicros], 10, 64)
	if err != nil || micros < 0 {
		return nil, fault.Field(recordMicros, "bad_price", "%s must be the price of a record in millionths of a US dollar, from zero up", recordMicros)
	}
	endpoint, err := providers.NewEndpoint(name, config)
	if err != nil {
		return nil, err
	}
	return &Client{
		endpoint: endpoint, token: config.Credential, callback: config.Callback, recordMicros: micros, now: config.Now,
		datasets: map[clip.Platform]dataset{
			clip.TikTok:    {id: settings[tiktokPosts], read: readTikTok},
			clip.Instagram: {id: settings[instagramPosts], read: readInstagram},
		},
		profiles: map[clip.Platform]profileDataset{
			clip.TikTok:    {id: settings[tiktokProfiles], address: "https://www.tiktok.com/@", read: readTikTokProfile},
			clip.Instagram: {id: settings[instagramProfiles], address: "https://www.instagram.com/", read: readInstagramProfile},
		},
	}, nil
}

func settingsOf(config providers.Config) map[string]string {
	settings := map[string]string{}
	for _, variable := range Registration().Variables {
		settings[variable.Name] = variable.Default
		if given := config.Settings[variable.Name]; given != "" {
			settings[variable.Name] = given
		}
	}
	return settings
}

// Name returns "brightdata".
func (c *Client) Name() string { return name }

// Platforms returns TikTok and Instagram.
func (c *Client) Platforms() []clip.Platform { return []clip.Platform{clip.TikTok, clip.Instagram} }

// MaxBatch returns 20 for TikTok and Instagram, and zero for every other platform.
func (c *Client) MaxBatch(platform clip.Platform) int {
	if _, ok := c.datasets[platform]; !ok {
		return 0
	}
	return scrapedMax
}

// Fetch reads clips as described at providers.Client, and waits for the answer. A clip that is reported as a dead page is
// missing as "not_found", one without a count of views as its kind, and one that is left out as "error". An answer that is
// not ready after a minute goes on as a snapshot and is billed, so its price counts although the request failed.
func (c *Client) Fetch(ctx context.Context, platform clip.Platform, externalIDs []string) (providers.Batch, error) {
	if err := providers.CheckRequest(c, platform, externalIDs); err != nil {
		return providers.Batch{}, err
	}
	set := c.datasets[platform]
	answer, err := c.scrape(ctx, set.id, canonicalURLs(platform, externalIDs))
	if err != nil {
		return providers.Batch{}, err
	}
	if answer.Status != http.StatusOK {
		return providers.Batch{CostMicros: c.costOfFailure(answer, len(externalIDs))}, faultOf(answer, c.now())
	}
	batch, count, err := readRows(set, platform, answer.Body, externalIDs, c.now())
	batch.CostMicros = c.cost(count)
	return batch, err
}

// scrape has addresses read, and returns the answer once they are.
func (c *Client) scrape(ctx context.Context, datasetID string, addresses []string) (providers.Answer, error) {
	return c.send(ctx, http.MethodPost, "/datasets/v3/scrape", url.Values{
		"dataset_id": {datasetID}, "format": {"json"}, "include_errors": {"true"},
	}, addresses)
}

func (c *Client) send(ctx context.Context, method, path string, query url.Values, addresses []string) (providers.Answer, error) {
	var body []byte
	if addresses != nil {
		body = inputOf(addresses)
	}
	return c.endpoint.Do(ctx, providers.Request{
		Method: method, Path: path, Query: query,
		Header: http.Header{
			"Authorization": {"Bearer " + c.token}, "Content-Type": {"application/json"}, "Accept": {"application/json"},
		},
		Body: body,
	})
}

func inputOf(addresses []string) []byte {
	type input struct {
		URL string `json:"url"`
	}
	inputs := make([]input, 0, len(addresses))
	for _, address := range addresses {
		inputs = append(inputs, input{address})
	}
	body, _ := json.Marshal(inputs) // strings always marshal
	return body
}

func (c *Client) cost(records int) int64 { return int64(records) * c.recordMicros }

// costOfFailure assumes that a request that goes on without us delivers one record for each address.
func (c *Client) costOfFailure(answer providers.Answer, addresses int) int64 {
	if answer.Status == http.StatusAccepted {
		return c.cost(addresses)
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
