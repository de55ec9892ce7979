package providers

import (
	"cmp"
	"slices"

	"github.com/creditroll/creditroll/domain/clip"
)

// Registration is all that the rest of the program has to know about a provider: its name,
// what it reads, how it is configured, and how its client is made. The package of each
// provider returns its own; cmd/creditroll lists them.
type Registration struct {
	// Name is the provider's name in chains, attempts and task queues, as Client.Name
	// returns it.
	Name string
	// Title is the provider's name in messages to people.
	Title string
	// Places holds the platforms that the provider reads. The number is the provider's place
	// in the platform's default chain: the provider with the lowest one is asked first.
	Places map[clip.Platform]int

	// CredentialVariable is the environment variable with the key or token. A provider
	// without one is not asked.
	CredentialVariable string
	// BaseURLVariable is the environment variable with the address of the API, for tests and
	// proxies. When it is not set, the client uses the provider's own address.
	BaseURLVariable string
	// Help says what the credential is for, in the words of README.md.
	Help string

	// Quotas are the counts of requests that the provider allows. Without any there is one for all requests, without limit.
	Quotas []Quota

	// Variables are the provider's own settings.
	Variables []Variable
	// Callback is set if the provider notifies us at /v1/webhooks/{name}.
	Callback *Callback

	// New returns a client, or fault.Invalid for a config that cannot work.
	New func(Config) (Client, error)
}

// DefaultChains returns the chain of each platform that at least one of the registered
// providers reads. Providers with the same place keep the order of the list.
func DefaultChains(registered []Registration) Chains {
	chains := Chains{}
	for _, platform := range clip.Platforms() {
		var serving []Registration
		for _, registration := range registered {
			if _, serves := registration.Places[platform]; serves {
				serving = append(serving, registration)
			}
		}
		slices.SortStableFunc(serving, func(a, b Registration) int { return cmp.Compare(a.Places[platform], b.Places[platform]) })
		for _, registration := range serving {
			chains[platform] = append(chains[platform], registration.Name)
		}
	}
	return chains
}
