package funding

import (
	"math/big"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// PaymentConverted is the failure code of a deposit whose payment the processor converted into another
// currency. Such a payment is refunded.
const PaymentConverted = "payment_converted"

// ConvertedPayment is a brand's payment that settled in another currency than it was made in. It is for a
// campaign or a deposit, and one of the ids is empty.
type ConvertedPayment struct {
	PaymentIntentID string         `json:"payment_intent_id"`
	CampaignID      string         `json:"campaign_id,omitempty"`
	DepositID       string         `json:"deposit_id,omitempty"`
	AmountMinor     int64          `json:"amount_minor"`
	Currency        money.Currency `json:"currency"`
	// NetMinor is what the balance received and FeeMinor what the processor kept, both in
	// SettlementCurrency.
	NetMinor           int64          `json:"net_minor"`
	FeeMinor           int64          `json:"fee_minor"`
	SettlementCurrency money.Currency `json:"settlement_currency"`
	At                 time.Time      `json:"at"`
}

// GrossMinor is what the payment became, in the currency in which it settled.
func (p ConvertedPayment) GrossMinor() int64 { return p.NetMinor + p.FeeMinor }

// ConvertedStanding is how far the refund of a converted payment has come.
type ConvertedStanding struct {
	Payment ConvertedPayment `json:"payment"`
	// BackMinor is what the brand has back, in the currency of the payment: by refunds that did not fail
	// and by lost disputes. ClosedMinor is the part of GrossMinor that they closed.
	BackMinor   int64 `json:"back_minor"`
	ClosedMinor int64 `json:"closed_minor"`
	// Disputed reports that a dispute over the payment is open.
	Disputed bool `json:"disputed,omitempty"`
	// RefundNumber and RefundMinor are the refund that was frozen last. Zero is none.
	RefundNumber int   `json:"refund_number,omitempty"`
	RefundMinor  int64 `json:"refund_minor,omitempty"`
	// RefundEnded is the last number whose refund cannot move money any more: it is booked, or it failed or
	// was refused before it took any.
	RefundEnded int `json:"refund_ended,omitempty"`
	// Booked and Failed are the refunds that are booked, and those of them that came back.
	Booked []string `json:"booked,omitempty"`
	Failed []string `json:"failed,omitempty"`
}

// LeftMinor is what is still to go back to the brand, in the currency of the payment.
func (s ConvertedStanding) LeftMinor() int64 { return max(0, s.Payment.AmountMinor-s.BackMinor) }

// Return books how much of a return of amountMinor closes, in the currency of the payment. takenMinor is
// what it took from the balance. Shares are floors of cumulative amounts, so the last one closes exactly
// what is left. What goes beyond the payment is lost.
func (s ConvertedStanding) Return(objectID string, amountMinor, takenMinor int64, at time.Time) ledger.ConvertedReturn {
	made := ledger.ConvertedReturn{ObjectID: objectID, Currency: s.Payment.SettlementCurrency, TakenMinor: takenMinor, At: at}
	backMinor := min(s.BackMinor+amountMinor, s.Payment.AmountMinor)
	made.ClosedMinor = max(0, share(s.Payment.GrossMinor(), backMinor, s.Payment.AmountMinor)-s.ClosedMinor)
	beyondMinor := min(amountMinor, max(0, s.BackMinor+amountMinor-s.Payment.AmountMinor))
	made.LostMinor = share(takenMinor, beyondMinor, amountMinor)
	return made
}

// Outside books that the brand has received amountMinor elsewhere, as the correction with the id has
// decided. It returns fault.Invalid "wrong_currency" and fault.Conflict "payment_disputed",
// "payment_returned", "above_payment" or "amount_too_small". What a refund that was requested may still
// bring does not count.
func (s ConvertedStanding) Outside(correctionID string, currency money.Currency, amountMinor int64, at time.Time) (ledger.ConvertedReturn, error) {
	leftMinor := s.LeftMinor()
	if s.RefundEnded < s.RefundNumber {
		leftMinor -= s.RefundMinor
	}
	switch {
	case currency != s.Payment.Currency:
		return ledger.ConvertedReturn{}, fault.Field("currency", "wrong_currency", "the brand paid in %s, not in %s", s.Payment.Currency, currency)
	case s.Disputed:
		return ledger.ConvertedReturn{}, fault.New(fault.Conflict, "payment_disputed", "a dispute over the payment is open and may give the brand its money: wait until it is decided")
	case s.LeftMinor() == 0:
		return ledger.ConvertedReturn{}, fault.New(fault.Conflict, "payment_returned", "the brand has the whole payment already")
	case amountMinor > leftMinor:
		return ledger.ConvertedReturn{}, fault.New(fault.Conflict, "above_payment", "the brand lacks only %s of the payment that no refund is on its way for: reduce the amount",
			money.Amount{Minor: max(0, leftMinor), Currency: currency})
	}
	made := s.Return(correctionID, amountMinor, 0, at)
	made.TakenMinor = made.ClosedMinor
	if made.ClosedMinor == 0 {
		return made, fault.New(fault.Conflict, "amount_too_small", "the amount is worth nothing in %s, in which the payment settled: settle more of it at once", s.Payment.SettlementCurrency)
	}
	return made, nil
}

// share is amount * part / whole, rounded down.
func share(amountMinor, partMinor, wholeMinor int64) int64 {
	product := new(big.Int).Mul(big.NewInt(amountMinor), big.NewInt(partMinor))
	return product.Div(product, big.NewInt(wholeMinor)).Int64()
}

// ConvertedRefund is a refund of a converted payment. AmountMinor is in the currency of the payment, and
// TakenMinor what it took from the balance. Number is zero for one that a person made by hand.
type ConvertedRefund struct {
	PaymentIntentID string    `json:"payment_intent_id"`
	RefundID        string    `json:"refund_id"`
	Number          int       `json:"number,omitempty"`
	AmountMinor     int64     `json:"amount_minor"`
	TakenMinor      int64     `json:"taken_minor"`
	At              time.Time `json:"at"`
}

// ConvertedRefundFailure is a refund of a converted payment that came back. ReturnedMinor is what the
// balance received for it by the balance transaction TransactionID.
type ConvertedRefundFailure struct {
	PaymentIntentID string    `json:"payment_intent_id"`
	RefundID        string    `json:"refund_id"`
	TransactionID   string    `json:"transaction_id"`
	ReturnedMinor   int64     `json:"returned_minor"`
	At              time.Time `json:"at"`
}

// ConvertedRefundEnd says that the refund with a number moves no money: it was refused, or it failed before
// it took any.
type ConvertedRefundEnd struct {
	PaymentIntentID string `json:"payment_intent_id"`
	Number          int    `json:"number"`
}

// RefundAsked freezes the refund of a converted payment after the number Previous, of AmountMinor.
type RefundAsked struct {
	PaymentIntentID string    `json:"payment_intent_id"`
	Previous        int       `json:"previous"`
	AmountMinor     int64     `json:"amount_minor"`
	At              time.Time `json:"at"`
}
