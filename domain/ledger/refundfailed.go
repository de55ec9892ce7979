package ledger

// EscrowRefundFailed undoes EscrowRefunded. The brand's bank did not accept the money, so it is
// escrow again. The reference is the same refund.
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
