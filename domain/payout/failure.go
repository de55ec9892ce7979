package payout

import "github.com/creditroll/creditroll/domain/fault"

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
	AccountNotVerified:   "The creator's Stripe account is not verified yet. It continues by itself once Stripe has verified it.",
	AccountDisabled:      "Stripe has disabled the creator's account or the creator has disconnected it. Ask the creator to restore it, or cancel.",
	PlatformBalance:      "The platform's available Stripe balance is too small. Top it up or wait for funds to become available; it continues by itself.",
	ConnectedBalance:     "The connected account's funds are not available yet. It continues by itself once they are.",
	BankAccountRejected:  "The bank did not accept the payout. Ask the creator for another bank account, then retry.",
	OutcomeUnknown:       "Stripe never gave a clear answer and no such object is found. Look at the Stripe dashboard; retry sends it again, cancel gives the money back.",
	RefusedByStripe:      "Stripe refused the request for a reason that waiting does not cure. See the failure code.",
	CredentialsRejected:  "Stripe does not accept our API key. Check STRIPE_API_KEY, then retry.",
	ReversalRefused:      "The transfer could not be taken back: the connected account lacks the funds. Retry later or write it off.",
	ProcessLost:          "The payout's workflow does not run any more: somebody has terminated it. Reset it to go on where the books are: `temporal workflow reset --type LastWorkflowTask`.",
	UnforeseenRefusal:    "A step was refused in a way that nobody foresaw. Nothing is lost: what has happened is on record. Mend the cause, then retry.",
	ProcessorUnavailable: "Stripe could not be reached for a long time. Retry when it is back.",
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
	// Definitive: Stripe refused and nothing happened; the generation is over.
	Definitive bool
	// Unknown: it may have happened; look it up.
	Unknown bool
	// Curable: waiting may help, so it is tried again by itself a bounded number of times.
	Curable bool
	// Reason is why it needs attention if trying again is over, or useless.
	Reason Reason
}

// Classify turns the error of a call into its meaning for a phase.
func Classify(phase Phase, kind fault.Kind, code string) Verdict {
	switch kind {
	case fault.UnknownOutcome:
		return Verdict{Unknown: true, Curable: true, Reason: OutcomeUnknown}
	case fault.RateLimited, fault.Unavailable:
		return Verdict{Curable: true, Reason: ProcessorUnavailable}
	case fault.Internal:
		// Nobody knows what a defect of ours did on the way.
		return Verdict{Unknown: true, Curable: false, Reason: OutcomeUnknown}
	}
	return classifyRefusal(phase, kind, code)
}

func classifyRefusal(phase Phase, kind fault.Kind, code string) Verdict {
	refused := Verdict{Definitive: true, Reason: RefusedByStripe}
	switch code {
	case "idempotency_error":
		// The key belongs to another request: it says nothing about ours.
		return Verdict{Unknown: true, Reason: OutcomeUnknown}
	case "balance_insufficient", "insufficient_funds":
		refused.Curable = true
		switch phase {
		case Transfer:
			refused.Reason = PlatformBalance
		case BankPayout:
			refused.Reason = ConnectedBalance
		case Reversal:
			refused.Reason = ReversalRefused
		}
	case "transfers_not_allowed", "payouts_not_allowed", "insufficient_capabilities_for_transfer":
		refused.Reason = AccountNotVerified
	case "account_invalid", "account_deauthorized", "resource_missing":
		refused.Reason = AccountDisabled
	case "no_account", "account_closed", "bank_account_missing", "bank_account_unusable", "bank_account_restricted",
		"bank_account_declined", "bank_account_unverified", "bank_account_verification_failed", "debit_not_authorized":
		refused.Reason = BankAccountRejected
	default:
		if kind == fault.Denied {
			refused.Reason = CredentialsRejected
		}
	}
	return refused
}

// Account is what decides whether a connected account may be paid.
type Account struct {
	PayoutsEnabled  bool   `json:"payouts_enabled"`
	TransfersActive bool   `json:"transfers_active"`
	DisabledReason  string `json:"disabled_reason,omitempty"`
}

// Obstacle returns why the account cannot be paid, or NoReason.
func (a Account) Obstacle() Reason {
	switch {
	case a.PayoutsEnabled && a.TransfersActive:
		return NoReason
	case isRejected(a.DisabledReason):
		return AccountDisabled
	}
	return AccountNotVerified
}

func isRejected(disabledReason string) bool {
	const rejected = "rejected."
	return disabledReason == "platform_paused" || len(disabledReason) > len(rejected) && disabledReason[:len(rejected)] == rejected
}
