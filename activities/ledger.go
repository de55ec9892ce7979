package activities

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/payments"
)

// Ledger writes the database. Every activity is one transaction and may be repeated.
type Ledger struct {
	Store *books.Books
	// Notices say what the stored events of a rail concern, by the provider of the event.
	Notices map[string]payments.Notices
}

// InsertCampaign writes a draft.
func (a *Ledger) InsertCampaign(ctx context.Context, in campaign.NewCampaign) error {
	return Failure(a.Store.Campaigns.Create(ctx, in))
}

// CampaignFacts is what the lifecycle's guards look at.
type CampaignFacts struct {
	Status campaign.Status `json:"status"`
	Facts  campaign.Facts  `json:"facts"`
	// PaymentIntentID is the payment that funds the campaign, once there is one.
	PaymentIntentID string `json:"payment_intent_id,omitempty"`
}

// ReadFacts asks where a campaign stands. PayoutMinimumMinor is the least that a run pays.
type ReadFacts struct {
	CampaignID         string `json:"campaign_id"`
	PayoutMinimumMinor int64  `json:"payout_minimum_minor"`
}

// ReadCampaignFacts reads status and facts.
func (a *Ledger) ReadCampaignFacts(ctx context.Context, in ReadFacts) (CampaignFacts, error) {
	read, err := a.Store.Campaigns.GetStanding(ctx, in.CampaignID, in.PayoutMinimumMinor)
	return CampaignFacts{Status: read.Status, Facts: read.Facts, PaymentIntentID: read.PaymentIntentID}, Failure(err)
}

// MoveCampaign takes one step of the lifecycle.
func (a *Ledger) MoveCampaign(ctx context.Context, in campaign.Move) (campaign.Status, error) {
	status, err := a.Store.Campaigns.Move(ctx, in)
	return status, Failure(err)
}

// StopSubmissions closes the campaign for new clips.
func (a *Ledger) StopSubmissions(ctx context.Context, campaignID string) error {
	return Failure(a.Store.Campaigns.StopSubmissions(ctx, campaignID))
}

// RememberPayment ties a payment to the campaign that it is to fund.
func (a *Ledger) RememberPayment(ctx context.Context, campaignID, paymentIntentID string) error {
	return Failure(a.Store.Campaigns.SetPaymentIntent(ctx, campaignID, paymentIntentID))
}

// RecordFunding books a payment into escrow.
func (a *Ledger) RecordFunding(ctx context.Context, in ledger.Funding) error {
	return Failure(a.Store.Campaigns.RecordFunding(ctx, in))
}

// RecordRefund books a refund out of escrow.
func (a *Ledger) RecordRefund(ctx context.Context, in ledger.Refund) error {
	return Failure(a.Store.Campaigns.RecordRefund(ctx, in))
}

// OpenClipsPage asks for clips that may still earn, behind an id.
type OpenClipsPage struct {
	CampaignID string `json:"campaign_id"`
	After      string `json:"after"`
	Limit      int    `json:"limit"`
}

// ListOpenClips lists one page of clips that may still earn.
func (a *Ledger) ListOpenClips(ctx context.Context, in OpenClipsPage) ([]string, error) {
	ids, err := a.Store.Clips.ListOpen(ctx, in.CampaignID, in.After, in.Limit)
	return ids, Failure(err)
}

// ReleaseDue asks for holds that are over by Now.
type ReleaseDue struct {
	Now   time.Time `json:"now"`
	Limit int       `json:"limit"`
}

// ReleaseHolds releases up to Limit holds and returns how many it did.
func (a *Ledger) ReleaseHolds(ctx context.Context, in ReleaseDue) (int, error) {
	released, err := a.Store.Earnings.ReleaseHolds(ctx, in.Now, in.Limit)
	return released, Failure(err)
}

// CheckBooks returns what is wrong with the books, in sentences; nothing is best. What is
// sealed is taken as it is: reading all of it is for `creditroll ledger verify`.
func (a *Ledger) CheckBooks(ctx context.Context) ([]string, error) {
	checked, err := a.Store.Audit.Check(ctx)
	if err != nil {
		return nil, Failure(err)
	}
	sentences := make([]string, len(checked.Findings))
	for i, finding := range checked.Findings {
		sentences[i] = finding.String()
	}
	return sentences, nil
}

// SealEntries seals the next block of the journal.
func (a *Ledger) SealEntries(ctx context.Context, in seal.Limits) (seal.Progress, error) {
	sealed, err := a.Store.Journal.SealEntries(ctx, in)
	return sealed, Failure(err)
}

// OpenPayoutRun names a run to be opened.
type OpenPayoutRun struct {
	RunID  string    `json:"run_id"`
	Period string    `json:"period"`
	Now    time.Time `json:"now"`
}

// OpenPayoutRun opens the run of a period, once.
func (a *Ledger) OpenPayoutRun(ctx context.Context, in OpenPayoutRun) (string, error) {
	id, err := a.Store.Payouts.OpenRun(ctx, in.RunID, in.Period, in.Now)
	return id, Failure(err)
}

// MovePayoutRun stores a run's progress.
func (a *Ledger) MovePayoutRun(ctx context.Context, in payout.RunMove) error {
	return Failure(a.Store.Payouts.MoveRun(ctx, in))
}

// EligiblePage asks for creators that can be paid, behind one.
type EligiblePage struct {
	After        payout.EligibleAfter `json:"after"`
	MinimumMinor int64                `json:"minimum_minor"`
	Limit        int                  `json:"limit"`
}

// ListEligibleCreators lists one page of creators that can be paid.
func (a *Ledger) ListEligibleCreators(ctx context.Context, in EligiblePage) ([]payout.Eligible, error) {
	creators, err := a.Store.Payouts.ListEligible(ctx, in.After, in.MinimumMinor, in.Limit)
	return creators, Failure(err)
}

