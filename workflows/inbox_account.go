package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
)

// accountChanged stores what a connected account can do by now, then signals the payouts that wait for
// it. An account that cannot be read keeps its last state: its payouts read it themselves, and the next
// event reads it again.
func accountChanged(ctx workflow.Context, account string) (outcome string, err error) {
	state, err := do(ctx, railRead, "Read what the account can do", activities.ReadAccountState, account)
	if err == nil {
		if err := record(ctx, "Store what the account can do", activities.RecordAccountState, state); err != nil {
			return "", err
		}
	}
	return signalParkedPayouts(ctx, account, SignalAccountChanged)
}
