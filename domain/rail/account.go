package rail

import (
	"slices"
	"strings"
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// IntervalManual is the payout interval of an account that pays nothing out by itself.
const IntervalManual = "manual"

// Account says whether a creator's connected account can receive and pay out money. Several
// fields say something about a person, so no payload has them: an activity that reads an account
// returns what it concludes.
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
	// PayoutInterval is IntervalManual, or how often the rail pays the account out by itself.
	PayoutInterval string `json:"payout_interval,omitempty"`
	// CreatorID is ours. It is empty for an account that we did not create.
	CreatorID string `json:"creator_id,omitempty"`

	DefaultCurrency money.Currency `json:"-"`
	Country         string         `json:"-"`
	// BankCurrencies are those for which the account has a bank account, in alphabetical order.
	// InstantCurrencies are those of them whose default bank account or card takes instant payouts.
	BankCurrencies    []money.Currency `json:"-"`
	InstantCurrencies []money.Currency `json:"-"`
	// DefaultBanks are the rail's ids of the bank accounts and cards that bank payouts go to, by their
	// currency. One that has failed before is among them.
	DefaultBanks map[money.Currency]string `json:"-"`
	// Balances has one entry per currency that the account holds.
	Balances []Balance `json:"-"`
}

// Verification is how far a rail has verified the person or company behind a creator's account, or
// behind a brand.
type Verification string

// The states of a verification. The last two occur only for brands.
const (
	Unverified                Verification = "unverified" // nothing was supplied, or something is missing
	VerificationPending       Verification = "pending"    // the rail checks what was supplied
	Verified                  Verification = "verified"
	VerificationRequiresInput Verification = "requires_input" // the rail waits for the person
	VerificationCanceled      Verification = "canceled"       // the attempt was given up; another one may be made
)

// AccountState is what may be kept of an account: what it can do, and the names of what is missing.
type AccountState struct {
	Account string `json:"account"`
	// Connected is false once the owner has left the platform.
	Connected           bool     `json:"connected"`
	TransfersActive     bool     `json:"transfers_active"`
	PayoutsEnabled      bool     `json:"payouts_enabled"`
	Disabled            bool     `json:"disabled,omitempty"`
	DisabledReason      string   `json:"disabled_reason,omitempty"`
	PayoutInterval      string   `json:"payout_interval,omitempty"`
	CurrentlyDue        []string `json:"currently_due,omitempty"`
	PastDue             []string `json:"past_due,omitempty"`
	PendingVerification []string `json:"pending_verification,omitempty"`

	// Country is for tax reports. No payload has it, so it is empty in a state that came through one.
	Country string `json:"-"`
}

// Equal reports whether both say the same of what an account can do and lacks. What is missing has no
// order.
func (s AccountState) Equal(other AccountState) bool {
	lists := func(state AccountState) [3]string {
		return [3]string{sorted(state.CurrentlyDue), sorted(state.PastDue), sorted(state.PendingVerification)}
	}
	return s.Account == other.Account && s.Connected == other.Connected && s.TransfersActive == other.TransfersActive &&
		s.PayoutsEnabled == other.PayoutsEnabled && s.Disabled == other.Disabled && s.DisabledReason == other.DisabledReason &&
		s.PayoutInterval == other.PayoutInterval && lists(s) == lists(other)
}

func sorted(names []string) string { return strings.Join(slices.Sorted(slices.Values(names)), " ") }

// State returns what may be kept of the account.
func (a Account) State() AccountState {
	return AccountState{
		Account: a.ID, Connected: true, TransfersActive: a.TransfersActive, PayoutsEnabled: a.PayoutsEnabled,
		Disabled: a.Disabled, DisabledReason: a.DisabledReason, PayoutInterval: a.PayoutInterval,
		CurrentlyDue: FieldNames(a.CurrentlyDue), PastDue: FieldNames(a.PastDue), PendingVerification: FieldNames(a.PendingVerification),
		Country: a.Country,
	}
}

// FieldNames drops the id of a person from the names of fields: "person_8Ua.dob.day" is
// "person.dob.day".
func FieldNames(fields []string) []string {
	var named []string
	for _, field := range fields {
		if owner, rest, found := strings.Cut(field, "."); found && strings.HasPrefix(owner, "person_") {
			field = "person." + rest
		}
		named = append(named, field)
	}
	return named
}

// Verification returns how far the account is verified. What is asked for later, while the account
// is active, does not take it back; what is past due does.
func (s AccountState) Verification() Verification {
	switch {
	case !s.Connected || s.Disabled || len(s.PastDue) > 0:
		return Unverified
	case s.TransfersActive && s.PayoutsEnabled:
		return Verified
	case len(s.CurrentlyDue) == 0 && len(s.PendingVerification) > 0:
		return VerificationPending
	}
	return Unverified
}

// NewAccount asks for a connected account of a creator. It pays nothing out by itself.
type NewAccount struct {
	CreatorID      string
	Country        string
	IdempotencyKey string
}

// AccountLinkRequest asks for a page of the rail on which a creator supplies what it asks for.
type AccountLinkRequest struct {
	Account string
	// RefreshURL gets the creator when the link has expired, ReturnURL when they are done.
	RefreshURL string
	ReturnURL  string
}

// AccountLink is the address of that page. It is for the creator alone, and works once.
type AccountLink struct {
	URL       string
	ExpiresAt time.Time
}

// String shows no address.
func (l AccountLink) String() string { return "account link until " + l.ExpiresAt.Format(time.RFC3339) }

// AccountSession lets a page of ours show the rail's form. The secret is for the creator's browser
// alone: it is never stored, logged or written to a payload.
type AccountSession struct {
	ClientSecret string
	ExpiresAt    time.Time
}

// String shows no secret.
func (s AccountSession) String() string {
	return "account session until " + s.ExpiresAt.Format(time.RFC3339)
}

// TakesToBank reports whether the account has a bank account for a currency.
func (a Account) TakesToBank(currency money.Currency) bool {
	return slices.Contains(a.BankCurrencies, currency)
}

// TakesInstantly reports whether a bank account for a currency can be paid within minutes.
func (a Account) TakesInstantly(currency money.Currency) bool {
	return slices.Contains(a.InstantCurrencies, currency)
}

// BalanceIn returns the balance in a currency. It is zero for one that the account does not hold.
func (a Account) BalanceIn(currency money.Currency) Balance {
	for _, balance := range a.Balances {
		if balance.Currency == currency {
			return balance
		}
	}
	return Balance{Currency: currency}
}

// Balance is the money of one account in one currency. Both amounts can be negative.
type Balance struct {
	Currency       money.Currency `json:"currency"`
	AvailableMinor int64          `json:"available_minor"`
	PendingMinor   int64          `json:"pending_minor"`
}

// TotalMinor is what the account has or owes in the currency.
func (b Balance) TotalMinor() int64 { return b.AvailableMinor + b.PendingMinor }
