package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// ReconcileInput starts or continues a pass.
type ReconcileInput struct {
	Settings ReconcileSettings `json:"settings"`
	State    reconcileState    `json:"state"`
}

// ReconcileSettings say how far a pass looks back and how long it lets news travel.
type ReconcileSettings struct {
	// Window is how old an object may be to be compared by every pass. Objects with an open
	// difference are compared however old they are. Zero means the defaults for both.
	Window duration.Text `json:"window"`
	// Grace is how fresh a change may be to be left alone.
	Grace duration.Text `json:"grace"`
	// Overlap is how long before the last pass this one begins. Zero makes it a whole pass, which
	// goes through all of the window.
	Overlap duration.Text `json:"overlap,omitempty"`
	// WholeAfter is how long there may be no whole pass before this one is.
	WholeAfter duration.Text `json:"whole_after,omitempty"`
	// Campaign is for processes that a pass begins, or begins anew.
	Campaign CampaignSettings `json:"campaign"`
}

// DefaultReconcileSettings look back further than a bank may return a payout.
func DefaultReconcileSettings() ReconcileSettings {
	return ReconcileSettings{Window: duration.Text(8 * 24 * time.Hour), Grace: duration.Text(5 * time.Minute)}
}

// Whole returns settings of a pass over the whole window.
func (s ReconcileSettings) Whole() ReconcileSettings {
	s.Overlap = 0
	return s
}

// ReconcileResult is what a pass saw and found; Open and Blocking count over all passes.
type ReconcileResult struct {
	Objects    int32 `json:"objects"`
	Unreadable int32 `json:"unreadable,omitempty"`
	Found      int32 `json:"found"`
	Cleared    int32 `json:"cleared"`
	Open       int32 `json:"open"`
	Blocking   int32 `json:"blocking"`
}

// reconcileState is how far a pass has come: a stage, and where its next page begins.
type reconcileState struct {
	Pass       reconcile.Pass `json:"pass"`
	Stage      int            `json:"stage"`
	Cursor     string         `json:"cursor,omitempty"`
	Key        reconcile.Key  `json:"key"`
	Unreadable int            `json:"unreadable,omitempty"`
}

const (
	accountsAtOnce = 10
	objectsAtOnce  = 10
	comparedAtOnce = 200
	// accountPagesMax bounds the bank payouts of one account: ten thousand in a window are
	// beyond anything that we make.
	accountPagesMax = 100
)

// Reconcile is one pass over what Stripe has: it goes through the lists of a rolling window (or
// of what is recent: see reconcile.Reach), asks by id for what the lists did not bring, and compares all of it with the books. What
// differs is written down, and what differs no longer is cleared. A pass can be repeated from
// any point: it only ever says what is so now.
func Reconcile(ctx workflow.Context, in ReconcileInput) (ReconcileResult, error) {
	r := &reconcileRun{ReconcileInput: in}
	result, err := r.run(ctx)
	if fault.CodeOf(err) == errPassContinues.Code {
		return ReconcileResult{}, workflow.NewContinueAsNewError(ctx, Reconcile, r.ReconcileInput)
	}
	return result, activities.Failure(err)
}

var errPassContinues = conflict("pass_continues", "the pass continues as new")

type reconcileRun struct {
	ReconcileInput
}

// stage takes one page and reports whether there is another one.
type stage func(ctx workflow.Context) (more bool, err error)

func (r *reconcileRun) stages() []stage {
	return []stage{
		r.list(reconcile.PaymentIntent), r.list(reconcile.Refund), r.list(reconcile.Dispute), r.list(reconcile.Transfer),
		r.list(reconcile.BalanceTransaction), r.listBankPayouts, r.askForUnseen, r.compare,
	}
}

func (r *reconcileRun) run(ctx workflow.Context) (ReconcileResult, error) {
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
	made, err := step(ctx, "Count what differs", activities.FinishReconciliationPass, activities.FinishPass{
		PassID: r.State.Pass.ID, Unreadable: r.State.Unreadable, Now: workflow.Now(ctx),
	})
	if err != nil {
		return ReconcileResult{}, err
	}
	if made.Blocking > 0 {
		workflow.GetLogger(ctx).Warn("Stripe and the books differ: payout runs wait", "blocking", made.Blocking, "open", made.StillOpen)
	}
	if made.StillOpen > 0 {
		r.passOn(ctx)
	}
	return ReconcileResult{
		Objects: made.Objects, Unreadable: made.Unreadable, Found: made.Found, Cleared: made.Cleared, Open: made.StillOpen, Blocking: made.Blocking,
	}, nil
}

func (r *reconcileRun) open(ctx workflow.Context) error {
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
		chosen, err := step(ctx, "Choose how far to look back", activities.ChooseReach, activities.ReachAt{Reach: reach, Now: now})
		if err != nil {
			return err
		}
		r.State.Pass.Since, r.State.Pass.Recent = chosen.Since, chosen.Recent
	}
	return record(ctx, "Begin a pass", activities.OpenReconciliationPass, r.State.Pass)
}

