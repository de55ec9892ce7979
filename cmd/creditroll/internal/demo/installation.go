package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/creditroll/creditroll/devstack"
	"github.com/creditroll/creditroll/devstack/process"
	"github.com/creditroll/creditroll/devstack/simulators/stripe"
)

const (
	readyTimeout  = 30 * time.Second
	stopTimeout   = 40 * time.Second
	childStopWait = 8 * time.Second
)

// The settings that let the product do in seconds what takes days. Variables that are already
// set in the environment are not changed.
var fastSettings = map[string]string{ //nolint:gosec // the names begin with CRED, and hold none
	"CREDITROLL_POLL_TIERS":               "min=4s,max=4s,gone=20s",
	"CREDITROLL_CHECK_INTERVAL":           "1s",
	"CREDITROLL_RELEASE_INTERVAL":         "2s",
	"CREDITROLL_SEAL_EVERY":               "5s",
	"CREDITROLL_INBOX_INTERVAL":           "5s",
	"CREDITROLL_SNAPSHOT_INTERVAL":        "5s",
	"CREDITROLL_PAYOUT_MINIMUM_MINOR":     "100",
	"CREDITROLL_PAYOUT_RETRY_INTERVALS":   "1s,2s,4s",
	"CREDITROLL_PAYOUT_POLL_INTERVAL":     "2s",
	"CREDITROLL_PAYOUT_POLL_INTERVAL_MAX": "10s",
	"CREDITROLL_RETURN_WINDOW":            "3s",
	"CREDITROLL_HOLD_MIN":                 "0s",
	"CREDITROLL_STRIPE_PER_SECOND":        "60",
	"CREDITROLL_RECONCILE_PER_SECOND":     "60",
	// A comparison stores which currencies settle. The demo first shows a payment in another one.
	"CREDITROLL_RECONCILE_EVERY": "1h",
	// The demo starts its own payout run, so the scheduled one must not start.
	"CREDITROLL_PAYOUT_RUN_CRON": "0 0 29 2 *",
}

// payoutTransit is how long the simulated bank takes.
const payoutTransit = 2 * time.Second

// installation is the stack of the demo and the product's processes on it.
type installation struct {
	options     Options
	narrator    Narrator
	stack       *devstack.Stack
	environment []string
	log         logBook

	mu          sync.Mutex
	api, worker *process.Process
	memory      map[string]memoryUse
}

// stripeOptions are those of a platform that pays Stripe's fees, and settles the currencies of the demo's
// campaigns. Stripe converts what arrives in another currency, and lists its fee for that.
func stripeOptions() stripe.Options {
	options := stripe.Fees()
	options.Convert, options.ConversionFeeBasisPoints = true, stripe.Production().ConversionFeeBasisPoints
	options.TransferFeeListed, options.PlatformBanks = true, []string{"eur"}
	return options
}

// startInstallation starts the servers that are not configured, migrates, and starts API and
// worker as separate processes. Call stop afterwards, even after an error.
func startInstallation(ctx context.Context, options Options, narrator Narrator) (*installation, error) {
	s := &installation{options: options, narrator: narrator, memory: map[string]memoryUse{}}
	settings := options.Stack
	settings.Progress = func(what string) { narrator.Event(what) }
	settings.TemporalUI = options.Keep
	settings.Stripe = stripeOptions()
	settings.Stripe.WebhookURL, settings.Stripe.WebhookSecret = options.apiURL()+"/v1/webhooks/stripe", options.WebhookSecret
	settings.Stripe.PayoutTransit = payoutTransit
	stack, err := devstack.Start(ctx, settings)
	if err != nil {
		return s, err
	}
	s.stack = stack
	s.environment = s.childEnvironment()
	narrator.Event("creditroll migrate")
	if err := process.Run(ctx, s.spec("creditroll migrate", "migrate")); err != nil {
		return s, err
	}
	narrator.Event("creditroll api, creditroll worker")
	if s.api, err = process.Start(s.spec("creditroll api", "api")); err != nil {
		return s, err
	}
	if err := s.startWorker(); err != nil {
		return s, err
	}
	return s, s.awaitReady(ctx)
}

