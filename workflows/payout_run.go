package workflows

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// PayoutRunInput starts or continues a payout run of a period.
type PayoutRunInput struct {
	Period string `json:"period"`
	// Number is the run's number in its period; 0 is the weekly run.
	Number    int    `json:"number"`
	StartedBy string `json:"started_by"`
	// Scheduled runs need an approval only above the limits. Every other run needs one.
	Scheduled bool              `json:"scheduled,omitempty"`
	Policy    payout.Policy     `json:"policy"`
	Settings  PayoutRunSettings `json:"settings"`
	State     payoutRunState    `json:"state"`
}

// PayoutRunSettings are the limits of a run.
type PayoutRunSettings struct {
	// PendingMax is how many payouts may be at work at once. A payout that waits for the bank is not.
	PendingMax int64 `json:"pending_max"`
	// ApprovalAbove is the number of payouts above which another person has to approve a scheduled
	// run; 0 is no limit. ApprovalAboveMinor is the same for the amount in a currency.
	ApprovalAbove      int                      `json:"approval_above"`
	ApprovalAboveMinor map[money.Currency]int64 `json:"approval_above_minor,omitempty"`
	CheckInterval      duration.Text            `json:"check_interval"`
	Reconcile          ReconcileSettings        `json:"reconcile"`
}

// payoutRunState is what the next history of a run needs.
type payoutRunState struct {
	RunID      string `json:"run_id,omitempty"`
	ApprovedBy string `json:"approved_by,omitempty"`
	// Cleared runs have passed the checks of the books, and the approval if they need one.
	Cleared bool                 `json:"cleared,omitempty"`
	After   payout.EligibleAfter `json:"after"`
	Listed  bool                 `json:"listed,omitempty"`
	// Starting are payouts that were started and whose reservation was not seen yet.
	Starting []string `json:"starting,omitempty"`
	// Skipped payouts ended without a reservation, because too little was available, or failed.
	Skipped int `json:"skipped,omitempty"`
	// Cancel is who cancelled the run, and why.
	Cancel *Operator `json:"cancel,omitempty"`
}