// list takes one page of a list of the platform's own objects.
func (r *reconcileRun) list(of reconcile.ObjectType) stage {
	return func(ctx workflow.Context) (bool, error) {
		askedAt := workflow.Now(ctx)
		page, err := do(ctx, stripeCompare, "Read a page of type "+string(of), activities.ListProcessorObjects, rail.ListRequest{
			Type: of, Since: r.State.Pass.Since, After: r.State.Cursor,
		})
		if err != nil {
			return false, err
		}
		r.State.Cursor = page.Next
		return page.Next != "", r.store(ctx, page.Objects, askedAt)
	}
}

// listBankPayouts takes one page of connected accounts and reads the bank payouts of each. An
// account that left, or that we may not see, is counted and passed over.
func (r *reconcileRun) listBankPayouts(ctx workflow.Context) (bool, error) {
	accounts, err := step(ctx, "List accounts that were paid", activities.ListPaidAccounts, activities.AccountsPage{
		Pass: r.State.Pass, After: r.State.Cursor, Limit: accountsAtOnce,
	})
	if err != nil || len(accounts) == 0 {
		return false, err
	}
	// A recent pass, too, asks for all of the window: a bank payout that is looked for may have
	// been made before the last pass, and one account has few of them.
	since := r.State.Pass.StartedAt.Add(time.Duration(-r.Settings.Window))
	pending := make([]rail.ListRequest, len(accounts))
	for i, account := range accounts {
		pending[i] = rail.ListRequest{Type: reconcile.BankPayout, Account: account, Since: since}
	}
	for range accountPagesMax {
		if pending, err = r.bankPayoutPages(ctx, pending); err != nil {
			return false, err
		}
		if len(pending) == 0 {
			break
		}
	}
	r.State.Cursor = accounts[len(accounts)-1]
	return len(accounts) == accountsAtOnce, nil
}

// bankPayoutPages reads one page of each account and returns what is left to be read.
func (r *reconcileRun) bankPayoutPages(ctx workflow.Context, pages []rail.ListRequest) (next []rail.ListRequest, err error) {
	askedAt := workflow.Now(ctx)
	read, failures := doAll(ctx, stripeCompare, "Read the bank payouts of an account", activities.ListProcessorObjects, pages)
	var objects []reconcile.Object
	for i, page := range read {
		if r.passOver(failures[i]) {
			continue
		}
		if failures[i] != nil {
			return nil, failures[i]
		}
		objects = append(objects, page.Objects...)
		if page.Next != "" {
			pages[i].After = page.Next
			next = append(next, pages[i])
		}
	}
	return next, r.store(ctx, objects, askedAt)
}

// askForUnseen asks by id for one page of what the lists have not brought.
func (r *reconcileRun) askForUnseen(ctx workflow.Context) (bool, error) {
	unseen, err := step(ctx, "List what is to be asked for by id", activities.ListUnseenObjects, activities.UnseenPage{
		Pass: r.State.Pass, After: r.State.Key, Limit: objectsAtOnce,
	})
	if err != nil || len(unseen) == 0 {
		return false, err
	}
	askedAt := workflow.Now(ctx)
	read, failures := doAll(ctx, stripeCompare, "Read one object", activities.GetProcessorObject, unseen)
	var objects []reconcile.Object
	for i, answer := range read {
		if r.passOver(failures[i]) {
			continue
		}
		if failures[i] != nil {
			return false, failures[i]
		}
		objects = append(objects, answer.Objects...)
	}
	last := unseen[len(unseen)-1]
	r.State.Key = reconcile.Key{Type: last.Type, ID: last.ID}
	return len(unseen) == objectsAtOnce, r.store(ctx, objects, askedAt)
}

// passOver counts what Stripe refuses to show: it will not show it to the next try either,
// and must not keep the rest from being compared.
func (r *reconcileRun) passOver(err error) bool {
	switch fault.KindOf(err) {
	case fault.Denied, fault.NotFound, fault.Invalid, fault.Conflict:
		r.State.Unreadable++
		return true
	}
	return false
}

func (r *reconcileRun) store(ctx workflow.Context, objects []reconcile.Object, askedAt time.Time) error {
	if len(objects) == 0 {
		return nil
	}
	return record(ctx, "Keep what Stripe said", activities.RecordProcessorObjects, activities.ObjectsSeen{Objects: objects, AskedAt: askedAt})
}

// compare holds one page of what was seen against the books.
func (r *reconcileRun) compare(ctx workflow.Context) (bool, error) {
	compared, err := step(ctx, "Compare with the books", activities.CompareWithLedger, reconcile.Comparison{
		Pass: r.State.Pass, After: r.State.Key, Limit: comparedAtOnce, Now: workflow.Now(ctx), Grace: r.Settings.Grace,
	})
	r.State.Key = compared.Next
	return compared.More, err
}
