package activities

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/payments"
)

// Payments calls the payment rail. An activity that moves money is one call under a key that
// was stored before; repeating it is safe within the key's life.
type Payments struct {
	Rail payments.Rail
}

// CreateFunding creates the payment of a campaign's budget. A declined payment method is an
// answer, not a failure: the payment exists and has to be cancelled.
func (a *Payments) CreateFunding(ctx context.Context, in rail.FundingRequest) (rail.Funding, error) {
	funding, err := a.Rail.CreateFunding(ctx, in)
	if funding.DeclinedBecause != "" {
		return funding, nil
	}
	return funding, Failure(err)
}

// GetFunding reads where a payment stands.
func (a *Payments) GetFunding(ctx context.Context, fundingID string) (rail.Funding, error) {
	funding, err := a.Rail.GetFunding(ctx, fundingID)
	return funding, Failure(err)
}

// FindFunding names a generation of a campaign's payment, asked for at or after Since.
type FindFunding struct {
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

// FindFunding looks for a payment whose creation had no clear answer.
func (a *Payments) FindFunding(ctx context.Context, in FindFunding) (FoundFunding, error) {
	funding, found, err := a.Rail.FindFunding(ctx, in.CampaignID, in.Generation, in.Since)
	return FoundFunding{Found: found, ID: funding.ID, Status: funding.Status}, Failure(err)
}

// CancelFunding gives up a payment that has not succeeded.
func (a *Payments) CancelFunding(ctx context.Context, fundingID string) (rail.Funding, error) {
	funding, err := a.Rail.CancelFunding(ctx, fundingID)
	return funding, Failure(err)
}

// CreateRefund refunds unspent escrow.
func (a *Payments) CreateRefund(ctx context.Context, in rail.RefundRequest) (rail.Refund, error) {
	refund, err := a.Rail.CreateRefund(ctx, in)
	return refund, Failure(err)
}

// Found is an object that a look-up found, or not.
type Found struct {
	Found bool   `json:"found"`
	ID    string `json:"id,omitempty"`
}

// ListRefunds lists the refunds of a payment, newest first.
func (a *Payments) ListRefunds(ctx context.Context, fundingID string) ([]rail.Refund, error) {
	refunds, err := a.Rail.ListRefunds(ctx, fundingID)
	return refunds, Failure(err)
}

// GetDispute reads where a dispute stands.
func (a *Payments) GetDispute(ctx context.Context, disputeID string) (rail.Dispute, error) {
	dispute, err := a.Rail.GetDispute(ctx, disputeID)
	return dispute, Failure(err)
}

// GetAccount reads whether a connected account can be paid.
func (a *Payments) GetAccount(ctx context.Context, account string) (rail.Account, error) {
	found, err := a.Rail.GetAccount(ctx, account)
	return found, Failure(err)
}

// CreateTransfer sends phase one.
func (a *Payments) CreateTransfer(ctx context.Context, in rail.TransferRequest) (Found, error) {
	transfer, err := a.Rail.CreateTransfer(ctx, in)
	return Found{Found: err == nil, ID: transfer.ID}, Failure(err)
}

// PayoutGeneration names one generation of a phase at the rail.
type PayoutGeneration struct {
	PayoutID   string `json:"payout_id"`
	Generation int    `json:"generation"`
	Account    string `json:"account,omitempty"`
	TransferID string `json:"transfer_id,omitempty"`
}

// FindTransfer looks for the transfer of a generation.
func (a *Payments) FindTransfer(ctx context.Context, in PayoutGeneration) (Found, error) {
	transfer, found, err := a.Rail.FindTransfer(ctx, in.PayoutID, in.Generation)
	return Found{Found: found, ID: transfer.ID}, Failure(err)
}

// ReverseTransfer takes phase one back.
func (a *Payments) ReverseTransfer(ctx context.Context, in rail.ReversalRequest) (Found, error) {
	reversal, err := a.Rail.ReverseTransfer(ctx, in)
	return Found{Found: err == nil, ID: reversal.ID}, Failure(err)
}

// FindReversal looks for the reversal of a generation.
func (a *Payments) FindReversal(ctx context.Context, in PayoutGeneration) (Found, error) {
	reversal, found, err := a.Rail.FindReversal(ctx, in.TransferID, in.Generation)
	return Found{Found: found, ID: reversal.ID}, Failure(err)
}

// BankPayout is where phase two stands.
type BankPayout struct {
	Found           bool                  `json:"found"`
	ID              string                `json:"id,omitempty"`
	Status          rail.BankPayoutStatus `json:"status,omitempty"`
	FailureCode     string                `json:"failure_code,omitempty"`
	FailureObjectID string                `json:"failure_object_id,omitempty"`
}

func bankPayoutOf(found bool, made rail.BankPayout) BankPayout {
	return BankPayout{Found: found, ID: made.ID, Status: made.Status, FailureCode: made.FailureCode, FailureObjectID: made.FailureTransactionID}
}

// CreateBankPayout sends phase two.
func (a *Payments) CreateBankPayout(ctx context.Context, in rail.BankPayoutRequest) (BankPayout, error) {
	made, err := a.Rail.CreateBankPayout(ctx, in)
	return bankPayoutOf(err == nil, made), Failure(err)
}

// FindBankPayout looks for the bank payout of a generation.
func (a *Payments) FindBankPayout(ctx context.Context, in PayoutGeneration) (BankPayout, error) {
	made, found, err := a.Rail.FindBankPayout(ctx, in.Account, in.PayoutID, in.Generation)
	return bankPayoutOf(found, made), Failure(err)
}

// BankPayoutOf names a bank payout on a connected account.
type BankPayoutOf struct {
	Account      string `json:"account"`
	BankPayoutID string `json:"bank_payout_id"`
}

// GetBankPayout reads where a bank payout stands.
func (a *Payments) GetBankPayout(ctx context.Context, in BankPayoutOf) (BankPayout, error) {
	made, err := a.Rail.GetBankPayout(ctx, in.Account, in.BankPayoutID)
	return bankPayoutOf(err == nil, made), Failure(err)
}

// NameObject is an object of a phase that an operator named.
type NameObject struct {
	Phase      payout.Phase `json:"phase"`
	Account    string       `json:"account"`
	TransferID string       `json:"transfer_id,omitempty"`
	ID         string       `json:"id"`
}

// ReadNamedObject reads a transfer, a bank payout or a reversal by its id.
func (a *Payments) ReadNamedObject(ctx context.Context, in NameObject) (rail.NamedObject, error) {
	switch in.Phase {
	case payout.Transfer:
		made, err := a.Rail.GetTransfer(ctx, in.ID)
		return rail.NamedObject{ID: made.ID, PayoutID: made.PayoutID, Generation: made.Generation, AmountMinor: made.AmountMinor - made.ReversedMinor}, Failure(err)
	case payout.BankPayout:
		made, err := a.Rail.GetBankPayout(ctx, in.Account, in.ID)
		return rail.NamedObject{ID: made.ID, PayoutID: made.PayoutID, Generation: made.Generation, AmountMinor: made.AmountMinor}, Failure(err)
	}
	return rail.NamedObject{}, Failure(fault.New(fault.Conflict, "not_resolvable", "a %s cannot be resolved by hand: retry it", in.Phase))
}
