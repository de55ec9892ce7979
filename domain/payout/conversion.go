package payout

import (
	"math/bits"
	"time"

	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/rail"
)

// Conversion is a transfer that arrived on the connected account in another currency. What the creator
// is owed stays in the currency of the payout until the bank has the money.
type Conversion struct {
	// Generation and TransferID are those of the transfer.
	Generation     int            `json:"generation"`
	TransferID     string         `json:"transfer_id"`
	SourceMinor    int64          `json:"source_minor"`
	SourceCurrency money.Currency `json:"source_currency"`
	// AmountMinor is the converted amount before the fee, which the creator bears. ReceivedMinor is what
	// the account received.
	AmountMinor   int64          `json:"amount_minor"`
	FeeMinor      int64          `json:"fee_minor,omitempty"`
	ReceivedMinor int64          `json:"received_minor"`
	Currency      money.Currency `json:"currency"`
	// Rate is what one unit of SourceCurrency is in Currency, as the rail rounds it.
	Rate string `json:"rate,omitempty"`
	// TransactionID is the movement on the account's balance.
	TransactionID string    `json:"transaction_id"`
	AvailableOn   time.Time `json:"available_on,omitzero"`
	// CarriedMinor is what earlier payouts have left on the account, and LeftMinor what this one leaves,
	// because banks take the currency in steps.
	CarriedMinor int64 `json:"carried_minor,omitempty"`
	LeftMinor    int64 `json:"left_minor,omitempty"`
}

// NewConversion returns the conversion that a transfer's arrival shows. carriedMinor is what earlier
// payouts have left on the account; it is below zero if one of them took what another one lost since.
func NewConversion(arrived rail.Settlement, transferID string, generation int, carriedMinor int64) Conversion {
	made := Conversion{
		Generation: generation, TransferID: transferID, SourceMinor: arrived.SourceMinor, SourceCurrency: arrived.SourceCurrency,
		AmountMinor: arrived.AmountMinor, FeeMinor: arrived.FeeMinor, ReceivedMinor: arrived.NetMinor, Currency: arrived.Currency,
		Rate: arrived.ExchangeRate, TransactionID: arrived.TransactionID, AvailableOn: arrived.AvailableOn, CarriedMinor: carriedMinor,
	}
	made.LeftMinor = made.ReceivedMinor + carriedMinor
	if made.LeftMinor > 0 {
		made.LeftMinor %= made.Currency.PayoutStepMinor()
	}
	return made
}

// PaidMinor is the amount of the bank payout, and 0 if the account has nothing to pay.
func (c Conversion) PaidMinor() int64 { return c.ReceivedMinor + c.CarriedMinor - c.LeftMinor }

// TooSmall reports that no bank takes the amount. The country can be empty.
func (c Conversion) TooSmall(country string) bool {
	return c.PaidMinor() < BankMinimumMinor(c.Currency, country)
}

// NeededMinor estimates what a reversal of a part of the transfer takes from the account. Only the
// rail knows the rate of the day.
func (c Conversion) NeededMinor(partMinor int64) int64 {
	return share(c.ReceivedMinor, partMinor, c.SourceMinor)
}

// Arrival is what a transfer became on the connected account, to be booked.
type Arrival struct {
	PayoutID   string          `json:"payout_id"`
	Settlement rail.Settlement `json:"settlement"`
	Now        time.Time       `json:"now"`
}

// Converted is the conversion on record. Obstacle is why its bank payout cannot be sent: only
// BelowBankMinimum.
type Converted struct {
	Conversion Conversion `json:"conversion"`
	Obstacle   Reason     `json:"obstacle,omitempty"`
}

// TakenBack is what all reversals of a transfer moved together.
type TakenBack struct {
	// BackMinor came back to the platform, in the currency of the transfer.
	BackMinor int64 `json:"back_minor"`
	// TakenMinor left the connected account, in its own currency.
	TakenMinor int64 `json:"taken_minor"`
	// Assumed reports that the rail does not show what left the account, so that it is taken for what
	// had arrived.
	Assumed bool `json:"assumed,omitempty"`
}

// SeenRate is what a transfer of the same account became last. It tells a payout that no bank would
// take before anything is sent.
type SeenRate struct {
	Currency      money.Currency `json:"currency"`
	SourceMinor   int64          `json:"source_minor"`
	ReceivedMinor int64          `json:"received_minor"`
}

// estimateMinor is what an amount would become at the last rate, rounded down.
func (r SeenRate) estimateMinor(amountMinor int64) int64 {
	return share(r.ReceivedMinor, amountMinor, r.SourceMinor)
}

// A converted transfer is reversed at the rate of the day, so the account may have too little for the
// whole. Then as much is reversed as the account can give, and we bear the rest: at most a tenth, one
// hundredth less in each try, because only a try shows the rate.
const (
	reversalStepsMax = 10
	reversalStep     = 100
)

// ReversibleMinor returns how much of a converted transfer to take back in the next try, after a number
// of tries that the account could not cover. It is 0 if the account cannot give enough, so that a person
// has to act.
func (c Conversion) ReversibleMinor(leftMinor, availableMinor int64, refused int) int64 {
	wholeMinor := max(1, share(c.AmountMinor, leftMinor, c.SourceMinor)) // before the fee, which reversals do not return
	partMinor, steps := leftMinor, refused
	if availableMinor < wholeMinor {
		partMinor, steps = share(leftMinor, availableMinor, wholeMinor), refused-1
	}
	partMinor -= share(partMinor, int64(steps), reversalStep)
	if refused > reversalStepsMax || partMinor < leftMinor-share(leftMinor, reversalStepsMax, reversalStep) {
		return 0
	}
	return partMinor
}

// share is whole * part / of, rounded down, without overflow. The result must fit, and none may be
// below zero.
func share(whole, part, of int64) int64 {
	if of <= 0 || whole <= 0 || part <= 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(whole), uint64(part))
	if high >= uint64(of) {
		return bankMaximumMinor
	}
	quotient, _ := bits.Div64(high, low, uint64(of))
	return int64(min(quotient, 1<<62))
}
