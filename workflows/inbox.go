package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

const (
	inboxPage = 200
	// deliveriesAtOnce bounds the signals that wait for an answer at the same time. More of them share
	// a workflow task.
	deliveriesAtOnce = 50
)

// InboxInput has the settings of workflows that an event starts again.
type InboxInput struct {
	Campaign CampaignSettings `json:"campaign"`
	Payout   payout.Policy    `json:"payout"`
	// Finished counts the events that earlier histories of this pass have finished.
	Finished int `json:"finished,omitempty"`
}

// InboxSweep is one pass over stored webhooks that are not delivered: it signals the workflows
// that they concern, and returns how many events it finished. The process that stores an event
// delivers it itself. So the sweep finds what that process left: because it crashed, because
// the engine did not answer, or because a workflow has to be started again.
//
// Events about money come first. The events of one object are delivered in the order of their
// arrival, those of different processes at the same time. An event that cannot be delivered is tried again
// after a growing wait, and holds up no other. Two passes at the same time do no harm, because a
// workflow may be notified twice.
func InboxSweep(ctx workflow.Context, in InboxInput) (int, error) {
	wake := workflow.GetSignalChannel(ctx, SignalWake)
	for {
		drain(wake)
		pending, err := step(ctx, "List undelivered webhooks", activities.ListPendingWebhooks, activities.PendingWebhooks{Now: workflow.Now(ctx), Limit: inboxPage})
		if err != nil {
			return in.Finished, err
		}
		if len(pending) > 0 {
			receipts := in.deliverAll(ctx, pending)
			if err := record(ctx, "Record what became of the webhooks", activities.FinishWebhooks, activities.WebhookReceipts{Receipts: receipts}); err != nil {
				return in.Finished, err
			}
			in.Finished += finishedOf(receipts)
		} else if !drain(wake) {
			return in.Finished, nil
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			// The next history lists the inbox first, so a signal that is lost here changes nothing.
			return in.Finished, workflow.NewContinueAsNewError(ctx, InboxSweep, in)
		}
	}
}

func finishedOf(receipts []rail.Receipt) int {
	finished := 0
	for _, receipt := range receipts {
		if receipt.Outcome != rail.Undelivered {
			finished++
		}
	}
	return finished
}

// deliverAll delivers a page of events and returns what became of each.
func (in InboxInput) deliverAll(ctx workflow.Context, pending []activities.Webhook) []rail.Receipt {
	processes := byProcess(pending)
	receipts, next, running := make([]rail.Receipt, 0, len(pending)), 0, workflow.NewWaitGroup(ctx)
	for range min(deliveriesAtOnce, len(processes)) {
		running.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer running.Done()
			for next < len(processes) {
				events := processes[next]
				next++
				receipts = append(receipts, in.deliverInOrder(ctx, events)...)
			}
		})
	}
	running.Wait(ctx)
	return receipts
}

// byProcess groups events by the process that they concern, and so by their object. Groups and
// events keep the order of the page.
func byProcess(pending []activities.Webhook) [][]activities.Webhook {
	var groups [][]activities.Webhook
	groupOf := map[rail.Notice]int{}
	for _, webhook := range pending {
		process := webhook.Notice
		process.Concern = ""
		at, known := groupOf[process]
		if !known {
			at = len(groups)
			groupOf[process] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], webhook)
	}
	return groups
}

// deliverInOrder delivers events of one process. Those with the same notice that follow each other
// are one delivery: the process reads the present state, however often it is notified. One that
// cannot be delivered does not hold up the next one.
func (in InboxInput) deliverInOrder(ctx workflow.Context, events []activities.Webhook) []rail.Receipt {
	receipts := make([]rail.Receipt, len(events))
	var outcome rail.Delivery
	var err error
	for i, webhook := range events {
		if i == 0 || webhook.Notice != events[i-1].Notice {
			outcome, err = in.route(ctx, webhook)
		}
		receipts[i] = receiptOf(ctx, webhook, outcome, err)
	}
	return receipts
}

