package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/views"
)

const (
	snapshotPage = 100
	// snapshotsAtOnce bounds the looks at the same time.
	snapshotsAtOnce = 20
)

// SnapshotInput continues a pass. Answered counts the calls that earlier histories of it have answered.
type SnapshotInput struct {
	Answered int `json:"answered,omitempty"`
}

// SnapshotSweep is one pass over the snapshots of view providers that are due: it asks the provider how far each is,
// stores what is ready, and answers the calls that wait. It returns how many it has answered. A notification wakes it;
// the schedule finds snapshots whose notification does not come. A look that fails leaves its snapshot to the next pass.
// Two passes at the same time do no harm, because each step may be repeated.
func SnapshotSweep(ctx workflow.Context, in SnapshotInput) (int, error) {
	wake := workflow.GetSignalChannel(ctx, SignalWake)
	for {
		drain(wake)
		due, err := step(ctx, "List the snapshots that are due", activities.ListDueSnapshots, activities.DueSnapshots{Now: workflow.Now(ctx), Limit: snapshotPage})
		if err != nil {
			return in.Answered, err
		}
		answered, failed := lookAtAll(ctx, due)
		in.Answered += answered
		if (len(due) == 0 || failed) && !drain(wake) {
			return in.Answered, nil
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			// The next history lists first, so a signal that is lost here changes nothing.
			return in.Answered, workflow.NewContinueAsNewError(ctx, SnapshotSweep, in)
		}
	}
}

// lookAtAll looks at a page of snapshots. failed is set if a look has failed, which leaves its snapshot due.
func lookAtAll(ctx workflow.Context, due []views.DueSnapshot) (answered int, failed bool) {
	next, running := 0, workflow.NewWaitGroup(ctx)
	for range min(snapshotsAtOnce, len(due)) {
		running.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer running.Done()
			for next < len(due) {
				each := due[next]
				next++
				count, err := lookAt(ctx, each)
				if answered += count; err != nil {
					failed = true
					workflow.GetLogger(ctx).Warn("a snapshot is looked at again by the next pass", "snapshot", each.ID, "provider", each.Provider, "error", err)
				}
			}
		})
	}
	running.Wait(ctx)
	return answered, failed
}

func lookAt(ctx workflow.Context, due views.DueSnapshot) (answered int, err error) {
	look := activities.SnapshotLook{ID: due.ID}
	if _, err := do(ctx, snapshotCall(due.Provider), "Look at a snapshot of "+due.Provider, activities.LookAtSnapshot, look); err != nil {
		return 0, err
	}
	seen, err := do(ctx, snapshotCall(due.Provider), "Answer the calls that wait for it", activities.AnswerSnapshot, look)
	return seen.Answered, err
}
