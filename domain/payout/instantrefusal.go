package payout

import (
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/rail"
)

// InstantRefusal says why a creator cannot be paid at once. It is a code for programs.
type InstantRefusal string

// The refusals.
const (
	NotRefused             InstantRefusal = ""
	InstantNotOffered      InstantRefusal = "instant_not_offered"
	InstantPaused          InstantRefusal = "payouts_paused"
	InstantFrozen          InstantRefusal = "creator_frozen"
	InstantAccountMissing  InstantRefusal = "account_missing"
	InstantAccountNotReady InstantRefusal = "account_not_ready"
	InstantBankUnsupported InstantRefusal = "bank_not_instant"
	InstantDiffers         InstantRefusal = "under_review"
	InstantBusy            InstantRefusal = "account_busy"
	InstantBelowMinimum    InstantRefusal = "below_minimum"
	InstantAboveMaximum    InstantRefusal = "above_maximum"
	InstantFeeTooHigh      InstantRefusal = "fee_too_high"
)

// instantSentences are the refusals in the creator's words.
var instantSentences = map[InstantRefusal]string{
	InstantNotOffered:      "Instant payouts are not offered in this currency.",
	InstantPaused:          "Payouts are paused at the moment. You need to do nothing.",
	InstantFrozen:          "Your payouts are on hold. Contact us.",
	InstantAccountMissing:  "You have no account at the payment processor yet. Start the onboarding.",
	InstantAccountNotReady: "Your account at the payment processor cannot be paid at the moment.",
	InstantBankUnsupported: "Your bank account does not take instant payouts. Make a bank account or debit card that does the default for this currency, or wait for the weekly payout.",
	InstantDiffers:         "We are checking your account with the payment processor. You need to do nothing.",
	InstantBusy:            "Another payout to your account is under way. Ask again when your bank has it.",
	InstantBelowMinimum:    "Too little is available for an instant payout.",
	InstantAboveMaximum:    "More is available than an instant payout can have. It is paid with the next weekly payout.",
	InstantFeeTooHigh:      "The fee is higher than the one that you accepted. Ask for a new preview.",
}

// InstantRefusals returns every refusal.
func InstantRefusals() []InstantRefusal {
	all := make([]InstantRefusal, 0, len(instantSentences))
	for refusal := range instantSentences {
		all = append(all, refusal)
	}
	return all
}

// Sentence returns the refusal in the creator's words.
func (r InstantRefusal) Sentence() string { return instantSentences[r] }

// Fault returns the fault.Conflict of a refusal, with its code.
func (r InstantRefusal) Fault() *fault.Error {
	return fault.New(fault.Conflict, string(r), "%s", r.Sentence())
}

// InstantAccountRefusal returns why an account cannot be paid at once, or NotRefused, with the
// sentence for the creator. What holds a standard payout back holds an instant one back too.
func InstantAccountRefusal(account rail.Account, currency money.Currency, amountMinor int64) (InstantRefusal, string) {
	want := GateRequest{Currency: currency, AmountMinor: amountMinor}
	if obstacle := Gate(account, want); obstacle != NoReason {
		return InstantAccountNotReady, obstacle.Guidance().Creator
	}
	if !account.TakesInstantly(Into(account, currency)) {
		return InstantBankUnsupported, InstantBankUnsupported.Sentence()
	}
	return NotRefused, ""
}

// FallsBack reports whether a payout is sent by the standard method after its instant bank payout was
// refused. The money is on the connected account by then. A refusal that a standard bank payout
// would meet as well, because of the account or our access to it, keeps the method.
func FallsBack(method Method, verdict Verdict, kind fault.Kind, meaning rail.Meaning) bool {
	if method != Instant || !verdict.Definitive || kind == fault.Denied {
		return false
	}
	switch meaning {
	case rail.AccountGone, rail.ObjectMissing, rail.AccountNotReady, rail.PayoutsDisabled:
		return false
	}
	return true
}
