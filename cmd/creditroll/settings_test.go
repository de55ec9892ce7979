package main

import (
	"maps"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/process"
	"github.com/creditroll/creditroll/domain/clip"
)

// Well-formed settings of servers that do not exist: no server listens on port 1.
func settingsOfNowhere() map[string]string {
	return map[string]string{
		asCommand: "1", "DATABASE_URL": "postgres://user:secret-word@127.0.0.1:1/creditroll", "TEMPORAL_ADDRESS": "127.0.0.1:1",
		"STRIPE_API_KEY": "sk_test_secret-word", "STRIPE_WEBHOOK_SECRETS": webhookSecret, "CREDITROLL_TOKEN_KEYS": tokenKeys,
	}
}

func TestBadSettings(t *testing.T) {
	t.Parallel()
	every := []string{"api", "worker", "migrate"}
	cases := []struct {
		name     string
		commands []string
		change   map[string]string
		says     string
	}{
		{"a missing database is named", every, map[string]string{"DATABASE_URL": ""}, "DATABASE_URL is not set"},
		{"a malformed database address is named", every, map[string]string{"DATABASE_URL": "mysql://nowhere"}, "DATABASE_URL is malformed"},
		{"a database that does not answer is named", every, nil, "the database does not answer"},
		{"a missing Stripe key is named", []string{"api", "worker"}, map[string]string{"STRIPE_API_KEY": ""}, "STRIPE_API_KEY is not set"},
		{"a malformed duration is named", every, map[string]string{"CREDITROLL_CHECK_INTERVAL": "soon"}, "CREDITROLL_CHECK_INTERVAL is malformed"},
		{"an interval of zero is named", every, map[string]string{"CREDITROLL_INBOX_INTERVAL": "0s"}, "CREDITROLL_INBOX_INTERVAL must be"},
		{"a reconciliation window that misses late returns is named", every, map[string]string{"CREDITROLL_RECONCILE_WINDOW": "24h"}, "CREDITROLL_RECONCILE_WINDOW must be longer"},
		{"a negative age of payments by card is named", every, map[string]string{"CREDITROLL_CARD_RELEASE_AGE": "-1h"}, "CREDITROLL_CARD_RELEASE_AGE must not"},
		{"malformed polling tiers are named", every, map[string]string{"CREDITROLL_POLL_TIERS": "often"}, "CREDITROLL_POLL_TIERS is malformed"},
		{"malformed chains are named", every, map[string]string{"CREDITROLL_CHAINS": "tiktok"}, "CREDITROLL_CHAINS is malformed"},
		{"a chain of an unknown platform is named", []string{"api", "worker"}, map[string]string{"CREDITROLL_CHAINS": "vine=apify", "APIFY_TOKEN": "secret-word"}, "CREDITROLL_CHAINS: the chains name a platform that does not exist"},
		{"a provider without a credential in a chain is named", []string{"api", "worker"}, map[string]string{"CREDITROLL_CHAINS": "tiktok=apify"}, `CREDITROLL_CHAINS: the chain of tiktok names the provider "apify", which is not set up`},
		{"a provider that does not read a platform is named", []string{"api", "worker"}, map[string]string{"CREDITROLL_CHAINS": "x=apify", "APIFY_TOKEN": "secret-word"}, `CREDITROLL_CHAINS: the provider "apify" does not read clips on x`},
		{"a quota of an unknown provider is named", every, map[string]string{"CREDITROLL_PROVIDER_QUOTAS": "vimeo=5/d"}, `CREDITROLL_PROVIDER_QUOTAS is malformed: there is no provider "vimeo"`},
		{"a payout minimum of zero is named", every, map[string]string{"CREDITROLL_PAYOUT_MINIMUM_MINOR": "0"}, "CREDITROLL_PAYOUT_"},
		{"a malformed limit of a currency is named", []string{"api"}, map[string]string{"CREDITROLL_PAYOUT_APPROVAL_ABOVE_MINOR": "USD=much"}, "CREDITROLL_PAYOUT_APPROVAL_ABOVE_MINOR is malformed"},
		{"a limit of an unknown currency is named", []string{"api"}, map[string]string{"CREDITROLL_PAYOUT_APPROVAL_ABOVE_MINOR": "XXQ=1"}, "CREDITROLL_PAYOUT_APPROVAL_ABOVE_MINOR is malformed"},
		{"an unknown settled currency is named", []string{"api"}, map[string]string{"CREDITROLL_SETTLED_CURRENCIES": "USD,euro"}, "CREDITROLL_SETTLED_CURRENCIES is malformed"},
		{"a payment above the maximum of Stripe is named", []string{"api"}, map[string]string{"CREDITROLL_PAYMENT_MAX_MINOR": "USD=99999999,ISK=1000000"}, "at most 999999 for ISK"},
		{"an unknown bearer of the instant fee is named", every, map[string]string{"CREDITROLL_INSTANT_PAYOUT_FEE_BEARER": "bank"}, "CREDITROLL_INSTANT_PAYOUT_*"},
		{"an instant maximum below the minimum is named", every, map[string]string{"CREDITROLL_INSTANT_PAYOUT_MAXIMUM_MINOR": "USD=10"}, "CREDITROLL_INSTANT_PAYOUT_*"},
		{"an unknown log level is named", every, map[string]string{"CREDITROLL_LOG_LEVEL": "loud"}, "CREDITROLL_LOG_LEVEL is malformed"},
	}
	for _, tc := range cases {
		for _, command := range tc.commands {
			t.Run(tc.name+", by "+command, func(t *testing.T) {
				t.Parallel()
				settings := settingsOfNowhere()
				maps.Copy(settings, tc.change)

				said := requireRefused(t, settings, command)

				require.Contains(t, said, tc.says)
				require.NotContains(t, said, "secret-word")
			})
		}
	}
}

