package activities

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// The steps of a reconciliation pass in the database.
var (
	// ChooseReach decides how far back a pass compares.
	ChooseReach = Activity[ReachAt, PassReach]{"ChooseReach"}
	// OpenReconciliationPass records a pass once.
	OpenReconciliationPass = Activity[reconcile.Pass, None]{"OpenReconciliationPass"}
	// RecordProcessorObjects stores objects that were read from the processor.
	RecordProcessorObjects = Activity[ObjectsSeen, None]{"RecordProcessorObjects"}
	// ListPaidAccounts lists one page of the connected accounts whose bank payouts a pass compares.
	ListPaidAccounts = Activity[AccountsPage, []string]{"ListPaidAccounts"}
	// ListUnseenObjects lists one page of objects that must be read by their ids.
	ListUnseenObjects = Activity[UnseenPage, []reconcile.Named]{"ListUnseenObjects"}
	// BookMovements books one page of what the processor moved for no object of ours.
	BookMovements = Activity[MovementsPage, MovementsBooked]{"BookMovements"}
	// RecordPlatformBalances stores the platform's balances that were read from the processor.
	RecordPlatformBalances = Activity[BalancesSeen, None]{"RecordPlatformBalances"}
	// CheckCover compares what is owed in a currency with the platform's balance that was read last.
	CheckCover = Activity[money.Currency, Cover]{"CheckCover"}
	// ListGaps returns the currencies in which the balance does not cover what is owed, in their order.
	ListGaps = Activity[None, []Gap]{"ListGaps"}
	// CompareWithLedger compares one page of a pass's objects with the ledger.
	CompareWithLedger = Activity[reconcile.Comparison, Compared]{"CompareWithLedger"}
	// FinishReconciliationPass ends a pass and counts its differences.
	FinishReconciliationPass = Activity[FinishPass, reconcile.PassResult]{"FinishReconciliationPass"}
	// ListMissedEvents lists the disputes, campaigns and payouts that must read the processor again.
	ListMissedEvents = Activity[MissedPage, reconcile.Missed]{"ListMissedEvents"}
)

// ReachAt requests how far back a pass that starts at Now compares.
type ReachAt struct {
	Reach reconcile.Reach `json:"reach"`
	Now   time.Time       `json:"now"`
}

// PassReach is the start of a pass's window, and whether the window is the recent one.
type PassReach struct {
	Since  time.Time `json:"since"`
	Recent bool      `json:"recent"`
}

// ObjectsSeen are the objects that a read of the processor returned.
type ObjectsSeen struct {
	Objects []reconcile.Object `json:"objects"`
	AskedAt time.Time          `json:"asked_at"`
}

// AccountsPage requests connected accounts whose bank payouts a pass compares, starting after
// one of them.
type AccountsPage struct {
	Pass  reconcile.Pass `json:"pass"`
	After string         `json:"after"`
	Limit int            `json:"limit"`
}

// UnseenPage requests objects that a pass has not read, starting after one of them.
type UnseenPage struct {
	Pass  reconcile.Pass `json:"pass"`
	After reconcile.Key  `json:"after"`
	Limit int            `json:"limit"`
}

// MovementsPage requests the bookings of a page of movements, starting after one of them.
type MovementsPage struct {
	Pass  reconcile.Pass `json:"pass"`
	After string         `json:"after"`
	Limit int            `json:"limit"`
}

// MovementsBooked is the progress of these bookings.
type MovementsBooked struct {
	Next string `json:"next"`
	More bool   `json:"more"`
}

// BalancesSeen are the platform's balances that a read of the processor returned.
type BalancesSeen struct {
	Balances []rail.Balance `json:"balances"`
	AskedAt  time.Time      `json:"asked_at"`
}

// Cover is what is owed out of the platform's balance, what that balance is, and what is missing, in
// minor units.
type Cover struct {
	OwedMinor int64 `json:"owed_minor"`
	HeldMinor int64 `json:"held_minor"`
	GapMinor  int64 `json:"gap_minor"`
}

// Gap is what is missing in a currency.
type Gap struct {
	Currency money.Currency `json:"currency"`
	Cover
}

// Compared is the progress of a comparison.
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

// MissedPage requests the events of at most Limit differences that were found since a time.
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
	bind(registry, BookMovements, func(ctx context.Context, in MovementsPage) (MovementsBooked, error) {
		next, more, err := store.BookMovements(ctx, in.Pass, in.After, in.Limit)
		return MovementsBooked{Next: next, More: more}, err
	})
	bindAction(registry, RecordPlatformBalances, func(ctx context.Context, in BalancesSeen) error {
		return store.RecordBalances(ctx, in.Balances, in.AskedAt)
	})
	bind(registry, CheckCover, func(ctx context.Context, currency money.Currency) (Cover, error) {
		all, err := store.ListCover(ctx)
		for _, each := range all {
			if each.Currency == currency {
				return Cover{OwedMinor: each.OwedMinor(), HeldMinor: each.SureMinor(), GapMinor: each.SureGapMinor()}, err
			}
		}
		return Cover{}, err
	})
	bind(registry, ListGaps, func(ctx context.Context, _ None) ([]Gap, error) {
		all, err := store.ListCover(ctx)
		var gaps []Gap
		for _, each := range all {
			if each.GapMinor() > 0 {
				gaps = append(gaps, Gap{each.Currency, Cover{OwedMinor: each.OwedMinor(), HeldMinor: each.HeldMinor(), GapMinor: each.GapMinor()}})
			}
		}
		return gaps, err
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
	bind(registry, ListMissedEvents, func(ctx context.Context, in MissedPage) (reconcile.Missed, error) {
		return store.ListMissed(ctx, in.FoundSince, in.Limit)
	})
}
