package providers

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

const (
	// quotaTimeout bounds one question about quota.
	quotaTimeout = 15 * time.Second
	// refusalLife is how long a worker believes a refusal without asking the database again: a person may raise the quota.
	refusalLife = time.Minute
	// limitedDefault is how long a provider is blocked that refuses a request and names no time.
	limitedDefault = time.Minute
)

// allowance is what requests of one kind, on one platform, use of the quotas of a provider. All workers share the quotas.
// What is taken for a request that is never sent is lost, so that no request is ever sent without it.
type allowance struct {
	provider string
	counter  Counter
	uses     []views.QuotaUse
	now      func() time.Time

	mu sync.Mutex
	// The last refusal holds until freeAt, and is believed until believedUntil. blocked: by the provider itself.
	freeAt, believedUntil time.Time
	blocked               bool
}

func newAllowance(provider string, platform clip.Platform, kind callKind, options Options) *allowance {
	return &allowance{provider: provider, counter: options.Counter, uses: usesOf(options.Quotas, platform, kind), now: options.Now}
}

func (a *allowance) isCounted() bool { return a.counter != nil && len(a.uses) > 0 }

// check returns the fault of take if the quota is known to be used up.
func (a *allowance) check() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	if !now.Before(a.believedUntil) || !now.Before(a.freeAt) {
		return nil
	}
	return refusal(a.provider, a.blocked, a.freeAt.Sub(now))
}

// take takes the units of one request. It waits for them for a short time, in which more clips join the queue. It returns
// fault.RateLimited views.QuotaExhausted, or views.ProviderLimited if the provider itself has refused, with the time until
// they are free. If the count is not known, it returns fault.Unavailable, and nothing may be sent.
func (a *allowance) take(ctx context.Context) error {
	if !a.isCounted() {
		return nil
	}
	for patience := views.QuotaShortWait; ; {
		if err := a.check(); err != nil {
			return err
		}
		refused, err := a.askCounter(ctx)
		if err != nil || refused.Wait <= 0 {
			return err
		}
		if refused.Wait > patience {
			return a.refuse(refused)
		}
		patience -= refused.Wait
		if err := a.pause(ctx, refused.Wait); err != nil {
			return err
		}
	}
}

func (a *allowance) askCounter(ctx context.Context) (views.QuotaRefusal, error) {
	asking, cancel := context.WithTimeout(ctx, quotaTimeout)
	defer cancel()
	refused, err := a.counter.TakeQuota(asking, a.provider, a.uses, a.now().Truncate(time.Microsecond))
	if err != nil {
		return refused, fault.New(fault.Unavailable, "quota_unknown", "the quota of %s cannot be read, so it is not asked: it is tried again later", a.provider).
			Because(fmt.Errorf("take quota: %w", err))
	}
	return refused, nil
}

func (a *allowance) pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fault.New(fault.Unavailable, "quota_wait_ended", "the wait for quota of %s was broken off: try again in a moment", a.provider).Because(ctx.Err())
	}
}

// refuse remembers a refusal and returns it as a fault.
func (a *allowance) refuse(refused views.QuotaRefusal) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	a.blocked, a.freeAt, a.believedUntil = refused.Blocked, now.Add(refused.Wait), now.Add(refusalLife)
	return refusal(a.provider, refused.Blocked, refused.Wait)
}

// noteAnswer blocks the quotas for all workers if the provider has refused a request because there were too many, until
// the time that it names. It returns err, which says then how long that is.
func (a *allowance) noteAnswer(ctx context.Context, err error) error {
	limited, ok := fault.As(err)
	if !ok || limited.Kind != fault.RateLimited || !a.isCounted() {
		return err
	}
	if limited.RetryAfter <= 0 {
		limited = limited.After(limitedDefault)
	}
	if limited.RetryAfter > views.QuotaShortWait {
		_ = a.refuse(views.QuotaRefusal{Wait: limited.RetryAfter, Blocked: true})
	}
	blocking, cancel := context.WithTimeout(context.WithoutCancel(ctx), quotaTimeout)
	defer cancel()
	if err := a.counter.BlockQuota(blocking, a.provider, a.uses, a.now().Add(limited.RetryAfter)); err != nil {
		// This worker remembers it. The others are told by the provider.
		return limited.Because(errors.Join(limited.Cause, fmt.Errorf("block the quota: %w", err)))
	}
	return limited
}
