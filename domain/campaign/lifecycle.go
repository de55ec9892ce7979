package campaign

import (
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// Status is the state of a campaign's lifecycle.
type Status string

// The states of a campaign.
const (
	Draft     Status = "draft"
	Reviewing Status = "reviewing"
	Approved  Status = "approved"
	Funded    Status = "funded"
	Live      Status = "live"
	Paused    Status = "paused"
	Completed Status = "completed"
	PaidOut   Status = "paid_out"
	Closed    Status = "closed"
	Cancelled Status = "cancelled"
)

// Ended reports whether the status is final.
func (s Status) Ended() bool { return s == Closed || s == Cancelled }

// Credits reports whether readings of its clips can earn.
func (s Status) Credits() bool { return s == Live || s == Paused }

// Spent reports whether a campaign of the status has had its final readings: it credits no new views.
func (s Status) Spent() bool {
	return s == Completed || s == PaidOut || s == Closed || s == Cancelled
}

// Command requests a transition. People give the first group of commands. The engine gives the
// second group when the facts allow it.
type Command string

// The commands.
const (
	Submit   Command = "submit"
	Approve  Command = "approve"
	Pause    Command = "pause"
	Resume   Command = "resume"
	Complete Command = "complete"
	Cancel   Command = "cancel"

	ConfirmFunding Command = "confirm_funding"
	GoLive         Command = "go_live"
	FinishPaying   Command = "finish_paying"
	Close          Command = "close"
)

// Commands returns every command.
func Commands() []Command {
	return []Command{Submit, Approve, Pause, Resume, Complete, Cancel, ConfirmFunding, GoLive, FinishPaying, Close}
}

// Facts are the input of the guards, read from the books at the time of the decision. Amounts
// are minor units.
type Facts struct {
	Now           time.Time `json:"now"`
	StartsAt      time.Time `json:"starts_at"`
	BudgetMinor   int64     `json:"budget_minor"`
	FundedMinor   int64     `json:"funded_minor"`
	SpentMinor    int64     `json:"spent_minor"`
	RefundedMinor int64     `json:"refunded_minor"`
	// AllocatedMinor is the part of the funded amount that came from the organization's balance and
	// has not returned to it. It is below zero if a part of the campaign's own payment was moved there.
	AllocatedMinor int64 `json:"allocated_minor,omitempty"`
	// WithdrawnMinor is what withdrawals have refunded of the campaign's own payment, or are about to.
	WithdrawnMinor int64 `json:"withdrawn_minor,omitempty"`
	// DeferredMinor is at most what pacing has put off. It is known only where a budget is lowered.
	DeferredMinor int64 `json:"deferred_minor,omitempty"`
	// ReviewMinor is what approving every clip in review would cost. It is known only where a budget is lowered.
	ReviewMinor int64 `json:"review_minor,omitempty"`
	// KeptMinor is unspent and kept for clips that were in review when the campaign ended. A part of it can be
	// disputed as well.
	KeptMinor int64 `json:"kept_minor,omitempty"`
	// DisputedMinor is unspent and frozen: the brand's bank has taken it back provisionally.
	DisputedMinor int64 `json:"disputed_minor"`
	// OpenDisputes counts undecided disputes over the brand's payment.
	OpenDisputes int64 `json:"open_disputes"`
	// HeldMinor is earned and not yet released to creators.
	HeldMinor int64 `json:"held_minor"`
	// UnpaidMinor is released, enough for a payout, and in no payout yet.
	UnpaidMinor int64 `json:"unpaid_minor"`
	// InFlightMinor is reserved by payouts that have not ended.
	InFlightMinor int64 `json:"in_flight_minor"`
	// CreditsWithheld: a dispute has held back what final readings would have credited. It is over, or some budget
	// is free for them by now.
	CreditsWithheld bool `json:"credits_withheld,omitempty"`
	// OpenClips counts clips that have not had their last reading.
	OpenClips int64 `json:"open_clips"`
	// RefundStepMinor is the smallest refundable step of the currency; zero means one.
	RefundStepMinor int64 `json:"refund_step_minor"`
	// VerificationDue: the budget is above the amount that needs a verified brand, and the brand
	// is not verified.
	VerificationDue bool `json:"verification_due,omitempty"`
}

// EscrowMinor is the brand's money that is neither earned nor refunded.
func (f Facts) EscrowMinor() int64 { return f.FundedMinor - f.SpentMinor - f.RefundedMinor }

// FreeMinor is the part of the escrow that is neither disputed nor kept for reviews. It counts what is both
// twice: the dispute may take the rest.
func (f Facts) FreeMinor() int64 { return max(0, f.EscrowMinor()-f.DisputedMinor-f.KeptMinor) }

// RefundableMinor is the part of the escrow that can be refunded, a multiple of RefundStepMinor.
// Disputed money cannot, because the brand may have it already. What is kept for reviews cannot yet.
func (f Facts) RefundableMinor() int64 {
	return money.FloorToStep(f.FreeMinor(), max(1, f.RefundStepMinor))
}

// ReturnableMinor is the part of the escrow that returns to the organization's balance: what came from
// it, and what cannot be refunded to the campaign's payment because withdrawals have refunded it.
func (f Facts) ReturnableMinor() int64 {
	abovePaymentMinor := f.AllocatedMinor + f.WithdrawnMinor - f.SpentMinor
	return max(0, min(max(f.AllocatedMinor, abovePaymentMinor), f.FreeMinor()))
}

// MovedMinor is the part of the campaign's own payment that is in the organization's balance and that no
// withdrawal has refunded.
func (f Facts) MovedMinor() int64 { return max(0, -f.AllocatedMinor-f.WithdrawnMinor) }

type guard func(Facts) error

type transition struct {
	command Command
	from    []Status
	to      Status
	guard   guard
}

// transitions is the whole lifecycle. Every other transition is refused.
var transitions = []transition{
	{Submit, []Status{Draft}, Reviewing, nil},
	{Approve, []Status{Reviewing}, Approved, nil},
	{ConfirmFunding, []Status{Approved}, Funded, escrowConfirmed},
	{GoLive, []Status{Funded}, Live, mayGoLive},
	{Pause, []Status{Live}, Paused, nil},
	{Resume, []Status{Paused}, Live, escrowConfirmed},
	{Complete, []Status{Live, Paused}, Completed, clipsSwept},
	{FinishPaying, []Status{Completed}, PaidOut, nothingOwed},
	{Close, []Status{PaidOut}, Closed, Settled},
	{Cancel, []Status{Draft, Reviewing, Approved, Funded, Live, Paused}, Cancelled, clipsSwept},
}

func escrowConfirmed(f Facts) error {
	if f.FundedMinor < f.BudgetMinor {
		return fault.New(fault.Conflict, "escrow_not_confirmed", "the campaign is not fully funded yet: fund it and wait until the payment has succeeded")
	}
	return nil
}

func mayGoLive(f Facts) error {
	if f.Now.Before(f.StartsAt) {
		return fault.New(fault.Conflict, "not_started", "the campaign goes live at its start time")
	}
	if err := CheckBrand(f); err != nil {
		return err
	}
	return escrowConfirmed(f)
}

func clipsSwept(f Facts) error {
	if f.OpenClips > 0 {
		return fault.New(fault.Conflict, "clips_not_swept", "%d clips still need their last reading", f.OpenClips)
	}
	return nil
}

func nothingOwed(f Facts) error {
	switch {
	case f.HeldMinor > 0:
		return fault.New(fault.Conflict, "money_held", "earnings are still on hold")
	case f.UnpaidMinor > 0:
		return fault.New(fault.Conflict, "earnings_unpaid", "released earnings wait for a payout run")
	case f.OpenDisputes > 0 || f.DisputedMinor > 0:
		return fault.New(fault.Conflict, "dispute_open", "the brand's bank disputes the payment and has not decided yet")
	case f.CreditsWithheld:
		return fault.New(fault.Conflict, "credits_withheld", "what a dispute has held back of the clips' earnings is not credited yet")
	case f.KeptMinor > 0:
		return fault.New(fault.Conflict, "reviews_open", "money is kept for clips that were in review at the campaign's end: they are not decided, or their creators can still appeal")
	case f.RefundableMinor() > 0:
		return fault.New(fault.Conflict, "escrow_not_refunded", "the unspent budget has not been refunded yet")
	}
	return nil
}

// Settled returns nil if nothing is left to be paid, refunded or decided. Otherwise it returns a
// fault.Conflict that names what is left.
func Settled(f Facts) error {
	if f.InFlightMinor > 0 {
		return fault.New(fault.Conflict, "payouts_in_flight", "payouts of this campaign have not ended yet")
	}
	return nothingOwed(f)
}

// Check returns nil if a status has a transition for a command, and otherwise fault.Conflict
// "illegal_transition". It needs no facts, so a workflow can refuse a command before it records
// anything.
func Check(from Status, command Command) error {
	_, err := find(from, command)
	return err
}

// Next returns the status that a command leads to. It returns fault.Conflict
// "illegal_transition" without a transition, or the conflict of the transition's guard.
func Next(from Status, command Command, facts Facts) (Status, error) {
	move, err := find(from, command)
	if err != nil {
		return from, err
	}
	if move.guard != nil {
		if err := move.guard(facts); err != nil {
			return from, err
		}
	}
	return move.to, nil
}

// Target returns the status that a command leads to, or false for an unknown command. A command
// has the same target from every status.
func Target(command Command) (Status, bool) {
	for _, move := range transitions {
		if move.command == command {
			return move.to, true
		}
	}
	return "", false
}

func find(from Status, command Command) (transition, error) {
	for _, move := range transitions {
		if move.command != command {
			continue
		}
		for _, status := range move.from {
			if status == from {
				return move, nil
			}
		}
	}
	return transition{}, fault.New(fault.Conflict, "illegal_transition", "cannot %s a campaign that is %s%s", command, from, possible(from))
}

// possible lists the commands that a person can give in a status.
func possible(from Status) string {
	list := ""
	for _, move := range transitions {
		for _, status := range move.from {
			if status == from && move.givenByPeople() {
				list += " " + string(move.command)
			}
		}
	}
	if list == "" {
		return ""
	}
	return "; possible now:" + list
}

func (t transition) givenByPeople() bool {
	switch t.command {
	case Submit, Approve, Pause, Resume, Complete, Cancel:
		return true
	}
	return false
}
