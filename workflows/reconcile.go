package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// ReconcileInput starts or continues a pass.
type ReconcileInput struct {
	Settings ReconcileSettings `json:"settings"`
	State    reconcileState    `json:"state"`
}

// ReconcileSettings say how far back a pass reads, and how long an event may take to arrive.
type ReconcileSettings struct {
	// Window is the highest age of an object that every pass compares. Objects with an open
	// difference are compared at any age. Zero means the defaults for Window and Grace.
	Window duration.Text `json:"window"`
	// Grace is the age below which a change is not compared yet, because its event may be on the way.
	Grace duration.Text `json:"grace"`
	// Overlap is how long before the last pass this one starts. Zero makes it a whole pass, which
	// reads the whole window.
	Overlap duration.Text `json:"overlap,omitempty"`
	// WholeAfter is the highest age of the last whole pass. If it is older, this pass is whole.
	WholeAfter duration.Text `json:"whole_after,omitempty"`
	// GapAfter is how long what is owed may be missing at Stripe before people are asked.
	GapAfter duration.Text `json:"gap_after,omitempty"`
	// Campaign is for workflows of campaigns and disputes that a pass starts, Payout for payouts.
	Campaign CampaignSettings `json:"campaign"`
	Payout   payout.Policy    `json:"payout"`
}

// DefaultReconcileSettings have a window that is longer than the time in which a bank may return a
// payout.
func DefaultReconcileSettings() ReconcileSettings {
	return ReconcileSettings{Window: duration.Text(8 * 24 * time.Hour), Grace: duration.Text(5 * time.Minute)}
}

// Whole returns settings of a pass over the whole window.
func (s ReconcileSettings) Whole() ReconcileSettings {
	s.Overlap = 0
	return s
}

// ReconcileResult is what a pass read and found. Open and Blocking count differences of all passes.
type ReconcileResult struct {
	Objects    int32 `json:"objects"`
	Unreadable int32 `json:"unreadable,omitempty"`
	Found      int32 `json:"found"`
	Cleared    int32 `json:"cleared"`
	Open       int32 `json:"open"`
	Blocking   int32 `json:"blocking"`
}

// reconcileState is the progress of a pass: its stage, and where the next page starts.
type reconcileState struct {
	Pass       reconcile.Pass `json:"pass"`
	Stage      int            `json:"stage"`
	Cursor     string         `json:"cursor,omitempty"`
	Key        reconcile.Key  `json:"key"`
	Unreadable int            `json:"unreadable,omitempty"`
}

const (
	accountsPerPage = 10
	objectsPerPage  = 10
	comparedPerPage = 200
	// accountPagesMax bounds the bank payouts of one account. We never make ten thousand of them
	// in one window.
	accountPagesMax = 100
)

// Reconcile is one pass that compares Stripe with the books. It reads Stripe's lists of a rolling
// window, or of recent objects only (see reconcile.Reach). It reads by id what the lists did not
// contain, books what belongs to no object, and compares all of it with the books. New differences
// are recorded, and settled ones
// are cleared. A pass can be repeated from any point, because it records only the current state.
func Reconcile(ctx workflow.Context, in ReconcileInput) (ReconcileResult, error) {
	r := &reconcileProcess{ReconcileInput: in}
	result, err := r.run(ctx)
	if fault.CodeOf(err) == errPassContinues.Code {
		return ReconcileResult{}, workflow.NewContinueAsNewError(ctx, Reconcile, r.ReconcileInput)
	}
	return result, activities.Failure(err)
}

var errPassContinues = conflict("pass_continues", "the pass continues as new")

// reconcileProcess is the state of one pass.
type reconcileProcess struct {
	ReconcileInput
}

// stage processes one page and reports whether there is another one.
type stage func(ctx workflow.Context) (more bool, err error)

func (r *reconcileProcess) stages() []stage {
	return []stage{
		r.list(reconcile.PaymentIntent), r.list(reconcile.Refund), r.list(reconcile.Dispute), r.list(reconcile.Transfer),
		r.list(reconcile.BalanceTransaction), r.listBankPayouts, r.readUnseen, r.bookMovements, r.compare, r.readBalances, r.readSettled,
	}
}

