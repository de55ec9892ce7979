package ledger

import "slices"

// Kind is the business event that an entry records.
type Kind string

// The kinds.
const (
	KindCampaignFunded      Kind = "campaign_funded"
	KindEscrowRefunded      Kind = "escrow_refunded"
	KindEscrowRefundFailed  Kind = "escrow_refund_failed"
	KindBudgetAllocated     Kind = "budget_allocated"
	KindBudgetReturned      Kind = "budget_returned"
	KindEscrowShortfall     Kind = "escrow_shortfall"
	KindShortfallRecovered  Kind = "shortfall_recovered"
	KindFundingDisputed     Kind = "funding_disputed"
	KindDisputeWon          Kind = "dispute_won"
	KindDisputeLost         Kind = "dispute_lost"
	KindDepositReceived     Kind = "deposit_received"
	KindDepositRefunded     Kind = "deposit_refunded"
	KindDepositRefundFailed Kind = "deposit_refund_failed"
	KindWithdrawalReserved  Kind = "withdrawal_reserved"
	KindWithdrawalReturned  Kind = "withdrawal_returned"
	KindWithdrawalSettled   Kind = "withdrawal_settled_outside"
	KindEarningsAccrued     Kind = "earnings_accrued"
	KindHoldReleased        Kind = "hold_released"
	KindEarningsClawedBack  Kind = "earnings_clawed_back"
	KindReceivableRecovered Kind = "receivable_recovered"
	KindWrittenOff          Kind = "written_off"
	KindAdjustment          Kind = "adjustment"
	KindPayoutAdvanced      Kind = "payout_advanced"
	KindPayoutReserved      Kind = "payout_reserved"
	KindPayoutCancelled     Kind = "payout_cancelled"
	KindInstantFeeCharged   Kind = "instant_fee_charged"
	KindInstantFeeReturned  Kind = "instant_fee_returned"
	KindTransferSettled     Kind = "transfer_settled"
	KindTransferReversed    Kind = "transfer_reversed"
	KindBankPayoutSettled   Kind = "bank_payout_settled"
	KindBankPayoutFailed    Kind = "bank_payout_failed"

	KindConversionSent          Kind = "conversion_sent"
	KindConversionReceived      Kind = "conversion_received"
	KindConversionUndone        Kind = "conversion_undone"
	KindConversionClosed        Kind = "conversion_closed"
	KindConvertedPayoutSettled  Kind = "converted_payout_settled"
	KindConvertedPayoutReturned Kind = "converted_payout_returned"

	KindConvertedPaymentReceived Kind = "converted_payment_received"
	KindConvertedPaymentRefunded Kind = "converted_payment_refunded"
	KindConvertedRefundFailed    Kind = "converted_refund_failed"

	KindCapitalPaidIn   Kind = "capital_paid_in"
	KindCapitalTakenOut Kind = "capital_taken_out"
	KindProcessorFee    Kind = "processor_fee_charged"
	KindFundsReserved   Kind = "funds_reserved"

	KindPayoutSettledOutside Kind = "payout_settled_outside"
	KindPayoutLost           Kind = "payout_lost"
	KindRefundSettledOutside Kind = "refund_settled_outside"
	KindBalanceSettled       Kind = "connected_balance_settled"
	KindConvertedSettled     Kind = "converted_payment_settled_outside"
)

// Traits say what entries of a kind mean to what is derived from the journal. Migrate copies
// them into the table ledger_kinds, so that a query asks for a trait and never lists kinds. A
// new kind is a line in the list below, a function that makes its entry, and a line in the
// table of kinds in docs/reference/ledger.md.
type Traits struct {
	Kind Kind
	// Reverses is the kind of the entries that this kind reverses. Empty for a kind that
	// reverses nothing.
	Reverses Kind
	// Budget is the amount of the campaign's budget guard that follows from what the entry
	// posts to escrow: "funded", "spent" or "refunded". A "shortfall" moves money between the
	// refunded amount and our loss. Empty for a kind that posts nothing to escrow.
	Budget string
	// Dispute is the status that the entry gives a funding dispute: "open", "won" or "lost".
	Dispute string
	// PayoutStep is the step of a payout that the entry records: "reservation",
	// "cancellation", the phase of the attempt that moved the money, "conversion", or how people
	// settled it outside: "settlement" or "loss".
	PayoutStep string
	// Hold says how the holds of the entry follow from it. An "accrual" holds what each
	// beneficiary earns by it. A "remainder" holds what it leaves of the reversed entry's hold.
	// A "credit" holds what it adds to a creator's available earnings. Empty for a kind without
	// holds.
	Hold string
	// ObjectType is the type of the object of the payment processor that the entry stands for.
	// Empty for a kind that stands for none.
	ObjectType string
	// ReversalObjectType replaces ObjectType in an entry that reverses another one.
	ReversalObjectType string
	// NamedByObject is true if the reference of the entry is the id of its object.
	NamedByObject bool
	// Bulk is true for the kinds that make the journal grow. When a month of postings is
	// detached, only the sums of their postings are kept.
	Bulk bool
}

