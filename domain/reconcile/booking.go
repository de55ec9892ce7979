package reconcile

import (
	"slices"

	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// Shift is what an entry has to post so that the books agree with Stripe about an object: an amount
// on the account where Stripe has the object's money. A debit is positive.
type Shift struct {
	AmountMinor int64
	Currency    money.Currency
	// Needed reports that the books count money that Stripe does not have, or may. People can
	// acknowledge the difference only with an entry that posts the shift.
	Needed bool
}

// PostedBy reports whether an entry with these postings, all of the shift's currency, books the
// shift of an object. A transfer and a reversal move money between two accounts of the books, so
// the entry is on either. Money that was paid after it was written off is taken from the creator.
// creatorID is empty if no creator has to do with the object.
func (s Shift) PostedBy(postings []ledger.Posting, of ObjectType, creatorID string, afterLoss bool) bool {
	on := func(accounts ...ledger.Account) int64 {
		sumMinor := int64(0)
		for _, posting := range postings {
			if slices.Contains(accounts, posting.Account) {
				sumMinor += posting.AmountMinor
			}
		}
		return sumMinor
	}
	connected := ledger.StripeConnected(creatorID)
	switch {
	case s.AmountMinor == 0:
		return true // only the state differs
	case afterLoss:
		return on(ledger.CreatorPending(creatorID), ledger.CreatorAvailable(creatorID), ledger.CreatorReceivable(creatorID)) == s.AmountMinor
	case of == BankPayout:
		return on(connected) == s.AmountMinor
	case (of == Transfer || of == TransferReversal) && on(connected) == -s.AmountMinor:
		return true
	}
	return on(ledger.StripePlatform) == s.AmountMinor
}

// shift returns what is to be booked for a difference of the pair.
func (p Pair) shift(found Difference) Shift {
	shift := Shift{Currency: p.Theirs.Currency}
	if p.Ours != nil && (shift.Currency == "" || found.Class == Currency) {
		shift.Currency = p.Ours.Currency
	}
	switch found.Class {
	case Amount:
		shift.AmountMinor = p.direction() * (p.Theirs.AmountMinor - p.Ours.AmountMinor)
		shift.Needed = p.Ours.AmountMinor > p.Theirs.AmountMinor || shift.AmountMinor < 0
	case Currency:
		shift.AmountMinor, shift.Needed = -p.bookedMinor(), true
	case MissingThere:
		shift.AmountMinor, shift.Needed = -p.bookedMinor(), found.Blocking
	case State:
		shift.AmountMinor, shift.Needed = p.movedMinor()-p.bookedMinor(), found.Blocking
		if p.SettledOutside == Lost {
			shift.AmountMinor = p.Theirs.AmountMinor
		}
	case Duplicate:
		shift.AmountMinor, shift.Needed = p.movedMinor(), true
	case MissingHere:
		shift.AmountMinor = p.movedMinor()
		shift.Needed = shift.AmountMinor < 0
	case Unknown:
		shift.AmountMinor = p.movedMinor()
	}
	return shift
}

// direction is 1 if the object adds to the account where Stripe has its money, and -1 if it takes
// from it. A balance transaction has its own sign.
func (p Pair) direction() int64 {
	switch p.Theirs.Type {
	case PaymentIntent, TransferReversal, BalanceTransaction:
		return 1
	case Refund, Transfer, BankPayout, Dispute:
	}
	return -1
}

// movedMinor is what the object has changed at Stripe. What is on its way has left the balance.
// Reversals of a transfer are objects of their own, unless the transfer is not booked.
func (p Pair) movedMinor() int64 {
	switch p.Theirs.Position() {
	case Moved:
		return p.direction() * p.Theirs.outstandingMinor()
	case Moving:
		if p.direction() < 0 {
			return -p.Theirs.AmountMinor
		}
	case Absent, Idle, Back:
	}
	return 0
}

// bookedMinor is what the books have posted for the object. A bank payout is booked when it has
// arrived. A payment is booked without its fee, and a dispute with it.
func (p Pair) bookedMinor() int64 {
	switch {
	case p.Ours == nil, p.Ours.Position == Back, p.Ours.Position == Idle:
		return 0
	case p.Ours.Position == Moving && p.Theirs.Type == BankPayout:
		return 0
	case (p.Theirs.Type == PaymentIntent || p.Theirs.Type == Dispute) && p.Ours.PlatformMinor != 0:
		return p.Ours.PlatformMinor
	}
	return p.direction() * p.Ours.AmountMinor
}
