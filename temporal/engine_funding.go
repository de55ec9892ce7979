package temporal

import (
	"context"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/workflows"
)

// CreateDeposit starts a deposit and returns once its payment is created. It returns fault.Conflict
// "deposit_declined" and "deposit_exists", and fault.NotFound "organization_not_found".
func (e *Engine) CreateDeposit(ctx context.Context, c command.CreateDeposit) (command.DepositStarted, error) {
	start := e.startForOrganization(names.Deposit(c.Deposit.ID), "Deposit of a brand in "+string(c.Deposit.Currency), c.Deposit.OrganizationID, workflows.Deposit, workflows.DepositInput{Deposit: c.Deposit, PaymentMethod: c.PaymentMethod, CheckInterval: e.settings.Campaign.CheckInterval})
	var started workflows.DepositStarted
	err := e.updateWithStart(ctx, "the deposit", start, workflows.UpdateCreated, &started)
	return command.DepositStarted(started), err
}

// CancelDeposit cancels the payment of a deposit. It returns fault.Conflict "payment_processing",
// "deposit_ended" and "not_running".
func (e *Engine) CancelDeposit(ctx context.Context, c command.CancelDeposit) (funding.DepositStatus, error) {
	var status funding.DepositStatus
	err := e.sendUpdate(ctx, "the deposit", names.Deposit(c.DepositID), update{c.ID, workflows.UpdateCancel}, &status,
		workflows.Operator{Actor: c.Actor, Reason: c.Reason})
	return status, err
}

// CreateWithdrawal starts a withdrawal and returns once its amount is reserved. It returns fault.Conflict
// "balance_too_low" and "withdrawal_exists", and fault.NotFound "organization_not_found".
func (e *Engine) CreateWithdrawal(ctx context.Context, c command.CreateWithdrawal) (funding.WithdrawalStatus, error) {
	start := e.startForOrganization(names.Withdrawal(c.Withdrawal.ID), "Withdrawal of a brand in "+string(c.Withdrawal.Currency), c.Withdrawal.OrganizationID, workflows.Withdrawal, workflows.WithdrawalInput{Withdrawal: c.Withdrawal, CheckInterval: e.settings.Campaign.CheckInterval})
	var status funding.WithdrawalStatus
	err := e.updateWithStart(ctx, "the withdrawal", start, workflows.UpdateReserved, &status)
	return status, err
}

// CancelWithdrawal returns to the balance what a withdrawal has not sent. It returns fault.Conflict
// "withdrawal_ended" and "not_running".
func (e *Engine) CancelWithdrawal(ctx context.Context, c command.CancelWithdrawal) (funding.WithdrawalStatus, error) {
	var status funding.WithdrawalStatus
	err := e.sendUpdate(ctx, "the withdrawal", names.Withdrawal(c.WithdrawalID), update{c.ID, workflows.UpdateCancel}, &status,
		workflows.Operator{Actor: c.Actor, Reason: c.Reason})
	return status, err
}

// startForOrganization starts a workflow that moves money of an organization's balance, or finds the
// running one.
func (e *Engine) startForOrganization(id, summary, organizationID string, workflow, input any) client.WithStartWorkflowOperation {
	return e.client.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: id, TaskQueue: workflows.QueueCampaigns, WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING, StaticSummary: summary,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			workflows.AttributeOrganizationID.ValueSet(organizationID), workflows.AttributeNeedsAttention.ValueSet(false),
		),
	}, workflow, input)
}
