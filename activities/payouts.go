package activities

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
)

// The steps of payout runs and payouts in the database.
var (
	// OpenPayoutRun opens the run of a period once and returns its id.
	OpenPayoutRun = Activity[payout.RunOpening, string]{"OpenPayoutRun"}
	// MovePayoutRun records a run's progress.
	MovePayoutRun = Activity[payout.RunMove, None]{"MovePayoutRun"}
	// ListEligibleCreators lists one page of creators who can be paid.
	ListEligibleCreators = Activity[EligiblePage, []payout.Eligible]{"ListEligibleCreators"}
	// CountPayouts counts the payouts of a run, by the run's id.
	CountPayouts = Activity[string, payout.Count]{"CountPayouts"}
	// ListPayoutsAtWork lists payouts of a run that are not paid, have not ended and do not wait for a person.
	ListPayoutsAtWork = Activity[PayoutsOfRun, []string]{"ListPayoutsAtWork"}
	// ListParkedPayouts lists payouts that an event about a connected account may unblock.
	ListParkedPayouts = Activity[string, []string]{"ListParkedPayouts"}

	// ReservePayout reserves the money of a payout, if there is enough to pay.
	ReservePayout = Activity[payout.ReservationRequest, Reservation]{"ReservePayout"}
	// RecordIntent begins a generation of a phase, or returns the open one.
	RecordIntent = Activity[PayoutPhase, payout.Intent]{"RecordIntent"}
	// ReadLastIntent reads the last generation of a phase, without beginning one.
	ReadLastIntent = Activity[PayoutPhase, LastIntent]{"ReadLastIntent"}
	// RecordRefused ends a generation after a definite refusal.
	RecordRefused = Activity[payout.Outcome, None]{"RecordRefused"}
	// RecordTransferred books a completed transfer, and begins the first bank payout.
	RecordTransferred = Activity[payout.Outcome, payout.Intent]{"RecordTransferred"}
	// RecordBankPayoutAccepted records the bank payout that the rail has made; the bank has not answered yet.
	RecordBankPayoutAccepted = Activity[payout.Outcome, None]{"RecordBankPayoutAccepted"}
	// RecordBankPayoutPaid books a paid bank payout.
	RecordBankPayoutPaid = Activity[payout.Outcome, None]{"RecordBankPayoutPaid"}
	// RecordBankPayoutFailed books a bank payout that failed or came back.
	RecordBankPayoutFailed = Activity[payout.Outcome, None]{"RecordBankPayoutFailed"}
	// RecordReversed books a reversed transfer.
	RecordReversed = Activity[payout.Outcome, None]{"RecordReversed"}
	// ParkPayout marks a payout as needing attention, or as resumed.
	ParkPayout = Activity[payout.Parking, None]{"ParkPayout"}
	// ParkLostPayout marks a payout, by its id, as needing attention because its workflow is not
	// running.
	ParkLostPayout = Activity[string, None]{"ParkLostPayout"}
	// CancelPayout releases the reservation and ends the payout.
	CancelPayout = Activity[payout.Ending, None]{"CancelPayout"}
)

// EligiblePage requests creators who can be paid, starting after one of them.
type EligiblePage struct {
	After        payout.EligibleAfter `json:"after"`
	MinimumMinor int64                `json:"minimum_minor"`
	Limit        int                  `json:"limit"`
}

// PayoutsOfRun requests payouts of a run.
type PayoutsOfRun struct {
	RunID string `json:"run_id"`
	Limit int    `json:"limit"`
}

// Reservation is the result of ReservePayout. Reserved is false if there was too little to pay.
type Reservation struct {
	Reserved bool               `json:"reserved"`
	Payout   payout.Reservation `json:"payout"`
}

// PayoutPhase is a phase of a payout at a moment.
type PayoutPhase struct {
	PayoutID string       `json:"payout_id"`
	Phase    payout.Phase `json:"phase"`
	// AmountMinor is for a new generation of a reversal: what is left of the transfer. Zero is
	// the payout's amount.
	AmountMinor int64     `json:"amount_minor,omitempty"`
	Now         time.Time `json:"now"`
}

// LastIntent is the last generation of a phase; its number is 0 if the phase never began. Found
// is true while it is alive: unclear or applied.
type LastIntent struct {
	Found  bool          `json:"found"`
	Intent payout.Intent `json:"intent"`
}

func (l Ledger) registerPayouts(registry Registry) {
	store := l.Books.Payouts
	bind(registry, OpenPayoutRun, func(ctx context.Context, in payout.RunOpening) (string, error) {
		return store.OpenRun(ctx, in.RunID, in.Period, in.Now)
	})
	bindAction(registry, MovePayoutRun, store.MoveRun)
	bind(registry, ListEligibleCreators, func(ctx context.Context, in EligiblePage) ([]payout.Eligible, error) {
		return store.ListEligible(ctx, in.After, in.MinimumMinor, in.Limit)
	})
	bind(registry, CountPayouts, store.Count)
	bind(registry, ListPayoutsAtWork, func(ctx context.Context, in PayoutsOfRun) ([]string, error) {
		return store.ListAtWork(ctx, in.RunID, in.Limit)
	})
	bind(registry, ListParkedPayouts, store.ListParked)

	bind(registry, ReservePayout, l.reservePayout)
	bind(registry, RecordIntent, func(ctx context.Context, in PayoutPhase) (payout.Intent, error) {
		return store.RecordIntent(ctx, in.PayoutID, in.Phase, in.AmountMinor, in.Now)
	})
	bind(registry, ReadLastIntent, func(ctx context.Context, in PayoutPhase) (LastIntent, error) {
		intent, found, err := store.GetLastIntent(ctx, in.PayoutID, in.Phase, in.Now)
		return LastIntent{Found: found, Intent: intent}, err
	})
	bindAction(registry, RecordRefused, store.RecordRefused)
	bind(registry, RecordTransferred, store.RecordTransferredAndNext)
	bindAction(registry, RecordBankPayoutAccepted, store.RecordBankPayoutAccepted)
	bindAction(registry, RecordBankPayoutPaid, store.RecordBankPayoutPaid)
	bindAction(registry, RecordBankPayoutFailed, store.RecordBankPayoutFailed)
	bindAction(registry, RecordReversed, store.RecordReversed)
	bindAction(registry, ParkPayout, func(ctx context.Context, in payout.Parking) error {
		return store.Park(ctx, in.PayoutID, in.Status, in.Reason, in.FailureCode)
	})
	bindAction(registry, ParkLostPayout, store.ParkLost)
	bindAction(registry, CancelPayout, func(ctx context.Context, in payout.Ending) error {
		return store.Cancel(ctx, in.PayoutID, in.Final, in.Now)
	})
}

func (l Ledger) reservePayout(ctx context.Context, in payout.ReservationRequest) (Reservation, error) {
	reserved, err := l.Books.Payouts.Reserve(ctx, in)
	if fault.CodeOf(err) == "below_minimum" {
		return Reservation{}, nil
	}
	return Reservation{Reserved: err == nil, Payout: reserved}, err
}
