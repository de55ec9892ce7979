package ledger

// PayoutSettledOnAccount books a payout whose money lay on the connected account and has reached
// the creator without a bank payout of ours. The reference is the payout, so a payout is settled
// outside once, whichever way.
func PayoutSettledOnAccount(p Payout) Entry {
	return p.entry(KindPayoutSettledOutside, p.PayoutID,
		Posting{CreatorConnected(p.CreatorID), p.AmountMinor},
		Posting{StripeConnected(p.CreatorID), -p.AmountMinor},
	)
}

// PayoutSettledElsewhere books a payout that was never transferred and that the platform has paid
// with money of its own, for example by wire.
func PayoutSettledElsewhere(p Payout) Entry {
	return p.entry(KindPayoutSettledOutside, p.PayoutID,
		Posting{CreatorInTransit(p.CreatorID), p.AmountMinor},
		Posting{PlatformCapital, -p.AmountMinor},
	)
}

// PayoutLost books that the money of a payout is gone from the connected account and did not
// reach the creator. The creator can be paid again, and the platform bears the loss.
func PayoutLost(p Payout) Entry {
	return p.entry(KindPayoutLost, p.PayoutID,
		Posting{CreatorConnected(p.CreatorID), p.AmountMinor},
		Posting{CreatorAvailable(p.CreatorID), -p.AmountMinor},
		Posting{PlatformLosses, p.AmountMinor},
		Posting{StripeConnected(p.CreatorID), -p.AmountMinor},
	)
}
