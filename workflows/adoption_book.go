package workflows

import (
	"strconv"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/reconcile"
)

const (
	adoptedPerPage = 10

	adoptionRetryInterval    = time.Minute
	adoptionRetryIntervalMax = time.Hour
)

// adopt adopts the payouts of an approved proposal, a page at a time, until none is left. While
// Stripe cannot be read it waits and tries again. A cancellation ends it between two pages: another
// proposal can take up the rest.
func (a *adoptionProcess) adopt(ctx workflow.Context) error {
	wait := adoptionRetryInterval
	for !a.isCancelled() {
		left, err := a.adoptPage(ctx)
		switch {
		case err == nil && left == 0:
			clearAttention(ctx)
			return a.propose(ctx) // reads what has become of the payouts
		case err == nil:
			wait = adoptionRetryInterval
		default:
			showAttention(ctx, unforeseen(err, ""))
			a.sleep(ctx, wait, "Wait before the payouts are adopted: "+fault.CodeOf(err))
			wait = min(2*wait, adoptionRetryIntervalMax)
		}
		if a.continueAsNew(ctx) {
			return errContinueAsNew
		}
	}
	return a.propose(ctx)
}

// adoptPage adopts the first payouts that are left, and returns how many there were.
func (a *adoptionProcess) adoptPage(ctx workflow.Context) (found int, err error) {
	items, err := step(ctx, "List payouts to adopt", activities.ListOpenAdoptionItems, activities.AdoptionPage{AdoptionID: a.Proposal.ID, Limit: adoptedPerPage})
	if err != nil || len(items) == 0 {
		return 0, err
	}
	readAt := workflow.Now(ctx)
	if err := a.readStripe(ctx, items, readAt); err != nil {
		return 0, err
	}
	var started []string
	for _, item := range items {
		booked, err := step(ctx, "Adopt the payout of transfer "+item.TransferID, activities.BookAdopted, adoption.Booking{
			AdoptionID: a.Proposal.ID, PayoutID: item.PayoutID, ReadAt: readAt, Now: workflow.Now(ctx),
		})
		if err != nil {
			return 0, err
		}
		if booked.Outcome == adoption.Refused {
			workflow.GetLogger(ctx).Warn("a payout is not adopted", "payout", item.PayoutID, "refusal", booked.Refusal)
			continue
		}
		if err := a.start(ctx, item, booked.RunID); err != nil {
			return 0, err
		}
		started = append(started, item.PayoutID)
	}
	if len(started) == 0 {
		return len(items), nil
	}
	return len(items), record(ctx, "Record "+strconv.Itoa(len(started))+" adopted payouts", activities.RecordAdopted, activities.AdoptedPayouts{AdoptionID: a.Proposal.ID, PayoutIDs: started})
}

// readStripe reads the transfers, and the bank payouts that were made after them on their accounts,
// and stores both. An account that cannot be read is left to the payout's workflow: it looks for the
// bank payout before it sends one, and needs attention while it cannot.
func (a *adoptionProcess) readStripe(ctx workflow.Context, items []adoption.Item, readAt time.Time) error {
	transfers := make([]reconcile.Named, len(items))
	accounts := make([]rail.ListRequest, len(items))
	for i, item := range items {
		transfers[i] = reconcile.Named{Type: reconcile.Transfer, ID: item.TransferID}
		accounts[i] = rail.ListRequest{Type: reconcile.BankPayout, Account: item.Account, Since: item.TransferredAt}
	}
	read, failures := doAll(ctx, railCompare, "Read the transfer", activities.GetProcessorObject, transfers)
	var objects []reconcile.Object
	for i, answer := range read {
		if failures[i] != nil {
			return failures[i]
		}
		objects = append(objects, answer.Objects...)
	}
	for range accountPagesMax {
		if len(accounts) == 0 {
			break
		}
		pages, failures := doAll(ctx, railCompare, "Read the bank payouts of an account", activities.ListProcessorObjects, accounts)
		var next []rail.ListRequest
		for i, page := range pages {
			if isRefusedRead(failures[i]) {
				workflow.GetLogger(ctx).Warn("bank payouts of an account cannot be read", "account", accounts[i].Account, "error", failures[i])
				continue
			}
			if failures[i] != nil {
				return failures[i]
			}
			objects = append(objects, page.Objects...)
			if page.Next != "" {
				accounts[i].After = page.Next
				next = append(next, accounts[i])
			}
		}
		accounts = next
	}
	return record(ctx, "Record what Stripe returned", activities.RecordProcessorObjects, activities.ObjectsSeen{Objects: objects, AskedAt: readAt})
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
