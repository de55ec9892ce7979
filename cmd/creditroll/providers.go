package main

import (
	"github.com/creditroll/creditroll/devstack"
	apifysimulator "github.com/creditroll/creditroll/devstack/simulators/apify"
	brightdatasimulator "github.com/creditroll/creditroll/devstack/simulators/brightdata"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	rapidapisimulator "github.com/creditroll/creditroll/devstack/simulators/rapidapi"
	xsimulator "github.com/creditroll/creditroll/devstack/simulators/x"
	youtubesimulator "github.com/creditroll/creditroll/devstack/simulators/youtube"
	"github.com/creditroll/creditroll/providers"
	"github.com/creditroll/creditroll/providers/apify"
	"github.com/creditroll/creditroll/providers/brightdata"
	"github.com/creditroll/creditroll/providers/rapidapi"
	"github.com/creditroll/creditroll/providers/x"
	"github.com/creditroll/creditroll/providers/youtube"
)

// provider is a registered view provider: its client, and the simulator of its API that the
// development stack runs.
type provider struct {
	providers.Registration
	newSimulator func(catalog.Options) *catalog.Simulator
}

// registered are the view providers of the product, in the order in which people see them.
//
// A new provider takes two packages and one line here. The package in providers/<name> has
// the client, which passes providertest, and its Registration: name, platforms, environment
// variables and constructor. The package in devstack/simulators/<name> has the simulator.
// Settings, workers, dev, demo, sim and the tests loop over this list. The tests then ask for
// the variables in README.md and docker-compose.yml.
//
// The list is here because only this package may import both: a client and its simulator
// share no code, or both could be wrong in the same way.
var registered = []provider{
	{youtube.Registration(), youtubesimulator.NewDefault},
	{apify.Registration(), apifysimulator.NewDefault},
	{brightdata.Registration(), brightdatasimulator.NewDefault},
	{x.Registration(), xsimulator.NewDefault},
	{rapidapi.Registration(), rapidapisimulator.NewDefault},
}

func registrations() []providers.Registration {
	all := make([]providers.Registration, 0, len(registered))
	for _, each := range registered {
		all = append(all, each.Registration)
	}
	return all
}

// stackProviders returns what a development stack has to know about the providers. It starts
// the simulators of those whose address is not configured.
func (s settings) stackProviders() []devstack.ProviderOptions {
	all := make([]devstack.ProviderOptions, 0, len(registered))
	for _, each := range registered {
		all = append(all, devstack.ProviderOptions{
			Name: each.Name, Title: each.Title,
			CredentialVariable: each.CredentialVariable, BaseURLVariable: each.BaseURLVariable,
			BaseURL: s.Providers[each.Name].BaseURL, NewSimulator: each.newSimulator,
		})
	}
	return all
}
