package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
)

// The money of the organization's balance is at Stripe already. So each move between the balance and
// an escrow is one transaction in the books, and nothing is sent. If the process dies before it,
// nothing has happened and the step starts over. If it dies after it, the step finds that the budget is
// allocated, the amendment is on record, or nothing is left to return, and books nothing twice.

// fundFromBalance takes the budget out of the organization's balance. A payment that was begun for it
// is cancelled first, so that the budget is never paid twice.
func (c *campaignProcess) fundFromBalance(ctx workflow.Context) error {
	defer c.wake() // status and payment may be others than this history knew
	for {
		if err := c.knowPayment(ctx); err != nil {
			return err
		}
		if c.State.Status != campaign.Approved {
			return fault.New(fault.Conflict, "not_fundable", "only an approved campaign can be funded: this one is %s", c.State.Status)
		}
		if c.State.Allocated { // by another history, before this one was reset
			return c.confirmAllocated(ctx)
		}
		if c.State.Payment.PaymentIntentID == "" {
			break
		}
		if err := c.cancelPayment(ctx); err != nil {
			return err
		}
	}
	if err := c.checkBrand(ctx); err != nil {
		return err
	}
	err := record(ctx, "Take the budget out of the organization's balance", activities.AllocateBudget, activities.Allocation{
		CampaignID: c.CampaignID, At: workflow.Now(ctx), CancelledPayment: c.State.Payment.Over,
	})
	if err != nil {
		return err
	}
	c.State.Allocated = true
	return c.confirmAllocated(ctx)
}

// confirmAllocated moves a campaign that has its budget from the balance, once. The caller must hold the
// lock.
func (c *campaignProcess) confirmAllocated(ctx workflow.Context) error {
	if c.State.Status != campaign.Approved {
		return nil
	}
	return c.moveLocked(ctx, campaign.ConfirmFunding, campaign.Move{})
}

func (c *campaignProcess) moveOfBudget(ctx workflow.Context) activities.BudgetMove {
	return activities.BudgetMove{CampaignID: c.CampaignID, At: workflow.Now(ctx)}
}

// cancelPayment cancels the payment that was begun for the budget. It returns fault.Conflict
// "payment_under_way" if that is too late.
func (c *campaignProcess) cancelPayment(ctx workflow.Context) error {
	id := c.State.Payment.PaymentIntentID
	if id == "" {
		return nil
	}
	if _, refused := do(ctx, railMoney, "Cancel the payment", activities.CancelFunding, id); refused != nil {
		funding, err := do(ctx, railRead, "Read the payment's status", activities.GetFunding, id)
		if err != nil {
			return err
		}
		if funding.Status != rail.FundingCanceled {
			return fault.New(fault.Conflict, "payment_under_way", "the payment %s for this campaign is under way: wait until it has succeeded or failed", id)
		}
	}
	c.endPayment(id)
	return nil
}

// endPayment forgets a payment through which no money can arrive any more. Another one may have taken its place
// while that was read.
func (c *campaignProcess) endPayment(id string) {
	if c.State.Payment.PaymentIntentID == id {
		c.State.Payment.Over, c.State.Payment.PaymentIntentID = id, ""
	}
}

// returnToBalance gives what was not spent of an allocated budget back to the organization's balance.
func (c *campaignProcess) returnToBalance(ctx workflow.Context) error {
	return record(ctx, "Return the unspent budget to the organization's balance", activities.ReturnBudget, c.moveOfBudget(ctx))
}

// validateAmend refuses a change that breaks a rule before it is recorded in the history.
func (c *campaignProcess) validateAmend(ctx workflow.Context, in Amend) error {
	if in.Actor == "" {
		return activities.Failure(fault.Field("actor", "actor_missing", "name the person who requests this"))
	}
	if c.State.Ending != "" {
		return activities.Failure(fault.New(fault.Conflict, "campaign_ending", "the campaign is already ending: its clips are read one last time"))
	}
	if err := campaign.CheckAmendable(c.State.Status); err != nil {
		return activities.Failure(err)
	}
	_, err := c.Terms.Amend(in.Change, workflow.Now(ctx))
	return activities.Failure(err)
}

// onAmend changes budget and end in the books. A raised budget is earned from then on, even if the
// budget before it was exhausted a moment ago.
func (c *campaignProcess) onAmend(ctx workflow.Context, in Amend) (campaign.Amended, error) {
	if err := c.moving.Lock(ctx); err != nil {
		return campaign.Amended{}, err
	}
	defer c.moving.Unlock()
	if err := c.validateAmend(ctx, in); err != nil {
		return campaign.Amended{}, err // the status changed while this waited for the lock
	}
	raised := in.BudgetMinor > c.Terms.BudgetMinor
	if raised && c.State.Status != campaign.Funded { // one that is funded is checked before it goes live
		err := untilAnswered(ctx, "compare the balance", func() error { return requireCover(ctx, c.Terms.Currency) })
		if err != nil {
			return campaign.Amended{}, activities.Failure(err)
		}
	}
	amended, err := stepForPerson(ctx, "Amend the campaign", activities.AmendCampaign, campaign.Amendment{
		CampaignID: c.CampaignID, ID: names.ActionID(names.Campaign(c.CampaignID), workflow.GetCurrentUpdateInfo(ctx).ID),
		Change: in.Change, Actor: in.Actor, Reason: in.Reason, Now: workflow.Now(ctx),
	})
	if err != nil {
		return campaign.Amended{}, activities.Failure(err)
	}
	c.amended(amended.Change)
	if raised && c.State.Ending == "" {
		c.raises++
		c.State.ReadClips = c.State.ReadClips || c.State.Status == campaign.Live // clips at its end are read seldom
		c.State.Exhausted, c.moneyChecked = false, false
	}
	c.describe(ctx, "")
	c.wake()
	return amended, nil
}

// amended keeps what amendments have made of the terms.
func (c *campaignProcess) amended(now campaign.Change) {
	if now.BudgetMinor > 0 {
		c.Terms.BudgetMinor = now.BudgetMinor
	}
	if now.EndsAt.Sub(c.Terms.EndsAt) >= time.Millisecond { // the books round to microseconds
		c.Terms.EndsAt = now.EndsAt
	}
}
