package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
)

// CampaignInput starts or continues the life of a campaign. Terms are frozen in it.
type CampaignInput struct {
	CampaignID     string           `json:"campaign_id"`
	OrganizationID string           `json:"organization_id"`
	Name           string           `json:"name"`
	Terms          campaign.Terms   `json:"terms"`
	Settings       CampaignSettings `json:"settings"`
	State          campaignState    `json:"state"`
}

// CampaignSettings are the intervals at which a campaign looks at the books and at Stripe.
type CampaignSettings struct {
	CheckInterval duration.Text `json:"check_interval"`
	// PayoutMinimumMinor is the least that a payout run pays.
	PayoutMinimumMinor int64 `json:"payout_minimum_minor"`
}

// campaignState is what a campaign carries from one history into the next.
type campaignState struct {
	Recorded  bool             `json:"recorded"`
	Status    campaign.Status  `json:"status"`
	Ending    campaign.Command `json:"ending,omitempty"` // complete or cancel, once asked for
	EndedBy   campaign.Move    `json:"ended_by"`
	Payment   payment          `json:"payment"`
	Exhausted bool             `json:"exhausted,omitempty"`
	Swept     bool             `json:"swept,omitempty"` // every open clip was told
}

// CampaignLifecycle carries a campaign from draft to closed or cancelled. It hears of no
// single reading: that its budget is exhausted is told once.
func CampaignLifecycle(root workflow.Context, in CampaignInput) (CampaignResult, error) {
	ctx, _ := workflow.NewDisconnectedContext(root)
	c := &campaignRun{
		CampaignInput: in,
		waiting:       waitFor(root, SignalStripeChanged, SignalBudgetExhausted),
		moving:        workflow.NewMutex(root),
	}
	if err := c.listen(ctx); err != nil {
		return CampaignResult{}, err
	}
	if err := c.recordDraft(ctx); err != nil {
		return CampaignResult{}, workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	}
	for !c.settled {
		if err := c.advance(ctx); err != nil {
			showAttention(ctx, unforeseen(err, names.UpdateLine(names.Campaign(c.CampaignID), UpdateRetry)))
			c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until the refused step is tried again")
			clearAttention(ctx)
		}
		c.noticeEnding(ctx) // what was heard meanwhile goes on in the state
		if !c.settled && c.continueAsNew(ctx) {
			return CampaignResult{}, workflow.NewContinueAsNewError(root, CampaignLifecycle, c.CampaignInput)
		}
	}
	err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	return CampaignResult{Status: c.State.Status, SpentMinor: c.final.SpentMinor, RefundedMinor: c.final.RefundedMinor}, err
}

type campaignRun struct {
	CampaignInput
	*waiting
	moving    workflow.Mutex
	recordErr error
	// fundingTries makes the activity ids of one history unique.
	fundingTries int
	// looked: a campaign that waits has looked at its money since anything was heard.
	looked  bool
	refunds refundsSeen
	settled bool
	final   campaign.Facts
}

// recordDraft writes the campaign down; whoever asked for it is told by UpdateCreated.
func (c *campaignRun) recordDraft(ctx workflow.Context) error {
	if c.State.Recorded {
		return nil
	}
	c.recordErr = record(ctx, "Write the draft down", activities.CreateCampaign, campaign.NewCampaign{
		ID: c.CampaignID, OrganizationID: c.OrganizationID, Name: c.Name, Terms: c.Terms,
	})
	if c.recordErr != nil {
		return c.recordErr
	}
	// Usually a draft; further on if an earlier process of this campaign was terminated.
	read, err := c.read(ctx)
	if c.recordErr = err; err != nil {
		return err
	}
	c.State.Recorded, c.State.Status, c.State.Payment.PaymentIntentID = true, read.Status, read.PaymentIntentID
	return nil
}

// advance does what the present status calls for, or waits until something happens.
func (c *campaignRun) advance(ctx workflow.Context) error {
	c.noticeEnding(ctx)
	switch c.State.Status {
	case campaign.Approved:
		return c.awaitFunding(ctx)
	case campaign.Funded:
		return c.awaitStart(ctx)
	case campaign.Live, campaign.Paused:
		return c.awaitEnd(ctx)
	case campaign.Completed:
		return c.settle(ctx, campaign.FinishPaying)
	case campaign.PaidOut:
		return c.settle(ctx, campaign.Close)
	case campaign.Closed, campaign.Cancelled:
		return c.settleEnded(ctx)
	default: // draft and reviewing wait for people
		if c.State.Ending == campaign.Cancel {
			return c.end(ctx)
		}
		c.sleep(ctx, forever, "")
	}
	return nil
}

