package ledger

// KindEscrowRefundFailed is the event of a refund whose money came back after it had been
// booked as succeeded.
const KindEscrowRefundFailed Kind = "escrow_refund_failed"

// EscrowRefundFailed undoes EscrowRefunded: the brand's bank did not keep the money, so it
// is escrow again. The reference is the same refund.
func EscrowRefundFailed(r Refund) Entry {
	entry := Entry{
		Kind: KindEscrowRefundFailed, Reference: r.RefundID, Currency: r.Currency, EffectiveAt: r.At,
		Postings: legs(
			Posting{StripePlatform, r.AmountMinor},
			Posting{CampaignEscrow(r.CampaignID), -r.AmountMinor},
		),
	}
	return entry.reversing(KindEscrowRefunded, r.RefundID)
}
