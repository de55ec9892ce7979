package activities

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/reconcile"
	"github.com/creditroll/creditroll/payments"
)

// Payments is what activities ask of Stripe; payments.Client is it.
type Payments interface {
	CreateFunding(ctx context.Context, request payments.FundingRequest) (payments.PaymentIntent, error)
	GetFunding(ctx context.Context, id string) (payments.PaymentIntent, error)
	FindFunding(ctx context.Context, campaignID string, generation int, createdSince time.Time) (payments.PaymentIntent, bool, error)
	CancelFunding(ctx context.Context, id string) (payments.PaymentIntent, error)
	CreateRefund(ctx context.Context, request payments.RefundRequest) (payments.Refund, error)
	ListRefunds(ctx context.Context, paymentIntentID string) ([]payments.Refund, error)
	GetDispute(ctx context.Context, id string) (payments.Dispute, error)
	GetAccount(ctx context.Context, id string) (payments.Account, error)
	CreateTransfer(ctx context.Context, request payments.TransferRequest) (payments.Transfer, error)
	GetTransfer(ctx context.Context, id string) (payments.Transfer, error)
	FindTransfer(ctx context.Context, payoutID string, generation int) (payments.Transfer, bool, error)
	ReverseTransfer(ctx context.Context, request payments.ReversalRequest) (payments.Reversal, error)
	FindReversal(ctx context.Context, transferID string, generation int) (payments.Reversal, bool, error)
	CreateBankPayout(ctx context.Context, request payments.BankPayoutRequest) (payments.BankPayout, error)
	GetBankPayout(ctx context.Context, account, id string) (payments.BankPayout, error)
	FindBankPayout(ctx context.Context, account, payoutID string, generation int) (payments.BankPayout, bool, error)
	List(ctx context.Context, request payments.ListRequest) (payments.ListedPage, error)
	Look(ctx context.Context, named reconcile.Named) ([]reconcile.Object, error)
}

// Stripe calls Stripe. An activity that moves money is one call under a key that was stored
// before; repeating it is safe within the key's life.
type Stripe struct {
	Payments Payments
}

// Funding is where a campaign's payment stands. It carries no client secret: histories are
// read by many.
type Funding struct {
	PaymentIntentID string    `json:"payment_intent_id"`
	Status          string    `json:"status"`
	AmountMinor     int64     `json:"amount_minor"`
	FeeMinor        int64     `json:"fee_minor"`
	SettledIn       string    `json:"settled_in,omitempty"`
	AvailableOn     time.Time `json:"available_on"`
	// DeclinedBecause is Stripe's code if the payment method was declined.
	DeclinedBecause string `json:"declined_because,omitempty"`
}

func fundingOf(intent payments.PaymentIntent) Funding {
	return Funding{
		PaymentIntentID: intent.ID, Status: intent.Status, AmountMinor: intent.AmountMinor,
		FeeMinor: intent.FeeMinor, SettledIn: intent.SettlementCurrency, AvailableOn: intent.AvailableOn,
	}
}

// CreateFunding creates the payment of a campaign's budget. A declined payment method is an
// answer, not a failure: the payment exists and has to be cancelled.
func (a *Stripe) CreateFunding(ctx context.Context, in payments.FundingRequest) (Funding, error) {
	intent, err := a.Payments.CreateFunding(ctx, in)
	funding := fundingOf(intent)
	if fault.Is(err, fault.Conflict) && intent.ID != "" {
		funding.DeclinedBecause = fault.CodeOf(err)
		return funding, nil
	}
	return funding, Failure(err)
}

// GetFunding reads where a payment stands.
func (a *Stripe) GetFunding(ctx context.Context, paymentIntentID string) (Funding, error) {
	intent, err := a.Payments.GetFunding(ctx, paymentIntentID)
	return fundingOf(intent), Failure(err)
}

// FindFunding names a generation of a campaign's payment, asked for at or after Since.
type FindFunding struct {
	CampaignID string    `json:"campaign_id"`
	Generation int       `json:"generation"`
	Since      time.Time `json:"since"`
}

// FindFunding looks for a payment that nobody answered for.
func (a *Stripe) FindFunding(ctx context.Context, in FindFunding) (Found, error) {
	intent, found, err := a.Payments.FindFunding(ctx, in.CampaignID, in.Generation, in.Since)
	return Found{Found: found, ID: intent.ID, Status: intent.Status}, Failure(err)
}

// CancelFunding gives up a payment that has not succeeded.
func (a *Stripe) CancelFunding(ctx context.Context, paymentIntentID string) (Funding, error) {
	intent, err := a.Payments.CancelFunding(ctx, paymentIntentID)
	return fundingOf(intent), Failure(err)
}

// CreateRefund refunds unspent escrow.
func (a *Stripe) CreateRefund(ctx context.Context, in payments.RefundRequest) (payments.Refund, error) {
	refund, err := a.Payments.CreateRefund(ctx, in)
	return refund, Failure(err)
}

// Found is an object that a look-up found, or not.
type Found struct {
	Found bool   `json:"found"`
	ID    string `json:"id,omitempty"`
	// Status is the object's own, where it has one.
	Status string `json:"status,omitempty"`
}

// ListRefunds lists the refunds of a payment, newest first.
func (a *Stripe) ListRefunds(ctx context.Context, paymentIntentID string) ([]payments.Refund, error) {
	refunds, err := a.Payments.ListRefunds(ctx, paymentIntentID)
	return refunds, Failure(err)
}

