package workflows

import (
	"strconv"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

const (
	adoptedPerPage = 10

	adoptionRetryInterval    = time.Minute
	adoptionRetryIntervalMax = time.Hour
)

// adopt adopts the payouts of an approved proposal, a page at a time, until none is left. A payout
// that fails is set aside with its reason, and the others do not wait for it. When only failed
// payouts are left, or a whole page failed as in an outage, the workflow shows why and waits. Then
// it continues with those that were never tried, and tries the failed ones again.
func (a *adoptionProcess) adopt(ctx workflow.Context) error {
	wait, since := adoptionRetryInterval, workflow.Now(ctx)
	for !a.isStopped() {
		found, failed, err := a.adoptPage(ctx, since)
		if err == nil && found == 0 {
			var isComplete bool
			if isComplete, err = a.isComplete(ctx); isComplete {
				clearAttention(ctx)
				return nil
			}
		}
		switch {
		case err == nil && found > failed:
			wait = adoptionRetryInterval
		case a.pause(ctx, err, wait): // a person asked for the next try
			wait, since = adoptionRetryInterval, workflow.Now(ctx)
		default:
			wait, since = min(2*wait, adoptionRetryIntervalMax), workflow.Now(ctx)
		}
		if !a.isStopped() && a.continueAsNew(ctx) {
			return errContinueAsNew
		}
	}
	return a.stop(ctx)
}

// adoptPage tries the next payouts that have not failed since a time. It returns how many there
// were, and how many of them failed.
func (a *adoptionProcess) adoptPage(ctx workflow.Context, since time.Time) (found, failed int, err error) {
	items, err := do(ctx, ledgerCall, "List payouts to adopt", activities.ListOpenAdoptionItems, activities.AdoptionPage{
		AdoptionID: a.Proposal.ID, FailedBefore: since, Limit: adoptedPerPage,
	})
	if err != nil || len(items) == 0 {
		return 0, 0, err
	}
	readAt := workflow.Now(ctx)
	failures := a.readStripe(ctx, items, readAt)
	var started []string
	var setAside []adoption.SetAside
	for i, item := range items {
		if a.isStopped() {
			break
		}
		isStarted, err := false, failures[i]
		if err == nil {
			isStarted, err = a.adoptOne(ctx, item, readAt)
		}
		switch {
		case err != nil:
			workflow.GetLogger(ctx).Warn("a payout is set aside", "payout", item.PayoutID, "error", err)
			setAside = append(setAside, adoption.SetAside{PayoutID: item.PayoutID, Failure: adoption.FailureOf(err)})
		case isStarted:
			started = append(started, item.PayoutID)
		}
	}
	return len(items), len(setAside), a.recordPage(ctx, started, setAside)
}

// adoptOne books one payout and starts its workflow. It reports false if the payout is refused.
func (a *adoptionProcess) adoptOne(ctx workflow.Context, item adoption.Item, readAt time.Time) (isStarted bool, err error) {
	booked, err := do(ctx, ledgerCall, "Adopt the payout of transfer "+item.TransferID, activities.BookAdopted, adoption.Booking{
		AdoptionID: a.Proposal.ID, PayoutID: item.PayoutID, ReadAt: readAt, Now: workflow.Now(ctx),
	})
	if err != nil {
		return false, err
	}
	if booked.Outcome == adoption.Refused || booked.Outcome == adoption.Left {
		workflow.GetLogger(ctx).Warn("a payout is not adopted", "payout", item.PayoutID, "outcome", booked.Outcome, "refusal", booked.Refusal)
		return false, nil
	}
	return true, a.start(ctx, item, booked.RunID)
}

func (a *adoptionProcess) recordPage(ctx workflow.Context, started []string, setAside []adoption.SetAside) error {
	if len(started) > 0 {
		_, err := do(ctx, ledgerCall, "Record "+strconv.Itoa(len(started))+" adopted payouts", activities.RecordAdopted, activities.AdoptedPayouts{
			AdoptionID: a.Proposal.ID, PayoutIDs: started,
		})
		if err != nil {
			return err
		}
	}
	if len(setAside) == 0 {
		return nil
	}
	_, err := do(ctx, ledgerCall, "Set "+strconv.Itoa(len(setAside))+" failed payouts aside", activities.SetAsideAdopted, activities.FailedPayouts{
		AdoptionID: a.Proposal.ID, Failed: setAside, At: workflow.Now(ctx),
	})
	return err
}

// start starts the workflow of a booked payout. One that ended before the restore may run again: it
// reads the books and sends nothing that is on record. One that runs gets a signal.
func (a *adoptionProcess) start(ctx workflow.Context, item adoption.Item, runID string) error {
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: names.Payout(item.PayoutID), TaskQueue: QueueCampaigns,
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:         "Continues an adopted payout in " + string(item.Currency),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			AttributeCreatorID.ValueSet(item.CreatorID), AttributePayoutRunID.ValueSet(runID),
			AttributePayoutStatus.ValueSet(string(payout.Transferred)), AttributeNeedsAttention.ValueSet(false),
		),
	}), CreatorPayout, PayoutInput{PayoutID: item.PayoutID, RunID: runID, CreatorID: item.CreatorID, Currency: item.Currency, Policy: a.Policy})
	err := child.GetChildWorkflowExecution().Get(ctx, nil)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		signalWorkflow(ctx, names.Payout(item.PayoutID), SignalBooksChanged)
		return nil
	}
	return err
}
