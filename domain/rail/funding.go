package rail

import (
	"fmt"
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// FundingStatus says how far a brand's payment has come.
type FundingStatus string

// The states of a funding. Only the last two are final.
const (
	FundingRequiresPaymentMethod FundingStatus = "requires_payment_method" // none yet, or it was declined
	FundingRequiresConfirmation  FundingStatus = "requires_confirmation"
	FundingRequiresAction        FundingStatus = "requires_action" // the payer has to act, for example at the bank's page
	FundingProcessing            FundingStatus = "processing"
	FundingSucceeded             FundingStatus = "succeeded"
	FundingCanceled              FundingStatus = "canceled"
)

// FundingOwner is what a brand pays for: a campaign, or a deposit into its own balance. One of the ids
// is empty.
type FundingOwner struct {
	CampaignID string `json:"campaign_id,omitempty"`
	DepositID  string `json:"deposit_id,omitempty"`
}

// FundingRequest asks a brand for the budget of a campaign, or for a deposit.
type FundingRequest struct {
	CampaignID  string         `json:"campaign_id,omitempty"`
	DepositID   string         `json:"deposit_id,omitempty"`
	AmountMinor int64          `json:"amount_minor"`
	Currency    money.Currency `json:"currency"`
	// PaymentMethod is optional. With one the payment is confirmed at once.
	PaymentMethod string `json:"payment_method,omitempty"`
	// Generation counts the attempts to fund one campaign or to make one deposit.
	Generation     int    `json:"generation"`
	IdempotencyKey string `json:"idempotency_key"`
}

// Owner returns what the payment is for.
func (r FundingRequest) Owner() FundingOwner {
	return FundingOwner{CampaignID: r.CampaignID, DepositID: r.DepositID}
}

// Funding is a brand's payment for a campaign or a deposit, as far as it has come.
type Funding struct {
	ID     string        `json:"id"`
	Status FundingStatus `json:"status"`
	// ClientSecret lets the brand's browser complete the payment. It is for that browser alone:
	// it is never stored, logged or written to a payload.
	ClientSecret  string         `json:"-"`
	AmountMinor   int64          `json:"amount_minor"`
	ReceivedMinor int64          `json:"received_minor,omitempty"`
	Currency      money.Currency `json:"currency"`
	CampaignID    string         `json:"campaign_id,omitempty"`
	DepositID     string         `json:"deposit_id,omitempty"`
	Generation    int            `json:"generation,omitempty"`
	ChargeID      string         `json:"charge_id,omitempty"`
	// Method is the rail's word for how the brand paid, such as card, and PaidAt is when. Both are
	// empty before it has tried.
	Method string    `json:"method,omitempty"`
	PaidAt time.Time `json:"paid_at,omitzero"`
	// FeeMinor, NetMinor and AvailableOn are known once SettlementCurrency is set. That
	// currency differs from Currency when the rail converted the payment. NetMinor + FeeMinor
	// is then the converted amount.
	FeeMinor           int64          `json:"fee_minor,omitempty"`
	NetMinor           int64          `json:"net_minor,omitempty"`
	SettlementCurrency money.Currency `json:"settlement_currency,omitempty"`
	AvailableOn        time.Time      `json:"available_on,omitzero"`
	// FailureCode is the rail's code for why the latest attempt to pay failed, if it did.
	FailureCode string `json:"failure_code,omitempty"`
	// DeclinedBecause is the code of the refusal if creating the payment was declined. The
	// payment exists and has to be cancelled.
	DeclinedBecause string `json:"declined_because,omitempty"`
}

// String identifies the payment without its client secret.
func (f Funding) String() string { return fmt.Sprintf("funding %s (%s)", f.ID, f.Status) }

// GoString identifies the payment without its client secret.
func (f Funding) GoString() string { return f.String() }

// RefundStatus says how far a refund has come.
type RefundStatus string

// The states of a refund. One that has succeeded can still fail weeks later.
const (
	RefundPending   RefundStatus = "pending"
	RefundSucceeded RefundStatus = "succeeded"
	RefundFailed    RefundStatus = "failed"
	RefundCanceled  RefundStatus = "canceled"
)

// RefundRequest returns money to the brand: unspent escrow of a campaign, or a deposit for a withdrawal.
// Number counts the refunds of the withdrawal.
type RefundRequest struct {
	CampaignID   string `json:"campaign_id,omitempty"`
	DepositID    string `json:"deposit_id,omitempty"`
	WithdrawalID string `json:"withdrawal_id,omitempty"`
	Number       int    `json:"number,omitempty"`
	// Converted requests the refund of a payment that the rail converted. Number counts these refunds.
	Converted   bool   `json:"converted,omitempty"`
	FundingID   string `json:"funding_id"`
	AmountMinor int64  `json:"amount_minor"`
	// Currency is that of the payment.
	Currency       money.Currency `json:"currency"`
	IdempotencyKey string         `json:"idempotency_key"`
}

// Refund is money on its way back to a brand. Our ids are empty on a refund that we did not make.
type Refund struct {
	ID          string         `json:"id"`
	Status      RefundStatus   `json:"status"`
	AmountMinor int64          `json:"amount_minor"`
	Currency    money.Currency `json:"currency"`
	FundingID   string         `json:"funding_id,omitempty"`
	CampaignID  string         `json:"campaign_id,omitempty"`
	// WithdrawalID and Number say which refund of a withdrawal it is, or which one of a converted payment.
	WithdrawalID string `json:"withdrawal_id,omitempty"`
	Number       int    `json:"number,omitempty"`
	// FailureCode is the rail's code for why the refund failed.
	FailureCode string `json:"failure_code,omitempty"`
	// FailureTransactionID is the movement that brought the money of a failed refund back to
	// the platform.
	FailureTransactionID string `json:"failure_transaction_id,omitempty"`
	// WithdrawnMinor was taken from the platform's balance for the refund, and ReturnedMinor came
	// back when it failed. They are in SettlementCurrency, which differs from Currency when the rail
	// converts, each at the rate of its day. SettlementCurrency is empty until something was taken.
	WithdrawnMinor     int64          `json:"withdrawn_minor,omitempty"`
	ReturnedMinor      int64          `json:"returned_minor,omitempty"`
	SettlementCurrency money.Currency `json:"settlement_currency,omitempty"`
	CreatedAt          time.Time      `json:"created_at"`
}

// DisputeStatus says how far a dispute has come.
type DisputeStatus string

// The states of a dispute.
const (
	DisputeOpen    DisputeStatus = "open"
	DisputeInquiry DisputeStatus = "inquiry" // the bank asks; no money is taken
	DisputeDropped DisputeStatus = "dropped" // an inquiry that has ended
	DisputeWon     DisputeStatus = "won"
	DisputeLost    DisputeStatus = "lost"
)

// Dispute is a payer's bank taking back what a brand paid, as far as it has come. What moved
// says more than Status: money is withdrawn at the start, some time after the dispute
// appears, and reinstated some time after it is won.
type Dispute struct {
	ID     string        `json:"id"`
	Status DisputeStatus `json:"status"`
	// Reason is the rail's word for what the payer claims.
	Reason      string         `json:"reason,omitempty"`
	AmountMinor int64          `json:"amount_minor"`
	Currency    money.Currency `json:"currency"`
	FundingID   string         `json:"funding_id,omitempty"`
	// DueBy is the last time at which the bank accepts evidence; zero if it accepts none.
	DueBy time.Time `json:"due_by,omitzero"`
	// WithdrawnMinor was taken from the platform's balance for the dispute, and FeeMinor on top
	// of it. Both are zero while nothing was taken. They are in SettlementCurrency, which
	// differs from Currency when the rail converts.
	WithdrawnMinor     int64          `json:"withdrawn_minor,omitempty"`
	FeeMinor           int64          `json:"fee_minor,omitempty"`
	SettlementCurrency money.Currency `json:"settlement_currency,omitempty"`
	// Reinstated reports that what was withdrawn is back. ReinstatedMinor came back, without the fee.
	// It differs from WithdrawnMinor when the rail converts, because each has the rate of its day.
	Reinstated      bool  `json:"reinstated,omitempty"`
	ReinstatedMinor int64 `json:"reinstated_minor,omitempty"`
}
