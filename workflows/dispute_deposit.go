package workflows

import (
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/dispute"
	"github.com/creditroll/creditroll/domain/money"
)

// The money of a deposit is in the organization's balance, and campaigns may have got it. While a dispute over
// the deposit is open, the balance is held back. What it lacks is frozen in the unspent budgets of the campaigns
// that were funded from it, the newest first. If the dispute is lost, the budgets return it to the balance,
// which bears the loss.

// overDeposit reports whether the booked dispute is over money of a balance.
func (d *disputeProcess) overDeposit() bool {
	return d.frozen && d.paid.DepositID != "" && !d.paid.Converted
}

// holdDeposit freezes what the balance lacks, and returns where the disputed money is held. The balance can have
// changed since, so it is called at every look.
func (d *disputeProcess) holdDeposit(ctx workflow.Context) (held dispute.Held, err error) {
	if !d.overDeposit() {
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
// has nothing left to spend.
func (d *disputeProcess) releaseBudgets(ctx workflow.Context) error {
	if !d.overDeposit() {
		return nil
	}
	for {
		released, err := step(ctx, "Release what is frozen in a campaign", activities.ReleaseDisputedBudget, activities.BudgetRelease{
			DisputeID: d.DisputeID, Lost: d.result.Verdict == dispute.Lost, At: workflow.Now(ctx),
		})
		if err != nil || released.CampaignID == "" {
			return err
		}
		if _, err := notifyCampaign(ctx, released.CampaignID, d.Campaign); err != nil {
			return err
		}
	}
}

// whereHeld says where the money of a disputed deposit is held.
func (d *disputeProcess) whereHeld(held dispute.Held, currency money.Currency) string {
	amount := func(minor int64) string { return money.Amount{Minor: minor, Currency: currency}.String() }
	balance := "the balance of organization " + d.paid.OrganizationID
	if len(held.Campaigns) == 0 && held.MissingMinor == 0 {
		return "The amount is held back from " + balance + " until the bank has decided."
	}
	frozenMinor, campaigns := int64(0), make([]string, len(held.Campaigns))
	for i, each := range held.Campaigns {
		frozenMinor += each.AmountMinor
		campaigns[i] = amount(each.AmountMinor) + " of campaign " + each.CampaignID
	}
	said := "Until the bank has decided, " + amount(held.BalanceMinor) + " of the amount is held back from " + balance + "."
	if frozenMinor > 0 {
		said += " Campaigns got the rest from there, and " + amount(frozenMinor) + " of their unspent budgets is frozen: " + strings.Join(campaigns, ", ") + "."
	}
	if held.MissingMinor > 0 {
		said += " The other " + amount(held.MissingMinor) + " is held nowhere, because creators have earned it or it was sent back. If the dispute is lost, the brand owes it."
	}
	return said
}
