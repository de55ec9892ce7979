package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/devstack/simulators/apify"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/devstack/simulators/youtube"
)

func newSim() *cobra.Command {
	var addresses struct{ stripe, youtube, apify, webhookURL, webhookSecret string }
	command := &cobra.Command{
		Use: "sim", Short: "Serve the simulators of Stripe, YouTube and Apify alone", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			payments, err := stripe.New(stripe.Options{WebhookURL: addresses.webhookURL, WebhookSecret: addresses.webhookSecret})
			if err != nil {
				return err
			}
			return serveSimulators(cmd, []simulated{
				{"STRIPE_API_BASE", addresses.stripe, payments},
				{"YOUTUBE_API_BASE", addresses.youtube, youtube.New(youtube.Options{Options: catalog.Options{AnyClip: true}})},
				{"APIFY_API_BASE", addresses.apify, apify.New(apify.Options{Options: catalog.Options{AnyClip: true}})},
			})
		},
	}
	flags := command.Flags()
	flags.StringVar(&addresses.stripe, "stripe", "127.0.0.1:0", "address of the Stripe simulator")
	flags.StringVar(&addresses.youtube, "youtube", "127.0.0.1:0", "address of the YouTube simulator")
	flags.StringVar(&addresses.apify, "apify", "127.0.0.1:0", "address of the Apify simulator")
	flags.StringVar(&addresses.webhookURL, "webhook-url", "", "where Stripe's events go")
	flags.StringVar(&addresses.webhookSecret, "webhook-secret", "", "secret that signs Stripe's events")
	return command
}

type simulated struct {
	variable  string
	address   string
	simulator interface {
		Start(address string) (string, error)
		Close() error
	}
}

// serveSimulators prints each address as the variable that points a client at it.
func serveSimulators(cmd *cobra.Command, all []simulated) error {
	for _, each := range all {
		base, err := each.simulator.Start(each.address)
		if err != nil {
			return err
		}
		defer func() { _ = each.simulator.Close() }()
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s=%s\n", each.variable, base); err != nil {
			return err
		}
	}
	<-cmd.Context().Done()
	return nil
}
