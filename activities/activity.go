package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/creditroll/creditroll/domain/fault"
)

// Activity is a step with an argument of type A and a result of type T.
type Activity[A, T any] struct {
	// Name is the activity's type in workflow histories.
	Name string
}

// MoneyActivity is a call that moves money, under a key that the processor stores for a day. It has an argument
// of type A and a result of type T, and a second argument of type Valid.
type MoneyActivity[A, T any] struct {
	// Name is the activity's type in workflow histories.
	Name string
}

// Valid says how long a call may be sent. Temporal gives up waiting for a call after its timeout, but a reset of
// the workflow schedules a call without an answer once more, as it was and with its full timeout. By then the
// processor may have forgotten the key, and would move the money twice.
type Valid struct {
	// NotAfter is the last moment; the zero time is no limit.
	NotAfter time.Time `json:"not_after,omitzero"`
}

// CallTooOld is the code of a call that was not sent because it is not valid any more. An earlier try may have
// been sent, so the outcome is unknown.
const CallTooOld = "call_too_old"

// None stands for no argument or no result.
type None = struct{}

// Registry accepts activities. It is a worker or a test environment.
type Registry interface {
	RegisterActivityWithOptions(function any, options activity.RegisterOptions)
}

// bind registers the function that runs an activity. The SDK also takes the name of a registered method
// for the activity, and would send an activity with that name there. So it gets a function without one.
func bind[A, T any](registry Registry, step Activity[A, T], do func(context.Context, A) (T, error)) {
	registry.RegisterActivityWithOptions(func(ctx context.Context, argument A) (T, error) { return do(ctx, argument) }, activity.RegisterOptions{Name: step.Name})
}

// bindAction is bind for a function without a result.
func bindAction[A any](registry Registry, step Activity[A, None], do func(context.Context, A) error) {
	registry.RegisterActivityWithOptions(func(ctx context.Context, argument A) error { return do(ctx, argument) }, activity.RegisterOptions{Name: step.Name})
}

// bindMoney is bind for a call that moves money. One that is too old fails with an unknown outcome, so that the
// workflow looks its object up.
func bindMoney[A, T any](registry Registry, now func() time.Time, step MoneyActivity[A, T], do func(context.Context, A) (T, error)) {
	checked := func(ctx context.Context, argument A, valid Valid) (result T, err error) {
		if at := now(); !valid.NotAfter.IsZero() && at.After(valid.NotAfter) {
			return result, fault.New(fault.UnknownOutcome, CallTooOld,
				"the call was to be sent by %s and it is %s: it may have been sent before, so its object is looked up", valid.NotAfter.Format(time.RFC3339), at.Format(time.RFC3339))
		}
		return do(ctx, argument)
	}
	registry.RegisterActivityWithOptions(checked, activity.RegisterOptions{Name: step.Name})
}