var kinds = []Traits{
	{Kind: KindCampaignFunded, Budget: "funded", ObjectType: "payment_intent", NamedByObject: true},
	{Kind: KindEscrowRefunded, Budget: "refunded", ObjectType: "refund", NamedByObject: true},
	{Kind: KindEscrowRefundFailed, Reverses: KindEscrowRefunded, Budget: "refunded", ObjectType: "balance_transaction", ReversalObjectType: "balance_transaction"},
	{Kind: KindBudgetAllocated, Budget: "funded"},
	{Kind: KindBudgetReturned, Budget: "refunded"},
	{Kind: KindEscrowShortfall, Budget: "shortfall"},
	{Kind: KindShortfallRecovered, Budget: "shortfall"},
	{Kind: KindFundingDisputed, Dispute: "open", ObjectType: "dispute", NamedByObject: true},
	{Kind: KindDisputeWon, Dispute: "won"},
	{Kind: KindDisputeLost, Dispute: "lost", Budget: "refunded"},
	{Kind: KindDepositReceived, ObjectType: "payment_intent", NamedByObject: true},
	{Kind: KindDepositRefunded, ObjectType: "refund", NamedByObject: true},
	{Kind: KindDepositRefundFailed, Reverses: KindDepositRefunded, ObjectType: "balance_transaction", ReversalObjectType: "balance_transaction"},
	{Kind: KindWithdrawalReserved},
	{Kind: KindWithdrawalReturned},
	{Kind: KindWithdrawalSettled},
	{Kind: KindEarningsAccrued, Budget: "spent", Hold: "accrual", Bulk: true},
	{Kind: KindHoldReleased, Bulk: true},
	{Kind: KindEarningsClawedBack, Reverses: KindEarningsAccrued, Budget: "spent", Hold: "remainder"},
	{Kind: KindReceivableRecovered},
	{Kind: KindWrittenOff},
	{Kind: KindAdjustment, Hold: "credit"},
	{Kind: KindPayoutAdvanced, Hold: "credit"},
	{Kind: KindPayoutReserved, PayoutStep: "reservation"},
	{Kind: KindPayoutCancelled, Reverses: KindPayoutReserved, PayoutStep: "cancellation"},
	{Kind: KindInstantFeeCharged},
	{Kind: KindInstantFeeReturned, Reverses: KindInstantFeeCharged},
	{Kind: KindTransferSettled, PayoutStep: "transfer", ObjectType: "transfer"},
	{Kind: KindTransferReversed, Reverses: KindTransferSettled, PayoutStep: "reversal", ObjectType: "transfer_reversal", ReversalObjectType: "transfer_reversal"},
	{Kind: KindBankPayoutSettled, PayoutStep: "bank_payout", ObjectType: "payout"},
	// One that was never paid reverses nothing, and stands for the payout itself.
	{Kind: KindBankPayoutFailed, Reverses: KindBankPayoutSettled, PayoutStep: "bank_payout", ObjectType: "payout", ReversalObjectType: "balance_transaction"},
	{Kind: KindConversionSent, PayoutStep: "conversion"},
	{Kind: KindConversionReceived, PayoutStep: "conversion"},
	{Kind: KindConversionUndone, Reverses: KindConversionSent, PayoutStep: "conversion"},
	// It may take more from the account than had arrived, so it is no reversal.
	{Kind: KindConversionClosed, PayoutStep: "conversion"},
	{Kind: KindConvertedPayoutSettled, PayoutStep: "bank_payout"},
	{Kind: KindConvertedPayoutReturned, Reverses: KindConvertedPayoutSettled, PayoutStep: "bank_payout"},
	{Kind: KindConvertedPaymentReceived, ObjectType: "payment_intent", NamedByObject: true},
	{Kind: KindConvertedPaymentRefunded, ObjectType: "refund", NamedByObject: true},
	// It comes back at the rate of its day, so it may post more than the entry that it reverses.
	{Kind: KindConvertedRefundFailed, Reverses: KindConvertedPaymentRefunded, ObjectType: "balance_transaction", ReversalObjectType: "balance_transaction"},
	{Kind: KindPayoutSettledOutside, PayoutStep: "settlement"},
	{Kind: KindPayoutLost, PayoutStep: "loss"},
	{Kind: KindRefundSettledOutside, Budget: "refunded"},
	{Kind: KindBalanceSettled},
	{Kind: KindConvertedSettled},
	{Kind: KindCapitalPaidIn, ObjectType: "balance_transaction", NamedByObject: true},
	{Kind: KindCapitalTakenOut, ObjectType: "balance_transaction", NamedByObject: true},
	{Kind: KindProcessorFee, ObjectType: "balance_transaction", NamedByObject: true},
	{Kind: KindFundsReserved, ObjectType: "balance_transaction", NamedByObject: true},
}

// Kinds returns every kind that an entry may have, with its traits.
func Kinds() []Traits { return slices.Clone(kinds) }

// known reports whether Kinds has the kind.
func (k Kind) known() bool {
	_, known := k.traits()
	return known
}

func (k Kind) traits() (Traits, bool) {
	at := slices.IndexFunc(kinds, func(traits Traits) bool { return traits.Kind == k })
	if at < 0 {
		return Traits{}, false
	}
	return kinds[at], true
}

// ObjectType returns the type of the object of the payment processor that the entry stands for.
// It is empty if the entry stands for none.
func (e Entry) ObjectType() string {
	traits, _ := e.Kind.traits()
	if e.ReversesKind != "" {
		return traits.ReversalObjectType
	}
	return traits.ObjectType
}
