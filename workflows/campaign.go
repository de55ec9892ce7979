package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
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

// CampaignSettings have the interval at which a campaign reads the books and Stripe.
type CampaignSettings struct {
	CheckInterval duration.Text `json:"check_interval"`
	// PayoutMinimumMinor are the least amounts that a payout run pays.
	PayoutMinimumMinor payout.Minimums `json:"payout_minimum_minor"`
}

// campaignState is what a campaign carries from one history into the next.
type campaignState struct {
	Recorded bool             `json:"recorded"`
	Status   campaign.Status  `json:"status"`
	Ending   campaign.Command `json:"ending,omitempty"` // complete or cancel, once requested
	EndedBy  campaign.Move    `json:"ended_by"`
	Payment  payment          `json:"payment"`
	// Allocated: the budget came from the organization's balance.
	Allocated bool `json:"allocated,omitempty"`
	Exhausted bool `json:"exhausted,omitempty"`
	Swept     bool `json:"swept,omitempty"` // every open clip has the signal for its final reading
	// SweptAt is when the clips were signalled last.
	SweptAt time.Time `json:"swept_at,omitzero"`
	// ReviewsAt is when clips in review whose money is kept were looked after last.
	ReviewsAt time.Time `json:"reviews_at,omitzero"`
	// ReleasedAt is when kept money was released last.
	ReleasedAt time.Time `json:"released_at,omitzero"`
	// ReviewShown: the campaign needs attention because of a review.
	ReviewShown bool `json:"review_shown,omitempty"`
	// ReadClips: the campaign was paused or resumed, or its budget is nearly spent, and its clips are still to be read at
	// that moment.
	ReadClips bool `json:"read_clips,omitempty"`
	// ReadAfter, SweepAfter and ReviewsAfter are the last clips that were signalled, where an earlier history has stopped.
	ReadAfter    string `json:"read_after,omitempty"`
	SweepAfter   string `json:"sweep_after,omitempty"`
	ReviewsAfter string `json:"reviews_after,omitempty"`
	// TrackingOff: the campaign needs attention because its final readings wait for tracking.
	TrackingOff bool `json:"tracking_off,omitempty"`
	// BrandWaits counts the waits for the verification of the brand.
	BrandWaits int `json:"brand_waits,omitempty"`
	// Cover is the wait for a balance that covers what is owed.
	Cover coverWait `json:"cover"`
	// Unreadable is the wait for what Stripe does not show.
	Unreadable unreadable `json:"unreadable,omitzero"`
}

// CampaignLifecycle carries a campaign from draft to closed or cancelled. It receives no signal
// for a single reading; it receives one when the budget is exhausted.
func CampaignLifecycle(root workflow.Context, in CampaignInput) (CampaignResult, error) {
	ctx, _ := workflow.NewDisconnectedContext(root)
	c := &campaignProcess{
		CampaignInput: in,
		waiting:       waitFor(root, SignalStripeChanged, SignalBudgetExhausted, SignalBudgetNearlySpent),
		moving:        workflow.NewMutex(root),
	}
	if err := c.setUpdateHandlers(ctx); err != nil {
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
			c.brandShown, c.trackingShown, c.coverShown, c.State.Unreadable.Shown = false, false, "", false // to be shown again if they still hold
		}
		c.noticeEnding(ctx) // the next history has the state, not the received signals
		if !c.settled && !c.refunds.covered && c.continueAsNew(ctx) {
			return CampaignResult{}, workflow.NewContinueAsNewError(root, CampaignLifecycle, c.CampaignInput)
		}
	}
	c.State.Unreadable.succeeded(ctx)
	err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	return CampaignResult{Status: c.State.Status, SpentMinor: c.final.SpentMinor, RefundedMinor: c.final.RefundedMinor}, err
}

// campaignProcess is the state of one campaign's workflow.
type campaignProcess struct {
	CampaignInput
	*waiting
	moving    workflow.Mutex
	recordErr error
	// fundingTries makes the activity ids of one history unique.
	fundingTries int
	// frozen is the generation of the payment that this history has requested last. It knows the outcome.
	frozen int
	// moneyChecked: the campaign's money was checked since the last signal from Stripe.
	moneyChecked bool
	// raises counts the raised budgets in this history.
	raises int
	// trackingShown: this history shows that the final readings wait for tracking.
	trackingShown bool
	// brandShown: this history shows that the campaign waits for the verification of its brand.
	brandShown bool
	// coverShown is what this history shows about the balance.
	coverShown string
	refunds    refundProgress
	settled    bool
	final      campaign.Facts
}

