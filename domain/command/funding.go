package command

import "github.com/creditroll/creditroll/domain/funding"

// CreateDeposit requests a payment into the balance of an organization. PaymentMethod is an id of the
// payment service, or empty if the payer chooses later. Repeating it with the same id and content changes
// nothing.
type CreateDeposit struct {
	Deposit       funding.NewDeposit
	PaymentMethod string
}

// DepositStarted is how far a deposit has come. PaymentIntentID is empty while it is not known whether the
// payment was created. PaymentStatus is in the payment service's words, and empty once the deposit has
// ended.
type DepositStarted struct {
	Status          funding.DepositStatus
	PaymentIntentID string
	PaymentStatus   string
}

// CancelDeposit cancels a payment that has not succeeded. A command with an ID is carried out once.
type CancelDeposit struct {
	ID        string
	DepositID string
	Actor     string
	Reason    string
}

// CreateWithdrawal takes an amount out of the balance of an organization. Repeating it with the same id and
// content changes nothing.
type CreateWithdrawal struct {
	Withdrawal funding.NewWithdrawal
}

// CancelWithdrawal returns to the balance what a withdrawal has not sent. ID is as in CancelDeposit.
type CancelWithdrawal struct {
	ID           string
	WithdrawalID string
	Actor        string
	Reason       string
}