func receiptOf(ctx workflow.Context, webhook activities.Webhook, outcome rail.Delivery, err error) rail.Receipt {
	receipt := rail.Receipt{Provider: webhook.Provider, EventID: webhook.EventID, Outcome: outcome}
	if err != nil {
		tries := webhook.Tries + 1
		workflow.GetLogger(ctx).Warn("a webhook cannot be delivered and is tried again", "event", webhook.EventID, "type", webhook.Type, "tries", tries, "error", err)
		receipt.Outcome, receipt.NextTryAt = rail.Undelivered, workflow.Now(ctx).Add(rail.RedeliverAfter(tries))
	}
	return receipt
}

// route signals the workflow that an event concerns, which then reads Stripe. The event itself is
// no evidence: events come twice, late and in any order. It waits for no one, because other
// events wait for it.
func (in InboxInput) route(ctx workflow.Context, webhook activities.Webhook) (rail.Delivery, error) {
	notice := webhook.Notice
	switch notice.Concern {
	case rail.ConcernCampaignPayment, rail.ConcernRefundStarted:
		return signalled(ctx, names.Campaign(notice.CampaignID)), nil
	case rail.ConcernRefundChanged:
		// A succeeded refund may fail weeks later, when the campaign's workflow has ended.
		return notifyCampaignOnce(ctx, notice.CampaignID, in.Campaign)
	case rail.ConcernDepositPayment:
		return notifyPendingDeposit(ctx, notice.DepositID, in.Campaign)
	case rail.ConcernDepositRefund:
		return notifyWithdrawal(ctx, notice.WithdrawalID, notice.DepositID, in.Campaign)
	case rail.ConcernDispute:
		return followDispute(ctx, DisputeInput{DisputeID: notice.DisputeID, Campaign: in.Campaign})
	case rail.ConcernPayout:
		return notifyPayout(ctx, notice.PayoutID, SignalStripeChanged, in.Payout)
	case rail.ConcernVerification:
		return routeVerification(ctx, notice.VerificationID)
	case rail.ConcernSnapshot:
		return routeSnapshot(ctx, notice)
	case rail.ConcernAccountState:
		account, err := recordAccountState(ctx, notice.Account)
		switch {
		case err != nil:
			return "", err
		case !account.Unchanged:
			return in.notifyParked(ctx, webhook.PayoutIDs, SignalAccountChanged)
		case account.Verified: // a sweep may have died after it stored the change
			return in.notifyParked(ctx, webhook.PayoutIDs, SignalAccountEvent)
		}
		return rail.Ignored, nil
	case rail.ConcernBankAccountAdded, rail.ConcernPayoutAccount:
		return in.notifyParked(ctx, webhook.PayoutIDs, SignalOfAccount(notice.Concern))
	default:
		return rail.Ignored, nil
	}
}

// SignalOfAccount returns the signal for payouts that wait for the bank accounts or the balance of
// their connected account.
func SignalOfAccount(concern rail.Concern) string {
	if concern == rail.ConcernBankAccountAdded {
		return SignalBankAccountChanged
	}
	return SignalAccountEvent
}

// signalled lets one workflow read its rail, and returns the outcome of the event.
func signalled(ctx workflow.Context, workflowID string) rail.Delivery {
	if signalWorkflow(ctx, workflowID, SignalStripeChanged) {
		return rail.Signalled
	}
	return rail.NoWorkflow
}

// notifyParked notifies the payouts that wait for a connected account. It notifies all of them,
// even if one cannot be.
func (in InboxInput) notifyParked(ctx workflow.Context, payoutIDs []string, signal string) (rail.Delivery, error) {
	var outcomes []rail.Delivery
	var failed error
	for _, id := range payoutIDs {
		outcome, err := notifyPayout(ctx, id, signal, in.Payout)
		if err != nil {
			failed = err
		}
		outcomes = append(outcomes, outcome)
	}
	switch {
	case failed != nil:
		return rail.Undelivered, failed
	case slices.Contains(outcomes, rail.Started):
		return rail.Started, nil
	case slices.Contains(outcomes, rail.Signalled):
		return rail.Signalled, nil
	}
	return rail.NoWorkflow, nil
}
