package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	simulator "github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/payments"
	"github.com/creditroll/creditroll/payments/stripe"
	"github.com/creditroll/creditroll/temporal"
)

const (
	stripeKey = "sk_test_bench"
	// stripePerSecond limits the calls to Stripe of all workers.
	stripePerSecond = 1000
	// bankTransit is how long a bank payout takes. Its signal comes after that.
	bankTransit = 500 * time.Millisecond
	// returnWindow ends the wait for a return of the bank early. The workflow still waits and reads
	// the bank payout once more, so its history is complete.
	returnWindow = 100 * time.Millisecond
)

// payoutStack is what payouts need: books, a Temporal server, Stripe, and an API that receives its
// webhooks.
type payoutStack struct {
	url        string
	store      *books.Books
	engine     string
	connection client.Client
	stripe     *simulator.Simulator
	stripeURL  string
	payments   *stripe.Client
	closers    []func() error
}

// openPayouts starts the stack in a database of its own. close stops what was started, in any case.
func openPayouts(ctx context.Context, server string, progress func(string)) (s *payoutStack, err error) {
	s = &payoutStack{}
	if s.url, err = createDatabase(ctx, server, "payouts"); err != nil {
		return s, err
	}
	if err := db.Migrate(ctx, s.url); err != nil {
		return s, err
	}
	if s.store, err = books.Open(ctx, s.url, db.Options{}); err != nil {
		return s, err
	}
	s.closers = append(s.closers, func() error { s.store.DB.Close(); return nil })
	engine, err := startTemporal(ctx, progress)
	if err != nil {
		return s, err
	}
	s.engine = engine.Address()
	s.closers = append(s.closers, func() error { return stop(ctx, engine.Stop) })
	if s.connection, err = temporal.Dial(ctx, client.Options{HostPort: s.engine}, slog.New(slog.DiscardHandler)); err != nil {
		return s, err
	}
	s.closers = append(s.closers, func() error { s.connection.Close(); return nil })
	if err := temporal.Prepare(ctx, s.connection, client.DefaultNamespace, quietSchedules(), temporal.Settings{Payout: payoutPolicy()}); err != nil {
		return s, err
	}
	if s.stripe, err = simulator.New(simulator.Options{PayoutTransit: bankTransit}); err != nil {
		return s, err
	}
	s.closers = append(s.closers, s.stripe.Close)
	if s.stripeURL, err = s.stripe.Start("127.0.0.1:0"); err != nil {
		return s, err
	}
	s.payments, err = stripe.New(stripe.Config{APIKey: stripeKey, APIBase: s.stripeURL})
	return s, err
}

func (s *payoutStack) close() error {
	var failures []error
	for _, each := range slices.Backward(s.closers) {
		failures = append(failures, each())
	}
	return errors.Join(failures...)
}

// quietSchedules do not start anything while the bench measures, except the sweep of the inbox,
// which delivers what the API could not.
func quietSchedules() temporal.Schedules {
	const day = 24 * time.Hour
	return temporal.Schedules{
		ReleaseHoldsEvery: day, SweepInboxEvery: time.Minute, SweepSnapshotsEvery: time.Minute, SealEvery: day, ReconcileEvery: day, ReconcileWholeEvery: day, WatchPayoutsEvery: day, EvidenceEvery: day, CheckProvidersEvery: day,
		PayoutRunCron: "0 0 29 2 *",
	}
}

// payoutPolicy is the default, apart from the smallest amount and the return window.
func payoutPolicy() payout.Policy {
	policy := payout.DefaultPolicy()
	policy.MinimumMinor = payout.EveryMinimum(1)
	policy.ReturnWindow = duration.Text(returnWindow)
	return policy
}

// receiveWebhooks has Stripe send the events that an installation asks for.
func (s *payoutStack) receiveWebhooks(ctx context.Context) error {
	address, stopAPI, err := serveAPI(ctx, s.store, temporal.NewEngine(s.connection, temporal.Settings{Payout: payoutPolicy()}))
	if err != nil {
		return err
	}
	s.closers = append(s.closers, func() error { stopAPI(); return nil })
	s.stripe.SetWebhook(address, signingKey)
	events, err := json.Marshal(map[string]any{"url": address, "secret": signingKey, "enabled_events": stripe.EventTypes()})
	if err != nil {
		return err
	}
	_, err = s.post(ctx, "/_sim/webhooks", "application/json", string(events))
	return err
}

// startWorkers runs every queue in this process, as the command `worker` does.
func (s *payoutStack) startWorkers() (stop func(), err error) {
	return temporal.Workers{
		Ledger: activities.Ledger{Books: s.store, Notices: map[string]payments.Notices{"stripe": stripe.Notice}}, Payments: activities.Payments{Rail: s.payments},
		StripePerSecond: stripePerSecond, ReconcilePerSecond: stripePerSecond,
	}.Start(s.connection, nil)
}

// post sends a request to Stripe or to the control of its simulator, and returns the id of the
// object in the answer.
func (s *payoutStack) post(ctx context.Context, path, contentType, body string) (id string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.stripeURL+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+stripeKey)
	request.Header.Set("Content-Type", contentType)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s was answered with %s: %s", path, answer.Status, text)
	}
	var object struct{ ID string }
	err = json.Unmarshal(text, &object)
	return object.ID, err
}

// newAccount creates a connected account that can be paid, and returns its id.
func (s *payoutStack) newAccount(ctx context.Context) (string, error) {
	return s.post(ctx, "/v1/accounts", "application/x-www-form-urlencoded", url.Values{
		"type": {"custom"}, "country": {"US"}, "business_type": {"individual"}, "capabilities[transfers][requested]": {"true"},
		"settings[payouts][schedule][interval]": {"manual"}, "tos_acceptance[date]": {"1700000000"},
		"individual[first_name]": {"Jenny"}, "individual[last_name]": {"Rosen"},
		"individual[dob][day]": {"1"}, "individual[dob][month]": {"1"}, "individual[dob][year]": {"1990"},
		"external_account[object]": {"bank_account"}, "external_account[country]": {"US"}, "external_account[currency]": {"usd"},
		"external_account[routing_number]": {"110000000"}, "external_account[account_number]": {"000123456789"},
	}.Encode())
}

// requirePaid checks the books, and that Stripe has made each transfer and bank payout once.
func (s *payoutStack) requirePaid(ctx context.Context, expected int) error {
	var paid, others int
	err := s.store.DB.Pool.QueryRow(ctx, "SELECT count(*) FILTER (WHERE status = 'paid'), count(*) FILTER (WHERE status <> 'paid') FROM payouts").Scan(&paid, &others)
	if err != nil {
		return err
	}
	transfers, arrived := s.effects("transfer.applied"), s.effects("payout.paid")
	if paid != expected || others > 0 || transfers != expected || arrived != expected {
		return fmt.Errorf("the books have %d of %d payouts as paid and %d as something else; Stripe has made %d transfers, and %d bank payouts have arrived", paid, expected, others, transfers, arrived)
	}
	verified, err := s.store.Audit.Verify(ctx)
	if err == nil && len(verified.Findings) > 0 {
		err = fmt.Errorf("verification found %d errors in the books of payouts, the first: %s", len(verified.Findings), verified.Findings[0])
	}
	return err
}

func (s *payoutStack) effects(kind string) int { return s.stripe.Journal().Count(kind) }
