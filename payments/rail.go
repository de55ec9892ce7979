package payments

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// Rail moves money through one payment processor. The faults of all methods are those of the
// package documentation.
type Rail interface {
	// CreateFunding creates the payment of a campaign's budget or of a deposit. When the payment method is
	// declined it returns Conflict together with the payment, which exists and says why in
	// DeclinedBecause.
	CreateFunding(ctx context.Context, request rail.FundingRequest) (rail.Funding, error)
	GetFunding(ctx context.Context, id string) (rail.Funding, error)
	// FindFunding looks for the payment of one generation among those created since a time.
	FindFunding(ctx context.Context, owner rail.FundingOwner, generation int, createdSince time.Time) (rail.Funding, bool, error)
	// CancelFunding gives up a payment that has not succeeded, so that no money can arrive
	// through it. One that has succeeded is a Conflict.
	CancelFunding(ctx context.Context, id string) (rail.Funding, error)

	CreateRefund(ctx context.Context, request rail.RefundRequest) (rail.Refund, error)
	// ListRefunds returns all refunds of a payment, newest first, also those made by hand.
	ListRefunds(ctx context.Context, fundingID string) ([]rail.Refund, error)
	GetDispute(ctx context.Context, id string) (rail.Dispute, error)
	// ListSettledCurrencies returns the currencies in which a payment of a brand stays as it is. It returns
	// none if they are not configured and the processor does not show them.
	ListSettledCurrencies(ctx context.Context) ([]money.Currency, error)

	// GetVerification returns a session in which a brand is verified.
	GetVerification(ctx context.Context, id string) (rail.VerificationSession, error)

	GetAccount(ctx context.Context, id string) (rail.Account, error)
	// GetBalance returns the balances of a connected account, or of the platform for "", one per
	// currency.
	GetBalance(ctx context.Context, account string) ([]rail.Balance, error)

	CreateTransfer(ctx context.Context, request rail.TransferRequest) (rail.Transfer, error)
	GetTransfer(ctx context.Context, id string) (rail.Transfer, error)
	FindTransfer(ctx context.Context, payoutID string, generation int) (rail.Transfer, bool, error)
	ReverseTransfer(ctx context.Context, request rail.ReversalRequest) (rail.Reversal, error)
	// ListReversals returns all reversals of a transfer, newest first, also those made by hand.
	ListReversals(ctx context.Context, transferID string) ([]rail.Reversal, error)
	FindReversal(ctx context.Context, transferID string, generation int) (rail.Reversal, bool, error)

	// GetArrival returns what a transfer changed on the connected account, by the transfer's
	// ArrivalID. GetReturn does the same for a reversal, by its ReturnID.
	GetArrival(ctx context.Context, account, arrivalID string) (rail.Settlement, error)
	GetReturn(ctx context.Context, account, returnID string) (rail.Settlement, error)

	CreateBankPayout(ctx context.Context, request rail.BankPayoutRequest) (rail.BankPayout, error)
	GetBankPayout(ctx context.Context, account, id string) (rail.BankPayout, error)
	FindBankPayout(ctx context.Context, account, payoutID string, generation int) (rail.BankPayout, bool, error)

	// GetNamed returns the transfer, reversal or bank payout that an operator named. An id of
	// another object is Invalid "unknown_object_type".
	GetNamed(ctx context.Context, named rail.NamedRequest) (rail.NamedObject, error)

	// List returns one page of objects for the comparison with the books.
	List(ctx context.Context, request rail.ListRequest) (rail.Page, error)
	// Look reads one object by its id. An object that the processor does not know is an answer,
	// with the status reconcile.StatusAbsent.
	Look(ctx context.Context, named reconcile.Named) ([]reconcile.Object, error)
}

// Notices returns what an event of one rail concerns. It is a pure function: it is called
// again for an event that is delivered again.
type Notices func(rail.Event) rail.Notice
