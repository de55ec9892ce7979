package devstack

import "github.com/creditroll/creditroll/devstack/simulators/curves/catalog"

// ProviderOptions are what the stack has to know about a view provider.
type ProviderOptions struct {
	// Name identifies the provider, and Title is its name in messages to people.
	Name, Title string
	// CredentialVariable and BaseURLVariable are the environment variables that the product
	// reads for this provider.
	CredentialVariable, BaseURLVariable string
	// BaseURL is the address of a configured service; empty starts the simulator.
	BaseURL string
	// ListenAddress is where the simulator listens; empty takes a free port.
	ListenAddress string
	// NewSimulator returns the simulator, which accepts any credential.
	NewSimulator func(catalog.Options) *catalog.Simulator
}

// Provider is a view provider of a running stack. Its BaseURL is where it answers.
type Provider struct {
	ProviderOptions
	// Simulator is nil where a configured service is used.
	Simulator *catalog.Simulator
}

func (s *Stack) startProvider(provider *Provider, options Options) (err error) {
	provider.Simulator = provider.NewSimulator(catalog.Options{Recordings: options.Recordings, AnyClip: options.AnyClip, Births: s.births})
	provider.BaseURL, err = s.serve(provider.Simulator, provider.ListenAddress)
	return err
}

// ProviderURL returns where the provider with this name answers, "" if the stack has none.
func (s *Stack) ProviderURL(name string) string {
	for _, provider := range s.Providers {
		if provider.Name == name {
			return provider.BaseURL
		}
	}
	return ""
}

// SimulatorsOf returns the running simulators that show clips of a platform.
func (s *Stack) SimulatorsOf(platform string) []*catalog.Simulator {
	var showing []*catalog.Simulator
	for _, provider := range s.Providers {
		if provider.Simulator != nil && provider.Simulator.Clips.Shows(platform) {
			showing = append(showing, provider.Simulator)
		}
	}
	return showing
}
