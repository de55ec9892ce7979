package activities

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// The steps of deposits and withdrawals.
var (
	// CreateDeposit records a deposit.
	CreateDeposit = Activity[funding.NewDeposit, funding.Deposit]{"CreateDeposit"}
	// FreezeDepositPayment records that a payment is about to be requested.
	FreezeDepositPayment = Activity[PaymentAsked, funding.Deposit]{"FreezeDepositPayment"}
	// RecordDepositPayment records which payment a deposit waits for.
	RecordDepositPayment = Activity[DepositPayment, None]{"RecordDepositPayment"}
	// RecordDeposit books a payment into the balance.
	RecordDeposit = Activity[ledger.Deposit, None]{"RecordDeposit"}
	// EndDeposit records that no money can arrive through a deposit any more.
	EndDeposit = Activity[funding.DepositEnd, None]{"EndDeposit"}
	// ReadDeposit reads the data to start the workflow of a deposit again, named by its id.
	ReadDeposit = Activity[string, KnownDeposit]{"ReadDeposit"}
	// ListUnfinishedFunding lists deposits and withdrawals that have not ended.
	ListUnfinishedFunding = Activity[None, UnfinishedFunding]{"ListUnfinishedFunding"}
	// ReadOrganizationBalance reads the balance of an organization in a currency.
	ReadOrganizationBalance = Activity[BalanceOfOrganization, OrganizationBalance]{"ReadOrganizationBalance"}

	// ReserveWithdrawal takes the amount of a withdrawal out of the balance.
	ReserveWithdrawal = Activity[funding.NewWithdrawal, funding.Withdrawal]{"ReserveWithdrawal"}
	// PlanWithdrawal returns the next refund of a withdrawal, which it records before it is requested. It
	// records none before the caller knows that the platform's balance covers what is owed.
	PlanWithdrawal = Activity[PlanAt, funding.Plan]{"PlanWithdrawal"}
	// ListSentRefunds returns one refund of each deposit that a withdrawal, named by its id, has refunded.
	ListSentRefunds = Activity[string, []funding.Refund]{"ListSentRefunds"}
	// EndDepositRefund records a refund that was refused, or failed before it was booked.
	EndDepositRefund = Activity[funding.RefundEnd, None]{"EndDepositRefund"}
	// CancelWithdrawal returns to the balance what was neither sent nor requested.
	CancelWithdrawal = Activity[WithdrawalCancel, funding.Withdrawal]{"CancelWithdrawal"}
	// ReopenWithdrawal lets the next refund of a withdrawal, named by its id, be of any deposit.
	ReopenWithdrawal = Activity[string, None]{"ReopenWithdrawal"}
	// ListReopenedWithdrawals returns the withdrawals to continue, because a refund of a deposit, named by its
	// id, failed or is not booked yet.
	ListReopenedWithdrawals = Activity[string, []funding.NewWithdrawal]{"ListReopenedWithdrawals"}

	// RecordDepositRefund books a refund of a deposit.
	RecordDepositRefund = Activity[ledger.DepositRefund, None]{"RecordDepositRefund"}
	// RecordDepositRefundFailed books a refund of a deposit that came back.
	RecordDepositRefundFailed = Activity[funding.FailedRefund, None]{"RecordDepositRefundFailed"}
	// ListBookedDepositRefunds returns the ledger's records of refunds, by their ids.
	ListBookedDepositRefunds = Activity[[]string, campaign.BookedRefunds]{"ListBookedDepositRefunds"}
)

// PaymentAsked freezes the generation after Previous of a deposit's payment.
type PaymentAsked struct {
	DepositID string    `json:"deposit_id"`
	Previous  int       `json:"previous"`
	At        time.Time `json:"at"`
}

// DepositPayment is a payment and the deposit that it is for.
type DepositPayment struct {
	DepositID       string `json:"deposit_id"`
	PaymentIntentID string `json:"payment_intent_id"`
}

// KnownDeposit is a deposit that is on record. Ended is false if its workflow is still needed.
type KnownDeposit struct {
	Found   bool               `json:"found"`
	Ended   bool               `json:"ended,omitempty"`
	Deposit funding.NewDeposit `json:"deposit"`
}

