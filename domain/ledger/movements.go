package ledger

import (
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// Movement is a change of our balance at the processor that belongs to no campaign and no payout.
// AmountMinor is what it adds to the balance, and is negative for what it takes. FeeMinor is what the
// processor kept of it or charged on top, such as for an instant payout to our bank, so AmountMinor
// plus FeeMinor was moved. The reference of its entry is the processor's balance transaction.
type Movement struct {
	TransactionID string
	Currency      money.Currency
	AmountMinor   int64
	FeeMinor      int64
	At            time.Time
}

// CapitalPaidIn books our own money that came to the processor: a top-up, or a payout to our bank
// that came back.
func CapitalPaidIn(m Movement) Entry { return m.entry(KindCapitalPaidIn, PlatformCapital) }

// CapitalTakenOut books our own money that left the processor: a payout to our bank, or a top-up that
// our bank took back.
func CapitalTakenOut(m Movement) Entry { return m.entry(KindCapitalTakenOut, PlatformCapital) }

// ProcessorFeeCharged books a fee that the processor takes from our balance instead of from a
// payment, such as that of Connect. A positive amount is a fee that it gives back. All of it is a fee.
func ProcessorFeeCharged(m Movement) Entry {
	m.FeeMinor = 0
	return m.entry(KindProcessorFee, ProcessingFees)
}

// FundsReserved books what the processor sets aside of our balance, so that we cannot spend it. A
// positive amount is free again.
func FundsReserved(m Movement) Entry { return m.entry(KindFundsReserved, StripeReserved) }

func (m Movement) entry(kind Kind, against Account) Entry {
	return Entry{
		Kind: kind, Reference: m.TransactionID, Currency: m.Currency, EffectiveAt: m.At,
		Postings: legs(
			Posting{StripePlatform, m.AmountMinor}, Posting{ProcessingFees, m.FeeMinor}, Posting{against, -m.AmountMinor - m.FeeMinor},
		),
	}
}
