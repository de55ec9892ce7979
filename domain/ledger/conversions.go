package ledger

import (
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// Conversion is a transfer of a payout that arrived on the connected account in another currency. An
// entry has one currency, so a conversion has two: one for what left, one for what arrived. FXClearing
// joins them. The fee for the conversion is not in ReceivedMinor: the creator bears it, and it is no
// expense of ours.
type Conversion struct {
	// Sent is the payout, in its own currency.
	Sent Payout
	// Generation is that of the transfer.
	Generation int
	// Currency and ReceivedMinor are what the account received.
	Currency      money.Currency
	ReceivedMinor int64
	At            time.Time
}

// ConversionSent takes what was transferred off the connected account: there it is another currency.
func ConversionSent(c Conversion) Entry {
	return c.sent(KindConversionSent,
		Posting{FXClearing, c.Sent.AmountMinor},
		Posting{StripeConnected(c.Sent.CreatorID), -c.Sent.AmountMinor},
	)
}

// ConversionReceived puts what arrived on the connected account.
func ConversionReceived(c Conversion) Entry {
	return c.received(KindConversionReceived,
		Posting{StripeConnected(c.Sent.CreatorID), c.ReceivedMinor},
		Posting{FXClearing, -c.ReceivedMinor},
	)
}

// ConversionUndone undoes ConversionSent, before its transfer is reversed or settled outside.
func ConversionUndone(c Conversion) Entry {
	return c.sent(KindConversionUndone,
		Posting{StripeConnected(c.Sent.CreatorID), c.Sent.AmountMinor},
		Posting{FXClearing, -c.Sent.AmountMinor},
	).reversing(KindConversionSent, c.Sent.generationOf(c.Generation))
}

// ConversionClosed takes what left the connected account in its own currency, by a reversal or outside.
// The processor takes a reversal at the rate of its day. We bear the difference to what had arrived.
func ConversionClosed(c Conversion, takenMinor int64) Entry {
	return c.received(KindConversionClosed,
		Posting{FXClearing, c.ReceivedMinor},
		Posting{StripeConnected(c.Sent.CreatorID), -takenMinor},
		Posting{ExchangeDifferences, takenMinor - c.ReceivedMinor},
	)
}

// ConvertedPayoutSettled records in the currency of a converted payout that the bank has it.
// BankPayoutSettled records the same in the currency of the bank.
func ConvertedPayoutSettled(p Payout, generation int) Entry {
	return p.entry(KindConvertedPayoutSettled, p.generationOf(generation),
		Posting{CreatorConnected(p.CreatorID), p.AmountMinor},
		Posting{FXClearing, -p.AmountMinor},
	)
}

// ConvertedPayoutReturned undoes ConvertedPayoutSettled, as BankPayoutReturned does.
func ConvertedPayoutReturned(p Payout, generation int) Entry {
	entry := p.entry(KindConvertedPayoutReturned, p.generationOf(generation),
		Posting{FXClearing, p.AmountMinor},
		Posting{CreatorConnected(p.CreatorID), -p.AmountMinor},
	)
	return entry.reversing(KindConvertedPayoutSettled, p.generationOf(generation))
}

func (c Conversion) sent(kind Kind, postings ...Posting) Entry {
	return Entry{Kind: kind, Reference: c.Sent.generationOf(c.Generation), Currency: c.Sent.Currency, EffectiveAt: c.At, Postings: postings}
}

func (c Conversion) received(kind Kind, postings ...Posting) Entry {
	return Entry{Kind: kind, Reference: c.Sent.generationOf(c.Generation), Currency: c.Currency, EffectiveAt: c.At, Postings: legs(postings...)}
}
