package dispute

// Frozen is what a dispute over a deposit freezes of a campaign that was funded from the balance.
type Frozen struct {
	CampaignID  string `json:"campaign_id"`
	AmountMinor int64  `json:"amount_minor"`
}

// Held is where the money of a disputed deposit is held while the bank has not decided, in minor units.
type Held struct {
	// BalanceMinor is held back from the organization's balance, and Campaigns have the rest in escrow.
	BalanceMinor int64    `json:"balance_minor"`
	Campaigns    []Frozen `json:"campaigns,omitempty"`
	// MissingMinor is held nowhere, because creators have earned it or a refund has sent it.
	MissingMinor int64 `json:"missing_minor,omitempty"`
}
