package providers

import (
	"maps"
	"slices"
	"strings"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
)

// Chains names the providers of each platform in the order in which they are asked. A
// platform without providers cannot be tracked.
type Chains map[clip.Platform][]string

// ParseChains parses a setting such as "tiktok=apify,rapidapi;youtube=youtube". An empty chain turns a platform off. It returns
// fault.Invalid "malformed_chains" or "platform_twice". Validate checks the names.
func ParseChains(setting string) (Chains, error) {
	chains := Chains{}
	for part := range strings.SplitSeq(setting, ";") {
		if strings.TrimSpace(part) == "" {
			continue // after the last semicolon
		}
		name, list, found := strings.Cut(part, "=")
		platform := clip.Platform(strings.TrimSpace(name))
		if !found {
			return nil, fault.New(fault.Invalid, "malformed_chains", "%.40q is not in the form platform=provider,provider, such as tiktok=apify,rapidapi", part)
		}
		if _, twice := chains[platform]; twice {
			return nil, fault.New(fault.Invalid, "platform_twice", "the chain of %s is given twice: keep one", platform)
		}
		chains[platform] = []string{}
		for provider := range strings.SplitSeq(list, ",") {
			if provider = strings.TrimSpace(provider); provider != "" {
				chains[platform] = append(chains[platform], provider)
			}
		}
	}
	return chains, nil
}

// Over returns these chains, and those of defaults for platforms that they do not name.
func (c Chains) Over(defaults Chains) Chains {
	all := maps.Clone(defaults)
	maps.Copy(all, c)
	return all
}

// Validate returns fault.Invalid for a chain of an unknown platform, and for one that names a
// provider twice, without a client, or that does not read the platform.
func (c Chains) Validate(clients ...Client) error {
	byName := map[string]Client{}
	for _, client := range clients {
		byName[client.Name()] = client
	}
	for platform, chain := range c {
		field := "chains." + string(platform)
		if _, err := clip.ParsePlatform(string(platform)); err != nil {
			return fault.Field(field, "unknown_platform", "the chains name a platform that does not exist: use tiktok, instagram, youtube or x")
		}
		for i, name := range chain {
			client, ok := byName[name]
			switch {
			case !ok:
				return fault.Field(field, "unknown_provider", "the chain of %s names the provider %q, which is not set up: give its credential or take it out", platform, name)
			case client.MaxBatch(platform) == 0:
				return fault.Field(field, "platform_not_supported", "the provider %q does not read clips on %s: take it out of the chain", name, platform)
			case slices.Contains(chain[:i], name):
				return fault.Field(field, "provider_twice", "the chain of %s names the provider %q twice: name it once", platform, name)
			}
		}
	}
	return nil
}
