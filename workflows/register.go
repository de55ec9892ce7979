package workflows

import (
	"go.temporal.io/sdk/workflow"
)

// Registry is a worker, a replayer or a test environment: workflows are registered with it.
type Registry interface {
	RegisterWorkflowWithOptions(workflow any, options workflow.RegisterOptions)
}

// Register registers every workflow under its business name. Workflows that run for weeks move to
// new code when it is deployed; versions and replay tests protect them. Passes of a few seconds
// end on the code that they started with.
func Register(registry Registry) {
	longLived := map[string]any{
		"Adoption":          Adoption,
		"CampaignLifecycle": CampaignLifecycle,
		"ClipTracking":      ClipTracking,
		"ChannelProof":      ChannelProof,
		"Correction":        Correction,
		"ConvertedPayment":  ConvertedPayment,
		"CreatorPayout":     CreatorPayout,
		"Deposit":           Deposit,
		"FundingDispute":    FundingDispute,
		"OverdueAppeals":    OverdueAppeals,
		"PayoutRun":         PayoutRun,
		"ProviderTrouble":   ProviderTrouble,
		"SolvencyGap":       SolvencyGap,
		"Withdrawal":        Withdrawal,
	}
	passes := map[string]any{
		"AppealCheck":       AppealCheck,
		"PayoutRunTrigger":  PayoutRunTrigger,
		"PayoutWatch":       PayoutWatch,
		"ReleaseHolds":      ReleaseHolds,
		"InboxSweep":        InboxSweep,
		"EvidenceRetention": EvidenceRetention,
		"Housekeeping":      Housekeeping,
		"ProviderCheck":     ProviderCheck,
		"Reconcile":         Reconcile,
		"SealLedger":        SealLedger,
		"SnapshotSweep":     SnapshotSweep,
	}
	for name, function := range longLived {
		registry.RegisterWorkflowWithOptions(function, workflow.RegisterOptions{Name: name, VersioningBehavior: workflow.VersioningBehaviorAutoUpgrade})
	}
	for name, function := range passes {
		registry.RegisterWorkflowWithOptions(function, workflow.RegisterOptions{Name: name, VersioningBehavior: workflow.VersioningBehaviorPinned})
	}
}
