package activities

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// ListStripe asks the rail for one page of a list.
func (a *Payments) ListStripe(ctx context.Context, in rail.ListRequest) (rail.Page, error) {
	page, err := a.Rail.List(ctx, in)
	return page, Failure(err)
}

// LookAtStripe asks the rail for one object by its id; that it is absent is an answer.
func (a *Payments) LookAtStripe(ctx context.Context, in reconcile.Named) (rail.Page, error) {
	objects, err := a.Rail.Look(ctx, in)
	return rail.Page{Objects: objects}, Failure(err)
}

// PassReach is where a pass begins, and whether it is a recent one.
type PassReach struct {
	Since  time.Time `json:"since"`
	Recent bool      `json:"recent"`
}

// ChooseReach chooses how far back a pass that starts now goes.
func (a *Ledger) ChooseReach(ctx context.Context, reach reconcile.Reach, now time.Time) (PassReach, error) {
	since, recent, err := a.Store.Reconciliation.ChooseReach(ctx, reach, now)
	return PassReach{Since: since, Recent: recent}, Failure(err)
}

// OpenReconciliationPass writes a pass down, once.
func (a *Ledger) OpenReconciliationPass(ctx context.Context, in reconcile.Pass) error {
	return Failure(a.Store.Reconciliation.OpenPass(ctx, in))
}

// StoreStripe is what Stripe said when it was asked.
type StoreStripe struct {
	Objects []reconcile.Object `json:"o"`
	AskedAt time.Time          `json:"asked_at"`
}

// StoreStripeObjects keeps what Stripe said.
func (a *Ledger) StoreStripeObjects(ctx context.Context, in StoreStripe) error {
	return Failure(a.Store.Reconciliation.RecordObjects(ctx, in.Objects, in.AskedAt))
}

// AccountsPage asks for connected accounts whose bank payouts a pass has to list, behind an
// account.
type AccountsPage struct {
	Pass  reconcile.Pass `json:"pass"`
	After string         `json:"after"`
	Limit int            `json:"limit"`
}

// ListAccountsPaid lists one page of connected accounts whose bank payouts a pass has to list.
func (a *Ledger) ListAccountsPaid(ctx context.Context, in AccountsPage) ([]string, error) {
	accounts, err := a.Store.Reconciliation.ListAccountsPaid(ctx, in.Pass, in.After, in.Limit)
	return accounts, Failure(err)
}

// UnseenPage asks for objects that a pass has not seen, behind an object.
type UnseenPage struct {
	Pass  reconcile.Pass `json:"pass"`
	After reconcile.Key  `json:"after"`
	Limit int            `json:"limit"`
}

// ListUnseenObjects lists one page of objects that have to be asked for by their ids.
func (a *Ledger) ListUnseenObjects(ctx context.Context, in UnseenPage) ([]reconcile.Named, error) {
	unseen, err := a.Store.Reconciliation.ListUnseen(ctx, in.Pass, in.After, in.Limit)
	return unseen, Failure(err)
}

// Compared is how far a comparison has come.
type Compared struct {
	Next reconcile.Key `json:"next"`
	More bool          `json:"more"`
}

// CompareWithBooks compares one page of what a pass has seen with the books.
func (a *Ledger) CompareWithBooks(ctx context.Context, in reconcile.Comparison) (Compared, error) {
	next, more, err := a.Store.Reconciliation.Compare(ctx, in)
	return Compared{Next: next, More: more}, Failure(err)
}

// FinishPass ends a pass.
type FinishPass struct {
	PassID     string    `json:"pass_id"`
	Unreadable int       `json:"unreadable"`
	Now        time.Time `json:"now"`
}

// FinishReconciliationPass counts what a pass has found.
func (a *Ledger) FinishReconciliationPass(ctx context.Context, in FinishPass) (reconcile.PassResult, error) {
	result, err := a.Store.Reconciliation.FinishPass(ctx, in.PassID, in.Unreadable, in.Now)
	return result, Failure(err)
}

// ListBlockingDifferences returns why payout runs have to wait, in at most limit sentences.
func (a *Ledger) ListBlockingDifferences(ctx context.Context, limit int) ([]string, error) {
	sentences, err := a.Store.Reconciliation.ListBlocking(ctx, limit)
	return sentences, Failure(err)
}

// NewsPage asks for what at most Limit differences tell that were found since a time.
type NewsPage struct {
	FoundSince time.Time `json:"found_since"`
	Limit      int       `json:"limit"`
}

// ListLostNews lists which disputes and campaigns have to look at Stripe.
func (a *Ledger) ListLostNews(ctx context.Context, in NewsPage) (reconcile.Missed, error) {
	news, err := a.Store.Reconciliation.ListMissed(ctx, in.FoundSince, in.Limit)
	return news, Failure(err)
}
