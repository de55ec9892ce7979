package main

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/devstack"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
	"github.com/creditroll/creditroll/providers/providertest"
	"github.com/creditroll/creditroll/workflows"
)

func TestRegistrations(t *testing.T) {
	t.Parallel()

	t.Run("have names, variables and places of their own", func(t *testing.T) {
		t.Parallel()
		taken := map[any]string{}
		take := func(what any, by string) {
			require.NotContains(t, taken, what, "%s and %s share it", taken[what], by)
			taken[what] = by
		}
		type place struct {
			platform clip.Platform
			number   int
		}
		for _, each := range registered {
			require.NotEmpty(t, each.Title)
			require.NotEmpty(t, each.Help)
			require.NotEmpty(t, each.Places)
			for _, what := range []string{each.Name, each.CredentialVariable, each.BaseURLVariable} {
				require.NotEmpty(t, what)
				take(what, each.Name)
			}
			for platform, number := range each.Places {
				take(place{platform, number}, each.Name)
			}
		}
	})

	t.Run("give chains that their clients can serve", func(t *testing.T) {
		t.Parallel()
		var clients []providers.Client
		for _, each := range registered {
			clients = append(clients, newClient(t, each, providers.Config{Credential: "credential"}))
		}

		require.NoError(t, providers.DefaultChains(registrations()).Validate(clients...))
	})

	t.Run("declare quotas that every request uses", func(t *testing.T) {
		t.Parallel()
		quotas, err := settings{}.quotas()
		require.NoError(t, err)
		for _, each := range registered {
			names := map[string]bool{}
			for platform := range each.Places {
				var posts, profiles bool
				for _, quota := range quotas[each.Name] {
					require.NoError(t, quota.Validate())
					names[quota.Name] = true
					if len(quota.Platforms) == 0 || slices.Contains(quota.Platforms, platform) {
						posts, profiles = posts || quota.PostUnits > 0, profiles || quota.ProfileUnits > 0
					}
				}
				require.True(t, posts && profiles, "%s on %s", each.Name, platform)
			}
			require.Len(t, names, len(quotas[each.Name]), "names are different")
		}
		require.Equal(t, views.DayQuota{Units: 10_000, Zone: "America/Los_Angeles"}, quotas["youtube"][0].Limits.Day)
	})

	for _, each := range registered {
		t.Run("agree with the client of "+each.Name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, each, providers.Config{Credential: "credential"})

			require.Equal(t, each.Name, client.Name())
			require.ElementsMatch(t, slices.Collect(maps.Keys(each.Places)), client.Platforms())
			_, asynchronous := client.(providers.AsyncClient)
			require.Equal(t, asynchronous, workflows.Asynchronous(each.Name), "workflows/calls.go has the providers that answer later")
		})

		t.Run("include only a provider that is tested for conformance: "+each.Name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, each, providers.Config{Credential: "credential"})

			require.True(t, testsConformance(t, client), "the tests of provider %s do not call providertest.Run", each.Name)
		})
	}

	t.Run("bring simulators that their clients read with the stack's environment", func(t *testing.T) {
		t.Parallel()
		stack, err := devstack.StartSimulators(t.Context(), devstack.Options{Providers: settings{}.stackProviders(), AnyClip: true})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, stack.Stop(context.Background())) })
		variables := map[string]string{}
		for _, variable := range stack.Environment() {
			variables[variable.Name] = variable.Value
		}
		s, err := parseSettings(variables)
		require.NoError(t, err)
		require.Len(t, s.configured(), len(registered))

		for _, each := range registered {
			client := newClient(t, each, s.Providers[each.Name])
			for platform := range each.Places {
				id := providertest.ExternalID(platform, 1)
				batch, err := client.Fetch(t.Context(), platform, []string{id})
				require.NoError(t, err)
				require.Contains(t, batch.Readings, id)
			}
		}
	})
}

func newClient(t *testing.T, registered provider, config providers.Config) providers.Client {
	t.Helper()
	client, err := registered.New(config)
	require.NoError(t, err)
	return client
}

// testsConformance reports whether the tests in a client's folder call providertest.Run.
func testsConformance(t *testing.T, client providers.Client) bool {
	t.Helper()
	_, folder, found := strings.Cut(reflect.TypeOf(client).Elem().PkgPath(), "/providers/")
	require.True(t, found)
	files, err := filepath.Glob(filepath.Join("../../providers", folder, "*_test.go"))
	require.NoError(t, err)
	return slices.ContainsFunc(files, func(path string) bool {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		require.NoError(t, err)
		calls := false
		ast.Inspect(file, func(node ast.Node) bool {
			if call, ok := node.(*ast.CallExpr); ok {
				calls = calls || isFunction(call.Fun, "providertest", "Run")
			}
			return true
		})
		return calls
	})
}

