package activities

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/reconcile"
)

// The steps of a reconciliation pass in the database.
var (
	// ChooseReach chooses how far back a pass that starts now goes.
	ChooseReach = Activity[ReachAt, PassReach]{"ChooseReach"}
	// OpenReconciliationPass records a pass, once.
	OpenReconciliationPass = Activity[reconcile.Pass, None]{"OpenReconciliationPass"}
	// RecordProcessorObjects stores what the processor answered.
	RecordProcessorObjects = Activity[ObjectsSeen, None]{"RecordProcessorObjects"}
	// ListPaidAccounts lists one page of connected accounts whose bank payouts a pass has to list.
	ListPaidAccounts = Activity[AccountsPage, []string]{"ListPaidAccounts"}
	// ListUnseenObjects lists one page of objects that have to be read by their ids.
	ListUnseenObjects = Activity[UnseenPage, []reconcile.Named]{"ListUnseenObjects"}
	// CompareWithLedger compares one page of what a pass has seen with the ledger.
	CompareWithLedger = Activity[reconcile.Comparison, Compared]{"CompareWithLedger"}
	// FinishReconciliationPass counts what a pass has found.
	FinishReconciliationPass = Activity[FinishPass, reconcile.PassResult]{"FinishReconciliationPass"}
	// ListBlockingDifferences returns why payout runs have to wait, in at most some sentences.
	ListBlockingDifferences = Activity[int, []string]{"ListBlockingDifferences"}
	// ListMissedEvents lists the disputes and campaigns that have to read the processor again.
	ListMissedEvents = Activity[MissedPage, reconcile.Missed]{"ListMissedEvents"}
)

// ReachAt asks how far back a pass that starts at Now goes.
type ReachAt struct {
	Reach reconcile.Reach `json:"reach"`
	Now   time.Time       `json:"now"`
}

// PassReach is where a pass begins, and whether it is a recent one.
type PassReach struct {
	Since  time.Time `json:"since"`
	Recent bool      `json:"recent"`
}

// ObjectsSeen is what the processor answered when it was asked.
type ObjectsSeen struct {
	Objects []reconcile.Object `json:"objects"`
	AskedAt time.Time          `json:"asked_at"`
}

// AccountsPage asks for connected accounts whose bank payouts a pass has to list, after one.
type AccountsPage struct {
	Pass  reconcile.Pass `json:"pass"`
	After string         `json:"after"`
	Limit int            `json:"limit"`
}

// UnseenPage asks for objects that a pass has not seen, after one.
type UnseenPage struct {
	Pass  reconcile.Pass `json:"pass"`
	After reconcile.Key  `json:"after"`
	Limit int            `json:"limit"`
}

// Compared is how far a comparison has come.
type Compared struct {
	Next reconcile.Key `json:"next"`
	More bool          `json:"more"`
}

// FinishPass ends a pass.
type FinishPass struct {
	PassID     string    `json:"pass_id"`
	Unreadable int       `json:"unreadable"`
	Now        time.Time `json:"now"`
}

// MissedPage asks for the events behind at most Limit differences that were found since a time.
type MissedPage struct {
	FoundSince time.Time `json:"found_since"`
	Limit      int       `json:"limit"`
}

func (l Ledger) registerReconciliation(registry Registry) {
	store := l.Books.Reconciliation
	bind(registry, ChooseReach, func(ctx context.Context, in ReachAt) (PassReach, error) {
		since, recent, err := store.ChooseReach(ctx, in.Reach, in.Now)
		return PassReach{Since: since, Recent: recent}, err
	})
	bindAction(registry, OpenReconciliationPass, store.OpenPass)
	bindAction(registry, RecordProcessorObjects, func(ctx context.Context, in ObjectsSeen) error {
		return store.RecordObjects(ctx, in.Objects, in.AskedAt)
	})
	bind(registry, ListPaidAccounts, func(ctx context.Context, in AccountsPage) ([]string, error) {
		return store.ListAccountsPaid(ctx, in.Pass, in.After, in.Limit)
	})
	bind(registry, ListUnseenObjects, func(ctx context.Context, in UnseenPage) ([]reconcile.Named, error) {
		return store.ListUnseen(ctx, in.Pass, in.After, in.Limit)
	})
	bind(registry, CompareWithLedger, func(ctx context.Context, in reconcile.Comparison) (Compared, error) {
		next, more, err := store.Compare(ctx, in)
		return Compared{Next: next, More: more}, err
	})
	bind(registry, FinishReconciliationPass, func(ctx context.Context, in FinishPass) (reconcile.PassResult, error) {
		return store.FinishPass(ctx, in.PassID, in.Unreadable, in.Now)
	})
	bind(registry, ListBlockingDifferences, store.ListBlocking)
	bind(registry, ListMissedEvents, func(ctx context.Context, in MissedPage) (reconcile.Missed, error) {
		return store.ListMissed(ctx, in.FoundSince, in.Limit)
	})
}
