package payout

import (
	"math"
	"time"

	"github.com/creditroll/creditroll/domain/killswitch"
	"github.com/creditroll/creditroll/domain/money"
)

// RunStatus is where a payout run stands.
type RunStatus string

// The states of a payout run.
const (
	RunRunning          RunStatus = "running"
	RunAwaitingApproval RunStatus = "awaiting_approval"
	RunBlocked          RunStatus = "blocked"
	RunFinished         RunStatus = "finished"
	RunCancelled        RunStatus = "cancelled"
)

// Ended reports whether a run starts no further payouts, whatever happens.
func (s RunStatus) Ended() bool { return s == RunFinished || s == RunCancelled }

// RunKind says what started a run.
type RunKind string

// The kinds. An instant run has the one payout that a creator asked for.
const (
	RunWeekly  RunKind = "weekly"
	RunManual  RunKind = "manual"
	RunInstant RunKind = "instant"
)

// KindOfRun returns the kind of a run by its number in its period. People give the numbers up to
// ManualRunMax, and instant payouts have higher ones.
func KindOfRun(number int) RunKind {
	switch {
	case number == WeeklyRun:
		return RunWeekly
	case number <= ManualRunMax:
		return RunManual
	}
	return RunInstant
}

// Numbers returns the first and the last number of runs of the kind; of all runs for no kind.
func (k RunKind) Numbers() (first, last int) {
	switch k {
	case RunWeekly:
		return WeeklyRun, WeeklyRun
	case RunManual:
		return WeeklyRun + 1, ManualRunMax
	case RunInstant:
		return ManualRunMax + 1, math.MaxInt32
	}
	return WeeklyRun, math.MaxInt32
}

const (
	// WeeklyRun is the number of the run that the schedule starts.
	WeeklyRun = 1
	// ManualRunMax is the highest number of a run that a person starts.
	ManualRunMax = 99
	// StartedBySchedule is who started a weekly run.
	StartedBySchedule = "schedule"
	// StartedByUnknown is who started a run without a name, such as with the Temporal CLI.
	StartedByUnknown = "unknown"
)

// RunOpening names a run to be opened.
type RunOpening struct {
	RunID     string    `json:"run_id"`
	Period    string    `json:"period"`
	Number    int       `json:"number"`
	StartedBy string    `json:"started_by"`
	Now       time.Time `json:"now"`
}

// RunOpened is a run on record. Its id is that of the opening, or of the run that has the period
// and the number already.
type RunOpened struct {
	RunID  string    `json:"run_id"`
	Status RunStatus `json:"status"`
}

// RunMove is the progress of a run. Who approved or cancelled it is kept when a later move does
// not name them.
type RunMove struct {
	RunID         string    `json:"run_id"`
	Status        RunStatus `json:"status"`
	BlockedReason string    `json:"blocked_reason"`
	ApprovedBy    string    `json:"approved_by,omitempty"`
	CancelledBy   string    `json:"cancelled_by,omitempty"`
	CancelReason  string    `json:"cancel_reason,omitempty"`
}

// Eligible is a creator with at least the minimum available in one currency.
type Eligible struct {
	CreatorID   string         `json:"creator_id"`
	Currency    money.Currency `json:"currency"`
	AmountMinor int64          `json:"amount_minor"`
}

// EligibleAfter says where a page begins: after this creator and currency.
type EligibleAfter struct {
	CreatorID string         `json:"creator_id"`
	Currency  money.Currency `json:"currency"`
}

// LeftOutReason says why a run does not pay a creator who could be paid.
type LeftOutReason string

// The reasons.
const (
	// LeftOutDiffers: a difference between Stripe and the books concerns the creator.
	LeftOutDiffers LeftOutReason = "stripe_differs"
	// LeftOutByPerson: a person excluded the creator from the run.
	LeftOutByPerson LeftOutReason = "excluded_by_person"
)

// Candidate is a creator whom a run pays, or leaves out for a reason. Detail is the id of the
// difference, or what the person wrote.
type Candidate struct {
	Eligible
	LeftOut LeftOutReason `json:"left_out,omitempty"`
	Detail  string        `json:"detail,omitempty"`
}

// CandidatePage requests candidates of a run, starting after one of them.
type CandidatePage struct {
	RunID        string        `json:"run_id"`
	After        EligibleAfter `json:"after"`
	MinimumMinor Minimums      `json:"minimum_minor"`
	Limit        int           `json:"limit"`
}

// RunPage is what a run does next: it pays Eligible, and the page after Next follows if More is
// true. Paused is set, and nothing else, while a person has stopped all payouts.
type RunPage struct {
	Eligible []Eligible         `json:"eligible,omitempty"`
	Next     EligibleAfter      `json:"next"`
	More     bool               `json:"more"`
	Paused   *killswitch.Switch `json:"paused,omitempty"`
}

// Sum is how many payouts there are in a currency, and their amount. Reason is empty for those
// that are paid, and says why those of a sum are left out.
type Sum struct {
	Reason      LeftOutReason  `json:"reason,omitempty"`
	Currency    money.Currency `json:"currency"`
	Payouts     int64          `json:"payouts"`
	AmountMinor int64          `json:"amount_minor"`
}

// RunSurvey requests what a run would pay.
type RunSurvey struct {
	RunID        string   `json:"run_id"`
	MinimumMinor Minimums `json:"minimum_minor"`
}

// Surveyed is what a run would pay, and whom it would leave out. Unassigned counts the open
// blocking differences that concern no known creator and no campaign; they stop no one.
type Surveyed struct {
	Payable    []Sum `json:"payable"`
	LeftOut    []Sum `json:"left_out"`
	Unassigned int   `json:"unassigned"`
}

// Exclusion is a person's decision that a run does not pay a creator. An empty currency stands for
// all currencies.
type Exclusion struct {
	RunID     string         `json:"run_id"`
	CreatorID string         `json:"creator_id"`
	Currency  money.Currency `json:"currency,omitempty"`
	Reason    string         `json:"reason"`
}