// recordDraft records the campaign. UpdateCreated returns its outcome to the caller.
func (c *campaignProcess) recordDraft(ctx workflow.Context) error {
	if c.State.Recorded {
		return nil
	}
	c.recordErr = record(ctx, "Record the draft", activities.CreateCampaign, campaign.NewCampaign{
		ID: c.CampaignID, OrganizationID: c.OrganizationID, Name: c.Name, Terms: c.Terms,
	})
	if c.recordErr != nil {
		return c.recordErr
	}
	c.recordErr = c.readRecord(ctx)
	c.State.Recorded = c.recordErr == nil
	return c.recordErr
}

// advance does what the current status requires, or waits for an event.
func (c *campaignProcess) advance(ctx workflow.Context) error {
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
	}
	if c.State.Ending == campaign.Cancel {
		return c.end(ctx)
	}
	if c.State.Status == campaign.Draft {
		c.awaitPerson(ctx, "It waits until a person submits or cancels it.")
	} else {
		c.awaitPerson(ctx, "It waits until a person approves or cancels it.")
	}
	return nil
}

// awaitPerson waits for an update. There is no timer that could show why, so the current
// details do.
func (c *campaignProcess) awaitPerson(ctx workflow.Context, reason string) {
	c.describe(ctx, reason)
	c.sleep(ctx, forever, "")
	c.describe(ctx, "")
}

// noticeEnding requests the end of a campaign that has to end without a person's command: it
// was cancelled in Temporal, its budget is exhausted, or its time has passed.
func (c *campaignProcess) noticeEnding(ctx workflow.Context) {
	if c.consume(SignalBudgetExhausted) { // perhaps late: the budget may have been raised since
		c.moneyChecked = false
	}
	live := c.State.Status == campaign.Live || c.State.Status == campaign.Paused
	// So that the last money goes by the time of views, and not by which clip happens to be read first.
	c.State.ReadClips = c.consume(SignalBudgetNearlySpent) && live || c.State.ReadClips
	switch {
	case c.State.Ending != "":
	case c.cancelled && campaign.Check(c.State.Status, campaign.Cancel) == nil:
		c.State.Ending = campaign.Cancel
		c.State.EndedBy = campaign.Move{Actor: "operator", Reason: "cancelled in Temporal", ActionID: names.ActionID(names.Campaign(c.CampaignID), "workflow-cancel")}
	case live && (c.State.Exhausted || !workflow.Now(ctx).Before(c.Terms.EndsAt)):
		c.State.Ending = campaign.Complete
	}
}

// awaitStart waits until the campaign may go live: it has reached its start, what is owed is at Stripe,
// and its brand is verified if that is asked for. One that could not start before its end is
// cancelled, so that the brand gets its money back.
func (c *campaignProcess) awaitStart(ctx workflow.Context) error {
	if c.State.Ending != "" {
		c.endCoverWait(ctx)
		c.showBrand(ctx, false)
		return c.end(ctx)
	}
	if checked, err := c.checkMoney(ctx); err != nil || !checked {
		return err
	}
	if left := c.Terms.StartsAt.Sub(workflow.Now(ctx)); left > 0 {
		c.sleep(ctx, left, "Until the campaign starts")
		return nil
	}
	if !workflow.Now(ctx).Before(c.Terms.EndsAt) {
		c.State.Ending = campaign.Cancel
		c.State.EndedBy = campaign.Move{Actor: "rule", Reason: "its end has passed before it could start", ActionID: names.ActionID(names.Campaign(c.CampaignID), "never-started")}
		return nil
	}
	if covered, err := c.checkCover(ctx, c.toStart()); err != nil || !covered {
		return err
	}
	err := c.move(ctx, campaign.GoLive, campaign.Move{})
	if fault.CodeOf(err) == campaign.BrandNotVerified {
		return c.awaitBrand(ctx)
	}
	c.showBrand(ctx, false)
	return err
}

