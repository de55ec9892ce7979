package links

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
)

const post = "https://www.tiktok.com/@someone/video/7106594312292453675?is_from_webapp=1"

// platform is a local server that stands for every host of the platforms. It receives all
// requests, with the host that they name in the Host header.
type platform struct {
	url      *url.URL
	requests atomic.Int32
}

func (p *platform) RoundTrip(request *http.Request) (*http.Response, error) {
	p.requests.Add(1)
	here := request.Clone(request.Context())
	here.Host, here.URL.Host, here.URL.Scheme = request.URL.Host, p.url.Host, p.url.Scheme
	return http.DefaultTransport.RoundTrip(here)
}

func setup(t *testing.T, answer http.HandlerFunc) (*Resolver, *platform) {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	require.NoError(t, err)
	standIn := &platform{url: address}
	return &Resolver{transport: standIn}, standIn
}

func redirectTo(location string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusMovedPermanently)
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()

	for _, short := range []string{
		"https://vm.tiktok.com/ZMabcdef/", "http://vt.tiktok.com/ZSabcdef", "https://www.tiktok.com/t/ZTabcdef/",
	} {
		t.Run("finds the post of "+short, func(t *testing.T) {
			t.Parallel()
			resolver, _ := setup(t, redirectTo(post))

			ref, err := resolver.Resolve(t.Context(), short)

			require.NoError(t, err)
			require.Equal(t, clip.Ref{Platform: clip.TikTok, ExternalID: "7106594312292453675", URL: "https://www.tiktok.com/@_/video/7106594312292453675"}, ref)
		})
	}

	t.Run("sends no request for an address that names its post", func(t *testing.T) {
		t.Parallel()
		resolver, platform := setup(t, redirectTo(post))

		ref, err := resolver.Resolve(t.Context(), post)

		require.NoError(t, err)
		require.Equal(t, "7106594312292453675", ref.ExternalID)
		require.Zero(t, platform.requests.Load())
	})

	t.Run("follows a chain of short links and a relative address", func(t *testing.T) {
		t.Parallel()
		resolver, _ := setup(t, func(w http.ResponseWriter, r *http.Request) {
			switch r.Host {
			case "vm.tiktok.com":
				redirectTo("https://www.tiktok.com/t/ZTabcdef/")(w, r)
			default:
				redirectTo("/@someone/video/42")(w, r)
			}
		})

		ref, err := resolver.Resolve(t.Context(), "https://vm.tiktok.com/ZMabcdef/")

		require.NoError(t, err)
		require.Equal(t, "42", ref.ExternalID)
	})

	t.Run("sends GET where HEAD is not answered", func(t *testing.T) {
		t.Parallel()
		resolver, _ := setup(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodHead {
				w.WriteHeader(http.StatusMethodNotAllowed)
				return
			}
			redirectTo(post)(w, r)
		})

		_, err := resolver.Resolve(t.Context(), "https://vm.tiktok.com/ZMabcdef/")

		require.NoError(t, err)
	})
}

