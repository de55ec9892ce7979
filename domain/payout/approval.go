package payout

import "github.com/creditroll/creditroll/domain/money"

// ApprovalLimits are how much a run pays at most without an approval.
type ApprovalLimits struct {
	// Payouts is a number of payouts; 0 is no limit.
	Payouts int
	// AmountMinor is an amount for each currency. A currency that is not listed has no limit.
	AmountMinor map[money.Currency]int64
}

// Exceeded reports whether what a run would pay is above a limit.
func (l ApprovalLimits) Exceeded(payable []Sum) bool {
	payouts := int64(0)
	for _, sum := range payable {
		payouts += sum.Payouts
		if limitMinor, limited := l.AmountMinor[sum.Currency]; limited && sum.AmountMinor > limitMinor {
			return true
		}
	}
	return l.Payouts > 0 && payouts > int64(l.Payouts)
}
