package ledger

// InstantFeeCharged books what a creator pays for an instant payout. It is booked before the payout is
// reserved, so the payout itself has the amount that arrives. AmountMinor is the fee.
func InstantFeeCharged(p Payout) Entry {
	return p.entry(KindInstantFeeCharged, p.PayoutID,
		Posting{CreatorAvailable(p.CreatorID), p.AmountMinor},
		Posting{PlatformFees, -p.AmountMinor},
	)
}

// InstantFeeReturned undoes InstantFeeCharged: the payout did not arrive by the instant method.
func InstantFeeReturned(p Payout) Entry {
	entry := p.entry(KindInstantFeeReturned, p.PayoutID,
		Posting{PlatformFees, p.AmountMinor},
		Posting{CreatorAvailable(p.CreatorID), -p.AmountMinor},
	)
	return entry.reversing(KindInstantFeeCharged, p.PayoutID)
}
