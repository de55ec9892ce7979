package payout

import (
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
)

// Reason says why a payout waits for a person. It is a search attribute, so it is short and
// stable.
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

// Reasons returns every reason.
func Reasons() []Reason {
	return []Reason{
		AccountNotVerified, AccountDisabled, PlatformBalance, ConnectedBalance, BankAccountRejected, OutcomeUnknown, RefusedByStripe,
		CredentialsRejected, ReversalRefused, ProcessorUnavailable, UnforeseenRefusal, ProcessLost,
	}
}

var advice = map[Reason]string{
	AccountNotVerified:   "The payment processor has not verified the creator's account yet. The payout continues automatically when it has.",
	AccountDisabled:      "The payment processor has disabled the creator's account, or the creator has disconnected it. Ask the creator to restore it, or cancel.",
	PlatformBalance:      "The platform's available balance at the payment processor is too small. Add funds, or wait for pending ones. The payout then continues automatically.",
	ConnectedBalance:     "The funds of the connected account are not available yet. The payout continues automatically when they are.",
	BankAccountRejected:  "The bank did not accept the payout. Ask the creator to add another bank account, then retry.",
	OutcomeUnknown:       "The payment processor gave no clear answer, and the object was not found there. Look for the payout's id in the processor's dashboard. Retry looks again, then sends the request. Cancel returns the money.",
	RefusedByStripe:      "The payment processor refused the request, and waiting does not help. Read the code, fix the cause, then retry or cancel.",
	CredentialsRejected:  "The payment processor does not accept our API key. Correct the key (STRIPE_API_KEY for Stripe), then retry.",
	ReversalRefused:      "The transfer could not be taken back, because the connected account lacks the funds. The money stays booked there. Retry when the account has the funds.",
	ProcessLost:          "The workflow of this payout was terminated. Reset the workflow. The payout then continues from what is on record.",
	UnforeseenRefusal:    "A step was refused for an unexpected reason. Nothing is lost: every earlier step is recorded. Fix the cause, then retry.",
	ProcessorUnavailable: "The payment processor could not be reached for a long time. Retry when it is available again.",
}

// Advice returns what the reason means and what a person can do.
func (r Reason) Advice() string { return advice[r] }

// Explain returns the advice with the place in the runbook that has the details. It is empty
// for an unknown reason.
func (r Reason) Explain() string {
	if r.Advice() == "" {
		return ""
	}
	return r.Advice() + " See " + names.RunbookLink(string(r)) + "."
}

// ClearsByItself reports whether the cause may be gone when the payout tries again after a
// while. Every other reason needs a person, or the event that removes its cause.
func (r Reason) ClearsByItself() bool {
	switch r {
	case AccountNotVerified, AccountDisabled, PlatformBalance, ConnectedBalance, OutcomeUnknown, CredentialsRejected, ProcessorUnavailable:
		return true
	}
	return false
}

// Verdict is what a failed call means for its generation.
type Verdict struct {
	rail.Verdict
	// Reason is why the payout needs attention once it is not tried again automatically.
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
