package activities

import (
	"context"
	"errors"
	"log/slog"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"

	"github.com/creditroll/creditroll/domain/fault"
)

// failureDetails is what of a fault travels through Temporal beside its kind. It carries no
// cause: causes are for the log of the process where they happened.
type failureDetails struct {
	Code    string `json:"code"`
	Meaning string `json:"meaning,omitempty"`
	Field   string `json:"field,omitempty"`
}

// Failure turns a fault into the Temporal error that carries it: the type is the kind, and
// what can never succeed by trying again is not retryable. Other errors pass as Internal.
func Failure(err error) error {
	if err == nil {
		return nil
	}
	var already *temporal.ApplicationError
	if errors.As(err, &already) || temporal.IsCanceledError(err) {
		return err
	}
	found, ok := fault.As(err)
	if !ok {
		//workflowcheck:ignore workflows only pass faults, which never come here
		slog.Error("an activity failed for a reason that nobody foresaw", "error", err)
		return temporal.NewApplicationErrorWithOptions("internal error: see the worker's log", string(fault.Internal), temporal.ApplicationErrorOptions{
			Details: []any{failureDetails{Code: "internal"}},
		})
	}
	if found.Kind == fault.Internal {
		//workflowcheck:ignore a log line changes no history
		slog.Error("an activity failed on a defect", "code", found.Code, "error", found)
	}
	return temporal.NewApplicationErrorWithOptions(found.Message, string(found.Kind), temporal.ApplicationErrorOptions{
		NonRetryable:   !retryable(found.Kind),
		NextRetryDelay: found.RetryAfter,
		Details:        []any{failureDetails{Code: found.Code, Meaning: found.Meaning, Field: found.Field}},
	})
}

func retryable(kind fault.Kind) bool {
	switch kind {
	case fault.RateLimited, fault.Unavailable, fault.UnknownOutcome, fault.Internal:
		return true
	}
	return false
}

// Fault turns what Temporal hands back (an activity's, child's or update's error) into the
// fault it carries. A timeout or a lost worker is an unknown outcome: the step may have
// happened. Cancellation passes unchanged.
func Fault(err error) error {
	if err == nil || temporal.IsCanceledError(err) {
		return err
	}
	if _, ok := fault.As(err); ok {
		return err
	}
	// A timeout goes before the failure of an earlier try that it may carry: the last try is
	// the one that nobody heard of.
	var timeout *temporal.TimeoutError
	if errors.As(err, &timeout) {
		return fault.New(fault.UnknownOutcome, "step_timed_out", "a step did not answer in time").Because(err)
	}
	var application *temporal.ApplicationError
	if errors.As(err, &application) {
		var details failureDetails
		if application.HasDetails() {
			_ = application.Details(&details) // foreign details leave the code empty
		}
		return &fault.Error{Kind: knownKind(application.Type()), Code: details.Code, Meaning: details.Meaning, Field: details.Field, Message: application.Message()}
	}
	return fault.New(fault.Internal, "internal", "internal error").Because(err)
}

func knownKind(name string) fault.Kind {
	kind := fault.Kind(name)
	switch kind {
	case fault.Invalid, fault.NotFound, fault.Conflict, fault.Denied, fault.RateLimited, fault.Unavailable, fault.UnknownOutcome:
		return kind
	}
	return fault.Internal
}

// Failures is the interceptor that turns the fault of an activity into a Temporal error. Every
// worker and test environment that runs activities needs it.
func Failures() interceptor.WorkerInterceptor { return &failures{} }

type failures struct {
	interceptor.WorkerInterceptorBase
}

// InterceptActivity puts the translation around an activity.
func (*failures) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &failing{interceptor.ActivityInboundInterceptorBase{Next: next}}
}

type failing struct {
	interceptor.ActivityInboundInterceptorBase
}

// ExecuteActivity runs the activity and translates its error.
func (f *failing) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	result, err := f.Next.ExecuteActivity(ctx, in)
	return result, Failure(err)
}
