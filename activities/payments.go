package activities

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/reconcile"
	"github.com/creditroll/creditroll/payments"
)

// Payments are the calls to the payment rail. An activity that moves money is one call under a
// key that was stored before; repeating it is safe within the key's life.
type Payments struct {
	Rail payments.Rail
}

// The calls to the payment rail.
var (
	// CreateFunding creates the payment of a campaign's budget. A declined payment method is an
	// answer, not a failure: the payment exists and has to be cancelled.
	CreateFunding = Activity[rail.FundingRequest, rail.Funding]{"CreateFunding"}
	// GetFunding reads where a payment, named by its id, stands.
	GetFunding = Activity[string, rail.Funding]{"GetFunding"}
	// FindFunding looks for a payment whose creation had no clear answer.
	FindFunding = Activity[FundingGeneration, FoundFunding]{"FindFunding"}
	// CancelFunding gives up a payment that has not succeeded.
	CancelFunding = Activity[string, rail.Funding]{"CancelFunding"}
	// CreateRefund refunds unspent escrow.
	CreateRefund = Activity[rail.RefundRequest, rail.Refund]{"CreateRefund"}
	// ListRefunds lists the refunds of a payment, newest first.
	ListRefunds = Activity[string, []rail.Refund]{"ListRefunds"}
	// GetDispute reads where a dispute stands.
	GetDispute = Activity[string, rail.Dispute]{"GetDispute"}

	// GetAccount reads whether a connected account can be paid.
	GetAccount = Activity[string, rail.Account]{"GetAccount"}
	// CreateTransfer sends phase one.
	CreateTransfer = Activity[rail.TransferRequest, Found]{"CreateTransfer"}
	// FindTransfer looks for the transfer of a generation.
	FindTransfer = Activity[PayoutGeneration, Found]{"FindTransfer"}
	// ReverseTransfer takes phase one back.
	ReverseTransfer = Activity[rail.ReversalRequest, Found]{"ReverseTransfer"}
	// FindReversal looks for the reversal of a generation.
	FindReversal = Activity[PayoutGeneration, Found]{"FindReversal"}
	// CreateBankPayout sends phase two.
	CreateBankPayout = Activity[rail.BankPayoutRequest, Found]{"CreateBankPayout"}
	// GetBankPayout reads where a bank payout stands.
	GetBankPayout = Activity[BankPayoutOf, Found]{"GetBankPayout"}
	// FindBankPayout looks for the bank payout of a generation.
	FindBankPayout = Activity[PayoutGeneration, Found]{"FindBankPayout"}
	// ReadNamedObject reads a transfer or a bank payout that an operator named.
	ReadNamedObject = Activity[ObjectOfPhase, rail.NamedObject]{"ReadNamedObject"}

	// ListProcessorObjects reads one page of a list of the processor.
	ListProcessorObjects = Activity[rail.ListRequest, rail.Page]{"ListProcessorObjects"}
	// GetProcessorObject reads one object by its id; that it is absent is an answer.
	GetProcessorObject = Activity[reconcile.Named, rail.Page]{"GetProcessorObject"}
)

// FundingGeneration names a generation of a campaign's payment, asked for at or after Since.
type FundingGeneration struct {
	CampaignID string    `json:"campaign_id"`
	Generation int       `json:"generation"`
	Since      time.Time `json:"since"`
}

// FoundFunding is a payment that a look-up found, or not.
type FoundFunding struct {
	Found  bool               `json:"found"`
	ID     string             `json:"id,omitempty"`
	Status rail.FundingStatus `json:"status,omitempty"`
}

// PayoutGeneration names one generation of a phase at the rail.
type PayoutGeneration struct {
	PayoutID   string `json:"payout_id"`
	Generation int    `json:"generation"`
	Account    string `json:"account,omitempty"`
	TransferID string `json:"transfer_id,omitempty"`
}

// BankPayoutOf names a bank payout on a connected account.
type BankPayoutOf struct {
	Account      string `json:"account"`
	BankPayoutID string `json:"bank_payout_id"`
}

// ObjectOfPhase is an object of a phase that an operator named.
type ObjectOfPhase struct {
	Phase      payout.Phase `json:"phase"`
	Account    string       `json:"account"`
	TransferID string       `json:"transfer_id,omitempty"`
	ID         string       `json:"id"`
}

// Found is an object of a payout's phase that a call made or a look-up found, or not. A bank
// payout has the last three fields.
type Found struct {
	Found           bool                  `json:"found"`
	ID              string                `json:"id,omitempty"`
	Status          rail.BankPayoutStatus `json:"status,omitempty"`
	FailureCode     string                `json:"failure_code,omitempty"`
	FailureObjectID string                `json:"failure_object_id,omitempty"`
}

