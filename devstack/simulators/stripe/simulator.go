package stripe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

// Options configure a Simulator. The zero value is usable: there are no fees and no
// webhooks, and money is available and bank movements are settled at once.
type Options struct {
	// WebhookURL receives events, signed with WebhookSecret. Both may be set later under
	// /_sim/webhooks.
	WebhookURL    string
	WebhookSecret string
	// WebhookAttempts bounds the deliveries of one event (default 8). WebhookBackoff is the
	// wait after the first refusal; it doubles each time (default 200 ms, real time).
	WebhookAttempts int
	WebhookBackoff  time.Duration

	// Seed makes object ids repeatable; 0 takes a random one.
	Seed uint64

	// FeeBasisPoints and FeeFixedMinor are what a charge costs the platform, of the amount that
	// settles and in its currency. FeeFixedByCurrency has the fixed part where it differs.
	FeeBasisPoints     int64
	FeeFixedMinor      int64
	FeeFixedByCurrency map[string]int64
	// ActiveAccountFeeMinor is billed for each connected account that was paid out in a month, and
	// PayoutFeeMinor and PayoutFeeBasisPoints for each of its payouts, in the platform's currency.
	// FeeTaxBasisPoints is the tax on these.
	ActiveAccountFeeMinor int64
	PayoutFeeMinor        int64
	PayoutFeeBasisPoints  int64
	FeeTaxBasisPoints     int64
	// DisputeFeeMinor is what a dispute costs the platform in addition to its amount.
	DisputeFeeMinor int64

	// Convert settles charges and transfers in a currency of the account that receives them: its
	// default currency, and those of its bank accounts. Without it, accounts hold every currency.
	Convert bool
	// ConversionFeeBasisPoints is Stripe's fee for that. Charges list it; for transfers it is within
	// the rate, unless TransferFeeListed.
	ConversionFeeBasisPoints int64
	TransferFeeListed        bool
	// Rates has what one US dollar is in a currency, as a decimal. Others have default rates.
	Rates map[string]string

	// AvailableAfter is how long the money of a charge stays pending.
	AvailableAfter time.Duration
	// BankDebitAfter is how long a bank debit stays processing.
	BankDebitAfter time.Duration
	// RefundTransit is how long a refund to a bank account stays pending, and how long a
	// card refund that will fail is shown as succeeded.
	RefundTransit time.Duration
	// PayoutTransit is how long a payout takes until it is paid or failed. It is pending for the
	// first half of that time and in_transit for the second.
	PayoutTransit time.Duration
	// TopupTransit is how long a top-up stays pending.
	TopupTransit time.Duration
	// PlatformBanks are currencies in which the platform has a bank account, in addition to dollars.
	PlatformBanks []string
	// PlatformSchedule is the payout schedule of the platform itself: manual (the default), daily,
	// weekly (on Mondays) or monthly (on the first). Connected accounts start with daily.
	PlatformSchedule string
	// BankRefundWindow is how old the charge of a bank debit may be when it is refunded (default
	// 180 days). CardRefundWindow is the same for cards; 0 sets no limit.
	BankRefundWindow time.Duration
	CardRefundWindow time.Duration

	// PayoutReturnAfter is how long a payout that the bank returns stays paid before it fails.
	PayoutReturnAfter time.Duration

	// Now is real time, from which the simulator's clock is derived (default time.Now).
	Now func() time.Time
	// ClockFactor makes the simulator's clock run faster than real time (default 1).
	ClockFactor float64

	// StateFile keeps the state across restarts. New reads it, and every effect writes it.
	StateFile string
}

// check refuses options that make no sense.
func (o Options) check() error {
	if !knownInterval(o.PlatformSchedule) && o.PlatformSchedule != "" {
		return fmt.Errorf("the platform's payout schedule %q is not one of %s", o.PlatformSchedule, strings.Join(payoutIntervals, ", "))
	}
	for _, currency := range o.PlatformBanks {
		if !slices.Contains(currencies, currency) {
			return fmt.Errorf("the currency %q of the platform's bank account is unknown", currency)
		}
	}
	if o.ConversionFeeBasisPoints < 0 || o.ConversionFeeBasisPoints >= 10_000 {
		return errors.New("the conversion fee must be from 0 to 9,999 basis points")
	}
	return errors.Join(o.feeRules().check(), checkRates(o.Rates))
}