// PayoutRun checks the books and compares them with Stripe. Then it starts one payout per
// eligible creator and currency, a bounded number at a time. It leaves out creators whom a
// difference concerns or a person has excluded. It ends when each payout waits for the bank, is
// paid, has ended or waits for a person. Payouts are children that outlive the run: their state is
// in the books.
func PayoutRun(root workflow.Context, in PayoutRunInput) (PayoutRunResult, error) {
	ctx, _ := workflow.NewDisconnectedContext(root)
	in.Number = max(in.Number, payout.WeeklyRun)
	if in.StartedBy == "" {
		in.StartedBy = payout.StartedByUnknown
	}
	r := &payoutRun{PayoutRunInput: in, waiting: waitFor(root), children: map[string]workflow.ChildWorkflowFuture{}}
	if err := r.setUpdateHandlers(ctx); err != nil {
		return PayoutRunResult{}, err
	}
	result, err := r.run(ctx)
	if errors.Is(err, errRunContinues) {
		return PayoutRunResult{}, workflow.NewContinueAsNewError(root, PayoutRun, r.PayoutRunInput)
	}
	if err != nil {
		return result, activities.Failure(err)
	}
	return result, workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

// payoutRun is the state of one history of PayoutRun.
type payoutRun struct {
	PayoutRunInput
	*waiting
	awaitsApproval bool
	// paused is true while a person has stopped all payouts.
	paused bool
	// children are the payouts that this history started and whose reservation was not seen yet.
	children map[string]workflow.ChildWorkflowFuture
	counted  payout.Count
}

var errRunContinues = conflict("run_continues", "the run continues as new")

func (r *payoutRun) workflowID() string { return names.PayoutRun(r.Period, r.Number) }

func (r *payoutRun) run(ctx workflow.Context) (PayoutRunResult, error) {
	opened, err := step(ctx, fmt.Sprintf("Open the run %s.%d", r.Period, r.Number), activities.OpenPayoutRun, payout.RunOpening{
		RunID: names.PayoutRunID(r.Period, r.Number), Period: r.Period, Number: r.Number, StartedBy: r.StartedBy, Now: workflow.Now(ctx),
	})
	if err != nil {
		return PayoutRunResult{}, err
	}
	r.State.RunID = opened.RunID
	if opened.Status == payout.RunCancelled { // by an earlier history; another run needs another number
		return PayoutRunResult{Status: string(payout.RunCancelled)}, nil
	}
	blocked := ""
	if !r.State.Cleared {
		if blocked, err = r.clear(ctx); err != nil {
			return PayoutRunResult{}, err
		}
	}
	for !r.State.Listed && !r.stopped() {
		if err := r.startPage(ctx); err != nil {
			return PayoutRunResult{}, err
		}
		if r.mustContinue(ctx) {
			return PayoutRunResult{}, errRunContinues
		}
	}
	if err := r.awaitPayouts(ctx, 0); err != nil {
		return PayoutRunResult{}, err
	}
	return r.end(ctx, blocked)
}

// mustContinue reports whether the history is long enough to continue as new, and no request would
// be lost.
func (r *payoutRun) mustContinue(ctx workflow.Context) bool {
	return r.continueAsNew(ctx) && !r.stopped()
}

// stopped reports whether a person has cancelled the run, by the update or in the CLI or UI.
func (r *payoutRun) stopped() bool {
	if r.State.Cancel == nil && r.isCancelled() {
		r.State.Cancel = &Operator{Actor: payout.StartedByUnknown, Reason: "cancelled with the Temporal CLI or UI"}
	}
	return r.State.Cancel != nil
}

func (r *payoutRun) moveTo(ctx workflow.Context, status payout.RunStatus, reason string) error {
	move := payout.RunMove{RunID: r.State.RunID, Status: status, BlockedReason: reason, ApprovedBy: r.State.ApprovedBy}
	if status == payout.RunCancelled && r.State.Cancel != nil {
		move.CancelledBy, move.CancelReason = r.State.Cancel.Actor, r.State.Cancel.Reason
	}
	return record(ctx, "Record the run as "+string(status), activities.MovePayoutRun, move)
}

// end records the end of the run and shows what it has done.
func (r *payoutRun) end(ctx workflow.Context, blocked string) (PayoutRunResult, error) {
	status := payout.RunFinished
	if r.stopped() {
		status = payout.RunCancelled
	}
	leftOut, err := step(ctx, "Sum up who was left out", activities.SumLeftOut, r.State.RunID)
	if err != nil {
		return PayoutRunResult{}, err
	}
	if r.counted, err = step(ctx, "Count payouts at work", activities.CountPayouts, payout.RunCount{RunID: r.State.RunID}); err != nil {
		return PayoutRunResult{}, err
	}
	if err := r.moveTo(ctx, status, blocked); err != nil {
		return PayoutRunResult{}, err
	}
	clearAttention(ctx)
	details := fmt.Sprintf("The run is %s. It has started %d payouts. %d of them wait for the bank, and %d for a person.", status, r.counted.Reserved, r.counted.AtBank, r.counted.Parked)
	workflow.SetCurrentDetails(ctx, details+describeSums("Left out", leftOut))
	return PayoutRunResult{
		Status: string(status), Payouts: int(r.counted.Reserved), AtBank: int(r.counted.AtBank), NeedsAttention: int(r.counted.Parked),
		LeftOut: leftOut, Blocked: blocked,
	}, nil
}

// describeSums writes one line for each sum.
func describeSums(heading string, sums []payout.Sum) string {
	if len(sums) == 0 {
		return ""
	}
	var text strings.Builder
	text.WriteString("\n\n" + heading + ":\n")
	for _, sum := range sums {
		text.WriteString("\n- " + strconv.FormatInt(sum.Payouts, 10) + " payouts, " + money.Amount{Minor: sum.AmountMinor, Currency: sum.Currency}.String())
		if sum.Reason != "" {
			text.WriteString(" (" + string(sum.Reason) + ")")
		}
	}
	return text.String()
}
