package providertest

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

func classifies(t *testing.T, subject Subject, platform clip.Platform) {
	for _, expected := range []struct {
		answer faults.Rule
		kind   fault.Kind
	}{
		{faults.Rule{Status: http.StatusBadRequest}, fault.Invalid},
		{faults.Rule{Status: http.StatusUnauthorized}, fault.Denied},
		{faults.Rule{Status: http.StatusPaymentRequired}, fault.Denied},
		{faults.Rule{Status: http.StatusForbidden}, fault.Denied},
		{faults.Rule{Status: http.StatusRequestTimeout}, fault.Unavailable},
		{faults.Rule{Status: http.StatusTooManyRequests}, fault.RateLimited},
		{faults.Rule{Status: http.StatusInternalServerError}, fault.Unavailable},
		{faults.Rule{Status: http.StatusBadGateway, Body: "<html>bad gateway</html>"}, fault.Unavailable},
		{faults.Rule{Status: http.StatusServiceUnavailable}, fault.Unavailable},
		{faults.Rule{Status: http.StatusGatewayTimeout}, fault.Unavailable},
		{faults.Rule{Status: http.StatusNoContent, Body: " "}, fault.Unavailable},
		{faults.Rule{Action: faults.ResetBefore}, fault.Unavailable},
	} {
		name := fmt.Sprintf("status %d as %s", expected.answer.Status, expected.kind)
		if expected.answer.Action == faults.ResetBefore {
			name = "a broken connection as unavailable"
		} else {
			expected.answer.Action = faults.Refuse
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, subject, platform)
			f.script(t, expected.answer)

			batch, err := f.fetchOne(t.Context(), f.client(t, providers.Config{}))

			require.Equal(t, expected.kind, fault.KindOf(err), "%v", err)
			require.Empty(t, batch.Readings)
			require.Empty(t, batch.Missing)
		})
	}
}

func reportsNonsenseAsUnavailable(t *testing.T, f *fixture) {
	client := f.client(t, providers.Config{})
	for _, body := range []string{" ", "<html>login</html>", `{}`, `[`, `null`, `"ok"`, `{"items":null}`, `{"error":"x"}`, `17`} {
		f.script(t, faults.Rule{Action: faults.Refuse, Status: http.StatusOK, Body: body})

		batch, err := f.fetchOne(t.Context(), client)

		require.Equal(t, fault.Unavailable, fault.KindOf(err), "body %q", body)
		require.Empty(t, batch.Missing, "body %q", body)
	}
}

func honoursRetryAfter(t *testing.T, f *fixture) {
	client := f.client(t, providers.Config{})
	for value, want := range map[string]time.Duration{
		"37": 37 * time.Second, "": 0, "-5": 0, "soon": 0, "999999999999": 31 * 24 * time.Hour,
		"Wed, 21 Oct 2015 07:28:00 GMT": 0,
	} {
		f.script(t, faults.Rule{Action: faults.Refuse, Status: http.StatusTooManyRequests, Headers: map[string]string{"Retry-After": value}})

		_, err := f.fetchOne(t.Context(), client)

		found, ok := fault.As(err)
		require.True(t, ok)
		require.Equal(t, fault.RateLimited, found.Kind)
		require.Equal(t, want, found.RetryAfter, "Retry-After: %s", value)
	}
}

// honoursResets asks for a clip and for a profile. The reset is a midnight, because some quotas end with the day.
func honoursResets(t *testing.T, f *fixture) {
	now := time.Date(2026, 1, 16, 2, 0, 0, 0, time.UTC)
	reset := now.Add(6 * time.Hour) // midnight Pacific
	client := f.client(t, providers.Config{Now: func() time.Time { return now }})
	require.NotEmpty(t, f.Limits, "the subject does not say how the provider limits requests")
	for _, limit := range f.Limits {
		rule := faults.Rule{Action: faults.Refuse, Status: limit.Status, Body: limit.Body}
		if limit.Headers != nil {
			rule.Headers = limit.Headers(now, reset)
		}

		f.script(t, rule)
		_, err := f.fetchOne(t.Context(), client)
		f.script(t, rule)
		_, profileErr := client.ReadProfile(t.Context(), f.platform, reportedAuthor(f.platform))

		for _, err := range []error{err, profileErr} {
			found, ok := fault.As(err)
			require.True(t, ok)
			require.Equal(t, fault.RateLimited, found.Kind)
			require.Contains(t, []string{views.ProviderLimited, views.ProviderQuotaExceeded}, found.Code)
			require.Equal(t, reset.Sub(now), found.RetryAfter, "%v", limit)
		}
	}
}

// leaksNothing covers the places that may quote a credential: the address in a network error,
// an error body, and the answer of a proxy.
func leaksNothing(t *testing.T, f *fixture) {
	client := f.client(t, providers.Config{Timeout: 50 * time.Millisecond})
	answer := func(status int, body string) faults.Rule {
		return faults.Rule{Action: faults.Refuse, Status: status, Body: body}
	}
	for _, rule := range []faults.Rule{
		{Action: faults.ResetBefore},
		{Action: faults.Hang},
		redirectTo("http://other.invalid/?key=" + Credential),
		redirectTo("http://%zz" + Credential),
		answer(http.StatusOK, "token "+Credential),
		answer(http.StatusBadRequest, `{"error":{"type":"`+Credential+`","message":"`+Credential+`","errors":[{"reason":"`+Credential+`"}]}}`),
		answer(http.StatusForbidden, `{"error":{"type":"`+Credential+`","errors":[{"reason":"`+Credential+`"}]}}`),
		answer(http.StatusInternalServerError, Credential),
	} {
		f.script(t, rule)

		_, err := f.fetchOne(t.Context(), client)

		requireNoCredential(t, err)
	}

	_, err := f.fetchOne(t.Context(), f.client(t, providers.Config{BaseURL: "http://127.0.0.1:1"}))
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
