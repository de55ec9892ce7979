package payout

import (
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

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
		return AccountDisconnected
	case rail.PayoutsDisabled:
		return PayoutsDisabled
	case rail.BankAccountMissing:
		return BankAccountMissing
	case rail.BankAccountUnusable:
		return BankAccountRejected
	case rail.CountryUnsupported:
		return CountryNotSupported
	case rail.AmountTooSmall:
		return BelowBankMinimum
	case rail.AmountTooLarge:
		return AboveBankMaximum
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
