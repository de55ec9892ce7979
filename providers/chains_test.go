package providers_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/providers"
	"github.com/creditroll/creditroll/providers/apify"
	"github.com/creditroll/creditroll/providers/youtube"
)

func TestChains(t *testing.T) {
	t.Parallel()
	apifyClient, err := apify.New(apify.Config{Token: "token"})
	require.NoError(t, err)
	youtubeClient, err := youtube.New(youtube.Config{APIKey: "key"})
	require.NoError(t, err)

	t.Run("accepts the default chains with the clients they name", func(t *testing.T) {
		t.Parallel()
		require.NoError(t, providers.DefaultChains().Validate(apifyClient, youtubeClient))
	})

	t.Run("gives every caller default chains of its own", func(t *testing.T) {
		t.Parallel()
		providers.DefaultChains()[clip.TikTok][0] = "changed"
		require.Equal(t, []string{"apify"}, providers.DefaultChains()[clip.TikTok])
	})

	for name, test := range map[string]struct {
		chains providers.Chains
		code   string
		field  string
	}{
		"an unknown platform":                      {providers.Chains{"myspace": {"apify"}}, "unknown_platform", "chains.myspace"},
		"a provider nobody set up":                 {providers.Chains{clip.X: {"x"}}, "unknown_provider", "chains.x"},
		"a provider that does not read a platform": {providers.Chains{clip.YouTube: {"youtube", "apify"}}, "platform_not_supported", "chains.youtube"},
		"a provider twice":                         {providers.Chains{clip.TikTok: {"apify", "apify"}}, "provider_twice", "chains.tiktok"},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()
			err := test.chains.Validate(apifyClient, youtubeClient)

			found, ok := fault.As(err)
			require.True(t, ok)
			require.Equal(t, fault.Invalid, found.Kind)
			require.Equal(t, test.code, found.Code)
			require.Equal(t, test.field, found.Field)
		})
	}
}
