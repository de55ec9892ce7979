package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/fault"
)

// unreadableAfter is how long something at Stripe may be unreadable before a person has to look.
const unreadableAfter = 24 * time.Hour

// unreadable is how long something at Stripe that a workflow waits for could not be read.
type unreadable struct {
	Since time.Time `json:"since,omitzero"`
	// Shown: the workflow is on the needs-attention list because of it.
	Shown bool `json:"shown,omitempty"`
}

// failed notes that a read has failed. what is its object, and checkLine the command that reads it at once.
func (u *unreadable) failed(ctx workflow.Context, what string, err error, checkLine string) {
	workflow.GetLogger(ctx).Warn(what+" cannot be read", "error", err)
	now := workflow.Now(ctx)
	if u.Since.IsZero() {
		u.Since = now
	}
	if u.Shown || now.Sub(u.Since) < unreadableAfter {
		return
	}
	showAttention(ctx, attention{
		Reason:   "processor_unavailable",
		Detail:   "Since " + u.Since.UTC().Format(time.DateTime) + " Stripe could not be read: " + what + " (" + fault.CodeOf(err) + "). The workflow tries again at every check. To check now, run the command below.",
		Commands: []string{checkLine},
	})
	u.Shown = true
}

// succeeded notes that a read has succeeded.
func (u *unreadable) succeeded(ctx workflow.Context) {
	if u.Shown {
		clearAttention(ctx)
	}
	*u = unreadable{}
}
