package activities

import (
	"context"

	"go.temporal.io/sdk/activity"
)

// Activity is a step with an argument A and a result T.
type Activity[A, T any] struct {
	// Name is the type of the activity in histories.
	Name string
}

// None stands for no argument or no result.
type None = struct{}

// Registry is what activities are registered with: a worker or a test environment.
type Registry interface {
	RegisterActivityWithOptions(function any, options activity.RegisterOptions)
}

// bind registers the function that carries an activity out.
func bind[A, T any](registry Registry, step Activity[A, T], do func(context.Context, A) (T, error)) {
	registry.RegisterActivityWithOptions(do, activity.RegisterOptions{Name: step.Name})
}

// bindAction is bind for a function without a result.
func bindAction[A any](registry Registry, step Activity[A, None], do func(context.Context, A) error) {
	registry.RegisterActivityWithOptions(do, activity.RegisterOptions{Name: step.Name})
}