func TestResolveRefuses(t *testing.T) {
	t.Parallel()

	for name, location := range map[string]string{
		"another host":              "https://evil.test/@someone/video/42",
		"a host that looks alike":   "https://www.tiktok.com.evil.test/@someone/video/42",
		"a private address":         "http://169.254.169.254/latest/meta-data",
		"a name before the host":    "https://www.tiktok.com@evil.test/video/42",
		"another port":              "https://www.tiktok.com:8443/@someone/video/42",
		"another scheme":            "file:///etc/passwd",
		"another platform":          "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
		"a page that is not a post": "https://www.tiktok.com/",
		"the page of an account":    "https://www.tiktok.com/@login",
		"an address without limit":  "https://www.tiktok.com/" + strings.Repeat("a", clip.URLLengthMax),
		"nothing":                   "",
	} {
		t.Run("to go to "+name, func(t *testing.T) {
			t.Parallel()
			resolver, platform := setup(t, redirectTo(location))

			_, err := resolver.Resolve(t.Context(), "https://vm.tiktok.com/ZMabcdef/")

			require.Equal(t, "short_link_leads_nowhere", fault.CodeOf(err))
			require.LessOrEqual(t, platform.requests.Load(), int32(2), "only the link itself was requested")
		})
	}

	t.Run("to go round in circles", func(t *testing.T) {
		t.Parallel()
		var hop atomic.Int32
		resolver, platform := setup(t, func(w http.ResponseWriter, r *http.Request) {
			redirectTo(fmt.Sprintf("https://vm.tiktok.com/ZMabcde%d/", hop.Add(1)))(w, r)
		})

		_, err := resolver.Resolve(t.Context(), "https://vm.tiktok.com/ZMabcdef/")

		require.Equal(t, "short_link_leads_nowhere", fault.CodeOf(err))
		require.Equal(t, int32(hopsMax), platform.requests.Load())
	})

	for short, page := range map[string]string{
		"https://vm.tiktok.com/ZMabcdef/":                "https://www.tiktok.com/login?redirect_url=x",
		"https://www.instagram.com/share/reel/BAabcdef/": "https://www.instagram.com/accounts/login/?next=%2Freel%2FC1a-b_D2e3F%2F",
	} {
		t.Run("to call it the creator's mistake that "+page+" is shown", func(t *testing.T) {
			t.Parallel()
			resolver, _ := setup(t, redirectTo(page))

			_, err := resolver.Resolve(t.Context(), short)

			require.Equal(t, "short_link_unreachable", fault.CodeOf(err))
			require.True(t, fault.Is(err, fault.Unavailable))
		})
	}

	for status, code := range map[int]string{
		http.StatusOK:                 "short_link_unreachable",
		http.StatusUnauthorized:       "short_link_unreachable",
		http.StatusForbidden:          "short_link_unreachable",
		http.StatusNotFound:           "short_link_expired",
		http.StatusGone:               "short_link_expired",
		http.StatusTooManyRequests:    "short_link_limited",
		http.StatusServiceUnavailable: "short_link_unreachable",
	} {
		t.Run(fmt.Sprintf("with %s an answer of %d", code, status), func(t *testing.T) {
			t.Parallel()
			resolver, _ := setup(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })

			_, err := resolver.Resolve(t.Context(), "https://vm.tiktok.com/ZMabcdef/")

			require.Equal(t, code, fault.CodeOf(err))
		})
	}

	t.Run("to wait for a server that hangs", func(t *testing.T) {
		t.Parallel()
		resolver, _ := setup(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()

		_, err := resolver.Resolve(ctx, "https://vm.tiktok.com/ZMabcdef/")

		require.Equal(t, "short_link_unreachable", fault.CodeOf(err))
	})

	t.Run("to read an address that is not a clip's", func(t *testing.T) {
		t.Parallel()
		resolver, platform := setup(t, redirectTo(post))

		_, err := resolver.Resolve(t.Context(), "https://evil.test/ZMabcdef/")

		require.Equal(t, "unknown_platform", fault.CodeOf(err))
		require.Zero(t, platform.requests.Load())
	})
}

func TestTransport(t *testing.T) {
	t.Parallel()

	for _, address := range []string{"127.0.0.1:443", "10.0.0.1:443", "169.254.169.254:443", "[::1]:443", "[fd00::1]:443", "93.184.216.34:80", "93.184.216.34:8080"} {
		t.Run("does not dial "+address, func(t *testing.T) {
			t.Parallel()
			transport := New().transport.(*http.Transport)

			connection, err := transport.DialContext(t.Context(), "tcp", address)

			require.Error(t, err)
			require.ErrorContains(t, err, "prohibited")
			require.Nil(t, connection)
			var refused *net.OpError
			require.ErrorAs(t, err, &refused)
		})
	}

	t.Run("uses no proxy", func(t *testing.T) {
		t.Parallel()

		require.Nil(t, New().transport.(*http.Transport).Proxy)
	})
}
