package payout

// Line is a campaign's part of a payout.
type Line struct {
	CampaignID  string `json:"campaign_id"`
	AmountMinor int64  `json:"amount_minor"`
}

// SumMinor returns the sum of lines.
func SumMinor(lines []Line) int64 {
	totalMinor := int64(0)
	for _, line := range lines {
		totalMinor += line.AmountMinor
	}
	return totalMinor
}
