package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/cmd/creditroll/internal/demo"
	"github.com/creditroll/creditroll/devstack"
)

func TestDemoArguments(t *testing.T) {
	t.Parallel()
	recorded := func(t *testing.T, content string) string {
		path := filepath.Join(t.TempDir(), "curves.csv")
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	cases := []struct {
		name string
		args func(t *testing.T) []string
		says string
	}{
		{"an argument that is not a flag", func(*testing.T) []string { return []string{"now"} }, "unknown command"},
		{"a seed that is not a number", func(*testing.T) []string { return []string{"--seed", "x"} }, "--seed"},
		{"a missing file of curves", func(*testing.T) []string { return []string{"--curves", "/nonexistent.csv"} }, "--curves"},
		{"curves without readings", func(t *testing.T) []string {
			return []string{"--curves", recorded(t, "video_id,day,views,likes,comments\n")}
		}, "no readings"},
		{"malformed curves, by their line", func(t *testing.T) []string {
			return []string{"--curves", recorded(t, "video_id,day,views,likes,comments\nv,1,many,0,0\n")}
		}, "line 2"},
	}
	for _, tc := range cases {
		t.Run("refuses "+tc.name, func(t *testing.T) {
			t.Parallel()
			command := newDemo()
			command.SetArgs(tc.args(t))
			command.SetOut(io.Discard)
			command.SetErr(io.Discard)
			command.SilenceUsage = true

			err := command.ExecuteContext(t.Context())

			require.ErrorContains(t, err, tc.says)
		})
	}
}

func TestDemoNarrator(t *testing.T) {
	t.Parallel()

	for name, flags := range map[string]demoFlags{"plain": {}, "json": {json: true}} {
		t.Run("is a plain one if stdout is not a terminal: "+name, func(t *testing.T) {
			t.Parallel()
			var out, progress strings.Builder

			narrator := chooseNarrator(flags, &out, &progress, func() {})
			narrator.Event("something happened")
			narrator.Close()

			require.IsType(t, demo.NewPlain(io.Discard), narrator)
			require.Equal(t, !flags.json, strings.Contains(out.String(), "something happened"))
			require.Equal(t, flags.json, strings.Contains(progress.String(), "something happened"))
		})
	}
}

func TestDemoUsesWhatIsConfigured(t *testing.T) {
	t.Setenv("DATABASE_URL", "postgres://db.example/creditroll")
	t.Setenv("STRIPE_API_BASE", "http://stripe.example")
	t.Setenv("STRIPE_API_KEY", "sk_test_given")
	t.Setenv("TEMPORAL_ADDRESS", "")
	t.Setenv("YOUTUBE_API_KEY", "")

	options, err := demoOptions(demoFlags{seed: 9})

	require.NoError(t, err)
	require.Equal(t, "postgres://db.example/creditroll", options.Stack.DatabaseURL)
	require.Equal(t, "http://stripe.example", options.Stack.StripeAPIBase)
	require.Equal(t, "sk_test_given", options.StripeKey)
	require.Empty(t, options.Stack.TemporalAddress)
	require.Equal(t, devstack.SimulatedCredential, options.Credentials["youtube"])
	require.EqualValues(t, 9, options.Seed)
	require.NotEmpty(t, options.ListenAddress)
	require.NotEmpty(t, options.TokenKeys)
}
