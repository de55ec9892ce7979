package payments

import (
	"context"
	"net/http"
)

// operation names a call in messages and says whether it can move money.
type operation struct {
	name   string
	writes bool
	// blames reads refusals that have no code by the parameter they name, where that says
	// more than that the parameter is wrong.
	blames map[string]codedRefusal
}

func writing(name string) operation { return operation{name: name, writes: true} }
func reading(name string) operation { return operation{name: name} }

// perform sends one request and classifies what came of it. An answer that makes no sense
// counts as unreadable rather than as success: an empty object must not pass for a transfer.
func perform[T any](ctx context.Context, op operation, send func(context.Context) (T, error), makesSense func(T) bool) (T, error) {
	var nothing T
	if err := ctx.Err(); err != nil {
		return nothing, notSent(op, err)
	}

	ctx, seen := watch(ctx)
	answer, err := send(ctx)
	if err != nil {
		return nothing, classify(op, seen, err)
	}
	if seen.status < http.StatusOK || seen.status >= http.StatusMultipleChoices || !makesSense(answer) {
		return nothing, unreadable(op, seen)
	}
	return answer, nil
}
