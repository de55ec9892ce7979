package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/payments/stripe"
)

// atStripe answers by path, as Stripe would, and with its error for an unknown account otherwise.
func atStripe(t *testing.T, byPath map[string]map[string]any) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		body, ok := byPath[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusForbidden)
			body = map[string]any{"error": map[string]any{"type": "invalid_request_error", "code": "account_invalid"}}
		}
		_ = json.NewEncoder(w).Encode(body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func accountOnWire(id, interval string) map[string]any {
	return map[string]any{
		"id": id, "object": "account", "charges_enabled": true, "payouts_enabled": true,
		"capabilities":      map[string]any{"card_payments": "active", "transfers": "active"},
		"settings":          map[string]any{"payouts": map[string]any{"schedule": map[string]any{"interval": interval}}},
		"external_accounts": map[string]any{"object": "list", "has_more": false, "data": []any{}},
	}
}

func endpointsOnWire(endpoints ...map[string]any) map[string]any {
	for i, each := range endpoints {
		each["id"], each["object"] = "we_"+string(rune('1'+i)), "webhook_endpoint"
	}
	return map[string]any{"object": "list", "has_more": false, "data": endpoints}
}

// goodStripe is an installation in which nothing is wrong.
func goodStripe() map[string]map[string]any {
	return map[string]map[string]any{
		"/v1/account":         accountOnWire("acct_platform", "manual"),
		"/v1/accounts/acct_1": accountOnWire("acct_1", "manual"),
		"/v1/balance":         {"object": "balance", "available": []any{}, "pending": []any{}},
		"/v1/webhook_endpoints": endpointsOnWire(
			map[string]any{"url": "https://pay.example.test/v1/webhooks/stripe", "status": "enabled", "enabled_events": stripe.EventTypes(), "api_version": stripe.APIVersion},
		),
	}
}

func (d desk) doctor(base string, settings ...string) (checks map[string]check, stderr string, exitCode int) {
	d.t.Helper()
	executable, err := os.Executable()
	require.NoError(d.t, err)
	var out, log bytes.Buffer
	command := exec.CommandContext(d.t.Context(), executable, "doctor", "--json")
	command.Env = append(os.Environ(), asCommand+"=1", "DATABASE_URL="+d.url, "STRIPE_API_KEY=sk_test_doctor", "STRIPE_API_BASE="+base, "CREDITROLL_PUBLIC_URL=https://pay.example.test/", "CREDITROLL_BLOBS_DIR="+d.t.TempDir())
	command.Env = append(command.Env, settings...)
	command.Stdout, command.Stderr = &out, &log
	_ = command.Run() // the exit code has the result
	var printed struct {
		Checks []check `json:"checks"`
	}
	if out.Len() > 0 {
		require.NoError(d.t, json.Unmarshal(out.Bytes(), &printed), out.String())
	}
	checks = map[string]check{}
	for _, each := range printed.Checks {
		checks[each.Name] = each
	}
	return checks, log.String(), command.ProcessState.ExitCode()
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	store, err := books.Open(t.Context(), d.url, db.Options{})
	require.NoError(t, err)
	t.Cleanup(store.DB.Close)
	_, err = store.Clips.CreateCreator(t.Context(), clips.NewCreator{ID: uuid.NewString(), Handle: "doc", PayoutAccount: "acct_1"})
	require.NoError(t, err)

	t.Run("finds nothing to change", func(t *testing.T) {
		checks, stderr, exitCode := d.doctor(atStripe(t, goodStripe()))

		require.Zero(t, exitCode, stderr)
		require.Len(t, checks, 13)
		for name, each := range checks {
			require.True(t, each.OK, name)
			require.Empty(t, each.Fix, name)
		}
	})

	for _, tc := range []struct{ name, setting, says string }{
		{"warns that nothing is known of settled currencies", "", "not shown and not configured"},
		{"compares the configured currencies", "EUR,USD", "settled: EUR, USD; converted by Stripe, so refunded: AUD, CAD, GBP"},
	} {
		t.Run(tc.name+" where Stripe does not show the bank accounts", func(t *testing.T) {
			stripeAnswers := goodStripe()
			delete(stripeAnswers["/v1/account"], "external_accounts")

			checks, stderr, exitCode := d.doctor(atStripe(t, stripeAnswers), "CREDITROLL_SETTLED_CURRENCIES="+tc.setting)

			require.Zero(t, exitCode, stderr)
			require.True(t, checks["currencies that brands pay in"].OK)
			require.Contains(t, checks["currencies that brands pay in"].Found, tc.says)
		})
	}

	for _, tc := range []struct {
		name, check, says string
		change            func(map[string]map[string]any)
	}{
		{"a platform that Stripe pays out", "platform payout schedule", "daily", func(s map[string]map[string]any) { s["/v1/account"] = accountOnWire("acct_platform", "daily") }},
		{"a platform that cannot charge", "platform charges", "not enabled", func(s map[string]map[string]any) { s["/v1/account"]["charges_enabled"] = false }},
		{"a platform without payouts", "platform payouts", "not enabled", func(s map[string]map[string]any) { s["/v1/account"]["payouts_enabled"] = false }},
		{"an inactive capability", "platform capabilities", "transfers", func(s map[string]map[string]any) {
			s["/v1/account"]["capabilities"] = map[string]any{"card_payments": "active", "transfers": "pending"}
		}},
		{"a requirement that is past due", "platform requirements", "company.tax_id", func(s map[string]map[string]any) {
			s["/v1/account"]["requirements"] = map[string]any{"past_due": []string{"company.tax_id"}}
		}},
		{"a platform that settles none of the currencies", "currencies that brands pay in", "settled: none; converted by Stripe, so refunded: AUD, CAD, EUR, GBP, USD", func(s map[string]map[string]any) {
			s["/v1/account"]["default_currency"] = "jpy"
			s["/v1/account"]["external_accounts"] = map[string]any{"object": "list", "data": []any{map[string]any{"id": "ba_1", "object": "bank_account", "currency": "chf", "status": "new"}}}
		}},
		{"no endpoint for our address", "webhook endpoint", "0 enabled", func(s map[string]map[string]any) {
			s["/v1/webhook_endpoints"] = endpointsOnWire(map[string]any{"url": "https://other.test/v1/webhooks/stripe", "status": "enabled", "enabled_events": []string{"*"}})
		}},
		{"a disabled endpoint", "webhook endpoint", "0 enabled", func(s map[string]map[string]any) {
			s["/v1/webhook_endpoints"] = endpointsOnWire(map[string]any{"url": "https://pay.example.test/v1/webhooks/stripe", "status": "disabled", "enabled_events": []string{"*"}})
		}},
		{"an endpoint that does not send every event", "webhook events", "payout.failed", func(s map[string]map[string]any) {
			s["/v1/webhook_endpoints"] = endpointsOnWire(map[string]any{"url": "https://pay.example.test/v1/webhooks/stripe", "status": "enabled", "enabled_events": []string{"payout.paid"}})
		}},
		{"an endpoint of another version", "webhook version", "2019-01-01", func(s map[string]map[string]any) {
			s["/v1/webhook_endpoints"] = endpointsOnWire(map[string]any{"url": "https://pay.example.test/v1/webhooks/stripe", "status": "enabled", "enabled_events": []string{"*"}, "api_version": "2019-01-01"})
		}},
		{"an account on a schedule", "accounts that are not on a manual schedule", "acct_1 (weekly)", func(s map[string]map[string]any) { s["/v1/accounts/acct_1"] = accountOnWire("acct_1", "weekly") }},
		{"an account that has left", "accounts that are not connected", "acct_1", func(s map[string]map[string]any) { delete(s, "/v1/accounts/acct_1") }},
		{"an account that cannot be read", "accounts that could not be read", "stripe_answer_unreadable", func(s map[string]map[string]any) { s["/v1/accounts/acct_1"] = map[string]any{} }},
	} {
		t.Run("finds "+tc.name+", and fails", func(t *testing.T) {
			stripeAnswers := goodStripe()
			tc.change(stripeAnswers)

			checks, stderr, exitCode := d.doctor(atStripe(t, stripeAnswers))

			require.Equal(t, 1, exitCode)
			require.Contains(t, stderr, "settings_wrong")
			for name, each := range checks {
				require.Equal(t, name != tc.check, each.OK, name)
			}
			require.Contains(t, checks[tc.check].Found, tc.says)
			require.NotEmpty(t, checks[tc.check].Fix)
		})
	}

	t.Run("finds that files cannot be stored, and fails", func(t *testing.T) {
		taken := filepath.Join(t.TempDir(), "file")
		require.NoError(t, os.WriteFile(taken, nil, 0o600))

		checks, stderr, exitCode := d.doctor(atStripe(t, goodStripe()), "CREDITROLL_BLOBS_DIR="+filepath.Join(taken, "blobs"))

		require.Equal(t, 1, exitCode, stderr)
		require.False(t, checks["storage for files"].OK)
		require.Contains(t, checks["storage for files"].Found, taken)
		require.NotEmpty(t, checks["storage for files"].Fix)
	})

	t.Run("names an address for files that is malformed", func(t *testing.T) {
		_, stderr, exitCode := d.doctor(atStripe(t, goodStripe()), "CREDITROLL_BLOBS_URL=gs://bucket")

		require.Equal(t, 1, exitCode)
		require.Contains(t, stderr, "CREDITROLL_BLOBS_URL")
	})

	t.Run("says so when Stripe does not accept the key", func(t *testing.T) {
		_, stderr, exitCode := d.doctor(atStripe(t, nil))

		require.Equal(t, 1, exitCode)
		require.Contains(t, stderr, "account_invalid")
	})
}
