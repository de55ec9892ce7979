package demo

import "fmt"

// wrongEarnings recomputes every creator's earnings from the readings, without the
// product's own arithmetic, and compares them with the ledger:
//
//	clip     = half-up(highest reading x rate / 1000), 0 below the minimum of views, at most the cap per clip
//	creator  = sum of clips, at most the cap per creator
//	campaign = sum of creators, at most the budget
//
// These equations hold for any order of readings: a cap is either reached exactly or has no
// effect. If the budget was the limit, the shares depend on the order, and only the sum is
// certain. Every reading must be a count that the platform has served.
func (e evidence) wrongEarnings() []string {
	highest := map[string]int64{}
	for _, observation := range e.books.observations {
		highest[observation.ClipID] = max(highest[observation.ClipID], observation.Views)
	}
	broken := e.inventedReadings()
	for _, campaign := range e.books.terms {
		broken = append(broken, e.misearnedIn(campaign, highest)...)
	}
	return broken
}

func (e evidence) misearnedIn(campaign campaignFacts, highest map[string]int64) []string {
	var broken []string
	terms := campaign.Terms
	wanted, got := map[string]int64{}, map[string]int64{}
	for _, clip := range e.books.clips {
		if clip.CampaignID != campaign.ID {
			continue
		}
		worthMinor := worth(highest[clip.ID], terms.RateMinorPerThousand, terms.MinimumViews, terms.MaxPerClipMinor)
		if clip.EarnedMinor > worthMinor {
			broken = append(broken, fmt.Sprintf("clip %s earned %d, but its %d views are worth %d", clip.ID, clip.EarnedMinor, highest[clip.ID], worthMinor))
		}
		wanted[clip.CreatorID] += worthMinor
		got[clip.CreatorID] += clip.EarnedMinor
	}
	var allWanted, allGot int64
	for creator := range wanted {
		wanted[creator] = atMost(wanted[creator], terms.MaxPerCreatorMinor)
		allWanted, allGot = allWanted+wanted[creator], allGot+got[creator]
	}
	if expected := min(allWanted, campaign.FundedMinor); allGot != expected || campaign.SpentMinor != expected {
		broken = append(broken, fmt.Sprintf("campaign %s spent %d and its clips earned %d, but the formula gives %d", campaign.ID, campaign.SpentMinor, allGot, expected))
	}
	for creator := range wanted {
		exhausted := allWanted > campaign.FundedMinor
		if got[creator] > wanted[creator] || !exhausted && got[creator] != wanted[creator] {
			broken = append(broken, fmt.Sprintf("creator %s earned %d in campaign %s, but the formula gives %d", creator, got[creator], campaign.ID, wanted[creator]))
		}
	}
	return broken
}

// worth is a clip's gross in minor units, rounded half up.
func worth(views, rateMinorPerThousand, minimumViews, capMinor int64) int64 {
	if views < minimumViews {
		return 0
	}
	return atMost((views*rateMinorPerThousand+500)/1000, capMinor)
}

// atMost applies a cap. Zero means no cap.
func atMost(minor, capMinor int64) int64 {
	if capMinor > 0 {
		return min(minor, capMinor)
	}
	return minor
}

// inventedReadings are readings with counts that the platform never served.
func (e evidence) inventedReadings() []string {
	if e.shown == nil {
		return nil
	}
	post := map[string]string{}
	for _, clip := range e.books.clips {
		post[clip.ID] = clip.Platform + "/" + clip.ExternalID
	}
	var broken []string
	for _, observation := range e.books.observations {
		shown, ours := e.shown[post[observation.ClipID]]
		if ours && !shown[observation.Views] {
			broken = append(broken, fmt.Sprintf("clip %s has a reading of %d views, which its platform never served", observation.ClipID, observation.Views))
		}
	}
	return broken
}
