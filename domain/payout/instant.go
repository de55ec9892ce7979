package payout

import (
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// Method is the way of a bank payout.
type Method string

// The methods. An instant bank payout arrives within minutes and has a fee.
const (
	Standard Method = "standard"
	Instant  Method = "instant"
)

// FeeBearer says who bears the fee of an instant payout.
type FeeBearer string

// The bearers. If the platform bears the fee, the creator receives the whole amount.
const (
	CreatorBears  FeeBearer = "creator"
	PlatformBears FeeBearer = "platform"
)

// basisPointsWhole is the whole of an amount in basis points.
const basisPointsWhole = 10_000

// InstantTerms are the settings of instant payouts that creators ask for. The zero value offers
// none.
type InstantTerms struct {
	// MaximumMinor is the largest amount in each currency that is offered.
	MaximumMinor map[money.Currency]int64
	MinimumMinor Minimums
	// FeeBasisPoints is the fee in basis points of the amount, rounded down to a minor unit.
	// FeeMinimumMinor is its least amount in a currency; without one there is none.
	FeeBasisPoints  int64
	FeeMinimumMinor map[money.Currency]int64
	FeeBearer       FeeBearer
}

// Validate returns fault.Invalid for terms that cannot work.
func (t InstantTerms) Validate() error {
	switch {
	case t.FeeBearer != CreatorBears && t.FeeBearer != PlatformBears:
		return fault.Field("fee_bearer", "unknown_fee_bearer", "the fee of an instant payout is borne by the creator or the platform, not by %.20q", string(t.FeeBearer))
	case t.FeeBasisPoints < 0 || t.FeeBasisPoints >= basisPointsWhole:
		return fault.Field("fee_basis_points", "fee_out_of_range", "the fee of an instant payout must be from 0 to 9999 basis points")
	}
	for currency, maximumMinor := range t.MaximumMinor {
		if maximumMinor < t.Of(currency).MinimumMinor {
			return fault.Field("maximum_minor", "instant_maximum_too_small", "the maximum of instant payouts in %s is below their minimum", currency)
		}
	}
	return nil
}

// Within returns the terms with each maximum at most at the limit of its currency. A payout above
// that limit needs an approval, which an instant payout does not wait for.
func (t InstantTerms) Within(limitsMinor map[money.Currency]int64) InstantTerms {
	bounded := make(map[money.Currency]int64, len(t.MaximumMinor))
	for currency, maximumMinor := range t.MaximumMinor {
		if limitMinor, limited := limitsMinor[currency]; limited {
			maximumMinor = min(maximumMinor, limitMinor)
		}
		bounded[currency] = maximumMinor
	}
	t.MaximumMinor = bounded
	return t
}

// Of returns what is offered in a currency. The zero value offers nothing.
func (t InstantTerms) Of(currency money.Currency) InstantOffer {
	maximumMinor := t.MaximumMinor[currency]
	if maximumMinor == 0 {
		return InstantOffer{}
	}
	return InstantOffer{
		MinimumMinor: t.MinimumMinor.Of(currency), MaximumMinor: maximumMinor, FeeBasisPoints: t.FeeBasisPoints,
		FeeMinimumMinor: t.FeeMinimumMinor[currency], FeeBearer: t.FeeBearer,
	}
}

// InstantOffer are the terms in one currency. They are frozen in the request for a payout.
type InstantOffer struct {
	MinimumMinor    int64     `json:"minimum_minor"`
	MaximumMinor    int64     `json:"maximum_minor"`
	FeeBasisPoints  int64     `json:"fee_basis_points"`
	FeeMinimumMinor int64     `json:"fee_minimum_minor"`
	FeeBearer       FeeBearer `json:"fee_bearer"`
}

// InstantRequest is a creator's request to be paid at once.
type InstantRequest struct {
	Offer InstantOffer `json:"offer"`
	// Actor is who asked.
	Actor string    `json:"actor"`
	At    time.Time `json:"at"`
	// FeeMaxMinor is the highest fee that the creator accepts; nil is any fee.
	FeeMaxMinor *int64 `json:"fee_max_minor,omitempty"`
}

// InstantQuote is what an instant payout of an available balance would be. AvailableMinor is the sum
// of the other three.
type InstantQuote struct {
	AvailableMinor int64
	// AmountMinor is what arrives at the bank.
	AmountMinor int64
	// FeeMinor is what the creator pays for it.
	FeeMinor int64
	// LeftMinor stays available, because no bank takes such a fraction of the currency.
	LeftMinor int64
}

// Quote returns what an instant payout of a balance would be. The fee is of the whole balance.
func (o InstantOffer) Quote(currency money.Currency, availableMinor int64) InstantQuote {
	quote := InstantQuote{AvailableMinor: max(0, availableMinor)}
	if o.FeeBearer == CreatorBears {
		quote.FeeMinor = min(quote.AvailableMinor, max(o.FeeMinimumMinor, quote.AvailableMinor*o.FeeBasisPoints/basisPointsWhole)) // rounded down
	}
	quote.AmountMinor = quote.AvailableMinor - quote.FeeMinor
	quote.LeftMinor = quote.AmountMinor % currency.PayoutStepMinor()
	quote.AmountMinor -= quote.LeftMinor
	return quote
}

// InstantFacts is what the books say about a creator who asks for an instant payout.
type InstantFacts struct {
	Paused         bool // payouts are switched off
	Frozen         bool // the creator's payouts are
	Account        string
	Busy           bool // another payout has money on the account, or on its way there
	Differs        bool // a blocking difference concerns the creator
	AvailableMinor int64
}

// Refusal returns why an instant payout cannot be reserved, or NotRefused. The account itself is
// read from the rail: see InstantAccountRefusal.
func (o InstantOffer) Refusal(currency money.Currency, facts InstantFacts, feeMaxMinor *int64) InstantRefusal {
	quote := o.Quote(currency, facts.AvailableMinor)
	switch {
	case o.MaximumMinor == 0:
		return InstantNotOffered
	case facts.Paused:
		return InstantPaused
	case facts.Frozen:
		return InstantFrozen
	case facts.Account == "":
		return InstantAccountMissing
	case facts.Differs:
		return InstantDiffers
	case facts.Busy:
		return InstantBusy
	case quote.AvailableMinor < o.MinimumMinor || quote.AmountMinor < BankMinimumMinor(currency, ""):
		return InstantBelowMinimum
	case quote.AvailableMinor > o.MaximumMinor:
		return InstantAboveMaximum
	case feeMaxMinor != nil && quote.FeeMinor > *feeMaxMinor:
		return InstantFeeTooHigh
	}
	return NotRefused
}
