package payout

// LeaveRest returns how much of each line stays unpaid, so that the paid parts sum to a multiple
// of the step in which a bank takes money. The last lines leave the rest, which in all is less
// than one step.
func LeaveRest(linesMinor []int64, stepMinor int64) (leftMinor []int64) {
	totalMinor := int64(0)
	for _, lineMinor := range linesMinor {
		totalMinor += lineMinor
	}
	return TakeFromLast(linesMinor, totalMinor%stepMinor)
}

// TakeFromLast returns how much is taken of each line, so that an amount is taken in all: the last
// lines give first. The lines must sum to at least the amount.
func TakeFromLast(linesMinor []int64, amountMinor int64) (takenMinor []int64) {
	takenMinor = make([]int64, len(linesMinor))
	for i := len(linesMinor) - 1; i >= 0; i-- {
		takenMinor[i] = min(amountMinor, linesMinor[i])
		amountMinor -= takenMinor[i]
	}
	return takenMinor
}
