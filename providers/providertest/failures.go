package providertest

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
)

func classifies(t *testing.T, setup func(t *testing.T) Subject) {
	for _, expected := range []struct {
		trouble Trouble
		kind    fault.Kind
	}{
		{Trouble{Status: http.StatusBadRequest}, fault.Invalid},
		{Trouble{Status: http.StatusUnauthorized}, fault.Denied},
		{Trouble{Status: http.StatusPaymentRequired}, fault.Denied},
		{Trouble{Status: http.StatusForbidden}, fault.Denied},
		{Trouble{Status: http.StatusRequestTimeout}, fault.Unavailable},
		{Trouble{Status: http.StatusTooManyRequests}, fault.RateLimited},
		{Trouble{Status: http.StatusInternalServerError}, fault.Unavailable},
		{Trouble{Status: http.StatusBadGateway, Body: "<html>bad gateway</html>"}, fault.Unavailable},
		{Trouble{Status: http.StatusServiceUnavailable}, fault.Unavailable},
		{Trouble{Status: http.StatusGatewayTimeout}, fault.Unavailable},
		{Trouble{Status: http.StatusNoContent, Body: " "}, fault.Unavailable},
		{Trouble{Reset: true}, fault.Unavailable},
	} {
		name := fmt.Sprintf("status %d as %s", expected.trouble.Status, expected.kind)
		if expected.trouble.Reset {
			name = "a broken connection as unavailable"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			subject := setup(t)
			subject.Trouble(t, expected.trouble)

			batch, err := subject.client(t, ClientConfig{}).Fetch(t.Context(), subject.Platform, []string{subject.ExternalID(1)})

			require.Equal(t, expected.kind, fault.KindOf(err), "%v", err)
			require.Empty(t, batch.Readings)
			require.Empty(t, batch.Missing)
		})
	}
}

func takesNonsenseForUnavailable(t *testing.T, subject Subject) {
	client := subject.client(t, ClientConfig{})
	for _, body := range []string{" ", "<html>login</html>", `{}`, `[`, `null`, `"ok"`, `{"items":null}`, `{"error":"x"}`, `17`} {
		subject.Trouble(t, Trouble{Status: http.StatusOK, Body: body})

		batch, err := client.Fetch(t.Context(), subject.Platform, []string{subject.ExternalID(1)})

		require.Equal(t, fault.Unavailable, fault.KindOf(err), "body %q", body)
		require.Empty(t, batch.Missing, "body %q", body)
	}
}

func honoursRetryAfter(t *testing.T, subject Subject) {
	client := subject.client(t, ClientConfig{})
	for value, want := range map[string]time.Duration{
		"37": 37 * time.Second, "": 0, "-5": 0, "soon": 0, "999999999999": 31 * 24 * time.Hour,
		"Wed, 21 Oct 2015 07:28:00 GMT": 0,
	} {
		subject.Trouble(t, Trouble{Status: http.StatusTooManyRequests, Headers: map[string]string{"Retry-After": value}})

		_, err := client.Fetch(t.Context(), subject.Platform, []string{subject.ExternalID(1)})

		found, ok := fault.As(err)
		require.True(t, ok)
		require.Equal(t, fault.RateLimited, found.Kind)
		require.Equal(t, want, found.RetryAfter, "Retry-After: %s", value)
	}
}

// leaksNothing: a key may be quoted by the address in a network error, by an error body,
// or by whoever stands in between.
func leaksNothing(t *testing.T, subject Subject) {
	client := subject.client(t, ClientConfig{Timeout: 50 * time.Millisecond})
	for _, trouble := range []Trouble{
		{Reset: true},
		{Hang: true},
		{Status: http.StatusTemporaryRedirect, Headers: map[string]string{"Location": "http://other.invalid/?key=" + Credential}, Body: "{}"},
		{Status: http.StatusTemporaryRedirect, Headers: map[string]string{"Location": "http://%zz" + Credential}, Body: "{}"},
		{Status: http.StatusOK, Body: "token " + Credential},
		{Status: http.StatusBadRequest, Body: `{"error":{"type":"` + Credential + `","message":"` + Credential + `","errors":[{"reason":"` + Credential + `"}]}}`},
		{Status: http.StatusForbidden, Body: `{"error":{"type":"` + Credential + `","errors":[{"reason":"` + Credential + `"}]}}`},
		{Status: http.StatusInternalServerError, Body: Credential},
	} {
		subject.Trouble(t, trouble)

		_, err := client.Fetch(t.Context(), subject.Platform, []string{subject.ExternalID(1)})

		requireNoCredential(t, err)
	}

	nowhere := subject.client(t, ClientConfig{BaseURL: "http://127.0.0.1:1"})
	_, err := nowhere.Fetch(t.Context(), subject.Platform, []string{subject.ExternalID(1)})
	requireNoCredential(t, err)
}

func requireNoCredential(t *testing.T, err error) {
	t.Helper()
	require.Error(t, err)
	for _, spelling := range []string{Credential, url.QueryEscape(Credential), url.PathEscape(Credential), "1234"} {
		require.NotContains(t, err.Error(), spelling)
		require.NotContains(t, fmt.Sprintf("%+v", err), spelling)
	}
}
