package rail

import "github.com/creditroll/creditroll/domain/money"

// Account says whether a creator's connected account can receive and pay out money.
type Account struct {
	ID             string `json:"id"`
	PayoutsEnabled bool   `json:"payouts_enabled"`
	// TransfersActive reports that the account can receive transfers.
	TransfersActive bool `json:"transfers_active"`
	// Disabled reports that the rail or the platform closed the account. Verification does not
	// open it again.
	Disabled bool `json:"disabled,omitempty"`
	// DisabledReason is the rail's word for why the account is restricted, if it is.
	DisabledReason string `json:"disabled_reason,omitempty"`
	// CurrentlyDue, PastDue and PendingVerification name what the rail asks for or checks. They
	// are names of fields, never their contents.
	CurrentlyDue        []string `json:"currently_due,omitempty"`
	PastDue             []string `json:"past_due,omitempty"`
	PendingVerification []string `json:"pending_verification,omitempty"`
	// DefaultCurrency and Country say something about a person, so no payload has them.
	DefaultCurrency money.Currency `json:"-"`
	Country         string         `json:"-"`
}

// Balance is the money of one account in one currency. Both amounts can be negative.
type Balance struct {
	Currency       money.Currency `json:"currency"`
	AvailableMinor int64          `json:"available_minor"`
	PendingMinor   int64          `json:"pending_minor"`
}
