package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
)

// recordAccountState stores what a connected account can do by now, and returns what is new.
// An account that cannot be read at once keeps its last state: its payouts read it themselves, and
// the next event reads it again.
func recordAccountState(ctx workflow.Context, account string) (activities.AccountNews, error) {
	state, err := do(ctx, railGlance, "Read what the account can do", activities.ReadAccountState, account)
	if err != nil {
		workflow.GetLogger(ctx).Warn("the account cannot be read", "error", err)
		return activities.AccountNews{}, nil
	}
	return do(ctx, ledgerCall, "Store what the account can do", activities.RecordAccountState, state)
}
