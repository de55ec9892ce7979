package earnings

import (
	"math"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/money"
)

// ViewsLeft returns how many more views can earn until a cap is reached for good: that of the clip, of the creator or
// the budget. Pacing only defers. It is zero once one is reached. The progress is that after the newest accrual.
func ViewsLeft(terms campaign.Terms, progress Progress) int64 {
	leftMinor := progress.BudgetLeftMinor
	if terms.MaxPerClipMinor > 0 {
		leftMinor = min(leftMinor, terms.MaxPerClipMinor-progress.ClipGrossMinor)
	}
	if terms.MaxPerCreatorMinor > 0 {
		leftMinor = min(leftMinor, terms.MaxPerCreatorMinor-progress.CreatorGrossMinor)
	}
	if leftMinor <= 0 || terms.RateMinorPerThousand <= 0 {
		return 0
	}
	until, err := money.UnitsForPerThousandHalfUp(progress.ClipGrossMinor+leftMinor, terms.RateMinorPerThousand)
	if err != nil { // more views than can be counted
		return math.MaxInt64
	}
	return max(0, until-progress.CreditableViews)
}

// nearlyShare divides a budget: once no more than this part is left, it is nearly spent.
const nearlyShare = 10

// NearlySpent reports whether an accrual has brought what is left of a budget to a tenth or less. It is true for one
// accrual only.
func NearlySpent(budgetMinor, leftBeforeMinor, leftAfterMinor int64) bool {
	return IsNearlySpent(budgetMinor, leftAfterMinor) && leftBeforeMinor > budgetMinor/nearlyShare
}

// IsNearlySpent reports whether a tenth of a budget or less is left, and not nothing.
func IsNearlySpent(budgetMinor, leftMinor int64) bool {
	return leftMinor > 0 && leftMinor <= budgetMinor/nearlyShare
}
