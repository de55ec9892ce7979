package devstack_test

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack"
	"github.com/creditroll/creditroll/devstack/process/processtest"
	"github.com/creditroll/creditroll/devstack/simulators/apify"
	"github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/devstack/simulators/youtube"
)

func providers() []devstack.ProviderOptions {
	return []devstack.ProviderOptions{
		{Name: "youtube", Title: "YouTube", CredentialVariable: "YOUTUBE_API_KEY", BaseURLVariable: "YOUTUBE_API_BASE", NewSimulator: youtube.NewDefault},
		{Name: "apify", Title: "Apify", CredentialVariable: "APIFY_TOKEN", BaseURLVariable: "APIFY_API_BASE", NewSimulator: apify.NewDefault},
	}
}

func startSimulators(t *testing.T, options devstack.Options) *devstack.Stack {
	t.Helper()
	stack, err := devstack.StartSimulators(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, stack.Stop(context.Background())) })
	return stack
}

func TestStartSimulators(t *testing.T) {
	t.Parallel()

	t.Run("starts Stripe's and each provider's, and none of the servers", func(t *testing.T) {
		t.Parallel()
		var steps []string
		stack := startSimulators(t, devstack.Options{Providers: providers(), Progress: func(step string) { steps = append(steps, step) }})

		require.Equal(t, []string{"starting the Stripe simulator", "starting the YouTube simulator", "starting the Apify simulator"}, steps)
		require.Nil(t, stack.Postgres)
		require.Nil(t, stack.Temporal)
		require.Equal(t, stack.Providers[1].BaseURL, stack.ProviderURL("apify"))
		require.Empty(t, stack.ProviderURL("friendster"))
	})

	t.Run("uses a configured service in place of its simulator", func(t *testing.T) {
		t.Parallel()
		options := devstack.Options{StripeAPIBase: "http://stripe.example", Providers: providers()}
		options.Providers[0].BaseURL = "http://youtube.example"
		stack := startSimulators(t, options)

		require.Nil(t, stack.Stripe)
		require.Nil(t, stack.Providers[0].Simulator)
		require.Equal(t, stack.SimulatorsOf("tiktok"), stack.SimulatorsOf("youtube"), "only the simulator of Apify runs")
		require.Len(t, stack.SimulatorsOf("tiktok"), 1)
		require.Equal(t, "http://youtube.example", stack.ProviderURL("youtube"))
	})

	t.Run("shows a generated clip with the same age everywhere, however late it is asked for", func(t *testing.T) {
		t.Parallel()
		both := providers()
		both = append(both, devstack.ProviderOptions{Name: "another", Title: "Another", CredentialVariable: "A", BaseURLVariable: "B", NewSimulator: apify.NewDefault})
		stack := startSimulators(t, devstack.Options{Providers: both, AnyClip: true})
		showing := stack.SimulatorsOf("tiktok")
		require.Len(t, showing, 2)

		first, ok := showing[0].Clips.Show("tiktok", "100")
		require.True(t, ok)
		showing[1].Clock.Advance(time.Hour)
		second, ok := showing[1].Clips.Show("tiktok", "100")
		require.True(t, ok)

		require.Equal(t, first.PublishedAt, second.PublishedAt)
		require.Equal(t, first.AuthorID, second.AuthorID)
		require.Greater(t, second.Counts.Views, first.Counts.Views)
	})

	t.Run("names the part that could not start, and stops the others", func(t *testing.T) {
		t.Parallel()
		taken, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { _ = taken.Close() })
		free := fmt.Sprintf("127.0.0.1:%d", processtest.SteadyPort(t))
		options := devstack.Options{Providers: providers(), StripeListenAddress: free}
		options.Providers[1].ListenAddress = taken.Addr().String()

		_, err = devstack.StartSimulators(t.Context(), options)

		require.ErrorContains(t, err, "start the Apify simulator")
		again, err := net.Listen("tcp", options.StripeListenAddress)
		require.NoError(t, err, "the Stripe simulator still listens")
		require.NoError(t, again.Close())
	})
}

func TestEnvironment(t *testing.T) {
	t.Parallel()

	t.Run("has an address and a credential for every part", func(t *testing.T) {
		t.Parallel()
		stack := startSimulators(t, devstack.Options{
			DatabaseURL: "postgres://db.example", TemporalAddress: "temporal.example:7233",
			Stripe: stripe.Options{WebhookSecret: "whsec_1"}, Providers: providers(),
		})

		require.Equal(t, []devstack.Variable{
			{Name: "DATABASE_URL", Value: "postgres://db.example"},
			{Name: "TEMPORAL_ADDRESS", Value: "temporal.example:7233"},
			{Name: "STRIPE_API_BASE", Value: stack.StripeAPIBase},
			{Name: "YOUTUBE_API_BASE", Value: stack.ProviderURL("youtube")},
			{Name: "APIFY_API_BASE", Value: stack.ProviderURL("apify")},
			{Name: "STRIPE_API_KEY", Value: devstack.SimulatedStripeKey},
			{Name: "STRIPE_WEBHOOK_SECRETS", Value: "whsec_1"},
			{Name: "YOUTUBE_API_KEY", Value: devstack.SimulatedCredential},
			{Name: "APIFY_TOKEN", Value: devstack.SimulatedCredential},
		}, stack.Environment())
	})

	t.Run("has no address of a part that is not there", func(t *testing.T) {
		t.Parallel()
		stack := startSimulators(t, devstack.Options{})

		require.Equal(t, []devstack.Variable{{Name: "STRIPE_API_BASE", Value: stack.StripeAPIBase}}, stack.Addresses())
	})
}
