package providers

import (
	"slices"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
)

// Chains names the providers of each platform in the order in which they are asked. A
// platform without providers cannot be tracked.
type Chains map[clip.Platform][]string

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
