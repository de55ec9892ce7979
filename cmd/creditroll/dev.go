package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/devstack"
	"github.com/creditroll/creditroll/devstack/simulators/stripe"
)

func newDev() *cobra.Command {
	return &cobra.Command{
		Use: "dev", Short: "Run everything on this machine until interrupted: database, Temporal, simulators, API, worker", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDev(cmd.Context(), cmd.OutOrStdout()) },
	}
}

// runDev starts the stack, keeps its data between runs, and serves until ctx ends.
func runDev(ctx context.Context, out io.Writer) (err error) {
	s, err := readSettings(nil)
	if err != nil {
		return err
	}
	logger := logTo(max(s.LogLevel, slog.LevelWarn))
	apiURL, err := apiAddress(s.ListenAddress)
	if err != nil {
		return err
	}
	temporalSettings, err := temporalOptions()
	if err != nil {
		return err
	}
	secrets, err := devSecrets(s.StateDir)
	if err != nil {
		return err
	}
	options := devstack.Options{
		Dir: s.StateDir, DatabaseURL: s.DatabaseURL, TemporalAddress: os.Getenv("TEMPORAL_ADDRESS"), Namespace: temporalSettings.Namespace,
		StripeAPIBase: s.StripeAPIBase, Providers: s.stackProviders(),
		TemporalUI: true, AnyClip: true, Progress: func(what string) { _, _ = fmt.Fprintln(out, "·", what) },
	}
	options.Stripe = stripe.Fees()
	options.Stripe.WebhookURL, options.Stripe.WebhookSecret = apiURL+"/v1/webhooks/stripe", secrets.WebhookSecret
	stack, err := devstack.Start(ctx, options)
	if err != nil {
		return err
	}
	defer func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer cancel()
		err = errors.Join(err, stack.Stop(stopping))
	}()
	if s, err = useStack(stack, secrets, callbacks(apiURL, secrets.WebhookSecret)...); err != nil {
		return err
	}
	if err := rememberDev(s); err != nil {
		return err
	}
	if err := prepare(ctx, s, logger); err != nil {
		return err
	}
	w, err := wire(ctx, s, logger)
	if err != nil {
		return err
	}
	defer w.close()
	stopWorkers, err := w.startWorkers(nil)
	if err != nil {
		return err
	}
	defer stopWorkers()
	return w.serveAPI(ctx, func(address string) { printAddresses(out, address, stack) })
}

func printAddresses(out io.Writer, address string, stack *devstack.Stack) {
	_, _ = fmt.Fprintf(out, "\n  API                http://%s/v1\n  API documentation  http://%s/docs\n", address, address)
	if stack.TemporalUIURL != "" {
		_, _ = fmt.Fprintf(out, "  Temporal UI        %s\n", stack.TemporalUIURL)
	}
	_, _ = fmt.Fprintf(out, "  Temporal address   %s\n", stack.TemporalAddress)
	printSimulator := func(title, page string) { _, _ = fmt.Fprintf(out, "  %-18s %s\n", title+" simulator", page) }
	if stack.Stripe != nil {
		printSimulator("Stripe", stack.StripeAPIBase+"/_sim/state")
	}
	for _, each := range stack.Providers {
		if each.Simulator != nil {
			printSimulator(each.Title, each.BaseURL+"/_sim/clips")
		}
	}
	_, _ = fmt.Fprint(out, "\n  A token for the API: creditroll token --role admin --user YOUR_ID\n  Stop with Ctrl-C; data stay for the next run.\n")
}

// apiAddress returns the address of the API on this machine.
func apiAddress(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("CREDITROLL_LISTEN_ADDRESS: %w", err)
	}
	if host == "" || host == "0.0.0.0" {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port), nil
}

// devSecret are the secrets of a development stack, made once and stored with its data.
type devSecret struct {
	TokenKeys     string `json:"token_keys"`
	WebhookSecret string `json:"webhook_secret"`
	// DatabaseURL is the database of the running stack, for other commands.
	DatabaseURL string `json:"database_url,omitempty"`
}

const devSecretsFile = "dev.json"

func devSecrets(dir string) (devSecret, error) {
	var secrets devSecret
	path := filepath.Join(dir, devSecretsFile)
	content, err := os.ReadFile(path)
	if err == nil {
		return secrets, json.Unmarshal(content, &secrets)
	}
	if !errors.Is(err, os.ErrNotExist) {
		return secrets, err
	}
	secrets = devSecret{TokenKeys: "dev:" + rand.Text() + rand.Text(), WebhookSecret: "whsec_" + rand.Text()}
	return secrets, secrets.save(dir)
}

func (d devSecret) save(dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	content, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, devSecretsFile), content, 0o600)
}

// callbacks are the variables with which view providers notify the API on this machine.
func callbacks(apiURL, secret string) []devstack.Variable {
	variables := []devstack.Variable{{Name: "CREDITROLL_PUBLIC_URL", Value: apiURL}}
	for _, each := range registered {
		if each.Callback != nil {
			variables = append(variables, devstack.Variable{Name: each.Callback.SecretVariable, Value: secret})
		}
	}
	return variables
}

// rememberDev stores what `creditroll token` and `creditroll ledger` need to find the running
// stack.
func rememberDev(s settings) error {
	secrets, err := devSecrets(s.StateDir)
	if err != nil {
		return err
	}
	secrets.DatabaseURL = s.DatabaseURL
	return secrets.save(s.StateDir)
}

// devFallback returns the settings of a development stack in the state directory, for commands
// that are run while it runs. It returns nil if there is none.
func devFallback() map[string]string {
	dir := os.Getenv("CREDITROLL_STATE_DIR")
	if dir == "" {
		dir = ".creditroll"
	}
	if _, err := os.Stat(filepath.Join(dir, devSecretsFile)); err != nil {
		return nil
	}
	secrets, err := devSecrets(dir)
	if err != nil {
		return nil
	}
	return map[string]string{"CREDITROLL_TOKEN_KEYS": secrets.TokenKeys, "DATABASE_URL": secrets.DatabaseURL}
}

// useStack returns the settings of this process, with the stack's addresses where no others
// are configured. It sets them in the environment too, for child processes and libraries that
// read it themselves.
func useStack(stack *devstack.Stack, secrets devSecret, more ...devstack.Variable) (settings, error) {
	variables := append(stack.Environment(), devstack.Variable{Name: "CREDITROLL_TOKEN_KEYS", Value: secrets.TokenKeys})
	variables = append(variables, more...)
	for _, variable := range variables {
		if os.Getenv(variable.Name) == "" {
			if err := os.Setenv(variable.Name, variable.Value); err != nil {
				return settings{}, err
			}
		}
	}
	return readSettings(nil)
}
