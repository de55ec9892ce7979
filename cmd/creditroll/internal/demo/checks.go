package demo

import (
	"fmt"
	"slices"
	"time"

	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// evidence has the data for judging the promises. It comes from the ledger, Stripe, the platforms and
// Temporal. Only planned comes from the plan of the demo, so that nothing passes because nothing happened.
type evidence struct {
	books    ledgerFacts
	findings []string // of a verification of the books
	watched  watched

	// listed are Stripe's lists. journal is the simulator's record of the same objects; nil if
	// Stripe is not our simulator.
	listed, journal []stripeObject
	// balances are Stripe's balances of the platform by currency, available and pending.
	balances map[string]int64
	// differences are the findings of the product's own reconciliation, in sentences.
	differences []string
	// shown are the counts that platforms served, by "platform/external id"; nil for a platform
	// that is not our simulator.
	shown map[string]map[int64]bool

	workflows []workflowFact
	// acknowledged are the ids that the API has confirmed.
	acknowledged []string
	// restarted is the start of the worker that replaced the killed one.
	restarted time.Time
	// leaks are places that contain personal data and must not.
	leaks   []string
	planned planned
}

// verdict is the result for one promise. Unchecked is the reason why it was not checked.
type verdict struct {
	Promise   string
	Claim     string
	Broken    []string
	Unchecked string
	Seen      string
}

// figures are the counts for the JSON summary.
type figures struct{ budgetExceeded, doublePayments, unreconciled, stuckWorkflows int }

// judge checks every promise against the evidence.
func judge(e evidence) ([]verdict, figures) {
	exceeded, doubles := e.exceededBudgets(), e.doublePayments()
	unreconciled, stuck := e.unreconciled(), e.stuckWorkflows()
	verdicts := []verdict{
		{
			Promise: "P1", Claim: "the trial balance is zero in every snapshot", Broken: append(e.unbalanced(), e.findings...),
			Seen: fmt.Sprintf("%d snapshots during the demo", e.watched.samples),
		},
		{Promise: "P2", Claim: "no payout is paid twice", Broken: slices.Concat(doubles, e.paidDifferently(), e.misconverted()), Seen: fmt.Sprintf("%d payouts", len(e.books.payouts))},
		{
			Promise: "P3", Claim: "earnings stay within the budget and match the formula", Broken: append(slices.Clone(exceeded), e.wrongEarnings()...),
			Seen: fmt.Sprintf("%d campaigns, %d clips", len(e.books.terms), len(e.books.clips)),
		},
		{Promise: "P4", Claim: "every Stripe object is in the books once, and vice versa", Broken: unreconciled, Seen: fmt.Sprintf("%d objects", len(e.books.external))},
		{Promise: "P5", Claim: "acknowledged data survived kill -9", Broken: e.forgotten(), Seen: fmt.Sprintf("%d acknowledged ids", len(e.acknowledged))},
		{Promise: "P6", Claim: "every workflow ends, or needs attention with a reason", Broken: append(slices.Clone(stuck), e.unlisted()...), Seen: fmt.Sprintf("%d workflows", len(e.workflows))},
		e.healing(),
		{Promise: "P8", Claim: "no personal data in Temporal, logs or ledger", Broken: e.leaks, Seen: fmt.Sprintf("%d histories searched", len(e.workflows))},
		{Promise: "P9", Claim: "money that has not arrived says why, and who acts next", Broken: append(e.unexplained(), e.unplanned()...), Seen: fmt.Sprintf("creators that wait: %d", len(e.books.underWay))},
		{Promise: "P10", Claim: "what is owed is at Stripe, after its fees", Broken: e.uncovered(), Seen: fmt.Sprintf("%d currencies", len(e.books.owed))},
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

// exceededBudgets are campaigns that exceeded their budget, at the end or in any snapshot.
func (e evidence) exceededBudgets() []string {
	exceeded := slices.Concat(e.watched.exceeded, e.books.exceeded)
	for _, campaign := range e.books.terms {
		if campaign.SpentMinor+campaign.RefundedMinor > campaign.FundedMinor {
			exceeded = append(exceeded, campaign.ID)
		}
	}
	slices.Sort(exceeded)
	return prefixed("campaign ", slices.Compact(exceeded), " spent more than its budget")
}

// paymentRecords are the simulator's journal if there is one, and Stripe's lists otherwise.
func (e evidence) paymentRecords() []stripeObject {
	if e.journal != nil {
		return e.journal
	}
	return e.listed
}

// doublePayments are payouts with more than one transfer that was not reversed, or more than
// one bank payout that did not fail.
func (e evidence) doublePayments() []string {
	transfers, bankPayouts := map[string]int{}, map[string]int{}
	for _, object := range e.paymentRecords() {
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

// paidDifferently compares what banks have by the ledger with the payments of Stripe.
func (e evidence) paidDifferently() []string {
	difference := map[string]int64{}
	for currency, minor := range e.books.atBanks {
		difference[currency] += minor
	}
	for _, object := range e.paymentRecords() {
		if object.kind == kindPayout && object.status == "paid" {
			difference[object.currency] -= object.amountMinor
		}
	}
	var broken []string
	for currency, minor := range difference {
		if minor != 0 {
			broken = append(broken, fmt.Sprintf("payments in the ledger exceed those of Stripe by %d %s (minor units)", minor, currency))
		}
	}
	return broken
}

// unreconciled are Stripe's objects without exactly one row in the books, rows without an
// object, and objects on which the simulator's lists and journal differ.
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
			broken = append(broken, key+" is in the books but not at Stripe")
		}
	}
	return slices.Concat(broken, e.unlistedEffects(atStripe), e.differences)
}

func (e evidence) unlistedEffects(atStripe map[string]bool) []string {
	if e.journal == nil {
		return nil
	}
	var broken []string
	charged := map[string]int64{}
	for _, object := range e.journal {
		switch {
		case object.kind == kindCharge: // a charge does not have the payment's id, so amounts are compared
			charged[object.currency] += object.amountMinor
		case object.settled() && !atStripe[object.key()]:
			broken = append(broken, object.key()+" is in the journal but not in Stripe's lists")
		}
	}
	for _, object := range e.listed {
		if object.kind == kindPayment && object.settled() {
			charged[object.currency] -= object.amountMinor
		}
	}
	for currency, minor := range charged {
		if minor != 0 {
			broken = append(broken, fmt.Sprintf("charges and payments differ by %d %s (minor units)", minor, currency))
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
	return prefixed("", lost, " was acknowledged but is missing")
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

// unlisted compares the needs-attention list with the books in both directions, and checks that
// each item has a reason.
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
			broken = append(broken, "payout "+row.ID+" needs attention but is not on the list")
		case reason != row.Reason || reason == "":
			broken = append(broken, fmt.Sprintf("payout %s has not one reason: %q on the list, %q in the books", row.ID, reason, row.Reason))
		}
		delete(listed, row.ID)
	}
	for id := range listed {
		broken = append(broken, "payout "+id+" is on the list but does not need attention")
	}
	return broken
}

// unexplained compares the money that is under way with the payouts that should have it. Each of
// those is at work, or has a reason that says who acts, what to do, and when it moves by itself.
func (e evidence) unexplained() []string {
	type of struct{ creatorID, currency string }
	var broken []string
	missing := map[of]int64{}
	for _, row := range e.books.underWay {
		missing[of{row.CreatorID, row.Currency}] += row.AmountMinor
	}
	for _, row := range e.books.payouts {
		status := payout.Status(row.Status)
		if status.Ended() || status == payout.Paid {
			continue
		}
		missing[of{row.CreatorID, row.Currency}] -= row.AmountMinor
		told := payout.Reason(row.Reason).Guidance()
		if status == payout.NeedsAttention && row.Reason != "" && (told.Actor == "" || told.Creator == "" || told.Operator == "" || told.Moves == "") {
			broken = append(broken, fmt.Sprintf("payout %s waits for %q, which does not say who acts and when", row.ID, row.Reason))
		}
	}
	for who, minor := range missing {
		if minor != 0 {
			broken = append(broken, fmt.Sprintf("creator %s has %d %s (minor units) under way that no open payout explains", who.creatorID, minor, who.currency))
		}
	}
	slices.Sort(broken)
	return broken
}

// healing judges P7: readings continue after the kill, and every clip ends.
func (e evidence) healing() verdict {
	v := verdict{Promise: "P7", Claim: "the system recovered from the kill without a person"}
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
	v.Seen = fmt.Sprintf("%d readings after the restart", after)
	if after == 0 {
		v.Broken = append(v.Broken, "there are no readings after the restart of the worker")
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

// uncovered are the currencies in which Stripe holds less than the platform owes out of its balance.
func (e evidence) uncovered() []string {
	var broken []string
	for _, owed := range e.books.owed {
		if heldMinor := e.balances[owed.Currency]; heldMinor < owed.AmountMinor {
			broken = append(broken, fmt.Sprintf("%d %s (minor units) are owed, and Stripe holds %d", owed.AmountMinor, owed.Currency, heldMinor))
		}
	}
	return broken
}