// Simulator is an in-memory stand-in for the Stripe API. It is safe for concurrent use.
type Simulator struct {
	opts    Options
	clock   *clock
	script  *faults.Script
	journal *faults.Journal
	hooks   *webhooks
	routes  http.Handler

	mu      sync.Mutex
	st      *state
	current *call     // the request being executed, for events and effects
	at      time.Time // when the task that runs was due; zero between tasks
	dirty   bool      // something changed since the last save
	saveErr error

	wake   chan struct{}
	ctx    context.Context
	cancel context.CancelFunc
	loops  sync.WaitGroup
	server *http.Server
}

// New returns a running simulator; Close stops it. An unreadable state file is an error.
func New(opts Options) (*Simulator, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.ClockFactor == 0 {
		opts.ClockFactor = 1
	}
	if err := opts.check(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Simulator{
		opts:   opts,
		clock:  newClock(opts.Now, opts.ClockFactor),
		script: faults.NewScript(answerFault, faults.Refuse),
		wake:   make(chan struct{}, 1),
		ctx:    ctx,
		cancel: cancel,
	}
	s.journal = faults.NewJournal(s.clock.now)
	s.hooks = newWebhooks(opts, s.markDelivered)
	s.st = s.freshState()
	if err := s.load(); err != nil {
		cancel()
		return nil, fmt.Errorf("load the state of the Stripe simulator: %w", err)
	}
	s.routes = s.buildRoutes()
	s.loops.Go(s.keepTime)
	s.loops.Go(func() { s.hooks.run(ctx) })
	return s, nil
}

// Handler serves the API under /v1 and the control API under /_sim.
func (s *Simulator) Handler() http.Handler { return s.routes }

// Journal is the list of requests and effects that /_sim/journal serves.
func (s *Simulator) Journal() *faults.Journal { return s.journal }

// Faults is the script that /_sim/faults edits.
func (s *Simulator) Faults() *faults.Script { return s.script }

// Start listens on addr ("127.0.0.1:0" picks a port) and returns the base URL.
func (s *Simulator) Start(addr string) (string, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return "", fmt.Errorf("listen for the Stripe simulator: %w", err)
	}
	s.server = &http.Server{Handler: s.routes, ReadHeaderTimeout: 10 * time.Second}
	s.loops.Go(func() { _ = s.server.Serve(listener) })
	return "http://" + listener.Addr().String(), nil
}

// Close stops the server, the deliveries and the clock, and waits for them.
func (s *Simulator) Close() error {
	s.cancel()
	var errs []error
	if s.server != nil {
		errs = append(errs, s.server.Close())
	}
	s.script.Remove("")
	s.loops.Wait()

	s.mu.Lock()
	defer s.mu.Unlock()
	s.dirty = true
	s.saveLocked()
	return errors.Join(append(errs, s.saveErr)...)
}

// Now returns the time on the simulator's clock.
func (s *Simulator) Now() time.Time { return s.clock.now() }

// Advance moves the simulator's clock forward and runs all tasks that become due.
func (s *Simulator) Advance(d time.Duration) {
	s.clock.advance(d)
	s.mu.Lock()
	s.settleLocked()
	s.dirty = true
	s.saveLocked()
	s.mu.Unlock()
	s.nudge()
}

// keepTime runs the tasks that become due between requests.
func (s *Simulator) keepTime() {
	for {
		s.mu.Lock()
		s.settleLocked()
		s.saveLocked()
		wait := s.untilNextLocked()
		s.mu.Unlock()

		timer := time.NewTimer(wait)
		select {
		case <-s.ctx.Done():
			timer.Stop()
			return
		case <-s.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

func (s *Simulator) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