// isFunction reports whether an expression names a function of an imported package.
func isFunction(expression ast.Expr, ofPackage, name string) bool {
	selector, ok := expression.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	imported, ok := selector.X.(*ast.Ident)
	return ok && imported.Name == ofPackage && selector.Sel.Name == name
}

func TestSettingsOfProviders(t *testing.T) {
	t.Parallel()

	t.Run("chains have only the providers with a credential", func(t *testing.T) {
		t.Parallel()
		s, err := parseSettings(map[string]string{"YOUTUBE_API_KEY": "key", "APIFY_API_BASE": "http://apify.example"})
		require.NoError(t, err)

		require.Equal(t, map[clip.Platform][]string{clip.YouTube: {"youtube"}}, s.chains())
	})

	t.Run("chains have the cheapest provider first, and RapidAPI last", func(t *testing.T) {
		t.Parallel()
		s, err := parseSettings(map[string]string{"YOUTUBE_API_KEY": "key", "APIFY_TOKEN": "token", "BRIGHTDATA_TOKEN": "token", "X_BEARER_TOKEN": "bearer", "RAPIDAPI_KEY": "key"})
		require.NoError(t, err)

		require.Equal(t, map[clip.Platform][]string{
			clip.TikTok: {"apify", "brightdata", "rapidapi"}, clip.Instagram: {"apify", "brightdata", "rapidapi"}, clip.YouTube: {"youtube", "apify"}, clip.X: {"x", "rapidapi"},
		}, s.chains())
	})

	t.Run("a worker reads through each provider with a credential", func(t *testing.T) {
		t.Parallel()
		variables, names := map[string]string{}, []string{}
		for _, each := range registered {
			variables[each.CredentialVariable] = "credential"
			names = append(names, each.Name)
		}
		s, err := parseSettings(variables)
		require.NoError(t, err)

		all, err := (&wired{settings: s, store: &books.Books{}}).readers()

		require.NoError(t, err)
		require.ElementsMatch(t, names, slices.Collect(maps.Keys(all)))
	})

	t.Run("chains are those of the documentation", func(t *testing.T) {
		t.Parallel()
		reference, err := os.ReadFile("../../docs/reference/settings.md")
		require.NoError(t, err)
		titles := map[clip.Platform]string{clip.TikTok: "TikTok", clip.Instagram: "Instagram", clip.YouTube: "YouTube", clip.X: "X"}
		clients := map[string]providers.Client{}
		for _, each := range registered {
			clients[each.Name] = newClient(t, each, providers.Config{Credential: "credential"})
		}

		for platform, chain := range providers.DefaultChains(registrations()) {
			names, sizes := []string{}, []string{}
			for _, name := range chain {
				names, sizes = append(names, "`"+name+"`"), append(sizes, strconv.Itoa(clients[name].MaxBatch(platform)))
			}
			require.Contains(t, string(reference), "| "+titles[platform]+" | "+strings.Join(names, ", ")+" | "+strings.Join(sizes, ", ")+" |")
		}
	})

	t.Run("their variables have the names that are documented", func(t *testing.T) {
		t.Parallel()
		s, err := parseSettings(map[string]string{
			"YOUTUBE_API_KEY": "key", "YOUTUBE_API_BASE": "http://youtube.example", "APIFY_TOKEN": "token", "APIFY_API_BASE": "http://apify.example",
			"APIFY_ITEM_MICROS": "1300", "X_BEARER_TOKEN": "bearer", "X_API_BASE": "http://x.example",
			"RAPIDAPI_KEY": "key2", "RAPIDAPI_API_BASE": "http://rapidapi.example",
		})
		require.NoError(t, err)

		require.Equal(t, providers.Config{Credential: "key", BaseURL: "http://youtube.example"}, s.Providers["youtube"])
		require.Equal(t, providers.Config{
			Credential: "token", BaseURL: "http://apify.example", Settings: map[string]string{"APIFY_START_MICROS": "0", "APIFY_ITEM_MICROS": "1300"},
		}, s.Providers["apify"])
		require.Equal(t, providers.Config{Credential: "bearer", BaseURL: "http://x.example"}, s.Providers["x"])
		require.Equal(t, providers.Config{Credential: "key2", BaseURL: "http://rapidapi.example"}, s.Providers["rapidapi"])
	})
}
