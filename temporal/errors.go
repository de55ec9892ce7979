package temporal

import (
	"context"
	"errors"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/fault"
)

// notRunning is the code of a command to a workflow that does not run.
const notRunning = "not_running"

// translate turns an error of the client into a fault. what is the workflow in words for people.
func translate(what string, err error) error {
	if err == nil {
		return nil
	}
	var application *temporal.ApplicationError
	if errors.As(err, &application) {
		return activities.Fault(err)
	}
	var notFound *serviceerror.NotFound
	if errors.As(err, &notFound) {
		return fault.New(fault.Conflict, notRunning, "%s is not running, so it cannot take commands: it has ended or was never started", what).Because(err)
	}
	var timeout *client.WorkflowUpdateServiceTimeoutOrCanceledError
	if errors.As(err, &timeout) || errors.Is(err, context.DeadlineExceeded) {
		return fault.New(fault.UnknownOutcome, "engine_timeout", "the engine did not answer in time: check whether %s has changed, then repeat the request", what).Because(err)
	}
	var exhausted *serviceerror.ResourceExhausted
	if errors.As(err, &exhausted) {
		return fault.New(fault.RateLimited, "engine_busy", "the engine is busy: try again in a moment").Because(err)
	}
	var unavailable *serviceerror.Unavailable
	if errors.As(err, &unavailable) {
		return fault.New(fault.Unavailable, "engine_unavailable", "the engine cannot be reached: try again in a moment").Because(err)
	}
	return fault.New(fault.Internal, "engine_failed", "the workflow engine failed").Because(err)
}
