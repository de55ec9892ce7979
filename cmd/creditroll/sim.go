package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/devstack"
)

func newSim() *cobra.Command {
	var options devstack.Options
	providers := settings{}.stackProviders()
	titles := make([]string, 0, len(providers))
	for _, each := range providers {
		titles = append(titles, each.Title)
	}
	command := &cobra.Command{
		Use: "sim", Short: "Serve the simulators of Stripe, " + listed(titles) + " alone", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options.Providers, options.AnyClip = providers, true
			return serveSimulators(cmd, options)
		},
	}
	const anyFreePort = "127.0.0.1:0"
	flags := command.Flags()
	flags.StringVar(&options.StripeListenAddress, "stripe", anyFreePort, "address of the Stripe simulator")
	for i := range providers {
		flags.StringVar(&providers[i].ListenAddress, providers[i].Name, anyFreePort, "address of the "+providers[i].Title+" simulator")
	}
	flags.StringVar(&options.Stripe.WebhookURL, "webhook-url", "", "where Stripe's events go")
	flags.StringVar(&options.Stripe.WebhookSecret, "webhook-secret", "", "secret that signs Stripe's events")
	return command
}

// listed joins names as a sentence lists them: "A, B and C".
func listed(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// serveSimulators prints each address as the variable that points a client at it, and serves
// until the command is interrupted.
func serveSimulators(cmd *cobra.Command, options devstack.Options) (err error) {
	stack, err := devstack.StartSimulators(cmd.Context(), options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stack.Stop(context.WithoutCancel(cmd.Context()))) }()
	for _, address := range stack.Addresses() {
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s=%s\n", address.Name, address.Value); err != nil {
			return err
		}
	}
	<-cmd.Context().Done()
	return nil
}
