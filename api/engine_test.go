package api_test

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/views"
)

// engine runs commands at once, without workflows. A test can make it fail.
type engine struct {
	store *books.Books

	mu      sync.Mutex
	failure error
	runs    int // commands that succeeded
	wakes   int
	told    []string // clips whose channel has changed
	secrets int
	last    command.PayoutCommand
	lost    error // the answer to the next instant payout, which is reserved nevertheless
	lastRun command.PayoutRunCommand
	onWork  func()

	notices  []rail.Notice
	onNotify func(context.Context, rail.Notice) (rail.Delivery, error)
}

func (e *engine) failWith(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failure = err
}

func (e *engine) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.runs
}

func (e *engine) work() error {
	e.mu.Lock()
	work := e.onWork
	e.mu.Unlock()
	if work != nil {
		work()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.failure == nil {
		e.runs++
	}
	return e.failure
}

func (e *engine) CreateCampaign(ctx context.Context, c command.CreateCampaign) error {
	if err := e.work(); err != nil {
		return err
	}
	return e.store.Campaigns.Create(ctx, campaign.NewCampaign{ID: c.CampaignID, OrganizationID: c.OrganizationID, Name: c.Name, Terms: c.Terms})
}

func (e *engine) CommandCampaign(ctx context.Context, c command.CampaignCommand) (campaign.Status, error) {
	if err := e.work(); err != nil {
		return "", err
	}
	return e.store.Campaigns.Move(ctx, campaign.Move{
		CampaignID: c.CampaignID, Command: c.Command, StartsAt: time.Now(), Now: time.Now(),
		ActionID: uuid.NewString(), Actor: c.Actor, Reason: c.Reason,
	})
}

func (e *engine) FundCampaign(ctx context.Context, c command.FundCampaign) (command.Funding, error) {
	if err := e.work(); err != nil {
		return command.Funding{}, err
	}
	if c.Source == campaign.FromBalance {
		return command.Funding{Status: "succeeded"}, e.store.Campaigns.AllocateBudget(ctx, c.CampaignID, time.Now(), "")
	}
	funding := command.Funding{PaymentIntentID: "pi_" + c.CampaignID, Status: "requires_payment_method"}
	if c.PaymentMethod != "" {
		funding.Status = "succeeded"
	}
	return funding, e.store.Campaigns.SetPaymentIntent(ctx, c.CampaignID, funding.PaymentIntentID)
}

func (e *engine) AmendCampaign(ctx context.Context, c command.AmendCampaign) (campaign.Amended, error) {
	if err := e.work(); err != nil {
		return campaign.Amended{}, err
	}
	if c.ID == "" {
		c.ID = uuid.NewString()
	}
	return e.store.Campaigns.Amend(ctx, campaign.Amendment{CampaignID: c.CampaignID, ID: names.ActionID(names.Campaign(c.CampaignID), c.ID), Change: c.Change, Actor: c.Actor, Reason: c.Reason, Now: time.Now()})
}

func (e *engine) SubmitClip(ctx context.Context, c command.SubmitClip) (clip.Status, error) {
	if err := e.work(); err != nil {
		return "", err
	}
	record, err := e.store.Clips.Create(ctx, clip.NewClip{
		ID: c.ClipID, CampaignID: c.CampaignID, CreatorID: c.CreatorID, Platform: c.Ref.Platform, ExternalID: c.Ref.ExternalID, URL: c.Ref.URL,
	})
	return record.Status, err
}

func (e *engine) StartChannelProof(ctx context.Context, c command.StartChannelProof) (clip.ProofState, error) {
	if err := e.work(); err != nil {
		return clip.ProofState{}, err
	}
	now := time.Now()
	return e.store.Clips.IssueProof(ctx, clip.ProofRequest{ProofID: c.ProofID, ChannelID: c.ChannelID, PostID: c.PostID, Now: now, ExpiresAt: now.Add(24 * time.Hour)})
}

func (e *engine) CancelChannelProof(ctx context.Context, c command.CancelChannelProof) error {
	if err := e.work(); err != nil {
		return err
	}
	proof, err := e.store.Clips.GetProof(ctx, c.ChannelID)
	if err != nil {
		return err
	}
	_, err = e.store.Clips.EndProof(ctx, clip.ProofEnd{ProofID: proof.ProofID, ChannelID: c.ChannelID, Outcome: clip.ProofCancelled, Now: time.Now()})
	return err
}

func (e *engine) NotifyChannel(_ context.Context, clipIDs []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.told = append(e.told, clipIDs...)
}

func (e *engine) ReviewClip(ctx context.Context, c command.ReviewClip) (clip.Status, error) {
	if err := e.work(); err != nil {
		return "", err
	}
	ruling := clip.Ruling{Decision: c.Decision, By: clip.ByPerson, Actor: c.Actor, Code: c.Code, NoteID: c.NoteID, At: time.Now()}
	if c.Decision == clip.Restore {
		restored, err := e.store.Clips.Restore(ctx, clip.Restoration{ClipID: c.Submitted.ClipID, AppealID: c.AppealID, Ruling: ruling})
		return restored.Status, err
	}
	read, err := e.store.Clips.Get(ctx, c.Submitted.ClipID)
	if err != nil {
		return "", err
	}
	if c.Late {
		reopened, err := e.store.Clips.Reopen(ctx, views.Reopening{ClipID: c.Submitted.ClipID, Views: c.Views})
		return reopened.Progress.Status, err
	}
	if c.Decision == clip.Confirm {
		return read.Status, clip.AllowCount(c.Views, read.AcceptedViews+read.HeldViews)
	}
	to, reason := c.Decision.Outcome(read.Status, c.Code)
	_, err = e.store.Clips.Apply(ctx, clip.Move{ClipID: c.Submitted.ClipID, To: to, Reason: reason, Ruling: &ruling, At: ruling.At})
	return to, err
}

func (e *engine) StartPayoutRun(ctx context.Context, c command.StartPayoutRun) (string, error) {
	if err := e.work(); err != nil {
		return "", err
	}
	id := names.PayoutRunID(c.Period, c.Number)
	if _, err := e.store.Payouts.GetRun(ctx, id); err == nil {
		return "", fault.New(fault.Conflict, "run_exists", "exists")
	}
	opened, err := e.store.Payouts.StartRun(ctx, payout.RunOpening{RunID: id, Period: c.Period, Number: c.Number, StartedBy: c.Actor, Now: time.Now()})
	return opened.RunID, err
}

func (e *engine) RequestInstantPayout(ctx context.Context, c command.RequestInstantPayout) error {
	if err := e.work(); err != nil {
		return err
	}
	_, err := e.store.Payouts.Reserve(ctx, payout.ReservationRequest{
		PayoutID: c.PayoutID, RunID: c.RunID, CreatorID: c.CreatorID, Currency: c.Currency, Now: c.Request.At, Instant: &c.Request,
	})
	if err == nil && e.lost != nil {
		err, e.lost = e.lost, nil
	}
	return err
}

func (e *engine) CommandPayoutRun(ctx context.Context, c command.PayoutRunCommand) error {
	if err := e.work(); err != nil {
		return err
	}
	e.mu.Lock()
	e.lastRun = c
	e.mu.Unlock()
	id := names.PayoutRunID(c.Period, c.Number)
	switch c.Action {
	case command.ApproveRun:
		return e.store.Payouts.MoveRun(ctx, payout.RunMove{RunID: id, Status: payout.RunFinished, ApprovedBy: c.Actor})
	case command.CancelRun:
		return e.store.Payouts.MoveRun(ctx, payout.RunMove{RunID: id, Status: payout.RunCancelled, CancelledBy: c.Actor, CancelReason: c.Reason})
	default:
		return e.store.Payouts.Exclude(ctx, payout.Exclusion{RunID: id, CreatorID: c.CreatorID, Currency: c.Currency, Reason: c.Reason},
			access.OperatorAction{ID: uuid.NewString(), Subject: names.PayoutRun(c.Period, c.Number), Action: "exclude", Actor: c.Actor, Reason: c.Reason})
	}
}

func (e *engine) CommandPayout(_ context.Context, c command.PayoutCommand) (string, error) {
	if err := e.work(); err != nil {
		return "", err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last = c
	return "transferring", nil
}

func (e *engine) ProposeCorrection(ctx context.Context, proposal correction.Proposal) error {
	if err := e.work(); err != nil {
		return err
	}
	proposal.Now = time.Now()
	_, err := e.store.Corrections.Propose(ctx, proposal)
	return err
}

func (e *engine) DecideCorrection(ctx context.Context, c command.DecideCorrection) error {
	if err := e.work(); err != nil {
		return err
	}
	_, err := e.store.Corrections.Decide(ctx, correction.Decision{ID: c.CorrectionID, Approve: c.Approve, Actor: c.Actor, Reason: c.Reason, Now: time.Now()})
	return err
}

// Notify remembers the notice. onNotify, if it is set, decides the outcome.
func (e *engine) Notify(ctx context.Context, notice rail.Notice) (rail.Delivery, error) {
	if err := e.work(); err != nil {
		return rail.Undelivered, err
	}
	e.mu.Lock()
	e.notices = append(e.notices, notice)
	decide := e.onNotify
	e.mu.Unlock()
	if decide != nil {
		return decide(ctx, notice)
	}
	return rail.Signalled, nil
}

// notified returns the notices so far.
func (e *engine) notified() []rail.Notice {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.notices)
}

func (e *engine) woken() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.wakes
}

func (e *engine) ProposeAdoption(ctx context.Context, proposal adoption.Proposal) error {
	if err := e.work(); err != nil {
		return err
	}
	proposal.Now = time.Now()
	_, err := e.store.Payouts.ProposeAdoption(ctx, proposal)
	return err
}

func (e *engine) DecideAdoption(ctx context.Context, c command.DecideAdoption) error {
	if err := e.work(); err != nil {
		return err
	}
	_, err := e.store.Payouts.DecideAdoption(ctx, adoption.Decision{ID: c.AdoptionID, Approve: c.Approve, Actor: c.Actor, Reason: c.Reason, Now: time.Now()})
	return err
}

func (e *engine) WakeInbox(context.Context) error {
	if err := e.work(); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wakes++
	return nil
}

func (e *engine) ClientSecret(_ context.Context, paymentIntentID string) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.secrets++
	return paymentIntentID + "_secret_x", nil
}

// Resolve knows one short link.
func (e *engine) Resolve(context.Context, string) (clip.Ref, error) {
	return clip.Ref{Platform: clip.TikTok, ExternalID: "4711", URL: clip.CanonicalURL(clip.TikTok, "4711")}, nil
}
