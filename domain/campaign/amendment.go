package campaign

import (
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// Source is where the budget of a campaign comes from.
type Source string

// The sources. Empty stands for FromPayment.
const (
	// FromPayment is a payment for this campaign alone. What is not spent at the end is refunded to it.
	FromPayment Source = "payment"
	// FromBalance is the organization's balance. What is not spent returns to it.
	FromBalance Source = "balance"
)

// Amendment changes the budget and the end of a campaign that has its money. Everything else in the
// terms is frozen, because creators have agreed to it. It applies to what comes after it: a raised
// budget takes money from the organization's balance, and a lowered one gives unspent money back.
type Amendment struct {
	CampaignID string `json:"campaign_id"`
	// ID names the request. A repeated one changes nothing.
	ID string `json:"id"`
	Change
	Actor  string    `json:"actor"`
	Reason string    `json:"reason,omitempty"`
	Now    time.Time `json:"now"`
	// VerifyAbove is the present setting of the process that records the amendment.
	VerifyAbove VerifyAbove `json:"-"`
}

// Change is the new budget, in minor units, and the new end. Zero leaves a value as it is.
type Change struct {
	BudgetMinor int64     `json:"budget_minor,omitempty"`
	EndsAt      time.Time `json:"ends_at,omitzero"`
}

// Amended is the budget and the end of a campaign after an amendment.
type Amended struct {
	// Number counts the amendments of the campaign, from one.
	Number int `json:"number"`
	Change
}

// CheckAmendable returns fault.Conflict "not_amendable" unless a campaign in the status has its money
// and may still spend it.
func CheckAmendable(status Status) error {
	switch status {
	case Funded, Live, Paused:
		return nil
	}
	return fault.New(fault.Conflict, "not_amendable", "only a campaign that is funded, live or paused can be changed: this one is %s", status)
}

// Amend returns the terms with a change. It returns fault.Invalid with the field of the first rule
// that the change breaks.
func (t Terms) Amend(change Change, now time.Time) (Terms, error) {
	amended := t
	if change.BudgetMinor != 0 {
		amended.BudgetMinor = change.BudgetMinor
	}
	if !change.EndsAt.IsZero() {
		amended.EndsAt = change.EndsAt.Truncate(time.Microsecond) // as the books keep it
	}
	switch {
	case amended.BudgetMinor == t.BudgetMinor && amended.EndsAt.Equal(t.EndsAt.Truncate(time.Microsecond)):
		return Terms{}, fault.Field("budget_minor", "nothing_changes", "give another budget_minor, another ends_at, or both")
	case amended.EndsAt.Before(t.EndsAt.Truncate(time.Microsecond)):
		return Terms{}, fault.Field("ends_at", "end_not_later", "the end can only move to a later time: complete the campaign to end it earlier")
	}
	if err := amended.validateAmounts(); err != nil {
		return Terms{}, err
	}
	return amended, amended.validateTimes(now)
}

// CheckReduction returns fault.Conflict if a campaign cannot give the amount back to the
// organization's balance: "budget_below_earned" if creators have earned it or disputes have frozen
// it, "credits_withheld" while clips are to be credited what a dispute has held back,
// "pacing_defers_earnings" if pacing has put off earnings that it has to pay, and "reviews_open" if clips in
// review may earn it.
func (f Facts) CheckReduction(amountMinor int64, currency money.Currency) error {
	amount := func(minor int64) string { return money.Amount{Minor: max(0, minor), Currency: currency}.String() }
	freeMinor := f.EscrowMinor() - f.DisputedMinor
	switch {
	case f.CreditsWithheld:
		return fault.New(fault.Conflict, "credits_withheld", "clips are first credited what a dispute has held back: try again in a few minutes")
	case amountMinor >= freeMinor:
		return fault.New(fault.Conflict, "budget_below_earned", "only %s of the budget is neither earned nor disputed, and a part of it must stay: give less back, or complete the campaign", amount(freeMinor))
	case amountMinor > freeMinor-f.DeferredMinor:
		return fault.New(fault.Conflict, "pacing_defers_earnings", "pacing has put off up to %s of earnings, which the budget has to pay: give at most %s back, or complete the campaign", amount(f.DeferredMinor), amount(freeMinor-f.DeferredMinor))
	case amountMinor > freeMinor-f.DeferredMinor-f.ReviewMinor:
		return fault.New(fault.Conflict, "reviews_open", "clips in review may earn up to %s, which the budget has to pay: give at most %s back, or have them decided first", amount(f.ReviewMinor), amount(freeMinor-f.DeferredMinor-f.ReviewMinor))
	}
	return nil
}
