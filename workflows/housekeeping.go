package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/fault"
)

// keyLife is how long an Idempotency-Key of the API is kept: as long as Stripe keeps its keys.
const keyLife = 24 * time.Hour

// snapshotLife is how long snapshots of view providers are kept, for those who look into what became of one. Their
// attempts are kept.
const snapshotLife = 30 * 24 * time.Hour

// HousekeepingResult is what a pass has done.
type HousekeepingResult struct {
	KeysForgotten int64 `json:"keys_forgotten"`
	// SnapshotsForgotten counts the old snapshots that were deleted.
	SnapshotsForgotten int64 `json:"snapshots_forgotten,omitempty"`
	TablesMade         int   `json:"tables_made"`
	// TablesFailed is the code of the error because of which tables are left to the next day.
	TablesFailed string `json:"tables_failed,omitempty"`
}

// Housekeeping is a daily pass. It deletes old answers that were kept for repeated requests and old snapshots, and
// creates the tables of the next months. If the tables cannot be created, the answers are deleted
// all the same.
func Housekeeping(ctx workflow.Context) (HousekeepingResult, error) {
	var done HousekeepingResult
	var err error
	done.TablesMade, err = do(ctx, tablesCall, "Create the tables of the next months", activities.EnsurePartitions, workflow.Now(ctx))
	if err != nil {
		done.TablesFailed = fault.CodeOf(err)
		workflow.GetLogger(ctx).Warn("the tables of the next months are left to the next day", "error", err)
	}
	done.KeysForgotten, err = step(ctx, "Delete old idempotency keys", activities.ForgetIdempotencyKeys, workflow.Now(ctx).Add(-keyLife))
	if err != nil {
		return done, err
	}
	done.SnapshotsForgotten, err = step(ctx, "Delete old snapshots", activities.ForgetSnapshots, workflow.Now(ctx).Add(-snapshotLife))
	return done, err
}
