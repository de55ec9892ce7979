// Package links follows short links to the posts behind them. A submitted link is
// untrusted, and so is whatever answers for it: every hop must stay on the platforms' own
// hosts, every connection is checked after the name was resolved, and nothing of an answer
// is used but where it points.
package links

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"code.dny.dev/ssrf"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
)

const (
	hopsMax    = 5
	bodyMax    = 64 << 10
	headersMax = 64 << 10
	timeout    = 5 * time.Second
	userAgent  = "Mozilla/5.0 (compatible; Creditroll)"
)

// Resolver follows short links.
type Resolver struct {
	client *http.Client
}

// Options let tests put a local server where a platform would be. Production leaves them
// empty.
type Options struct {
	// Base is asked instead of the hosts of the links, which it gets in the Host header; it
	// is scheme, host and port ("http://127.0.0.1:8080"). It also allows connections to
	// that one address, whatever network it is in.
	Base string
}

// New returns a Resolver. It returns fault.Invalid "links_base_malformed" for a Base that
// is not the address of a server.
func New(options Options) (*Resolver, error) {
	guard := ssrf.New()
	var transport http.RoundTripper = newTransport(guard.Safe)
	if options.Base != "" {
		base, err := url.Parse(options.Base)
		if err != nil || base.Host == "" || base.Hostname() == "" {
			return nil, fault.New(fault.Invalid, "links_base_malformed", "the base for links is malformed: use http://host:port")
		}
		transport = rebase{base: base, next: newTransport(nil)}
	}
	return &Resolver{client: &http.Client{
		Transport: transport,
		// Hops are taken one at a time, so that each is checked before it is asked.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}
