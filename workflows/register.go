package workflows

import (
	"go.temporal.io/sdk/workflow"
)

// Registry is what workflows are registered with: a worker, a replayer or a test
// environment.
type Registry interface {
	RegisterWorkflowWithOptions(workflow any, options workflow.RegisterOptions)
}

// Register registers every workflow under its business name. Processes that live for weeks
// move to new code as it is deployed, guarded by versions and replay tests; passes of a few
// seconds end on the code they began with.
func Register(registry Registry) {
	longLived := map[string]any{
		"CampaignLifecycle": CampaignLifecycle,
		"ClipTracking":      ClipTracking,
		"Correction":        Correction,
		"CreatorPayout":     CreatorPayout,
		"FundingDispute":    FundingDispute,
		"PayoutRun":         PayoutRun,
	}
	passes := map[string]any{
		"PayoutRunTrigger": PayoutRunTrigger,
		"ReleaseHolds":     ReleaseHolds,
		"InboxSweep":       InboxSweep,
		"Housekeeping":     Housekeeping,
		"Reconcile":        Reconcile,
		"SealLedger":       SealLedger,
	}
	for name, function := range longLived {
		registry.RegisterWorkflowWithOptions(function, workflow.RegisterOptions{Name: name, VersioningBehavior: workflow.VersioningBehaviorAutoUpgrade})
	}
	for name, function := range passes {
		registry.RegisterWorkflowWithOptions(function, workflow.RegisterOptions{Name: name, VersioningBehavior: workflow.VersioningBehaviorPinned})
	}
}
