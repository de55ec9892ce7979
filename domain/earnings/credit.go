package earnings

import (
	"github.com/creditroll/creditroll/domain/campaign"
)

// Credit is the result of recording a reading, in gross minor units.
type Credit struct {
	GrossMinor     int64 `json:"gross_minor"`
	LimitedBy      Limit `json:"limited_by"`
	Views          int64 `json:"views"`
	HighWaterViews int64 `json:"high_water_views"`
	// ExhaustedBudget is true for the one reading whose accrual ended the budget.
	ExhaustedBudget bool `json:"exhausted_budget"`
	// CampaignStatus is the campaign's status when the reading was recorded.
	CampaignStatus campaign.Status `json:"campaign_status"`
	// Replayed reports that the reading was recorded before.
	Replayed bool `json:"replayed"`
}
