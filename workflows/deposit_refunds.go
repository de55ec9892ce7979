package workflows

import (
	"slices"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
)

// refundNews is what the books lacked of the refunds of a deposit.
type refundNews int

const (
	refundsUpToDate  refundNews = iota // nothing
	refundsPending                     // nothing yet: one is under way
	refundsBookedOne                   // one that is booked now; there may be more
)

// listRefundsOf lists every refund of a deposit's payment, also those that a person made in Stripe's
// dashboard. If the deposit was moved from a campaign, the payment is the campaign's. Its refunds are the
// campaign's too, except for those by withdrawals.
func listRefundsOf(ctx workflow.Context, paymentIntentID, campaignID string) ([]rail.Refund, error) {
	made, err := do(ctx, railRead, "List the payment's refunds", activities.ListRefunds, paymentIntentID)
	if campaignID != "" {
		made = slices.DeleteFunc(made, func(refund rail.Refund) bool { return !byWithdrawal(refund) })
	}
	return made, err
}

func byWithdrawal(refund rail.Refund) bool { return refund.WithdrawalID != "" }

// bookDepositRefunds books at most one refund of a deposit that has succeeded, or that failed after it was
// booked. Stripe's list decides what is booked, so it may be called by anyone at any time.
func bookDepositRefunds(ctx workflow.Context, depositID string, currency money.Currency, made []rail.Refund) (refundNews, error) {
	if len(made) == 0 {
		return refundsUpToDate, nil
	}
	ids := make([]string, len(made))
	for i, refund := range made {
		ids[i] = refund.ID
	}
	known, err := step(ctx, "List which refunds are booked", activities.ListBookedDepositRefunds, ids)
	if err != nil {
		return refundsUpToDate, err
	}
	news := refundsUpToDate
	for _, refund := range made {
		booked, undone := slices.Contains(known.Booked, refund.ID), slices.Contains(known.Failed, refund.ID)
		switch {
		case refundFailed(refund) && booked && !undone:
			return refundsBookedOne, record(ctx, "Book the failed refund", activities.RecordDepositRefundFailed, funding.FailedRefund{
				RefundID: refund.ID, TransactionID: refund.FailureTransactionID, FailureCode: refund.FailureCode, At: workflow.Now(ctx),
			})
		case refundFailed(refund) || booked:
		case refund.Status == rail.RefundSucceeded:
			return refundsBookedOne, record(ctx, "Book the refund", activities.RecordDepositRefund, depositRefund(depositID, currency, refund, workflow.Now(ctx)))
		default:
			news = refundsPending
		}
	}
	return news, nil
}

func depositRefund(depositID string, currency money.Currency, refund rail.Refund, at time.Time) ledger.DepositRefund {
	return ledger.DepositRefund{
		DepositID: depositID, RefundID: refund.ID, WithdrawalID: refund.WithdrawalID, Number: refund.Number,
		Currency: currency, AmountMinor: refund.AmountMinor, At: at,
	}
}

// notifyDeposit makes a deposit check its payment and refunds again. The workflow of one that has ended is
// started again. The workflow id allows one workflow of a deposit at a time.
func notifyDeposit(ctx workflow.Context, depositID string, settings CampaignSettings) (rail.Delivery, error) {
	id := names.Deposit(depositID)
	if signalWorkflow(ctx, id, SignalStripeChanged) {
		return rail.Signalled, nil
	}
	found, err := do(ctx, ledgerCall, "Check whether the deposit has ended", activities.ReadEndedDeposit, depositID)
	if err != nil {
		return rail.Undelivered, err
	}
	if !found.Ended {
		return rail.NoWorkflow, nil
	}
	return startAgain(ctx, brandProcess{id, found.Deposit.OrganizationID, "Ended deposit, started again because its money changed"},
		Deposit, DepositInput{Deposit: found.Deposit, Again: true, CheckInterval: settings.complete().CheckInterval})
}

// brandProcess is a deposit or a withdrawal that has ended.
type brandProcess struct{ id, organizationID, summary string }

// startAgain starts the workflow of a process that has ended. It outlives the caller.
func startAgain(ctx workflow.Context, ended brandProcess, process, input any) (rail.Delivery, error) {
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: ended.id, TaskQueue: QueueCampaigns, ParentClosePolicy: enums.PARENT_CLOSE_POLICY_ABANDON, StaticSummary: ended.summary,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			AttributeOrganizationID.ValueSet(ended.organizationID), AttributeNeedsAttention.ValueSet(false),
		),
	}), process, input)
	err := child.GetChildWorkflowExecution().Get(ctx, nil)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return signalled(ctx, ended.id), nil // another workflow started it in between
	}
	if err != nil {
		return rail.Undelivered, err
	}
	return rail.Started, nil
}

// continueWithdrawals makes withdrawals send again what a refund of the deposit did not bring. One without
// a workflow is started again: it had ended before the refund failed, or its workflow was terminated.
func (d *depositProcess) continueWithdrawals(ctx workflow.Context) error {
	reopened, err := step(ctx, "List withdrawals to continue", activities.ListReopenedWithdrawals, d.Deposit.ID)
	if err != nil {
		return err
	}
	for _, withdrawal := range reopened {
		id := names.Withdrawal(withdrawal.ID)
		if signalWorkflow(ctx, id, SignalStripeChanged) {
			continue
		}
		_, err := startAgain(ctx, brandProcess{id, withdrawal.OrganizationID, "Ended withdrawal, started again because a refund failed"},
			Withdrawal, WithdrawalInput{Withdrawal: withdrawal, CheckInterval: d.CheckInterval})
		if err != nil {
			return err
		}
	}
	return nil
}

// notifyWithdrawal makes a withdrawal check its refunds. If it has ended, the deposit books what changed.
func notifyWithdrawal(ctx workflow.Context, withdrawalID, depositID string, settings CampaignSettings) (rail.Delivery, error) {
	if withdrawalID != "" && signalWorkflow(ctx, names.Withdrawal(withdrawalID), SignalStripeChanged) {
		return rail.Signalled, nil
	}
	return notifyDeposit(ctx, depositID, settings)
}
