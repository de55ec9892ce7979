package reconcile

import (
	"slices"
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// Class is how two sides differ.
type Class string

// The classes; doc.go says what each means.
const (
	MissingHere  Class = "missing_here"
	MissingThere Class = "missing_there"
	Amount       Class = "amount"
	Currency     Class = "currency"
	State        Class = "state"
	Duplicate    Class = "duplicate"
	Unknown      Class = "unknown"
)

// Classes returns every class.
func Classes() []Class {
	return []Class{MissingHere, MissingThere, Amount, Currency, State, Duplicate, Unknown}
}

// Booked is what our side knows of an object.
type Booked struct {
	Position    Position
	AmountMinor int64
	Currency    money.Currency
	// At is when our side came to know it.
	At time.Time
}

// Pair is one object on both sides.
type Pair struct {
	Theirs Object
	// ChangedAt is when Stripe was first seen to say this, SeenAt when it was last asked.
	ChangedAt time.Time
	SeenAt    time.Time
	// Ours is nil where our side has never heard of the object. Of a balance transaction it is
	// what the books moved on the platform's balance for the same source, or moved back.
	Ours *Booked
	// Subject is whom the object belongs to, payout/{id} or campaign/{id}, by its metadata, by
	// its source or by our own record; empty if to nobody.
	Subject string
	// RivalID is another object that stands in the books for the same purpose.
	RivalID string
	// SourceUnbooked: the object belongs to one that the books lack, which tells of both.
	SourceUnbooked bool
	// CancelledOut: it is part of a transfer that both sides have undone.
	CancelledOut bool
}

// Difference is one thing in which the two sides differ.
type Difference struct {
	Class    Class
	Ours     string
	Theirs   string
	Detail   string
	Blocking bool
}

// Verdict is what came of comparing a pair.
type Verdict struct {
	Differences []Difference
	// Undecided: the sides differ, but too freshly to mean anything. Nothing new is reported,
	// and what was reported before stands.
	Undecided bool
}

// Patience says how fresh a change has to be to be left alone: the other side may still be
// on its way.
type Patience struct {
	Now   time.Time
	Grace time.Duration
}

// Classify compares both sides of an object.
func Classify(p Pair, patience Patience) Verdict {
	found := compare(p)
	if len(found) == 0 {
		return Verdict{}
	}
	if p.isFresh(patience) {
		return Verdict{Undecided: true}
	}
	return Verdict{Differences: found}
}

// isFresh reports whether either side has changed so lately that the other cannot be expected
// to have followed, or ours after Stripe was asked.
func (p Pair) isFresh(patience Patience) bool {
	since := patience.Now.Add(-patience.Grace)
	if p.Theirs.Position() != Absent && (p.Theirs.CreatedAt.After(since) || p.ChangedAt.After(since)) {
		return true
	}
	return p.Ours != nil && (p.Ours.At.After(since) || p.Ours.At.After(p.SeenAt))
}

func compare(p Pair) []Difference {
	theirs := p.Theirs.Position()
	switch {
	case p.Theirs.Type == BalanceTransaction:
		return compareMovement(p)
	case theirs == Absent:
		if p.Ours == nil || p.Ours.Position == Back {
			return nil
		}
		return one(p.missingThere())
	case p.Ours == nil || p.Ours.Position == Idle && theirs != Idle && theirs != Moving:
		return compareUnbooked(p, theirs)
	case p.Ours.Position == Idle:
		return nil
	}
	return compareBooked(p, theirs)
}

// compareUnbooked judges what Stripe has and the books do not.
func compareUnbooked(p Pair, theirs Position) []Difference {
	switch {
	case theirs == Idle || theirs == Back || p.SourceUnbooked:
		return nil
	case p.Theirs.Type == PaymentIntent && theirs == Moving:
		return nil // the brand's bank has not paid yet
	case p.Theirs.Type == Refund && theirs == Moving && p.Theirs.CampaignID != "":
		return nil // booked once it has arrived
	case p.Subject == "":
		return one(p.unknown())
	case p.RivalID != "":
		return one(p.duplicate())
	}
	return one(p.missingHere())
}

// compareBooked judges what both sides have. What both sides have undone counts for nothing,
// whatever its amount was.
func compareBooked(p Pair, theirs Position) []Difference {
	var found []Difference
	ours := p.Ours.Position
	if theirs == Back && ours == Back || p.CancelledOut {
		return nil
	}
	if p.Theirs.Currency != p.Ours.Currency {
		found = append(found, p.currency())
	} else if p.Theirs.AmountMinor != p.Ours.AmountMinor {
		found = append(found, p.amount())
	}
	if theirs != ours && p.Theirs.Type != Transfer && p.Theirs.Type != TransferReversal {
		found = append(found, p.state(theirs)) // a transfer tells of its reversals through them
	}
	return found
}

// meansMoney reports whether the books count money that is elsewhere, so that it could be
// spent twice. That the news of an outcome has not come yet is no such thing.
func meansMoney(of ObjectType, ours, theirs Position) bool {
	switch ours {
	case Moved:
		return theirs == Back || theirs == Idle || of == PaymentIntent
	case Back:
		return true
	}
	return false
}

// compareMovement judges a movement of the platform's balance. Ours is what the books moved
// for the same source in the same direction: the entry of the source itself, or the one that
// has it come back. Where Stripe converts, the two are in different currencies and say nothing
// of each other.
func compareMovement(p Pair) []Difference {
	switch {
	case p.Theirs.SourceType == "":
		if p.Theirs.AmountMinor == 0 {
			return nil
		}
		return one(p.unknown())
	case p.CancelledOut:
		return nil
	case p.Ours == nil:
		if p.Theirs.ComesBack() && p.Theirs.SourceType == Transfer && p.Subject != "" {
			return one(p.missingHere()) // a transfer does not say itself that it failed
		}
		return nil // its source is compared by itself
	case !p.Theirs.ComesBack() && !slices.Contains(firstMovements[p.Theirs.SourceType], p.Theirs.Status):
		return one(p.unknown())
	case p.Ours.Currency != p.Theirs.Currency || p.Ours.AmountMinor == p.Theirs.AmountMinor:
		return nil
	}
	return one(p.amount())
}

// firstMovements lists the types of balance transactions that objects begin with. What else
// moves for an object is booked only if it comes back.
var firstMovements = map[ObjectType][]string{
	PaymentIntent: {"charge", "payment"}, Refund: {"refund", "payment_refund"}, Dispute: {"adjustment"},
	Transfer: {"transfer"}, TransferReversal: {"transfer_refund"},
}

func one(difference Difference) []Difference { return []Difference{difference} }