func (c *campaignProcess) awaitEnd(ctx workflow.Context) error {
	if c.State.Ending != "" {
		return c.end(ctx)
	}
	if c.State.ReadClips {
		return c.readClips(ctx)
	}
	if checked, err := c.checkMoney(ctx); err != nil || !checked || c.State.Exhausted {
		return err
	}
	c.sleep(ctx, c.Terms.EndsAt.Sub(workflow.Now(ctx)), "Until the campaign ends")
	return nil
}

// checkMoney books refunds that a person made in Stripe, and notices an empty escrow. A lost
// dispute or such a refund may have taken all that was left to earn. It checks once in every
// history, because an earlier one may have missed a signal, and again after each signal. It
// reports whether it is done; if not, the caller calls it again.
func (c *campaignProcess) checkMoney(ctx workflow.Context) (done bool, err error) {
	if c.moneyChecked = !c.consume(SignalStripeChanged) && c.moneyChecked; c.moneyChecked {
		return true, nil
	}
	raises := c.raises
	facts, err := c.facts(ctx)
	if err != nil || c.raises != raises { // what was read may be older than a raise
		return false, err
	}
	if facts.CreditsWithheld {
		return false, c.creditWithheld(ctx)
	}
	if c.State.Exhausted = c.State.Exhausted || facts.EscrowMinor() == 0; c.State.Exhausted {
		return true, nil
	}
	if c.State.Payment.PaymentIntentID == "" { // the budget came from the organization's balance
		c.moneyChecked = true
		return true, nil
	}
	made, err := c.listRefunds(ctx)
	if err != nil {
		c.State.Unreadable.failed(ctx, "the refunds of the payment "+c.State.Payment.PaymentIntentID, err, c.checkLine())
		c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until Stripe is read again")
		return false, nil
	}
	c.State.Unreadable.succeeded(ctx)
	c.moneyChecked, err = c.bookRefunds(ctx, made)
	return c.moneyChecked, err
}

func (c *campaignProcess) read(ctx workflow.Context) (campaign.Standing, error) {
	read, err := step(ctx, "Read the campaign's status and money", activities.ReadCampaignStanding, activities.StandingOf{
		CampaignID: c.CampaignID, PayoutMinimumMinor: c.Settings.PayoutMinimumMinor.Of(c.Terms.Currency),
	})
	if err == nil {
		c.amended(campaign.Change{BudgetMinor: read.Facts.BudgetMinor, EndsAt: read.EndsAt})
	}
	return read, err
}

func (c *campaignProcess) facts(ctx workflow.Context) (campaign.Facts, error) {
	read, err := c.read(ctx)
	read.Facts.Now, read.Facts.StartsAt = workflow.Now(ctx), c.Terms.StartsAt
	return read.Facts, err
}

// move takes one step of the lifecycle in the database and keeps the new status.
func (c *campaignProcess) move(ctx workflow.Context, command campaign.Command, by campaign.Move) error {
	if err := c.moving.Lock(ctx); err != nil {
		return err
	}
	defer c.moving.Unlock()
	return c.moveLocked(ctx, command, by)
}

func (c *campaignProcess) moveLocked(ctx workflow.Context, command campaign.Command, by campaign.Move) error {
	by.CampaignID, by.Command, by.StartsAt, by.Now = c.CampaignID, command, c.Terms.StartsAt, workflow.Now(ctx)
	by.PayoutMinimumMinor = c.Settings.PayoutMinimumMinor.Of(c.Terms.Currency)
	status, err := step(ctx, "Move the campaign: "+string(command), activities.MoveCampaign, by)
	if err == nil {
		c.State.Status = status
		c.describe(ctx, "")
	}
	return err
}

// describe shows status and budget in the current details, and the reason for a wait, if any.
func (c *campaignProcess) describe(ctx workflow.Context, reason string) {
	details := "The campaign is " + string(c.State.Status) + ". Budget: " + money.Amount{Minor: c.Terms.BudgetMinor, Currency: c.Terms.Currency}.String()
	if reason != "" {
		details += "\n\n" + reason
	}
	workflow.SetCurrentDetails(ctx, details)
}
