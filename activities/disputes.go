package activities

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/dispute"
)

// The steps of a dispute over a deposit that concern the campaigns that got its money.
var (
	// FreezeDisputedBudget freezes in one campaign what the balance lacks for a dispute, named by its id. It
	// returns nothing once the balance lacks nothing or no campaign has any.
	FreezeDisputedBudget = Activity[string, dispute.Frozen]{"FreezeDisputedBudget"}
	// ReleaseDisputedBudget ends what a dispute freezes in one campaign. It returns nothing once none is frozen.
	ReleaseDisputedBudget = Activity[BudgetRelease, dispute.Frozen]{"ReleaseDisputedBudget"}
	// ListDisputedCampaigns returns the campaigns in which a dispute, named by its id, has frozen money, also
	// those that are released.
	ListDisputedCampaigns = Activity[string, []string]{"ListDisputedCampaigns"}
	// ReadDisputeHeld returns where the money of a dispute, named by its id, is held.
	ReadDisputeHeld = Activity[string, dispute.Held]{"ReadDisputeHeld"}
)

// BudgetRelease requests the end of what a dispute freezes. If it is lost, what was frozen goes to the balance.
type BudgetRelease struct {
	DisputeID string    `json:"dispute_id"`
	Lost      bool      `json:"lost,omitempty"`
	At        time.Time `json:"at"`
}

func (l Ledger) registerDisputes(registry Registry) {
	store := l.Books.Campaigns
	bind(registry, FreezeDisputedBudget, store.FreezeNext)
	bind(registry, ReleaseDisputedBudget, func(ctx context.Context, in BudgetRelease) (dispute.Frozen, error) {
		return store.ReleaseNext(ctx, in.DisputeID, in.Lost, in.At)
	})
	bind(registry, ListDisputedCampaigns, store.ListCampaignsOfDispute)
	bind(registry, ReadDisputeHeld, store.GetHeld)
}