// Register binds the calls that move money and the reads that go with them.
func (p Payments) Register(registry Registry) {
	bind(registry, CreateFunding, p.createFunding)
	bind(registry, GetFunding, p.Rail.GetFunding)
	bind(registry, FindFunding, func(ctx context.Context, in FundingGeneration) (FoundFunding, error) {
		funding, found, err := p.Rail.FindFunding(ctx, in.CampaignID, in.Generation, in.Since)
		return FoundFunding{Found: found, ID: funding.ID, Status: funding.Status}, err
	})
	bind(registry, CancelFunding, p.Rail.CancelFunding)
	bind(registry, CreateRefund, p.Rail.CreateRefund)
	bind(registry, ListRefunds, p.Rail.ListRefunds)
	bind(registry, GetDispute, p.Rail.GetDispute)

	bind(registry, GetAccount, p.Rail.GetAccount)
	bind(registry, CreateTransfer, func(ctx context.Context, in rail.TransferRequest) (Found, error) {
		made, err := p.Rail.CreateTransfer(ctx, in)
		return Found{Found: err == nil, ID: made.ID}, err
	})
	bind(registry, FindTransfer, func(ctx context.Context, in PayoutGeneration) (Found, error) {
		made, found, err := p.Rail.FindTransfer(ctx, in.PayoutID, in.Generation)
		return Found{Found: found, ID: made.ID}, err
	})
	bind(registry, ReverseTransfer, func(ctx context.Context, in rail.ReversalRequest) (Found, error) {
		made, err := p.Rail.ReverseTransfer(ctx, in)
		return Found{Found: err == nil, ID: made.ID}, err
	})
	bind(registry, FindReversal, func(ctx context.Context, in PayoutGeneration) (Found, error) {
		made, found, err := p.Rail.FindReversal(ctx, in.TransferID, in.Generation)
		return Found{Found: found, ID: made.ID}, err
	})
	bind(registry, CreateBankPayout, func(ctx context.Context, in rail.BankPayoutRequest) (Found, error) {
		made, err := p.Rail.CreateBankPayout(ctx, in)
		return foundBankPayout(err == nil, made), err
	})
	bind(registry, GetBankPayout, func(ctx context.Context, in BankPayoutOf) (Found, error) {
		made, err := p.Rail.GetBankPayout(ctx, in.Account, in.BankPayoutID)
		return foundBankPayout(err == nil, made), err
	})
	bind(registry, FindBankPayout, func(ctx context.Context, in PayoutGeneration) (Found, error) {
		made, found, err := p.Rail.FindBankPayout(ctx, in.Account, in.PayoutID, in.Generation)
		return foundBankPayout(found, made), err
	})
	bind(registry, ReadNamedObject, p.readNamedObject)
}

// RegisterReads binds the reads that reconciliation makes by the thousand. They have a queue of
// their own.
func (p Payments) RegisterReads(registry Registry) {
	bind(registry, ListProcessorObjects, p.Rail.List)
	bind(registry, GetProcessorObject, func(ctx context.Context, in reconcile.Named) (rail.Page, error) {
		objects, err := p.Rail.Look(ctx, in)
		return rail.Page{Objects: objects}, err
	})
}

func (p Payments) createFunding(ctx context.Context, in rail.FundingRequest) (rail.Funding, error) {
	funding, err := p.Rail.CreateFunding(ctx, in)
	if funding.DeclinedBecause != "" {
		return funding, nil
	}
	return funding, err
}

func foundBankPayout(found bool, made rail.BankPayout) Found {
	return Found{Found: found, ID: made.ID, Status: made.Status, FailureCode: made.FailureCode, FailureObjectID: made.FailureTransactionID}
}

func (p Payments) readNamedObject(ctx context.Context, in ObjectOfPhase) (rail.NamedObject, error) {
	switch in.Phase {
	case payout.Transfer:
		made, err := p.Rail.GetTransfer(ctx, in.ID)
		return rail.NamedObject{ID: made.ID, PayoutID: made.PayoutID, Generation: made.Generation, AmountMinor: made.AmountMinor - made.ReversedMinor}, err
	case payout.BankPayout:
		made, err := p.Rail.GetBankPayout(ctx, in.Account, in.ID)
		return rail.NamedObject{ID: made.ID, PayoutID: made.PayoutID, Generation: made.Generation, AmountMinor: made.AmountMinor}, err
	}
	return rail.NamedObject{}, fault.New(fault.Conflict, "not_resolvable", "a %s cannot be resolved by hand: retry it", in.Phase)
}