// CountPayouts counts the payouts of a run.
func (a *Ledger) CountPayouts(ctx context.Context, runID string) (payout.Count, error) {
	count, err := a.Store.Payouts.Count(ctx, runID)
	return count, Failure(err)
}

// PayoutsOfRun asks for payouts of a run.
type PayoutsOfRun struct {
	RunID string `json:"run_id"`
	Limit int    `json:"limit"`
}

// ListPayoutsAtWork lists payouts of a run that have neither ended nor been parked.
func (a *Ledger) ListPayoutsAtWork(ctx context.Context, in PayoutsOfRun) ([]string, error) {
	ids, err := a.Store.Payouts.ListAtWork(ctx, in.RunID, in.Limit)
	return ids, Failure(err)
}

// ParkLostPayout shows a payout whose process is gone as needing attention.
func (a *Ledger) ParkLostPayout(ctx context.Context, payoutID string) error {
	return Failure(a.Store.Payouts.ParkLost(ctx, payoutID))
}

// Reservation is the answer of ReservePayout; Reserved is false if there was too little.
type Reservation struct {
	Reserved bool               `json:"reserved"`
	Payout   payout.Reservation `json:"payout"`
}

// ReservePayout freezes a payout, or finds that there is too little to pay.
func (a *Ledger) ReservePayout(ctx context.Context, in payout.ReservationRequest) (Reservation, error) {
	reserved, err := a.Store.Payouts.Reserve(ctx, in)
	if fault.CodeOf(err) == "below_minimum" {
		return Reservation{}, nil
	}
	return Reservation{Reserved: err == nil, Payout: reserved}, Failure(err)
}

// PayoutPhase names a phase of a payout at a moment.
type PayoutPhase struct {
	PayoutID string       `json:"payout_id"`
	Phase    payout.Phase `json:"phase"`
	Now      time.Time    `json:"now"`
}

// RecordIntent begins a generation of a phase, or finds the one that is alive.
func (a *Ledger) RecordIntent(ctx context.Context, in PayoutPhase) (payout.Intent, error) {
	intent, err := a.Store.Payouts.RecordIntent(ctx, in.PayoutID, in.Phase, in.Now)
	return intent, Failure(err)
}

// LiveIntent is the generation of a phase that is alive, if one is.
type LiveIntent struct {
	Found  bool          `json:"found"`
	Intent payout.Intent `json:"intent"`
}

// ReadLiveIntent reads the generation of a phase that is alive, without beginning one.
func (a *Ledger) ReadLiveIntent(ctx context.Context, in PayoutPhase) (LiveIntent, error) {
	intent, found, err := a.Store.Payouts.GetLiveIntent(ctx, in.PayoutID, in.Phase, in.Now)
	return LiveIntent{Found: found, Intent: intent}, Failure(err)
}

// RecordRefused ends a generation that was definitely refused.
func (a *Ledger) RecordRefused(ctx context.Context, in payout.Outcome) error {
	return Failure(a.Store.Payouts.RecordRefused(ctx, in))
}

// RecordTransferred books an applied transfer.
func (a *Ledger) RecordTransferred(ctx context.Context, in payout.Outcome) error {
	return Failure(a.Store.Payouts.RecordTransferred(ctx, in))
}

// RecordBankPayoutAccepted remembers a bank payout under way.
func (a *Ledger) RecordBankPayoutAccepted(ctx context.Context, in payout.Outcome) error {
	return Failure(a.Store.Payouts.RecordBankPayoutAccepted(ctx, in))
}

// RecordBankPayoutPaid books a bank payout that is paid.
func (a *Ledger) RecordBankPayoutPaid(ctx context.Context, in payout.Outcome) error {
	return Failure(a.Store.Payouts.RecordBankPayoutPaid(ctx, in))
}

// RecordBankPayoutFailed books a bank payout that failed or came back.
func (a *Ledger) RecordBankPayoutFailed(ctx context.Context, in payout.Outcome) error {
	return Failure(a.Store.Payouts.RecordBankPayoutFailed(ctx, in))
}

// RecordReversed books a transfer that was taken back.
func (a *Ledger) RecordReversed(ctx context.Context, in payout.Outcome) error {
	return Failure(a.Store.Payouts.RecordReversed(ctx, in))
}

// ParkPayout is why a payout waits, or that it goes on when Reason is empty.
type ParkPayout struct {
	PayoutID    string        `json:"payout_id"`
	Status      payout.Status `json:"status"`
	Reason      payout.Reason `json:"reason"`
	FailureCode string        `json:"failure_code"`
}

// ParkPayout marks a payout as waiting for a person, or as going on.
func (a *Ledger) ParkPayout(ctx context.Context, in ParkPayout) error {
	return Failure(a.Store.Payouts.Park(ctx, in.PayoutID, in.Status, in.Reason, in.FailureCode))
}

// EndPayout gives a reservation back.
type EndPayout struct {
	PayoutID string        `json:"payout_id"`
	Final    payout.Status `json:"final"`
	Now      time.Time     `json:"now"`
}

// CancelPayout gives the reservation back and ends the payout.
func (a *Ledger) CancelPayout(ctx context.Context, in EndPayout) error {
	return Failure(a.Store.Payouts.Cancel(ctx, in.PayoutID, in.Final, in.Now))
}

// RecordOperatorAction keeps what a person did, beside the books.
func (a *Ledger) RecordOperatorAction(ctx context.Context, in access.OperatorAction) error {
	return Failure(a.Store.Edge.RecordAction(ctx, in))
}
