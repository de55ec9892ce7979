package stripe

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v79"
	"github.com/stripe/stripe-go/v79/client"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/payments"
)

// timeoutDefault is long enough for Stripe's slow calls. Giving up early only turns a result
// into an unknown outcome.
const timeoutDefault = 60 * time.Second

// Config says how to reach Stripe.
type Config struct {
	// APIKey is a secret or restricted key of the platform account.
	APIKey string
	// APIBase is the address without "/v1"; empty means Stripe's own.
	APIBase string
	// HTTPClient is optional. Its transport must hand the request's context on to an
	// http.Transport, or failures to connect are reported as unknown outcomes.
	HTTPClient *http.Client
	// Timeout limits one request from dialling to the end of the answer; zero means the
	// HTTP client's own timeout or, if it has none, one minute.
	Timeout time.Duration
	// Settles are the currencies in which payments of brands stay as they are. They count instead of what
	// Stripe shows. For most platforms Stripe shows nothing, as it does not list the bank accounts of the
	// account that asks. Empty means as Stripe shows.
	Settles []money.Currency
}

// String describes the configuration without the key.
func (c Config) String() string { return "stripe at " + c.APIBase }

// GoString describes the configuration without the key.
func (c Config) GoString() string { return c.String() }

// Client calls Stripe on behalf of one platform account. It is safe for concurrent use.
type Client struct {
	api     *client.API
	settles []money.Currency
}

var _ payments.Rail = (*Client)(nil)

// New returns a client, or fault.Invalid "stripe_api_key_invalid", "stripe_api_base_invalid"
// or "stripe_timeout_invalid". It connects to nothing.
func New(config Config) (*Client, error) {
	if err := checkConfig(config); err != nil {
		return nil, err
	}

	base := config.APIBase
	if base == "" {
		base = stripe.APIURL
	}
	backends := stripe.NewBackendsWithConfig(&stripe.BackendConfig{
		EnableTelemetry:   stripe.Bool(false),
		HTTPClient:        httpClient(config),
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull},
		MaxNetworkRetries: stripe.Int64(0),
		URL:               &base,
	})

	return &Client{api: client.New(config.APIKey, backends), settles: slices.Clone(config.Settles)}, nil
}

func checkConfig(config Config) error {
	key := config.APIKey
	if key == "" || !printable(key) || strings.HasPrefix(key, "pk_") {
		return fault.Field("api_key", "stripe_api_key_invalid",
			"the Stripe API key must be a secret (sk_…) or restricted (rk_…) key, without spaces")
	}

	if config.APIBase != "" {
		base, err := url.Parse(config.APIBase)
		if err != nil || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" ||
			(base.Scheme != "https" && base.Scheme != "http") {
			return fault.Field("api_base", "stripe_api_base_invalid",
				"the Stripe API base must be an http or https address such as %s", stripe.APIURL)
		}
	}

	if config.Timeout < 0 {
		return fault.Field("timeout", "stripe_timeout_invalid", "the Stripe timeout must not be negative")
	}
	return nil
}

// httpClient returns a copy of the configured client that records what happens on the wire. It
// follows no redirect: Stripe sends none, and one from elsewhere would send the key there.
func httpClient(config Config) *http.Client {
	var own http.Client
	if config.HTTPClient != nil {
		own = *config.HTTPClient
	}

	next := own.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	own.Transport = recorder{next: next}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

	if config.Timeout > 0 {
		own.Timeout = config.Timeout
	}
	if own.Timeout == 0 {
		own.Timeout = timeoutDefault
	}
	return &own
}
