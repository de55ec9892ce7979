package correction

import (
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

// Validate checks what a proposal says by itself: it has a reason, a person and a known currency,
// and the fields of its kind. It returns fault.Invalid with the field. Whether the clip, the
// creator and the money exist is for the books to check.
func (p Proposal) Validate() error {
	switch {
	case p.Reason == "":
		return fault.Field("reason", "reason_missing", "give the reason for the correction")
	case p.ProposedBy == "":
		return fault.Field("proposed_by", "proposer_missing", "give the person who proposes the correction")
	case !p.Currency.Known():
		return fault.Field("currency", "unknown_currency", "unknown currency %q: use an ISO 4217 code such as USD", p.Currency)
	case p.AmountMinor < 0:
		return fault.Field("amount_minor", "amount_negative", "the amount must not be negative")
	}
	if err := p.validateDate(); err != nil {
		return err
	}
	if err := p.validateOutside(); err != nil {
		return err
	}
	switch p.Kind {
	case Adjustment:
		return ledger.Adjustment{CorrectionID: p.ID, Currency: p.Currency, Postings: p.Postings}.Validate()
	case Clawback:
		if p.ClipID == "" {
			return fault.Field("clip_id", "clip_missing", "give the clip whose earnings are clawed back")
		}
		return nil
	case WriteOff:
		return p.validateWriteOff()
	case SettlePayout:
		return p.validateSettlePayout()
	case SettleRefund:
		return p.validateSettleRefund()
	case SettleWithdrawal:
		return p.validateSettleWithdrawal()
	case SettleConverted:
		return p.validateSettleConverted()
	case SettleBalance:
		return p.validateSettleBalance()
	}
	return fault.Field("kind", "unknown_kind", "unknown kind of correction %q: use adjustment, clawback, write_off, settle_payout, settle_refund, settle_withdrawal, settle_converted_payment or settle_balance", p.Kind)
}

func (p Proposal) validateDate() error {
	switch {
	case p.EffectiveAt == nil:
		return nil
	case p.Kind != Adjustment:
		return fault.Field("effective_at", "date_not_taken", "a %s gets the date of its approval: leave the date out", p.Kind)
	case p.EffectiveAt.After(p.Now):
		return fault.Field("effective_at", "future_date", "a correction cannot be dated in the future")
	}
	return nil
}

func (p Proposal) validateWriteOff() error {
	switch {
	case p.AmountMinor == 0:
		return fault.Field("amount_minor", "amount_not_positive", "the amount of a write-off must be above zero")
	case p.CreatorID == "":
		return fault.Field("creator_id", "creator_missing", "give the creator whose debt is written off")
	}
	return nil
}
