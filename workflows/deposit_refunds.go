package workflows

import (
	"errors"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
)

// listRefundsOf lists every refund of a deposit's payment, also those that a person made in Stripe's
// dashboard. If the deposit was moved from a campaign, the payment is the campaign's. Its refunds are the
// campaign's too, except for those by withdrawals.
func listRefundsOf(ctx workflow.Context, paymentIntentID, campaignID string) ([]rail.Refund, error) {
	return listRefundsBy(ctx, railRead, paymentIntentID, campaignID)
}

func listRefundsBy(ctx workflow.Context, by call, paymentIntentID, campaignID string) ([]rail.Refund, error) {
	made, err := do(ctx, by, "List the payment's refunds", activities.ListRefunds, paymentIntentID)
	if campaignID != "" {
		made = slices.DeleteFunc(made, func(refund rail.Refund) bool { return !byWithdrawal(refund) })
	}
	return made, err
}

func byWithdrawal(refund rail.Refund) bool { return refund.WithdrawalID != "" }

// bookDepositRefunds books at most one refund of a deposit that has succeeded, or that failed after it was
// booked. Stripe's list decides what is booked, so it may be called by anyone at any time.
func bookDepositRefunds(ctx workflow.Context, depositID string, currency money.Currency, made []rail.Refund) (refundNews, error) {
	return bookOneRefund(ctx, made, refundBooks{
		known: activities.ListBookedDepositRefunds,
		succeeded: func(refund rail.Refund) error {
			return record(ctx, "Book the refund", activities.RecordDepositRefund, depositRefund(depositID, currency, refund, workflow.Now(ctx)))
		},
		failed: func(refund rail.Refund) error {
			return record(ctx, "Book the failed refund", activities.RecordDepositRefundFailed, funding.FailedRefund{
				RefundID: refund.ID, TransactionID: refund.FailureTransactionID, FailureCode: refund.FailureCode, At: workflow.Now(ctx),
			})
		},
	})
}

func depositRefund(depositID string, currency money.Currency, refund rail.Refund, at time.Time) ledger.DepositRefund {
	return ledger.DepositRefund{
		DepositID: depositID, RefundID: refund.ID, WithdrawalID: refund.WithdrawalID, Number: refund.Number,
		Currency: currency, AmountMinor: refund.AmountMinor, At: at,
	}
}

// notifyDeposit makes a deposit check its payment and refunds again. If it has no workflow, because it has
// ended or a person has terminated it, it gets one. The workflow id allows one workflow of a deposit at a
// time.
func notifyDeposit(ctx workflow.Context, depositID string, settings CampaignSettings) (rail.Delivery, error) {
	return notifyKnownDeposit(ctx, depositID, settings, true)
}

// notifyPendingDeposit makes a deposit check its payment. An ended one is left alone: it has its payment, or
// will never have it.
func notifyPendingDeposit(ctx workflow.Context, depositID string, settings CampaignSettings) (rail.Delivery, error) {
	return notifyKnownDeposit(ctx, depositID, settings, false)
}

func notifyKnownDeposit(ctx workflow.Context, depositID string, settings CampaignSettings, evenEnded bool) (rail.Delivery, error) {
	if signalWorkflow(ctx, names.Deposit(depositID), SignalStripeChanged) {
		return rail.Signalled, nil
	}
	known, err := do(ctx, ledgerCall, "Check whether the deposit has ended", activities.ReadDeposit, depositID)
	if err != nil {
		return rail.Undelivered, err
	}
	if !known.Found || known.Ended && !evenEnded {
		return rail.NoWorkflow, nil
	}
	return depositOf(DepositInput{Deposit: known.Deposit, Again: known.Ended, CheckInterval: settings.complete().CheckInterval}).startOrSignal(ctx)
}

// depositOf is the process of a deposit, to be started again.
func depositOf(in DepositInput) process {
	return process{
		id: names.Deposit(in.Deposit.ID), summary: "Deposit, started again from what is on record",
		about: []temporal.SearchAttributeUpdate{AttributeOrganizationID.ValueSet(in.Deposit.OrganizationID)}, workflow: Deposit, input: in,
	}
}

// withdrawalOf is the process of a withdrawal, to be started again.
func withdrawalOf(in WithdrawalInput) process {
	return process{
		id: names.Withdrawal(in.Withdrawal.ID), summary: "Withdrawal, started again from what is on record",
		about: []temporal.SearchAttributeUpdate{AttributeOrganizationID.ValueSet(in.Withdrawal.OrganizationID)}, workflow: Withdrawal, input: in,
	}
}

// ensureFundingRuns starts the workflows of deposits and withdrawals that have not ended and have none, such
// as after a termination. A running one does not notice.
func ensureFundingRuns(ctx workflow.Context, settings CampaignSettings) error {
	unfinished, err := do(ctx, ledgerCall, "List deposits and withdrawals that have not ended", activities.ListUnfinishedFunding, activities.None{})
	if err != nil {
		return err
	}
	interval := settings.complete().CheckInterval
	for _, each := range unfinished.Deposits {
		err = errors.Join(err, depositOf(DepositInput{Deposit: each, CheckInterval: interval}).ensureRuns(ctx))
	}
	for _, each := range unfinished.Withdrawals {
		err = errors.Join(err, withdrawalOf(WithdrawalInput{Withdrawal: each, CheckInterval: interval}).ensureRuns(ctx))
	}
	return err
}

// continueWithdrawals makes withdrawals send again what a refund of the deposit did not bring. One without
// a workflow is started again: it had ended before the refund failed, or its workflow was terminated.
func (d *depositProcess) continueWithdrawals(ctx workflow.Context) error {
	reopened, err := step(ctx, "List withdrawals to continue", activities.ListReopenedWithdrawals, d.Deposit.ID)
	if err != nil {
		return err
	}
	for _, withdrawal := range reopened {
		if _, err := withdrawalOf(WithdrawalInput{Withdrawal: withdrawal, CheckInterval: d.CheckInterval}).signalOrStart(ctx); err != nil {
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
