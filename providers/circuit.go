package providers

import (
	"errors"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

const (
	circuitOpenDefault = time.Minute
	// circuitOpenMax bounds how long a circuit is open between two probes.
	circuitOpenMax = 15 * time.Minute
	// failuresMax is how many requests in a row may fail before the circuit opens.
	failuresMax = 5
)

// circuit stops requests to a provider on one platform while its answers are no good.
//
//	closed -> open       after failuresMax failed requests in a row, or at once if posts vanish at once
//	open -> half-open    after a while, which doubles with each failed probe
//	half-open -> closed  if one request, the probe, is answered well
//	half-open -> open    if the probe fails
//
// Each worker has its own circuits, and each starts closed. A request that ended without a word of the provider, such
// as one that its caller has left or that was rate-limited, neither opens nor closes a circuit.
type circuit struct {
	provider string
	platform clip.Platform
	openFor  time.Duration
	now      func() time.Time

	mu      sync.Mutex
	breaker *gobreaker.TwoStepCircuitBreaker[any]
	// trips is set while the breaker is told of an answer that opens it at once.
	trips bool
	// since is when the circuit has opened, and why the reason. openedAt is when it has opened last, after a probe too.
	since, openedAt time.Time
	why             string
	// vanished: it has opened because posts vanished at once.
	vanished bool
	// probes counts failed probes.
	probes  int
	probing bool
}

// verdict is what an answer says about the provider.
type verdict int

const (
	answeredWell verdict = iota
	// saidNothing: the request ended for another reason than the provider.
	saidNothing
	failed
	// postsVanished opens the circuit at once.
	postsVanished
)

// verdictOf is that of a request without an answer. A rate limit is a matter of quota.
func verdictOf(err error) verdict {
	if fault.KindOf(err) == fault.RateLimited {
		return saidNothing
	}
	return failed
}

// verdict is that of an answer. A probe has to read a post if it is asked for posts that are doubted.
func (s sight) verdict(probe bool) verdict {
	switch {
	case s.vanished:
		return postsVanished
	case s.unknown && s.read == 0:
		return saidNothing
	case probe && s.doubted && s.read == 0:
		return failed
	}
	return answeredWell
}

// because says why a circuit opens.
func because(outcome string) string {
	if outcome == views.OutcomeManyMissing {
		return "many posts that it had read before are missing at once"
	}
	return "its latest requests have failed (" + outcome + ")"
}

var (
	errFailed    = errors.New("the provider has failed")
	errNoVerdict = errors.New("the provider has said nothing")
)

func newCircuit(provider string, platform clip.Platform, openFor time.Duration, now func() time.Time) *circuit {
	c := &circuit{provider: provider, platform: platform, openFor: openFor, now: now}
	c.breaker = gobreaker.NewTwoStepCircuitBreaker[any](gobreaker.Settings{
		Timeout:       openFor,
		ReadyToTrip:   func(counts gobreaker.Counts) bool { return c.trips || counts.ConsecutiveFailures >= failuresMax },
		IsExcluded:    func(err error) bool { return errors.Is(err, errNoVerdict) },
		OnStateChange: func(_ string, from, to gobreaker.State) { c.changed(from, to) },
	})
	return c
}

// changed notes a change of state. The caller of the breaker holds mu.
func (c *circuit) changed(from, to gobreaker.State) {
	switch {
	case to == gobreaker.StateClosed:
		c.vanished, c.probes = false, 0
	case to == gobreaker.StateOpen && from == gobreaker.StateHalfOpen:
		c.probes++
		c.openedAt = c.now()
	case to == gobreaker.StateOpen:
		c.since = c.now()
		c.openedAt = c.since
	}
}

// check returns fault.Unavailable views.CircuitOpen if a request would be refused now. doubted says that it is only
// for posts that are doubted already.
func (c *circuit) check(doubted bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refusal(doubted)
}

// begin admits a request or refuses it as check does. An admitted request must be ended. probe is set for the one that
// decides whether the circuit closes.
func (c *circuit) begin(doubted bool) (end func(said verdict, why string), probe bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.refusal(doubted); err != nil {
		return nil, false, err
	}
	probe = c.breaker.State() == gobreaker.StateHalfOpen
	done, err := c.breaker.Allow()
	if err != nil {
		return nil, false, c.isOpen(doubted)
	}
	c.probing = probe
	return func(said verdict, why string) { c.end(done, probe, said, why) }, probe, nil
}

func (c *circuit) end(done func(error), probe bool, said verdict, why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	closed := c.breaker.State() == gobreaker.StateClosed
	if probe {
		c.probing = false
	}
	switch said {
	case answeredWell:
		done(nil)
		return
	case saidNothing:
		done(errNoVerdict)
		return
	case postsVanished:
		c.trips = true
	case failed:
	}
	done(errFailed)
	c.trips = false
	if opened := c.breaker.State() == gobreaker.StateOpen; opened && (closed || probe) {
		c.why, c.vanished = why, c.vanished || said == postsVanished
	}
}

// afterVanishing reports whether the circuit has opened because posts vanished, and has not closed since.
func (c *circuit) afterVanishing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.vanished
}

func (c *circuit) refusal(doubted bool) error {
	switch c.breaker.State() {
	case gobreaker.StateClosed:
		return nil
	case gobreaker.StateHalfOpen:
		if !c.probing && !c.now().Before(c.nextTry(doubted)) {
			return nil
		}
	case gobreaker.StateOpen:
	}
	return c.isOpen(doubted)
}

// nextTry is when the next probe may begin. A whole channel does vanish at times. So the wait grows only for posts
// that are doubted already: another post soon shows that the provider reads the platform.
func (c *circuit) nextTry(doubted bool) time.Time {
	if c.vanished && !doubted {
		return c.openedAt.Add(c.openFor)
	}
	return c.openedAt.Add(max(c.openFor, min(c.openFor<<min(c.probes, 8), circuitOpenMax)))
}

func (c *circuit) isOpen(doubted bool) error {
	const form = "2006-01-02 15:04:05"
	return fault.New(fault.Unavailable, views.CircuitOpen, "%s is not asked about %s since %s UTC, because %s: it is tried again at %s UTC",
		c.provider, c.platform, c.since.UTC().Format(form), c.why, c.nextTry(doubted).UTC().Format(form))
}
