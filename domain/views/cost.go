package views

import (
	"maps"
	"slices"
)

// CostShare is what a campaign pays of an attempt. The price is in millionths of a US dollar.
type CostShare struct {
	// CampaignID is empty for what no campaign has asked for: a profile, to prove a channel.
	CampaignID string
	Clips      int
	CostMicros int64
}

// SplitCost divides the cost of an attempt by the numbers of clips that campaigns have in it, in the order of their ids.
// Shares are floors of cumulative amounts, so their sum is the cost.
func SplitCost(costMicros int64, clipsOf map[string]int) []CostShare {
	total := 0
	for _, clips := range clipsOf {
		total += clips
	}
	if total == 0 {
		return []CostShare{{CostMicros: costMicros}}
	}
	shares := make([]CostShare, 0, len(clipsOf))
	counted, assigned := 0, int64(0)
	for _, campaignID := range slices.Sorted(maps.Keys(clipsOf)) {
		counted += clipsOf[campaignID]
		upTo := mulDiv(costMicros, int64(counted), int64(total))
		shares = append(shares, CostShare{CampaignID: campaignID, Clips: clipsOf[campaignID], CostMicros: upTo - assigned})
		assigned = upTo
	}
	return shares
}

// Thrift is how much of its ceiling a campaign's readings have cost. The zero Thrift has no ceiling.
type Thrift struct {
	SpentMicros int64 `json:"spent_micros"`
	MaxMicros   int64 `json:"max_micros"`
}

// A campaign that has used this share of its ceiling is read half as often, or a quarter as often.
const (
	thriftHalf    = 5_000
	thriftQuarter = 7_500
)

// Slowdown returns by how much intervals are stretched: 1, 2 or 4, or 0 if only a last reading may still be taken.
func (t Thrift) Slowdown() int {
	if t.MaxMicros <= 0 {
		return 1
	}
	switch used := mulDiv(t.SpentMicros, basisPointsPerWhole, t.MaxMicros); {
	case used >= basisPointsPerWhole:
		return 0
	case used >= thriftQuarter:
		return 4
	case used >= thriftHalf:
		return 2
	}
	return 1
}
