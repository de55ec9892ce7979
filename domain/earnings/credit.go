package earnings

import (
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/views"
)

// Credit is the result of recording a reading, in gross minor units.
type Credit struct {
	GrossMinor     int64 `json:"gross_minor"`
	LimitedBy      Limit `json:"limited_by"`
	Views          int64 `json:"views"`
	HighWaterViews int64 `json:"high_water_views"`
	// ExhaustedBudget is true for the one reading whose accrual ended the budget.
	ExhaustedBudget bool `json:"exhausted_budget"`
	// NearlySpent is true for the one reading whose accrual left a tenth of the budget or less. A reading that is recorded
	// again reports it if no more is left now: the first answer may have been lost.
	NearlySpent bool `json:"nearly_spent,omitempty"`
	// ViewsLeft is how many more views can earn until a cap is reached for good.
	ViewsLeft int64 `json:"views_left"`
	// CampaignStatus is the campaign's status when the reading was recorded.
	CampaignStatus campaign.Status `json:"campaign_status"`
	// Decision is what the reading counts for, and AcceptedViews how much of it.
	Decision      views.Decision `json:"decision"`
	AcceptedViews int64          `json:"accepted_views"`
	// Claim is a count that waits for confirmation.
	Claim views.Claim `json:"claim,omitzero"`
	// RecheckAfter is set if the clip should be read again soon, by another provider first.
	RecheckAfter duration.Text `json:"recheck_after,omitempty"`
	// Thrift is what the campaign's readings have cost, if there is a ceiling.
	Thrift views.Thrift `json:"thrift,omitzero"`
	// Replayed reports that the reading was recorded before.
	Replayed bool `json:"replayed"`
}

// ViewsUntilCap is ViewsLeft, or -1 while pacing defers what the clip has earned: each reading credits a part of
// that, so the clip must not be read as seldom as one at its cap.
func (c Credit) ViewsUntilCap() int64 {
	if c.LimitedBy == HourlyPacing || c.LimitedBy == DailyPacing {
		return -1
	}
	return c.ViewsLeft
}

// Spent reports whether the clip can earn nothing more, however many views it has, unless the budget is raised.
func (c Credit) Spent() bool { return c.ViewsLeft == 0 }
