// Package devstack is everything that stands in for the outside world on one machine: a real
// PostgreSQL, a real Temporal server with its web page, and simulators of Stripe and the
// view providers that speak their wire formats. What is configured is used instead.
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
	"github.com/creditroll/creditroll/devstack/simulators/apify"
	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/devstack/simulators/youtube"
	"github.com/creditroll/creditroll/devstack/temporalserver"
)

// Options say what to start. A part whose address is given is not started: somebody else's
// is used.
type Options struct {
	// Dir keeps all data between runs. Empty: everything is thrown away at Stop.
	Dir string

	DatabaseURL     string
	TemporalAddress string
	StripeAPIBase   string
	YouTubeAPIBase  string
	ApifyAPIBase    string

	// TemporalPort and TemporalUIPort are fixed ports; 0 takes free ones.
	TemporalPort   int
	TemporalUIPort int
	TemporalUI     bool
	Namespace      string

	Stripe stripe.Options
	// Recordings are the clips that a recorded view curve may name.
	Recordings curves.Recordings
	// AnyClip gives clips that nobody described a generated view curve.
	AnyClip bool

	// Progress is told in a sentence what takes long; nil is silence.
	Progress func(string)
	// Log receives the servers' logs; nil keeps their last lines for error messages.
	Log io.Writer
}

// Stack is a running stack. Simulators are nil where somebody else's service is used.
type Stack struct {
	DatabaseURL     string
	TemporalAddress string
	TemporalUIURL   string
	StripeAPIBase   string
	YouTubeAPIBase  string
	ApifyAPIBase    string

	Postgres *postgres.Server
	Temporal *temporalserver.Server
	Stripe   *stripe.Simulator
	YouTube  *youtube.Simulator
	Apify    *apify.Simulator

	stops []func(context.Context) error
}

// Credentials that the simulators accept where none are configured.
const (
	SimulatedStripeKey  = "sk_test_simulated"
	SimulatedYouTubeKey = "simulated"
	SimulatedApifyToken = "simulated"
)

const stopTimeout = time.Minute

// Start starts what is not configured and returns when all of it answers. On failure it
// stops what it had started, and the error says which part could not start, why, and what
// to do.
func Start(ctx context.Context, options Options) (*Stack, error) {
	if options.Progress == nil {
		options.Progress = func(string) {}
	}
	s := &Stack{
		DatabaseURL: options.DatabaseURL, TemporalAddress: options.TemporalAddress,
		StripeAPIBase: options.StripeAPIBase, YouTubeAPIBase: options.YouTubeAPIBase, ApifyAPIBase: options.ApifyAPIBase,
	}
	parts := []struct {
		name  string
		given bool
		start func(context.Context, Options) error
	}{
		{"PostgreSQL", s.DatabaseURL != "", s.startPostgres},
		{"the Temporal server", s.TemporalAddress != "", s.startTemporal},
		{"the Stripe simulator", s.StripeAPIBase != "", s.startStripe},
		{"the YouTube simulator", s.YouTubeAPIBase != "", s.startYouTube},
		{"the Apify simulator", s.ApifyAPIBase != "", s.startApify},
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

// Stop stops what Start started, the last first.
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
	s.StripeAPIBase, err = s.serve(simulator)
	return err
}

func (s *Stack) startYouTube(_ context.Context, options Options) (err error) {
	s.YouTube = youtube.New(youtube.Options{Options: catalogOptions(options)})
	s.YouTubeAPIBase, err = s.serve(s.YouTube)
	return err
}

func (s *Stack) startApify(_ context.Context, options Options) (err error) {
	s.Apify = apify.New(apify.Options{Options: catalogOptions(options)})
	s.ApifyAPIBase, err = s.serve(s.Apify)
	return err
}

func catalogOptions(options Options) catalog.Options {
	return catalog.Options{Recordings: options.Recordings, AnyClip: options.AnyClip}
}

type simulator interface {
	Start(addr string) (baseURL string, err error)
	Close() error
}

func (s *Stack) serve(simulator simulator) (baseURL string, err error) {
	baseURL, err = simulator.Start("127.0.0.1:0")
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
