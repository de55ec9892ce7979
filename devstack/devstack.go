// Package devstack runs stand-ins for the outside world on one machine: a real PostgreSQL, a
// real Temporal server with its web page, and simulators of Stripe and of the view providers
// that speak their wire formats. A service whose address is configured is used instead.
package devstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/creditroll/creditroll/devstack/postgres"
	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/devstack/temporalserver"
)

// Options say what to start. A part whose address is given is not started: the service at
// that address is used.
type Options struct {
	// Dir keeps all data between runs. When it is empty, Stop removes the data.
	Dir string

	DatabaseURL     string
	TemporalAddress string
	StripeAPIBase   string
	// Providers are the view providers.
	Providers []ProviderOptions

	// TemporalPort and TemporalUIPort are fixed ports; 0 takes free ones.
	TemporalPort   int
	TemporalUIPort int
	TemporalUI     bool
	Namespace      string

	Stripe stripe.Options
	// StripeListenAddress is where the Stripe simulator listens; empty takes a free port.
	StripeListenAddress string

	// Recordings are the clips that a recorded view curve may name.
	Recordings curves.Recordings
	// AnyClip gives clips without a curve of their own a generated one.
	AnyClip bool

	// Progress receives a sentence about each step that takes long; nil drops them.
	Progress func(string)
	// Log receives the servers' logs; nil keeps their last lines for error messages.
	Log io.Writer
}

// Stack is a running stack. A server or simulator is nil where a configured service is used.
type Stack struct {
	DatabaseURL     string
	TemporalAddress string
	TemporalUIURL   string
	StripeAPIBase   string
	// BlobsDir is a folder for files.
	BlobsDir string

	Postgres *postgres.Server
	Temporal *temporalserver.Server
	Stripe   *stripe.Simulator
	// Providers are the view providers, in the order of Options.Providers.
	Providers []Provider

	births        *catalog.Births
	webhookSecret string
	stops         []func(context.Context) error
}

const stopTimeout = time.Minute

// Start starts what is not configured and returns when all of it answers. On failure it
// stops what it had started, and the error says which part could not start, why, and what
// to do.
func Start(ctx context.Context, options Options) (*Stack, error) {
	s := newStack(options)
	return s.start(ctx, options, append(append(s.servers(), part{"the folder for files", false, s.startFolder}), s.simulators()...))
}

// StartServers starts PostgreSQL and Temporal alone, as Start does.
func StartServers(ctx context.Context, options Options) (*Stack, error) {
	s := newStack(options)
	return s.start(ctx, options, s.servers())
}

// StartSimulators starts the simulators alone, as Start does.
func StartSimulators(ctx context.Context, options Options) (*Stack, error) {
	s := newStack(options)
	return s.start(ctx, options, s.simulators())
}

func newStack(options Options) *Stack {
	s := &Stack{
		DatabaseURL: options.DatabaseURL, TemporalAddress: options.TemporalAddress, StripeAPIBase: options.StripeAPIBase,
		births: &catalog.Births{}, webhookSecret: options.Stripe.WebhookSecret,
	}
	for _, provider := range options.Providers {
		s.Providers = append(s.Providers, Provider{ProviderOptions: provider})
	}
	return s
}

// part is something that the stack can start.
type part struct {
	name string
	// given says that a configured service is used instead.
	given bool
	start func(context.Context, Options) error
}

func (s *Stack) servers() []part {
	return []part{
		{"PostgreSQL", s.DatabaseURL != "", s.startPostgres},
		{"the Temporal server", s.TemporalAddress != "", s.startTemporal},
	}
}

func (s *Stack) simulators() []part {
	parts := []part{{"the Stripe simulator", s.StripeAPIBase != "", s.startStripe}}
	for i := range s.Providers {
		provider := &s.Providers[i]
		parts = append(parts, part{"the " + provider.Title + " simulator", provider.BaseURL != "", func(_ context.Context, options Options) error {
			return s.startProvider(provider, options)
		}})
	}
	return parts
}

func (s *Stack) start(ctx context.Context, options Options, parts []part) (*Stack, error) {
	if options.Progress == nil {
		options.Progress = func(string) {}
	}
	for _, part := range parts {
		if part.given {
			continue
		}
		options.Progress("starting " + part.name)
		if err := part.start(ctx, options); err != nil {
			stopContext, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
			defer cancel()
			return nil, errors.Join(fmt.Errorf("start %s: %w", part.name, err), s.Stop(stopContext))
		}
	}
	return s, nil
}

// Stop stops what Start started, in the reverse order.
func (s *Stack) Stop(ctx context.Context) error {
	var failures []error
	for i := len(s.stops) - 1; i >= 0; i-- {
		failures = append(failures, s.stops[i](ctx))
	}
	s.stops = nil
	return errors.Join(failures...)
}

func (s *Stack) startPostgres(ctx context.Context, options Options) error {
	server, err := postgres.Start(ctx, postgres.Options{Dir: below(options.Dir, "postgres"), Durable: options.Dir != "", Log: options.Log})
	if err != nil {
		return err
	}
	s.Postgres, s.DatabaseURL = server, server.URL()
	s.stops = append(s.stops, server.Stop)
	return nil
}

func (s *Stack) startTemporal(ctx context.Context, options Options) error {
	server, err := temporalserver.Start(ctx, temporalserver.Options{
		Dir: below(options.Dir, "temporal"), Namespace: options.Namespace, UI: options.TemporalUI,
		Port: options.TemporalPort, UIPort: options.TemporalUIPort, Log: options.Log, Progress: options.Progress,
	})
	if err != nil {
		return err
	}
	s.Temporal, s.TemporalAddress, s.TemporalUIURL = server, server.Address(), server.UIURL()
	s.stops = append(s.stops, server.Stop)
	return nil
}

// startFolder only names a folder that is kept, because the first file makes it.
func (s *Stack) startFolder(_ context.Context, options Options) (err error) {
	if s.BlobsDir = below(options.Dir, "blobs"); s.BlobsDir != "" {
		return nil
	}
	if s.BlobsDir, err = os.MkdirTemp("", "creditroll-blobs-"); err == nil {
		s.stops = append(s.stops, func(context.Context) error { return os.RemoveAll(s.BlobsDir) })
	}
	return err
}

func (s *Stack) startStripe(_ context.Context, options Options) error {
	settings := options.Stripe
	if options.Dir != "" {
		if err := os.MkdirAll(options.Dir, 0o750); err != nil {
			return err
		}
		settings.StateFile = below(options.Dir, "stripe.json")
	}
	simulator, err := stripe.New(settings)
	if err != nil {
		return err
	}
	s.Stripe = simulator
	s.StripeAPIBase, err = s.serve(simulator, options.StripeListenAddress)
	return err
}

type simulator interface {
	Start(address string) (baseURL string, err error)
	Close() error
}

const anyFreePort = "127.0.0.1:0"

func (s *Stack) serve(simulator simulator, address string) (baseURL string, err error) {
	if address == "" {
		address = anyFreePort
	}
	baseURL, err = simulator.Start(address)
	if err == nil {
		s.stops = append(s.stops, func(context.Context) error { return simulator.Close() })
	}
	return baseURL, err
}

func below(dir, name string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, name)
}
