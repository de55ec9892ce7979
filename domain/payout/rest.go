package payout

// LeaveRest returns how much of each line stays unpaid, so that the paid parts sum to a multiple
// of the step in which a bank takes money. The last lines leave the rest, which in all is less
// than one step.
func LeaveRest(linesMinor []int64, stepMinor int64) (leftMinor []int64) {
	totalMinor := int64(0)
	for _, lineMinor := range linesMinor {
		totalMinor += lineMinor
	}
	restMinor := totalMinor % stepMinor
	leftMinor = make([]int64, len(linesMinor))
	for i := len(linesMinor) - 1; i >= 0; i-- {
		leftMinor[i] = min(restMinor, linesMinor[i])
		restMinor -= leftMinor[i]
	}
	return leftMinor
}
