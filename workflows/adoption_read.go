package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// accountOf is the account of one payout of a page, whose bank payouts are listed.
type accountOf struct {
	item    int
	request rail.ListRequest
}

// readStripe reads the transfer of each payout, and the bank payouts that were made after it on its
// account, and stores both. It returns the failure of each payout. An account that Stripe refuses to
// show is left to the payout's workflow: it looks for the bank payout before it sends one, and
// needs attention while it cannot.
func (a *adoptionProcess) readStripe(ctx workflow.Context, items []adoption.Item, readAt time.Time) []error {
	transfers := make([]reconcile.Named, len(items))
	for i, item := range items {
		transfers[i] = reconcile.Named{Type: reconcile.Transfer, ID: item.TransferID}
	}
	read, failures := doAll(ctx, railCompare, "Read the transfer", activities.GetProcessorObject, transfers)
	objects := make([][]reconcile.Object, len(items))
	var accounts []accountOf
	for i, item := range items {
		if failures[i] == nil {
			objects[i] = read[i].Objects
			accounts = append(accounts, accountOf{i, rail.ListRequest{Type: reconcile.BankPayout, Account: item.Account, Since: item.TransferredAt}})
		}
	}
	for page := 0; page < accountPagesMax && len(accounts) > 0; page++ {
		accounts = readAccounts(ctx, accounts, objects, failures)
	}
	for i := range items {
		if failures[i] == nil {
			_, failures[i] = do(ctx, ledgerCall, "Record what Stripe returned", activities.RecordProcessorObjects, activities.ObjectsSeen{Objects: objects[i], AskedAt: readAt})
		}
	}
	return failures
}

// readAccounts reads one page of each account, and returns the accounts that have another page.
func readAccounts(ctx workflow.Context, accounts []accountOf, objects [][]reconcile.Object, failures []error) (next []accountOf) {
	requests := make([]rail.ListRequest, len(accounts))
	for i, account := range accounts {
		requests[i] = account.request
	}
	pages, refusals := doAll(ctx, railCompare, "Read the bank payouts of an account", activities.ListProcessorObjects, requests)
	for i, account := range accounts {
		switch err := refusals[i]; {
		case isRefusedRead(err):
			workflow.GetLogger(ctx).Warn("bank payouts of an account cannot be read", "account", account.request.Account, "error", err)
		case err != nil:
			failures[account.item] = err
		default:
			objects[account.item] = append(objects[account.item], pages[i].Objects...)
			if account.request.After = pages[i].Next; account.request.After != "" {
				next = append(next, account)
			}
		}
	}
	return next
}
