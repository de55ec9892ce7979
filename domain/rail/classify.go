package rail

import "github.com/creditroll/creditroll/domain/fault"

// Meaning is what a refusal says, in words that all rails share. Each rail translates its own
// codes once, where it classifies errors, and the meaning travels in fault.Error.Meaning.
// A refusal that no rule depends on has no meaning.
type Meaning string

// The meanings that decisions depend on.
const (
	NoMeaning           Meaning = ""
	InsufficientBalance Meaning = "insufficient_balance"  // of the account that pays
	AccountNotReady     Meaning = "account_not_ready"     // it lacks a capability until it is verified
	AccountGone         Meaning = "account_gone"          // unknown, or no longer connected to us
	ObjectMissing       Meaning = "object_missing"        // an object that the request names, such as its destination
	BankAccountMissing  Meaning = "bank_account_missing"  // the account has none for the currency
	BankAccountUnusable Meaning = "bank_account_unusable" // closed, or refused by the bank
	PayoutsDisabled     Meaning = "payouts_disabled"      // the account makes no bank payouts
	CountryUnsupported  Meaning = "country_unsupported"   // no transfers from here to the account's country
	AmountTooSmall      Meaning = "amount_too_small"      // below the minimum of the currency
	AmountTooLarge      Meaning = "amount_too_large"      // above the maximum of the currency
	ChargeTooOld        Meaning = "charge_too_old"        // the payment can no longer be refunded
	InstantRefused      Meaning = "instant_refused"       // the bank payout cannot be instant
	KeyReused           Meaning = "key_reused"            // the idempotency key belongs to another request
	ChargeDisputed      Meaning = "charge_disputed"       // the payer's bank takes the payment back
)

// MeaningOf returns the meaning of a rail's refusal, or NoMeaning.
func MeaningOf(err error) Meaning {
	if found, ok := fault.As(err); ok {
		return Meaning(found.Meaning)
	}
	return NoMeaning
}

// Operation is a call that moves money.
type Operation string

// The operations.
const (
	OperationFund       Operation = "fund"        // brand -> platform
	OperationRefund     Operation = "refund"      // platform -> brand
	OperationTransfer   Operation = "transfer"    // platform -> connected account
	OperationBankPayout Operation = "bank_payout" // connected account -> bank
	OperationReverse    Operation = "reverse"     // connected account -> platform
)

// Verdict is what a failed operation means for the generation of its key. A verdict without
// Definitive and Unknown says that this request did nothing.
type Verdict struct {
	// Definitive: the rail refused and nothing happened; the generation is over.
	Definitive bool
	// Unknown: it may have happened; look it up.
	Unknown bool
	// Curable: waiting may help, so it is tried again by itself a bounded number of times.
	Curable bool
}

// Classify returns what the error of an operation means, given its kind and meaning.
func Classify(operation Operation, kind fault.Kind, meaning Meaning) Verdict {
	switch kind {
	case fault.UnknownOutcome:
		return Verdict{Unknown: true, Curable: true}
	case fault.RateLimited, fault.Unavailable:
		return Verdict{Curable: true}
	case fault.Internal:
		// A defect of ours may have struck before or after the request was sent.
		return Verdict{Unknown: true}
	case fault.Denied:
		if operation == OperationFund {
			// Credentials are checked before keys, so this says nothing about an earlier request.
			// The other operations look for their object before they use another key.
			return Verdict{Unknown: true}
		}
	}
	if meaning == KeyReused {
		// The key belongs to another request, so the refusal says nothing about ours.
		return Verdict{Unknown: true}
	}
	return Verdict{Definitive: true, Curable: meaning == InsufficientBalance}
}
