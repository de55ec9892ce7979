package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/dispute"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
)

// Updates: asked by people, answered once accepted or refused.
const (
	UpdateCreated    = "created"    // CampaignLifecycle: () -> campaign.Status, when it is on record
	UpdateTransition = "transition" // CampaignLifecycle: Transition -> campaign.Status
	UpdateFund       = "fund"       // CampaignLifecycle: Fund -> FundingStarted
	UpdateSubmitted  = "submitted"  // ClipTracking: () -> clip.Status, when it is on record
	UpdateReview     = "review"     // ClipTracking: Review -> clip.Status
	UpdateApprove    = "approve"    // PayoutRun: Operator -> (); Correction: Operator -> db.CorrectionStatus
	UpdateProposed   = "proposed"   // Correction: () -> db.CorrectionStatus, when it is on record
	UpdateReject     = "reject"     // Correction: Operator -> db.CorrectionStatus
	UpdateRetry      = "retry"      // CreatorPayout: Operator -> payout.Status; CampaignLifecycle: Operator -> campaign.Status
	UpdateCancel     = "cancel"     // CreatorPayout: Operator -> payout.Status
	UpdateResolve    = "resolve"    // CreatorPayout: Operator, evidence a Stripe id -> payout.Status
)

// Signals: told by the engine, never answered. They carry no truth: the receiver looks.
const (
	SignalStripeChanged      = "stripe_changed"       // a payment, transfer, payout, refund or dispute of yours changed
	SignalAccountChanged     = "account_changed"      // CreatorPayout: the connected account changed
	SignalBankAccountChanged = "bank_account_changed" // CreatorPayout: its bank account was replaced
	SignalBudgetExhausted    = "budget_exhausted"     // CampaignLifecycle: an accrual ended the budget
	SignalFinalSweep         = "final_sweep"          // ClipTracking: read once more, then finish
	SignalRemoved            = "removed"              // ClipTracking: the post is gone or banned
	SignalFlagged            = "flagged"              // ClipTracking: have it reviewed again
	SignalWake               = "wake"                 // InboxSweep: there is more
)

// Transition asks a campaign to move.
type Transition struct {
	Command campaign.Command `json:"command"`
	Actor   string           `json:"actor"`
	Reason  string           `json:"reason,omitempty"`
}

// Fund asks for the payment of a campaign's budget.
type Fund struct {
	PaymentMethod string `json:"payment_method,omitempty"`
	Actor         string `json:"actor"`
}

// FundingStarted is the payment that the campaign now waits for.
type FundingStarted struct {
	PaymentIntentID string `json:"payment_intent_id"`
	Status          string `json:"status"`
}

// Review is a reviewer's verdict on a clip.
type Review struct {
	Approve bool   `json:"approve"`
	Actor   string `json:"actor"`
	Reason  string `json:"reason,omitempty"`
}

// Operator is who asks, why, and for resolve what it rests on.
type Operator struct {
	Actor    string `json:"actor"`
	Reason   string `json:"reason"`
	Evidence string `json:"evidence,omitempty"`
}

// Results of workflows, for the history's reader.
type (
	// CampaignResult is how a campaign ended.
	CampaignResult struct {
		Status        campaign.Status `json:"status"`
		SpentMinor    int64           `json:"spent_minor"`
		RefundedMinor int64           `json:"refunded_minor"`
	}
	// ClipResult is how the tracking of a clip ended.
	ClipResult struct {
		Status      clip.Status `json:"status"`
		Reason      string      `json:"reason,omitempty"`
		Polls       int         `json:"polls"`
		Views       int64       `json:"views"`
		EarnedMinor int64       `json:"earned_minor"`
	}
	// PayoutResult is how a payout ended.
	PayoutResult struct {
		Status       payout.Status `json:"status"`
		AmountMinor  int64         `json:"amount_minor"`
		Currency     string        `json:"currency"`
		TransferID   string        `json:"transfer_id,omitempty"`
		BankPayoutID string        `json:"bank_payout_id,omitempty"`
	}
	// CorrectionResult is what became of a proposal.
	CorrectionResult struct {
		Status         string   `json:"status"`
		CorrectedMinor int64    `json:"corrected_minor,omitempty"`
		EntryIDs       []string `json:"entry_ids,omitempty"`
	}
	// DisputeResult is how a dispute ended.
	DisputeResult struct {
		Verdict     dispute.Verdict `json:"verdict"`
		CampaignID  string          `json:"campaign_id,omitempty"`
		AmountMinor int64           `json:"amount_minor,omitempty"`
	}
	// PayoutRunTriggered is what the weekly Schedule led to. AlreadyRun says that somebody had
	// the week run before, so nothing was started and nobody is paid by this.
	PayoutRunTriggered struct {
		Period     string `json:"period"`
		WorkflowID string `json:"workflow_id"`
		AlreadyRun bool   `json:"already_run"`
	}
	// PayoutRunResult is what a run did.
	PayoutRunResult struct {
		Status  string `json:"status"`
		Payouts int    `json:"payouts"`
		Blocked string `json:"blocked,omitempty"`
	}
)

// drain empties a signal channel before a workflow goes on as new: signals are not carried
// over. It reports whether there was any.
func drain(channel workflow.ReceiveChannel) bool {
	found := false
	for channel.ReceiveAsync(nil) {
		found = true
	}
	return found
}

func conflict(code, message string) *fault.Error {
	return fault.New(fault.Conflict, code, "%s", message)
}
