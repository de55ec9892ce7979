package demo

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack"
	simulator "github.com/creditroll/creditroll/devstack/simulators/apify"
	youtubesimulator "github.com/creditroll/creditroll/devstack/simulators/youtube"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/providers"
	"github.com/creditroll/creditroll/providers/apify"
	"github.com/creditroll/creditroll/providers/youtube"
)

func TestSimulatedPlatforms(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T, youtubeURL string) *demoRun {
		t.Helper()
		stack, err := devstack.StartSimulators(t.Context(), devstack.Options{StripeAPIBase: "http://stripe.example", Providers: []devstack.ProviderOptions{
			{Name: "youtube", Title: "YouTube", BaseURL: youtubeURL, NewSimulator: youtubesimulator.NewDefault},
			{Name: "apify", Title: "Apify", NewSimulator: simulator.NewDefault},
		}})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, stack.Stop(context.Background())) })
		return &demoRun{installation: &installation{stack: stack, options: Options{Chains: providers.DefaultChains([]providers.Registration{youtube.Registration(), apify.Registration()})}}}
	}

	t.Run("are published at every simulator that shows them", func(t *testing.T) {
		t.Parallel()
		p := start(t, "")
		require.Len(t, p.simulatorsOf(clip.YouTube), 2)
		require.Len(t, p.simulatorsOf(clip.TikTok), 1)
	})

	t.Run("are none whose first provider is a real one", func(t *testing.T) {
		t.Parallel()
		p := start(t, "http://youtube.example")
		require.False(t, p.isSimulated(clip.YouTube))
		require.Empty(t, p.simulatorsOf(clip.YouTube))
		require.True(t, p.isSimulated(clip.TikTok))
	})
}
