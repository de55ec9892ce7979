package stripe_test

import (
	"fmt"
	"log"
	"net/http"
	"strings"

	"github.com/stripe/stripe-go/v79"
	"github.com/stripe/stripe-go/v79/client"

	stripesim "github.com/creditroll/creditroll/devstack/simulators/stripe"
)

// Stripe's own client speaks to the simulator. The endpoints below /_sim set the scene, and
// the journal says what really happened, whatever the client was answered.
func Example() {
	sim, err := stripesim.New(stripesim.Options{Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = sim.Close() }()
	base, err := sim.Start("127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	control := func(path, body string) {
		answer, err := http.Post(base+"/_sim"+path, "application/json", strings.NewReader(body))
		if err != nil {
			log.Fatal(err)
		}
		_ = answer.Body.Close()
	}
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL: stripe.String(base), EnableTelemetry: stripe.Bool(false), LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull},
	})
	api := client.New("sk_test_1", &stripe.Backends{API: backend, Connect: backend, Uploads: backend})

	creator, err := api.Accounts.New(&stripe.AccountParams{
		Type: stripe.String("custom"), Country: stripe.String("US"),
		Capabilities: &stripe.AccountCapabilitiesParams{Transfers: &stripe.AccountCapabilitiesTransfersParams{Requested: stripe.Bool(true)}},
	})
	if err != nil {
		log.Fatal(err)
	}
	control("/accounts/"+creator.ID+"/complete", `{}`)
	control("/accounts/"+stripesim.PlatformID+"/adjust", `{"amount_minor": 10000, "currency": "usd"}`)
	for range 2 {
		transfer := &stripe.TransferParams{Amount: stripe.Int64(4000), Currency: stripe.String("usd"), Destination: &creator.ID}
		transfer.SetIdempotencyKey("payout/p1/transfer/g1")
		made, err := api.Transfers.New(transfer)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("answered with a transfer of", made.Amount, made.Currency)
	}

	for _, entry := range sim.Journal().Entries(0, "transfer.applied") {
		fmt.Println(entry.Kind, entry.AmountMinor, entry.Currency, entry.IdempotencyKey)
	}
	// Output:
	// answered with a transfer of 4000 usd
	// answered with a transfer of 4000 usd
	// transfer.applied 4000 usd payout/p1/transfer/g1
}
