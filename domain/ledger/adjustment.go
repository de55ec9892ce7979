package ledger

import (
	"strings"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// Adjustment is an entry that two people agreed on, for what no other kind covers. The reference
// is the correction with their agreement.
type Adjustment struct {
	CorrectionID string
	Currency     money.Currency
	Postings     []Posting
	At           time.Time
}

// Adjusted books an adjustment as it was agreed.
func Adjusted(a Adjustment) Entry {
	return Entry{Kind: KindAdjustment, Reference: a.CorrectionID, Currency: a.Currency, EffectiveAt: a.At, ExactDate: true, Postings: a.Postings}
}

// Limits of an adjustment, so that a person can read it and no sum overflows.
const (
	adjustmentLegsMax  = 50
	adjustmentMinorMax = 1_000_000_000_000_000
)

// Validate returns fault.Invalid unless the adjustment balances and names each account once. It
// also refuses accounts that must stay equal to guards, holds, payouts or disputes.
func (a Adjustment) Validate() error {
	if err := Adjusted(a).Validate(); err != nil {
		return err
	}
	if len(a.Postings) > adjustmentLegsMax {
		return fault.New(fault.Invalid, "entry_too_long", "an adjustment has at most %d postings: split it", adjustmentLegsMax)
	}
	seen := make(map[Account]bool, len(a.Postings))
	for _, posting := range a.Postings {
		if posting.AmountMinor > adjustmentMinorMax || posting.AmountMinor < -adjustmentMinorMax {
			return fault.New(fault.Invalid, "amount_too_large", "an adjustment posts at most %d minor units to an account", int64(adjustmentMinorMax))
		}
		if seen[posting.Account] {
			return fault.New(fault.Invalid, "account_repeated", "account %s is named twice: add its amounts up into one posting", posting.Account)
		}
		seen[posting.Account] = true
		if err := posting.adjustable(); err != nil {
			return err
		}
	}
	return nil
}

// useInstead says what to do about an account that an adjustment may not post to.
var useInstead = map[string]string{
	"balance":     "only credit it, or withdraw from it,",
	"withdrawing": "cancel the withdrawal",
	"escrow":      "fund or refund the campaign, or claw back a clip",
	"pending":     "claw back the clip, or adjust creator/{id}/available",
	"in_transit":  "retry, cancel or resolve the payout, or settle it outside",
	"connected":   "retry, cancel or resolve the payout, or settle it outside",
	"disputed":    "wait for the dispute's outcome",
	"reserved":    "wait for a comparison with Stripe, which books it",
	"clearing":    "retry, cancel or resolve the payout, or settle it outside",
}

func (p Posting) adjustable() error {
	a := p.Account
	switch a {
	case StripePlatform, PlatformFees, ProcessingFees, ProcessingSurcharges, PlatformLosses, PlatformCapital, ExchangeDifferences:
		return nil
	case StripeDisputed:
		return notAdjustable(a, "disputed")
	case StripeReserved:
		return notAdjustable(a, "reserved")
	case FXClearing:
		return notAdjustable(a, "clearing")
	}
	if _, part, ok := a.OfCreator(); ok {
		switch part {
		case "available", "receivable":
			return nil
		case "pending", "in_transit", "connected":
			return notAdjustable(a, part)
		}
	}
	if _, part, ok := a.OfOrganization(); ok {
		switch {
		case part == "balance" && p.AmountMinor < 0:
			return nil // a brand may be given money; what it has is taken out by a withdrawal
		case part == "balance", part == "withdrawing":
			return notAdjustable(a, part)
		}
	}
	if segments := strings.Split(string(a), "/"); len(segments) == 3 {
		if segments[0] == "campaign" && segments[2] == "escrow" {
			return notAdjustable(a, "escrow")
		}
		if segments[0] == "stripe" && segments[1] == "connected" {
			return notAdjustable(a, "connected")
		}
	}
	return fault.New(fault.Invalid, "unknown_account", "there is no account %s: docs/reference/ledger.md lists the accounts", a)
}

func notAdjustable(a Account, part string) error {
	return fault.New(fault.Invalid, "account_not_adjustable", "account %s cannot be adjusted: %s instead", a, useInstead[part])
}

// OfOrganization returns the organization and the part of an organization's account, such as "balance".
func (a Account) OfOrganization() (organizationID, part string, ok bool) {
	return a.of("organization")
}

// OfCreator returns the creator and the part of a creator's account, such as "available".
func (a Account) OfCreator() (creatorID, part string, ok bool) {
	return a.of("creator")
}

func (a Account) of(owner string) (id, part string, ok bool) {
	segments := strings.Split(string(a), "/")
	if len(segments) != 3 || segments[0] != owner || segments[1] == "" {
		return "", "", false
	}
	return segments[1], segments[2], true
}
