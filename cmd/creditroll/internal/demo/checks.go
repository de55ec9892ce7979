package demo

import (
	"fmt"
	"slices"
	"time"

	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// evidence is everything that the promises are judged by. None of it is what the demo
// expected to happen: it is what the ledger, Stripe, the platforms and Temporal say.
type evidence struct {
	books    ledgerFacts
	findings []string // what a recomputation of the books found
	watched  watched

	// listed is what Stripe lists, journal what the simulator wrote down about the same; nil
	// where Stripe is somebody else's.
	listed, journal []stripeObject
	// differs is what the product's own comparison with Stripe has found, in sentences.
	differs []string
	// shown are the counts that platforms served, by "platform/external id"; nil where a
	// platform is somebody else's.
	shown map[string]map[int64]bool

	workflows []workflowFact
	// acknowledged are the ids that the API has confirmed.
	acknowledged []string
	// restarted is when a worker was started in the place of the killed one.
	restarted time.Time
	// leaks are places where personal data were found that must not be there.
	leaks []string
}

// verdict is one promise, held or broken. Unchecked says why it could not be judged.
type verdict struct {
	Promise   string
	Says      string
	Broken    []string
	Unchecked string
	Seen      string
}

// figures are the counts that a machine asks for.
type figures struct{ budgetExceeded, doublePayments, unreconciled, stuckWorkflows int }

// judge holds the evidence against every promise.
func judge(e evidence) ([]verdict, figures) {
	exceeded, doubles := e.exceededBudgets(), e.doublePayments()
	unreconciled, stuck := e.unreconciled(), e.stuckWorkflows()
	verdicts := []verdict{
		{
			Promise: "P1", Says: "the trial balance is zero in every snapshot", Broken: append(e.unbalanced(), e.findings...),
			Seen: fmt.Sprintf("%d snapshots while it ran", e.watched.samples),
		},
		{Promise: "P2", Says: "no payout is paid twice", Broken: append(doubles, e.paidDifferently()...), Seen: fmt.Sprintf("%d payouts", len(e.books.payouts))},
		{
			Promise: "P3", Says: "nobody earns beyond the budget, nor beside the formula", Broken: append(slices.Clone(exceeded), e.misearned()...),
			Seen: fmt.Sprintf("%d campaigns, %d clips", len(e.books.terms), len(e.books.clips)),
		},
		{Promise: "P4", Says: "every Stripe object is in the books once, and the reverse", Broken: unreconciled, Seen: fmt.Sprintf("%d objects", len(e.books.external))},
		{Promise: "P5", Says: "what was acknowledged survived kill -9", Broken: e.forgotten(), Seen: fmt.Sprintf("%d acknowledged ids", len(e.acknowledged))},
		{Promise: "P6", Says: "every process ends, or waits on the list with a reason", Broken: append(slices.Clone(stuck), e.unlisted()...), Seen: fmt.Sprintf("%d workflows", len(e.workflows))},
		e.healing(),
		{Promise: "P8", Says: "no personal data in Temporal, logs or ledger", Broken: e.leaks, Seen: fmt.Sprintf("%d histories searched", len(e.workflows))},
	}
	return verdicts, figures{len(exceeded), len(doubles), len(unreconciled), len(stuck)}
}

func (e evidence) unbalanced() []string {
	broken := slices.Clone(e.watched.unbalanced)
	for currency, totalMinor := range e.books.trialBalance {
		if totalMinor != 0 {
			broken = append(broken, fmt.Sprintf("%s is off by %d", currency, totalMinor))
		}
	}
	return broken
}

// exceededBudgets are campaigns that had spent more than they were given, now or in any
// snapshot.
func (e evidence) exceededBudgets() []string {
	exceeded := slices.Concat(e.watched.exceeded, e.books.exceeded)
	for _, campaign := range e.books.terms {
		if campaign.SpentMinor+campaign.RefundedMinor > campaign.FundedMinor {
			exceeded = append(exceeded, campaign.ID)
		}
	}
	slices.Sort(exceeded)
	return prefixed("campaign ", slices.Compact(exceeded), " spent more than it had")
}

// witness is the journal where the simulator is ours, and Stripe's lists elsewhere.
func (e evidence) witness() []stripeObject {
	if e.journal != nil {
		return e.journal
	}
	return e.listed
}

// doublePayments are payouts with more than one transfer that was not reversed, or more
// than one bank payout that has not failed.
func (e evidence) doublePayments() []string {
	transfers, bankPayouts := map[string]int{}, map[string]int{}
	for _, object := range e.witness() {
		switch {
		case object.payoutID == "":
		case object.kind == kindTransfer:
			transfers[object.payoutID]++
		case object.kind == kindReversal:
			transfers[object.payoutID]--
		case object.kind == kindPayout && object.status != "failed" && object.status != "canceled":
			bankPayouts[object.payoutID]++
		}
	}
	var doubled []string
	for _, counts := range []map[string]int{transfers, bankPayouts} {
		for payoutID, count := range counts {
			if count > 1 {
				doubled = append(doubled, payoutID)
			}
		}
	}
	slices.Sort(doubled)
	return prefixed("payout ", slices.Compact(doubled), " was paid more than once")
}

// paidDifferently compares what the ledger says the banks have with what Stripe paid.
func (e evidence) paidDifferently() []string {
	difference := map[string]int64{}
	for currency, minor := range e.books.paid {
		difference[currency] += minor
	}
	for _, object := range e.witness() {
		if object.kind == kindPayout && object.status == "paid" {
			difference[object.currency] -= object.amountMinor
		}
	}
	var broken []string
	for currency, minor := range difference {
		if minor != 0 {
			broken = append(broken, fmt.Sprintf("the ledger says that banks have %d %s (minor) more than Stripe paid", minor, currency))
		}
	}
	return broken
}

// unreconciled are Stripe's objects without exactly one row in the books, rows without an
// object, and objects that the simulator's lists and journal do not agree on.
func (e evidence) unreconciled() []string {
	inBooks := map[string]int{}
	for _, row := range e.books.external {
		inBooks[row.key()]++
	}
	var broken []string
	atStripe := map[string]bool{}
	for _, object := range e.listed {
		if !object.settled() {
			continue
		}
		atStripe[object.key()] = true
		if count := inBooks[object.key()]; count != 1 {
			broken = append(broken, fmt.Sprintf("%s has %d rows in the books", object.key(), count))
		}
	}
	for key := range inBooks {
		if !atStripe[key] {
			broken = append(broken, key+" is in the books, and not at Stripe")
		}
	}
	return slices.Concat(broken, e.unlistedEffects(atStripe), e.differs)
}

func (e evidence) unlistedEffects(atStripe map[string]bool) []string {
	if e.journal == nil {
		return nil
	}
	var broken []string
	charged := map[string]int64{}
	for _, object := range e.journal {
		switch {
		case object.kind == kindCharge: // its id is not the payment's: amounts must do
			charged[object.currency] += object.amountMinor
		case object.settled() && !atStripe[object.key()]:
			broken = append(broken, object.key()+" is in the journal, and not in Stripe's lists")
		}
	}
	for _, object := range e.listed {
		if object.kind == kindPayment && object.settled() {
			charged[object.currency] -= object.amountMinor
		}
	}
	for currency, minor := range charged {
		if minor != 0 {
			broken = append(broken, fmt.Sprintf("charges and payments differ by %d %s (minor)", minor, currency))
		}
	}
	return broken
}

func (e evidence) forgotten() []string {
	known := map[string]bool{}
	for _, campaign := range e.books.terms {
		known[campaign.ID] = true
	}
	for _, clip := range e.books.clips {
		known[clip.ID] = true
	}
	var lost []string
	for _, id := range e.acknowledged {
		if !known[id] {
			lost = append(lost, id)
		}
	}
	return prefixed("", lost, " was acknowledged and is gone")
}

func (e evidence) stuckWorkflows() []string {
	var broken []string
	for _, workflow := range e.workflows {
		if why := workflow.stuck(); why != "" {
			broken = append(broken, workflow.ID+" "+why)
		}
	}
	return broken
}

// unlisted compares the list of what needs attention with the books, both ways, and asks
// each for a reason that a person understands.
func (e evidence) unlisted() []string {
	listed := map[string]string{}
	for _, workflow := range e.workflows {
		if id, isPayout := names.PayoutIDOf(workflow.ID); isPayout && workflow.running() && workflow.NeedsAttention {
			listed[id] = workflow.Reason
		}
	}
	var broken []string
	for _, row := range e.books.payouts {
		if row.Status != string(payout.NeedsAttention) {
			continue
		}
		switch reason, found := listed[row.ID]; {
		case !found:
			broken = append(broken, "payout "+row.ID+" needs attention, and is not on the list")
		case reason != row.Reason || payout.Reason(reason).Explain() == "":
			broken = append(broken, fmt.Sprintf("payout %s has no clear reason: %q on the list, %q in the books", row.ID, reason, row.Reason))
		}
		delete(listed, row.ID)
	}
	for id := range listed {
		broken = append(broken, "payout "+id+" is on the list, and does not need attention")
	}
	return broken
}

// healing judges P7: after the kill, readings went on, and every clip came to its end.
func (e evidence) healing() verdict {
	v := verdict{Promise: "P7", Says: "the kill of a process healed without a person"}
	if e.restarted.IsZero() {
		v.Unchecked = "no process was killed"
		return v
	}
	after := 0
	for _, observation := range e.books.observations {
		if observation.RecordedAt.After(e.restarted) {
			after++
		}
	}
	v.Seen = fmt.Sprintf("%d readings after it", after)
	if after == 0 {
		v.Broken = append(v.Broken, "nothing was read after the worker was started again")
	}
	for _, clip := range e.books.clips {
		if clip.Status != "finished" && clip.Status != "removed" && clip.Status != "rejected" {
			v.Broken = append(v.Broken, "clip "+clip.ID+" is still "+clip.Status)
		}
	}
	return v
}

func prefixed(before string, items []string, after string) []string {
	var sentences []string
	for _, item := range items {
		sentences = append(sentences, before+item+after)
	}
	return sentences
}
