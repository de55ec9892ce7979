// Package links follows short links to the posts they stand for. A submitted link is
// untrusted, and so is the server that answers for it:
//
//   - Only short links are requested, each in its one canonical spelling on a platform's own
//     host.
//   - Every connection is checked after its name was resolved.
//   - Nothing of an answer is used but its status and the address to which it redirects.
package links

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"code.dny.dev/ssrf"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
)

const (
	hopsMax        = 5
	headerBytesMax = 64 << 10
	timeout        = 5 * time.Second
	userAgent      = "Mozilla/5.0 (compatible; Creditroll)"
)

// Resolver follows short links.
type Resolver struct {
	transport http.RoundTripper
}

// New returns a Resolver that connects to public addresses only. It uses no proxy, because a
// proxy would resolve names itself, where they cannot be checked.
func New() *Resolver { return &Resolver{transport: newTransport(net.DefaultResolver, 443)} }

// newTransport connects to public addresses only, at one port. The address is checked when it is dialed, after names
// has resolved it.
func newTransport(names *net.Resolver, port uint16) *http.Transport {
	dialer := &net.Dialer{Timeout: timeout, Resolver: names, Control: ssrf.New(ssrf.WithPorts(port)).Safe}
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    timeout,
		ResponseHeaderTimeout:  timeout,
		MaxResponseHeaderBytes: headerBytesMax,
		MaxIdleConns:           10,
		IdleConnTimeout:        30 * time.Second,
		ForceAttemptHTTP2:      true,
	}
}

// Resolve returns the post that an address leads to, following at most five redirects within
// five seconds. It sends no request for an address that names a post itself. It returns the
// faults of clip.Canonicalize; fault.Invalid "short_link_expired" or
// "short_link_leads_nowhere" for a link that leads to something else than a post; and
// fault.RateLimited or fault.Unavailable when the platform does not say where the link leads.
func (r *Resolver) Resolve(ctx context.Context, rawURL string) (clip.Ref, error) {
	ref, err := clip.Canonicalize(rawURL)
	if err != nil {
		return clip.Ref{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	platform := ref.Platform
	for range hopsMax {
		if !ref.ShortLink {
			return ref, nil
		}
		next, err := r.follow(ctx, ref.URL)
		if err != nil {
			return clip.Ref{}, err
		}
		if asksToSignIn(platform, next) {
			return clip.Ref{}, unreachable(errors.New("the platform asks to sign in"))
		}
		if ref, err = clip.Canonicalize(next); err != nil || ref.Platform != platform {
			return clip.Ref{}, leadsNowhere().Because(err)
		}
	}
	if ref.ShortLink {
		return clip.Ref{}, leadsNowhere()
	}
	return ref, nil
}

// follow returns the address to which another one redirects. Some servers answer HEAD with an
// error or without a redirect; then the answer to GET decides.
func (r *Resolver) follow(ctx context.Context, address string) (string, error) {
	next, _, err := r.ask(ctx, http.MethodHead, address)
	if err != nil || next != "" {
		return next, err
	}
	next, status, err := r.ask(ctx, http.MethodGet, address)
	if err != nil || next != "" {
		return next, err
	}
	switch {
	case status == http.StatusNotFound || status == http.StatusGone:
		return "", fault.Field("url", "short_link_expired", "this link has expired: open the post and copy its own address")
	case status == http.StatusTooManyRequests:
		return "", fault.New(fault.RateLimited, "short_link_limited", "the platform accepts no more requests for links now: try again later, or submit the post's own address").After(time.Minute)
	case status >= 300 && status < 400:
		return "", leadsNowhere()
	}
	// A page instead of a redirect, or a refusal, says nothing about the link: platforms answer so to
	// those who are not signed in, or who asked too often.
	return "", unreachable(fmt.Errorf("status %d", status))
}

// signInPages are where platforms send those whom they do not let see a post.
var signInPages = map[clip.Platform]string{clip.TikTok: "/login", clip.Instagram: "/accounts/login"}

// asksToSignIn reports whether an address is a platform's own page to sign in.
func asksToSignIn(platform clip.Platform, next string) bool {
	page, err := url.Parse(next)
	if err != nil || signInPages[platform] == "" {
		return false
	}
	host := strings.TrimPrefix(strings.ToLower(page.Hostname()), "www.")
	return host == string(platform)+".com" && (page.Path == signInPages[platform] || strings.HasPrefix(page.Path, signInPages[platform]+"/"))
}

// ask sends one request and returns the address that the answer redirects to, if it does.
// The body is never read.
func (r *Resolver) ask(ctx context.Context, method, address string) (next string, status int, err error) {
	request, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return "", 0, leadsNowhere().Because(err)
	}
	request.Header.Set("User-Agent", userAgent)
	response, err := r.transport.RoundTrip(request)
	if err != nil {
		return "", 0, unreachable(err)
	}
	_ = response.Body.Close()
	switch response.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return "", response.StatusCode, nil
	}
	return target(request.URL, response.Header.Get("Location")), response.StatusCode, nil
}

// target resolves a Location against the address that sent it. It is empty for a malformed
// one.
func target(from *url.URL, location string) string {
	if location == "" || len(location) > clip.URLLengthMax {
		return ""
	}
	next, err := from.Parse(location)
	if err != nil {
		return ""
	}
	return next.String()
}

func leadsNowhere() *fault.Error {
	return fault.Field("url", "short_link_leads_nowhere", "this link does not lead to a single post: open the post and copy its own address")
}

func unreachable(cause error) error {
	return fault.New(fault.Unavailable, "short_link_unreachable", "the platform does not say now where this link leads: try again later, or open the post and submit its own address").Because(cause)
}