// noticeEnding turns the reasons for which a campaign ends by itself into the same command
// that a person would give.
func (c *campaignRun) noticeEnding(ctx workflow.Context) {
	c.State.Exhausted = c.took(SignalBudgetExhausted) || c.State.Exhausted
	live := c.State.Status == campaign.Live || c.State.Status == campaign.Paused
	switch {
	case c.State.Ending != "":
	case c.cancelled && campaign.Check(c.State.Status, campaign.Cancel) == nil:
		c.State.Ending = campaign.Cancel
		c.State.EndedBy = campaign.Move{Actor: "operator", Reason: "cancelled in Temporal", ActionID: names.ActionID(names.Campaign(c.CampaignID), "workflow-cancel")}
	case live && (c.State.Exhausted || !workflow.Now(ctx).Before(c.Terms.EndsAt)):
		c.State.Ending = campaign.Complete
	}
}

func (c *campaignRun) awaitStart(ctx workflow.Context) error {
	if c.State.Ending != "" {
		return c.end(ctx)
	}
	if left := c.Terms.StartsAt.Sub(workflow.Now(ctx)); left > 0 {
		if looked, err := c.look(ctx); err != nil || !looked {
			return err
		}
		c.sleep(ctx, max(0, c.Terms.StartsAt.Sub(workflow.Now(ctx))), "Until the campaign starts")
		return nil
	}
	return c.move(ctx, campaign.GoLive, campaign.Move{})
}

func (c *campaignRun) awaitEnd(ctx workflow.Context) error {
	if c.State.Ending != "" {
		return c.end(ctx)
	}
	if looked, err := c.look(ctx); err != nil || !looked || c.State.Exhausted {
		return err
	}
	c.sleep(ctx, max(0, c.Terms.EndsAt.Sub(workflow.Now(ctx))), "Until the campaign ends")
	return nil
}

// look notices that nothing is left to earn, and brings the books up to date with refunds that
// somebody made by hand: a dispute that was lost, or such a refund, may have taken all. It does
// so once in every history, before which anything may have been heard, and whenever something
// is heard. It reports whether it is done; until then it wants to be called again.
func (c *campaignRun) look(ctx workflow.Context) (done bool, err error) {
	if c.looked = !c.took(SignalStripeChanged) && c.looked; c.looked {
		return true, nil
	}
	facts, err := c.facts(ctx)
	if err != nil {
		return false, err
	}
	c.State.Exhausted = c.State.Exhausted || facts.EscrowMinor() == 0
	made, err := c.listRefunds(ctx)
	if err != nil {
		workflow.GetLogger(ctx).Warn("refunds cannot be read", "error", err)
		c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until Stripe can be read again")
		return false, nil
	}
	c.looked, err = c.bookRefunds(ctx, made)
	return c.looked, err
}

// end stops submissions, has every open clip read once more, and completes or cancels.
func (c *campaignRun) end(ctx workflow.Context) error {
	if !c.State.Swept {
		if err := record(ctx, "Accept no more clips", activities.StopSubmissions, c.CampaignID); err != nil {
			return err
		}
	}
	if swept, err := c.sweep(ctx); err != nil || !swept {
		return err
	}
	// From here to the move no payment may begin.
	if err := c.moving.Lock(ctx); err != nil {
		return err
	}
	defer c.moving.Unlock()
	if c.State.Status == campaign.Approved {
		if certain, err := c.abandonPayment(ctx); err != nil || !certain {
			return err
		}
	}
	return c.moveLocked(ctx, c.State.Ending, c.State.EndedBy)
}

const sweepPage = 100

// sweep tells every open clip once to be read for the last time, and reports whether none is
// open any more. Clips answer through the books, so this may be asked as often as one likes.
func (c *campaignRun) sweep(ctx workflow.Context) (done bool, err error) {
	facts, err := c.facts(ctx)
	if err != nil || facts.OpenClips == 0 {
		return err == nil, err
	}
	if !c.State.Swept {
		if err := c.tellClips(ctx); err != nil {
			return false, err
		}
		c.State.Swept = true
	}
	c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until the final sweep of the clips is done")
	return false, nil
}