func (r *reconcileProcess) run(ctx workflow.Context) (ReconcileResult, error) {
	if r.State.Pass.ID == "" {
		if err := r.open(ctx); err != nil {
			return ReconcileResult{}, err
		}
	}
	for stages := r.stages(); r.State.Stage < len(stages); {
		more, err := stages[r.State.Stage](ctx)
		if err != nil {
			return ReconcileResult{}, err
		}
		if !more {
			r.State.Stage++
			r.State.Cursor, r.State.Key = "", reconcile.Key{}
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return ReconcileResult{}, errPassContinues
		}
	}
	made, err := step(ctx, "Count the differences", activities.FinishReconciliationPass, activities.FinishPass{
		PassID: r.State.Pass.ID, Unreadable: r.State.Unreadable, Now: workflow.Now(ctx),
	})
	if err != nil {
		return ReconcileResult{}, err
	}
	if made.Blocking > 0 {
		workflow.GetLogger(ctx).Warn("Stripe and the books differ: payout runs are blocked", "blocking", made.Blocking, "open", made.StillOpen)
	}
	if made.StillOpen > 0 {
		r.notifyMissed(ctx)
	}
	if !r.State.Pass.Recent {
		if err := ensureFundingRuns(ctx, r.Settings.Campaign); err != nil {
			workflow.GetLogger(ctx).Warn("a deposit or a withdrawal may have no workflow", "error", err)
		}
	}
	return ReconcileResult{
		Objects: made.Objects, Unreadable: made.Unreadable, Found: made.Found, Cleared: made.Cleared, Open: made.StillOpen, Blocking: made.Blocking,
	}, nil
}

func (r *reconcileProcess) open(ctx workflow.Context) error {
	if r.Settings.Window <= 0 {
		defaults := DefaultReconcileSettings()
		r.Settings.Window, r.Settings.Grace = defaults.Window, defaults.Grace
	}
	now := workflow.Now(ctx)
	r.State.Pass = reconcile.Pass{
		ID: names.PassID(workflow.GetInfo(ctx).WorkflowExecution.ID, now), StartedAt: now, Since: now.Add(time.Duration(-r.Settings.Window)), Grace: r.Settings.Grace,
	}
	if r.Settings.Overlap > 0 {
		reach := reconcile.Reach{Window: r.Settings.Window, Overlap: r.Settings.Overlap, WholeAfter: r.Settings.WholeAfter}
		chosen, err := step(ctx, "Choose how far back to read", activities.ChooseReach, activities.ReachAt{Reach: reach, Now: now})
		if err != nil {
			return err
		}
		r.State.Pass.Since, r.State.Pass.Recent = chosen.Since, chosen.Recent
	}
	return record(ctx, "Record the start of the pass", activities.OpenReconciliationPass, r.State.Pass)
}

// bookMovements books one page of what Stripe took from or added to the balance for itself or for us,
// such as fees and top-ups.
func (r *reconcileProcess) bookMovements(ctx workflow.Context) (bool, error) {
	booked, err := step(ctx, "Book fees, top-ups and payouts of the platform", activities.BookMovements, activities.MovementsPage{
		Pass: r.State.Pass, After: r.State.Cursor, Limit: comparedPerPage,
	})
	r.State.Cursor = booked.Next
	return booked.More, err
}

// readBalances stores the platform's balance at Stripe, which the preview of a run and the check of
// solvency show. If it does not cover what is owed, a workflow watches over that.
func (r *reconcileProcess) readBalances(ctx workflow.Context) (bool, error) {
	askedAt := workflow.Now(ctx)
	balances, err := do(ctx, railCompare, "Read the platform's balance", activities.ReadPlatformBalances, activities.None{})
	if r.skip(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := record(ctx, "Record the platform's balance", activities.RecordPlatformBalances, activities.BalancesSeen{Balances: balances, AskedAt: askedAt}); err != nil {
		return false, err
	}
	gaps, err := step(ctx, "Compare what is owed with the balance", activities.ListGaps, activities.None{})
	if err != nil || len(gaps) == 0 {
		return false, err
	}
	// A failure here does not fail the pass, because payout runs wait for it. The next pass tries again.
	if err := watchGap(ctx, r.Settings.GapAfter); err != nil {
		workflow.GetLogger(ctx).Warn("a gap in what is owed is not watched", "error", err)
	}
	return false, nil
}

// readSettled stores which currencies the platform settles, so that a payment in another one is refused
// before it is made. A failure does not fail the pass: it says nothing about differences, and a reading that
// is old refuses nothing.
func (r *reconcileProcess) readSettled(ctx workflow.Context) (bool, error) {
	if _, err := readSettled(ctx); err != nil {
		workflow.GetLogger(ctx).Warn("the settled currencies cannot be read", "error", err)
	}
	return false, nil
}

// compare compares one page of the recorded objects with the books.
func (r *reconcileProcess) compare(ctx workflow.Context) (bool, error) {
	compared, err := step(ctx, "Compare a page with the books", activities.CompareWithLedger, reconcile.Comparison{
		Pass: r.State.Pass, After: r.State.Key, Limit: comparedPerPage, Now: workflow.Now(ctx), Grace: r.Settings.Grace,
	})
	r.State.Key = compared.Next
	return compared.More, err
}
