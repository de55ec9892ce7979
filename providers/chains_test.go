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
	registered := []providers.Registration{youtube.Registration(), apify.Registration()}
	var clients []providers.Client
	for _, registration := range registered {
		client, err := registration.New(providers.Config{Credential: "credential"})
		require.NoError(t, err)
		clients = append(clients, client)
	}

	t.Run("accepts the default chains with the clients they name", func(t *testing.T) {
		t.Parallel()
		require.NoError(t, providers.DefaultChains(registered).Validate(clients...))
	})

	for name, test := range map[string]struct {
		chains providers.Chains
		code   string
		field  string
	}{
		"an unknown platform":                      {providers.Chains{"myspace": {"apify"}}, "unknown_platform", "chains.myspace"},
		"a provider that is not set up":            {providers.Chains{clip.X: {"x"}}, "unknown_provider", "chains.x"},
		"a provider that does not read a platform": {providers.Chains{clip.X: {"apify"}}, "platform_not_supported", "chains.x"},
		"a provider twice":                         {providers.Chains{clip.TikTok: {"apify", "apify"}}, "provider_twice", "chains.tiktok"},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()
			err := test.chains.Validate(clients...)

			found, ok := fault.As(err)
			require.True(t, ok)
			require.Equal(t, fault.Invalid, found.Kind)
			require.Equal(t, test.code, found.Code)
			require.Equal(t, test.field, found.Field)
		})
	}
}

func TestParseChains(t *testing.T) {
	t.Parallel()

	t.Run("reads the providers of each platform in their order, and an empty chain", func(t *testing.T) {
		t.Parallel()
		chains, err := providers.ParseChains(" tiktok = apify , rapidapi ;youtube=youtube; x=;")

		require.NoError(t, err)
		require.Equal(t, providers.Chains{clip.TikTok: {"apify", "rapidapi"}, clip.YouTube: {"youtube"}, clip.X: {}}, chains)
	})

	for setting, code := range map[string]string{"tiktok": "malformed_chains", "tiktok=apify;tiktok=rapidapi": "platform_twice"} {
		t.Run("refuses "+setting, func(t *testing.T) {
			t.Parallel()
			_, err := providers.ParseChains(setting)

			require.Equal(t, code, fault.CodeOf(err))
		})
	}

	t.Run("leaves the default chain of a platform that is not named", func(t *testing.T) {
		t.Parallel()
		defaults := providers.Chains{clip.TikTok: {"apify", "rapidapi"}, clip.X: {"x"}, clip.YouTube: {"youtube"}}

		require.Equal(t, providers.Chains{clip.TikTok: {"rapidapi"}, clip.X: {}, clip.YouTube: {"youtube"}}, providers.Chains{clip.TikTok: {"rapidapi"}, clip.X: {}}.Over(defaults))
		require.Equal(t, []string{"apify", "rapidapi"}, defaults[clip.TikTok])
	})
}

func TestDefaultChains(t *testing.T) {
	t.Parallel()
	first := providers.Registration{Name: "first", Places: map[clip.Platform]int{clip.TikTok: 1, clip.X: 2}}
	second := providers.Registration{Name: "second", Places: map[clip.Platform]int{clip.TikTok: 2, clip.X: 1}}

	t.Run("order the providers of a platform by place", func(t *testing.T) {
		t.Parallel()
		chains := providers.DefaultChains([]providers.Registration{second, first})

		require.Equal(t, providers.Chains{clip.TikTok: {"first", "second"}, clip.X: {"second", "first"}}, chains)
	})

	t.Run("leave out a platform that no provider reads", func(t *testing.T) {
		t.Parallel()
		require.NotContains(t, providers.DefaultChains([]providers.Registration{first}), clip.YouTube)
	})

	t.Run("belong to their caller", func(t *testing.T) {
		t.Parallel()
		registered := []providers.Registration{first}
		providers.DefaultChains(registered)[clip.TikTok][0] = "changed"

		require.Equal(t, []string{"first"}, providers.DefaultChains(registered)[clip.TikTok])
	})
}
