package payout

// LeaveRest returns what each line leaves behind so that the rest of them sums to a multiple
// of the step in which a bank takes money. Less than one step is left in all, by the last
// lines.
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
