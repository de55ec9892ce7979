package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
)

const (
	releaseBatch  = 500
	releaseRounds = 200 // of one pass; the next scheduled pass continues
)

// ReleaseHolds is one pass over holds that have ended. It returns how many it released.
func ReleaseHolds(ctx workflow.Context) (int, error) {
	total := 0
	for range releaseRounds {
		released, err := step(ctx, "Release earnings whose hold has ended", activities.ReleaseHolds, activities.ReleaseDue{Now: workflow.Now(ctx), Limit: releaseBatch})
		if err != nil {
			return total, err
		}
		total += released
		if released < releaseBatch {
			break
		}
	}
	return total, nil
}
