package activities

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

// The steps of payout runs and payouts in the database.
var (
	// OpenPayoutRun opens a run once and returns the one on record.
	OpenPayoutRun = Activity[payout.RunOpening, payout.RunOpened]{"OpenPayoutRun"}
	// MovePayoutRun records a run's progress.
	MovePayoutRun = Activity[payout.RunMove, None]{"MovePayoutRun"}
	// SurveyPayoutRun sums up what a run would pay and whom it would leave out.
	SurveyPayoutRun = Activity[payout.RunSurvey, payout.Surveyed]{"SurveyPayoutRun"}
	// ListRunPage lists the next creators whom a run pays, and records whom it leaves out.
	ListRunPage = Activity[payout.CandidatePage, payout.RunPage]{"ListRunPage"}
	// ExcludeFromPayoutRun records a person's decision that a run does not pay a creator.
	ExcludeFromPayoutRun = Activity[RunExclusion, None]{"ExcludeFromPayoutRun"}
	// SumLeftOut sums up whom a run has left out, by the run's id.
	SumLeftOut = Activity[string, []payout.Sum]{"SumLeftOut"}
	// CountPayouts counts the payouts of a run.
	CountPayouts = Activity[payout.RunCount, payout.Count]{"CountPayouts"}
	// ListStalePayouts lists one page of payouts whose workflow must run, and that have not changed
	// for a while.
	ListStalePayouts = Activity[payout.StalePage, []payout.Identity]{"ListStalePayouts"}
	// FindPayout finds what the workflow of a payout is started with, by the payout's id.
	FindPayout = Activity[string, FoundPayout]{"FindPayout"}

	// RecordAccountState stores what the rail showed of a connected account.
	RecordAccountState = Activity[rail.AccountState, AccountNews]{"RecordAccountState"}
	// CheckCreator reads from the books why a payout must not begin.
	CheckCreator = Activity[payout.CreatorCheck, payout.CreatorVerdict]{"CheckCreator"}
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
	// RecordConverted books what a transfer became on the connected account, if that is another currency.
	RecordConverted = Activity[payout.Arrival, payout.Converted]{"RecordConverted"}
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

// RunExclusion is the exclusion of a creator from a run, and the action of the person to record.
type RunExclusion struct {
	Exclusion payout.Exclusion      `json:"exclusion"`
	Action    access.OperatorAction `json:"action"`
}

// FoundPayout is a payout in the books; Found is false if they do not have it.
type FoundPayout struct {
	Found  bool            `json:"found"`
	Payout payout.Identity `json:"payout"`
}

// Reservation is the result of ReservePayout. Reserved is false if there was too little to pay, or if
// an instant payout is refused by then.
type Reservation struct {
	Reserved bool                  `json:"reserved"`
	Payout   payout.Reservation    `json:"payout"`
	Refusal  payout.InstantRefusal `json:"refusal,omitempty"`
}

// PayoutPhase is a phase of a payout at a moment.
type PayoutPhase struct {
	PayoutID string       `json:"payout_id"`
	Phase    payout.Phase `json:"phase"`
	// AmountMinor is for a new generation of a reversal: what is left of the transfer. Zero is
	// the payout's amount.
	AmountMinor int64 `json:"amount_minor,omitempty"`
	// Into is for a new transfer: the currency that it is expected to become, if it is another one.
	Into money.Currency `json:"into,omitempty"`
	Now  time.Time      `json:"now"`
}

// AccountNews is what a reading of a connected account has shown. Unchanged is true if it shows what
// the last one did.
type AccountNews struct {
	Unchanged bool `json:"unchanged"`
	// Verified reports that the creator is verified by it.
	Verified bool `json:"verified"`
}

// LastIntent is the last generation of a phase; its number is 0 if the phase never began. Found
// is true while it is alive: unclear or applied.
type LastIntent struct {
	Found  bool          `json:"found"`
	Intent payout.Intent `json:"intent"`
}

func (l Ledger) registerPayouts(registry Registry) {
	store := l.Books.Payouts
	bind(registry, OpenPayoutRun, store.StartRun)
	bindAction(registry, MovePayoutRun, store.MoveRun)
	bind(registry, SurveyPayoutRun, store.SurveyRun)
	bind(registry, ListRunPage, store.ListRunPage)
	bindAction(registry, ExcludeFromPayoutRun, func(ctx context.Context, in RunExclusion) error {
		return store.Exclude(ctx, in.Exclusion, in.Action)
	})
	bind(registry, SumLeftOut, store.SumLeftOut)
	bind(registry, CountPayouts, store.Count)
	bind(registry, FindPayout, func(ctx context.Context, id string) (FoundPayout, error) {
		identity, found, err := store.FindIdentity(ctx, id)
		return FoundPayout{Found: found, Payout: identity}, err
	})
	bind(registry, ListStalePayouts, store.ListStale)

	bind(registry, CheckCreator, store.CheckCreator)
	bind(registry, RecordAccountState, func(ctx context.Context, state rail.AccountState) (AccountNews, error) {
		changed, err := store.RecordAccount(ctx, state)
		return AccountNews{Unchanged: !changed, Verified: state.Verification() == rail.Verified}, err
	})
	bind(registry, ReservePayout, l.reservePayout)
	bind(registry, RecordIntent, func(ctx context.Context, in PayoutPhase) (payout.Intent, error) {
		return store.Begin(ctx, payout.Beginning{PayoutID: in.PayoutID, Phase: in.Phase, AmountMinor: in.AmountMinor, Into: in.Into, Now: in.Now})
	})
	bind(registry, ReadLastIntent, func(ctx context.Context, in PayoutPhase) (LastIntent, error) {
		intent, found, err := store.GetLastIntent(ctx, in.PayoutID, in.Phase, in.Now)
		return LastIntent{Found: found, Intent: intent}, err
	})
	bindAction(registry, RecordRefused, store.RecordRefused)
	bind(registry, RecordTransferred, store.RecordTransferredAndNext)
	bind(registry, RecordConverted, store.RecordConverted)
	bindAction(registry, RecordBankPayoutAccepted, store.RecordBankPayoutAccepted)
	bindAction(registry, RecordBankPayoutPaid, store.RecordBankPayoutPaid)
	bindAction(registry, RecordBankPayoutFailed, store.RecordBankPayoutFailed)
	bindAction(registry, RecordReversed, store.RecordReversed)
	bindAction(registry, ParkPayout, func(ctx context.Context, in payout.Parking) error {
		return store.Park(ctx, in.PayoutID, in.Status, in.Reason, in.FailureCode)
	})
	bindAction(registry, ParkLostPayout, store.ParkLost)
	bindAction(registry, CancelPayout, store.End)
}

func (l Ledger) reservePayout(ctx context.Context, in payout.ReservationRequest) (Reservation, error) {
	reserved, err := l.Books.Payouts.Reserve(ctx, in)
	switch code := fault.CodeOf(err); {
	case in.Instant == nil && code == "below_minimum":
		return Reservation{}, nil
	case in.Instant != nil && payout.InstantRefusal(code).Sentence() != "":
		return Reservation{Refusal: payout.InstantRefusal(code)}, nil
	}
	return Reservation{Reserved: err == nil, Payout: reserved}, err
}
