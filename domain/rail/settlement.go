package rail

import (
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// Settlement is what a transfer, or its reversal, changed on the balance of the connected account.
// The rail converts into a currency of that account, so neither currency nor amount need be those
// of the transfer. Currency is empty, and all amounts are zero, if the amount was worth less than
// one minor unit there: the rail then credits nothing, and never will.
type Settlement struct {
	// TransactionID is the movement on the account's balance.
	TransactionID string `json:"transaction_id,omitempty"`
	// SourceMinor and SourceCurrency are what was converted: the amount of the transfer or reversal.
	SourceMinor    int64          `json:"source_minor"`
	SourceCurrency money.Currency `json:"source_currency"`
	// AmountMinor is the converted amount before fees, and NetMinor what the balance changed by.
	// Both are below zero for a reversal. FeeMinor is the difference.
	AmountMinor int64          `json:"amount_minor"`
	FeeMinor    int64          `json:"fee_minor,omitempty"`
	NetMinor    int64          `json:"net_minor"`
	Currency    money.Currency `json:"currency,omitempty"`
	// ExchangeRate is what one unit of SourceCurrency is in Currency, as a decimal: "0.92". It is
	// empty if nothing was converted. The rail rounds it, so it is for people: amounts are booked.
	ExchangeRate string `json:"exchange_rate,omitempty"`
	// AvailableOn is when the account can pay the amount out.
	AvailableOn time.Time `json:"available_on,omitzero"`
}

// Converted reports whether the account received another currency than was sent.
func (s Settlement) Converted() bool { return s.Currency != "" && s.Currency != s.SourceCurrency }
