package stripe_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/payments/stripe"
)

const apiKey = "sk_test_51SecretOfThePlatform"

// request is one request as it arrived on the wire.
type request struct {
	Method string
	Path   string
	Query  url.Values
	Form   url.Values
	Header http.Header
}

// stripeStub answers with its handler and keeps what arrived.
type stripeStub struct {
	*httptest.Server
	mu       sync.Mutex
	requests []request
}

func (s *stripeStub) last(t *testing.T) request {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	require.NotEmpty(t, s.requests, "nothing arrived at Stripe")
	return s.requests[len(s.requests)-1]
}

func (s *stripeStub) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

func setup(t *testing.T, handler http.HandlerFunc) (*stripe.Client, *stripeStub) {
	t.Helper()
	stub := &stripeStub{}
	stub.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		stub.mu.Lock()
		stub.requests = append(stub.requests, request{r.Method, r.URL.Path, r.URL.Query(), form, r.Header})
		stub.mu.Unlock()
		handler(w, r)
	}))
	t.Cleanup(stub.Close)
	return newClient(t, stripe.Config{APIBase: stub.URL, HTTPClient: stub.Client()}), stub
}

func newClient(t *testing.T, config stripe.Config) *stripe.Client {
	t.Helper()
	config.APIKey = apiKey
	client, err := stripe.New(config)
	require.NoError(t, err)
	return client
}

// answer replies with a status and an object in JSON.
func answer(status int, body any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Request-Id", "req_test1")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
}

func requireFault(t *testing.T, err error, kind fault.Kind, code string) *fault.Error {
	t.Helper()
	found, ok := fault.As(err)
	require.True(t, ok, "not a fault: %v", err)
	require.Equal(t, kind, found.Kind, "%v", err)
	require.Equal(t, code, found.Code, "%v", err)
	return found
}

type object = map[string]any

func TestNew(t *testing.T) {
	t.Parallel()

	t.Run("refuses settings that cannot work", func(t *testing.T) {
		t.Parallel()
		for code, config := range map[string][]stripe.Config{
			"stripe_api_key_invalid": {
				{}, {APIKey: "pk_test_1"}, {APIKey: "sk_test_1\n"}, {APIKey: "sk test"},
			},
			"stripe_api_base_invalid": {
				{APIKey: apiKey, APIBase: "api.stripe.com"},
				{APIKey: apiKey, APIBase: "ftp://api.stripe.com"},
				{APIKey: apiKey, APIBase: "https://user:password@api.stripe.com"},
				{APIKey: apiKey, APIBase: "https://api.stripe.com?a=b"},
				{APIKey: apiKey, APIBase: "://"},
			},
			"stripe_timeout_invalid": {{APIKey: apiKey, Timeout: -time.Second}},
		} {
			for _, config := range config {
				_, err := stripe.New(config)

				requireFault(t, err, fault.Invalid, code)
			}
		}
	})

	t.Run("prints no key", func(t *testing.T) {
		t.Parallel()

		config := stripe.Config{APIKey: apiKey, APIBase: "https://api.stripe.com"}

		require.NotContains(t, fmt.Sprintf("%v %+v %#v %s", config, config, config, config), apiKey)
	})

	t.Run("changes nothing of the HTTP client it is given", func(t *testing.T) {
		t.Parallel()
		own := &http.Client{}

		newClient(t, stripe.Config{HTTPClient: own, Timeout: time.Second})

		require.Equal(t, &http.Client{}, own)
	})

	t.Run("authenticates with its own key and sends no telemetry", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, transferObject("tr_1", 500, nil)))

		for range 2 { // Stripe's library reports on one request with the next.
			_, err := client.GetTransfer(t.Context(), "tr_1")
			require.NoError(t, err)
		}

		require.Equal(t, "Bearer "+apiKey, stub.last(t).Header.Get("Authorization"))
		require.Empty(t, stub.last(t).Header.Get("X-Stripe-Client-Telemetry"))
	})
}
