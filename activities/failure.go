package activities

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"

	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

// failureDetails are the fields of a fault in a Temporal error, in addition to its kind. The
// cause is not among them: it belongs in the log of the process where it happened.
type failureDetails struct {
	Code    string       `json:"code"`
	Meaning string       `json:"meaning,omitempty"`
	Field   string       `json:"field,omitempty"`
	Remark  fault.Remark `json:"remark,omitzero"`
	// RetryAfter is how long a provider must not be asked, if there is no quota.
	RetryAfter duration.Text `json:"retry_after,omitempty"`
}

// Failure turns a fault into a Temporal error. The error's type is the fault's kind, and kinds
// for which a retry cannot help are not retryable. Other errors become Internal.
func Failure(err error) error { return failure(err, false) }

// FinalFailure is Failure for a call that is not tried again, whatever its fault is.
func FinalFailure(err error) error { return failure(err, true) }

func failure(err error, final bool) error {
	if err == nil || errors.Is(err, activity.ErrResultPending) {
		return err
	}
	var already *temporal.ApplicationError
	if errors.As(err, &already) || temporal.IsCanceledError(err) {
		return err
	}
	found, ok := fault.As(err)
	if !ok {
		//workflowcheck:ignore workflows only pass faults, which never get here
		slog.Error("an activity failed with an unclassified error", "error", err)
		return temporal.NewApplicationErrorWithOptions("internal error: see the worker's log", string(fault.Internal), temporal.ApplicationErrorOptions{
			Details: []any{failureDetails{Code: "internal"}},
		})
	}
	if found.Kind == fault.Internal {
		//workflowcheck:ignore a log line changes no history
		slog.Error("an activity failed with an internal error", "code", found.Code, "error", found)
	}
	return temporal.NewApplicationErrorWithOptions(found.Message, string(found.Kind), temporal.ApplicationErrorOptions{
		NonRetryable:   final || !retryable(found),
		NextRetryDelay: found.RetryAfter,
		Details:        []any{failureDetails{Code: found.Code, Meaning: found.Meaning, Field: found.Field, Remark: found.Remark, RetryAfter: duration.Text(quotaWait(found))}},
	})
}

// quotaWait is how long a provider must not be asked, for a fault that says so.
func quotaWait(found *fault.Error) time.Duration {
	switch found.Code {
	case views.QuotaExhausted, views.ProviderLimited, views.ProviderQuotaExceeded:
		return found.RetryAfter
	}
	return 0
}

// retryable reports whether the same call may succeed in a moment. An open circuit refuses it again, and so does a quota
// that is free in hours, so the workflow asks the next provider at once.
func retryable(found *fault.Error) bool {
	if found.Code == views.CircuitOpen || quotaWait(found) > views.QuotaShortWait {
		return false
	}
	switch found.Kind {
	case fault.RateLimited, fault.Unavailable, fault.UnknownOutcome, fault.Internal:
		return true
	}
	return false
}

// Fault turns a Temporal error of an activity, child workflow or update into the fault that it
// carries. A timeout or a lost worker is an unknown outcome, because the step may have
// happened. A cancellation is returned unchanged.
func Fault(err error) error {
	if err == nil || temporal.IsCanceledError(err) {
		return err
	}
	if _, ok := fault.As(err); ok {
		return err
	}
	// Check for a timeout first. It can wrap the failure of an earlier attempt, but the outcome
	// of the last attempt is the unknown one.
	var timeout *temporal.TimeoutError
	if errors.As(err, &timeout) {
		return fault.New(fault.UnknownOutcome, "step_timed_out", "a step did not answer in time").Because(err)
	}
	var application *temporal.ApplicationError
	if errors.As(err, &application) {
		var details failureDetails
		if application.HasDetails() {
			_ = application.Details(&details) // details of another form leave the code empty
		}
		return &fault.Error{Kind: knownKind(application.Type()), Code: details.Code, Meaning: details.Meaning, Field: details.Field, Remark: details.Remark, RetryAfter: details.RetryAfter.Std(), Message: application.Message()}
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

// Failures is the interceptor that turns the faults of activities into Temporal errors. Every
// worker and test environment that runs activities needs it.
func Failures() interceptor.WorkerInterceptor { return &failures{} }

type failures struct {
	interceptor.WorkerInterceptorBase
}

// InterceptActivity adds the translation to an activity.
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