// GetDispute reads where a dispute stands.
func (a *Stripe) GetDispute(ctx context.Context, disputeID string) (payments.Dispute, error) {
	dispute, err := a.Payments.GetDispute(ctx, disputeID)
	return dispute, Failure(err)
}

// GetAccount reads whether a connected account can be paid.
func (a *Stripe) GetAccount(ctx context.Context, account string) (payout.Account, error) {
	found, err := a.Payments.GetAccount(ctx, account)
	return payout.Account{PayoutsEnabled: found.PayoutsEnabled, TransfersActive: found.TransfersActive, DisabledReason: found.DisabledReason}, Failure(err)
}

// CreateTransfer sends phase one.
func (a *Stripe) CreateTransfer(ctx context.Context, in payments.TransferRequest) (Found, error) {
	transfer, err := a.Payments.CreateTransfer(ctx, in)
	return Found{Found: err == nil, ID: transfer.ID}, Failure(err)
}

// PayoutGeneration names one generation of a phase at Stripe.
type PayoutGeneration struct {
	PayoutID   string `json:"payout_id"`
	Generation int    `json:"generation"`
	Account    string `json:"account,omitempty"`
	TransferID string `json:"transfer_id,omitempty"`
}

// FindTransfer looks for the transfer of a generation.
func (a *Stripe) FindTransfer(ctx context.Context, in PayoutGeneration) (Found, error) {
	transfer, found, err := a.Payments.FindTransfer(ctx, in.PayoutID, in.Generation)
	return Found{Found: found, ID: transfer.ID}, Failure(err)
}

// ReverseTransfer takes phase one back.
func (a *Stripe) ReverseTransfer(ctx context.Context, in payments.ReversalRequest) (Found, error) {
	reversal, err := a.Payments.ReverseTransfer(ctx, in)
	return Found{Found: err == nil, ID: reversal.ID}, Failure(err)
}

// FindReversal looks for the reversal of a generation.
func (a *Stripe) FindReversal(ctx context.Context, in PayoutGeneration) (Found, error) {
	reversal, found, err := a.Payments.FindReversal(ctx, in.TransferID, in.Generation)
	return Found{Found: found, ID: reversal.ID}, Failure(err)
}

// BankPayout is where phase two stands.
type BankPayout struct {
	Found           bool   `json:"found"`
	ID              string `json:"id,omitempty"`
	Status          string `json:"status,omitempty"`
	FailureCode     string `json:"failure_code,omitempty"`
	FailureObjectID string `json:"failure_object_id,omitempty"`
}

func bankPayoutOf(found bool, made payments.BankPayout) BankPayout {
	return BankPayout{Found: found, ID: made.ID, Status: made.Status, FailureCode: made.FailureCode, FailureObjectID: made.FailureBalanceTransactionID}
}

// CreateBankPayout sends phase two.
func (a *Stripe) CreateBankPayout(ctx context.Context, in payments.BankPayoutRequest) (BankPayout, error) {
	made, err := a.Payments.CreateBankPayout(ctx, in)
	return bankPayoutOf(err == nil, made), Failure(err)
}

// FindBankPayout looks for the bank payout of a generation.
func (a *Stripe) FindBankPayout(ctx context.Context, in PayoutGeneration) (BankPayout, error) {
	made, found, err := a.Payments.FindBankPayout(ctx, in.Account, in.PayoutID, in.Generation)
	return bankPayoutOf(found, made), Failure(err)
}

// BankPayoutOf names a bank payout on a connected account.
type BankPayoutOf struct {
	Account      string `json:"account"`
	BankPayoutID string `json:"bank_payout_id"`
}

// GetBankPayout reads where a bank payout stands.
func (a *Stripe) GetBankPayout(ctx context.Context, in BankPayoutOf) (BankPayout, error) {
	made, err := a.Payments.GetBankPayout(ctx, in.Account, in.BankPayoutID)
	return bankPayoutOf(err == nil, made), Failure(err)
}

// NameObject is an object of a phase that an operator named.
type NameObject struct {
	Phase      payout.Phase `json:"phase"`
	Account    string       `json:"account"`
	TransferID string       `json:"transfer_id,omitempty"`
	ID         string       `json:"id"`
}

// NamedObject is what that object says of itself.
type NamedObject struct {
	ID          string `json:"id"`
	PayoutID    string `json:"payout_id"`
	Generation  int    `json:"generation"`
	AmountMinor int64  `json:"amount_minor"`
}

// ReadNamedObject reads a transfer, a bank payout or a reversal by its id.
func (a *Stripe) ReadNamedObject(ctx context.Context, in NameObject) (NamedObject, error) {
	switch in.Phase {
	case payout.Transfer:
		made, err := a.Payments.GetTransfer(ctx, in.ID)
		return NamedObject{ID: made.ID, PayoutID: made.PayoutID, Generation: made.Generation, AmountMinor: made.AmountMinor - made.ReversedMinor}, Failure(err)
	case payout.BankPayout:
		made, err := a.Payments.GetBankPayout(ctx, in.Account, in.ID)
		return NamedObject{ID: made.ID, PayoutID: made.PayoutID, Generation: made.Generation, AmountMinor: made.AmountMinor}, Failure(err)
	}
	return NamedObject{}, Failure(fault.New(fault.Conflict, "not_resolvable", "a %s cannot be resolved by hand: retry it", in.Phase))
}
