package temporal

import (
	"context"
	"errors"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/workflows"
)

// Schedules are the intervals of the scheduled workflows.
type Schedules struct {
	ReleaseHoldsEvery time.Duration
	SweepInboxEvery   time.Duration
	// SweepSnapshotsEvery is the interval of passes over snapshots of view providers whose notification does not come.
	SweepSnapshotsEvery time.Duration
	SealEvery           time.Duration
	ReconcileEvery      time.Duration
	// ReconcileWholeEvery is the interval of passes that compare the whole window.
	ReconcileWholeEvery time.Duration
	// WatchPayoutsEvery is the interval of passes over payouts whose workflow may not be running. A
	// pass looks at those that have not changed for four intervals.
	WatchPayoutsEvery time.Duration
	// EvidenceEvery is the interval of passes that delete evidence which is older than EvidenceRetention.
	EvidenceEvery     time.Duration
	EvidenceRetention time.Duration
	// CheckProvidersEvery is the interval of passes over the latest attempts of view providers. ProviderFailingAfter is how
	// long one has to fail before people are asked.
	CheckProvidersEvery  time.Duration
	ProviderFailingAfter time.Duration
	// PayoutRunCron is the start of the weekly run, in UTC.
	PayoutRunCron string
}

// Prepare registers search attributes and schedules in the client's namespace. It is
// idempotent, and updates existing schedules.
func Prepare(ctx context.Context, connection client.Client, namespace string, schedules Schedules, settings Settings) error {
	if err := registerAttributes(ctx, connection, namespace); err != nil {
		return err
	}
	for _, schedule := range schedules.options(settings) {
		if err := ensureSchedule(ctx, connection, schedule); err != nil {
			return err
		}
	}
	return nil
}

var attributes = map[string]enums.IndexedValueType{
	workflows.AttributeCampaignID.GetName():      enums.INDEXED_VALUE_TYPE_KEYWORD,
	workflows.AttributeOrganizationID.GetName():  enums.INDEXED_VALUE_TYPE_KEYWORD,
	workflows.AttributeCreatorID.GetName():       enums.INDEXED_VALUE_TYPE_KEYWORD,
	workflows.AttributePayoutRunID.GetName():     enums.INDEXED_VALUE_TYPE_KEYWORD,
	workflows.AttributePayoutStatus.GetName():    enums.INDEXED_VALUE_TYPE_KEYWORD,
	workflows.AttributePlatform.GetName():        enums.INDEXED_VALUE_TYPE_KEYWORD,
	workflows.AttributeNeedsAttention.GetName():  enums.INDEXED_VALUE_TYPE_BOOL,
	workflows.AttributeAttentionReason.GetName(): enums.INDEXED_VALUE_TYPE_KEYWORD,
}

func registerAttributes(ctx context.Context, connection client.Client, namespace string) error {
	operator := connection.OperatorService()
	registered, err := operator.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return translate("the list of search attributes", err)
	}
	missing := map[string]enums.IndexedValueType{}
	for name, kind := range attributes {
		existing, ok := registered.GetCustomAttributes()[name]
		if ok && existing != kind {
			return fault.New(fault.Conflict, "search_attribute_taken", "search attribute %s exists with another type: remove it with `temporal operator search-attribute remove`", name)
		}
		if !ok {
			missing[name] = kind
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = operator.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing})
	return translate("the list of search attributes", err)
}

const unchangedIntervals = 4

func (s Schedules) options(settings Settings) []client.ScheduleOptions {
	every := func(id string, interval time.Duration, summary string, workflow any, args ...any) client.ScheduleOptions {
		return client.ScheduleOptions{
			ID: id, Overlap: enums.SCHEDULE_OVERLAP_POLICY_SKIP,
			Spec:   client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: interval}}},
			Action: &client.ScheduleWorkflowAction{ID: id, Workflow: workflow, Args: args, TaskQueue: workflows.QueueCampaigns, StaticSummary: summary},
		}
	}
	return []client.ScheduleOptions{
		every("release-holds", s.ReleaseHoldsEvery, "Releases earnings whose hold has ended", workflows.ReleaseHolds),
		every("inbox", s.SweepInboxEvery, "Delivers stored webhooks that are still undelivered", workflows.InboxSweep, workflows.InboxInput{Campaign: settings.Campaign, Payout: settings.Payout}),
		every("snapshots", s.SweepSnapshotsEvery, "Looks at snapshots of view providers that are due", workflows.SnapshotSweep, workflows.SnapshotInput{}),
		every("seal-ledger", s.SealEvery, "Seals new journal entries and writes checkpoints of balances", workflows.SealLedger),
		every("reconcile", s.ReconcileEvery, "Compares Stripe with the ledger", workflows.Reconcile, workflows.ReconcileInput{Settings: settings.Reconcile}),
		every("reconcile-whole", s.ReconcileWholeEvery, "Compares Stripe with the ledger over the whole window", workflows.Reconcile, workflows.ReconcileInput{Settings: settings.Reconcile.Whole()}),
		every("payout-watch", s.WatchPayoutsEvery, "Starts workflows of payouts again that are not running", workflows.PayoutWatch, workflows.PayoutWatchInput{Policy: settings.Payout, UnchangedFor: duration.Text(unchangedIntervals * s.WatchPayoutsEvery)}),
		every("housekeeping", 24*time.Hour, "Deletes expired idempotency keys and creates the partitions of the next months", workflows.Housekeeping),
		every("evidence", s.EvidenceEvery, "Deletes evidence some time after its clip has ended", workflows.EvidenceRetention, workflows.EvidenceInput{Retention: duration.Text(s.EvidenceRetention)}),
		every("appeal-check", time.Hour, "Looks for appeals that no reviewer decides in time", workflows.AppealCheck),
		every("provider-check", s.CheckProvidersEvery, "Looks for view providers whose answers are no good", workflows.ProviderCheck, workflows.ProviderCheckInput{After: duration.Text(s.ProviderFailingAfter), Every: duration.Text(s.CheckProvidersEvery)}),
		{
			ID: "payout-run", Overlap: enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ALL, CatchupWindow: 7 * 24 * time.Hour,
			Spec: client.ScheduleSpec{CronExpressions: []string{s.PayoutRunCron}},
			Action: &client.ScheduleWorkflowAction{
				ID: "payout-run-trigger", Workflow: workflows.PayoutRunTrigger, TaskQueue: workflows.QueueCampaigns,
				StaticSummary: "Starts the weekly payout run",
				Args:          []any{workflows.PayoutRunInput{Policy: settings.Payout, Settings: settings.PayoutRun}},
			},
		},
	}
}

func ensureSchedule(ctx context.Context, connection client.Client, options client.ScheduleOptions) error {
	_, err := connection.ScheduleClient().Create(ctx, options)
	if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return translate("schedule "+options.ID, err)
	}
	handle := connection.ScheduleClient().GetHandle(ctx, options.ID)
	err = handle.Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(input client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		updated := input.Description.Schedule
		updated.Spec, updated.Action = &options.Spec, options.Action
		return &client.ScheduleUpdate{Schedule: &updated}, nil
	}})
	return translate("schedule "+options.ID, err)
}