func (c *campaignRun) tellClips(ctx workflow.Context) error {
	for after := ""; ; {
		open, err := step(ctx, "List clips that may still earn", activities.ListOpenClips, activities.OpenClipsPage{CampaignID: c.CampaignID, After: after, Limit: sweepPage})
		if err != nil {
			return err
		}
		for _, id := range signalAll(ctx, open) {
			// Its process was terminated: what it has on record is its last word.
			if err := record(ctx, "Finish a clip that nobody tracks", activities.FinishUntracked, id); err != nil {
				return err
			}
		}
		if len(open) < sweepPage {
			return nil
		}
		after = open[len(open)-1]
	}
}

// signalAll returns the clips whose process does not run.
func signalAll(ctx workflow.Context, clipIDs []string) (gone []string) {
	sent := make([]workflow.Future, len(clipIDs))
	for i, id := range clipIDs {
		sent[i] = workflow.SignalExternalWorkflow(ctx, names.Clip(id), "", SignalFinalSweep, nil)
	}
	for i, future := range sent {
		if err := future.Get(ctx, nil); err != nil {
			gone = append(gone, clipIDs[i])
		}
	}
	return gone
}

// settle gives unspent escrow back and takes the next step as soon as the books allow it.
func (c *campaignRun) settle(ctx workflow.Context, next campaign.Command) error {
	facts, refunded, err := c.refundUnspent(ctx)
	if err != nil || !refunded {
		return err
	}
	if _, err := campaign.Next(c.State.Status, next, facts); err != nil {
		c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until "+waitsFor[next])
		return nil
	}
	return c.move(ctx, next, campaign.Move{})
}

var waitsFor = map[campaign.Command]string{
	campaign.FinishPaying: "every hold is released and paid, and the unspent budget is refunded",
	campaign.Close:        "every payout of the campaign has ended",
}

// settleEnded ends the process of a campaign that is closed or cancelled, once what was
// earned has been paid and what was not earned is the brand's again. A clawback or a failed
// refund may put money back into the escrow later on: then the process is begun anew.
func (c *campaignRun) settleEnded(ctx workflow.Context) error {
	facts, refunded, err := c.refundUnspent(ctx)
	if err != nil || !refunded {
		return err
	}
	c.final = facts
	if c.settled = campaign.Settled(facts) == nil && !c.took(SignalStripeChanged); !c.settled {
		c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until what was earned before is paid")
	}
	return nil
}

func (c *campaignRun) read(ctx workflow.Context) (campaign.Standing, error) {
	return step(ctx, "Read where the campaign's money is", activities.ReadCampaignStanding, activities.StandingOf{
		CampaignID: c.CampaignID, PayoutMinimumMinor: c.Settings.PayoutMinimumMinor,
	})
}

func (c *campaignRun) facts(ctx workflow.Context) (campaign.Facts, error) {
	read, err := c.read(ctx)
	read.Facts.Now, read.Facts.StartsAt = workflow.Now(ctx), c.Terms.StartsAt
	return read.Facts, err
}

// move takes one step of the lifecycle in the database and remembers the status.
func (c *campaignRun) move(ctx workflow.Context, command campaign.Command, by campaign.Move) error {
	if err := c.moving.Lock(ctx); err != nil {
		return err
	}
	defer c.moving.Unlock()
	return c.moveLocked(ctx, command, by)
}

func (c *campaignRun) moveLocked(ctx workflow.Context, command campaign.Command, by campaign.Move) error {
	by.CampaignID, by.Command, by.StartsAt, by.Now = c.CampaignID, command, c.Terms.StartsAt, workflow.Now(ctx)
	by.PayoutMinimumMinor = c.Settings.PayoutMinimumMinor
	status, err := step(ctx, "Move the campaign: "+string(command), activities.MoveCampaign, by)
	if err == nil {
		c.State.Status = status
		workflow.SetCurrentDetails(ctx, "The campaign is "+string(status)+". Budget: "+money.Amount{Minor: c.Terms.BudgetMinor, Currency: c.Terms.Currency}.String())
	}
	return err
}
