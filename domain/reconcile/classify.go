package reconcile

import (
	"slices"
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// Class is the kind of a difference.
type Class string

// The classes. doc.go defines them.
const (
	MissingHere  Class = "missing_here"
	MissingThere Class = "missing_there"
	Amount       Class = "amount"
	Currency     Class = "currency"
	State        Class = "state"
	Duplicate    Class = "duplicate"
	Unknown      Class = "unknown"
)

// Booked is our side of an object.
type Booked struct {
	Position    Position
	AmountMinor int64
	Currency    money.Currency
	// PlatformMinor is what its entry posted to the platform's balance, fees included.
	PlatformMinor int64
	// At is when our side recorded it.
	At time.Time
}

// Pair is one object on both sides.
type Pair struct {
	Theirs Object
	// ChangedAt is when this state was first read from Stripe, SeenAt when it was last read.
	ChangedAt time.Time
	SeenAt    time.Time
	// Ours is nil if our side has no record of the object. For a balance transaction it is what
	// the books moved on the platform's balance for the same source and in the same direction.
	Ours *Booked
	// Subject is the owner of the object, payout/{id}, campaign/{id} or deposit/{id}. It comes from the
	// metadata, the source or our own record, and is empty if none has it.
	Subject string
	// RivalID is another object that is booked for the same purpose.
	RivalID string
	// SourceUnbooked reports that the source object is missing in the books. The difference of
	// the source covers this object too.
	SourceUnbooked bool
	// CancelledOut reports that the object is part of a transfer that both sides reversed.
	CancelledOut bool
	// SettledOutside is set for a bank payout that was alive when people settled its payout
	// outside.
	SettledOutside Settled
}

// Settled says how people settled an object outside.
type Settled string

// The ways. The values are those of corrections.
const (
	NotSettled    Settled = ""
	PaidToCreator Settled = "paid_to_creator"
	Lost          Settled = "lost"
)

// Difference is one difference between the two sides.
type Difference struct {
	Class    Class
	Ours     string
	Theirs   string
	Detail   string
	Blocking bool
	// Shift is what has to be booked if people acknowledge the difference.
	Shift Shift
}

// Verdict is the result of comparing a pair.
type Verdict struct {
	Differences []Difference
	// Undecided reports that the sides differ because of a recent change. No new difference is
	// reported, and earlier ones stay open.
	Undecided bool
}

// Patience is the time that the other side has to follow a change. A change within Grace of Now is
// not reported.
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
	for i := range found {
		found[i].Shift = p.shift(found[i])
	}
	return Verdict{Differences: found}
}

// isFresh reports whether either side changed within the grace period, or ours changed after Stripe
// was read.
func (p Pair) isFresh(patience Patience) bool {
	since := patience.Now.Add(-patience.Grace)
	if p.Theirs.Position() != Absent && (p.Theirs.CreatedAt.After(since) || p.ChangedAt.After(since)) {
		return true
	}
	return p.Ours != nil && (p.Ours.At.After(since) || p.Ours.At.After(p.SeenAt))
}

func compare(p Pair) []Difference {
	theirs := p.Theirs.Position()
	if p.SettledOutside != NotSettled {
		return compareSettled(p, theirs)
	}
	switch {
	case p.Theirs.Type == BalanceTransaction:
		return compareMovement(p)
	case theirs == Absent:
		if p.Ours == nil || p.Ours.Position == Back {
			return nil
		}
		return single(p.missingThere())
	case p.Ours == nil || p.Ours.Position == Idle && theirs != Idle && theirs != Moving:
		return compareUnbooked(p, theirs)
	case p.Ours.Position == Idle:
		return nil
	}
	return compareBooked(p, theirs)
}

// compareSettled classifies a bank payout that people settled outside. They said where its money is,
// so its state is no difference. One that was written off and then paid is: the creator has that
// money and can be paid it again.
func compareSettled(p Pair, theirs Position) []Difference {
	if p.SettledOutside == Lost && theirs == Moved {
		return single(p.paidAfterLoss())
	}
	return nil
}

// compareUnbooked classifies an object that Stripe has and the books do not.
func compareUnbooked(p Pair, theirs Position) []Difference {
	switch {
	case theirs == Idle || theirs == Back || p.SourceUnbooked:
		return nil
	case p.Theirs.Type == PaymentIntent && theirs == Moving:
		return nil // the brand's bank has not paid yet
	case p.Theirs.Type == Refund && theirs == Moving && (p.Theirs.CampaignID != "" || p.Theirs.DepositID != ""):
		return nil // booked when it succeeds
	case p.Subject == "":
		return single(p.unknown())
	case p.RivalID != "":
		return single(p.duplicate())
	}
	return single(p.missingHere())
}

// compareBooked classifies an object that both sides have. An object that both sides reversed has
// no difference, whatever its amount.
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
		found = append(found, p.state(theirs)) // reversals of a transfer are compared themselves
	}
	return found
}

// countsLostMoney reports whether the books count money that Stripe does not have there, so that it
// could be spent twice. An outcome that was not received yet is not such a case.
func countsLostMoney(of ObjectType, ours, theirs Position) bool {
	switch ours {
	case Moved:
		return theirs == Back || theirs == Idle || of == PaymentIntent
	case Back:
		return true
	}
	return false
}

// compareMovement classifies a balance transaction. Ours is what the books moved for the same source
// in the same direction: the entry of the source, or of its return. One without a source has an entry
// of its own, see Object.Entry. If Stripe converted the
// amount, the currencies differ and the amounts cannot be compared.
func compareMovement(p Pair) []Difference {
	switch {
	case p.Theirs.SourceType == "" && p.Ours == nil:
		if p.Theirs.AmountMinor == 0 {
			return nil
		}
		return single(p.unknown())
	case p.CancelledOut:
		return nil
	case p.Ours == nil:
		if p.Theirs.isReturn() && p.Theirs.SourceType == Transfer && p.Subject != "" {
			return single(p.missingHere()) // the transfer object does not show that it failed
		}
		return nil // the source is compared itself
	case p.Theirs.SourceType != "" && !p.Theirs.isReturn() && !slices.Contains(firstMovements[p.Theirs.SourceType], p.Theirs.Status):
		return single(p.unknown())
	case p.Ours.Currency != p.Theirs.Currency || p.Ours.AmountMinor == p.Theirs.AmountMinor:
		return nil
	}
	return single(p.amount())
}

// firstMovements lists the types of an object's first balance transaction. Of later ones, only
// returns are booked.
var firstMovements = map[ObjectType][]string{
	PaymentIntent: {"charge", "payment"}, Refund: {"refund", "payment_refund"}, Dispute: {"adjustment"},
	Transfer: {"transfer"}, TransferReversal: {"transfer_refund"},
}

func single(difference Difference) []Difference { return []Difference{difference} }