func TestChainsSetting(t *testing.T) {
	t.Parallel()
	variables := map[string]string{"APIFY_TOKEN": "a", "RAPIDAPI_KEY": "r", "YOUTUBE_API_KEY": "y"}

	t.Run("without it all providers with a credential are asked in the usual order", func(t *testing.T) {
		t.Parallel()
		s, err := parseSettings(variables)

		require.NoError(t, err)
		require.NoError(t, s.checkChains())
		require.Equal(t, map[clip.Platform][]string{clip.TikTok: {"apify", "rapidapi"}, clip.Instagram: {"apify", "rapidapi"}, clip.YouTube: {"youtube", "apify"}, clip.X: {"rapidapi"}}, s.chains())
	})

	t.Run("changes the platforms that it names", func(t *testing.T) {
		t.Parallel()
		changed := maps.Clone(variables)
		changed["CREDITROLL_CHAINS"] = "tiktok=rapidapi,apify; x="

		s, err := parseSettings(changed)

		require.NoError(t, err)
		require.NoError(t, s.checkChains())
		require.Equal(t, map[clip.Platform][]string{clip.TikTok: {"rapidapi", "apify"}, clip.Instagram: {"apify", "rapidapi"}, clip.YouTube: {"youtube", "apify"}, clip.X: {}}, s.chains())
		require.Equal(t, s.chains(), s.engine().Chains)
	})
}

// requireRefused runs a command that must end at once with exit code 1. It returns the error
// line, which follows the log.
func requireRefused(t *testing.T, settings map[string]string, args ...string) string {
	t.Helper()
	executable, err := os.Executable()
	require.NoError(t, err)
	printed := &logs{}
	var environment []string
	for name, value := range settings {
		environment = append(environment, name+"="+value)
	}
	refused, err := process.Start(process.Spec{
		Name: "creditroll", Path: executable, Args: args, Env: environment, WorkDir: t.TempDir(), DeathSignal: syscall.SIGKILL, Log: printed,
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = refused.Kill() })
	select {
	case <-refused.Done():
	case <-time.After(patience):
		t.Fatal("it did not end")
	}
	require.ErrorContains(t, refused.Err(), "exit status 1", printed.text.String())
	var said []string
	for line := range strings.Lines(printed.text.String()) {
		if !strings.HasPrefix(line, "time=") {
			said = append(said, line)
		}
	}
	require.Len(t, said, 1, printed.text.String())
	require.Contains(t, said[0], "creditroll: ")
	return printed.text.String()
}
