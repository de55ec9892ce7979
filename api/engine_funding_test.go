package api_test

import (
	"cmp"
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
)

// CreateDeposit has a payment that succeeds at once with a payment method, and otherwise waits.
func (e *engine) CreateDeposit(ctx context.Context, c command.CreateDeposit) (command.DepositStarted, error) {
	if err := e.work(); err != nil {
		return command.DepositStarted{}, err
	}
	if running, err := e.store.Funding.GetDeposit(ctx, c.Deposit.ID); err == nil { // its workflow keeps the first request
		return command.DepositStarted{Status: running.Status, PaymentIntentID: running.PaymentIntentID, PaymentStatus: "requires_payment_method"}, nil
	}
	c.Deposit.Now = time.Now()
	if _, err := e.store.Funding.CreateDeposit(ctx, c.Deposit); err != nil {
		return command.DepositStarted{}, err
	}
	started := command.DepositStarted{Status: funding.DepositPending, PaymentIntentID: "pi_" + c.Deposit.ID, PaymentStatus: "requires_payment_method"}
	if err := e.store.Funding.SetPayment(ctx, c.Deposit.ID, started.PaymentIntentID); err != nil || c.PaymentMethod == "" {
		return started, err
	}
	return command.DepositStarted{Status: funding.DepositReceived, PaymentIntentID: started.PaymentIntentID}, e.store.Funding.RecordDeposit(ctx, ledger.Deposit{
		DepositID: c.Deposit.ID, OrganizationID: c.Deposit.OrganizationID, PaymentIntentID: started.PaymentIntentID, Currency: c.Deposit.Currency,
		GrossMinor: c.Deposit.PaymentMinor(), SurchargeMinor: c.Deposit.SurchargeMinor, FeeMinor: c.Deposit.SurchargeMinor, At: time.Now(),
	})
}

func (e *engine) CancelDeposit(ctx context.Context, c command.CancelDeposit) (funding.DepositStatus, error) {
	if err := e.work(); err != nil {
		return "", err
	}
	if read, err := e.store.Funding.GetDeposit(ctx, c.DepositID); err != nil || read.Status.Ended() {
		return "", cmp.Or(err, error(fault.New(fault.Conflict, "not_running", "the deposit is not running")))
	}
	return funding.DepositCancelled, e.store.Funding.EndDeposit(ctx, funding.DepositEnd{DepositID: c.DepositID, Status: funding.DepositCancelled, At: time.Now()})
}

func (e *engine) CreateWithdrawal(ctx context.Context, c command.CreateWithdrawal) (funding.WithdrawalStatus, error) {
	if err := e.work(); err != nil {
		return "", err
	}
	if running, err := e.store.Funding.GetWithdrawal(ctx, c.Withdrawal.ID); err == nil { // as above
		return running.Status, nil
	}
	c.Withdrawal.Now = time.Now()
	reserved, err := e.store.Funding.Reserve(ctx, c.Withdrawal)
	if err != nil {
		return "", err
	}
	_, err = e.store.Funding.Plan(ctx, c.Withdrawal.ID, time.Now())
	return reserved.Status, err
}

func (e *engine) CancelWithdrawal(ctx context.Context, c command.CancelWithdrawal) (funding.WithdrawalStatus, error) {
	if err := e.work(); err != nil {
		return "", err
	}
	if read, err := e.store.Funding.GetWithdrawal(ctx, c.WithdrawalID); err != nil || read.Status.Ended() {
		return "", cmp.Or(err, error(fault.New(fault.Conflict, "not_running", "the withdrawal is not running")))
	}
	cancelled, err := e.store.Funding.Cancel(ctx, c.WithdrawalID, access.OperatorAction{
		ID: uuid.NewString(), Subject: "withdrawal/" + c.WithdrawalID, Action: "cancel", Actor: c.Actor, Reason: c.Reason,
	}, time.Now())
	return cancelled.Status, err
}
