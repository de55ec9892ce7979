package workflows

import (
	"strconv"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/dispute"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// Updates are requests of people. Each is answered when it is accepted or refused.
const (
	UpdateCreated    = "created"    // CampaignLifecycle: () -> campaign.Status, once it is recorded; Deposit: () -> DepositStarted, once its payment is created
	UpdateTransition = "transition" // CampaignLifecycle: Transition -> campaign.Status
	UpdateFund       = "fund"       // CampaignLifecycle: Fund -> FundingStarted
	UpdateAmend      = "amend"      // CampaignLifecycle: Amend -> campaign.Amended
	UpdateSubmitted  = "submitted"  // ClipTracking: () -> clip.Status, once it is recorded
	UpdateReview     = "review"     // ClipTracking: Review -> clip.Status
	UpdateIssued     = "issued"     // ChannelProof: ProofAsked -> clip.ProofState, once the code is issued
	UpdateRestored   = "restored"   // ClipTracking: Restored -> clip.Status, once the clip has started again
	UpdateApprove    = "approve"    // PayoutRun: Operator -> (); Correction: Operator -> correction.Status; Adoption: Operator -> adoption.Status
	UpdateProposed   = "proposed"   // Correction: () -> correction.Status, Adoption: () -> adoption.Status, once it is recorded
	UpdateReject     = "reject"     // Correction: Operator -> correction.Status; Adoption: Operator -> adoption.Status
	UpdateRetry      = "retry"      // CreatorPayout: Operator -> payout.Status; CampaignLifecycle: Operator -> campaign.Status; Adoption: Operator -> adoption.Status; Withdrawal: Operator -> funding.WithdrawalStatus; ConvertedPayment: Operator -> int64
	UpdateCancel     = "cancel"     // CreatorPayout: Operator -> payout.Status; PayoutRun: Operator -> (); Adoption: Operator -> adoption.Status; Deposit: Operator -> funding.DepositStatus; Withdrawal: Operator -> funding.WithdrawalStatus
	UpdateExclude    = "exclude"    // PayoutRun: RunExclusion -> ()
	UpdateReserved   = "reserved"   // CreatorPayout: () -> InstantReserved, once it is reserved or refused; Withdrawal: () -> funding.WithdrawalStatus, once it is reserved
	UpdateResolve    = "resolve"    // CreatorPayout: Operator, evidence a Stripe id -> payout.Status
)

// Signals come from the engine and have no answer. A signal is no evidence: its receiver reads the
// current state. The late reading is the exception, because its provider was asked for it and is paid for it.
const (
	SignalStripeChanged      = "stripe_changed"       // a payment, transfer, payout, refund or dispute of the receiver changed, or its brand was verified
	SignalAccountChanged     = "account_changed"      // CreatorPayout: what the connected account can do has changed
	SignalAccountEvent       = "account_event"        // CreatorPayout: money became available on the connected account, or it can be paid as before
	SignalBankAccountChanged = "bank_account_changed" // CreatorPayout: its bank account was replaced
	SignalBooksChanged       = "books_changed"        // CreatorPayout: a person settled the payout in the books
	SignalBudgetExhausted    = "budget_exhausted"     // CampaignLifecycle: an accrual ended the budget
	SignalBudgetNearlySpent  = "budget_nearly_spent"  // CampaignLifecycle: an accrual left a tenth of the budget or less
	SignalFinalSweep         = "final_sweep"          // ClipTracking: take a final reading, then finish
	SignalRead               = "read"                 // ClipTracking: take a reading now, because the campaign was paused or resumed, or its budget is nearly spent
	SignalChannelChanged     = "channel_changed"      // ClipTracking: the channel of its post was proven, by its creator or another one, or revoked
	SignalLateReading        = "late_reading"         // ClipTracking: activities.ProviderAnswer, a reading that came after its call had ended
	SignalWake               = "wake"                 // InboxSweep: another webhook was stored; SnapshotSweep: a snapshot is due
)

// Transition requests a move of a campaign.
type Transition struct {
	Command campaign.Command `json:"command"`
	Actor   string           `json:"actor"`
	Reason  string           `json:"reason,omitempty"`
}

// Fund requests the payment of a campaign's budget.
type Fund struct {
	Source        campaign.Source `json:"source,omitempty"`
	PaymentMethod string          `json:"payment_method,omitempty"`
	Actor         string          `json:"actor"`
}

// FundingStarted is the payment that the campaign now waits for. A campaign that has its money from
// the organization's balance has no payment, and its status is succeeded.
type FundingStarted struct {
	PaymentIntentID string `json:"payment_intent_id"`
	Status          string `json:"status"`
}

// Amend requests another budget, another end, or both.
type Amend struct {
	campaign.Change
	Actor  string `json:"actor"`
	Reason string `json:"reason,omitempty"`
}

// ProofAsked requests the proof of a channel by its profile or by a post.
type ProofAsked struct {
	PostID string `json:"post_id,omitempty"`
}

// DepositStarted is how far a deposit has come. PaymentIntentID is empty while it is not known whether
// the payment was created. PaymentStatus is Stripe's word while the payment is pending.
type DepositStarted struct {
	Status          funding.DepositStatus `json:"status"`
	PaymentIntentID string                `json:"payment_intent_id,omitempty"`
	PaymentStatus   string                `json:"payment_status,omitempty"`
}

// Review is a reviewer's decision on a clip, apart from Restore: the workflow has ended then, and starts
// again. Reason is a code of the decision's list; NoteID names the note of the reviewer, whose text is in the database.
type Review struct {
	Decision clip.Decision `json:"decision"`
	Actor    string        `json:"actor"`
	Reason   clip.Code     `json:"reason,omitempty"`
	NoteID   string        `json:"note_id,omitempty"`
	// Views is the count that Confirm is about.
	Views int64 `json:"views,omitempty"`
}

// evidence is what is recorded next to the reason of a decision.
func (r Review) evidence() string {
	if r.Decision != clip.Confirm {
		return r.NoteID
	}
	return strings.TrimSpace("confirmed " + strconv.FormatInt(r.Views, 10) + " views " + r.NoteID)
}

// Operator is the person who requests an update, the reason, and for resolve the evidence.
type Operator struct {
	Actor    string `json:"actor"`
	Reason   string `json:"reason"`
	Evidence string `json:"evidence,omitempty"`
}

// InstantReserved is the answer to a creator who asked to be paid at once. Refusal is empty if the
// payout is reserved.
type InstantReserved struct {
	Reserved bool                  `json:"reserved"`
	Refusal  payout.InstantRefusal `json:"refusal,omitempty"`
}

// RunExclusion requests that a payout run does not pay a creator, in one currency or in all.
type RunExclusion struct {
	CreatorID string         `json:"creator_id"`
	Currency  money.Currency `json:"currency,omitempty"`
	Actor     string         `json:"actor"`
	Reason    string         `json:"reason"`
}

// Results of workflows. People read them in the history.
type (
	// CampaignResult is how a campaign ended.
	CampaignResult struct {
		Status        campaign.Status `json:"status"`
		SpentMinor    int64           `json:"spent_minor"`
		RefundedMinor int64           `json:"refunded_minor"`
	}
	// DepositResult is how a deposit ended.
	DepositResult struct {
		Status          funding.DepositStatus `json:"status"`
		PaymentIntentID string                `json:"payment_intent_id,omitempty"`
	}
	// WithdrawalResult is how a withdrawal ended. Refusal is why the amount was not reserved.
	WithdrawalResult struct {
		Status        funding.WithdrawalStatus `json:"status,omitempty"`
		SentMinor     int64                    `json:"sent_minor,omitempty"`
		ReturnedMinor int64                    `json:"returned_minor,omitempty"`
		Refusal       string                   `json:"refusal,omitempty"`
	}
	// ClipResult is how the tracking of a clip ended.
	ClipResult struct {
		Status      clip.Status `json:"status"`
		Reason      string      `json:"reason,omitempty"`
		Polls       int         `json:"polls"`
		Views       int64       `json:"views"`
		EarnedMinor int64       `json:"earned_minor"`
	}
	// ChannelResult is how the proof of a channel ended.
	ChannelResult struct {
		Outcome clip.ProofOutcome  `json:"outcome,omitempty"`
		Channel clip.ChannelStatus `json:"channel"`
		Looks   int                `json:"looks"`
	}
	// PayoutResult is how a payout ended.
	PayoutResult struct {
		Status       payout.Status `json:"status"`
		AmountMinor  int64         `json:"amount_minor"`
		Currency     string        `json:"currency"`
		TransferID   string        `json:"transfer_id,omitempty"`
		BankPayoutID string        `json:"bank_payout_id,omitempty"`
	}
	// CorrectionResult is how a proposal was decided.
	CorrectionResult struct {
		Status         string   `json:"status"`
		CorrectedMinor int64    `json:"corrected_minor,omitempty"`
		EntryIDs       []string `json:"entry_ids,omitempty"`
	}
	// AdoptionResult is how a proposal was decided, and what became of its payouts.
	// Booked and Left are there after a cancellation: payouts whose workflow could not be started,
	// and payouts that are not in the books.
	AdoptionResult struct {
		Status  string `json:"status"`
		Adopted int64  `json:"adopted,omitempty"`
		Refused int64  `json:"refused,omitempty"`
		Booked  int64  `json:"booked,omitempty"`
		Left    int64  `json:"left,omitempty"`
	}
	// DisputeResult is how a dispute ended.
	DisputeResult struct {
		Verdict     dispute.Verdict `json:"verdict"`
		CampaignID  string          `json:"campaign_id,omitempty"`
		DepositID   string          `json:"deposit_id,omitempty"`
		AmountMinor int64           `json:"amount_minor,omitempty"`
		// Converted: the payment was converted, so the amount is in the currency in which it settled.
		Converted bool `json:"converted,omitempty"`
	}
	// ConvertedPaymentResult is what the brand has back of a converted payment, in the payment's currency.
	ConvertedPaymentResult struct {
		ReturnedMinor int64 `json:"returned_minor"`
	}
	// PayoutRunTriggered is what the weekly Schedule started. AlreadyRun says that the week had a
	// run before, so the Schedule started none and paid no creator.
	PayoutRunTriggered struct {
		Period     string `json:"period"`
		WorkflowID string `json:"workflow_id"`
		AlreadyRun bool   `json:"already_run"`
	}
	// PayoutRunResult is how a payout run ended. Payouts are those that it started. AtBank and
	// NeedsAttention are those of them that waited for the bank or a person then.
	PayoutRunResult struct {
		Status         string       `json:"status"`
		Payouts        int          `json:"payouts"`
		AtBank         int          `json:"at_bank,omitempty"`
		NeedsAttention int          `json:"needs_attention,omitempty"`
		LeftOut        []payout.Sum `json:"left_out,omitempty"`
		Blocked        string       `json:"blocked,omitempty"`
	}
)

// drain empties a signal channel: a workflow that continues as new does not carry signals over.
// It reports whether there was any signal.
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

// signalWorkflow signals one workflow. It reports false if the workflow does not exist or has
// ended; that is no error.
func signalWorkflow(ctx workflow.Context, workflowID, signal string) bool {
	return workflow.SignalExternalWorkflow(ctx, workflowID, "", signal, nil).Get(ctx, nil) == nil
}
