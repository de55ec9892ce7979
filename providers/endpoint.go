package providers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/creditroll/creditroll/domain/fault"
)

const redirectsMax = 3

// Endpoint sends requests to one provider under the limits that every client keeps: a
// deadline, a bounded body, no redirect to another host, and no credential in an error.
type Endpoint struct {
	provider     string
	base         *url.URL
	credential   string
	bodyBytesMax int64
	client       *http.Client
}

// Answer is a provider's complete answer.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// NewEndpoint returns an Endpoint, or fault.Invalid for a config that cannot work. The config
// must have an address, a credential and both limits.
func NewEndpoint(provider string, config Config) (*Endpoint, error) {
	base, err := url.Parse(strings.TrimRight(config.BaseURL, "/"))
	switch {
	case err != nil, base.Scheme != "http" && base.Scheme != "https", base.Host == "", base.RawQuery != "", base.User != nil:
		return nil, invalidf("bad_base_url", "the address of %s is not a web address without query and credentials: correct the setting", provider)
	case config.Credential == "":
		return nil, invalidf("missing_credential", "there is no credential for %s: set it, or take the provider out of the chains", provider)
	case config.Timeout <= 0 || config.BodyBytesMax <= 0:
		return nil, invalidf("missing_limit", "the requests to %s need a timeout and a size limit above zero", provider)
	}
	transport := config.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	return &Endpoint{
		provider: provider, base: base, credential: config.Credential, bodyBytesMax: config.BodyBytesMax,
		client: &http.Client{Transport: transport, Timeout: config.Timeout, CheckRedirect: staysOnHost},
	}, nil
}

var errLeavesHost = errors.New("redirect to another host")

// staysOnHost keeps credentials and clip ids away from other hosts.
func staysOnHost(next *http.Request, via []*http.Request) error {
	if next.URL.Host != via[0].URL.Host || next.URL.Scheme != via[0].URL.Scheme {
		return errLeavesHost
	}
	if len(via) > redirectsMax {
		return errors.New("too many redirects")
	}
	return nil
}

// Request is one request to the provider, with its path below the base URL.
type Request struct {
	Method string
	Path   string
	Query  url.Values
	Header http.Header
	Body   []byte
}

// Do sends the request and reads the whole answer, of any status. When no answer arrives, it
// returns fault.Unavailable: reading counters has no effect, so there is no unknown outcome.
// The cause keeps context.Canceled and context.DeadlineExceeded.
func (e *Endpoint) Do(ctx context.Context, request Request) (Answer, error) {
	target := e.base.JoinPath(request.Path)
	target.RawQuery = request.Query.Encode()
	outgoing, err := http.NewRequestWithContext(ctx, request.Method, target.String(), bytes.NewReader(request.Body))
	if err != nil {
		return Answer{}, e.unreachable(err)
	}
	for name, values := range request.Header {
		outgoing.Header[name] = values
	}

	response, err := e.client.Do(outgoing)
	if err != nil {
		return Answer{}, e.unreachable(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, e.bodyBytesMax+1))
	if err != nil {
		return Answer{}, e.unreachable(err)
	}
	if int64(len(body)) > e.bodyBytesMax {
		return Answer{}, fault.New(fault.Unavailable, "provider_answer_too_large", "the answer of %s has more than %d bytes: it is asked again later", e.provider, e.bodyBytesMax)
	}
	return Answer{Status: response.StatusCode, Header: response.Header, Body: body}, nil
}

func (e *Endpoint) unreachable(err error) error {
	// A url.Error quotes the whole address, and with it a key in the query.
	var quoting *url.Error
	if errors.As(err, &quoting) {
		err = quoting.Err
	}
	if strings.Contains(err.Error(), e.credential) || strings.Contains(err.Error(), url.QueryEscape(e.credential)) {
		err = errors.New("the reason is left out because it quotes the credential")
	}
	if errors.Is(err, errLeavesHost) {
		return fault.New(fault.Unavailable, "provider_redirects", "%s redirects to another host: check its address in the settings", e.provider).Because(err)
	}
	return fault.New(fault.Unavailable, "provider_unreachable", "%s cannot be reached: it is asked again later", e.provider).
		Because(fmt.Errorf("request to %s: %w", e.provider, err))
}
