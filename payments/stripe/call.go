package stripe

import (
	"context"
	"net/http"
)

// operation names a call in messages and says whether the call can move money.
type operation struct {
	name   string
	writes bool
	// blames gives refusals without a code one of ours, by the parameter that they name. The
	// parameter then says more than that its value is wrong.
	blames map[string]string
}

func writing(name string) operation { return operation{name: name, writes: true} }
func reading(name string) operation { return operation{name: name} }

// perform sends one request and classifies the result. An answer that makes no sense counts as
// unreadable rather than as success: an empty object must not pass for a transfer.
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
