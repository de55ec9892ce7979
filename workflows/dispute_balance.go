package workflows

import (
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/dispute"
	"github.com/creditroll/creditroll/domain/money"
)

// The money of a deposit is in the organization's balance, and campaigns may have got it. So is what was moved
// there from a campaign's own payment. While a dispute over it is open, the balance is held back. What it lacks
// is frozen in the unspent budgets of the campaigns that were funded from it, the newest first. If the dispute
// is lost, the budgets return it to the balance, which bears the loss.

// overBalance reports whether the booked dispute can be over money of a balance. That of a campaign's payment
// can become so when its budget is lowered.
func (d *disputeProcess) overBalance() bool {
	return d.frozen && !d.paid.Converted
}

// holdBalance freezes what the balance lacks, and returns where the disputed money of it is held. The balance
// can have changed since, so it is called at every look.
func (d *disputeProcess) holdBalance(ctx workflow.Context) (held dispute.Held, err error) {
	if !d.overBalance() {
		return held, nil
	}
	for {
		frozen, err := step(ctx, "Freeze in a campaign what the balance lacks", activities.FreezeDisputedBudget, d.DisputeID)
		if err != nil {
			return held, err
		}
		if frozen.AmountMinor == 0 {
			return step(ctx, "Read where the disputed money is held", activities.ReadDisputeHeld, d.DisputeID)
		}
	}
}

// releaseBudgets ends what the dispute freezes in campaigns, and notifies each of them: it can spend again, or
// has nothing left to spend. It notifies those that are released already as well, because their notice is lost
// if the workflow ends after a release and starts over.
func (d *disputeProcess) releaseBudgets(ctx workflow.Context) error {
	if !d.overBalance() {
		return nil
	}
	for {
		released, err := step(ctx, "Release what is frozen in a campaign", activities.ReleaseDisputedBudget, activities.BudgetRelease{
			DisputeID: d.DisputeID, Lost: d.result.Verdict == dispute.Lost, At: workflow.Now(ctx),
		})
		if err != nil {
			return err
		}
		if released.CampaignID == "" {
			break
		}
	}
	campaigns, err := step(ctx, "List the campaigns that the dispute froze", activities.ListDisputedCampaigns, d.DisputeID)
	if err != nil {
		return err
	}
	for _, campaignID := range campaigns {
		if _, err := notifyCampaign(ctx, campaignID, d.Campaign); err != nil {
			return err
		}
	}
	return nil
}

// whereMoved says where the part of a campaign's payment is held that is not in its escrow.
func (d *disputeProcess) whereMoved(held dispute.Held, currency money.Currency) string {
	if len(held.Campaigns) == 0 && held.BalanceMinor == 0 && held.MissingMinor == 0 {
		return ""
	}
	return " A part was moved to the brand's balance. " + whereElse(held, currency, "that part", "the brand's balance")
}

// whereHeld says where the money of a disputed deposit is held.
func (d *disputeProcess) whereHeld(held dispute.Held, currency money.Currency) string {
	balance := "the balance of organization " + d.paid.OrganizationID
	if len(held.Campaigns) == 0 && held.MissingMinor == 0 {
		return "The amount is held back from " + balance + " until the bank has decided."
	}
	return whereElse(held, currency, "the amount", balance)
}

func whereElse(held dispute.Held, currency money.Currency, of, balance string) string {
	amount := func(minor int64) string { return money.Amount{Minor: minor, Currency: currency}.String() }
	frozenMinor, campaigns := int64(0), make([]string, len(held.Campaigns))
	for i, each := range held.Campaigns {
		frozenMinor += each.AmountMinor
		campaigns[i] = amount(each.AmountMinor) + " of campaign " + each.CampaignID
	}
	said := "Until the bank has decided, " + amount(held.BalanceMinor) + " of " + of + " is held back from " + balance + "."
	if frozenMinor > 0 {
		said += " Campaigns got the rest from there, and " + amount(frozenMinor) + " of their unspent budgets is frozen: " + strings.Join(campaigns, ", ") + "."
	}
	if held.MissingMinor > 0 {
		said += " The other " + amount(held.MissingMinor) + " is held nowhere, because creators have earned it or it was sent back. If the dispute is lost, the brand owes it."
	}
	return said
}
