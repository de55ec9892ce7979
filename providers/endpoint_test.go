package providers_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/providers"
)

func TestEndpoint(t *testing.T) {
	t.Parallel()
	config := func(baseURL string) providers.Config {
		return providers.Config{BaseURL: baseURL, Credential: "secret", Timeout: time.Minute, BodyBytesMax: 10}
	}

	t.Run("sends the request below the base path, and returns any status", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Seen", r.Method+" "+r.URL.Path+" "+r.URL.Query().Get("a")+" "+r.Header.Get("X-Own"))
			w.WriteHeader(http.StatusTeapot)
			_, _ = w.Write([]byte("0123456789"))
		}))
		defer server.Close()
		endpoint, err := providers.NewEndpoint("tested", config(server.URL+"/prefix/"))
		require.NoError(t, err)

		answer, err := endpoint.Do(t.Context(), providers.Request{
			Method: http.MethodPost, Path: "/v1/x", Query: url.Values{"a": {"b&c"}}, Header: http.Header{"X-Own": {"own"}},
		})

		require.NoError(t, err)
		require.Equal(t, http.StatusTeapot, answer.Status)
		require.Equal(t, "POST /prefix/v1/x b&c own", answer.Header.Get("X-Seen"))
		require.Equal(t, "0123456789", string(answer.Body))
	})

	for name, length := range map[string]string{
		"in its middle": "9", "after all of it, without its end": "", // an answer without a length ends with an empty chunk
	} {
		t.Run("does not use an answer whose connection is reset "+name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if length != "" {
					w.Header().Set("Content-Length", length)
				}
				_, _ = w.Write([]byte("[1234]"))
				_ = http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			}))
			defer server.Close()
			endpoint, err := providers.NewEndpoint("tested", config(server.URL))
			require.NoError(t, err)

			answer, err := endpoint.Do(t.Context(), providers.Request{Method: http.MethodGet, Path: "/"})

			require.Equal(t, fault.Unavailable, fault.KindOf(err))
			require.Empty(t, answer.Body)
		})
	}

	t.Run("follows redirects on its own host, up to a limit", func(t *testing.T) {
		t.Parallel()
		mux := http.NewServeMux()
		mux.Handle("/once", http.RedirectHandler("/there", http.StatusFound))
		mux.Handle("/loop", http.RedirectHandler("/loop", http.StatusFound))
		mux.HandleFunc("/there", func(http.ResponseWriter, *http.Request) {})
		server := httptest.NewServer(mux)
		defer server.Close()
		endpoint, err := providers.NewEndpoint("tested", config(server.URL))
		require.NoError(t, err)

		answer, err := endpoint.Do(t.Context(), providers.Request{Method: http.MethodGet, Path: "/once"})
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, answer.Status)

		_, err = endpoint.Do(t.Context(), providers.Request{Method: http.MethodGet, Path: "/loop"})
		require.Equal(t, "provider_unreachable", fault.CodeOf(err))
	})

	for name, change := range map[string]func(*providers.Config){
		"without a host":               func(c *providers.Config) { c.BaseURL = "https://" },
		"with another scheme":          func(c *providers.Config) { c.BaseURL = "ftp://host" },
		"with credentials":             func(c *providers.Config) { c.BaseURL = "https://user:secret@host" },
		"with a query":                 func(c *providers.Config) { c.BaseURL = "https://host?key=secret" },
		"with a malformed address":     func(c *providers.Config) { c.BaseURL = "https://%zzsecret" },
		"without a secret":             func(c *providers.Config) { c.Credential = "" },
		"without a timeout":            func(c *providers.Config) { c.Timeout = 0 },
		"without a limit on the bytes": func(c *providers.Config) { c.BodyBytesMax = 0 },
	} {
		t.Run("refuses settings "+name, func(t *testing.T) {
			t.Parallel()
			wrong := config("https://host")
			change(&wrong)

			_, err := providers.NewEndpoint("tested", wrong)

			require.Equal(t, fault.Invalid, fault.KindOf(err))
			require.NotContains(t, err.Error(), "user:")
			require.NotContains(t, err.Error(), "zz")
		})
	}
}