// childEnvironment is our environment, with the stack's addresses and the fast settings for
// variables that are not set.
func (s *installation) childEnvironment() []string {
	variables := map[string]string{"CREDITROLL_LISTEN_ADDRESS": s.options.ListenAddress, "CREDITROLL_TOKEN_KEYS": s.options.TokenKeys, "CREDITROLL_PUBLIC_URL": s.options.apiURL()}
	for _, each := range s.options.Providers {
		if each.Callback != nil {
			variables[each.Callback.SecretVariable] = s.options.WebhookSecret
		}
	}
	for _, variable := range s.stack.Environment() {
		variables[variable.Name] = variable.Value
	}
	maps.Copy(variables, fastSettings)
	environment := slices.Clone(s.options.Environment)
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if !isSet(environment, name) {
			environment = append(environment, name+"="+variables[name])
		}
	}
	return environment
}

func isSet(environment []string, name string) bool {
	for _, variable := range environment {
		if len(variable) > len(name)+1 && variable[:len(name)+1] == name+"=" {
			return true
		}
	}
	return false
}

func (s *installation) spec(name string, args ...string) process.Spec {
	return process.Spec{
		Name: name, Path: s.options.Executable, Args: args, Env: s.environment, DeathSignal: syscall.SIGKILL, Log: &s.log,
	}
}

func (s *installation) startWorker() error {
	worker, err := process.Start(s.spec("creditroll worker", "worker"))
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.worker = worker
	return nil
}

// killWorker kills the worker without a shutdown, like a power failure.
func (s *installation) killWorker() error {
	s.mu.Lock()
	worker := s.worker
	s.mu.Unlock()
	s.measure()
	return worker.Kill()
}

func (s *installation) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	for {
		if err := s.childrenAlive(); err != nil {
			return err
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.options.apiURL()+"/readyz", nil)
		if err != nil {
			return err
		}
		if answer, err := http.DefaultClient.Do(request); err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		if err := pause(ctx, pollEvery); err != nil {
			return fmt.Errorf("wait for the API: %w; its last lines:\n%s", err, s.api.LastLines())
		}
	}
}

// childrenAlive returns an error if one of our processes has ended.
func (s *installation) childrenAlive() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.api.Err(); err != nil {
		return err
	}
	return s.worker.Err()
}

// stop stops everything in order. It is safe after a failed start.
func (s *installation) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	var failures []error
	for _, child := range []*process.Process{s.worker, s.api} {
		if child != nil {
			failures = append(failures, child.Stop(ctx, process.Step{Signal: syscall.SIGTERM, WaitMax: childStopWait}))
		}
	}
	if s.stack != nil {
		failures = append(failures, s.stack.Stop(ctx))
	}
	return errors.Join(failures...)
}

// logBook keeps the output of the product's processes, to search it for personal data.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

const logBytesMax = 32 << 20

func (l *logBook) Write(printed []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.text.Len() < logBytesMax {
		l.text.Write(printed)
	}
	return len(printed), nil
}

func (l *logBook) contains(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Contains(l.text.Bytes(), []byte(text))
}

// memoryUse is one process's memory in bytes. It is zero on systems that do not report it.
type memoryUse struct{ residentBytes, peakBytes int64 }

// measure records the current and the peak memory of API and worker.
func (s *installation) measure() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, child := range map[string]*process.Process{"api": s.api, "worker": s.worker} {
		if child == nil {
			continue
		}
		if used := readMemory(child.PID()); used.residentBytes > 0 {
			used.peakBytes = max(used.peakBytes, s.memory[name].peakBytes)
			s.memory[name] = used
		}
	}
}

// readMemory reads /proc, which exists on Linux only.
func readMemory(pid int) memoryUse {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return memoryUse{}
	}
	var used memoryUse
	for line := range bytes.Lines(content) {
		var kilobytes int64
		if _, err := fmt.Sscanf(string(line), "VmRSS: %d kB", &kilobytes); err == nil {
			used.residentBytes = kilobytes << 10
		}
		if _, err := fmt.Sscanf(string(line), "VmHWM: %d kB", &kilobytes); err == nil {
			used.peakBytes = kilobytes << 10
		}
	}
	return used
}

const pollEvery = 150 * time.Millisecond

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
