package correction

import (
	"strings"
	"unicode/utf8"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
)

// How says what became of money that is settled outside.
type How string

// The ways in which a payout is settled outside.
const (
	PaidToCreator = How(payout.PaidToCreator)
	Lost          = How(payout.Lost)
)

// The ways in which a balance of a connected account is settled outside.
const (
	Found How = "found" // Stripe has money that the books lack
	Gone  How = "gone"  // the books have money that is not there any more
)

// Limits of what a person writes as the proof of money that is settled outside.
const (
	evidenceMax  = 2000
	referenceMax = 200
)

// SettlesOutside reports whether the kind settles money that no rule can.
func (k Kind) SettlesOutside() bool {
	return k == SettlePayout || k == SettleRefund || k == SettleWithdrawal || k == SettleConverted || k == SettleBalance
}

// validateOutside checks the fields that only a correction which settles outside has. It returns
// fault.Invalid "evidence_missing", "evidence_too_long", "reference_missing",
// "reference_too_long", or "field_not_taken" for a field of another kind.
func (p Proposal) validateOutside() error {
	if !p.Kind.SettlesOutside() {
		if p.PayoutID != "" || p.WithdrawalID != "" || p.PaymentIntentID != "" || p.How != "" || p.Reference != "" {
			return fault.Field("kind", "field_not_taken", "only money that is settled outside has a payout, a withdrawal or a payment, a way and a reference: leave them out")
		}
		return nil
	}
	switch {
	case strings.TrimSpace(p.Evidence) == "":
		return fault.Field("evidence", "evidence_missing", "say how it is known where the money is")
	case utf8.RuneCountInString(p.Evidence) > evidenceMax:
		return fault.Field("evidence", "evidence_too_long", "the evidence must not be longer than %d characters", evidenceMax)
	case strings.TrimSpace(p.Reference) == "":
		return fault.Field("reference", "reference_missing", "give the id at Stripe or the reference of the bank")
	case utf8.RuneCountInString(p.Reference) > referenceMax:
		return fault.Field("reference", "reference_too_long", "the reference must not be longer than %d characters", referenceMax)
	case p.WithdrawalID != "" && p.Kind != SettleWithdrawal:
		return fault.Field("withdrawal_id", "field_not_taken", "a %s concerns no withdrawal: leave it out", p.Kind)
	case p.PaymentIntentID != "" && p.Kind != SettleConverted:
		return fault.Field("payment_intent_id", "field_not_taken", "a %s concerns no payment: leave it out", p.Kind)
	case len(p.Postings) > 0 || p.ClipID != "":
		return fault.Field("postings", "field_not_taken", "what is settled outside has no clip and no postings of its own: leave them out")
	}
	return nil
}

func (p Proposal) validateSettlePayout() error {
	switch {
	case p.PayoutID == "":
		return fault.Field("payout_id", "payout_missing", "give the payout that is settled outside")
	case p.How != PaidToCreator && p.How != Lost:
		return fault.Field("how", "unknown_how", "unknown way to settle a payout %.40q: use %s or %s", p.How, PaidToCreator, Lost)
	case p.CampaignID != "" || p.CreatorID != "":
		return fault.Field("payout_id", "field_not_taken", "a payout has its creator and its campaigns already: leave them out")
	}
	return nil
}

func (p Proposal) validateSettleRefund() error {
	switch {
	case p.CampaignID == "":
		return fault.Field("campaign_id", "campaign_missing", "give the campaign whose unspent budget the brand has received")
	case p.AmountMinor == 0:
		return fault.Field("amount_minor", "amount_not_positive", "the amount of the refund must be above zero")
	case p.PayoutID != "" || p.How != "" || p.CreatorID != "":
		return fault.Field("kind", "field_not_taken", "a refund has a campaign and an amount only: leave the rest out")
	}
	return nil
}

func (p Proposal) validateSettleWithdrawal() error {
	switch {
	case p.WithdrawalID == "":
		return fault.Field("withdrawal_id", "withdrawal_missing", "give the withdrawal that the brand has received")
	case p.AmountMinor == 0:
		return fault.Field("amount_minor", "amount_not_positive", "the amount must be above zero")
	case p.PayoutID != "" || p.How != "" || p.CreatorID != "" || p.CampaignID != "":
		return fault.Field("kind", "field_not_taken", "a withdrawal has its brand already, and an amount: leave the rest out")
	}
	return nil
}

func (p Proposal) validateSettleConverted() error {
	switch {
	case p.PaymentIntentID == "":
		return fault.Field("payment_intent_id", "payment_missing", "give the converted payment that the brand has received")
	case utf8.RuneCountInString(p.PaymentIntentID) > referenceMax:
		return fault.Field("payment_intent_id", "payment_too_long", "the id of the payment must not be longer than %d characters", referenceMax)
	case p.AmountMinor == 0:
		return fault.Field("amount_minor", "amount_not_positive", "the amount must be above zero")
	case p.PayoutID != "" || p.How != "" || p.CreatorID != "" || p.CampaignID != "":
		return fault.Field("kind", "field_not_taken", "a converted payment has its brand already, and an amount: leave the rest out")
	}
	return nil
}

func (p Proposal) validateSettleBalance() error {
	switch {
	case p.CreatorID == "":
		return fault.Field("creator_id", "creator_missing", "give the creator whose connected account has the money")
	case p.AmountMinor == 0:
		return fault.Field("amount_minor", "amount_not_positive", "the amount must be above zero")
	case p.How != Found && p.How != Gone:
		return fault.Field("how", "unknown_how", "unknown way to settle a balance %.40q: use %s or %s", p.How, Found, Gone)
	case p.PayoutID != "" || p.CampaignID != "":
		return fault.Field("kind", "field_not_taken", "the money belongs to no payout and no campaign: leave them out")
	}
	return nil
}
