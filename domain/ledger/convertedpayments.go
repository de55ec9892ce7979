package ledger

import (
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// ConvertedPayment is a brand's payment that the processor converted into another currency. It funds
// nothing: it is refunded in full. Its entries are in the currency in which it settled, because no money
// moved in the other one. FXClearing has what is to go back to the brand.
type ConvertedPayment struct {
	PaymentIntentID string
	Currency        money.Currency
	// NetMinor is what the balance received, and FeeMinor what the processor kept.
	NetMinor int64
	FeeMinor int64
	At       time.Time
}

// ConvertedPaymentReceived books what arrived. The reference is the PaymentIntent.
func ConvertedPaymentReceived(p ConvertedPayment) Entry {
	return Entry{
		Kind: KindConvertedPaymentReceived, Reference: p.PaymentIntentID, Currency: p.Currency, EffectiveAt: p.At,
		Postings: legs(
			Posting{StripePlatform, p.NetMinor},
			Posting{ProcessingFees, p.FeeMinor},
			Posting{FXClearing, -p.NetMinor - p.FeeMinor},
		),
	}
}

// ConvertedReturn is money of a converted payment that goes back to the brand: a refund, or a dispute that
// was lost. TakenMinor is what it took from the balance, at the rate of its day. ClosedMinor of it is what
// the same share of the payment had brought, and LostMinor is what the brand receives beyond its payment.
// The rest is the difference of the rates.
type ConvertedReturn struct {
	// ObjectID is the processor's refund or dispute.
	ObjectID    string
	Currency    money.Currency
	TakenMinor  int64
	ClosedMinor int64
	LostMinor   int64
	At          time.Time
}

func (r ConvertedReturn) differenceMinor() int64 { return r.TakenMinor - r.ClosedMinor - r.LostMinor }

func (r ConvertedReturn) against(kind Kind, source Account) Entry {
	return Entry{
		Kind: kind, Reference: r.ObjectID, Currency: r.Currency, EffectiveAt: r.At,
		Postings: legs(
			Posting{FXClearing, r.ClosedMinor},
			Posting{PlatformLosses, r.LostMinor},
			Posting{ExchangeDifferences, r.differenceMinor()},
			Posting{source, -r.TakenMinor},
		),
	}
}

// ConvertedPaymentRefunded books a refund of a converted payment. The reference is the refund.
func ConvertedPaymentRefunded(r ConvertedReturn) Entry {
	return r.against(KindConvertedPaymentRefunded, StripePlatform)
}

// ConvertedRefundFailed books that a refund came back, at the rate of that day. The reference is the same
// refund.
func ConvertedRefundFailed(r ConvertedReturn, returnedMinor int64) Entry {
	entry := Entry{
		Kind: KindConvertedRefundFailed, Reference: r.ObjectID, Currency: r.Currency, EffectiveAt: r.At,
		Postings: legs(
			Posting{StripePlatform, returnedMinor},
			Posting{FXClearing, -r.ClosedMinor},
			Posting{PlatformLosses, -r.LostMinor},
			Posting{ExchangeDifferences, r.ClosedMinor + r.LostMinor - returnedMinor},
		),
	}
	return entry.reversing(KindConvertedPaymentRefunded, r.ObjectID)
}

// ConvertedDisputeWon books what a won dispute over a converted payment returned, at the rate of that day.
func ConvertedDisputeWon(r ConvertedReturn, returnedMinor int64) Entry {
	return Entry{
		Kind: KindDisputeWon, Reference: r.ObjectID, Currency: r.Currency, EffectiveAt: r.At,
		Postings: legs(
			Posting{StripePlatform, returnedMinor},
			Posting{StripeDisputed, -r.TakenMinor},
			Posting{ExchangeDifferences, r.TakenMinor - returnedMinor},
		),
	}
}

// ConvertedDisputeLost books that the brand's bank has the money, as a refund would have given it.
func ConvertedDisputeLost(r ConvertedReturn) Entry {
	return r.against(KindDisputeLost, StripeDisputed)
}
