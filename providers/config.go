package providers

import (
	"net/http"
	"time"
)

// Config is what a client is made from. Credential is required; each provider has defaults
// for the other fields.
type Config struct {
	// BaseURL is scheme and host of the API, with a path prefix if there is one.
	BaseURL string
	// Credential is the provider's key or token. It is cut out of every error.
	Credential string
	// Settings are the values of the provider's own variables, by name. One that is not set has its default.
	Settings map[string]string
	// Callback is where the provider sends notifications, if it sends any.
	Callback CallbackTarget
	// Timeout bounds one request, including the time to read its answer.
	Timeout time.Duration
	// BodyBytesMax is the largest answer that is read.
	BodyBytesMax int64
	// Now is the clock that dates readings.
	Now func() time.Time
	// Transport replaces net/http's own, for tests and instrumentation.
	Transport http.RoundTripper
}

// WithDefaults returns the config with the provider's defaults in the place of zero fields.
func (c Config) WithDefaults(defaults Config) Config {
	if c.BaseURL == "" {
		c.BaseURL = defaults.BaseURL
	}
	if c.Timeout == 0 {
		c.Timeout = defaults.Timeout
	}
	if c.BodyBytesMax == 0 {
		c.BodyBytesMax = defaults.BodyBytesMax
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}
