package reconcile

import (
	"fmt"

	"github.com/creditroll/creditroll/domain/money"
)

func (p Pair) missingHere() Difference {
	theirs := amount(p.Theirs.outstandingMinor(), p.Theirs.Currency)
	return Difference{
		Class: MissingHere, Ours: "", Theirs: theirs, Blocking: true,
		Detail: fmt.Sprintf("Stripe has the %s of %s for %s; the books do not.", p.name(), theirs, p.Subject),
	}
}

func (p Pair) missingThere() Difference {
	ours := amount(p.Ours.AmountMinor, p.Ours.Currency)
	return Difference{
		Class: MissingThere, Ours: ours, Theirs: "", Blocking: p.Ours.Position != Idle,
		Detail: fmt.Sprintf("The books have the %s of %s%s; Stripe has no such object.", p.name(), ours, p.belonging()),
	}
}

func (p Pair) duplicate() Difference {
	theirs := amount(p.Theirs.outstandingMinor(), p.Theirs.Currency)
	return Difference{
		Class: Duplicate, Ours: p.RivalID, Theirs: theirs, Blocking: true,
		Detail: fmt.Sprintf("Stripe has the %s of %s for %s, which is booked with %s: the money has moved twice.", p.name(), theirs, p.Subject, p.RivalID),
	}
}

func (p Pair) unknown() Difference {
	theirs := amount(p.Theirs.AmountMinor, p.Theirs.Currency)
	detail := fmt.Sprintf("Stripe has the %s of %s, which the books do not have.", p.name(), theirs)
	if p.Theirs.Type == BalanceTransaction {
		detail = fmt.Sprintf("The balance at Stripe changed by %s through the %s (%s), which the books do not have.", theirs, p.name(), p.Theirs.Status)
	}
	return Difference{Class: Unknown, Ours: "", Theirs: theirs, Detail: detail}
}

func (p Pair) amount() Difference {
	ours, theirs := amount(p.Ours.AmountMinor, p.Ours.Currency), amount(p.Theirs.AmountMinor, p.Theirs.Currency)
	return Difference{
		Class: Amount, Ours: ours, Theirs: theirs, Blocking: true,
		Detail: fmt.Sprintf("The %s%s is %s at Stripe and %s in the books.", p.name(), p.belonging(), theirs, ours),
	}
}

func (p Pair) currency() Difference {
	ours, theirs := amount(p.Ours.AmountMinor, p.Ours.Currency), amount(p.Theirs.AmountMinor, p.Theirs.Currency)
	return Difference{
		Class: Currency, Ours: ours, Theirs: theirs, Blocking: true,
		Detail: fmt.Sprintf("The %s%s is in %s at Stripe and in %s in the books.", p.name(), p.belonging(), p.Theirs.Currency, p.Ours.Currency),
	}
}

func (p Pair) state(theirs Position) Difference {
	ours := p.Ours.Position
	return Difference{
		Class: State, Ours: string(ours), Theirs: p.Theirs.Status, Blocking: countsLostMoney(p.Theirs.Type, ours, theirs),
		Detail: fmt.Sprintf("The %s%s is %s at Stripe and %s in the books.", p.name(), p.belonging(), p.Theirs.Status, positionWords[ours]),
	}
}

func (p Pair) paidAfterLoss() Difference {
	return Difference{
		Class: State, Ours: string(Lost), Theirs: p.Theirs.Status, Blocking: true,
		Detail: fmt.Sprintf("The %s%s is %s at Stripe, but its payout was settled outside as lost: the creator can be paid that money again.", p.name(), p.belonging(), p.Theirs.Status),
	}
}

var positionWords = map[Position]string{Moving: "on its way", Moved: "settled", Back: "undone"}

var nouns = map[ObjectType]string{
	PaymentIntent: "payment", Refund: "refund", Transfer: "transfer", TransferReversal: "reversal",
	BankPayout: "bank payout", Dispute: "dispute", BalanceTransaction: "balance transaction",
}

func (p Pair) name() string { return nouns[p.Theirs.Type] + " " + p.Theirs.ID }

func (p Pair) belonging() string {
	if p.Subject == "" {
		return ""
	}
	return " of " + p.Subject
}

func amount(minor int64, currency money.Currency) string {
	return money.Amount{Minor: minor, Currency: currency}.String()
}
