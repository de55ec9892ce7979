package activities

import (
	"context"

	"go.temporal.io/sdk/activity"
)

// Activity is a step with an argument of type A and a result of type T.
type Activity[A, T any] struct {
	// Name is the activity's type in workflow histories.
	Name string
}

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
