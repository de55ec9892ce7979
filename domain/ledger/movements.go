package ledger

import (
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// Movement is a change of our balance at the processor that belongs to no campaign and no payout.
// AmountMinor is what it adds to the balance, and is negative for what it takes. The reference of its
// entry is the processor's balance transaction.
type Movement struct {
	TransactionID string
	Currency      money.Currency
	AmountMinor   int64
	At            time.Time
}

// CapitalPaidIn books our own money that came to the processor: a top-up, or a payout to our bank
// that came back.
func CapitalPaidIn(m Movement) Entry { return m.entry(KindCapitalPaidIn, PlatformCapital) }

// CapitalTakenOut books our own money that left the processor: a payout to our bank, or a top-up that
// our bank took back.
func CapitalTakenOut(m Movement) Entry { return m.entry(KindCapitalTakenOut, PlatformCapital) }

// ProcessorFeeCharged books a fee that the processor takes from our balance instead of from a
// payment, such as that of Connect. A positive amount is a fee that it gives back.
func ProcessorFeeCharged(m Movement) Entry { return m.entry(KindProcessorFee, ProcessingFees) }

// FundsReserved books what the processor sets aside of our balance, so that we cannot spend it. A
// positive amount is free again.
func FundsReserved(m Movement) Entry { return m.entry(KindFundsReserved, StripeReserved) }

func (m Movement) entry(kind Kind, against Account) Entry {
	return Entry{
		Kind: kind, Reference: m.TransactionID, Currency: m.Currency, EffectiveAt: m.At,
		Postings: legs(Posting{StripePlatform, m.AmountMinor}, Posting{against, -m.AmountMinor}),
	}
}
