package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// list reads one page of the platform account's objects of one type.
func (r *reconcileProcess) list(of reconcile.ObjectType) stage {
	return func(ctx workflow.Context) (bool, error) {
		askedAt := workflow.Now(ctx)
		page, err := do(ctx, railCompare, "Read a page of Stripe's list: "+string(of), activities.ListProcessorObjects, rail.ListRequest{
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
// account that is closed, or that we may not read, is counted and skipped.
func (r *reconcileProcess) listBankPayouts(ctx workflow.Context) (bool, error) {
	accounts, err := step(ctx, "List connected accounts that were paid", activities.ListPaidAccounts, activities.AccountsPage{
		Pass: r.State.Pass, After: r.State.Cursor, Limit: accountsPerPage,
	})
	if err != nil || len(accounts) == 0 {
		return false, err
	}
	// A recent pass also reads the whole window here. A bank payout in question may be older than
	// the last pass, and one account has few of them.
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
	return len(accounts) == accountsPerPage, nil
}

// bankPayoutPages reads one page of each account and returns the pages that are left to read.
func (r *reconcileProcess) bankPayoutPages(ctx workflow.Context, pages []rail.ListRequest) (next []rail.ListRequest, err error) {
	askedAt := workflow.Now(ctx)
	read, failures := doAll(ctx, railCompare, "Read the bank payouts of an account", activities.ListProcessorObjects, pages)
	var objects []reconcile.Object
	for i, page := range read {
		if r.skip(failures[i]) {
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

// readUnseen reads by id one page of the objects that the lists did not contain.
func (r *reconcileProcess) readUnseen(ctx workflow.Context) (bool, error) {
	unseen, err := step(ctx, "List objects to read by id", activities.ListUnseenObjects, activities.UnseenPage{
		Pass: r.State.Pass, After: r.State.Key, Limit: objectsPerPage,
	})
	if err != nil || len(unseen) == 0 {
		return false, err
	}
	askedAt := workflow.Now(ctx)
	read, failures := doAll(ctx, railCompare, "Read one object by id", activities.GetProcessorObject, unseen)
	var objects []reconcile.Object
	for i, answer := range read {
		if r.skip(failures[i]) {
			continue
		}
		if failures[i] != nil {
			return false, failures[i]
		}
		objects = append(objects, answer.Objects...)
	}
	last := unseen[len(unseen)-1]
	r.State.Key = reconcile.Key{Type: last.Type, ID: last.ID}
	return len(unseen) == objectsPerPage, r.store(ctx, objects, askedAt)
}

// skip reports whether Stripe refuses to show an object, and counts it. Another try would be
// refused as well, and the rest must still be compared.
func (r *reconcileProcess) skip(err error) bool {
	if !isRefusedRead(err) {
		return false
	}
	r.State.Unreadable++
	return true
}

// isRefusedRead reports whether another try to read would be refused as well.
func isRefusedRead(err error) bool {
	switch fault.KindOf(err) {
	case fault.Denied, fault.NotFound, fault.Invalid, fault.Conflict:
		return true
	}
	return false
}

func (r *reconcileProcess) store(ctx workflow.Context, objects []reconcile.Object, askedAt time.Time) error {
	if len(objects) == 0 {
		return nil
	}
	return record(ctx, "Record what Stripe returned", activities.RecordProcessorObjects, activities.ObjectsSeen{Objects: objects, AskedAt: askedAt})
}