// UnfinishedFunding has deposits that wait for their payment, and withdrawals that are not sent.
type UnfinishedFunding struct {
	Deposits    []funding.NewDeposit    `json:"deposits,omitempty"`
	Withdrawals []funding.NewWithdrawal `json:"withdrawals,omitempty"`
}

// BalanceOfOrganization requests the balance of an organization in a currency.
type BalanceOfOrganization struct {
	OrganizationID string         `json:"organization_id"`
	Currency       money.Currency `json:"currency"`
}

// OrganizationBalance is what is in a balance, and what of it is available.
type OrganizationBalance struct {
	BalanceMinor   int64 `json:"balance_minor"`
	AvailableMinor int64 `json:"available_minor"`
}

// PlanAt requests the next refund of a withdrawal.
type PlanAt struct {
	WithdrawalID string `json:"withdrawal_id"`
	// Covered: the platform's balance covers what is owed.
	Covered bool      `json:"covered,omitempty"`
	Now     time.Time `json:"now"`
}

// WithdrawalCancel cancels the rest of a withdrawal. By is who requests it.
type WithdrawalCancel struct {
	WithdrawalID string                `json:"withdrawal_id"`
	By           access.OperatorAction `json:"by"`
	Now          time.Time             `json:"now"`
}

func (l Ledger) registerFunding(registry Registry) {
	store := l.Books.Funding
	bind(registry, CreateDeposit, store.CreateDeposit)
	bind(registry, FreezeDepositPayment, func(ctx context.Context, in PaymentAsked) (funding.Deposit, error) {
		return store.FreezePayment(ctx, in.DepositID, in.Previous, in.At)
	})
	bindAction(registry, RecordDepositPayment, func(ctx context.Context, in DepositPayment) error {
		return store.SetPayment(ctx, in.DepositID, in.PaymentIntentID)
	})
	bindAction(registry, RecordDeposit, store.RecordDeposit)
	bindAction(registry, EndDeposit, store.EndDeposit)
	bind(registry, ReadDeposit, l.readDeposit)
	bind(registry, ListUnfinishedFunding, func(ctx context.Context, _ None) (UnfinishedFunding, error) {
		deposits, withdrawals, err := store.ListUnfinished(ctx)
		return UnfinishedFunding{Deposits: deposits, Withdrawals: withdrawals}, err
	})
	bind(registry, ReadOrganizationBalance, func(ctx context.Context, in BalanceOfOrganization) (OrganizationBalance, error) {
		read, err := store.GetBalance(ctx, in.OrganizationID, in.Currency)
		return OrganizationBalance{BalanceMinor: read.BalanceMinor, AvailableMinor: read.AvailableMinor()}, err
	})

	bind(registry, ReserveWithdrawal, store.Reserve)
	bind(registry, PlanWithdrawal, func(ctx context.Context, in PlanAt) (funding.Plan, error) {
		if !in.Covered {
			return store.Foresee(ctx, in.WithdrawalID)
		}
		return store.Plan(ctx, in.WithdrawalID, in.Now)
	})
	bind(registry, ListSentRefunds, store.ListSent)
	bindAction(registry, EndDepositRefund, store.EndRefund)
	bind(registry, CancelWithdrawal, func(ctx context.Context, in WithdrawalCancel) (funding.Withdrawal, error) {
		return store.Cancel(ctx, in.WithdrawalID, in.By, in.Now)
	})
	bindAction(registry, ReopenWithdrawal, store.Reopen)
	bind(registry, ListReopenedWithdrawals, store.ListReopened)

	bindAction(registry, RecordDepositRefund, store.RecordRefund)
	bindAction(registry, RecordDepositRefundFailed, store.RecordRefundFailed)
	bind(registry, ListBookedDepositRefunds, func(ctx context.Context, ids []string) (campaign.BookedRefunds, error) {
		booked, failed, err := store.ListBooked(ctx, ids)
		return campaign.BookedRefunds{Booked: booked, Failed: failed}, err
	})
}

func (l Ledger) readDeposit(ctx context.Context, depositID string) (KnownDeposit, error) {
	read, err := l.Books.Funding.GetDeposit(ctx, depositID)
	if fault.Is(err, fault.NotFound) {
		return KnownDeposit{}, nil
	}
	if err != nil {
		return KnownDeposit{}, err
	}
	return KnownDeposit{Found: true, Ended: read.Status.Ended(), Deposit: read.NewDeposit}, nil
}
