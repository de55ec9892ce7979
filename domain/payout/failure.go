package payout

import (
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

// Reason says why a payout waits for a person. It is a search attribute, so it is short and
// stable; Explain has the sentence.
type Reason string

// The reasons.
const (
	NoReason             Reason = ""
	AccountNotVerified   Reason = "account_not_verified"
	AccountDisabled      Reason = "account_disabled"
	PlatformBalance      Reason = "platform_balance_insufficient"
	ConnectedBalance     Reason = "connected_balance_unavailable"
	BankAccountRejected  Reason = "bank_account_rejected"
	OutcomeUnknown       Reason = "outcome_unknown"
	RefusedByStripe      Reason = "refused_by_stripe"
	CredentialsRejected  Reason = "credentials_rejected"
	ReversalRefused      Reason = "reversal_refused"
	ProcessorUnavailable Reason = "processor_unavailable"
	UnforeseenRefusal    Reason = "unforeseen_refusal"
	ProcessLost          Reason = "process_lost"
)

var explanations = map[Reason]string{
	AccountNotVerified:   "The payment processor has not verified the creator's account yet. The payout continues by itself once it has.",
	AccountDisabled:      "The payment processor has disabled the creator's account, or the creator has disconnected it. Ask the creator to restore it, or cancel.",
	PlatformBalance:      "The platform's available balance at the payment processor is too small. Add funds or wait for pending ones; the payout continues by itself.",
	ConnectedBalance:     "The connected account's funds are not available yet. The payout continues by itself once they are.",
	BankAccountRejected:  "The bank did not accept the payout. Ask the creator for another bank account, then retry.",
	OutcomeUnknown:       "The payment processor gave no clear answer, and no such object is found. Look at its dashboard. Retry sends the request again, cancel gives the money back.",
	RefusedByStripe:      "The payment processor refused the request for a reason that waiting does not cure. See the failure code.",
	CredentialsRejected:  "The payment processor does not accept our API key. Check the key (STRIPE_API_KEY for Stripe), then retry.",
	ReversalRefused:      "The transfer could not be taken back: the connected account lacks the funds. Retry later or write it off.",
	ProcessLost:          "The payout's workflow was terminated and is not running. Reset it to continue from what the books say: `temporal workflow reset --type LastWorkflowTask`.",
	UnforeseenRefusal:    "A step was refused for an unexpected reason. Nothing is lost: what has happened is on record. Remove the cause, then retry.",
	ProcessorUnavailable: "The payment processor could not be reached for a long time. Retry when it is available again.",
}

// Explain returns the reason as a sentence that tells a person what to do.
func (r Reason) Explain() string { return explanations[r] }

// HealsByItself reports whether looking again after a while can find the cause gone. The
// others wait for a person, or for an event that names their cure.
func (r Reason) HealsByItself() bool {
	switch r {
	case AccountNotVerified, AccountDisabled, PlatformBalance, ConnectedBalance, OutcomeUnknown, CredentialsRejected, ProcessorUnavailable:
		return true
	}
	return false
}

// Verdict is what a failed call means for its generation.
type Verdict struct {
	rail.Verdict
	// Reason is why it needs attention if trying again is over, or useless.
	Reason Reason
}

// Classify returns what the error of a phase's call means, given its kind and meaning.
func Classify(phase Phase, kind fault.Kind, meaning rail.Meaning) Verdict {
	return Verdict{rail.Classify(phase.Operation(), kind, meaning), reasonFor(phase, kind, meaning)}
}

func reasonFor(phase Phase, kind fault.Kind, meaning rail.Meaning) Reason {
	switch kind {
	case fault.UnknownOutcome, fault.Internal:
		return OutcomeUnknown
	case fault.RateLimited, fault.Unavailable:
		return ProcessorUnavailable
	}
	switch meaning {
	case rail.KeyReused:
		return OutcomeUnknown
	case rail.InsufficientBalance:
		return balanceReasons[phase]
	case rail.AccountNotReady:
		return AccountNotVerified
	case rail.AccountGone, rail.ObjectMissing:
		return AccountDisabled
	case rail.BankAccountUnusable:
		return BankAccountRejected
	}
	if kind == fault.Denied {
		return CredentialsRejected
	}
	return RefusedByStripe
}

// balanceReasons name the balance from which each phase takes.
var balanceReasons = map[Phase]Reason{
	Transfer: PlatformBalance, BankPayout: ConnectedBalance, Reversal: ReversalRefused,
}

// Obstacle returns why the account cannot be paid, or NoReason.
func Obstacle(account rail.Account) Reason {
	switch {
	case account.PayoutsEnabled && account.TransfersActive:
		return NoReason
	case account.Disabled:
		return AccountDisabled
	}
	return AccountNotVerified
}
